"""The cheapest of the shortest ways to a goal, where what a step costs may depend on the way so far."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from haboot.checker.spaces import Edge, Weigh


class Way(NamedTuple):
    """What a way costs, where it starts, and its steps."""

    cost: int
    start: int
    way: tuple[Edge, ...]


def cheapest_way(
    edges: Iterable[Edge],
    events: Sequence[tuple[Hashable, ...]],
    starts: Iterable[int],
    goals: frozenset[int],
    weigh: Weigh,
    mode: Hashable = None,
) -> Way | None:
    """Return the shortest of the cheapest ways to a goal; None where it is out of reach. See StateGraph.cheapest."""
    leaving: dict[int, list[Edge]] = {}
    for edge in edges:
        leaving.setdefault(edge[0], []).append(edge)
    queue = [(0, 0, number, node, mode) for number, node in enumerate(starts)]
    best: dict[tuple[int, Hashable], tuple[Edge, Hashable] | None] = {(one[3], mode): None for one in queue}
    known = dict.fromkeys(best, (0, 0))
    number = len(queue)
    while queue:
        cost, steps, _, node, memory = heappop(queue)
        if (cost, steps) > known[node, memory]:
            continue
        if node in goals:
            way = _way_back(best, node, memory)
            return Way(cost, way[0][0] if way else node, way)
        for edge in leaving.get(node, ()):
            after, more = weigh(memory, events[edge[3]])
            there, offer = (edge[1], after), (cost + more, steps + 1)
            if there not in known or offer < known[there]:
                known[there], best[there] = offer, (edge, memory)
                number += 1
                heappush(queue, (*offer, number, *there))
    return None


def _way_back(
    best: Mapping[tuple[int, Hashable], tuple[Edge, Hashable] | None], node: int, memory: Hashable
) -> tuple[Edge, ...]:
    way: list[Edge] = []
    while (last := best[node, memory]) is not None:
        edge, memory = last
        way.append(edge)
        node = edge[0]
    return tuple(reversed(way))
