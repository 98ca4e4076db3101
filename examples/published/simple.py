"""Lamport's exercise in concurrency: each process sets its x, then reads its neighbour's; some y is 1 in the end.

https://github.com/tlaplus/Examples/blob/master/specifications/TeachingConcurrency/Simple.tla
Simple.cfg: success, 723 distinct states, 1,842 generated, depth 11.
"""

from functools import partial

from haboot import Action, Model, System, View, Writes, always, array, for_each

N = 5
PROCESSES = range(N)
x, y, pc = array("x", PROCESSES, (0, 1)), array("y", PROCESSES, (0, 1)), array("pc", PROCESSES, ("a", "b", "Done"))
ALL = (*x, *y, *pc)


def process(v: View, i: int) -> Writes | None:
    if v[pc[i]] == "a":
        return {x[i]: 1, pc[i]: "b"}
    return {y[i]: v[x[(i - 1) % N]], pc[i]: "Done"} if v[pc[i]] == "b" else None


def done(v: View) -> bool:
    return set(pc.of(v).values()) == {"Done"}


system = System(
    f"Simple {N}",
    slots=ALL,
    initial=({**x.filled(0), **y.filled(0), **pc.filled("a")},),
    actions=(
        *for_each(PROCESSES, lambda i: Action(f"process {i}", ALL, ALL, partial(process, i=i))),
        Action("terminating", ALL, (), lambda v: {} if done(v) else None),
    ),
)
correct = always("some y is 1 in the end", ALL, lambda v: 1 in y.of(v).values(), premise=done)
is_set = for_each(PROCESSES, lambda i: always("x is set", ALL, lambda v: v[pc[i]] == "a" or v[x[i]] == 1))
model = Model(system.name, system, [correct, is_set])
