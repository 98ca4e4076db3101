"""The states found, by partition, in order of discovery, and a hash table over them.

A partition's items are appended and never move, so levels are ranges, the frontier is the tail of each list, and the
table can be thrown away and rebuilt larger without a second copy. Items lie in address space that is reserved without
memory behind it; a page costs memory from its first write on. A table entry takes 4 bytes.
"""

from __future__ import annotations

import mmap
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, TypeAlias, TypeVar

import numpy as np
from haboot.checker.host import physical_memory
from haboot.checker.lasso import spans
from haboot.checker.packed import hashing
from haboot.checker.packed.layout import ITEM, LANES, PARTITIONS, Longs, Shape, Sizes, Store, Words
from haboot.checker.packed.lean import Arrivals
from numpy.typing import NDArray

LOAD = 0.8
FIRST = 4  # buckets of a partition's table at the start
QUICK = 256  # buckets of a partition's table up to which it grows fourfold, which spares most of the rebuilding
LINE = 64  # bytes
PAGE = 4096
SMALL = 2048  # a chunk of fewer states is one slice
PARTS = 16  # tasks that the partitions are shared out in
T = TypeVar("T")
# Items, one partition's after the other's, shape (items, words), and how many each partition has
Batch: TypeAlias = "tuple[NDArray[Any], NDArray[Any]]"
Buffers: TypeAlias = "tuple[Any, Any, Longs, Longs, Any]"  # states, how many, items by partition; see hashing.insert


def reserved(size: int) -> mmap.mmap:
    """Return private address space, less than asked for where a limit forbids more."""
    while True:
        try:
            space = _mapped(size)
        except (OSError, ValueError, OverflowError):
            if size < 1 << 26:
                raise
            size //= 2
            continue
        if hasattr(mmap, "MADV_NOHUGEPAGE"):
            space.madvise(mmap.MADV_NOHUGEPAGE)
        return space


def _mapped(size: int) -> mmap.mmap:
    """Return address space that takes no memory until it is written, where the system has such."""
    if not hasattr(mmap, "MAP_PRIVATE"):
        return mmap.mmap(-1, size)
    anonymous = getattr(mmap, "MAP_ANONYMOUS", 0) or getattr(mmap, "MAP_ANON", 0)
    return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | anonymous | _unreserved())


def _unreserved() -> int:
    """Return the flag for space that nobody sets memory aside for, also where Python does not name it.

    Without it Linux counts two such spaces side by side as one, and starts no process where they exceed its memory.
    """
    is_known = sys.platform == "linux" and platform.machine() in {"x86_64", "aarch64"}
    return int(getattr(mmap, "MAP_NORESERVE", 0x4000 if is_known else 0))


