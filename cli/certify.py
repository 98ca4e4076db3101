"""``haboot certify``: whether certificates prove what they say, by a program that searches nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

import click
from haboot.checker import amount
from haboot.checker.host import processors
from haboot.cli.certifying import CERTIFIED, NOTHING, REFUSED, SAMPLED, Checked, certificates, certified, named
from haboot.cli.check import CUT, DIFFERS
from haboot.cli.completion import names as offered
from haboot.cli.console import terminal
from haboot.cli.options import json_option, quiet_option
from haboot.cli.output import is_printed, save, writable
from haboot.cli.progress import Meter
from haboot.cli.subjects import FORMS
from rich.text import Text

STYLE = {CERTIFIED: "green", SAMPLED: "yellow", NOTHING: "yellow", REFUSED: "red"}


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("names", nargs=-1, metavar=f"[{FORMS}]...", shell_complete=offered("scenarios", files=True))
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Processes; by default one a processor.")
@click.option(
    "--sample",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="SHARE",
    help="Of more than 100,000 states go through this share, such as 0.1.",
)
@json_option
@click.option("-v", "--verbose", is_flag=True, help="Show every verdict.")
@quiet_option
def certify(
    *,
    folder: Path,
    names: tuple[str, ...],
    workers: int | None,
    sample: float | None,
    json_file: Path | None,
    verbose: bool,
    quiet: bool,
) -> int:
    """Check the certificates in DIR, which 'haboot check --certificate DIR' wrote.

    Each verdict is checked against the model by a program that searches nothing and shares no code with what does: it
    runs the rows of the participants itself, one state at a time. Without names all certificates are checked; those of
    a model of your own need its FILE.py, whose code is then run.

    Exit status: 0 all are certified, 1 one is refused, 2 wrong usage, 3 some were only sampled or claim nothing,
    4 internal error.
    """
    writable(json_file)
    start, meter = perf_counter(), Meter()
    asked = certificates(folder, named(names))
    results = certified(asked, sample or 1.0, workers or processors(), meter)
    console = terminal(stderr=is_printed(json_file), quiet=quiet)
    for one in results:
        for line in _lines(one, verbose=verbose):
            console.print(line, soft_wrap=True)
    console.print(_summary(results), Text(f"({perf_counter() - start:.1f} s)", style="dim"), soft_wrap=True)
    if json_file is not None:
        save(json_file, json.dumps(as_data(results), indent=2) + "\n")
    return exit_code(results)


def exit_code(results: Iterable[Checked]) -> int:
    """Return 1 where a verdict is refused, 3 where one is only sampled or claims nothing, else 0."""
    met = {row["status"] for one in results for row in one.rows()}
    if REFUSED in met:
        return DIFFERS
    return CUT if met & {SAMPLED, NOTHING} else 0


def as_data(results: Iterable[Checked]) -> dict[str, Any]:
    """Return results for machines."""
    every = [
        {"name": one.name, "states": one.states, "checked": one.met, "verdicts": list(one.rows())} for one in results
    ]
    return {"haboot": version("haboot"), "certificates": every}


def _lines(one: Checked, *, verbose: bool) -> Iterator[Text]:
    rows = list(one.rows())
    shown = rows if verbose else [row for row in rows if row["status"] == REFUSED]
    if not shown and one.met == one.states:
        return
    drawn = f", {amount(one.met, 'state')} of them drawn" if one.met < one.states else ""
    yield Text.assemble((one.name, "bold"), f"  {amount(one.states, 'state')}{drawn}; {_tally(rows)}")
    for row in shown:
        line = Text("  ").append(f"{row['status']:<14} ", style=STYLE[row["status"]])
        line.append(f"{row['answer']:<10} {row['property']:<34} ")
        yield line.append(row["why"] or row["kind"], style="dim")


def _tally(rows: Iterable[dict[str, str]]) -> str:
    count = Counter(row["status"] for row in rows)
    return ", ".join(f"{count[status]:,} {status}" for status in STYLE if count[status])


def _summary(results: Sequence[Checked]) -> Text:
    rows = [row for one in results for row in one.rows()]
    where = amount(len(results), "certificate")
    if {row["status"] for row in rows} == {CERTIFIED}:
        every = "all " if len(rows) > 1 else ""
        return Text(f"{every}{amount(len(rows), 'verdict')} of {where} certified", style=STYLE[CERTIFIED])
    style = STYLE[REFUSED] if exit_code(results) == DIFFERS else STYLE[SAMPLED]
    return Text(f"{amount(len(rows), 'verdict')} of {where}: {_tally(rows)}", style=style)
