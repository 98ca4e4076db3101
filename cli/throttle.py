"""``haboot throttle``: how long a throttled home agent takes, from one mobile node to thousands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from math import isinf
from pathlib import Path
from typing import Any

import click
from haboot.checker.boundary import require_extra
from haboot.checker.host import mapped
from haboot.cli.console import terminal
from haboot.cli.interrupts import SoFar
from haboot.cli.options import json_option
from haboot.cli.output import is_printed, save, writable
from haboot.cli.whole import Whole
from haboot.studies import PATIENCE, Load, Turns, turns
from rich.progress import Progress
from rich.table import Table

NODES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
SLOTS = (1, 10, 100)
MOST = 100_000  # mobile nodes
DIGITS = 9  # of a number that is read
MOST_PATIENCE = 1000  # repetitions; what is computed grows with them


class Counts(click.ParamType[tuple[int, ...]]):
    """Whole numbers with commas between, each within bounds."""

    name = "counts"

    def __init__(self, most: int) -> None:
        self.most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """Return the numbers given in order, each once; fail for what is no number or out of bounds."""
        parts = value if isinstance(value, tuple) else [part.strip() for part in str(value).split(",")]
        for part in parts:
            if not str(part).isdecimal() or len(str(part)) > DIGITS or not 1 <= int(part) <= self.most:
                self.fail(
                    f"'{part}' is no whole number from 1 to {self.most:,} (give for example 1,10,100)", param, ctx
                )
        return tuple(sorted({int(part) for part in parts}))


@click.command()
@click.option("--nodes", type=Counts(MOST), default=NODES, metavar="N,…", help="Numbers of mobile nodes.")
@click.option("--slots", type=Counts(MOST), default=SLOTS, metavar="K,…", help="Numbers of slots.")
@click.option("--unreachable", type=Whole(1, MOST), default=10, show_default=True, help="Nodes out of reach.")
@click.option(
    "--patience",
    type=Whole(1, MOST_PATIENCE),
    default=PATIENCE,
    show_default=True,
    help="Repetitions until given up.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the orders that are drawn.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Draw it into this SVG file.")
@json_option
def throttle(
    *,
    nodes: tuple[int, ...],
    slots: tuple[int, ...],
    unreachable: int,
    patience: int,
    seed: int,
    output: Path | None,
    json_file: Path | None,
) -> int:
    """Show how many turns a home agent needs until all mobile nodes in reach are recovered, at best and at worst.

    In a turn every running session does one thing, then free slots go to waiting sessions. Over few mobile nodes every
    order is tried (exact); over many, orders are simulated, and the worst is that of the orders tried.
    """
    if output is not None:
        if output.suffix.lower() != ".svg":
            raise click.UsageError(f"cannot draw into '{output}': the plot is SVG, so the name has to end in .svg")
        require_extra("draw")
    writable(output, json_file)
    cases = ((0, patience), (unreachable, patience), (unreachable, None))
    loads = [Load(count, most, away, rule) for away, rule in cases for most in slots for count in nodes if count > away]
    console, found = terminal(stderr=is_printed(json_file)), list[Turns]()
    with SoFar() as cut:
        for one in computed(loads, seed):
            found.append(one)
    if cut.status:
        console.print(_table(found))
        console.print(f"INTERRUPTED: {len(found)} of {len(loads)} loads so far", style="bold yellow")
        return cut.status
    if json_file is not None:
        data = {"haboot": version("haboot"), "seed": seed, "turns": [_as_data(one) for one in found]}
        save(json_file, json.dumps(data, indent=2) + "\n")
    if output is not None:
        save(output, _drawn(found, cases, slots))
    console.print(_table(found))
    return 0


def computed(loads: Sequence[Load], seed: int = 0, workers: int = 2) -> Iterator[Turns]:
    """Yield the turns of each load, computed in parallel with progress on a terminal."""
    console = terminal(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("stepping", total=len(loads))
        for one in mapped(partial(turns, seed=seed), loads, workers):
            yield one
            bar.advance(task)


def _as_data(one: Turns) -> dict[str, Any]:
    figures = {name: _number(getattr(one, name)) for name in ("best", "worst", "drawn")}
    return {**asdict(one.load), **figures, "how": "exact" if one.exact else "simulated"}


def _number(value: float | None) -> int | str | None:
    return None if value is None else "infinite" if isinf(value) else int(value)


def _table(found: Iterable[Turns]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("mobile nodes", "out of reach", "slots", "given up after", "best", "worst", "drawn", ""):
        table.add_column(column, justify="left" if not column else "right")
    for one in found:
        rule = "never" if one.load.patience is None else str(one.load.patience)
        figures = ("∞" if value == "infinite" else f"{value:,}" for value in map(_number, (one.best, one.worst)))
        drawn = "" if one.drawn is None else "∞" if isinf(one.drawn) else f"{int(one.drawn):,}"
        load = (f"{one.load.mobile_nodes:,}", str(one.load.unreachable), str(one.load.slots), rule)
        table.add_row(*load, *figures, drawn, "exact" if one.exact else "simulated")
    return table


def _drawn(found: Sequence[Turns], cases: Iterable[tuple[int, int | None]], slots: Iterable[int]) -> str:
    from haboot.pages import Curve, Panel, Point, throttle_svg  # noqa: PLC0415 - loads matplotlib

    panels = []
    for away, rule in cases:
        curves = []
        for most in slots:
            where = (most, away, rule)
            mine = [one for one in found if (one.load.slots, one.load.unreachable, one.load.patience) == where]
            points = (Point(one.load.mobile_nodes, one.best, one.worst, one.exact) for one in mine)
            curves.append(Curve(most, tuple(points)))
        panels.append(Panel(_title(away, rule), tuple(curves)))
    return throttle_svg(panels)


def _title(away: int, rule: int | None) -> str:
    if not away:
        return "all in reach"
    told = "no rule of release (the draft)" if rule is None else f"given up after {rule} repetitions"
    return f"{away} out of reach, {told}"
