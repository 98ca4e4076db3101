"""What a report holds: the results of a run, the ledgers, and the state graphs to step through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version

from haboot.checker import ModelError
from haboot.cli.alternatives import comparison
from haboot.cli.drawings import ORDER, chart_of
from haboot.cli.trace import missing
from haboot.ledger import FINDINGS, Finding, Judged
from haboot.model import AMENDMENTS, DRAFT
from haboot.pages import (
    AmendmentEntry,
    Checked,
    Content,
    FaultLine,
    FaultsEntry,
    FaultTree,
    FindingEntry,
    RequirementRow,
    entries,
    of_model,
)
from haboot.properties import CLAIMS, HEADLINE, REQUIREMENTS, Requirement
from haboot.studies import FaultSets, Line, importance

HEADLINES = (*(claim.name for claim in HEADLINE), "every-node-recovers", "one-live-registration", "old-agent-told")
AMENDING = (
    "What the draft might say instead. 'haboot check SCENARIO --amend NAME' explores a scenario with it, and "
    "'haboot amend' finds the smallest sets under which all holds."
)
STATEMENTS = {claim.name: claim.statement for claim in CLAIMS}


def gathered(
    results: Iterable[Judged],
    explored: Iterable[str] = (),
    lines: Sequence[Line] = (),
    proofs: Mapping[str, Mapping[str, str]] | None = None,
    faults: Mapping[str, tuple[int, FaultSets]] | None = None,
) -> Content:
    """Return the content of a report; ``explored`` names scenarios of which all states must be in it.

    ``proofs`` says by scenario and property what became of its certificate, ``faults`` by scenario or model which sets
    of up to so many faults break what.

    Writing it raises ModelError when one of those is too large for a page.
    """
    every, wanted = list(results), set(explored)
    made_by, known = f"haboot {version('haboot')}", proofs or {}
    shown = [
        replace(
            checked(one, whole=one.subject.name in wanted), proofs=known.get(one.subject.name, {}), proven_by=made_by
        )
        for one in every
    ]
    told = {claim.name: claim.statement for one in every for claim in one.subject.asked()}
    broken_by = tuple(_faults(name, found, told) for name, found in (faults or {}).items())
    ours = [one for one in every if one.subject.of_protocol]
    if not ours:
        title = f"{', '.join(one.subject.name for one in every)}: what was checked"
        return of_model(title, made_by, shown, faults=broken_by)
    by_name = {one.scenario.name: one for one in ours}
    of_draft = [one for one in shown if one.name in by_name and by_name[one.name].scenario.variant == DRAFT]
    return of_model(
        "Home Agent Initiated Bootstrap for Mobile IPv6: what was checked",
        made_by,
        shown,
        headline=entries(of_draft, HEADLINES) or entries(shown),
        requirements=tuple(_requirement(row, ours) for row in REQUIREMENTS),
        findings=tuple(_finding(one, by_name[one.name]) for one in FINDINGS if one.name in by_name),
        faults=broken_by,
        amending=AMENDING,
        amendments=tuple(
            AmendmentEntry(one.name, one.cites, one.changes, one.words, one.cannot, one.mends)
            for one in AMENDMENTS.values()
        ),
        comparison=comparison(lines) if lines else None,
    )


def checked(one: Judged, *, whole: bool = False) -> Checked:
    """Return results as pages take them; ``whole`` asks for all states to be in one."""
    subject = one.subject
    wired, assumed = subject.composition(), subject.assumed or ()
    return Checked(subject.name, one.report, wired, subject.about, assumed, one.expected, ORDER, whole)


def _faults(name: str, searched: tuple[int, FaultSets], statements: Mapping[str, str]) -> FaultsEntry:
    """What a page shows of the sets of faults of a scenario or a model."""
    most, found = searched
    trees = tuple(
        FaultTree(
            claim,
            statements.get(claim, ""),
            tuple(FaultLine(one.faults, one.length, one.step) for one in some),
            tuple((row.fault, row.sets) for row in importance([one.faults for one in some])),
        )
        for claim, some in found.sets.items()
    )
    cut = [f"complete to order {found.order}: cut by {found.cut}"] if found.order < most else []
    bounded = (f"under {', '.join(sorted(one)) or 'nothing'} a bound cut runs" for one in found.bounded)
    return FaultsEntry(name, most, len(found.names), trees, (*cut, *bounded), found.left_out)


def _requirement(row: Requirement, results: Iterable[Judged]) -> RequirementRow:
    claims = {claim.name: claim for claim in row.claims}
    answers: dict[str, Counter[str]] = {name: Counter() for name in claims}
    for one in results:
        for verdict in one.report.verdicts:
            claim = claims.get(verdict.property.name)
            if claim is not None and claim.speaks_of_draft(one.scenario):
                answers[claim.name][str(verdict.answer)] += 1
    checks = tuple((name, dict(sorted(found.items()))) for name, found in answers.items())
    return RequirementRow(row.id, row.section, row.level, row.binds, row.paraphrase, row.reading, row.waiver, checks)


def _finding(finding: Finding, one: Judged) -> FindingEntry:
    verdict = one.report[finding.claim]
    if verdict.trace is None:
        raise ModelError(f"finding '{finding.name}' has no trace any more: {finding.claim} is {verdict.answer}")
    return FindingEntry(
        finding.name,
        finding.what,
        finding.fault,
        finding.claim,
        STATEMENTS[finding.claim],
        finding.assumptions,
        verdict.trace,
        chart_of(verdict),
        one.scenario.name,
        "" if verdict.trace.loop is None else missing(verdict),
    )
