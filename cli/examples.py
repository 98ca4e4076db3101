"""Examples of every command, as its help shows them; each is run by a test."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "check": ("haboot check --mobile-nodes 2 --assume crash", "haboot check mine.py"),
    "certify": ("haboot certify certificates",),
    "new": ("haboot new mine",),
    "scenarios": ("haboot scenarios crash",),
    "assumptions": ("haboot assumptions network",),
    "amendments": ("haboot amendments switch",),
    "variants": ("haboot variants vhar",),
    "properties": ("haboot properties deadlock",),
    "requirements": ("haboot requirements R18",),
    "rule": ("haboot rule R18", "haboot rule 4.3"),
    "findings": ("haboot findings dns", "haboot findings lost-switch-is-final --verify"),
    "amend": ("haboot amend same+1x1 --assume loss no-deadlock", "haboot amend --order 0 old-agent-told"),
    "faults": ("haboot faults same agreement --order 1 --among loss,crash",),
    "compare": ("haboot compare vhar --assume loss --assume crash",),
    "numbers": ("haboot numbers any+crash",),
    "throttle": ("haboot throttle --nodes 1,100 --slots 1,10",),
    "mutants": ("haboot mutants --json mutants.json",),
    "promises": ("haboot promises same-prefix",),
    "fuzz": ("haboot fuzz contention --examples 20 --seed 1",),
    "trace": ("haboot trace lost-switch-is-final", "haboot trace vhar+crash one-live-registration"),
    "conform": ("haboot conform capture.pcapng", "haboot conform capture.pcapng same+1x1+loss"),
    "draw": ("haboot draw participants --format dot", "haboot draw trace --scenario lossy --property no-deadlock"),
    "explore": ("haboot explore lossy", "haboot explore --mobile-nodes 2 --assume loss same-prefix"),
    "report": ("haboot report --output report.html",),
    "export": ("haboot export promela lossy -o lossy.pml", "haboot export tla mine.py"),
    "second-opinion": ("haboot second-opinion lossy --way spin --way runs",),
}


def epilog(command: str) -> str:
    """Return the end of a command's help; click wraps nothing of it."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in EXAMPLES[command])))
