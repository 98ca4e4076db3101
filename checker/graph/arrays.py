"""The states and steps of a graph space as arrays, from which certificates are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from haboot.checker.graph.runs import Runs, among
from haboot.checker.lasso import Bools, Ints
from haboot.checker.spaces import Query
from haboot.checker.tables import State


@dataclass(frozen=True)
class GraphArrays:
    """See ``checker.certificates.Arrays``; ``numbers`` and ``met`` find the states and the steps that meet a query."""

    runs: Runs
    initial: Sequence[int]
    states: Sequence[State]
    numbers: Callable[[Query], Iterable[int]]
    met: Callable[[Query], Iterable[int]]

    @property
    def nodes(self) -> int:
        """See Arrays."""
        return len(self.states)

    @property
    def starts(self) -> Ints:
        """See Arrays."""
        return np.array(self.initial, np.int64)

    @property
    def steps(self) -> tuple[Ints, Ints, Ints]:
        """See Arrays."""
        edges = self.runs.edges
        return edges.source, edges.target, edges.action

    @property
    def cut(self) -> tuple[Ints, Ints]:
        """See Arrays."""
        return self.runs.edges.cut_source, self.runs.edges.cut_action

    @cached_property
    def columns(self) -> list[Ints]:
        """See Arrays."""
        return list(np.array(self.states, np.int64).reshape(self.nodes, -1).T)

    def meeting(self, query: Query) -> Bools:
        """See Arrays."""
        return among(self.nodes, self.numbers(query))

    def taking(self, query: Query) -> Bools:
        """See Arrays."""
        return among(self.runs.edges.source.size, self.met(query))

    def components(self, mask: Bools) -> Ints:
        """See Arrays."""
        return self.runs.edges.components(mask)
