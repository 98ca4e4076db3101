"""All steps of a packed state space as compressed sparse rows, made only for queries that need the whole graph.

Costs 8 bytes a step and 8 a state, and several times that while runs are searched for loops. A node is a state's place
in the order of partitions and items.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from haboot.checker.limits import LimitError
from haboot.checker.packed import steps
from haboot.checker.packed.layout import ITEM, PARTITIONS, Longs, Store, Words, room_for
from haboot.checker.packed.partitions import Partitions, Workers
from haboot.checker.packed.rules import Rules
from numpy.typing import NDArray

STEP_BYTES = 64  # the most that a query holds for each step
Shorts: TypeAlias = NDArray[np.int32]
BUFFERS = 64  # for successors that wait to be looked up, at least; more where their partitions take more memory
CACHE = 1 << 20  # bytes of partitions that are looked up in at a time, about
WAITING = 2048  # successors that a buffer holds


@dataclass(frozen=True)
class Links:
    """Successors by node: those of ``n`` are ``target[at[n]:at[n + 1]]``, in the author's order, by ``outcome``.

    ``cut_source`` and ``cut_outcome`` are the steps that a bound cut.
    """

    partitions: Partitions
    first: Longs
    at: Longs
    target: Shorts
    outcome: Shorts
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

    def of(self, chosen: NDArray[np.bool_]) -> tuple[Longs, Shorts]:
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
        levels = self.partitions.levels
        depth = np.repeat(np.arange(len(levels)), [some.size for some, _ in levels])
        partition, count = (np.concatenate([level[part] for level in levels]) for part in (0, 1))
        order = np.argsort(partition, kind="stable")
        return np.repeat(depth[order], count[order])

    def order(self, starts: Longs) -> Longs:
        """Return the nodes in order of discovery from some nodes; those that no expanded state leads to come last."""
        order, rank = np.empty(self.at.size - 1, np.int64), np.full(self.at.size - 1, -1, np.int64)
        steps.discovery(self.at, self.target, starts, order, rank)
        lost = np.flatnonzero(rank < 0)
        order[order.size - lost.size :] = lost
        return order


def links(rules: Rules, partitions: Partitions, expanded: Longs, generated: int, memory: int) -> Links | None:
    """Return all steps from the first ``expanded`` items of each partition; None where an outcome is not known.

    ``generated`` is how many there are but for those that a bound cuts. Raises LimitError, before it takes the memory,
    when a query over them would need more than ``memory`` bytes in all.
    """
    require_room(partitions, generated, memory)
    found, first = partitions.found, np.cumsum(partitions.found) - partitions.found
    count = np.zeros(partitions.distinct + 1, np.int64)
    writing = _Writing(rules, partitions, partitions.index(), first, first + expanded, count[1:])
    fanout = generated / max(1, int(expanded.sum()))
    parts = partitions.parted(lambda lo, hi: writing.part(lo, hi, int(expanded[lo:hi].sum() * fanout)))
    if not all(known for known, _, _ in parts):
        return None
    at = np.cumsum(count)
    target = _joined(partitions.workers, [part for _, part, _ in parts])
    outcome = _joined(partitions.workers, [part for _, _, part in parts])
    inner: Any = np.arange(partitions.distinct) - np.repeat(first, found) < np.repeat(expanded, found)
    cut = np.flatnonzero(target < 0)
    cut_source = np.searchsorted(at, cut, "right") - 1
    cut_outcome = outcome[cut].astype(np.int64)
    if cut.size:
        kept = target >= 0
        at, target, outcome = _picked(at, kept), target[kept], outcome[kept]
    return Links(partitions, first, at, target, outcome, cut_source, cut_outcome, inner)


def require_room(partitions: Partitions, generated: int, memory: int) -> None:
    """Raise LimitError where a query over so many steps would need more than ``memory`` bytes in all."""
    partitions.require_index()
    need = partitions.bytes_with(partitions.buckets) + STEP_BYTES * generated
    if need > memory:
        raise LimitError(f"max-memory {memory:,} bytes: its {generated:,} steps need some {need:,}")


class _Writing:
    """Writes the steps of states, of which each partition's first has the number in ``first``, and ``count`` of each.

    Buffers are taken by whoever writes a part, and given back, since their memory costs more than what is written.
    """

    def __init__(
        self, rules: Rules, partitions: Partitions, store: Store, first: Longs, ends: Longs, count: Longs
    ) -> None:
        self.model, self.blocks, self.words = rules.model, rules.blocks, rules.packing.words
        self.partitions, self.store = partitions, store
        self.first, self.ends, self.count = first, ends, count
        self.rank = np.argsort(np.argsort(rules.made.action << 32 | rules.made.choice))
        size = partitions.bytes_with(partitions.buckets) // CACHE
        self.buffers = min(PARTITIONS, max(BUFFERS, 1 << size.bit_length()))
        self.row = max(WAITING, self.model.most) * (self.words + 1)
        self.free: list[tuple[Words, Longs]] = []

    def part(self, lo: int, hi: int, due: int) -> tuple[bool, Shorts, Shorts]:
        """Return whether all steps of partitions ``lo`` to ``hi`` - 1 are known, some ``due``, targets and outcomes."""
        target, outcome = np.empty((2, due + due // 16 + self.model.most), np.int32)
        buffers, room = self._taken(), room_for(self.words, self.model)
        shape, n, p, i, lacks = self.partitions.shape, 0, lo, 0, False
        while p < hi and not lacks:
            states = self.rank, self.first, self.ends, p, i, hi
            n, p, i, lacks = steps.edges(
                *(shape, self.model, self.blocks, self.store, *states, n, self.count, target, outcome, room, *buffers)
            )
            if p < hi:
                target, outcome = (np.concatenate([one, np.empty_like(one)]) for one in (target, outcome))
        self.free.append(buffers)
        return not lacks, target[:n], outcome[:n]

    def _taken(self) -> tuple[Words, Longs]:
        """Return empty buffers, each for some partitions, and how many successors wait in each."""
        with suppress(IndexError):
            return self.free.pop()
        return np.empty((self.buffers, self.row), np.uint64), np.zeros(self.buffers, np.int64)


def _joined(workers: Workers, parts: Sequence[Shorts]) -> Shorts:
    """Return parts one behind the other."""
    ends = np.cumsum([part.size for part in parts])
    whole = np.empty(ends[-1], np.int32)

    def put(number: int) -> None:
        whole[ends[number] - parts[number].size : ends[number]] = parts[number]

    workers.each(put, len(parts))
    return whole


def _picked(at: Longs, chosen: NDArray[np.bool_]) -> Longs:
    """Return where each node's steps begin once only some are left."""
    before = np.concatenate([[0], np.cumsum(chosen)])
    return np.asarray(before[at], dtype=np.int64)
