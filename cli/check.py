"""``haboot check``: explore, judge, compare with the ledger, and say what each verdict rests on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

import click
from haboot.checker import Answer, Kind, Limits, Report, Verdict
from haboot.checker import check as judge_all
from haboot.cli.options import chosen, limits, scenario_options, search_options, writable
from haboot.cli.progress import Meter
from haboot.model.scenarios import Scenario, system
from haboot.properties.catalogue import properties
from haboot.properties.ledger import expected
from rich.console import Console
from rich.text import Text

STYLE = {Answer.HOLDS: "green", Answer.VIOLATED: "red", Answer.UNREACHED: "yellow", Answer.INCOMPLETE: "yellow"}
DIFFERS, CUT = 1, 3


@dataclass(frozen=True, slots=True)
class Judged:
    """One scenario with its report and what the ledger expected."""

    scenario: Scenario
    report: Report
    expected: dict[str, Answer | None]

    @property
    def surprises(self) -> tuple[Verdict, ...]:
        """Complete verdicts that differ from the ledger."""
        return tuple(one for one in self.report.verdicts if self.differs(one))

    def differs(self, verdict: Verdict) -> bool:
        """Whether a complete verdict is another than the ledger's."""
        wanted = self.expected[verdict.property.name]
        return wanted is not None and verdict.answer not in {Answer.INCOMPLETE, wanted}


def judged(scenario: Scenario, bounds: Limits, meter: Meter, engine: str = "auto") -> Judged:
    """Explore one scenario and judge its properties."""
    meter.begin(scenario.name)
    product = system(scenario)
    claims = properties(scenario, product)
    report = judge_all(product, claims, bounds, meter, engine)
    meter.end()
    return Judged(scenario, report, {one.name: expected(scenario, one.name, one.kind) for one in claims})


@click.command()
@click.argument("names", nargs=-1, metavar="[SCENARIO]...")
@scenario_options
@click.option("--suite", type=click.Choice(["standard", "full"]), default="standard", show_default=True)
@search_options
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the results here.")
@click.option("-v", "--verbose", is_flag=True, help="Show every property, not only those that do not hold.")
def check(
    names: tuple[str, ...],
    suite: str,
    json_file: Path | None,
    verbose: bool,
    assume: tuple[tuple[str, ...], ...],
    **options: Any,
) -> int:
    """Explore scenarios exhaustively and judge every property; without names, the standard suite.

    Exit status: 0 all as the ledger expects, 1 a verdict differs, 2 wrong usage, 3 a bound was hit, 4 internal error.
    """
    bounds, engine = limits(options)
    scenarios = chosen(names, suite, options, assume)
    if bounds.checkpoint is not None and len(scenarios) != 1:
        raise click.UsageError("a checkpoint holds one search: name one scenario")
    writable(json_file)
    console, meter, start = Console(), Meter(), perf_counter()
    results = []
    for scenario in scenarios:
        results.append(judged(scenario, bounds, meter, engine))
        console.print(*_lines(results[-1], verbose=verbose or len(scenarios) == 1), sep="\n", soft_wrap=True)
    console.print(_summary(results, perf_counter() - start), soft_wrap=True)
    if json_file is not None:
        json_file.write_text(json.dumps(as_data(results), indent=2) + "\n", encoding="utf-8")
    return exit_code(results)


def exit_code(results: Iterable[Judged]) -> int:
    """Return 1 when a verdict differs from the ledger, 3 when one is incomplete, else 0."""
    every = list(results)
    if any(one.surprises for one in every):
        return DIFFERS
    cut = any(verdict.answer is Answer.INCOMPLETE for one in every for verdict in one.report.verdicts)
    return CUT if cut else 0


def _lines(one: Judged, *, verbose: bool) -> list[Text]:
    space, scenario = one.report.space, one.scenario
    bounds = "cut by " + ", ".join(space.bounds_hit) if space.bounds_hit else "exhaustive"
    title = Text.assemble((scenario.name, "bold"), f"  {scenario.summary}")
    if scenario.assumptions:
        title.append(f" (assuming {', '.join(sorted(scenario.assumptions))})")
    counts = f"{space.distinct:,} distinct, {space.generated:,} generated, depth {space.depth}"
    reductions = ", ".join(space.reductions) or "no reduction"
    rests = f"  {counts}; {space.engine} engine, {bounds}, {reductions}; {one.report.seconds:.2f} s"
    shown = [_verdict_line(one, verdict) for verdict in one.report.verdicts if verbose or _worth_showing(one, verdict)]
    lines = [title, Text(rests, style="dim"), Text(f"  {_tally(one.report.verdicts)}"), *shown]
    if verbose and one.report.dead_actions:
        lines.append(Text(f"  never fired: {', '.join(one.report.dead_actions)}", style="dim"))
    return [*lines, Text()]


