"""SARIF 2.1.0 of a check: a result a violated property, at its author's file or else at the line that states it.

What is expected is there as well, as an accepted suppression with its reason, so that a page of alerts shows what
changed and nothing else. The baseline of ``baselineState`` is what was expected.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from haboot.cli.alerts import alerts
from haboot.diagrams import Rule, sarif_log
from haboot.ledger import Judged
from haboot.properties import CLAIMS, REQUIREMENTS, Claim


def sarif(results: Iterable[Judged]) -> dict[str, Any]:
    """Return the log, ready for JSON."""
    every = list(results)
    whole = not any(one.report.space.bounds_hit for one in every)
    return sarif_log(version("haboot"), [_rule(claim) for claim in CLAIMS], alerts(every), whole=whole)


def _rule(claim: Claim) -> Rule:
    rows = {row.id: f"{row.id}, section {row.section}: {row.paraphrase}" for row in REQUIREMENTS}
    ours = [rows[cite] for cite in claim.cites if cite in rows]
    others = [cite for cite in claim.cites if cite not in rows]
    return Rule(claim.name, str(claim.kind), claim.statement, claim.cites, (*ours, *others))
