"""Tables of plain values: as data frames, as lines of text, and as HTML for notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from haboot.checker.boundary import plain, require_extra

Row: TypeAlias = Mapping[str, object]


def html(caption: str, rows: Iterable[Row]) -> str:
    """Return rows of the same columns as a table; what they hold is shown as text, whatever it is.

    >>> html("a & b", [{"n": "<1>"}])
    '<table><caption>a &amp; b</caption><tr><th>n</th></tr><tr><td>&lt;1&gt;</td></tr></table>'
    """
    from html import escape  # noqa: PLC0415 - loads all entities there are, and few are in a notebook

    def cells(tag: str, values: Iterable[object]) -> str:
        return "".join(f"<{tag}>{escape(_text(value))}</{tag}>" for value in values)

    every = list(rows)
    head = [cells("th", every[0])] if every else []
    body = (cells("td", row.values()) for row in every)
    lines = "".join(f"<tr>{line}</tr>" for line in (*head, *body))
    return f"<table><caption>{escape(plain(caption))}</caption>{lines}</table>"


def frame(rows: Iterable[Row], index: str) -> Any:
    """Return rows of the same columns as a ``pandas.DataFrame``; raises ModelError where pandas is not installed."""
    require_extra("data")
    import pandas  # type: ignore[import-untyped]  # noqa: PLC0415 - few need it, and it takes long to load

    every = [*rows]
    return pandas.DataFrame(every).set_index(index) if every else pandas.DataFrame()


def lines(rows: Iterable[Iterable[str]]) -> str:
    r"""Return rows of as many cells as lines, each cell of a column as wide as the widest, but for the last.

    >>> lines([("a", "1"), ("bcd", "2")])
    '  a    1\n  bcd  2'
    """
    every = [[plain(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*every, strict=True)]
    return "\n".join(
        "".join(f"  {cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in every
    )


def _text(value: object) -> str:
    shown = ", ".join(map(str, value)) if isinstance(value, tuple) else "" if value is None else str(value)
    return plain(shown)
