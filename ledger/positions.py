"""Where each key of a TOML text stands, which the standard reader does not tell.

The text is known to be TOML, so nothing is checked: tokens are read for the sake of keys alone, once and from front to
back. What is found is a tree, whose size is that of the text however deep it is nested.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

_TOKEN = re.compile(
    r"(?P<text>\"\"\"(?:\\.|[^\\])*?\"{3,5}|'''.*?'{3,5}|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*')"
    r"|(?P<other>[\[\]{}=,.\n]|[^\s\[\]{}=,.\"'#]+)"
    r"|#[^\n]*|[ \t\r]+",
    re.DOTALL,
)
_END = frozenset(",]}\n") | {""}
_CLOSING = {"[": "]", "{": "}"}


class Spot(NamedTuple):
    """Line and column of a text, in characters, both from 1 on."""

    line: int
    column: int


class _Token(NamedTuple):
    text: str
    spot: Spot


@dataclass(slots=True, eq=False)
class Node:
    """What a key leads to: where it first stands, and what is below it, by key or by number in a list.

    A key stands where its whole line's does, ``a.b`` at the ``a``, and a table at the bracket of its header. A value in
    an array stands where it begins, and has no key.
    """

    spot: Spot
    has_key: bool = True
    below: dict[str | int, Node] = field(default_factory=dict)

    def put(self, key: str | int, spot: Spot, *, has_key: bool = True) -> Node:
        """Return the node below under a key, made there if it is the first."""
        return self.below.setdefault(key, Node(spot, has_key))

    def latest(self) -> Node:
        """Return the last table of a list of tables, else the node itself."""
        return self.below.get(len(self.below) - 1, self)

    def nearest(self, path: Iterable[str | int]) -> Spot | None:
        r"""Return where the last key of a path stands, or the nearest around it; None where there is none.

        A path leads down from here; ``-`` and ``_`` are the same in it.

        >>> tree('x = 1\n[[row]]\n  a_b = [2]\n').nearest(("row", 0, "a-b", 0))
        Spot(line=3, column=3)
        """
        nodes, found = [self], None
        for key in map(_spelt, path):
            nodes = [one for node in nodes for name, one in node.below.items() if _spelt(name) == key]
            found = next((one.spot for one in nodes if one.has_key), found)
        return found


def _spelt(key: str | int) -> str:
    return str(key).replace("_", "-")


def tree(text: str) -> Node:
    r"""Return the root of a text, below which are its keys.

    >>> tree('[[a]]\nb.c = [1,\n 2]\n').below["a"].below[0].below["b"].below["c"].below[1].spot
    Spot(line=3, column=2)
    """
    root = Node(Spot(1, 1), has_key=False)
    _Reader(text).read(root)
    return root


def _tokens(text: str) -> Iterator[_Token]:
    line, start = 1, 0
    for match in _TOKEN.finditer(text):
        if match.lastgroup:
            yield _Token(match[0], Spot(line, match.start() - start + 1))
        if ends := match[0].count("\n"):
            line, start = line + ends, match.start() + match[0].rindex("\n") + 1
    while True:
        yield _Token("", Spot(line, len(text) - start + 1))


class _Reader:
    """Reads tokens one after another."""

    def __init__(self, text: str) -> None:
        self._rest = _tokens(text)
        self._next = next(self._rest)

    def read(self, root: Node) -> None:
        """Put every key of the text below a root."""
        table = root
        while self._next.text:
            if self._next.text == "\n":
                self._take()
            elif self._next.text == "[":
                table = self._header(root)
            else:
                self._value(self._key(table))

    def _take(self) -> _Token:
        taken, self._next = self._next, next(self._rest)
        return taken

    def _header(self, node: Node) -> Node:
        """Read ``[a.b]`` or ``[[a.b]]``, and return the table that it opens."""
        spot = self._take().spot
        several = self._next.text == "["
        if several:
            self._take()
        *outer, last = self._keys()
        for key in outer:
            node = node.put(key, spot).latest()
        node = node.put(last, spot)
        if several:
            self._take()
            node.put(len(node.below), spot)
        self._take()
        return node.latest()

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

    def _key(self, node: Node) -> Node:
        """Read ``a.b =``, and return what it names in a table."""
        spot = self._next.spot
        for key in self._keys():
            node = node.put(key, spot)
        self._take()
        return node

    def _value(self, node: Node) -> None:
        """Read the value of a key, with all that is in it: no recursion, as it may be deep."""
        around: list[tuple[Node, str]] = []
        self._begin(node, around)
        while around:
            holder, end = around[-1]
            if self._next.text in {",", "\n"}:
                self._take()
            elif self._next.text == end:
                self._take()
                around.pop()
            elif end == "}":
                self._begin(self._key(holder), around)
            else:
                self._begin(holder.put(len(holder.below), self._next.spot, has_key=False), around)

    def _begin(self, node: Node, around: list[tuple[Node, str]]) -> None:
        """Read a value up to its end, or, where it holds others, past what opens it."""
        if self._next.text in _CLOSING:
            around.append((node, _CLOSING[self._take().text]))
        else:
            while self._next.text not in _END:
                self._take()
