"""The line of each key of a TOML text, which the standard reader does not tell.

The text is known to be TOML, so nothing is checked: tokens are read for the sake of keys alone.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
_TOKEN = re.compile(
    r"(?P<text>\"\"\"(?:\\.|[^\\])*?\"{3,5}|'''.*?'{3,5}|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*')"
    r"|(?P<other>[\[\]{}=,.\n]|[^\s\[\]{}=,.\"'#]+)"
    r"|#[^\n]*|[ \t\r]+",
    re.DOTALL,
)
_END = frozenset(",]}\n") | {""}


class _Token(NamedTuple):
    text: str
    line: int


def lines(text: str) -> dict[Path, int]:
    r"""Return the line, from 1 on, on which each key first stands; members of arrays have their number as a key.

    >>> lines('[[a]]\nb.c = [1,\n 2]\n')
    {('a', 0): 1, ('a', 0, 'b'): 2, ('a', 0, 'b', 'c'): 2, ('a', 0, 'b', 'c', 0): 2, ('a', 0, 'b', 'c', 1): 3}
    """
    return _Reader(text).found


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for match in _TOKEN.finditer(text):
        if match.lastgroup:
            yield _Token(match[0], line)
        line += match[0].count("\n")
    yield _Token("", line)


class _Reader:
    """Reads tokens one after another; ``found`` holds the lines met so far."""

    def __init__(self, text: str) -> None:
        self.found: dict[Path, int] = {}
        self._rest = _tokens(text)
        self._counts: dict[Path, int] = {}
        self._next = next(self._rest)
        table: Path = ()
        while self._next.text:
            if self._next.text == "\n":
                self._take()
            elif self._next.text == "[":
                table = self._header()
            else:
                self._pair(table)

    def _take(self) -> _Token:
        taken, self._next = self._next, next(self._rest, _Token("", 0))
        return taken

    def _header(self) -> Path:
        """Read ``[a.b]`` or ``[[a.b]]``, and return the path of what stands below it."""
        line = self._take().line
        several = self._next.text == "["
        if several:
            self._take()
        path: Path = ()
        *outer, last = self._keys()
        for key in outer:
            path = self._latest((*path, key))
            self.found.setdefault(path, line)
        path = (*path, last)
        if several:
            self._counts[path] = self._counts.get(path, 0) + 1
            self._take()
        self._take()
        path = self._latest(path)
        self.found.setdefault(path, line)
        return path

    def _latest(self, path: Path) -> Path:
        return (*path, self._counts[path] - 1) if path in self._counts else path

    def _keys(self) -> list[str]:
        """Read a dotted key, up to what ends it."""
        keys = []
        while self._next.text not in {"=", "]"}:
            part = self._take().text
            if part[0] in "\"'":
                keys.append(tomllib.loads(f"key = {part}")["key"])
            elif part != ".":
                keys.append(part)
        return keys

    def _pair(self, table: Path) -> None:
        """Read ``a.b = value``."""
        line, path = self._next.line, table
        for key in self._keys():
            path = (*path, key)
            self.found.setdefault(path, line)
        self._take()
        self._value(path)

    def _value(self, path: Path) -> None:
        if self._next.text == "[":
            self._members(path)
        elif self._next.text == "{":
            self._inline(path)
        else:
            while self._next.text not in _END:
                self._take()

    def _members(self, path: Path) -> None:
        number = 0
        self._take()
        while self._next.text != "]":
            if self._next.text in {",", "\n"}:
                self._take()
            else:
                self.found[*path, number] = self._next.line
                self._value((*path, number))
                number += 1
        self._take()

    def _inline(self, path: Path) -> None:
        self._take()
        while self._next.text != "}":
            if self._next.text in {",", "\n"}:
                self._take()
            else:
                self._pair(path)
        self._take()
