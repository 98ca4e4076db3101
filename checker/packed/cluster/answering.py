"""A shard's answers, once the search has ended: questions are put where the states are.

``layers`` holds, by level, the states of this shard that lie on a shortest way; see ``ways``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from haboot.checker.packed import scans
from haboot.checker.packed.cluster import keeping, moving
from haboot.checker.packed.cluster.lookup import Lookup
from haboot.checker.packed.cluster.moving import Handed
from haboot.checker.packed.cluster.shard import Shard
from haboot.checker.packed.cluster.terms import Sought, Sweeping, Swept, Terms, joined
from haboot.checker.packed.layout import INTO, ITEM, STATE, Ask, Longs, Store, Words, room_for
from haboot.checker.packed.partitions import PARTS, SMALL, Batch, batch_of, ranges
from haboot.checker.packed.questions import NO_NUMBERS
from haboot.checker.packed.sweeping import NOT_MADE, STALE
from numpy.typing import NDArray

LONG = 1 << 26  # states that are swept before a shard answers
AT_ONCE = 1 << 20  # states that are asked directly at a time
Found = tuple[Longs, Words, NDArray[np.bool_], tuple[int, int]]


class Answering(Shard):
    """A shard that answers questions."""

    def __init__(self, terms: Terms) -> None:
        super().__init__(terms)
        self.layers: dict[int, Longs] = {}
        self.level, self.since = 0, 0
        self.cursors: list[tuple[int, int]] = []
        self.hits: list[Longs] = []

    def _begin(self, level: int) -> list[tuple[int, int]]:
        """Cut this shard's partitions into ranges of a level, with a cursor at the beginning of each."""
        self.low, self.high = self.partitions.bounds(level)
        parts = 1 if int((self.high - self.low).sum()) < SMALL else PARTS
        self.ranges = ranges(self.lo, self.hi, parts)
        return [(begin, int(self.low[begin])) for begin, _ in self.ranges]

    def sweep(self, asked: Sweeping, met: NDArray[np.bool_], anew: bool) -> Swept:
        """Put questions, but those ``met``, to all states level by level, until an answer is missing.

        Stops as well when so much is met that the rest had better be arranged anew, and to tell that it is at work.
        """
        if anew:
            self.level, self.cursors = 0, []
        met, found, since = met.copy(), list[tuple[int, int]](), 0
        while self.level < len(self.partitions.levels) and not met.all() and since < (STALE if found else LONG):
            self.cursors = self.cursors or self._begin(self.level)
            before = met.copy()
            task = self._sweeping(asked, met)
            results = self.workers.each(task, len(self.ranges))
            self.cursors = [cursor for _, _, cursor in results]
            found += [(int(number), self.level) for number in np.flatnonzero(met & ~before)]
            lacks = np.concatenate([lacking for _, lacking, _ in results])
            if lacks.size:
                missing = joined([states for states, _, _ in results], self.terms.words)
                return Swept(self.level, False, tuple(found), missing, lacks)
            since += int((self.high - self.low).sum())
            self.level, self.cursors = self.level + 1, []
        done = self.level == len(self.partitions.levels) or bool(met.all())
        return Swept(self.level, done, tuple(found), joined([], self.terms.words), NO_NUMBERS)

    def _sweeping(self, asked: Sweeping, met: NDArray[np.bool_]) -> Callable[[int], tuple[Words, Longs, Any]]:
        """Return the task that sweeps one range from its cursor."""
        words, (chunks, slices, groups, buckets, entries, rows) = self.terms.words, asked.narrow
        narrow = self.model._replace(chunks=chunks, slices=slices, groups=groups, buckets=buckets, entries=entries)
        trees = asked.nodes, asked.cells.copy()

        def run(part: int) -> tuple[Words, Longs, Any]:
            missing, lacks = np.empty((asked.limit, words), np.uint64), np.empty(asked.limit, np.int64)
            rooms = room_for(words, narrow), room_for(words, self.model)
            lacking, stop, at = scans.sweep(
                *(self.partitions.shape, (narrow, self.model), rows, self.partitions.items, trees, asked.plan),
                *(self.low, self.high, self.first, NOT_MADE, *self.cursors[part], self.ranges[part][1]),
                *(met, missing, lacks),
                *(rooms, np.zeros((scans.SEEN, words + 1), np.uint64)),
            )
            return missing[:lacking], lacks[:lacking], (int(stop), int(at))

        return run

    def seek(self, ask: Ask, kind: int, level: int, limit: int, anew: bool) -> Sought:
        """Find the states of a level that meet a question: they are the last layer; goes on where answers lacked."""
        if anew:
            self.layers, self.hits, self.cursors = {}, [], self._begin(level)
            self.high = self.high if kind == STATE else np.maximum(np.minimum(self.high, self.first), self.low)
        return self._sought(ask._replace(cells=ask.cells.copy()), self.partitions.store, kind, level, limit)

    def before(self, level: int, limit: int, *batches: Batch | None) -> Sought:
        """Find the states of a level with a step into the layer after it, whose states come from all shards.

        Without ``batches`` it goes on where outcomes lacked.
        """
        if batches:
            self.hits, self.cursors = [], self._begin(level)
            self.lookup = Lookup(self.sizes, self.partitions.shape, self.terms.cuts, batches)
        return self._sought(self.lookup.ask, self.lookup.store, INTO, level, limit)

    def _sought(self, ask: Ask, store: Store, kind: int, level: int, limit: int) -> Sought:
        """Go on with a scan; note the layer when nothing lacks."""
        results = self.workers.each(lambda part: self._scan(part, ask, store, kind, limit), len(self.ranges))
        self.cursors = [cursor for _, _, _, cursor in results]
        self.hits += [hits for hits, _, _, _ in results]
        unknown = np.concatenate([flags for _, _, flags, _ in results])
        missing = joined([states for _, states, _, _ in results], self.terms.words)
        self.layers[level] = np.sort(np.concatenate([NO_NUMBERS, *self.hits]))
        return Sought(self.layers[level].size, missing, unknown)

    def _scan(self, part: int, ask: Ask, store: Store, kind: int, limit: int) -> Found:
        (partition, item), end, words = self.cursors[part], self.ranges[part][1], self.terms.words
        rest = self.high[partition:end] - self.low[partition:end]
        hits = np.empty(int(np.maximum(rest, 0).sum()), np.int64)
        missing, unknown = np.empty((limit, words), np.uint64), np.empty(limit, bool)
        shape = self.partitions.shape
        inner = self.lookup.shape if kind == INTO else shape
        found, lacking, stop, at = scans.scan(
            *(shape, self.model, None, self.partitions.items, inner, store, ask, kind),
            *(self.low, self.high, partition, item, end, hits, missing, unknown, room_for(words, self.model)),
        )
        return hits[:found].copy(), missing[:lacking], unknown[:lacking], (int(stop), int(at))

    def layer(self, level: int) -> Batch | None:
        """Return this shard's states of a layer."""
        numbers, words, cap = self.layers[level], self.terms.words, self.partitions.shape.cap
        if not numbers.size:
            return None
        counts = np.bincount((numbers >> 40) - self.lo, minlength=self.hi - self.lo)
        places = (numbers >> 40) * cap + (numbers & ITEM)
        return self.partitions.items.reshape(-1, words)[places], counts

    def among(self, level: int, states: Words) -> NDArray[np.bool_]:
        """Return which of some states are in this shard's part of a layer."""
        found, numbers = np.zeros(len(states), bool), self.layers[level]
        for lo in range(0, numbers.size, AT_ONCE):
            some = self.partitions.loaded(numbers[lo : lo + AT_ONCE])
            found |= [bool((some == one).all(axis=1).any()) for one in states]
        return found

    def distinct(self, level: int, mask: Words, part: int) -> tuple[Words, bool]:
        """Return what states of a part of a level hold under a mask, each once; and whether that was the last."""
        first, last = self.partitions.bounds(level)
        numbers = self.partitions.between(first, last)
        end = (part + 1) * AT_ONCE
        self.some = numbers[part * AT_ONCE : end]
        states, self.inverse = np.unique(self.partitions.loaded(self.some) & mask, axis=0, return_inverse=True)
        return states, end >= numbers.size

    def choose(self, level: int, answers: NDArray[np.bool_], anew: bool) -> int:
        """Take those of the states told last whose values under the mask answer yes into a layer, the last one."""
        if anew:
            self.layers = {level: NO_NUMBERS}
        self.layers[level] = np.concatenate([self.layers[level], self.some[answers[self.inverse.reshape(-1)]]])
        return self.layers[level].size

    def bounds(self) -> tuple[Longs, Longs, list[tuple[Longs, Longs]]]:
        """Return how many items each partition holds, and how many are expanded; and the levels."""
        return self.partitions.found, self.first, self.partitions.levels

    def fetch(self, lo: int, hi: int) -> Batch:
        """Return the items of partitions ``lo`` to ``hi`` - 1."""
        return batch_of(self.partitions.rows[lo:hi], self.partitions.found[lo:hi])

    def save(self, folder: str, begin: int, end: int) -> str:
        """Write the items of levels ``begin`` to ``end`` - 1; see ``keeping``."""
        return keeping.save(self, folder, begin, end)

    def load(
        self, folder: str, ends: list[tuple[int, int]], sizes: list[int], fields: list[tuple[int, int, int]]
    ) -> str:
        """Go on, while empty, from what was written; see ``keeping``."""
        return keeping.load(self, folder, ends, sizes, fields)

    def hand(self, lo: int, hi: int) -> Handed:
        """Return partitions for another shard; see ``moving``."""
        return moving.hand(self, lo, hi)

    def take(self, lo: int, handed: Handed) -> bool:
        """Take in partitions of another shard; see ``moving``."""
        return moving.take(self, lo, handed)

    def recut(self, cuts: list[int], number: int, levels: int) -> None:
        """Own other partitions than before; see ``moving``."""
        moving.recut(self, cuts, number, levels)
