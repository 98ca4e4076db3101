"""Partitions that shards hand to each other between levels, as when more shards have come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from haboot.checker.packed.cluster.shard import Shard
from haboot.checker.packed.layout import PARTITIONS, Longs
from haboot.checker.packed.partitions import Batch, batch_of, lay_out

Handed: TypeAlias = "tuple[Longs, Batch]"  # how many items of each level a partition has, (levels, partitions); items


def hand(shard: Shard, lo: int, hi: int) -> Handed:
    """Return partitions ``lo`` to ``hi`` - 1; they are still kept."""
    partitions = shard.partitions
    counts = np.zeros((len(partitions.levels), hi - lo), np.int64)
    for row, (some, count) in zip(counts, partitions.levels, strict=True):
        here = slice(*np.searchsorted(some, (lo, hi)))
        row[some[here] - lo] = count[here]
    return counts, batch_of(partitions.rows[lo:hi], partitions.found[lo:hi])


def take(shard: Shard, lo: int, handed: Handed) -> bool:
    """Take in partitions from ``lo`` on, as often as they come, to count from the next cut; return whether they fit."""
    partitions, (counts, batch) = shard.partitions, handed
    hi = lo + counts.shape[1]
    fits = int(batch[1].max()) <= partitions.shape.cap
    if fits:
        lay_out(batch, partitions.rows[lo:hi])
        partitions.found[lo:hi] = batch[1]
        shard.taken[lo] = counts
    return fits


def recut(shard: Shard, cuts: Sequence[int], number: int, levels: int) -> None:
    """Own the partitions of a number in a cut, of so many levels; forget all others."""
    if shard.terms.cuts == tuple(cuts) and not shard.taken:
        return
    partitions = shard.partitions
    shard.own(tuple(cuts), number)
    partitions.drop(0, shard.lo)
    partitions.drop(shard.hi, PARTITIONS)
    nothing = np.zeros(0, np.int64), np.zeros(0, np.int64)
    partitions.levels += [nothing] * (levels - len(partitions.levels))
    for level, (some, count) in enumerate(partitions.levels if shard.taken else ()):
        whole = Shard.nothing()
        whole[some] = count
        for lo, counts in shard.taken.items():
            whole[lo : lo + counts.shape[1]] = counts[level]
        kept = np.flatnonzero(whole).astype(np.int64)
        partitions.levels[level] = kept, whole[kept]
    shard.taken.clear()
