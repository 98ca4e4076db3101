"""Findings: what a protocol designer should know, each with the smallest scenario that shows it.

The texts are written; scenario, property and trace are confirmed by every check, since each finding's scenario stands
in the suite with the verdicts that the ledger of minimal violations lets expect.
"""

from __future__ import annotations

from haboot.ledger.draft_findings import DRAFT_FINDINGS
from haboot.ledger.finding import Finding, Settled
from haboot.ledger.variant_findings import VARIANT_FINDINGS

SETTLED: tuple[Settled, ...] = (
    Settled(
        "C06",
        "A lost acknowledgement is healed by repeating the binding update, once the switch itself is repeated. Moving "
        "to the next home agent of a list would need an association with it, which nobody sets up.",
        "every-node-recovers",
        "same",
        ("loss", "switch-retransmission"),
    ),
    Settled(
        "C27",
        "A mobile node at home that follows the switch is refused with 133, as for a binding that does not exist. It "
        "needs none there, so nothing is lost.",
        "every-node-recovers",
        "same",
        ("at-home",),
    ),
    Settled(
        "C12",
        "The selector of the association that IKE_AUTH itself creates is not constrained, and no message of the flow "
        "uses that association; the model has the one of CREATE_CHILD_SA alone.",
    ),
)
FINDINGS: tuple[Finding, ...] = (*DRAFT_FINDINGS, *VARIANT_FINDINGS)
BY_NAME = {finding.name: finding for finding in FINDINGS}

__all__ = ["BY_NAME", "FINDINGS", "SETTLED", "Finding", "Settled"]
