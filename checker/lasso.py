"""Fair runs that never reach a goal: what a lasso is, and the closed walk at its end.

A run may stutter for ever anywhere, as in TLA+, so everything that must happen is named by a fairness constraint. A set
of states C is the infinite part of a fair run when it is strongly connected and, for each constraint over actions A,
either a step of A stays in C, or (weak) some state of C does not enable A, or (strong) no state of C enables A. Steps
that change nothing neither count as taken nor as enabled; a step that a bound cut is not there to be taken, and counts
as enabled. Each engine finds such sets in its own way, and shows one of them here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]


def spans(first: Ints, last: Ints) -> Ints:
    """Return all numbers of several half-open ranges, one after the other.

    >>> spans(np.array([2, 7, 9]), np.array([4, 7, 11])).tolist()
    [2, 3, 9, 10]
    """
    count = last - first
    return np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())


@dataclass(frozen=True, slots=True)
class Lasso:
    """A start node, the edges from it to the loop, and the loop's edges (none: it stutters)."""

    start: int
    way: tuple[int, ...]
    loop: tuple[int, ...]


class Ground(Protocol):
    """Nodes and edges by number, in which a walk meets fairness constraints, by number as well."""

    @property
    def strong(self) -> Sequence[bool]:
        """Whether each constraint is strong."""

    def source(self, edge: int) -> int:
        """Return the node that an edge leaves."""

    def target(self, edge: int) -> int:
        """Return the node that an edge leads to."""

    def enabled(self, one: int) -> Bools:
        """Return which nodes enable a constraint."""

    def counts(self, one: int, edge: int) -> bool:
        """Whether an edge counts for a constraint."""

    def counting(self, one: int, mask: Bools) -> Bools:
        """Return which nodes have an edge that stays inside a mask and counts for a constraint."""

    def counted(self, one: int, node: int, mask: Bools) -> int:
        """Return the first such edge of a node that has one."""

    def walk(self, here: int, goals: Bools, mask: Bools) -> tuple[int, ...] | None:
        """Return a shortest way inside a mask from a node to any of the goals; None when there is none."""


Inner: TypeAlias = tuple[Ground, Ints]


def way_back(ground: Ground, parent: Ints, node: int) -> tuple[int, ...]:
    """Return the edges that lead to a node, by the edge to each node, or -1 where a search began."""
    way: list[int] = []
    while parent[node] >= 0:
        way.append(int(parent[node]))
        node = ground.source(way[-1])
    return tuple(reversed(way))


def lasso_to(ground: Ground, parent: Ints, entry: int, mask: Bools, inner: Inner | None = None) -> Lasso:
    """Return the lasso with a loop in a fair set, entered where a search came to it.

    With ``inner`` the loop takes the edges of another ground, each given with its number in this one.
    """
    way = way_back(ground, parent, entry)
    start = ground.source(way[0]) if way else entry
    if inner is None:
        return Lasso(start, way, closed_walk(ground, entry, mask))
    looping, number = inner
    return Lasso(start, way, tuple(int(number[edge]) for edge in closed_walk(looping, entry, mask)))


def closed_walk(ground: Ground, entry: int, mask: Bools) -> tuple[int, ...]:
    """Return a walk from the entry back to it inside a fair set that meets every constraint; empty: it may stutter."""
    every = range(len(ground.strong))
    if not any(ground.enabled(one)[entry] for one in every):
        return ()
    loop: list[int] = []
    for one in every:
        if not _is_met(ground, one, entry, mask, loop):
            loop += _meeting(ground, one, ground.target(loop[-1]) if loop else entry, mask)
    home = np.zeros(mask.size, bool)
    home[entry] = True
    return (*loop, *(ground.walk(ground.target(loop[-1]), home, mask) or ()))


def _is_met(ground: Ground, one: int, entry: int, mask: Bools, loop: Sequence[int]) -> bool:
    """Whether the walk so far meets a constraint."""
    enabled = ground.enabled(one)
    if ground.strong[one]:
        rests = not (enabled & mask).any()
    else:
        rests = not enabled[entry] or not all(enabled[ground.target(edge)] for edge in loop)
    return bool(rests) or any(ground.counts(one, edge) for edge in loop)


def _meeting(ground: Ground, one: int, here: int, mask: Bools) -> tuple[int, ...]:
    """Return the shortest way to meet a constraint: to rest where it is weak, or to take one of its steps."""
    to_rest = None if ground.strong[one] else ground.walk(here, mask & ~ground.enabled(one), mask)
    ways = [] if to_rest is None else [to_rest]
    sources = ground.counting(one, mask)
    if sources.any():
        to = ground.walk(here, sources, mask) or ()
        stop = ground.target(to[-1]) if to else here
        ways.append((*to, ground.counted(one, stop, mask)))
    return min(ways, key=len)
