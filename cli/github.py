"""What GitHub Actions shows of a check: annotations beside the lines that state the properties, and a job summary."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from haboot.checker import Verdict
from haboot.checker.boundary import plain
from haboot.cli.junit import details
from haboot.cli.sarif import annotated
from haboot.ledger import Gap, Judged

SYNTAX = frozenset("&<>|`*_[]\\~!$:")  # what Markdown reads, in a cell or elsewhere
MOST_CHARTS = 20  # a summary may take 1 MiB


def is_here() -> bool:
    """Whether the command runs as a step of a GitHub workflow."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def summary_file() -> Path | None:
    """Return the file that a job's summary is added to, where there is one."""
    name = os.environ.get("GITHUB_STEP_SUMMARY") if is_here() else None
    return Path(name) if name else None


def notes(results: Iterable[Judged], gaps: Iterable[Gap]) -> Iterator[str]:
    """The workflow commands that put each changed verdict, and each gap without a reason, on the page."""
    for level, place, title, text in annotated(results):
        yield f"::{level} file={_key(place.file)},line={place.line},title={_key(title)}::{_data(text)}"
    for gap in gaps:
        if not gap.reason:
            yield f"::error title={_key(f'{gap.what} not covered')}::{_data(str(gap))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _key(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def summary(results: Sequence[Judged], gaps: Iterable[Gap], verdict: str) -> str:
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


def _table(verdicts: Iterable[tuple[Judged, Verdict]]) -> Iterator[str]:
    yield "| scenario | property | verdict | the ledger expects | trace |"
    yield "| --- | --- | --- | --- | --- |"
    yield from (_row(one, verdict) for one, verdict in verdicts)


def _row(one: Judged, verdict: Verdict) -> str:
    length = f"{len(verdict.trace)} steps" if verdict.trace is not None else "none"
    name, wanted = verdict.property.name, one.expected[verdict.property.name]
    return f"| {_cell(one.scenario.name)} | `{name}` | **{verdict.answer}** | {wanted or 'nothing'} | {length} |"


def _chart(one: Judged, verdict: Verdict) -> Iterator[str]:
    yield f"<details><summary>{_cell(one.scenario.name)}: {verdict.property.name}</summary>"
    yield ""
    yield "```text"
    yield from (line.rstrip().replace("```", "'''") for line in details(verdict).splitlines())
    yield "```"
    yield "</details>"
    yield ""


def _scenario(one: Judged) -> str:
    space = one.report.space
    bounds = f" (cut by {', '.join(space.bounds_hit)})" if space.bounds_hit else ""
    counts = f"{space.distinct:,} | {space.generated:,} | {space.depth}"
    return f"| {_cell(one.scenario.name)} | {counts} | {one.tally}{bounds} |"


def _cell(text: str) -> str:
    """Text in which nothing is read as Markdown or HTML."""
    return "".join(f"&#{ord(letter)};" if letter in SYNTAX else letter for letter in plain(text))
