"""Election of a leader on a ring (Chang and Roberts, 1979): the smallest identity of the candidates wins.

https://github.com/tlaplus/Examples/blob/master/specifications/chang_roberts/ChangRoberts.tla
MCChangRoberts.cfg: success, 137 distinct states, 227 generated, depth 10.
"""

from collections.abc import Iterator
from functools import partial

from haboot import Action, Model, System, View, Writes, always, array, eventually, for_each, subsets, weak


def chang_roberts(n: int) -> Model:
    nodes = range(n)  # which are their identities, too
    msgs, pc = array("msgs", nodes, subsets(nodes)), array("pc", nodes, ("n0", "n1"))
    initiator, state = array("initiator", nodes, (False, True)), array("state", nodes, ("cand", "lost", "won"))
    slots = (*msgs, *pc, *initiator, *state)

    def node(v: View, me: int) -> Iterator[Writes]:
        ahead = (me + 1) % n
        if v[pc[me]] == "n0":
            yield {pc[me]: "n1", **({msgs[ahead]: v[msgs[ahead]] | {me}} if v[initiator[me]] else {})}
            return
        for one in v[msgs[me]]:
            taken = {msgs[me]: v[msgs[me]] - {one}}
            if v[state[me]] == "lost" or one < me:
                yield {**taken, msgs[ahead]: (taken[msgs[me]] if n == 1 else v[msgs[ahead]]) | {one}, state[me]: "lost"}
            else:
                yield {**taken, state[me]: "won" if one == me else v[state[me]]}

    def starts(asks: Writes) -> Writes:
        roles = {state[i]: "cand" if asks[initiator[i]] else "lost" for i in nodes}
        return {**asks, **roles, **msgs.filled(frozenset()), **pc.filled("n0")}

    def correct(v: View, one: int) -> bool:
        others = [other for other in nodes if other != one]
        lost = all(v[state[i]] == "lost" and not (v[initiator[i]] and i < one) for i in others)
        return v[initiator[one]] and lost

    system = System(
        f"ChangRoberts {n}",
        slots=slots,
        initial=(starts(asks) for asks in initiator.assignments()),
        actions=for_each(nodes, lambda i: Action(f"node {i}", slots, slots, partial(node, me=i))),
    )
    fair = for_each(nodes, lambda i: weak(system, f"node {i}"))
    return Model(
        system.name,
        system,
        [
            for_each(
                nodes,
                lambda i: always("correctness", slots, partial(correct, one=i), premise=lambda v: v[state[i]] == "won"),
            ),
            eventually(
                "liveness",
                state,
                lambda v: "won" in state.of(v).values(),
                fair,
                premise=lambda v: "cand" in state.of(v).values(),
            ),
        ],
    )


model = chang_roberts(3)
