"""Verdicts as the outcomes of tests: an exception an answer, and what a failure says."""

from __future__ import annotations

import pytest
from haboot.checker import Answer, Property, Verdict
from haboot.checker.boundary import draws_unicode, page
from haboot.diagrams import text_chart

WIDTH = 100


class Differs(pytest.fail.Exception):  # type: ignore[name-defined,misc]  # pytest has no other public name
    """A verdict other than HOLDS; its text says all about it, so pytest shows nothing else."""

    __module__ = "builtins"  # as pytest does for its own: summaries then leave the module out

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(text(verdict), pytrace=False)


class Violated(Differs):
    """A property that is violated, with the chart of its counterexample."""


class Unreached(Differs):
    """A property without witness, or whose premise never came true."""


class Incomplete(Differs):
    """A property that a bound left open."""


RAISED = {Answer.VIOLATED: Violated, Answer.UNREACHED: Unreached, Answer.INCOMPLETE: Incomplete}


def require(verdict: Verdict) -> None:
    """Raise for any answer but HOLDS."""
    if verdict.answer is not Answer.HOLDS:
        raise RAISED[verdict.answer](verdict)


def text(verdict: Verdict) -> str:
    """Return the answer with what it rests on: the statement, what it cites, and the chart of the trace."""
    claim = verdict.property
    lines = ["; ".join((f"{claim.name}: {verdict.answer}", *verdict.facts())), *_stated(claim)]
    if verdict.trace is not None:
        breaks = claim.name if verdict.answer is Answer.VIOLATED else ""
        lines += ["", text_chart(verdict.trace, WIDTH, breaks, ascii_only=not draws_unicode()).plain]
    return page("\n".join(lines))


def _stated(claim: Property) -> list[str]:
    cited = f" ({', '.join(claim.cites)})" if claim.cites else ""
    return [f"{claim.statement}{cited}"] if claim.statement else []
