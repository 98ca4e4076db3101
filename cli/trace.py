"""``haboot trace``: the counterexample of a finding, or of any property in any scenario, as a sequence chart."""

from __future__ import annotations

from typing import Any

import click
from haboot.checker import Answer, Limits, Verdict, nearest
from haboot.cli.check import Judged, judged
from haboot.cli.options import chosen, scenario_options
from haboot.cli.progress import Meter
from haboot.diagrams.text import text_chart
from haboot.model.scenarios import Scenario
from haboot.model.variants import VARIANTS
from haboot.properties.comparison import MEASURED, measured
from haboot.properties.findings import BY_NAME
from haboot.properties.suites import SUITES
from rich.console import Console
from rich.text import Text


@click.command()
@click.argument("name", metavar="FINDING|SCENARIO")
@click.argument("claim", metavar="[PROPERTY]", required=False)
@scenario_options
@click.option("--width", type=click.IntRange(min=40), help="Columns to draw in; by default those of the terminal.")
@click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII characters only.")
def trace(
    name: str,
    claim: str | None,
    width: int | None,
    ascii_only: bool,
    assume: tuple[tuple[str, ...], ...],
    **changes: Any,
) -> None:
    """Show the trace of a finding, or of a property in a scenario, step by step.

    A scenario may be named by variant and assumptions, as vhar+crash, and a property be a measure of haboot compare.
    """
    finding = BY_NAME.get(name)
    known = [*BY_NAME, *(one.name for one in SUITES["full"])]
    if name not in known and name.split("+", maxsplit=1)[0] not in VARIANTS:
        raise click.UsageError(f"unknown finding or scenario '{name}'{nearest(name, known)} (see 'haboot findings')")
    (scenario,) = chosen((name,), "full", changes, assume)
    wanted = claim or (finding.claim if finding else None)
    if wanted in {measure.claim for measure in MEASURED}:
        _show_measure(str(wanted), scenario, Console(width=width), ascii_only=ascii_only)
        return
    one = judged(scenario, Limits(), Meter())
    if wanted is None:
        traced = [verdict.property.name for verdict in one.report.verdicts if verdict.trace is not None]
        raise click.UsageError(f"'{name}' is a scenario: name a property as well, one of {', '.join(traced)}")
    console = Console(width=width)
    if finding is not None:
        console.print(Text(finding.what), Text(f"At fault: {finding.fault}", style="dim"), sep="\n", end="\n\n")
    console.print(_drawn(one, scenario, wanted, console.width, ascii_only=ascii_only))


def _show_measure(claim: str, scenario: Scenario, console: Console, *, ascii_only: bool) -> None:
    """Draw the run behind a figure of ``haboot compare``."""
    figure, run = measured(claim, scenario)
    console.print(Text(f"{claim}: {figure} in {scenario.name}", style="bold"))
    if run is not None:
        console.print(Text(), text_chart(run, console.width, ascii_only=ascii_only), sep="\n")


def _drawn(one: Judged, scenario: Scenario, claim: str, width: int, *, ascii_only: bool) -> Text:
    known = [verdict.property.name for verdict in one.report.verdicts]
    if claim not in known:
        raise click.UsageError(f"unknown property '{claim}' in '{scenario.name}'{nearest(claim, known)}")
    verdict = one.report[claim]
    assumed = ", ".join(sorted(scenario.assumptions)) or "none"
    title = Text(f"{claim}: {verdict.answer} in {scenario.name}; assumptions: {assumed}", style="bold")
    if verdict.trace is None:
        return title.append(f"\n{verdict.note or 'there is no trace: no counterexample exists'}", style="not bold")
    breaks = "" if verdict.answer is Answer.HOLDS else claim
    lines = [title, Text(), text_chart(verdict.trace, width, breaks, ascii_only=ascii_only)]
    if verdict.trace.loop is not None:
        lines += [Text(), Text(missing(verdict))]
    return Text("\n").join(lines)


def missing(verdict: Verdict) -> str:
    """The line that says which promise of fairness would be needed to leave the loop."""
    if not verdict.neglected:
        return "The loop is fair, and no step that is promised no fairness could end it."
    return (
        f"The loop is fair; it could end only by a step that is promised no fairness: {', '.join(verdict.neglected)}."
    )
