"""All steps of a packed state space as compressed sparse rows, made only for queries that need the whole graph.

Costs 8 bytes a step and 8 a state, and several times that while runs are searched for loops. A node is a state's place
in the order of partitions and items.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from haboot.checker.boundary import EngineError
from haboot.checker.limits import LimitError
from haboot.checker.packed import steps
from haboot.checker.packed.layout import ITEM, PARTITIONS, Longs, room_for
from haboot.checker.packed.partitions import Partitions
from haboot.checker.packed.rules import Rules
from numpy.typing import NDArray

STEP_BYTES = 64  # the most that a query holds for each step
BUFFER = 256  # successors of a partition that wait to be looked up


@dataclass(frozen=True)
class Links:
    """Successors by node: those of ``n`` are ``target[at[n]:at[n + 1]]``, in the author's order, by ``outcome``.

    ``cut_source`` and ``cut_outcome`` are the steps that a bound cut.
    """

    partitions: Partitions
    first: Longs
    at: Longs
    target: NDArray[np.int32]
    outcome: NDArray[np.int32]
    cut_source: Longs
    cut_outcome: Longs
    expanded: NDArray[np.bool_]

    def node(self, numbers: Longs) -> Longs:
        """Return the nodes of states given as partition << 40 | item."""
        return np.asarray(self.first[numbers >> 40] + (numbers & ITEM), dtype=np.int64)

    def number(self, nodes: Longs) -> Longs:
        """Return the numbers of nodes, partition << 40 | item."""
        partition = np.searchsorted(self.first, nodes, "right") - 1
        return np.asarray((partition << 40) | (nodes - self.first[partition]), dtype=np.int64)

    def of(self, chosen: NDArray[np.bool_]) -> tuple[Longs, NDArray[np.int32]]:
        """Return ``at`` and ``target`` of the steps whose outcomes, by number, are chosen."""
        if chosen.all():
            return self.at, self.target
        return _picked(self.at, chosen[self.outcome]), self.target[chosen[self.outcome]]

    def lead(self, chosen: NDArray[np.bool_], able: NDArray[np.bool_]) -> None:
        """Mark every node from which steps whose outcomes are chosen lead to a marked one."""
        at, target = self.of(chosen)
        into, free, queue = np.zeros_like(at), np.empty_like(at), np.empty(able.size, np.int32)
        source, everywhere = np.empty_like(target), np.ones(able.size, bool)
        steps.backward(at, target, able, into, free, source, everywhere, queue)

    def only(self, kept: NDArray[np.bool_]) -> Links:
        """Return the links without the steps that are not kept."""
        return replace(self, at=_picked(self.at, kept), target=self.target[kept], outcome=self.outcome[kept])

    def before(self, numbers: Longs, first: Longs, last: Longs) -> Longs:
        """Return the states from ``first`` to ``last`` of each partition with a step to one of those given."""
        inside, hits = np.zeros(self.at.size - 1, bool), np.empty(int((last - first).sum()), np.int64)
        inside[self.node(numbers)] = True
        return hits[: steps.before(self.at, self.target, self.first, first, last, inside, hits)].copy()

    def level(self) -> Longs:
        """Return the level of each node."""
        level, end = np.zeros(self.at.size - 1, np.int64), self.first.copy()
        for depth, (some, count) in enumerate(self.partitions.levels):
            for partition, more in zip(some.tolist(), count.tolist(), strict=True):
                level[end[partition] : end[partition] + more] = depth
                end[partition] += more
        return level

    def order(self, starts: Longs) -> Longs:
        """Return the nodes in order of discovery from some nodes; those that no expanded state leads to come last."""
        order, rank = np.empty(self.at.size - 1, np.int64), np.full(self.at.size - 1, -1, np.int64)
        steps.discovery(self.at, self.target, starts, order, rank)
        lost = np.flatnonzero(rank < 0)
        order[order.size - lost.size :] = lost
        return order


def links(rules: Rules, partitions: Partitions, expanded: Longs, memory: int, know: Callable[[], None]) -> Links:
    """Return all steps from the first ``expanded`` items of each partition; ``know`` learns outcomes not known yet.

    Raises LimitError, before it takes the memory, when a query over them would need more than ``memory`` bytes in all.
    """
    shape, store, found, words = partitions.shape, partitions.index(), partitions.found, rules.packing.words
    first = np.cumsum(found) - found
    ends = first + expanded
    count = np.zeros(partitions.distinct + 1, np.int64)

    def all_known() -> bool:
        model = rules.model
        return all(
            partitions.parted(
                lambda lo, hi: steps.degrees(
                    shape, model, store.items, first, ends, lo, hi, count[1:], room_for(words, model)
                )
            )
        )

    if not all_known():
        know()
        if not all_known():
            raise EngineError("steps were counted before all of them were evaluated")
    model, at = rules.model, np.cumsum(count)
    need = partitions.bytes_with(partitions.buckets) + STEP_BYTES * int(at[-1])
    if need > memory:
        raise LimitError(f"max-memory {memory:,} bytes: its {at[-1]:,} steps need some {need:,}")
    target, outcome = np.empty(int(at[-1]), np.int32), np.empty(int(at[-1]), np.int32)
    rank = np.argsort(np.argsort(rules.made.action << 32 | rules.made.choice))
    most = model.most + min(BUFFER, int(at[-1]) // PARTITIONS)

    def write(lo: int, hi: int) -> None:
        out, edge = np.empty((PARTITIONS, most * words), np.uint64), np.empty((PARTITIONS, most), np.int64)
        fill = np.zeros(PARTITIONS, np.int64)
        states, wanted = (rank, first, ends, lo, hi), (at, target, outcome)
        room = room_for(words, model)
        steps.edges(shape, model, rules.blocks, store, *states, *wanted, room, out, edge, fill)

    partitions.parted(write)
    inner: Any = np.arange(partitions.distinct) - np.repeat(first, found) < np.repeat(expanded, found)
    cut = np.flatnonzero(target < 0)
    cut_source = np.searchsorted(at, cut, "right") - 1
    cut_outcome = outcome[cut].astype(np.int64)
    if cut.size:
        kept = target >= 0
        at, target, outcome = _picked(at, kept), target[kept], outcome[kept]
    return Links(partitions, first, at, target, outcome, cut_source, cut_outcome, inner)


def _picked(at: Longs, chosen: NDArray[np.bool_]) -> Longs:
    """Return where each node's steps begin once only some are left."""
    before = np.concatenate([[0], np.cumsum(chosen)])
    return np.asarray(before[at], dtype=np.int64)
