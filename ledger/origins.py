"""Where a scenario and what to expect of it are written: in a file of its author's, or else in the ledger."""

from __future__ import annotations

from pathlib import Path

from haboot.checker import Answer, Place
from haboot.checker.boundary import plain
from haboot.model import Scenario
from haboot.properties import claim_places


def places(scenario: Scenario, claim: str) -> tuple[Place, ...]:
    """Return where an answer belongs: at the line that expects it or else at the scenario's, then at the claim.

    A scenario that is in no file has the claim's place alone.
    """
    own, stated = scenario.written, claim_places()[claim]
    if own is None:
        return (stated,)
    return (Place(Path(own.file), _line(scenario, claim) or own.line), stated)


def expects(scenario: Scenario, claim: str, wanted: Answer | None) -> str:
    """Return who expects what of a property, with the line of the author's file that does.

    >>> expects(Scenario("mine", ""), "no-deadlock", Answer.HOLDS)
    'the ledger expects HOLDS'
    """
    if scenario.expected is None or scenario.written is None:
        return f"{source(scenario)} expects {wanted or 'nothing of it'}"
    place = places(scenario, claim)[0]
    return f"{place} expects {wanted}{'' if _line(scenario, claim) else ', as of all that it does not name'}"


def source(scenario: Scenario) -> str:
    """Return who says what to expect in a scenario."""
    if scenario.expected is None:
        return "the ledger"
    return "its author" if scenario.written is None else plain(Place(Path(scenario.written.file), 1).file)


def _line(scenario: Scenario, claim: str) -> int | None:
    """The line that says what to expect of a property, where the scenario's author has the say."""
    return scenario.written.of(claim) if scenario.written is not None and scenario.expected is not None else None
