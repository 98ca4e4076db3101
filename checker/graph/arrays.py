"""The states and steps of a graph space as arrays, from which certificates are written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from haboot.checker.graph.networks import components
from haboot.checker.graph.space import GraphSpace
from haboot.checker.lasso import Bools, Ints
from haboot.checker.spaces import Query


@dataclass(frozen=True)
class GraphArrays:
    """See ``checker.certificates.Arrays``."""

    space: GraphSpace

    @property
    def nodes(self) -> int:
        """See Arrays."""
        return len(self.space.states)

    @property
    def starts(self) -> Ints:
        """See Arrays."""
        return np.array(self.space.starts, np.int64)

    @cached_property
    def steps(self) -> tuple[Ints, Ints, Ints]:
        """See Arrays."""
        rows = np.array([edge[:3] for edge in self.space.edges], np.int64).reshape(-1, 3)
        return rows[:, 0], rows[:, 1], rows[:, 2]

    @cached_property
    def cut(self) -> tuple[Ints, Ints]:
        """See Arrays."""
        rows = np.array(self.space.cut, np.int64).reshape(-1, 3)
        return rows[:, 0], rows[:, 1]

    @cached_property
    def columns(self) -> list[Ints]:
        """See Arrays."""
        return list(np.array(self.space.states, np.int64).reshape(self.nodes, -1).T)

    def meeting(self, query: Query) -> Bools:
        """See Arrays."""
        mask = np.zeros(self.nodes, bool)
        mask[list(self.space.matching(query))] = True
        return mask

    def taking(self, query: Query) -> Bools:
        """See Arrays."""
        met = np.zeros(len(self.space.edges), bool)
        met[list(self.space._steps(query))] = True
        return met

    def components(self, mask: Bools) -> Ints:
        """See Arrays."""
        source, target, _ = self.steps
        inner = mask[source] & mask[target]
        pairs = zip(source[inner].tolist(), target[inner].tolist(), strict=True)
        label = np.full(self.nodes, -1)
        for number, part in enumerate(components(np.flatnonzero(mask).tolist(), pairs)):
            label[part] = number
        return label
