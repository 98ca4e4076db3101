"""Misra's algorithm: which nodes of a graph are reachable from a root.

https://github.com/tlaplus/Examples/blob/master/specifications/MisraReachability/Reachable.tla
MCReachable.cfg: success.
"""

from collections.abc import Iterator

from haboot import Action, Model, Slot, System, View, Writes, always, eventually, subsets, weak

NODES, ROOT = (1, 2, 3, 4), 1
SUCCESSORS = dict.fromkeys(NODES, frozenset({1, 2}))
marked, frontier, pc = Slot("marked", subsets(NODES)), Slot("frontier", subsets(NODES)), Slot("pc", ("a", "Done"))
ALL = (marked, frontier, pc)


def take(v: View) -> Iterator[Writes]:
    if not v[frontier]:
        yield {pc: "Done"}  # again and again
    for node in v[frontier]:
        more = {marked: v[marked] | {node}, frontier: v[frontier] | SUCCESSORS[node]}
        yield {frontier: v[frontier] - {node}} if node in v[marked] else more


def reachable(found: frozenset[int]) -> frozenset[int]:
    more = found.union(*(SUCCESSORS[node] for node in found))
    return found if more == found else reachable(more)


def done(v: View) -> bool:
    return v[pc] == "Done"


REACHED = reachable(frozenset({ROOT}))
start: Writes = {marked: frozenset(), frontier: frozenset({ROOT}), pc: "a"}
system = System("Reachable", ALL, [start], [Action("take", ALL, ALL, take)])
model = Model(
    system.name,
    system,
    [
        always("nothing is left when it ends", ALL, lambda v: not v[frontier], premise=done),
        always("Inv1", ALL, lambda v: all(SUCCESSORS[n] <= v[marked] | v[frontier] for n in v[marked])),
        always("Inv2", ALL, lambda v: v[marked] | reachable(v[frontier]) == reachable(v[marked] | v[frontier])),
        always("Inv3", ALL, lambda v: v[marked] | reachable(v[frontier]) == REACHED),
        always("partial correctness", ALL, lambda v: v[marked] == REACHED, premise=done),
        eventually("termination", ALL, done, [weak(system)]),
    ],
)
