"""Reads a certificate as data of whoever wrote it: what does not fit, or is not what its head names, is refused."""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

HEAD, FORMAT, PART = "certificate.json", 1, 1 << 16  # the most states of a part
SHAPE: dict[str, Any] = {
    **{"format": int, "model": str, "sources": str, "version": str, "whole": bool, "actions": [str], "tree": [[int]]},
    **{"verdicts": [{"property": str, "kind": str, "answer": str}], "pieces": [{"weight": int, "rows": [[None]]}]},
    **{"words": int, "widths": [int], "parts": [{"file": str, "states": int, "sha256": str}]},
}


class RefusedError(Exception):
    """What a certificate says is not proven by it; the text tells why."""


def require(fine: object, why: str) -> None:
    """Raise RefusedError where something is not as it must be."""
    if not fine:
        raise RefusedError(why)


@dataclass(frozen=True)
class Content:
    """What a certificate holds: its head, the states by number in ascending order, and by column a number for each."""

    head: dict[str, Any]
    states: list[int]
    columns: list[list[int]]


def head_of(folder: Path) -> dict[str, Any]:
    """Return the head of a certificate; raise RefusedError where it is none."""
    try:
        head: dict[str, Any] = json.loads((folder / HEAD).read_bytes())
    except OSError as error:
        raise RefusedError(f"{folder / HEAD} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise RefusedError(f"{folder / HEAD} is no JSON: {error}") from error
    fine = _fits(head, SHAPE) and {*head["widths"]} <= {1, 2, 4, 8} and head["format"] == FORMAT
    require(fine, f"{folder / HEAD} is no certificate of format {FORMAT}: a field is missing or does not fit")
    return head


def _fits(value: object, shape: Any) -> bool:
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(name in value and _fits(value[name], one) for name, one in shape.items())
    if isinstance(shape, list):
        return isinstance(value, list) and all(_fits(one, shape[0]) for one in value)
    return type(value) in ({int, str} if shape is None else {shape})


def read(folder: Path) -> Content:
    """Return what a certificate holds; raise RefusedError where a part is not the one that its head names."""
    head = head_of(folder)
    states, columns = list[int](), [list[int]() for _ in head["widths"]]
    for part in head["parts"]:
        count, widths = part["states"], [8] * head["words"] + head["widths"]
        planes = memoryview(_unpacked(folder, part, count * sum(widths)))
        total = [0] * count
        for place, width in enumerate(widths):
            values = _numbers(planes[: width * count], width, count)
            planes = planes[width * count :]
            if place < head["words"]:
                word = accumulate(values, lambda one, more: one + more & (1 << 64) - 1)
                total = [(high << 63) + low for high, low in zip(total, word, strict=True)]
            else:
                columns[place - head["words"]] += values
        states += total
    rising = all(one < other for one, other in pairwise(states))
    require(rising, "its states are not in ascending order, each once")
    return Content(head, states, columns)


def _unpacked(folder: Path, part: dict[str, Any], size: int) -> bytes:
    name, count = part["file"], part["states"]
    require(Path(name).name == name and 0 < count <= PART, f"'{name}' is no part of it")
    try:
        data = (folder / name).read_bytes()
    except OSError as error:
        raise RefusedError(f"{name} cannot be read: {error.strerror}") from error
    same = sha256(data).hexdigest() == part["sha256"]
    require(same, f"{name} is not the part that its head names: its digest differs")
    unpacked = zlib.decompressobj().decompress(data, size + 1)
    require(len(unpacked) == size, f"{name} does not hold {count:,} states")
    return unpacked


def _numbers(planes: memoryview, width: int, count: int) -> array[int]:
    """Return numbers that are written byte by byte, the lowest bytes first."""
    laid = bytearray(8 * count)
    for place in range(width):
        laid[place::8] = planes[place * count : (place + 1) * count]
    made = array("Q", bytes(laid))
    if sys.byteorder == "big":  # pragma: no cover - of few machines
        made.byteswap()
    return made
