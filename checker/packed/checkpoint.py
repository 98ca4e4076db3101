"""Long searches written to disk, to go on from after any stop.

One file holds the whole search: a line of JSON, the arrays, and a CRC. It is written beside its place, synced and
renamed over the last one, so at any moment the directory holds a whole checkpoint. The line carries the identity of the
search (``identity.py``); what is of another is neither resumed nor overwritten. A file is data: whatever it says is
held against what a search could have written before any of it is used.
"""

from __future__ import annotations

import os
import signal
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from time import monotonic
from typing import Annotated, Any, BinaryIO

import msgspec
import numpy as np
from haboot.checker.boundary import ModelError
from haboot.checker.host import machine
from haboot.checker.packed import scans
from haboot.checker.packed.disk import STATES, DiskPartitions, kept
from haboot.checker.packed.layout import PARTITIONS, Longs, Words
from haboot.checker.packed.partitions import Partitions
from haboot.checker.packed.search import Search
from numpy.typing import NDArray

NAME, FORMAT = "search.checkpoint", "haboot checkpoint 2"
CHECK = 4  # bytes of the CRC
LINE = 1 << 20  # bytes that the line of JSON may take
Count = Annotated[int, msgspec.Meta(ge=0, lt=1 << 62)]


class CheckpointError(ModelError):
    """A checkpoint that is missing, damaged, or of something else."""


class _Head(msgspec.Struct, forbid_unknown_fields=True):
    """What the line says: where in the frontier the search is, what it has counted, which bounds it has met.

    ``size`` is that of the file in which the states are, 0 where they are in this one.
    """

    format: str
    identity: str
    lo: Count
    generated: Count
    depth: Count
    cut: list[str]
    levels: Count
    size: Count = 0


class Checkpoints:
    """Writes a search to a directory at intervals, and when the process is asked to end."""

    def __init__(self, directory: Path, interval: float, identity: str) -> None:
        self.path, self.interval, self.identity = directory / NAME, interval, identity
        self.due, self.asked = monotonic() + interval, False

    def require_free(self) -> None:
        """Raise CheckpointError where the directory holds the checkpoint of another search."""
        try:
            with self.path.open("rb") as file:
                known = _head(file.readline(LINE), self.path).identity == self.identity
        except FileNotFoundError:
            return
        except OSError as error:
            raise CheckpointError(f"{self.path} cannot be read: {error.strerror}") from error
        if not known:
            told = f"{self.path} is of another search, or of another state of this model, and is not overwritten"
            raise CheckpointError(f"{told}: name another folder, or remove it")

    def pause(self, search: Search) -> None:
        """Write when it is time; on SIGTERM write and end as without a handler."""
        if self.asked or monotonic() >= self.due:
            self.write(search)
        if self.asked:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.raise_signal(signal.SIGTERM)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Notice SIGTERM meanwhile, where nobody else listens to it; only the main thread may."""
        main = threading.current_thread() is threading.main_thread()
        if not main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
            yield
            return
        signal.signal(signal.SIGTERM, self._ask)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def _ask(self, *_: object) -> None:
        self.asked = True

    def write(self, search: Search) -> None:
        """Replace the checkpoint by the search as it is now, if that is whole; no signal interrupts it."""
        search.partitions.settle()
        if search.partitions.is_full:
            return
        search.partitions.sync()
        with replacing(self.path) as file:
            _dump(file, search, self.identity)
        self.due = monotonic() + self.interval

    def read(self, search: Search) -> None:
        """Put a fresh search where the checkpoint left off; raise CheckpointError when it is not one of this search."""
        try:
            with self.path.open("rb") as file:
                _load(file, search, self.identity, self.path)
        except FileNotFoundError:
            raise CheckpointError(f"{self.path.parent} holds no checkpoint ({NAME}) to resume from") from None
        except OSError as error:
            raise CheckpointError(f"{self.path} cannot be read: {error.strerror}") from error


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Write a file beside a path and put it in its place at once, or leave what is there.

    No signal interrupts it. Raises CheckpointError where it cannot be written.
    """
    beside = path.with_suffix(f".{os.getpid()}.part")
    try:
        with machine.shielded():
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with beside.open("wb") as file:
                    yield file
                    file.flush()
                    os.fsync(file.fileno())
                beside.replace(path)
            finally:
                beside.unlink(missing_ok=True)
            machine.synced_folder(path.parent)
    except OSError as error:
        raise CheckpointError(f"the checkpoint {path} cannot be written: {error.strerror}") from error


