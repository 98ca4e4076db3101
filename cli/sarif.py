"""SARIF 2.1.0 of a check: a result a violated property, at its author's file or else at the line that states it."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from haboot.diagrams import sarif_log, sarif_result, sarif_rule
from haboot.ledger import Judged
from haboot.properties import CLAIMS, REQUIREMENTS, Claim


def sarif(results: Iterable[Judged]) -> dict[str, Any]:
    """Return the log, ready for JSON."""
    every = list(results)
    whole = not any(one.report.space.bounds_hit for one in every)
    made = (sarif_result(alert) for one in every for alert in one.alerts)
    return sarif_log(version("haboot"), [_rule(claim) for claim in CLAIMS], made, whole=whole)


def _rule(claim: Claim) -> dict[str, Any]:
    rows = {row.id: f"{row.id}, section {row.section}: {row.paraphrase}" for row in REQUIREMENTS}
    ours = [rows[cite] for cite in claim.cites if cite in rows]
    others = [cite for cite in claim.cites if cite not in rows]
    return sarif_rule(claim.name, claim.kind, claim.statement, claim.cites, (*ours, *others))
