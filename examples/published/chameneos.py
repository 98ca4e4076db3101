"""Chameneos (Kaiser and Pradat-Peyre, 2003): creatures meet in pairs, change colours, and fade after N meetings.

https://github.com/tlaplus/Examples/blob/master/specifications/Chameneos/Chameneos.tla
Chameneos.cfg: success, 34,534 distinct states, 104,697 generated, depth 13.
"""

from functools import partial

from haboot import Action, Model, Slot, System, View, Writes, always, array, for_each

COLORS = ("blue", "red", "yellow")


def complement(one: str, other: str) -> str:
    return one if one == other else next(c for c in COLORS if c not in {one, other})


def chameneos(meetings: int, creatures: int) -> Model:
    ids = range(creatures)
    color, met = array("color", ids, (*COLORS, "faded")), array("met", ids, range(meetings + 1))
    place, number = Slot("place", (None, *ids)), Slot("number", range(meetings + 1))
    slots = (*color, *met, place, number)

    def meet(v: View, i: int) -> Writes | None:
        j = v[place]
        if v[color[i]] == "faded" or i == j:
            return None
        if j is None:
            return {place: i} if v[number] < meetings else {color[i]: "faded"}
        new = complement(v[color[i]], v[color[j]])
        counted = {met[k]: v[met[k]] + 1 for k in (i, j)}
        return {color[i]: new, color[j]: new, **counted, place: None, number: v[number] + 1}

    system = System(
        f"Chameneos {meetings}/{creatures}",
        slots=slots,
        initial=({**colors, **met.filled(0), place: None, number: 0} for colors in color.assignments(COLORS)),
        actions=for_each(ids, lambda i: Action(f"{i} meets", slots, slots, partial(meet, i=i))),
    )
    summed = always(
        "sum of meetings",
        (*met, number),
        lambda v: sum(met.of(v).values()) == 2 * meetings,
        premise=lambda v: v[number] == meetings,
    )
    return Model(system.name, system, [summed])


model = chameneos(4, 4)
