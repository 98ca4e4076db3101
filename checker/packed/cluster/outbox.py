"""What a shard has found for others and not sent yet, each state once: small tables like those of the states found.

Nine of ten successors are known, and most of these were met a moment before. What is sent is forgotten here, so a state
may be sent again later; who takes it in finds that it is known.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from haboot.checker.packed.cluster.terms import Met
from haboot.checker.packed.layout import LANES, PARTITIONS, Longs, Shape, Sizes
from haboot.checker.packed.partitions import LOAD, PARTS, Workers, batch_of, empty_table, inserted, ranges, store_of


class Outbox:
    """States for other shards, room for ``most`` of each partition; ``found`` counts them."""

    def __init__(self, sizes: Sizes, shape: Shape, own: tuple[int, int], workers: Workers, most: int) -> None:
        self.sizes, self.workers, self.own = sizes, workers, own
        self.buckets = int(most / LANES / LOAD) + 1
        self.most = int(self.buckets * LANES * LOAD)
        self.shape = shape._replace(cap=self.most + 1)
        self.items: Any = np.empty(PARTITIONS * self.shape.cap * sizes.words, sizes.item)
        self.table = empty_table(self.buckets)
        self.found: Longs = np.zeros(PARTITIONS, np.int64)
        self.begin = self.found.copy()
        self.kinds = np.empty((PARTITIONS, self.shape.cap), np.uint8)

    def insert(self, out: Any, fill: Any) -> bool:
        """Take in buffered states of other shards' partitions; return whether there was room for all."""
        lo, hi = self.own
        others = [*ranges(0, lo, PARTS), *ranges(hi, PARTITIONS, PARTS)]
        store = store_of(self.items, self.table, self.buckets)
        return inserted(
            self.workers, others, self.shape, store, self.most, (out, fill, self.found, self.begin, self.kinds)
        )

    def is_nearly_full(self, more: int) -> bool:
        """Whether some partition might not have room for so many states more."""
        return int(self.found.max()) + more > self.most

    def batch(self, lo: int, hi: int) -> Met | None:
        """Return the states of partitions ``lo`` to ``hi`` - 1; None where there are none."""
        counts, rows = self.found[lo:hi], self.items.reshape(PARTITIONS, self.shape.cap, self.sizes.words)
        if not counts.any():
            return None
        return batch_of(rows[lo:hi], counts), batch_of(self.kinds[lo:hi], counts)[0]

    def forget(self) -> None:
        """Forget all states."""
        self.table.reshape(PARTITIONS, -1)[np.flatnonzero(self.found)] = 0
        self.found[:] = 0
