"""Real files of the command, and how they are bent: edits of bytes, of structures, and of numbers within arrays."""

from __future__ import annotations

import json
import zlib
from contextlib import redirect_stdout
from copy import deepcopy
from functools import cache
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from haboot.checker.packed.checkpoint import NAME
from haboot.cli.main import run
from hypothesis import strategies as st

HUGE = "1" + "0" * 5000  # more digits than Python reads as a number
HOSTILE = (
    "", " ", "-", "--", "0", "-1", "1e9", "9" * 30, HUGE, "nan", "None", "é", "\udcff\udc80", "\x1b[31mred\x1b[0m",
    "\x9b2J",
    "\x07", "\r", "a\nb", "\x7f", "\u202eabc", "[red]x[/red]", "[/]", "%s%n", "{0}", "'; import os; '", '"""', "\\",
    "$(id)",
    "x" * 5000, "😀" * 40, "\u200b", "=", "+", "vhar+", "vhar+" + "crash+" * 300, "same-prefx", ",", "1,,2",
)  # fmt: skip
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 3, 2**31, 2**63, 10**30, -(10**30), 1.5, float("nan"), float("inf"), "", "x" * 3000,
    [], {}, [[]],
    {"": None}, {"#bigint": "7"}, "\ud800", "@huge@", "@deep@", *HOSTILE[7:26],
)  # fmt: skip


@st.composite
def bent(draw: st.DrawFn, content: bytes, most: int = 4) -> bytes:
    """Some bytes of a content are replaced, added, removed, repeated, or all from a place on is cut off."""
    data = bytearray(content)
    for _ in range(draw(st.integers(1, most))):
        at = draw(st.integers(0, len(data)))
        length = draw(st.sampled_from((1, 1, 2, 8, 64)))
        new = draw(
            st.sampled_from((b"\x00", b"\xff", b"\x1b[2J", b'"', b"[", b"}", b"\n", b"-1", b"\xef\xbb\xbf", b"\\u0000"))
        )
        match draw(st.sampled_from(("replace", "insert", "remove", "repeat", "cut"))):
            case "replace":
                data[at : at + len(new)] = new
            case "insert":
                data[at:at] = new
            case "remove":
                del data[at : at + length]
            case "repeat":
                data[at:at] = data[at : at + length]
            case _:
                del data[max(at, len(data) // 2) :]
    return bytes(data)


@st.composite
def restructured(draw: st.DrawFn, data: Any, most: int = 3) -> Any:
    """Some values within a structure are replaced by odd ones, moved, removed, repeated or renamed."""
    whole = [deepcopy(data)]
    for _ in range(draw(st.integers(1, most))):
        holder: Any = whole
        key: Any = 0
        while isinstance(holder[key], (dict, list)) and holder[key] and draw(st.integers(0, 5)):
            holder = holder[key]
            key = (
                draw(st.sampled_from(sorted(holder)))
                if isinstance(holder, dict)
                else draw(st.integers(0, len(holder) - 1))
            )
        match draw(st.sampled_from(("odd", "odd", "odd", "remove", "repeat", "rename"))):
            case "remove" if holder is not whole:
                del holder[key]
            case "repeat" if isinstance(holder, list):
                holder.insert(key, deepcopy(holder[key]))
            case "rename" if isinstance(holder, dict):
                holder[draw(st.sampled_from((*HOSTILE[:1], *HOSTILE[13:25], "name", "states")))] = holder.pop(key)
            case _:
                holder[key] = deepcopy(draw(st.sampled_from(ODD)))
    return whole[0]


def as_json(data: Any) -> bytes:
    """The structure as JSON, with numbers and nesting that Python's own writer refuses to write."""
    text = json.dumps(data)
    return text.replace('"@huge@"', HUGE).replace('"@deep@"', "[" * 60_000 + "]" * 60_000).encode()


@cache
def real_trace(name: str, claim: str) -> dict[str, Any]:
    """A trace as ``haboot trace`` writes it."""
    with TemporaryDirectory() as folder:
        place = Path(folder, "trace.json")
        _quietly("trace", name, claim, "--format", "json", "-o", str(place))
        return dict(json.loads(place.read_bytes()))


@cache
def real_checkpoint(name: str) -> bytes:
    """A checkpoint as ``haboot check`` writes it."""
    with TemporaryDirectory() as folder:
        _quietly("check", name, "--checkpoint", folder, "--workers", "1")
        return Path(folder, NAME).read_bytes()


def _quietly(*words: str) -> None:
    with redirect_stdout(StringIO()):
        run(words)


def opened(checkpoint: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the head and the arrays of a checkpoint."""
    head, _, rest = checkpoint.partition(b"\n")
    return dict(json.loads(head)), rest[:-4]


def sealed(head: bytes, arrays: bytes) -> bytes:
    """Return a checkpoint of a head and arrays, with the checksum that belongs to them."""
    line = head + b"\n"
    return line + arrays + zlib.crc32(arrays, zlib.crc32(line)).to_bytes(4, "little")


@st.composite
def renumbered(draw: st.DrawFn, arrays: bytes) -> bytes:
    """Some of the numbers within arrays are others; the first and the last arrays are met more often."""
    data, count = bytearray(arrays), len(arrays) // 8
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.one_of(st.integers(0, count - 1), st.integers(max(0, count - 600), count - 1)))
        value = draw(st.sampled_from((-1, 1, 2, 255, 2**20, 2**31, 2**40, 2**62, -(2**63), 2**63 - 1)))
        data[8 * place : 8 * place + 8] = value.to_bytes(8, "little", signed=True)
    return bytes(data)
