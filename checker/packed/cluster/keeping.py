"""Partitions written to storage that all machines see, so that what an actor holds outlives it.

A shard writes the items that it has found since it wrote last: how many each partition has of each level, then the
items by partition; a CRC follows the counts and each partition. Whoever asks writes which files belong together, last
and at once, so the folder always holds a whole search. Any number of shards reads it: each takes its own partitions out
of the files that hold some. A file is data: whatever it says is held against what a search could have written.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
from haboot.checker.packed.checkpoint import CheckpointError, Reader, damaged, holds_states, replacing
from haboot.checker.packed.cluster.shard import Shard
from haboot.checker.packed.cluster.terms import cuts, overlap
from haboot.checker.packed.layout import PARTITIONS, Longs

MANIFEST, FORMAT = "cluster.checkpoint", "haboot cluster checkpoint 2"
CHECK = 4  # bytes of a CRC
Count = Annotated[int, msgspec.Meta(ge=0, lt=1 << 62)]


class Manifest(msgspec.Struct, forbid_unknown_fields=True):
    """What is written: each time the level that files end with and by how many shards; and what was counted."""

    format: str
    identity: str
    ends: list[tuple[Count, Annotated[int, msgspec.Meta(ge=1, le=PARTITIONS)]]]
    generated: Count
    depth: Count
    fired: list[Count]
    cut: list[str]


def read(folder: Path) -> Manifest | None:
    """Return what a folder holds; None where nothing is."""
    path = folder / MANIFEST
    try:
        line, _, check = path.read_bytes().partition(b"\n")
        made = msgspec.json.decode(line, type=Manifest)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        made, line, check = None, b"", b""
    if made is None or made.format != FORMAT or check != _sealed(line) or not _ascend(made):
        raise CheckpointError(f"{path} is no whole checkpoint of a cluster of this version ('{FORMAT}')")
    return made


def _ascend(made: Manifest) -> bool:
    ends = [0, *(end for end, _ in made.ends)]
    return len(ends) > 1 and all(one < other for one, other in pairwise(ends))


def write(folder: Path, manifest: Manifest) -> None:
    """Write what a folder holds, at once."""
    line = msgspec.json.encode(manifest)
    with replacing(folder / MANIFEST) as file:
        file.write(line + b"\n" + _sealed(line))


def _sealed(line: bytes) -> bytes:
    return f"{zlib.crc32(line):08x}\n".encode()


def file_of(folder: str, shard: int, end: int) -> Path:
    """Return the file of a shard that ends with a level."""
    return Path(folder) / f"shard-{shard:04}-{end:08}.items"


def save(shard: Shard, folder: str, begin: int, end: int) -> str:
    """Write a shard's items of levels ``begin`` to ``end`` - 1; return what went wrong, nothing where it is written."""
    partitions, lo, hi = shard.partitions, shard.lo, shard.hi
    bounds = [partitions.bounds(level) for level in range(begin, end)]
    counts = np.array([last - first for first, last in bounds], np.int64)[:, lo:hi]
    (first, _), (_, last) = bounds[0], bounds[-1]
    parts = (counts, *(partitions.rows[p, first[p] : last[p]] for p in range(lo, hi)))
    try:
        with replacing(file_of(folder, shard.terms.number, end)) as file:
            for part in parts:
                octets = part.tobytes()
                file.write(octets)
                file.write(zlib.crc32(octets).to_bytes(CHECK, "little"))
    except CheckpointError as error:
        return str(error)
    return ""


def load(
    shard: Shard,
    folder: str,
    ends: Sequence[tuple[int, int]],
    sizes: Sequence[int],
    fields: Sequence[tuple[int, int, int]],
) -> str:
    """Put a shard where files left off, which end with levels and are of so many; return what went wrong.

    ``sizes`` are those of the slots' domains, ``fields`` where slots lie.
    """
    shard.back(0)
    partitions, begin = shard.partitions, 0
    try:
        for end, size in ends:
            counts = np.zeros((end - begin, PARTITIONS), np.int64)
            for number, lo, hi in overlap(shard.lo, shard.hi, size):
                written = cuts(size)[number : number + 2]
                _load(shard, file_of(folder, number, end), counts, written, (lo, hi))
            for level in counts:
                before: Longs = partitions.found.copy()
                partitions.found += level
                partitions.close_level(before)
            begin = end
        if not holds_states(partitions, sizes, fields):
            raise damaged(Path(folder))
    except CheckpointError as error:
        return str(error)
    return ""


def _load(shard: Shard, path: Path, counts: Longs, written: tuple[int, ...], wanted: tuple[int, int]) -> None:
    """Take partitions out of a file of those ``written``; note in ``counts`` how many items of each level they have."""
    partitions, each = shard.partitions, shard.sizes.item_bytes
    (begin, end), (lo, hi) = written, wanted
    try:
        with path.open("rb") as file:
            reader = Reader(file, path)
            told = reader.longs(len(counts) * (end - begin)).reshape(len(counts), end - begin)
            _require_check(reader)
            reader.require((told >= 0).all() and (told <= reader.left // each).all())
            octets = told.sum(axis=0) * each + CHECK
            reader.require(int(octets.sum()) == reader.left)
            counts[:, lo:hi] = told[:, lo - begin : hi - begin]
            last = partitions.found + counts.sum(axis=0)
            reader.require((last[lo:hi] <= partitions.shape.cap).all())
            file.seek(int(octets[: lo - begin].sum()), os.SEEK_CUR)
            for partition in range(lo, hi):
                reader.into(partitions.rows[partition, partitions.found[partition] : last[partition]])
                _require_check(reader)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}") from error


def _require_check(reader: Reader) -> None:
    """Require that the CRC of what was read since the last one follows."""
    reader.require(reader.file.read(CHECK) == reader.check.to_bytes(CHECK, "little"))
    reader.check, reader.left = 0, reader.left - CHECK
