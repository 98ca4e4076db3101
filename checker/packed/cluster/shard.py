"""A shard: the owner of some partitions, who expands its part of the frontier and takes in what others find for it.

It knows the model as arrays alone. What its tables lack it reports, and is told; see ``search``.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import process_time
from typing import Any

import numpy as np
from haboot.checker.host import physical_memory
from haboot.checker.packed import kernel
from haboot.checker.packed.cluster.outbox import Outbox
from haboot.checker.packed.cluster.terms import Closed, Met, Report, Taken, Terms, joined
from haboot.checker.packed.layout import LANES, PARTITIONS, Longs, Model, Sizes, Words, block_for, room_for
from haboot.checker.packed.partitions import (
    PARTS,
    SMALL,
    Partitions,
    Workers,
    inserted,
    lay_out,
    ranges,
    reserved,
    store_of,
)
from haboot.checker.packed.search import MISSING, with_lacking

BUFFER = 1 << 20  # words in the buffers of a slice
CHUNK = 1 << 17  # states that a slice expands at once, at most
OUTBOX = 3  # times as many states for others as a round of slices may find
FEWER, FEW = 4, 16  # a shard has address space for shares so many times smaller, up to this number of shards


class Shard:
    """Some partitions of a search, and the part of the frontier that lies in them.

    The frontier are the items from ``first`` to ``last``. Slices of a chunk of it have come to ``here`` and end at
    ``ends``; up to ``upto`` it is expanded or being so. ``taken`` are the counts by level of partitions handed over.
    """

    def __init__(self, terms: Terms) -> None:
        self.begun = process_time()
        self.terms, self.sizes = terms, Sizes(terms.words, terms.bits)
        self.workers = Workers(terms.workers)
        size = len(terms.cuts) - 1
        space = reserved(physical_memory() * 5 // 4 * max(size, min(FEWER * size, FEW)))
        self.partitions = Partitions(self.sizes, self.workers, size, space)
        self.taken: dict[int, Longs] = {}
        self.fill = np.zeros((terms.workers, PARTITIONS), np.int32)
        self.missing = np.zeros((terms.workers, MISSING, terms.words), np.uint64)
        self.first, self.last = self.nothing(), self.nothing()
        self.full, self.room, self.memory = False, 0, 0
        self.own(terms.cuts, terms.number)
        self._expanding()

    def own(self, cuts: tuple[int, ...], number: int) -> None:
        """Take the partitions of a number in a cut for one's own."""
        self.terms = self.terms._replace(cuts=cuts, number=number)
        self.size = self.partitions.share = len(cuts) - 1
        self.lo, self.hi = cuts[number : number + 2]
        if self.room:
            self.outbox.own = self.lo, self.hi

    @staticmethod
    def nothing() -> Longs:
        """Return a count of nothing for each partition."""
        return np.zeros(PARTITIONS, np.int64)

    def _expanding(self) -> None:
        """Begin with the frontier, and with what is sent and had."""
        self.here: list[int] = []
        self.ends: list[int] = []
        self.upto, self.produced, self.passed = 0, 0, 0
        self.sent, self.had = [0] * self.size, [set[int]() for _ in range(self.size)]

    def spent(self) -> float:
        """Return the processor seconds that this process has taken since the shard was made."""
        return process_time() - self.begun

    def ready(self) -> None:
        """Answer, once all that was asked before is done."""

    def allow(self, memory: int) -> None:
        """Let items and table take so many bytes."""
        self.memory = memory

    def learn(self, model: Model) -> None:
        """Take the model, as far as it is known."""
        self.model = model._replace(cells=model.cells.copy())  # the only part that loops write to
        room = max(BUFFER // (PARTITIONS * self.sizes.stride), model.most) + LANES
        self.counts = np.zeros((self.terms.workers, len(model.patches)), np.int64)
        if room > self.room:
            self.room, own = room, (self.lo, self.hi)
            most = OUTBOX * room * self.terms.workers
            self.outbox = Outbox(self.sizes, self.partitions.shape, own, self.workers, most)
            self.out = np.empty((self.terms.workers, PARTITIONS, room * self.sizes.stride), np.uint64)

    def begin(self, states: Words) -> Closed:
        """Put those of the initial states into the table that belong here."""
        for lo in range(0, len(states), self.room):
            self.fill[:] = 0
            some = states[lo : lo + self.room]
            kernel.scatter(self.partitions.shape, None, some, self.out[0], self.fill[0], self.sizes.blank())
            self._insert_own()
        return self.close()

    def expand(self) -> tuple[Report | Met | None, ...]:
        """Expand a part of the frontier; return a report, and what is found for each shard."""
        self.counts[:] = 0
        start = np.concatenate([[0], np.cumsum(self.last - self.first)])
        missing: list[Words] = []
        self.partitions.arrivals.of(self.first)
        while not (missing or self.full or self.outbox.is_nearly_full(self.room * self.terms.workers)):
            if self.here == self.ends and not self._cut(int(start[-1])):
                break
            before = sum(self.here)
            self.fill[:] = 0
            results = self.workers.each(lambda part: self._expand(part, start), len(self.here))
            self.here = [reached for reached, _ in results]
            missing = [self.missing[part, :count] for part, (_, count) in enumerate(results) if count]
            self.passed, self.produced = self.passed + sum(self.here) - before, self.produced + int(self.fill.sum())
            self._insert_own()
            self.full |= not self.outbox.insert(self.out, self.fill)  # never: room was left
        left = int(start[-1]) - self.upto + sum(self.ends) - sum(self.here)
        return self._report(left, missing)

    def _cut(self, width: int) -> bool:
        """Cut the next chunk into slices; return whether there is any."""
        fanout = max(1.0, self.produced / max(1, self.passed))
        size = self.terms.workers * max(64, min(CHUNK, int(self.room * PARTITIONS * 0.65 / fanout)))
        lo, hi = self.upto, min(width, self.upto + size)
        slices = 1 if hi - lo < SMALL else self.terms.workers
        some = ranges(lo, hi, slices)
        self.here, self.ends, self.upto = [begin for begin, _ in some], [end for _, end in some], hi
        return hi > lo

    def _expand(self, part: int, start: Longs) -> tuple[int, int]:
        """Return the position that a slice reaches, and of how many states from there on an entry is missing."""
        shape, items, room = self.partitions.shape, self.partitions.items, room_for(self.terms.words, self.model)
        frontier, end = (items, self.first, start), self.ends[part]
        by = shape, self.model, None, self.partitions.arrivals.here
        written = self.out[part], self.fill[part], self.counts[part]
        block = block_for(self.terms.words, self.model, self.room)
        reached = int(kernel.expand(*by, *frontier, self.here[part], end, *written, block, room))
        return with_lacking(reached, (shape, self.model), frontier, end, self.missing[part], room)

    def _report(self, left: int, missing: Sequence[Words]) -> tuple[Report | Met | None, ...]:
        """Return what has come of a part of the frontier, and the batches for others."""
        batches = [None if n == self.terms.number else self.outbox.batch(*self._share(n)) for n in range(self.size)]
        self.outbox.forget()
        counts = self.counts.sum(axis=0)
        outcomes = np.flatnonzero(counts)
        sent = tuple(0 if met is None else met[1].size for met in batches)
        self.sent = [count + (number > 0) for count, number in zip(self.sent, sent, strict=True)]
        lacking = joined(missing, self.terms.words)
        octets = tuple(0 if met is None else sum(part.nbytes for part in (*met[0], met[1])) for met in batches)
        return Report(left, outcomes, counts[outcomes], lacking, sent, octets, *self._taken()), *batches

    def _share(self, number: int) -> tuple[int, int]:
        return self.terms.cuts[number], self.terms.cuts[number + 1]

    def _taken(self) -> Taken:
        held = self.partitions.bytes_with(self.partitions.buckets)
        return Taken(self.partitions.distinct, held, self.full)

    def insert(self, sender: int, number: int, met: Met) -> Taken:
        """Take in states that another shard found for this one; the same may come again."""
        batch, some = met
        fill = batch[1].astype(np.int32)
        rows = np.empty((fill.size, int(fill.max()), self.terms.words), self.sizes.item)
        kinds = np.empty(rows.shape[:2], np.uint8)
        lay_out(batch, rows)
        lay_out((some, fill), kinds)
        self.had[sender].add(number)
        self._into_own(self.sizes.buffered(rows, kinds).reshape(1, fill.size, -1), fill[None], self.lo)
        return self._taken()

    def _insert_own(self) -> None:
        """Take in what was found here and belongs here."""
        self._into_own(self.out, self.fill, 0)

    def _into_own(self, out: Any, fill: Any, base: int) -> None:
        """Take in buffered states of this shard's partitions, from buffers of all partitions from ``base`` on."""
        while not self.full and not self._inserted(out, fill, base):
            self.full = not self.partitions.grow(self.memory)

    def _inserted(self, out: Any, fill: Any, base: int) -> bool:
        partitions = self.partitions
        items, table, buckets, _ = partitions.store
        wide, row = partitions.shape.cap * self.sizes.words, (buckets + 1) * LANES
        store = store_of(items[base * wide :], table[base * row :], buckets)
        some = ranges(self.lo - base, self.hi - base, 1 if fill.sum() < SMALL else PARTS)
        arrivals = partitions.arrivals
        buffers = out, fill, partitions.found[base:], arrivals.base[base:], arrivals.fresh[base:]
        return inserted(self.workers, some, partitions.shape, store, partitions.most, buffers)

    def close(self) -> Closed:
        """End a level: what was found is the next frontier."""
        sent, had = tuple(self.sent), tuple(len(one) for one in self.had)
        self.first, self.last = self.last, self.partitions.found.copy()
        self.partitions.close_level(self.first)
        self.partitions.arrivals.turn(self.last)
        self._expanding()
        return Closed(int((self.last - self.first).sum()), self.partitions.distinct, sent, had)

    def back(self, levels: int) -> Closed:
        """Go back to the end of so many levels, of which the last is the frontier; forget all that was found since."""
        partitions = self.partitions
        del partitions.levels[levels:]
        self.first, self.last = partitions.bounds(levels - 1) if levels else (self.nothing(), self.nothing())
        partitions.found, self.full = self.last.copy(), False
        partitions.arrivals.forget(self.last)
        partitions.fit()
        self._expanding()
        return Closed(int((self.last - self.first).sum()), partitions.distinct, (), ())

    def finish(self) -> None:
        """End the search: of what was found, the frontier is not expanded, and what lies behind it is one level."""
        self.partitions.close_level(self.last)
