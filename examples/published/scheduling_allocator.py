"""An allocator of resources that serves clients in an order that it sets (Merz), so that all of them are served.

https://github.com/tlaplus/Examples/blob/master/specifications/allocator/SchedulingAllocator.tla
SchedulingAllocator.cfg: success, 1,690 distinct states, 5,854 generated, depth 7.
"""

from collections.abc import Iterator
from functools import partial
from itertools import chain, permutations, product

from haboot import (
    Action,
    Fairness,
    Model,
    Slot,
    System,
    View,
    Writes,
    always,
    array,
    for_each,
    infinitely_often,
    leads_to,
    subsets,
    weak,
)

CLIENTS, RESOURCES = ("c1", "c2", "c3"), ("r1", "r2")
SOME = subsets(RESOURCES, 1)
unsat, alloc = array("unsat", CLIENTS, subsets(RESOURCES)), array("alloc", CLIENTS, subsets(RESOURCES))
sched = Slot("sched", chain.from_iterable(permutations(CLIENTS, length) for length in range(4)))
ALL = (*unsat, *alloc, sched)


def available(v: View) -> frozenset[str]:
    return frozenset(RESOURCES).difference(*alloc.of(v).values())


def waiting(v: View) -> list[str]:
    return [c for c in CLIENTS if v[unsat[c]] and c not in v[sched]]


def request(v: View, c: str) -> Iterator[Writes]:
    if not v[unsat[c]] and not v[alloc[c]]:
        yield from ({unsat[c]: some} for some in SOME)


def allocate(v: View, c: str) -> Iterator[Writes]:
    if c in v[sched]:
        earlier = v[sched][: v[sched].index(c)]
        free = (available(v) & v[unsat[c]]).difference(*(v[unsat[other]] for other in earlier))
        for some in SOME:
            if some <= free:
                rest = v[unsat[c]] - some
                order = v[sched] if rest else tuple(other for other in v[sched] if other != c)
                yield {alloc[c]: v[alloc[c]] | some, unsat[c]: rest, sched: order}


def give_back(v: View, c: str) -> Iterator[Writes]:
    yield from ({alloc[c]: v[alloc[c]] - some} for some in SOME if some <= v[alloc[c]])


def schedule(v: View) -> Iterator[Writes]:
    if waiting(v):
        yield from ({sched: v[sched] + order} for order in permutations(waiting(v)))


def invariant(v: View) -> bool:
    free = available(v).union(*(v[alloc[c]] for c in CLIENTS if c not in v[sched]))
    for i, c in enumerate(v[sched]):
        earlier = v[sched][:i]
        within = free.union(*(v[unsat[other]] | v[alloc[other]] for other in earlier))
        if not v[unsat[c]] or not v[unsat[c]] <= within or any(v[alloc[c]] & v[unsat[other]] for other in earlier):
            return False
    return True


system = System(
    "SchedulingAllocator",
    slots=ALL,
    initial=({**unsat.filled(frozenset()), **alloc.filled(frozenset()), sched: ()},),
    actions=(
        *for_each(CLIENTS, lambda c: Action(f"{c} asks", ALL, ALL, partial(request, c=c))),
        *for_each(CLIENTS, lambda c: Action(f"{c} is given", ALL, ALL, partial(allocate, c=c))),
        *for_each(CLIENTS, lambda c: Action(f"{c} returns", ALL, ALL, partial(give_back, c=c))),
        Action("schedule", ALL, ALL, schedule),
    ),
)


def returns_all(c: str) -> Fairness:
    return weak(
        system, f"{c} returns", where=lambda move: not move.after[unsat[c]] and not move.after[alloc[c]], reads=ALL
    )


fair = (
    *for_each(CLIENTS, returns_all),
    *for_each(CLIENTS, lambda c: weak(system, f"{c} is given")),
    weak(system, "schedule"),
)
obtains = for_each(
    product(CLIENTS, RESOURCES),
    lambda cr: leads_to(
        "clients obtain", ALL, lambda v: cr[1] in v[unsat[cr[0]]], lambda v: cr[1] in v[alloc[cr[0]]], fair
    ),
)
model = Model(
    system.name,
    system,
    [
        for_each(
            RESOURCES,
            lambda r: always("resource mutex", alloc, lambda v: sum(r in held for held in alloc.of(v).values()) < 2),
        ),
        always("allocator's invariant", ALL, invariant),
        for_each(
            CLIENTS,
            lambda c: leads_to("clients return", ALL, lambda v: not v[unsat[c]], lambda v: not v[alloc[c]], fair),
        ),
        obtains,
        for_each(CLIENTS, lambda c: infinitely_often("satisfied again", unsat, lambda v: not v[unsat[c]], fair)),
    ],
)
