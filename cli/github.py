"""What GitHub Actions shows of a check: annotations beside the lines that state the properties, and a job summary."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from haboot.checker import Verdict, amount
from haboot.checker.boundary import plain
from haboot.cli.summary import counted
from haboot.diagrams import annotated, annotation
from haboot.ledger import Gap, Results

SYNTAX = frozenset("&<>|`*_[]\\~!$:")  # what Markdown reads, in a cell or elsewhere
ENDS = {0: "passed", 1: "failed", 3: "incomplete"}
MOST_CHARTS = 20  # a summary may take 1 MiB


def is_here() -> bool:
    """Whether the command runs as a step of a GitHub workflow."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def summary_file() -> Path | None:
    """Return the file that a job's summary is added to, where there is one."""
    name = os.environ.get("GITHUB_STEP_SUMMARY") if is_here() else None
    return Path(name) if name else None


def output_file() -> Path | None:
    """Return the file that a step's outputs are added to, where there is one."""
    name = os.environ.get("GITHUB_OUTPUT") if is_here() else None
    return Path(name) if name else None


def outputs(results: Sequence[Results], gaps: Iterable[Gap], verdict: str, status: int) -> str:
    """Return the step's outputs: how it ended, the outcome in a line, and how many verdicts are what."""
    missing = sum(not one.reason for one in gaps)
    counts = {**counted(results), "scenarios": len(results), "not-covered": missing}
    told = {"verdict": ENDS.get(status, "interrupted"), "summary": plain(verdict), **counts}
    return "".join(f"{name.replace('_', '-')}={value}\n" for name, value in told.items())


def notes(results: Iterable[Results], gaps: Iterable[Gap]) -> Iterator[str]:
    """The workflow commands that put each changed verdict, and each gap without a reason, on the page."""
    told = (annotated(alert) for one in results for alert in one.alerts)
    yield from filter(None, told)
    for gap in gaps:
        if not gap.reason:
            yield annotation("error", f"{gap.what} not covered", str(gap), gap.place)


def summary(results: Sequence[Results], gaps: Iterable[Gap], verdict: str) -> str:
    """Return the job's summary as Markdown: the outcome, and each changed verdict with the length of its trace."""
    changed = [(one, other) for one in results for other in one.failures]
    silent = [(one, other) for one in results for other in one.unforeseen if not one.fails(other)]
    lacking = [gap for gap in gaps if not gap.reason]
    lines = ["## haboot check", "", f"{verdict[:1].upper()}{verdict[1:]}.", ""]
    if changed:
        lines += _table(changed)
        lines += ["", *(line for one, other in changed[:MOST_CHARTS] for line in _chart(one, other))]
    if silent:
        lines += ["Nothing was expected of these:", ""]
        lines += [*_table(silent), ""]
    if lacking:
        lines += [
            "| not covered | |",
            "| --- | --- |",
            *(f"| {_cell(gap.name)} | {gap.what} {gap.how} |" for gap in lacking),
            "",
        ]
    lines += ["| scenario | distinct states | generated | depth | verdicts |", "| --- | ---: | ---: | ---: | --- |"]
    lines += [_scenario(one) for one in results]
    return "\n".join(lines) + "\n\n"


def _table(verdicts: Iterable[tuple[Results, Verdict]]) -> Iterator[str]:
    yield "| scenario | property | verdict | expected | trace | where |"
    yield "| --- | --- | --- | --- | --- | --- |"
    yield from (_row(one, verdict) for one, verdict in verdicts)


def _row(one: Results, verdict: Verdict) -> str:
    length = amount(len(verdict.trace), "step") if verdict.trace is not None else "none"
    name, wanted = verdict.property.name, one.expected[verdict.property.name]
    told = f"{_cell(one.subject.name)} | `{name}` | **{verdict.answer}** | {wanted or 'nothing'} | {length}"
    return f"| {told} | {_cell(str(one.places(name)[0]))} |"


def _chart(one: Results, verdict: Verdict) -> Iterator[str]:
    from haboot.cli.junit import details  # noqa: PLC0415 - loads what writes XML

    yield f"<details><summary>{_cell(one.subject.name)}: {verdict.property.name}</summary>"
    yield ""
    yield "```text"
    yield from (line.rstrip().replace("```", "'''") for line in details(verdict).splitlines())
    yield "```"
    yield "</details>"
    yield ""


def _scenario(one: Results) -> str:
    counts = one.counts
    bounds = f" (cut by {', '.join(counts.bounds_hit)})" if counts.bounds_hit else ""
    sizes = f"{counts.distinct:,} | {counts.generated:,} | {counts.depth}"
    return f"| {_cell(one.subject.name)} | {sizes} | {one.tally}{bounds} |"


def _cell(text: str) -> str:
    """Text in which nothing is read as Markdown or HTML."""
    return "".join(f"&#{ord(letter)};" if letter in SYNTAX else letter for letter in plain(text))
