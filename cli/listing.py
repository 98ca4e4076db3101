"""Listings: a table on a terminal, tab-separated lines elsewhere, objects for machines. No name is cut or folded.

On a terminal the last column alone is wrapped, and a long listing is paged. Where standard output is none, a row is a
line, cells are parted by tabs, and neither headings nor totals stand between the rows: totals go to standard error, and
where several lists are printed each row begins with its list's name.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import click
from haboot.checker import nearest
from haboot.cli.completion import names
from haboot.cli.console import echo, echo_rows, terminal
from haboot.cli.output import TARGET, is_printed, save, writable
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

PROSE = 36  # columns that the last column needs at least to stand beside the others
GAP = 2
T = TypeVar("T")


def _tried(_context: click.Context, _option: click.Parameter, target: Path | None) -> Path | None:
    writable(target)
    return target


json_option = click.option(
    "--json", "json_file", type=TARGET, metavar="FILE", callback=_tried, help="Write the rows here; - to print."
)
F = TypeVar("F", bound=Callable[..., object])


def words_argument(kind: str) -> Callable[[F], F]:
    """Return the argument that narrows a listing; shells complete the names of a kind."""
    return click.argument("words", nargs=-1, metavar="[NAME|WORD]...", shell_complete=names(kind))


@dataclass
class Listing:
    """Rows under headings, of which the last one stands over prose; ``name`` is that of the list."""

    name: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        """Add a row."""
        self.rows.append(cells)

    @property
    def data(self) -> list[dict[str, str]]:
        """The rows as objects, by heading."""
        keys = [column.replace(" ", "_") for column in self.columns]
        return [dict(zip(keys, row, strict=True)) for row in self.rows]


def matching(
    items: Iterable[T], words: Sequence[str], texts: Callable[[T], Iterable[str]], what: str, *, due: bool = True
) -> list[T]:
    """Return the items called like one of the words, else those whose texts hold all of them.

    Raises UsageError, with the nearest name, where some are due and there are none. The first text of an item is its
    name.
    """
    every = [(item, [text.lower() for text in texts(item)]) for item in items]
    asked = [word.lower() for word in words]
    named = [item for item, (name, *_) in every if name in asked]
    found = named or [item for item, told in every if all(any(word in text for text in told) for word in asked)]
    if due and not found:
        hint = nearest(" ".join(words), (next(iter(texts(item))) for item, _ in every))
        raise click.UsageError(f"no {what} is called or says '{' '.join(words)}'{hint}")
    return found


def show(listings: Sequence[Listing], target: Path | None = None, totals: Sequence[str] = ()) -> None:
    """Print listings and their totals, or write them as JSON to a file."""
    if target is not None:
        data = {one.name: one.data for one in listings}
        save(target, json.dumps(data, indent=2, ensure_ascii=False) + "\n")
    if is_printed(target):
        return
    console = terminal()
    if not console.is_terminal:
        for one in listings:
            echo_rows((one.name, *row) if len(listings) > 1 else row for row in one.rows)
        echo(*totals, err=True)
        return
    parts: list[RenderableType] = [
        part for one in listings for part in (*_laid_out(one, console, len(listings)), Text())
    ]
    shown = Group(*parts, *map(Text, totals))
    if len(console.render_lines(shown, pad=False)) > console.height:
        os.environ.setdefault("LESS", "FRX")  # with colours, and none where it fits
        with console.pager(styles=True):
            console.print(shown, crop=False)
    else:
        console.print(shown, crop=False)


def _laid_out(one: Listing, console: Console, together: int) -> Iterable[RenderableType]:
    """A table where its names fit beside some prose, else each row with its prose below."""
    if together > 1:
        yield Text(one.name.capitalize(), style="bold")
    rows = (one.columns, *one.rows)
    widths = [max(cell_len(row[at]) for row in rows) for at in range(len(one.columns) - 1)]
    prose = min(PROSE, max(cell_len(row[-1]) for row in rows))
    if sum(widths) + GAP * len(widths) + prose <= console.width:
        table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0))
        for column, width in zip(one.columns, widths, strict=False):
            table.add_column(column, no_wrap=True, min_width=width)
        table.add_column(one.columns[-1], overflow="fold")
        for row in one.rows:
            table.add_row(*map(Text, row))
        yield table
        return
    for row in one.rows:
        names = [cell for cell in row[:-1] if cell]
        if names:
            yield Text.assemble(
                (names[0], "bold"), *(f"  {name}" for name in names[1:]), no_wrap=True, overflow="ignore"
            )
        yield Padding(Text(row[-1], overflow="fold"), (0, 0, 0, 4))
