"""The states found, by partition, in a file: for searches that memory does not hold.

Duplicates are found late (compare Stern and Dill, Using magnetic disk instead of main memory in the Murphi verifier,
1998; Korf, Best-first frontier search with delayed duplicate detection, 2004). States that a level leads to are
*fresh*: they wait in memory, each once. At the end of the level, or when memory ends, each partition of them is rid of
the states that the file holds, which are read in one go, and what is left is written behind these. So the file has the
lists of levels that a search in memory has, and all that reads states in ranges reads them there.

The file has a place of a fixed size for each partition, and takes room on the disk only for what is written. It is read
through a mapping, whose pages are let go of after each task, so they count for the system's cache alone.
"""

from __future__ import annotations

import mmap
import os
import sys
import zlib
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryFile
from typing import Any, TypeVar
from weakref import finalize

import numpy as np
from haboot.checker.boundary import ModelError
from haboot.checker.host import mapped_memory
from haboot.checker.limits import LimitError
from haboot.checker.packed import hashing
from haboot.checker.packed.layout import ITEM, PARTITIONS, Longs, Shape, Sizes, Store, Words
from haboot.checker.packed.lean import Arrivals
from haboot.checker.packed.partitions import PARTS, Partitions, Workers, lay_out, ranges, small_store

STATES = "search.states"
MAPPED = 32  # one part of memory in so many may hold pages of the file
READ = 1 << 21  # bytes of the file that one thread reads at once, however little memory there is
LEAST = 1 << 26  # bytes that a file has room for, and that the states of a layer may take, however few there are
T = TypeVar("T")


class FullError(Exception):
    """The disk takes no more states; what was fresh is lost."""


class Releasing(Workers):
    """Workers that let go after a task of what they have read of a file, once that is more than some bytes."""

    def __init__(self, workers: Workers, space: mmap.mmap, most: int) -> None:
        self.count, self.pool, self.space = workers.count, workers.pool, space
        self.most = (mapped_memory() or 0) + most

    def each(self, task: Callable[[int], T], count: int) -> list[T]:
        """Return the results of tasks 0 to ``count`` - 1, in that order."""

        def done(number: int) -> T:
            result = task(number)
            self.release()
            return result

        return super().each(done, count)

    def release(self) -> None:
        """Take the file's pages out of this process's memory where the system has a way, if they are too many.

        It takes milliseconds, however few there are.
        """
        held = mapped_memory()
        if hasattr(mmap, "MADV_DONTNEED") and (held is None or held > self.most):
            self.space.madvise(mmap.MADV_DONTNEED)


