"""Why a verdict other than HOLDS is expected: the nearest finding, else what the ledger knows."""

from __future__ import annotations

from haboot.checker import amount
from haboot.ledger.finding import Finding
from haboot.ledger.findings import FINDINGS
from haboot.ledger.violation import violations
from haboot.model import Scenario


def reason(scenario: Scenario, claim: str) -> str:
    """Return one line that says why a property need not hold in a scenario.

    >>> from haboot.model.scenarios import STANDARD
    >>> reason(STANDARD[0], "old-agent-told").split(":")[0]
    'deregister-or-not'
    """
    for one in scenario.expected or ():
        if one.claim == claim:
            return one.reason
    finding = nearest_finding(scenario, claim)
    if finding is not None:
        return f"{finding.name}: {finding.fault}"
    known = [one for one in violations() if one.claim == claim and one.within(scenario)]
    if known:
        least = min(known, key=lambda one: (len(one.assumptions), one.length))
        assumed = ", ".join(least.assumptions) or "no assumption"
        return f"the ledger has it under {assumed} ({amount(least.length, 'step')})"
    return "the ledger expects it of this scenario"


def nearest_finding(scenario: Scenario, claim: str) -> Finding | None:
    """Return the finding that breaks a property within a scenario; of several the one that assumes most."""
    fitting = [one for one in FINDINGS if one.claim == claim and _within(one.scenario, scenario)]
    return max(fitting, key=lambda one: (one.name == scenario.name, len(one.assumptions)), default=None)


def _within(small: Scenario, large: Scenario) -> bool:
    contended = large.any_number or small.mobile_nodes <= small.slots or large.mobile_nodes > large.slots
    return (
        (small.variant, small.prefixes) == (large.variant, large.prefixes)
        and not large.amendments
        and (large.any_number or small.mobile_nodes <= large.mobile_nodes)
        and contended
        and small.assumptions <= large.assumptions
    )
