"""TOML files of others, read in one way: whatever is wrong is one line that names file, line and column.

A file is data of whoever wrote it: its size and depth are bounded, and it is read as the text it shows.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from haboot.checker import ModelError
from haboot.checker.boundary import content, plain
from haboot.ledger.positions import Node, tree

MOST = 1 << 18  # bytes; a scenario takes about a hundred, an expected answer forty
DOTS = 100  # in a line: each may open a table, and opening nested ones takes time that grows with the square
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True)
class TomlFile:
    """What a file holds, and where each of its keys stands; ``name`` is that of the file as messages have it."""

    name: str
    text: str
    data: dict[str, Any]

    @cached_property
    def tree(self) -> Node:
        """Where each key stands."""
        return tree(self.text)

    def at(self, keys: Iterable[str | int] = ()) -> str:
        r"""Return file, line and column of what keys lead to, or of the nearest around it, else the file alone.

        >>> TomlFile("a.toml", "[x]\ny = 1", {}).at(["x", "y"])
        'a.toml:2:1'
        """
        return _placed(self.name, self.tree.nearest(keys))


def toml_file(path: Path, what: str) -> TomlFile:
    """Return what a file holds; raises ModelError, in one line, for one that is no ``what`` since it is no TOML."""
    name = plain(str(path))
    text = _text(path, name, what)
    return TomlFile(name, text, _parsed(text, name))


def _placed(name: str, place: tuple[int, int] | None) -> str:
    return f"{name}:{place[0]}:{place[1]}" if place else name


def _text(path: Path, name: str, what: str) -> str:
    try:
        data = content(path, MOST)
    except ModelError as error:
        raise ModelError(f"{name}: no {what}: {error}") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise ModelError(f"{name}:{line}:{column}: byte {error.start} is not UTF-8, as TOML must be") from error
    for number, row in enumerate(text.split("\n"), start=1):
        if row.count(".") > DOTS:
            raise ModelError(f"{name}:{number}:1: more than {DOTS} dots in a line: keys are nested too deeply")
    return text


def _parsed(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except ValueError as error:  # of TOML, or a number of thousands of digits
        told = str(error)
        if found := _AT.search(told):
            line, column = found.groups(default=0)
            end = text.count("\n") + 1, len(text) - text.rfind("\n")
            name = _placed(name, (int(line), int(column)) if line else end)
        raise ModelError(f"{name}: no TOML: {_AT.sub('', told)}") from error
    except RecursionError:
        raise ModelError(f"{name}: no TOML that is to be taken seriously: nested too deeply") from None