class DiskPartitions(Partitions):
    """Partitions in a file of a size; ``memory`` is what the fresh ones may take.

    ``sums`` are the CRCs of the partitions, None where nobody asks for them.
    """

    reads = True

    def __init__(self, packing: Sizes, workers: Workers, file: FileIO, size: int, memory: int) -> None:
        finalize(self, file.close)
        space = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
        self.letting = Releasing(workers, space, memory // MAPPED)
        super().__init__(packing, self.letting, space=space)
        self.file, self.size, self.memory = file, size, memory
        self.fresh = Partitions(packing, workers)
        room = max(memory, LEAST) // (PARTITIONS * packing.item_bytes)  # pages of it are had once they are written to
        self.fresh.arrivals = Arrivals(room)
        self.sums: Longs | None = np.zeros(PARTITIONS, np.int64)
        self.is_tight = False

    @property
    def distinct(self) -> int:
        """Number of items; before they are settled, of those that are fresh some may be known."""
        return super().distinct + self.fresh.distinct

    def bytes_with(self, buckets: int) -> int:  # noqa: ARG002 - the table over the file's items is none
        """Return the memory that fresh items and their table take."""
        return self.fresh.bytes_with(self.fresh.buckets)

    @property
    def held(self) -> int:
        """See Partitions; of those that are fresh."""
        return self.fresh.held

    def are_more_than(self, memory: int) -> bool:  # noqa: ARG002 - the file takes what memory does not hold
        """Whether there are too many; never, since they are relieved."""
        return False

    def take(self, other: Partitions) -> None:
        """Put the states of a search in memory into the file, which is empty."""
        self.levels, self.arrivals = other.levels, other.arrivals
        self._append(other)

    def insert(self, out: Any, fill: Any, *, small: bool) -> bool:
        """Insert buffered states into what is fresh; return whether there was room for all."""
        return self.fresh.insert(out, fill, small=small)

    def grow(self, memory: int) -> bool:  # noqa: ARG002 - it is known from the start
        """Make room for fresh states, by settling those that there are, or once a chunk by more memory."""
        if self.fresh.grow(self.memory):
            return True
        if self.is_tight:
            return self.fresh.grow(sys.maxsize)
        self.settle()
        self.is_tight = True
        return True

    def relieve(self, memory: int, *, exactly: bool) -> None:
        """Settle what is fresh if that takes more than some memory, or must be known ``exactly``; between chunks."""
        self.memory, self.is_tight = memory, False
        if exactly or self.bytes_with(self.buckets) > memory:
            self.settle()

    def settle(self) -> None:
        """Put fresh states behind those of the file, but those that are among these."""
        fresh = self.fresh
        if not fresh.distinct:
            return
        shape, store, outer, packing = fresh.shape, fresh.index(), self.shape, self.packing
        met = fresh.arrivals.fresh

        def task(lo: int, hi: int) -> None:
            self._announce(lo + np.flatnonzero(fresh.found[lo:hi]))
            gone = np.zeros(int(fresh.found[lo:hi].max()), bool)
            known = self.items, self.found
            hashing.sieve(shape, store, fresh.found, outer, *known, lo, hi, met, gone, packing.blank())

        held = fresh.found.copy()
        some = ranges(0, PARTITIONS, self._parts())
        self.workers.each(lambda part: task(*some[part]), len(some))
        self.arrivals.follow(self.found, met, fresh.found)
        try:
            self._append(fresh)
        finally:
            fresh.found = held  # what the table was large enough for
            fresh.forget()

    def _parts(self) -> int:
        """Return in how many parts the file is read, so that those read at once are what memory may hold of it."""
        at_once = super().distinct * self.packing.item_bytes * self.workers.count
        return max(PARTS, min(PARTITIONS, at_once // max(READ, self.memory // MAPPED)))

    def _announce(self, partitions: Longs) -> None:
        """Tell the system, where there is a way, that partitions of the file are about to be read."""
        if hasattr(mmap, "MADV_WILLNEED"):
            begin = partitions * self.shape.cap * self.packing.item_bytes
            end = begin + self.found[partitions] * self.packing.item_bytes
            begin -= begin % mmap.PAGESIZE
            for at, size in zip(begin.tolist(), (end - begin).tolist(), strict=True):
                self.letting.space.madvise(mmap.MADV_WILLNEED, at, size)

    def _append(self, other: Partitions) -> None:
        """Write the items of other partitions behind one's own; raise FullError where the disk has no room."""
        width, own, theirs = self.packing.words, self.shape.cap, other.shape.cap
        for p in np.flatnonzero(other.found).tolist():
            count, at = int(other.found[p]), p * own + int(self.found[p])
            if self.found[p] + count > own:
                self._fail("a partition has no room for more states")
            plain = memoryview(other.items[p * theirs * width : (p * theirs + count) * width]).cast("B")
            try:
                self._write(at * self.packing.item_bytes, plain)
            except OSError as error:
                self._fail(str(error.strerror))
            self.found[p] += count
            if self.sums is not None:
                self.sums[p] = zlib.crc32(plain, int(self.sums[p]))

    def _write(self, at: int, plain: memoryview) -> None:
        self.file.seek(at)
        while plain:
            plain = plain[self.file.write(plain) :]

    def _fail(self, why: str) -> None:
        self.is_full = True
        raise FullError(why)

    def sync(self) -> None:
        """Let all that is written reach the disk."""
        os.fsync(self.file.fileno())

    def summed(self, p: int) -> int:
        """Return the CRC of a partition of the file."""
        width, begin = self.packing.words, p * self.shape.cap
        plain = memoryview(self.items[begin * width : (begin + int(self.found[p])) * width])
        found = zlib.crc32(plain.cast("B")) if plain else 0
        self.letting.release()
        return found

    def loaded(self, numbers: Longs) -> Words:
        """Return the states with these numbers, shape (states, words)."""
        states = super().loaded(numbers)
        self.letting.release()
        return states

    def require_index(self) -> None:
        """Raise LimitError: a table over all states is what memory has no room for."""
        raise LimitError(f"max-memory: it needs a graph of all steps, and its {self.distinct:,} states lie on disk")

    def around(self, numbers: Longs) -> tuple[Shape, Store, Longs]:
        """Return a table over some states, given by number, of which shape it is, and their numbers there.

        Raises LimitError where they need more memory than there is.
        """
        partition, words = numbers >> 40, self.packing.words
        counts = np.bincount(partition, minlength=PARTITIONS)
        need = (PARTITIONS * int(counts.max(initial=0)) + numbers.size) * (self.packing.item_bytes + 8)
        if need > max(self.memory, LEAST):
            raise LimitError(f"max-memory: the states of a level that lie on shortest traces need some {need:,} bytes")
        some = self.items.reshape(-1, words)[partition * self.shape.cap + (numbers & ITEM)]
        self.letting.release()
        begin = np.cumsum(counts) - counts
        inside = (partition << 40) | (np.arange(numbers.size) - begin[partition])
        rows = np.zeros((PARTITIONS, int(counts.max(initial=0)), words), self.packing.item)
        lay_out((some, counts), rows)
        return *small_store(self.packing, self.shape, rows, counts), inside


def temporary(folder: Path) -> FileIO:
    """Return a file in a folder that goes with whoever has it open; raise ModelError where there can be none."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return TemporaryFile(dir=folder, buffering=0)
    except OSError as error:
        raise ModelError(f"no states can be kept in the folder '{folder}': {error.strerror}") from error


def kept(path: Path, *, anew: bool = True) -> FileIO:
    """Open a file that stays, empty if it is to be anew; raises OSError."""
    return path.open("w+b" if anew else "r+b", buffering=0)


def sized(file: FileIO, folder: Path) -> int:
    """Let a file have as many bytes as its disk has room for, or as the system allows; return how many."""
    size = max(disk_usage(folder).free, LEAST)
    while True:
        try:
            file.truncate(size)
            return size
        except OSError:
            if size < LEAST:
                raise
            size //= 2
