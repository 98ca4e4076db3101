"""``haboot compare``: the alternatives on one bench, each cell read off an exploration of this run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
from haboot.checker import nearest
from haboot.checker.host import mapped
from haboot.cli.completion import names as offered
from haboot.cli.console import terminal
from haboot.cli.interrupts import SoFar
from haboot.cli.options import assume_option, document_option, json_option
from haboot.cli.output import is_printed, save, writable
from haboot.model import BENCHES, VARIANTS, Bench
from haboot.studies import ASSUMED, QUESTIONS, Assumed, Cell, Line, compared
from rich.progress import Progress
from rich.text import Text

CUT = 3
STYLE = {True: "green", False: "red"}


@click.command()
@click.argument("names", nargs=-1, metavar="[VARIANT]...", shell_complete=offered("variants"))
@assume_option("Compare under this assumption, or under several with commas between; may be repeated.")
@json_option
@document_option
def compare(names: tuple[str, ...], assume: tuple[Assumed, ...], json_file: Path | None, document: Path | None) -> int:
    """Compare the ways to recover a mobile node, variant by assumption; without names, all of them.

    Every cell comes from an exploration of this run. Exit status: 0, or 3 where a bound made a cell INCOMPLETE.
    """
    writable(json_file, document)
    benches = _benches(names)
    assumed = ((), *(tuple(dict.fromkeys(given)) for given in assume)) if assume else ASSUMED
    console, lines = terminal(stderr=is_printed(json_file), highlight=False), list[Line]()
    with SoFar() as cut:
        for line in explored(benches, assumed):
            lines.append(line)
    if cut.status:
        console.print(*_shown(lines) if lines else (), sep="\n", soft_wrap=True)
        console.print(f"INTERRUPTED: {len(lines)} of {len(benches) * len(assumed)} lines so far", style="bold yellow")
        return cut.status
    if document is not None:
        from haboot.cli.alternatives import page  # noqa: PLC0415 - loads what draws

        save(document, page(lines))
    if json_file is not None:
        save(json_file, json.dumps(as_data(lines), indent=2) + "\n")
    if document is None:
        console.print(*_shown(lines), sep="\n", soft_wrap=True)
    return CUT if any(cell.shown == "INCOMPLETE" for line in lines for cell in line.cells) else 0


def _benches(names: tuple[str, ...]) -> tuple[Bench, ...]:
    """The rows asked for: a variant's name stands for all of its readings."""
    known = {one.name for one in BENCHES} | set(VARIANTS)
    for name in names:
        if name not in known:
            raise click.UsageError(f"unknown variant '{name}'{nearest(name, known)} (known: {', '.join(VARIANTS)})")
    return tuple(one for one in BENCHES if not names or one.name in names or one.variant in names)


def explored(
    benches: Sequence[Bench] = BENCHES, assumed: Sequence[Assumed] = ASSUMED, workers: int = 2
) -> Iterator[Line]:
    """Explore every line of a comparison in parallel, with progress on a terminal."""
    todo = [(bench, given) for bench in benches for given in assumed]
    console = terminal(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("comparing", total=len(todo))
        for line in mapped(_line_of, todo, workers):
            yield line
            bar.advance(task)


def _line_of(asked: tuple[Bench, Assumed]) -> Line:
    return compared(*asked)


def _shown(lines: Iterable[Line]) -> list[Text]:
    every = list(lines)
    first = max(len("assuming"), *(len(line.assuming) for line in every))
    widths = [
        max(len(question.heading), *(len(told(line.cells[place])) for line in every if line.cells))
        for place, question in enumerate(QUESTIONS)
    ]
    output: list[Text] = []
    for bench in dict.fromkeys(line.bench for line in every):
        mine = [line for line in every if line.bench == bench]
        output += [*_heading(bench, mine), _row("assuming", first, widths)]
        output += [_line(line, first, widths) for line in mine if line.cells]
        if missing := [line.assuming for line in mine if not line.cells]:
            output.append(Text(f"  not modelled: {', '.join(missing)}", style="dim"))
        output.append(Text())
    return [*output, *_legend(every)]


def _heading(bench: Bench, lines: Sequence[Line]) -> list[Text]:
    title = Text.assemble((bench.name, "bold"), f"  {bench.summary}")
    return [title, Text(f"  needs beforehand: {lines[0].needs}")]


def told(cell: Cell) -> str:
    """A cell in words: a counterexample with its length."""
    return f"{cell.shown} {len(cell.trace)}" if cell.good is False and cell.trace else cell.shown


def _line(line: Line, first: int, widths: Sequence[int]) -> Text:
    text = Text(f"  {line.assuming:<{first}}")
    for cell, width in zip(line.cells, widths, strict=True):
        text.append("  ")
        text.append(f"{told(cell):<{width}}", style=STYLE[cell.good] if cell.good is not None else "")
    return text.append(f"  {line.states:,}", style="dim")


def _row(start: str, first: int, widths: Sequence[int]) -> Text:
    cells = (f"  {one.heading:<{width}}" for one, width in zip(QUESTIONS, widths, strict=True))
    return Text(f"  {start:<{first}}{''.join(cells)}  states", style="dim")


def _legend(lines: Sequence[Line]) -> list[Text]:
    width = max(len(one.heading) for one in QUESTIONS)
    legend = [Text(f"{one.heading:<{width}}  {one.asks} ({one.claim})", style="dim") for one in QUESTIONS]
    broken = (cell for line in lines for cell in line.cells if cell.good is False and cell.trace)
    shown = next(broken, None)
    if shown is not None:
        hint = f"NO 9: its trace has 9 steps. See a cell with: haboot trace {shown.scenario} {shown.claim}"
        legend += [Text(), Text(hint, style="dim")]
    return legend


def as_data(lines: Iterable[Line]) -> dict[str, Any]:
    """Return a comparison as the data that ``--json`` writes."""
    return {"haboot": version("haboot"), "lines": [_line_data(line) for line in lines]}


def _line_data(line: Line) -> dict[str, Any]:
    return {
        "variant": line.bench.variant,
        "choices": list(line.bench.choices),
        "assumptions": list(line.assumed),
        "modelled": bool(line.cells),
        "states": line.states,
        "beforehand": list(line.beforehand),
        "cells": {
            question.claim: _cell_data(cell)
            for question, cell in zip(QUESTIONS if line.cells else (), line.cells, strict=True)
        },
    }


def _cell_data(cell: Cell) -> dict[str, Any]:
    length = None if cell.trace is None else len(cell.trace)
    return {"shown": cell.shown, "good": cell.good, "scenario": cell.scenario, "trace_length": length}
