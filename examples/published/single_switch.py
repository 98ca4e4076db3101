"""Prisoners and one light, known to be off at first or not: one of them counts how often the others switched it on.

https://github.com/tlaplus/Examples/blob/master/specifications/Prisoners_Single_Switch/Prisoner.tla
PrisonerSolo.cfg: success, 2 distinct states, 3 generated, depth 2.
PrisonerSoloLightUnknown.cfg: success, 4 distinct states, 6 generated, depth 2.
Prisoner.cfg: success, 16 distinct states, 49 generated, depth 5.
PrisonerLightUnknown.cfg: success, 62 distinct states, 188 generated, depth 11.
"""

from functools import partial

from haboot import Action, Model, Slot, System, View, Writes, always, array, eventually, for_each, weak


def single_switch(prisoners: int, *, unknown: bool) -> Model:
    limit, victory = (2, 2 * prisoners - 1) if unknown else (1, prisoners)
    everyone, others = range(prisoners), range(1, prisoners)
    count, announced = Slot("count", range(1, victory + 2)), Slot("announced", (False, True))
    light, visited = Slot("light", ("off", "on")), array("visited", everyone, (False, True))
    signalled = tuple(Slot(f"signalled {p}", range(3)) for p in everyone)
    slots = (count, announced, light, *signalled, *visited)

    def enter(v: View, p: int) -> Writes:
        if p in others:
            on = v[light] == "off" and v[signalled[p]] < limit
            return {visited[p]: True, **({light: "on", signalled[p]: v[signalled[p]] + 1} if on else {})}
        counted = v[count] + (v[light] == "on")
        return {visited[p]: True, light: "off", count: counted, announced: counted >= victory}

    system = System(
        f"Prisoner {prisoners}{' unknown' if unknown else ''}",
        slots=slots,
        initial=(
            {count: 1, announced: False, **dict.fromkeys(signalled, 0), light: one, **visited.filled(False)}
            for one in light.domain[: 1 + unknown]
        ),
        actions=for_each(everyone, lambda p: Action(f"{p} enters", slots, slots, partial(enter, p=p))),
    )
    fair = for_each(everyone, lambda p: weak(system, f"{p} enters"))
    return Model(
        system.name,
        system,
        [
            always(
                "victory", (announced, *visited), lambda v: all(visited.of(v).values()), premise=lambda v: v[announced]
            ),
            eventually("it is announced", (announced,), lambda v: v[announced], fair),
        ],
    )


model = [single_switch(n, unknown=unknown) for n in (1, 3) for unknown in (False, True)]