def _arrays(search: Search) -> Iterator[Any]:
    levels = search.partitions.levels
    yield from (search.partitions.found, search.at.fired)
    yield np.array([some.size for some, _ in levels], np.int64)
    for some, count in levels:
        yield some
        yield count
    if isinstance(search.partitions, DiskPartitions):
        yield search.partitions.sums
        return
    width = search.packing.words
    for partition, found in enumerate(search.partitions.found.tolist()):
        start = partition * search.partitions.shape.cap * width
        yield search.partitions.items[start : start + found * width]


def _dump(file: BinaryIO, search: Search, identity: str) -> None:
    at = search.at
    cut = [str(one) for one in at.cut]
    size = search.partitions.size if isinstance(search.partitions, DiskPartitions) else 0
    head = _Head(FORMAT, identity, at.lo, at.generated, at.depth, cut, len(search.partitions.levels), size)
    line = msgspec.json.encode(head) + b"\n"
    file.write(line)
    check = zlib.crc32(line)
    for array in _arrays(search):
        plain = memoryview(array).cast("B") if array.size else b""
        file.write(plain)
        check = zlib.crc32(plain, check)
    file.write(check.to_bytes(CHECK, "little"))


def _head(line: bytes, path: Path) -> _Head:
    try:
        head = msgspec.json.decode(line, type=_Head)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        head = None
    if head is None or head.format != FORMAT:
        raise CheckpointError(f"{path} is no checkpoint of this version ('{FORMAT}')")
    return head


class Reader:
    """Reads arrays and keeps the CRC of all that was read; nothing is made larger than what the file still holds."""

    def __init__(self, file: BufferedReader, path: Path) -> None:
        self.file, self.path, self.check = file, path, 0
        self.left = os.fstat(file.fileno()).st_size

    def head(self) -> _Head:
        """Return what the line says."""
        line = self.file.readline(LINE)
        self.check, self.left = zlib.crc32(line), self.left - len(line)
        return _head(line, self.path)

    def into(self, array: Any) -> None:
        """Fill an array."""
        plain = memoryview(array).cast("B") if array.size else memoryview(bytearray())
        if self.file.readinto(plain) != len(plain):
            raise self.damaged()
        self.check, self.left = zlib.crc32(plain, self.check), self.left - len(plain)

    def longs(self, size: int) -> Longs:
        """Return so many numbers."""
        self.require(0 <= 8 * size <= self.left)
        array = np.empty(size, np.int64)
        self.into(array)
        return array

    def require(self, fine: object) -> None:
        """Raise CheckpointError unless something holds that always does in a whole file."""
        if not fine:
            raise self.damaged()

    def damaged(self) -> CheckpointError:
        """Return the error of a file that is not whole."""
        return damaged(self.path)


def damaged(path: Path) -> CheckpointError:
    """Return the error of a file that is not whole."""
    return CheckpointError(f"{path} is damaged or cut short; start again without resuming")


