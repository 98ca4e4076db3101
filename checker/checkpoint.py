"""Long searches written to disk, to go on from after any stop.

One file holds the whole search: a line of JSON, the arrays, and a CRC. It is written beside its place, synced and
renamed over the last one, so at any moment the directory holds a whole checkpoint. The line carries a fingerprint of
the system's tables and the properties; what does not match is refused.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from hashlib import sha256
from io import BufferedReader
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO

import numpy as np
from haboot.checker.asks import StateQuestion
from haboot.checker.core import ModelError
from haboot.checker.properties import Kind, Property
from haboot.checker.rules import Rules
from haboot.checker.search import Search
from haboot.checker.verdicts import Query
from haboot.checker.words import PARTITIONS

NAME, FORMAT = "search.checkpoint", "haboot checkpoint 1"


class CheckpointError(ModelError):
    """A checkpoint that is missing, damaged, or of something else."""


def stable(value: object) -> str:
    """Return a value as text that is the same in every process."""
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(sorted(map(stable, value))) + "}"
    if isinstance(value, (tuple, list)):
        return "(" + ", ".join(map(stable, value)) + ")"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{stable(key)}: {stable(one)}" for key, one in value.items()) + "}"
    if is_dataclass(value) and not isinstance(value, type):
        inner = ", ".join(stable(getattr(value, one.name)) for one in fields(value))
        return f"{type(value).__qualname__}({inner})"
    text = repr(value)
    return type(value).__qualname__ if " at 0x" in text else text


def fingerprint(rules: Rules, properties: tuple[Property, ...]) -> str:
    """Return a digest of a system's tables, as far as they are made ahead, and of the properties' answers."""
    system, forest = rules.system, rules.forest
    said: list[object] = [system.name, system.symmetry, [(slot.name, slot.domain) for slot in system.slots]]
    said += [dict(state) for state in system.initial]
    said += [(action.name, action.reads, action.writes) for action in system.actions]
    said += [rules.rows, rules.made, rules.layout.labels, rules.leaves]
    digest = sha256("\n".join(map(stable, said)).encode())
    digest.update(forest.nodes.tobytes() + forest.cells.tobytes())
    for claim in properties:
        digest.update(stable((claim.name, claim.kind, claim.about_steps, claim.fairness)).encode())
        for clause in claim.clauses:
            digest.update(stable((clause.reads, clause.about)).encode())
            of_steps = claim.kind in {Kind.STEP, Kind.FINITELY_OFTEN} or claim.about_steps
            for test in () if of_steps else (clause.holds, clause.premise):
                tree = StateQuestion(rules, Query(claim.name, clause.reads, test)).forest
                digest.update(tree.nodes.tobytes() + tree.cells.tobytes())
    return digest.hexdigest()


class Checkpoints:
    """Writes a search to a directory at intervals, and when the process is asked to end."""

    def __init__(self, directory: Path, interval: float, identity: str) -> None:
        self.path, self.interval, self.identity = directory / NAME, interval, identity
        self.due, self.asked = monotonic() + interval, False

    def pause(self, search: Search) -> None:
        """Write when it is time; on SIGTERM write and end as without a handler."""
        if self.asked or monotonic() >= self.due:
            self.write(search)
        if self.asked:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.raise_signal(signal.SIGTERM)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Notice SIGTERM meanwhile; only the main thread may."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGTERM, self._ask)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, before)

    def _ask(self, *_: object) -> None:
        self.asked = True

    def write(self, search: Search) -> None:
        """Replace the checkpoint by the search as it is now."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_suffix(f".{os.getpid()}.part")
        try:
            with beside.open("wb") as file:
                _dump(file, search, self.identity)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)
        finally:
            beside.unlink(missing_ok=True)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self.due = monotonic() + self.interval

    def read(self, search: Search) -> None:
        """Put a fresh search where the checkpoint left off; raise CheckpointError when it is not one of this search."""
        try:
            with self.path.open("rb") as file:
                _load(file, search, self.identity, str(self.path))
        except FileNotFoundError:
            raise CheckpointError(f"{self.path.parent} holds no checkpoint ({NAME}) to resume from") from None
        except OSError as error:
            raise CheckpointError(f"{self.path} cannot be read: {error.strerror}") from error


def _arrays(search: Search) -> Iterator[Any]:
    at, levels = search.at, search.partitions.levels
    yield from (at.first, at.last, search.partitions.found, at.fired)
    yield np.array([some.size for some, _ in levels], np.int64)
    for some, count in levels:
        yield some
        yield count
    width = search.packing.words
    for partition, found in enumerate(search.partitions.found.tolist()):
        start = partition * search.partitions.shape.cap * width
        yield search.partitions.items[start : start + found * width]


def _dump(file: BinaryIO, search: Search, identity: str) -> None:
    at = search.at
    head = {
        "format": FORMAT,
        "identity": identity,
        "lo": at.lo,
        "generated": at.generated,
        "depth": at.depth,
        "cut": list(at.cut),
        "levels": len(search.partitions.levels),
    }
    line = json.dumps(head).encode() + b"\n"
    file.write(line)
    check = zlib.crc32(line)
    for array in _arrays(search):
        plain = memoryview(array).cast("B") if array.size else b""
        file.write(plain)
        check = zlib.crc32(plain, check)
    file.write(check.to_bytes(4, "little"))


class _Reader:
    """Reads arrays and keeps the CRC of all that was read."""

    def __init__(self, file: BufferedReader, place: str) -> None:
        self.file, self.place, self.check = file, place, 0

    def line(self) -> dict[str, Any]:
        line = self.file.readline(1 << 20)
        self.check = zlib.crc32(line)
        try:
            head = json.loads(line)
            fits = head["format"] == FORMAT
        except (ValueError, TypeError, KeyError):
            fits = False
        if not fits:
            raise CheckpointError(f"{self.place} is no checkpoint of this version ('{FORMAT}')")
        return dict(head)

    def into(self, array: Any) -> None:
        plain = memoryview(array).cast("B") if array.size else memoryview(bytearray())
        if self.file.readinto(plain) != len(plain):
            raise self.damaged()
        self.check = zlib.crc32(plain, self.check)

    def longs(self, size: int) -> Any:
        array = np.empty(size, np.int64)
        self.into(array)
        return array

    def damaged(self) -> CheckpointError:
        return CheckpointError(f"{self.place} is damaged or cut short; start again without resuming")


def _load(file: BufferedReader, search: Search, identity: str, place: str) -> None:
    reader = _Reader(file, place)
    head = reader.line()
    if head["identity"] != identity:
        raise CheckpointError(f"{place} is of another model, scenario or set of properties than the one to resume")
    at, partitions = search.at, search.partitions
    at.first, at.last, partitions.found = (reader.longs(PARTITIONS) for _ in range(3))
    at.fired = reader.longs(at.fired.size)
    partitions.levels = [(reader.longs(size), reader.longs(size)) for size in reader.longs(head["levels"]).tolist()]
    width, cap = search.packing.words, partitions.shape.cap
    if (partitions.found > cap).any() or (partitions.found < 0).any():
        raise reader.damaged()
    for partition, found in enumerate(partitions.found.tolist()):
        reader.into(partitions.items[partition * cap * width : (partition * cap + found) * width])
    if file.read(5) != reader.check.to_bytes(4, "little"):
        raise reader.damaged()
    at.lo, at.generated, at.depth, at.cut = head["lo"], head["generated"], head["depth"], dict.fromkeys(head["cut"])
    partitions.fit()
