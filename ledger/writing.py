"""Ledgers as TOML: tables whose names are quoted alike, under a first line that says what wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import tomlkit
from tomlkit.items import AoT, Array, InlineTable, Key, KeyType, SingleKey, Table


def named(name: str) -> Key:
    """Return the name of a scenario or a property as a key, quoted whatever it is made of."""
    return SingleKey(name, KeyType.Basic)


def table(rows: Mapping[Key, Any] | Mapping[str, Any]) -> Table:
    """Return a table; one of tables alone has no line of its own."""
    made = tomlkit.table(is_super_table=bool(rows) and all(isinstance(one, Table) for one in rows.values()))
    for key, value in rows.items():
        made.add(key, value)
    return made


def inline(rows: Mapping[str, Any]) -> InlineTable:
    """Return a table in a line."""
    made = tomlkit.inline_table()
    made.update(rows)
    return made


def tables(rows: Iterable[Mapping[str, Any]]) -> AoT:
    """Return a list of tables."""
    made = tomlkit.aot()
    for row in rows:
        made.append(table(row))
    return made


def lines(rows: Iterable[Sequence[str]]) -> Array:
    """Return a list of lists, each in a line."""
    made = tomlkit.array().multiline(multiline=True)
    made.extend([*row] for row in rows)
    return made


def document(title: str, parts: Mapping[Key, Any] | Mapping[str, Any]) -> str:
    """Return a ledger as text.

    >>> print(document("Written by a test.", {named("a b"): lines([("c", "d")])}), end="")
    # Written by a test.
    <BLANKLINE>
    "a b" = [
        ["c", "d"],
    ]
    """
    made = tomlkit.document()
    made.add(tomlkit.comment(title))
    made.add(tomlkit.nl())
    for key, value in parts.items():
        made.add(key, value)
    return f"{made.as_string().rstrip()}\n"