def _load(file: BufferedReader, search: Search, identity: str, path: Path) -> None:
    reader = Reader(file, path)
    head = reader.head()
    if head.identity != identity:
        raise CheckpointError(f"{path} is of another model, scenario or set of properties than the one to resume")
    if head.size:
        _go_over(search, head.size, path.with_name(STATES), reader)
    at, partitions = search.at, search.partitions
    found, fired = reader.longs(PARTITIONS), reader.longs(at.fired.size)
    sizes = reader.longs(head.levels)
    reader.require(sizes.size)
    most = head.size or reader.left
    levels = [_level(reader, size, most) for size in sizes.tolist()]
    reader.require(((found >= 0) & (found <= partitions.shape.cap)).all())
    partitions.found = found
    if isinstance(partitions, DiskPartitions):
        partitions.sums = reader.longs(PARTITIONS)
        sums = [partitions.summed(partition) for partition in range(PARTITIONS)]
        reader.require(reader.left == CHECK and sums == partitions.sums.tolist())
    else:
        _fill(partitions, reader)
    if file.read(CHECK + 1) != reader.check.to_bytes(CHECK, "little"):
        raise reader.damaged()
    last = np.zeros(PARTITIONS, np.int64)
    for some, count in levels:
        last[some] += count
    first = last.copy()
    first[levels[-1][0]] -= levels[-1][1]
    reader.require((last <= found).all() and (fired >= 0).all() and head.lo <= int((last - first).sum()))
    reader.require(head.depth == len(levels) - (head.lo == 0))
    partitions.levels = levels
    at.first, at.last, at.fired = first, last, fired
    partitions.arrivals.forget(last)
    at.lo, at.generated, at.depth, at.cut = head.lo, head.generated, head.depth, dict.fromkeys(head.cut)
    _require_states(search, reader)
    partitions.fit()


def _go_over(search: Search, size: int, path: Path, reader: Reader) -> None:
    """Let a fresh search go on with the states that a file holds."""
    try:
        states = kept(path, anew=False)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}") from error
    if os.fstat(states.fileno()).st_size != size:
        states.close()
        raise reader.damaged()
    search.go_on(DiskPartitions(search.packing, search.workers, states, size, search.memory))


def _fill(partitions: Partitions, reader: Reader) -> None:
    """Read all items of partitions."""
    width, cap, item = partitions.packing.words, partitions.shape.cap, partitions.packing.item_bytes
    reader.require(partitions.distinct * item == reader.left - CHECK)
    for partition, count in enumerate(partitions.found.tolist()):
        reader.into(partitions.items[partition * cap * width : (partition * cap + count) * width])


def _level(reader: Reader, size: int, most: int) -> tuple[Longs, Longs]:
    """Read a level: the partitions that have states of it, ascending, and how many, at most so many each."""
    reader.require(0 < size <= PARTITIONS)
    some, count = reader.longs(size), reader.longs(size)
    reader.require(some[0] >= 0 and some[-1] < PARTITIONS and (np.diff(some) > 0).all() and (count > 0).all())
    reader.require((count <= most).all())
    return some, count


def _require_states(search: Search, reader: Reader) -> None:
    sizes = [len(slot.domain) for slot in search.system.slots]
    reader.require(holds_states(search.partitions, sizes, search.packing.fields))


def holds_states(partitions: Partitions, sizes: Sequence[int], fields: Sequence[tuple[int, int, int]]) -> bool:
    """Whether each item is a state of the model, in the partition that it belongs to and there once.

    ``sizes`` are those of the slots' domains, ``fields`` where slots lie.
    """
    for partition, states in partitions.states():
        home = np.empty(len(states), np.int64)
        scans.homes(partitions.shape, states, home, partitions.packing.blank())
        once = len(np.unique(states, axis=0)) == len(states)
        if not (once and _within(states, sizes, fields) and (home == partition).all()):
            return False
    return True


def _within(states: Words, sizes: Sequence[int], fields: Sequence[tuple[int, int, int]]) -> bool:
    """Whether all slots of all states hold values of their domains, of such sizes, and no other bit is set."""
    rest = states.copy()
    fine: NDArray[np.bool_] = np.ones(len(states), bool)
    for size, (word, shift, mask) in zip(sizes, fields, strict=True):
        index = (states[:, word] >> np.uint64(shift)) & np.uint64(mask)
        fine &= index < size
        rest[:, word] &= ~np.uint64(mask << shift)
    return bool(fine.all() and not rest.any())
