"""An allocator of resources (Merz): clients ask for some, are given them bit by bit, and give them back.

https://github.com/tlaplus/Examples/blob/master/specifications/allocator/SimpleAllocator.tla
SimpleAllocator.cfg: success, 400 distinct states, 1,633 generated, depth 6.
"""

from collections.abc import Iterator
from functools import partial
from itertools import product

from haboot import (
    Action,
    Fairness,
    Model,
    System,
    View,
    Writes,
    always,
    array,
    for_each,
    infinitely_often,
    leads_to,
    strong,
    subsets,
    weak,
)

CLIENTS, RESOURCES = ("c1", "c2", "c3"), ("r1", "r2")
SOME = subsets(RESOURCES, 1)
unsat, alloc = array("unsat", CLIENTS, subsets(RESOURCES)), array("alloc", CLIENTS, subsets(RESOURCES))
ALL = (*unsat, *alloc)


def request(v: View, c: str) -> Iterator[Writes]:
    if not v[unsat[c]] and not v[alloc[c]]:
        yield from ({unsat[c]: some} for some in SOME)


def allocate(v: View, c: str) -> Iterator[Writes]:
    free = v[unsat[c]].difference(*alloc.of(v).values())
    yield from ({alloc[c]: v[alloc[c]] | some, unsat[c]: v[unsat[c]] - some} for some in SOME if some <= free)


def give_back(v: View, c: str) -> Iterator[Writes]:
    yield from ({alloc[c]: v[alloc[c]] - some} for some in SOME if some <= v[alloc[c]])


system = System(
    "SimpleAllocator",
    slots=ALL,
    initial=({**unsat.filled(frozenset()), **alloc.filled(frozenset())},),
    actions=(
        *for_each(CLIENTS, lambda c: Action(f"{c} asks", ALL, ALL, partial(request, c=c))),
        *for_each(CLIENTS, lambda c: Action(f"{c} is given", ALL, ALL, partial(allocate, c=c))),
        *for_each(CLIENTS, lambda c: Action(f"{c} returns", ALL, ALL, partial(give_back, c=c))),
    ),
)


def returns_all(c: str) -> Fairness:
    return weak(system, f"{c} returns", where=lambda move: not move.after[alloc[c]], reads=(alloc[c],))


fair = (*for_each(CLIENTS, returns_all), *for_each(CLIENTS, lambda c: strong(system, f"{c} is given")))
model = Model(
    system.name,
    system,
    [
        for_each(
            RESOURCES,
            lambda r: always("resource mutex", alloc, lambda v: sum(r in held for held in alloc.of(v).values()) < 2),
        ),
        for_each(
            CLIENTS,
            lambda c: leads_to("clients return", ALL, lambda v: not v[unsat[c]], lambda v: not v[alloc[c]], fair),
        ),
        for_each(
            product(CLIENTS, RESOURCES),
            lambda cr: leads_to(
                "clients obtain", ALL, lambda v: cr[1] in v[unsat[cr[0]]], lambda v: cr[1] in v[alloc[cr[0]]], fair
            ),
        ),
        for_each(CLIENTS, lambda c: infinitely_often("satisfied again", unsat, lambda v: not v[unsat[c]], fair)),
    ],
)