class Workers:
    """Threads that share out numbered tasks; one worker runs them in place."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.pool = ThreadPoolExecutor(count) if count > 1 else None

    def each(self, task: Callable[[int], T], count: int) -> list[T]:
        """Return the results of tasks 0 to ``count`` - 1, in that order."""
        if self.pool is None or count == 1:
            return [task(number) for number in range(count)]
        return list(self.pool.map(task, range(count)))

    def beside(self, task: Callable[[], T]) -> Callable[[], T]:
        """Start a task beside what its caller goes on to do, and return what waits for its result, or its error.

        With one worker it is done when it is waited for.
        """
        return task if self.pool is None else ThreadPoolExecutor(1).submit(task).result

    def end(self) -> None:
        """Let the threads end, and wait for that."""
        if self.pool is not None:
            self.pool.shutdown()


def empty_table(buckets: int) -> NDArray[np.uint32]:
    """Return an empty table of so many buckets a partition, each on one cache line."""
    entries = PARTITIONS * (buckets + 1) * LANES
    table = np.zeros(entries + LANES, np.uint32)
    start = -table.ctypes.data % LINE // 4
    return table[start : start + entries]


def store_of(items: Any, table: NDArray[np.uint32], buckets: int) -> Store:
    """Return items and a table of so many buckets a partition as the compiled loops take them."""
    return Store(items, table, buckets, (buckets * LANES).bit_length())


def batch_of(items: NDArray[Any], counts: NDArray[Any]) -> Batch:
    """Return the first so many items of each partition, of shape (partitions, room, words), as a batch."""
    most = int(counts.max(initial=0))
    return items[:, :most][np.arange(most) < counts[:, None]], counts.astype(np.min_scalar_type(most))


def lay_out(batch: Batch, items: NDArray[Any]) -> None:
    """Put the items of a batch to the beginning of each partition, of shape (partitions, room, words)."""
    some, counts = batch
    most = int(counts.max(initial=0))
    items[:, :most][np.arange(most) < counts[:, None]] = some


def small_store(packing: Sizes, shape: Shape, rows: Any, counts: Longs) -> tuple[Shape, Store]:
    """Return the first so many items of each partition, with a table of their numbers, and their shape.

    ``rows`` are of shape (partitions, room, words).
    """
    cap = rows.shape[1]
    buckets = int(cap / LANES / LOAD) + 1
    inner, store = shape._replace(cap=cap), store_of(rows.reshape(-1), empty_table(buckets), buckets)
    hashing.refill(inner, store, counts, 0, PARTITIONS, True, packing.blank())
    return inner, store


def ranges(lo: int, hi: int, parts: int) -> list[tuple[int, int]]:
    """Cut partitions ``lo`` to ``hi`` - 1 into ranges of nearly the same size, none of them empty.

    >>> ranges(0, 10, 3)
    [(0, 3), (3, 6), (6, 10)]
    """
    ends = [lo + (hi - lo) * part // parts for part in range(parts + 1)]
    return [(begin, end) for begin, end in pairwise(ends) if begin < end]


def inserted(
    workers: Workers, some: Sequence[tuple[int, int]], shape: Shape, store: Store, most: int, buffers: Buffers
) -> bool:
    """Insert buffered states into ranges of partitions of at most so many items; return whether all had room."""

    def task(number: int) -> bool:
        room = np.zeros(shape.width, np.uint64) if len(shape.form) > 1 else None
        return bool(hashing.insert(shape, store, most, *buffers, *some[number], room))

    return all(workers.each(task, len(some)))


class Partitions:
    """Items, table and level bounds of a search; ``found`` counts the items of each partition.

    ``touched`` are the most that each had of those that are forgotten.
    Where only one in ``share`` partitions holds any, each may take as much more of the memory. ``space`` is where
    items lie, by default memory; ``is_full`` says that what was found was lost for want of room there.
    """

    is_full = False
    reads = False  # whether items are read from a file

    def __init__(self, packing: Sizes, workers: Workers, share: int = 1, space: mmap.mmap | None = None) -> None:
        self.packing, self.workers, self.share = packing, workers, share
        self.space = reserved(physical_memory() * 5 // 4 * share) if space is None else space
        self.shape = packing.shape(len(self.space) - (1 << 20))
        self.items: Any = np.frombuffer(self.space, packing.item, count=self.shape.cap * PARTITIONS * packing.words)
        self.found: Longs = np.zeros(PARTITIONS, np.int64)
        self.touched = self.found.copy()
        self.levels: list[tuple[Longs, Longs]] = []
        self.buckets = FIRST
        self.table = empty_table(FIRST)
        self.numbered = len(self.shape.form) > 1
        self.arrivals = Arrivals()

    @property
    def distinct(self) -> int:
        """Number of items."""
        return int(self.found.sum())

    @property
    def rows(self) -> Any:
        """Items, and room for more, by partition: shape (partitions, room, words)."""
        return self.items.reshape(PARTITIONS, self.shape.cap, self.packing.words)

    @property
    def store(self) -> Store:
        """Items and table, as the compiled loops take them."""
        return store_of(self.items, self.table, self.buckets)

    @property
    def most(self) -> int:
        """The most items that a partition may hold before its table must grow."""
        return min(int(self.buckets * LANES * LOAD), self.shape.cap)

    def states(self) -> Iterator[tuple[int, Words]]:
        """Each partition that holds any, with its states, of shape (states, words)."""
        for partition in np.flatnonzero(self.found).tolist():
            yield partition, self.loaded((partition << 40) | np.arange(self.found[partition]))

    def between(self, first: Longs, last: Longs) -> Longs:
        """Return the numbers, partition << 40 | item, of the states from ``first`` to ``last`` of each partition."""
        partition = np.arange(PARTITIONS) << 40
        return spans(partition | first, partition | last)

    def loaded(self, numbers: Longs) -> Words:
        """Return the states with these numbers, shape (states, words)."""
        states = np.empty((numbers.size, self.packing.words), np.uint64)
        hashing.load_all(self.shape, self.items, numbers, states, self.packing.blank())
        return states

    def bytes_with(self, buckets: int) -> int:
        """Return the memory taken by items and a table of so many buckets a partition."""
        return self._bytes(self.found, buckets)

    @property
    def held(self) -> int:
        """Bytes that items and table take, and those that items took which are forgotten: their pages stay."""
        return self._bytes(np.maximum(self.found, self.touched), self.buckets)

    def _bytes(self, found: Longs, buckets: int) -> int:
        pages = -(-found * self.packing.item_bytes // PAGE)
        return int(pages.sum()) * PAGE + LINE * PARTITIONS // self.share * (buckets + 1)

    def are_more_than(self, memory: int) -> bool:
        """Whether items and table take more than so many bytes."""
        return self.bytes_with(self.buckets) > memory

    @property
    def next_size(self) -> int:
        """Buckets a partition after the next growth."""
        return self.buckets * 4 if self.buckets * 4 <= QUICK else self.buckets * 3 // 2

    def grow(self, memory: int) -> bool:
        """Rebuild the table larger, unless that takes more memory or partitions have no room; return whether it did."""
        if self.most == self.shape.cap or self.bytes_with(self.next_size) > memory:
            return False
        self._refill(self.next_size, numbered=False)
        return True

    def fit(self) -> None:
        """Rebuild the table as large as growth would have made it for the items there are."""
        self.widen()
        self._refill(self.buckets, numbered=False)

    def widen(self) -> None:
        """Choose the size of the table that growth would have led to for the items there are."""
        while self.found.max() > self.most:
            self.buckets = self.next_size

    def index(self) -> Store:
        """Return the store with numbers in the table, as queries need it; nothing can be inserted any more."""
        if not self.numbered:
            self._refill(self.buckets, numbered=True)
            self.numbered = True
        return self.store

    def require_index(self) -> None:
        """Raise LimitError where all states cannot be numbered; in memory they can be."""

    def around(self, numbers: Longs) -> tuple[Shape, Store, Longs]:
        """Return where states given by number can be looked up, of which shape it is, and their numbers there."""
        return self.shape, self.index(), numbers

    def settle(self) -> None:
        """Put what was found where it belongs, behind what was known; in memory it is there."""

    def sync(self) -> None:
        """Let what is on a disk reach it; in memory there is nothing to do."""

    def forget(self) -> None:
        """Forget all items; the table is as large as these needed."""
        self.buckets = FIRST
        self.widen()
        self.touched = np.maximum(self.touched, self.found)
        self.found[:] = 0
        self.numbered = len(self.shape.form) > 1
        self.table = np.zeros(0, np.uint32)
        self.table = empty_table(self.buckets)

    def _refill(self, buckets: int, *, numbered: bool) -> None:
        self.buckets, self.table = buckets, np.zeros(0, np.uint32)
        self.table = empty_table(buckets)
        small = buckets < 4 * FIRST
        shape, store, found, packing = self.shape, self.store, self.found, self.packing
        self.parted(
            lambda lo, hi: hashing.refill(shape, store, found, lo, hi, numbered, packing.blank()),
            small=small,
        )

    def parted(self, task: Callable[[int, int], T], *, small: bool = False) -> list[T]:
        """Return the results of a task over ranges of partitions, in order."""
        some = ranges(0, PARTITIONS, 1 if small else PARTS)
        return self.workers.each(lambda part: task(*some[part]), len(some))

    def insert(self, out: Any, fill: Any, *, small: bool) -> bool:
        """Insert buffered states; return whether there was room for all."""
        some = ranges(0, PARTITIONS, 1 if small else PARTS)
        buffers = out, fill, self.found, self.arrivals.base, self.arrivals.fresh
        return inserted(self.workers, some, self.shape, self.store, self.most, buffers)

    def drop(self, lo: int, hi: int) -> None:
        """Forget the items of partitions ``lo`` to ``hi`` - 1, which holds for all levels, and free their memory."""
        self.found[lo:hi] = 0
        self.levels = [
            (some[kept], count[kept]) for some, count in self.levels for kept in [(some < lo) | (some >= hi)]
        ]
        each = self.shape.cap * self.packing.item_bytes
        begin, end = -(-lo * each // PAGE) * PAGE, hi * each // PAGE * PAGE
        if begin < end and hasattr(mmap, "MADV_DONTNEED"):
            self.space.madvise(mmap.MADV_DONTNEED, begin, end - begin)

    def close_level(self, first: Longs) -> None:
        """Note that the items from ``first`` on, of each partition, are one level."""
        count = self.found - first
        some = np.flatnonzero(count)
        self.levels.append((some.astype(np.int64), count[some]))

    def bounds(self, level: int) -> tuple[Longs, Longs]:
        """Return where a level begins and ends in each partition."""
        first = np.zeros(PARTITIONS, np.int64)
        for some, count in self.levels[:level]:
            first[some] += count
        last = first.copy()
        some, count = self.levels[level]
        last[some] += count
        return first, last

    def level_of(self, numbers: Longs) -> int:
        """Return the least level among states given as partition << 40 | item."""
        partition, item, end = numbers >> 40, numbers & ITEM, np.zeros(PARTITIONS, np.int64)
        for level, (some, count) in enumerate(self.levels):
            end[some] += count
            if (item < end[partition]).any():
                return level
        raise AssertionError("a state lies beyond the last level")  # pragma: no cover - levels hold all states

    def down(self, level: int) -> Iterator[tuple[Longs, Longs]]:
        """The bounds of the levels before ``level``, from the nearest to the first."""
        last, _ = self.bounds(level)
        for some, count in reversed(self.levels[:level]):
            first = last.copy()
            first[some] -= count
            yield first, last
            last = first
