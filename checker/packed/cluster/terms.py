"""What shards and those who ask them send each other: numbers and arrays, no code and no object a state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from haboot.checker.packed.layout import PARTITIONS, Longs, Plan, Words
from numpy.typing import NDArray

# Items by partition, or states as in buffers: shape (partitions, items * words), the first so many of each in use
Batch: TypeAlias = "tuple[NDArray[Any], NDArray[np.int32]]"


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
    an outcome is not known. ``sent`` is the number of states that go to each shard, ``found`` those that this one
    holds, in ``held`` bytes. ``full`` says that its memory has ended.
    """

    left: int
    outcomes: Longs
    counts: Longs
    missing: Words
    sent: tuple[int, ...]
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


def joined(parts: Sequence[Words], words: int) -> Words:
    """Return states in parts as one array, shape (states, words)."""
    return np.concatenate([np.empty((0, words), np.uint64), *parts])
