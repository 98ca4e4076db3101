"""The states of one layer, from all shards, in a table of their own: whose successors lie in it?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from haboot.checker.packed.layout import PARTITIONS, Longs, Shape, Sizes
from haboot.checker.packed.partitions import Batch, lay_out, small_store
from haboot.checker.packed.scanning import sieved


class Lookup:
    """A table over batches, one from each shard: its ``shape`` and ``store``, and what a scan asks of it."""

    def __init__(self, sizes: Sizes, shape: Shape, cuts: Sequence[int], batches: Sequence[Batch | None]) -> None:
        counts: Longs = np.zeros(PARTITIONS, np.int64)
        for lo, hi, batch in zip(cuts[:-1], cuts[1:], batches, strict=True):
            if batch is not None:
                counts[lo:hi] = batch[1]
        cap = int(counts.max()) + 1
        items: Any = np.zeros((PARTITIONS, cap, sizes.words), sizes.item)
        for lo, hi, batch in zip(cuts[:-1], cuts[1:], batches, strict=True):
            if batch is not None:
                lay_out(batch, items[lo:hi])
        self.shape, self.store = small_store(sizes, shape, items, counts)
        partition, item = np.nonzero(np.arange(cap) < counts[:, None])
        self.ask = sieved(self.shape, self.store, (partition << 40) | item).ask
