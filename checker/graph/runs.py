"""The fair runs of a graph that was explored, asked for one after another: what all of them need is made once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from haboot.checker.core import System
from haboot.checker.graph.fairness import Constraint, Edges, constraints, fair_lasso, visiting
from haboot.checker.graph.ways import Cut
from haboot.checker.lasso import Bools, Ints, Lasso
from haboot.checker.properties import Fairness
from haboot.checker.spaces import Edge, Missing, Query, RunQuery


@dataclass
class Runs:
    """All states by the edge that found each, all edges, those cut, and the number of states that were expanded."""

    system: System
    origin: Sequence[Edge | None]
    rows: Sequence[Edge]
    cut: Sequence[Cut]
    expanded: int
    _promised: dict[tuple[Fairness, ...], list[Constraint]] = field(default_factory=dict, init=False)

    @cached_property
    def edges(self) -> Edges:
        """All edges as arrays."""
        rows, cut = (np.array([one[:3] for one in some], np.int64).reshape(-1, 3) for some in (self.rows, self.cut))
        return Edges(len(self.origin), rows[:, 0], rows[:, 1], rows[:, 2], cut[:, 0], cut[:, 1])

    def first(
        self, asked: RunQuery, nodes: Callable[[Query], Iterable[int]], steps: Callable[[Query], Iterable[int]]
    ) -> Lasso | None:
        """Return a fair lasso as asked, shortest before its loop; None where there is none.

        ``nodes`` and ``steps`` find the states and the edges that meet a query, by number.
        """

        def met(query: Query) -> Bools:
            return among(len(self.rows), steps(query))

        count = len(self.origin)
        starts, misses = among(count, nodes(asked.trigger)), ~among(count, nodes(asked.goal))
        known = np.arange(count) < self.expanded
        rests = known if asked.missing is Missing.AGAIN else misses & known
        if asked.from_start:
            starts[[number for number, edge in enumerate(self.origin) if edge is not None]] = False
        if asked.fairness not in self._promised:
            self._promised[asked.fairness] = constraints(self.edges, self.system, asked.fairness, met)
        fair = [*self._promised[asked.fairness]]
        if asked.again is not None:
            fair.append(visiting(self.edges, met(asked.again)))
        if asked.missing is Missing.AGAIN:
            fair.append(visiting(self.edges, misses[self.edges.source]))
        allowed = rests if asked.missing is Missing.AFTER else known
        kept = None if asked.never is None else ~met(asked.never)
        return fair_lasso(self.edges, self._depth, starts, allowed, rests, fair, kept=kept)

    @cached_property
    def _depth(self) -> Ints:
        """How far each state is from an initial one."""
        depth = np.zeros(len(self.origin), np.int64)
        for edge in self.origin:
            if edge is not None:
                depth[edge[1]] = depth[edge[0]] + 1
        return depth


def among(size: int, some: Iterable[int]) -> Bools:
    """Return which of so many numbers are among some."""
    mask = np.zeros(size, bool)
    mask[list(some)] = True
    return mask
