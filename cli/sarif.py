"""SARIF 2.1.0 of a check: a result a violated property, at its author's file or else at the line that states it."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from haboot.diagrams import sarif_log, sarif_result, sarif_rule
from haboot.ledger import Results, Stated, Subject


def sarif(results: Iterable[Results]) -> dict[str, Any]:
    """Return the log, ready for JSON."""
    every = list(results)
    whole = not any(one.counts.bounds_hit for one in every)
    made = (sarif_result(alert) for one in every for alert in one.alerts)
    rules = {each.name: _rule(one.subject, each) for one in reversed(every) for each in one.subject.catalogue}
    return sarif_log(version("haboot"), [*rules.values()], made, whole=whole)


def _rule(subject: Subject, claim: Stated) -> dict[str, Any]:
    return sarif_rule(claim.name, claim.kind, claim.statement, claim.cites, subject.cited(claim))
