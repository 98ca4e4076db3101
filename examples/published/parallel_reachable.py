"""Misra's algorithm by several processes, which mark a node and add its successors one at a time.

https://github.com/tlaplus/Examples/blob/master/specifications/MisraReachability/ParReach.tla
MCParReach.cfg: success, 393 distinct states, 747 generated, depth 18.
"""

from collections.abc import Iterator
from functools import partial

from haboot import (
    Action,
    Model,
    Slot,
    System,
    View,
    Writes,
    always,
    array,
    eventually,
    for_each,
    refines,
    subsets,
    weak,
)

from examples.published import reachable as misra

PIDS = ("p1", "p2")
marked, frontier = Slot("marked", subsets(misra.NODES)), Slot("frontier", subsets(misra.NODES))
node, adding = array("node", PIDS, misra.NODES), array("adding", PIDS, subsets(misra.NODES))
pc = array("pc", PIDS, ("a", "b", "c", "Done"))
ALL = (marked, frontier, *node, *adding, *pc)


def process(v: View, p: str) -> Iterator[Writes]:
    mine, rest = v[node[p]], v[adding[p]]
    if v[pc[p]] == "a":
        yield from ({node[p]: one, pc[p]: "b"} for one in v[frontier])
        yield from () if v[frontier] else ({pc[p]: "Done"},)
    elif v[pc[p]] == "b":
        fresh: Writes = {marked: v[marked] | {mine}, adding[p]: misra.SUCCESSORS[mine], pc[p]: "c"}
        yield fresh if mine not in v[marked] else {frontier: v[frontier] - {mine}, pc[p]: "a"}
    elif v[pc[p]] == "c":
        yield from ({frontier: v[frontier] | {one}, adding[p]: rest - {one}} for one in rest)
        yield from () if rest else ({pc[p]: "a"},)


def done(v: View) -> bool:
    return set(pc.of(v).values()) == {"Done"}


def consistent(v: View, p: str) -> bool:
    return (v[pc[p]] == "c" or not v[adding[p]]) and (v[pc[p]] != "b" or v[node[p]] in v[frontier] | v[marked])


def seen(v: View) -> Writes:
    rest = v[frontier].union(*adding.of(v).values())
    return {misra.marked: v[marked], misra.frontier: rest, misra.pc: "Done" if done(v) else "a"}


start: Writes = {marked: frozenset(), frontier: frozenset({misra.ROOT})}
system = System(
    "ParReach",
    slots=ALL,
    initial=({**start, **node.filled(misra.ROOT), **adding.filled(frozenset()), **pc.filled("a")},),
    actions=(
        *for_each(PIDS, lambda p: Action(f"process {p}", ALL, ALL, partial(process, p=p))),
        Action("terminating", ALL, (), lambda v: {} if done(v) else None),
    ),
)
invariant = for_each(PIDS, lambda p: always("invariant", ALL, partial(consistent, p=p)))
ends = eventually("termination", pc, done, for_each(PIDS, lambda p: weak(system, f"process {p}")))
model = Model(system.name, system, [invariant, ends, *refines("Misra's algorithm", system, misra.system, ALL, seen)])
