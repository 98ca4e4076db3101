"""Partitions written to storage that all machines see, so that what an actor holds outlives it.

A shard writes the items that it has found since it wrote last, with the counts of each level; a CRC ends each file.
Whoever asks writes which files belong together, last and at once, so the folder always holds a whole search. A file is
data: whatever it says is held against what a search could have written.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
from haboot.checker.packed.checkpoint import CheckpointError, Reader, damaged, holds_states, replacing
from haboot.checker.packed.cluster.shard import Shard
from haboot.checker.packed.layout import PARTITIONS, Longs

MANIFEST, FORMAT = "cluster.checkpoint", "haboot cluster checkpoint 1"
Count = Annotated[int, msgspec.Meta(ge=0, lt=1 << 62)]


class Manifest(msgspec.Struct, forbid_unknown_fields=True):
    """What is written: by how many shards, the levels that each of their files ends with, and what was counted."""

    format: str
    identity: str
    size: Count
    ends: list[Count]
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
    if made is None or made.format != FORMAT or check != _sealed(line) or not made.ends:
        raise CheckpointError(f"{path} is no whole checkpoint of a cluster of this version ('{FORMAT}')")
    return made


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
    partitions, (lo, hi), words = shard.partitions, (shard.lo, shard.hi), shard.terms.words
    bounds = [partitions.bounds(level) for level in range(begin, end)]
    counts = np.array([last - first for first, last in bounds], np.int64)[:, lo:hi]
    items = partitions.items.reshape(PARTITIONS, partitions.shape.cap * words)
    (first, _), (_, last) = bounds[0], bounds[-1]
    parts = (counts, *(items[p, first[p] * words : last[p] * words] for p in range(lo, hi)))
    check = 0
    try:
        with replacing(file_of(folder, shard.terms.number, end)) as file:
            for part in parts:
                octets = part.tobytes()
                file.write(octets)
                check = zlib.crc32(octets, check)
            file.write(check.to_bytes(4, "little"))
    except CheckpointError as error:
        return str(error)
    return ""


def load(
    shard: Shard, folder: str, ends: Sequence[int], sizes: Sequence[int], fields: Sequence[tuple[int, int, int]]
) -> str:
    """Put a shard where files left off, which end with some levels; return what went wrong.

    ``sizes`` are those of the slots' domains, ``fields`` where slots lie.
    """
    shard.back(0)
    begin = 0
    try:
        for end in ends:
            _load(shard, file_of(folder, shard.terms.number, end), end - begin)
            begin = end
        if not holds_states(shard.partitions, sizes, fields):
            raise damaged(file_of(folder, shard.terms.number, begin))
    except CheckpointError as error:
        return str(error)
    return ""


def _load(shard: Shard, path: Path, levels: int) -> None:
    partitions, share, words = shard.partitions, shard.hi - shard.lo, shard.terms.words
    items = partitions.items.reshape(PARTITIONS, partitions.shape.cap * words)
    try:
        with path.open("rb") as file:
            reader = Reader(file, path)
            counts = reader.longs(levels * share).reshape(levels, share)
            had = partitions.found[shard.lo : shard.hi].copy()
            room = (reader.left - 4) // shard.sizes.item_bytes
            reader.require((counts >= 0).all() and (counts <= room).all())
            reader.require(int(counts.sum()) * shard.sizes.item_bytes == reader.left - 4)
            reader.require((had + counts.sum(axis=0) <= partitions.shape.cap).all())
            for place, (first, count) in enumerate(zip(had.tolist(), counts.sum(axis=0).tolist(), strict=True)):
                reader.into(items[shard.lo + place, first * words : (first + count) * words])
            reader.require(file.read(5) == reader.check.to_bytes(4, "little"))
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}") from error
    for level in counts:
        before: Longs = partitions.found.copy()
        partitions.found[shard.lo : shard.hi] += level
        partitions.close_level(before)
