"""A state space as arrays, whatever engine holds it: nodes are numbered from 0, steps are sorted by their source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from haboot.checker.boundary import EngineError, ModelError
from haboot.checker.lasso import Bools, Ints
from haboot.checker.limits import LimitError
from haboot.checker.spaces import Query, StateSpace


class Arrays(Protocol):
    """The states that were found and the steps between them."""

    @property
    def nodes(self) -> int:
        """The number of states."""

    @property
    def starts(self) -> Ints:
        """The initial states."""

    @property
    def steps(self) -> tuple[Ints, Ints, Ints]:
        """Source, target and action of each step, the action by its place in the system."""

    @property
    def cut(self) -> tuple[Ints, Ints]:
        """State and action of each step that a bound cuts or that leads out of the constraint."""

    @property
    def columns(self) -> Sequence[Ints]:
        """By slot the places in its domain of what states hold."""

    def meeting(self, query: Query) -> Bools:
        """Return which states meet a query."""

    def taking(self, query: Query) -> Bools:
        """Return which steps meet a query."""

    def components(self, mask: Bools) -> Ints:
        """Return labels of the strongly connected components within a mask; elsewhere they mean nothing."""


def arrays_of(space: StateSpace) -> Arrays:
    """Return a space as arrays."""
    from haboot.checker.graph import GraphArrays, GraphSpace  # noqa: PLC0415 - loads networkx

    if isinstance(space, GraphSpace):
        return GraphArrays(space)
    from haboot.checker.packed import PackedSpace  # noqa: PLC0415 - loads the compiled loops
    from haboot.checker.packed.cluster import ClusterSpace  # noqa: PLC0415 - as above

    if isinstance(space, (PackedSpace, ClusterSpace)):
        try:
            return space.arrays()
        except LimitError as error:
            raise ModelError(f"'{space.system.name}' has no certificate: {error}") from error
    raise EngineError(f"the engine '{space.engine}' holds no steps that a certificate could be written from")


def reached(starts: Bools, source: Ints, target: Ints) -> tuple[Ints, Ints]:
    """Return how many steps each node is away from some nodes, -1 where they do not lead to it, and the step to it.

    The step is that by which it was met first, or -1.
    """
    order = np.argsort(source, kind="stable")
    first = np.searchsorted(source[order], np.arange(starts.size + 1))
    away, by, level = np.where(starts, 0, -1), np.full(starts.size, -1), 0
    frontier = np.flatnonzero(starts)
    while frontier.size:
        level += 1
        leaving = order[spans(first[frontier], first[frontier + 1])]
        leaving = leaving[away[target[leaving]] < 0]
        frontier, one = np.unique(target[leaving], return_index=True)
        by[frontier], away[frontier] = leaving[one], level
    return away, by


def spans(first: Ints, last: Ints) -> Ints:
    """Return all numbers of several half-open ranges, one after the other.

    >>> spans(np.array([2, 7, 9]), np.array([4, 7, 11])).tolist()
    [2, 3, 9, 10]
    """
    count = last - first
    return np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())
