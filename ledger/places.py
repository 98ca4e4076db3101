"""Where a key stands in a TOML file: tomlkit keeps a file letter by letter, so that a mark before the key shows it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import tomlkit
from tomlkit.container import Container
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array, InlineTable, Item, Table

MARK = "\0"  # which TOML never holds
Path = tuple[str | int, ...]


def place(text: str, path: Path) -> tuple[int, int] | None:
    r"""Return line and column of a key, or of the nearest table around it that has a place; None where none has.

    A path is made of keys, with ``-`` for ``_``, and the numbers of tables in lists.

    >>> place('x = 1\n[[row]]\n  a_b = 2\n', ("row", 0, "a-b"))
    (3, 3)
    """
    with suppress(TOMLKitError, ValueError, RecursionError):
        document = tomlkit.parse(text)
        for length in range(len(path), 0, -1):
            for item in _items(document, path[:length]):
                before = item.trivia.indent
                item.trivia.indent = before + MARK
                found = document.as_string().find(MARK)
                item.trivia.indent = before
                if found >= 0:
                    return text.count("\n", 0, found) + 1, found - text.rfind("\n", 0, found)
    return None


def _items(container: Container, path: Path) -> Iterator[Item]:
    """Every item under a path: a table may be given in parts."""
    for key, item in container.body:
        if key is not None and key.key.replace("_", "-") == str(path[0]).replace("_", "-"):
            yield from _within(item, path[1:])


def _within(item: object, path: Path) -> Iterator[Item]:
    if isinstance(item, AoT) and not path:
        yield item[0]
    elif isinstance(item, Item) and not path:
        yield item
    elif isinstance(item, Table | InlineTable):
        yield from _items(item.value, path)
    elif isinstance(item, AoT | Array) and isinstance(path[0], int) and path[0] < len(item):
        yield from _within(item[path[0]], path[1:])
