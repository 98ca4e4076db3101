"""Dijkstra's detection of termination on a ring (EWD 840): a token goes round, and is stained on its way.

https://github.com/tlaplus/Examples/blob/master/specifications/ewd840/EWD840.tla
EWD840.cfg: success, 302 distinct states, 2,001 generated, depth 10.
"""

from collections.abc import Iterator
from functools import partial

from haboot import Action, Model, Slot, System, View, Writes, always, array, for_each, leads_to, refines, weak

from examples.published.sync_termination import sync_termination

COLORS = ("white", "black")


def ewd840(n: int) -> Model:
    nodes = range(n)
    active, color = array("active", nodes, (False, True)), array("color", nodes, COLORS)
    place, token = Slot("place", nodes), Slot("token", COLORS)
    slots = (*active, *color, place, token)

    def initiate(v: View) -> Writes | None:
        again = v[place] == 0 and "black" in {v[token], v[color[0]]}
        return {place: n - 1, token: "white", color[0]: "white"} if again else None

    def pass_token(v: View, i: int) -> Writes | None:
        if v[place] != i or (v[active[i]] and "black" not in {v[color[i]], v[token]}):
            return None
        return {place: i - 1, token: "black" if v[color[i]] == "black" else v[token], color[i]: "white"}

    def send(v: View, i: int) -> Iterator[Writes]:
        if v[active[i]]:
            yield from ({active[j]: True, color[i]: "black" if j > i else v[color[i]]} for j in nodes if j != i)

    def deactivate(v: View, i: int) -> Writes | None:
        return {active[i]: False} if v[active[i]] else None

    def terminated(v: View) -> bool:
        return not any(active.of(v).values())

    def detected(v: View) -> bool:
        return v[place] == 0 and v[token] == v[color[0]] == "white" and not v[active[0]]

    def invariant(v: View) -> bool:
        passive = not any(v[active[i]] for i in nodes if i > v[place])
        return passive or any(v[color[j]] == "black" for j in range(v[place] + 1)) or v[token] == "black"

    system = System(
        f"EWD840 {n}",
        slots=slots,
        initial=(
            {**up, **colors, place: at, token: "black"}
            for up in active.assignments()
            for colors in color.assignments()
            for at in nodes
        ),
        actions=(
            Action("token is sent out", slots, slots, initiate),
            *for_each(nodes[1:], lambda i: Action(f"token is passed by {i}", slots, slots, partial(pass_token, i=i))),
            *for_each(nodes, lambda i: Action(f"send {i}", slots, slots, partial(send, i=i))),
            *for_each(nodes, lambda i: Action(f"deactivate {i}", slots, slots, partial(deactivate, i=i))),
        ),
    )
    abstract = sync_termination(n).composed()
    return Model(
        system.name,
        system,
        [
            always("what is detected is so", slots, terminated, premise=detected),
            always("Dijkstra's invariant", slots, invariant),
            leads_to("liveness", slots, terminated, detected, [weak(system, "token *")]),
            *refines(
                "TD",
                system,
                abstract,
                slots,
                lambda v: {**{f"active {i}": v[active[i]] for i in nodes}, "detected": detected(v)},
            ),
        ],
    )


model = ewd840(3)
