"""Tables of plain values: as rows for data frames, and as HTML for notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import TypeAlias

from haboot.checker.boundary import plain

Row: TypeAlias = Mapping[str, object]


def html(caption: str, rows: Iterable[Row]) -> str:
    """Return rows of the same columns as a table; what they hold is shown as text, whatever it is.

    >>> html("a & b", [{"n": "<1>"}])
    '<table><caption>a &amp; b</caption><tr><th>n</th></tr><tr><td>&lt;1&gt;</td></tr></table>'
    """
    every = list(rows)
    head = [_cells("th", every[0])] if every else []
    body = (_cells("td", row.values()) for row in every)
    lines = "".join(f"<tr>{line}</tr>" for line in (*head, *body))
    return f"<table><caption>{_text(caption)}</caption>{lines}</table>"


def _cells(tag: str, values: Iterable[object]) -> str:
    return "".join(f"<{tag}>{_text(value)}</{tag}>" for value in values)


def _text(value: object) -> str:
    shown = ", ".join(map(str, value)) if isinstance(value, tuple) else "" if value is None else str(value)
    return escape(plain(shown))
