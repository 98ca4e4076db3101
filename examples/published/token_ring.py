"""Dijkstra's self-stabilizing ring (EWD 426): from any counters, one token is left in the end.

https://github.com/tlaplus/Examples/blob/master/specifications/ewd426/TokenRing.tla
TokenRing.cfg: success, 46,656 distinct states, 248,832 generated, depth 1.
"""

from functools import partial

from haboot import Action, Model, System, View, Writes, array, for_each, stays, weak


def token_ring(n: int, m: int) -> Model:
    c = array("c", range(n), range(m))

    def create(v: View) -> Writes | None:
        return {c[0]: (v[c[n - 1]] + 1) % m} if v[c[0]] == v[c[n - 1]] else None

    def pass_on(v: View, i: int) -> Writes | None:
        return {c[i]: v[c[i - 1]]} if v[c[i]] != v[c[i - 1]] else None

    def unique(v: View) -> bool:
        first, *rest = c.of(v).values()
        return any([first, *rest] == [first] * i + [(first - 1) % m] * (n - i) for i in range(n + 1))

    system = System(
        f"TokenRing {n}/{m}",
        slots=c,
        initial=c.assignments(),
        actions=(
            Action("create", (c[0], c[n - 1]), (c[0],), create),
            *for_each(range(1, n), lambda i: Action(f"{i} passes", (c[i - 1], c[i]), (c[i],), partial(pass_on, i=i))),
        ),
    )
    return Model(system.name, system, [stays("one token in the end", c, unique, [weak(system)])])


model = token_ring(6, 6)
