"""``haboot check``: explore, judge, compare with the ledger, and say what each verdict rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import click
from haboot.checker import Answer, Verdict
from haboot.cli.console import terminal
from haboot.cli.files import OUTPUT, Files
from haboot.cli.interrupts import SoFar
from haboot.cli.judging import judged_so_far
from haboot.cli.mutants import alive, tried
from haboot.cli.options import chosen, limits, scenario_options, search_options
from haboot.cli.progress import Meter
from haboot.cli.summary import summary
from haboot.ledger import SUITES, Gap, Judged, gaps, needed, tally
from haboot.studies import Fate
from rich.text import Text

STYLE = {Answer.HOLDS: "green", Answer.VIOLATED: "red", Answer.UNREACHED: "yellow", Answer.INCOMPLETE: "yellow"}
DIFFERS, CUT = 1, 3
UNEXCUSED = "no reason is given in ledger/excused.toml"


@click.command()
@click.argument("names", nargs=-1, metavar="[SCENARIO|FILE.toml]...")
@scenario_options
@click.option("--suite", type=click.Choice(["standard", "full"]), default="standard", show_default=True)
@search_options
@click.option(
    "--strict", is_flag=True, help="Fail as well where something does not hold that nobody expected to break."
)
@click.option("--mutants", "with_mutants", is_flag=True, help="Fail as well when a mutant of the model goes unnoticed.")
@click.option("--json", "json_file", type=OUTPUT, metavar="FILE", help="Write the results here, for machines.")
@click.option("--junit", "junit_file", type=OUTPUT, metavar="FILE", help="Write them as JUnit XML.")
@click.option(
    "--sarif", "sarif_file", type=OUTPUT, metavar="FILE", help="Write them as SARIF 2.1.0, each trace as a code flow."
)
@click.option("-v", "--verbose", is_flag=True, help="Show every property, not only those that do not hold.")
def check(
    *,
    names: tuple[str, ...],
    suite: str,
    with_mutants: bool,
    json_file: Path | None,
    junit_file: Path | None,
    sarif_file: Path | None,
    verbose: bool,
    assume: tuple[tuple[str, ...], ...],
    **options: Any,
) -> int:
    """Explore scenarios exhaustively and judge every property; without names, the standard suite.

    A name that ends in .toml is a file of your own scenarios. Under assumptions that no suite has, nothing is expected
    of some properties: those that break are counted, and fail with --strict. A whole suite also fails when an action
    never fires in any of its scenarios or a property says nothing in all of them, unless excused.toml gives the reason.

    Exit status: 0 all as the ledger expects, 1 a verdict differs, 2 wrong usage, 3 a bound was hit, 4 internal error,
    130 or 143 interrupted; what is known by then is shown and written.
    """
    strict = options.pop("strict")
    bounds, engine = limits(options)
    scenarios = chosen(names, suite, options, assume)
    if bounds.checkpoint is not None and len(scenarios) != 1:
        raise click.UsageError("a checkpoint holds one search: name one scenario")
    files = Files(json_file, junit_file, sarif_file)
    files.require()
    console, meter, start = terminal(), Meter(), perf_counter()
    results, fates, lacking = list[Judged](), list[Fate](), tuple[Gap, ...]()
    with SoFar() as cut:
        for scenario in scenarios:
            results.append(replace(judged_so_far(scenario, bounds, meter, engine), strict=strict))
            console.print(*_lines(results[-1], verbose=verbose or len(scenarios) == 1), sep="\n", soft_wrap=True)
            if cut.asked:
                break
        else:
            lacking = _gaps(results) if scenarios is SUITES[suite] else ()
            for fate in tried() if with_mutants else ():
                fates.append(fate)
    lacking += alive(fates)
    for gap in lacking:
        if verbose or not gap.reason:
            console.print(
                Text(f"{gap}: {gap.reason or UNEXCUSED}", style="dim" if gap.reason else "red"), soft_wrap=True
            )
    text = summary(results, lacking, len(scenarios), cut)
    console.print(text, Text(f"({perf_counter() - start:.1f} s)", style="dim"), soft_wrap=True)
    files.save(results, lacking, text.plain)
    return cut.status or exit_code(results, lacking)


def _gaps(results: list[Judged]) -> tuple[Gap, ...]:
    """What a whole suite lacks; a search that was cut cannot tell."""
    exhaustive = not any(one.report.space.bounds_hit for one in results)
    return gaps(one.report for one in results) if exhaustive else ()


def exit_code(results: Iterable[Judged], lacking: Iterable[Gap] = ()) -> int:
    """Return 1 when a verdict differs or something lacks without a reason, 3 when a verdict is cut, else 0."""
    every = list(results)
    if any(one.failures for one in every) or any(not one.reason for one in lacking):
        return DIFFERS
    return CUT if any(one.cut for one in every) else 0


def _lines(one: Judged, *, verbose: bool) -> list[Text]:
    space, scenario = one.report.space, one.scenario
    bounds = "cut by " + ", ".join(space.bounds_hit) if space.bounds_hit else "exhaustive"
    title = Text.assemble((scenario.name, "bold"), f"  {scenario.summary}")
    if scenario.assumptions:
        title.append(f" (assuming {', '.join(scenario.assumed)})")
    counts = f"{space.distinct:,} distinct, {space.generated:,} generated, depth {space.depth}"
    reductions = ", ".join(space.reductions) or "no reduction"
    rests = f"  {counts}; {space.engine} engine, {bounds}, {reductions}; {one.report.seconds:.2f} s"
    shown = [_verdict_line(one, verdict) for verdict in one.report.verdicts if verbose or _worth_showing(one, verdict)]
    lines = [title, Text(rests, style="dim"), Text(f"  {tally(one.report.verdicts)}"), *shown]
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
    facts += verdict.facts()
    if claim.fairness:
        rests = needed(one.scenario, claim.name) if verdict.answer is Answer.HOLDS else None
        facts.append(str(rests or f"{len(claim.fairness)} fair actions"))
    if one.differs(verdict):
        facts.append(f"the ledger expects {one.expected[claim.name]}")
    elif one.is_unforeseen(verdict):
        facts.append("nothing was expected")
    elif verdict.answer is not Answer.HOLDS and verdict.answer is one.expected[claim.name]:
        facts.append("as expected")
    line.append(", ".join(facts), style="dim")
    return line
