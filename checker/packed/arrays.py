"""The states and steps of a packed space as arrays, from which certificates are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from haboot.checker.lasso import Bools, Ints
from haboot.checker.packed import steps
from haboot.checker.packed.layout import Longs, Words
from haboot.checker.packed.links import Links
from haboot.checker.packed.questions import StepQuestion
from haboot.checker.packed.rules import Rules
from haboot.checker.spaces import Query


@dataclass(frozen=True)
class PackedArrays:
    """See ``checker.certificates.Arrays``; a node is a state's place in the order of partitions and items.

    ``words`` are all states; ``numbers`` returns those that meet a query, and ``met`` says which steps meet a question.
    """

    rules: Rules
    links: Links
    initial: Longs
    words: Words
    numbers: Callable[[Query], Longs]
    met: Callable[[StepQuestion], Bools]

    @property
    def nodes(self) -> int:
        """See Arrays."""
        return len(self.words)

    @property
    def starts(self) -> Ints:
        """See Arrays."""
        return np.unique(self.initial)

    @cached_property
    def steps(self) -> tuple[Ints, Ints, Ints]:
        """See Arrays."""
        links = self.links
        source = np.repeat(np.arange(self.nodes), np.diff(links.at))
        return source, links.target.astype(np.int64), self.rules.made.action[links.outcome]

    @cached_property
    def cut(self) -> tuple[Ints, Ints]:
        """See Arrays."""
        links = self.links
        return links.cut_source, self.rules.made.action[links.cut_outcome]

    @cached_property
    def columns(self) -> Sequence[Ints]:
        """See Arrays."""
        packing = self.rules.packing
        return [packing.column(self.words, place) for place in range(len(packing.fields))]

    def meeting(self, query: Query) -> Bools:
        """See Arrays."""
        mask = np.zeros(self.nodes, bool)
        mask[self.links.node(self.numbers(query))] = True
        return mask

    def taking(self, query: Query) -> Bools:
        """See Arrays."""
        return self.met(StepQuestion(self.rules, query))

    def components(self, mask: Bools) -> Ints:
        """See Arrays."""
        links = self.links
        label, stack, way = np.zeros((3, self.nodes), np.int32)
        edge, root = np.empty(self.nodes + 1, np.int64), np.empty(self.nodes + 1, bool)
        steps.components(links.at, links.target, mask, label, stack, way, edge, root)
        return label.astype(np.int64)
