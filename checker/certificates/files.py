"""How a certificate lies in a folder: a head in JSON, and states with their numbers in parts that the head names.

A part holds the words of its states, each as what it adds to the one before modulo 2 to the 64, then a column for each
thing that is numbered. Numbers are written byte by byte, first the lowest byte of all: zlib does the rest.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from haboot.checker.lasso import Ints

HEAD = "certificate.json"
PART = 1 << 16  # states


def save(folder: Path, head: Mapping[str, Any], words: Sequence[Ints], columns: Sequence[Ints]) -> None:
    """Write a certificate; ``words`` are those of sorted states, the heaviest first."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.part"):
        old.unlink()
    widths = [_width(int(column.max(initial=0))) for column in columns]
    parts = list[dict[str, Any]]()
    for begin in range(0, words[0].size, PART):
        some = slice(begin, begin + PART)
        planes = [_planes(np.diff(word[some], prepend=0), 8) for word in words]
        planes += [_planes(column[some], width) for column, width in zip(columns, widths, strict=True)]
        data = zlib.compress(b"".join(planes), 9)
        name = f"{len(parts):05}.part"
        (folder / name).write_bytes(data)
        parts.append({"file": name, "states": words[0][some].size, "sha256": sha256(data).hexdigest()})
    whole = {**head, "words": len(words), "widths": widths, "parts": parts}
    (folder / HEAD).write_text(json.dumps(whole, ensure_ascii=True, indent=None, separators=(",", ":")) + "\n")


def _width(most: int) -> int:
    return next(width for width in (1, 2, 4, 8) if most < 1 << 8 * width)


def _planes(values: Ints, width: int) -> bytes:
    """Return numbers byte by byte, the lowest bytes first."""
    return values.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :width].T.tobytes()