def _worth_showing(one: Judged, verdict: Verdict) -> bool:
    return verdict.answer is not Answer.HOLDS or one.differs(verdict)


def _verdict_line(one: Judged, verdict: Verdict) -> Text:
    claim = verdict.property
    line = Text("  ")
    line.append(f"{verdict.answer:<10} ", style=STYLE[verdict.answer])
    line.append(f"{claim.name:<34} ")
    facts = [str(claim.kind)]
    if verdict.trace is not None:
        what = "witness" if verdict.answer is Answer.HOLDS else "trace"
        facts.append(f"{what} of {len(verdict.trace)} steps")
    if verdict.note:
        facts.append(verdict.note)
    if claim.fairness:
        facts.append(f"{len(claim.fairness)} fair actions")
    if one.differs(verdict):
        facts.append(f"the ledger expects {one.expected[claim.name]}")
    elif verdict.answer is not Answer.HOLDS and verdict.answer is one.expected[claim.name]:
        facts.append("as expected")
    line.append(", ".join(facts), style="dim")
    return line


def _tally(verdicts: Iterable[Verdict]) -> str:
    count = Counter(one.answer for one in verdicts)
    words = {
        Answer.HOLDS: "hold",
        Answer.VIOLATED: "violated",
        Answer.UNREACHED: "unreached",
        Answer.INCOMPLETE: "incomplete",
    }
    return ", ".join(f"{count[answer]} {word}" for answer, word in words.items() if count[answer])


def _summary(results: list[Judged], seconds: float) -> Text:
    verdicts = [verdict for one in results for verdict in one.report.verdicts]
    surprises = sum(len(one.surprises) for one in results)
    cut = sum(one.answer is Answer.INCOMPLETE for one in verdicts)
    scope = f"{len(results)} scenarios" if len(results) != 1 else "1 scenario"
    if surprises:
        text = Text(f"{surprises} of {len(verdicts)} verdicts in {scope} differ from the ledger", style="bold red")
    elif cut:
        text = Text(f"INCOMPLETE: {cut} of {len(verdicts)} verdicts in {scope} are cut by a bound", style="bold yellow")
    else:
        text = Text(f"all {len(verdicts)} verdicts in {scope} as expected: {_tally(verdicts)}", style="bold green")
    return text.append(f" ({seconds:.1f} s)", style="not bold dim")


def as_data(results: Iterable[Judged]) -> dict[str, Any]:
    """Return results as the data that ``--json`` writes; the same from run to run but for the seconds."""
    return {"haboot": version("haboot"), "scenarios": [_scenario_data(one) for one in results]}


def _scenario_data(one: Judged) -> dict[str, Any]:
    space, scenario = one.report.space, one.scenario
    return {
        "name": scenario.name,
        "summary": scenario.summary,
        "variant": scenario.variant,
        "prefixes": scenario.prefixes,
        "mobile_nodes": scenario.mobile_nodes,
        "slots": scenario.slots,
        "assumptions": sorted(scenario.assumptions),
        "engine": space.engine,
        "distinct": space.distinct,
        "generated": space.generated,
        "depth": space.depth,
        "bounds_hit": list(space.bounds_hit),
        "reductions": list(space.reductions),
        "dead_actions": list(one.report.dead_actions),
        "seconds": round(one.report.seconds, 3),
        "properties": [_property_data(one, verdict) for verdict in one.report.verdicts],
    }


def _property_data(one: Judged, verdict: Verdict) -> dict[str, Any]:
    claim = verdict.property
    wanted = one.expected[claim.name]
    return {
        "name": claim.name,
        "kind": str(claim.kind),
        "cites": list(claim.cites),
        "verdict": str(verdict.answer),
        "expected": wanted and str(wanted),
        "trace_length": None if verdict.trace is None else len(verdict.trace),
        "note": verdict.note,
        "fairness": [f"{'strong' if fair.strong else 'weak'} {fair.name}" for fair in claim.fairness],
        "witness": claim.kind is Kind.SOMETIMES and verdict.answer is Answer.HOLDS,
    }
