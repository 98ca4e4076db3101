"""What shards and those who ask them send each other: numbers and arrays, no code and no object a state."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
from haboot.checker.packed.layout import PARTITIONS, Longs, Plan, Words
from haboot.checker.packed.partitions import Batch
from numpy.typing import NDArray

# What was found for another shard: a batch, and the class of outcomes by which each of its items was met
Met: TypeAlias = "tuple[Batch, NDArray[np.uint8]]"


class Terms(NamedTuple):
    """What a shard is made of.

    Shard ``number`` has the partitions from cuts[number] to cuts[number + 1] - 1, of states of so many words and bits.
    """

    words: int
    bits: int
    cuts: tuple[int, ...]
    number: int
    workers: int


class Report(NamedTuple):
    """What a shard tells of a part of its frontier that it has expanded.

    ``left`` states are still to come, ``outcomes`` fired as often as ``counts`` says, and of the states ``missing``
    an outcome is not known. ``sent`` is the number of states that go to each shard, in ``octets`` bytes, ``found``
    those that this one holds, in ``held`` bytes. ``full`` says that its memory has ended.
    """

    left: int
    outcomes: Longs
    counts: Longs
    missing: Words
    sent: tuple[int, ...]
    octets: tuple[int, ...]
    found: int
    held: int
    full: bool


class Taken(NamedTuple):
    """What a shard tells of states that came: how many it holds now, in how many bytes, and whether memory ended."""

    found: int
    held: int
    full: bool


class Closed(NamedTuple):
    """What a shard tells at the end of a level: its new states, all states, and the batches sent to and had of each."""

    fresh: int
    found: int
    sent: tuple[int, ...]
    had: tuple[int, ...]


class Narrow(NamedTuple):
    """What a narrowed model has of its own; see ``narrowing``."""

    chunks: Longs
    slices: Words
    groups: Longs
    buckets: Longs
    entries: Longs
    rows: Longs


class Sweeping(NamedTuple):
    """Questions to all states, level by level: trees, what is asked of which, and how many answers may be missing."""

    nodes: Longs
    cells: Longs
    plan: Plan
    narrow: Narrow
    limit: int


class Swept(NamedTuple):
    """How far a shard came: the level, whether that was the last, what was met where, and which answers lack."""

    level: int
    done: bool
    met: tuple[tuple[int, int], ...]
    missing: Words
    lacks: Longs


class Sought(NamedTuple):
    """States of a level that meet a question: how many, and those that lack an answer, or an outcome if ``unknown``."""

    found: int
    missing: Words
    unknown: NDArray[np.bool_]


def cuts(size: int) -> tuple[int, ...]:
    """Return where the partitions of each of so many shards begin, and the end.

    >>> cuts(3)
    (0, 1365, 2730, 4096)
    """
    return tuple(PARTITIONS * number // size for number in range(size + 1))


def homes(old: int, new: int) -> list[int]:
    """Return which of ``new`` shards each of ``old`` ones had better be, so that few partitions have another owner.

    >>> homes(2, 3), homes(2, 4), homes(1, 2)
    ([0, 2], [1, 3], [1])
    """
    return [(2 * number + 1) * new // (2 * old) for number in range(old)]


def overlap(lo: int, hi: int, size: int) -> list[tuple[int, int, int]]:
    """Return which of so many shards have some of partitions ``lo`` to ``hi`` - 1, each with the first and the end.

    >>> overlap(1000, 3000, 3)
    [(0, 1000, 1365), (1, 1365, 2730), (2, 2730, 3000)]
    """
    shares = enumerate(pairwise(cuts(size)))
    return [(number, max(lo, begin), min(hi, end)) for number, (begin, end) in shares if max(lo, begin) < min(hi, end)]


def joined(parts: Sequence[Words], words: int) -> Words:
    """Return states in parts as one array, shape (states, words)."""
    return np.concatenate([np.empty((0, words), np.uint64), *parts])
