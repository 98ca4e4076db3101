"""Where commands print: one kind of console, which reads no markup and lets nothing through that does not show.

Names, reasons and values may come from files of others. Text is text: no tag of rich is read from it, and a character
that would steer the terminal is shown as one that stands for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import IO, TYPE_CHECKING, Any

import click
from haboot.checker.boundary import draws_unicode, plain
from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.segment import Segment
from rich.text import Text

if TYPE_CHECKING:
    from rich.status import Status  # which few need, and rich loads when it is asked for one

LEAST, MOST = 20, 2000  # columns; fewer or more are no terminal


class _Shown:
    """Something to print, of which every character shows."""

    def __init__(self, inner: ConsoleRenderable) -> None:
        self.inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for one in console.render(self.inner, options):
            yield one if one.control else Segment(plain(one.text, "\n"), one.style)


class _Hook(RenderHook):
    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """See rich."""
        return [_Shown(one) for one in renderables]


def terminal(*, stderr: bool = False, file: IO[str] | None = None, width: int | None = None, **more: Any) -> Console:
    """Return a console on standard output, standard error or a file."""
    made = Console(stderr=stderr, file=file, width=width, markup=False, emoji=False, _environ=_environment(), **more)
    made.push_render_hook(_Hook())
    return made


def columns(console: Console) -> int | None:
    """Return the columns to draw in: those of a terminal, and None where nobody says how many there are."""
    return console.width if console.is_terminal else None


def _environment() -> dict[str, str]:
    """The environment without sizes of the terminal that are none."""
    sizes = {name: os.environ.get(name, "") for name in ("COLUMNS", "LINES")}
    least = {"COLUMNS": LEAST, "LINES": 1}
    wrong = {name for name, value in sizes.items() if not _is_count(value, least[name])}
    return {name: value for name, value in os.environ.items() if name not in wrong}


def _is_count(text: str, least: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 6 and least <= int(text) <= MOST


def status(target: Console, text: str) -> Status:
    """Return a line with something that turns, not yet started."""
    return target.status(Text(plain(text)), spinner="dots" if draws_unicode(target) else "line")


def echo(*lines: str, err: bool = False) -> None:
    """Print lines of text as they are, but for characters that do not show."""
    for line in lines:
        click.echo(plain(line), err=err)


def echo_rows(rows: Iterable[Iterable[str]]) -> None:
    """Print rows of cells, a line each, with tabs between cells and with none in them."""
    for row in rows:
        click.echo("\t".join(plain(" ".join(cell.split())) for cell in row))


def one_line(parts: Iterable[str] | str, most: int = 4000) -> str:
    """Return words as one line of characters that show, cut where it is endless."""
    text = plain(" ".join((parts if isinstance(parts, str) else " ".join(parts)).split()))
    return text if len(text) <= most else f"{text[:most]}…"
