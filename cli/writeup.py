"""The write-up of the findings as Markdown: made from the ledger and from the traces of the day."""

from __future__ import annotations

from collections.abc import Iterator

from haboot.checker import Limits, Report, Verdict, amount
from haboot.cli.judging import judged
from haboot.cli.progress import Meter
from haboot.diagrams import text_chart
from haboot.ledger import FINDINGS, SETTLED, Finding, Violation, violations
from haboot.model import ASSUMPTIONS, DRAFT
from haboot.properties import CLAIMS
from haboot.studies import mechanisms

WIDTH = 100
INTRODUCTION = """# What the draft does not say

What `haboot` finds in `draft-li-mip6-ha-init-bootstrap-00`: for each flaw the fewest assumptions that show it, what
goes wrong, the sentence at fault, and the shortest trace, as `haboot trace NAME` draws it. Each trace was replayed on
running state machines, and dropping any assumption makes the property hold (`haboot findings --minimal`). The last ones
are found in the alternatives that the draft argues against; [alternatives.md](alternatives.md) sets them side by side.
This page is made by `haboot findings --document docs/findings.md`.
"""


def write_up() -> str:
    """Return the whole page."""
    lines = [INTRODUCTION, *_overview(), *(line for one in FINDINGS for line in _section(one)), *_settled(), *_rest()]
    return "\n".join(lines) + "\n"


def flow(one: Finding | Violation) -> str:
    """The flow in which something breaks: the prefixes, or the variant."""
    return f"{one.prefixes} prefix" if one.variant == DRAFT else one.variant


def _other_ways(report: Report, verdict: Verdict) -> Iterator[str]:
    """Name the steps by which the property breaks as well, each with the length of its shortest trace."""
    known = verdict.trace.steps[-1].action if verdict.trace else ""
    others = [one for one in mechanisms(report.space, verdict.property) if one.step != known]
    if others:
        told = "; ".join(f"{one.step} ({amount(len(one.trace), 'step')})" for one in others)
        yield f"It breaks in other ways as well: {told}."
        yield ""


def _overview() -> Iterator[str]:
    yield "| finding | property | assumptions | flow | mobile nodes |"
    yield "| --- | --- | --- | --- | --- |"
    for one in FINDINGS:
        assumed = ", ".join(one.assumptions) or "none"
        yield f"| [{one.name}](#{one.name}) | {one.claim} | {assumed} | {flow(one)} | {one.mobile_nodes} |"
    yield ""


def _section(finding: Finding) -> Iterator[str]:
    allows = {one.name: one.allows for one in ASSUMPTIONS}
    statement = next(claim.statement for claim in CLAIMS if claim.name == finding.claim)
    yield f"## {finding.name}"
    yield ""
    yield finding.what
    yield ""
    yield f"- **Breaks** `{finding.claim}`: {statement}."
    yield f"- **At fault**: {finding.fault}."
    assumed = "; ".join(f"`{name}` ({allows[name]})" for name in finding.assumptions)
    yield f"- **Assumes** {assumed or 'nothing: it shows in fair weather'}."
    yield from _readings(finding)
    yield ""
    report = judged(finding.scenario, Limits(), Meter()).report
    verdict = report[finding.claim]
    yield from _other_ways(report, verdict)
    if verdict.trace is not None:
        drawn = text_chart(verdict.trace, WIDTH, finding.claim).plain
        yield "```text"
        yield from (line.rstrip() for line in drawn.splitlines())
        yield "```"
        yield ""
        yield f"The same [as a picture](../diagrams/pictures/trace-{finding.name}.svg)."
        yield ""


def _readings(finding: Finding) -> Iterator[str]:
    """Say which readings of a text that permits another the flaw rests on, and which avoid it."""
    told = {one.name: f"`{one.name}`: {one.reading}" for one in ASSUMPTIONS if one.reading}
    taken = [told[name] for name in finding.assumptions if name in told]
    avoiding = [told[name] for name in finding.avoided_by]
    if taken:
        yield f"- **Rests on a reading**; without it the flaw is gone. {'; '.join(taken)}."
    if avoiding:
        yield f"- **Avoided by a reading** that the text permits as well. {'; '.join(avoiding)}."
    if not taken and not avoiding:
        yield "- **Readings**: none of those that are modelled avoids it."


def _settled() -> Iterator[str]:
    yield "## Candidates that are no findings"
    yield ""
    for one in SETTLED:
        shown = ""
        if one.claim:
            report = judged(one.scenario, Limits(), Meter()).report
            assumed = ", ".join(one.assumptions)
            shown = f" `{one.claim}` {report[one.claim].answer} in all {report.space.distinct} states under {assumed}."
        yield f"- **{one.candidate}**: {one.why}{shown}"
    yield ""


def _rest() -> Iterator[str]:
    yield "## Everything that breaks"
    yield ""
    yield "All minimal violations under up to two assumptions; two mobile nodes with one slot under up to one."
    yield ""
    yield "| property | assumptions | flow | mobile nodes | steps |"
    yield "| --- | --- | --- | --- | --- |"
    for one in violations():
        assumed = ", ".join(one.assumptions) or "none"
        yield f"| {one.claim} | {assumed} | {flow(one)} | {one.mobile_nodes} | {one.length} |"
