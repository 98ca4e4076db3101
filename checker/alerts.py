"""What is to be told of a verdict beside what was expected of it, whoever's model it is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from haboot.checker.boundary import amount
from haboot.checker.places import Place
from haboot.checker.verdicts import Answer, Verdict


class Weight(StrEnum):
    """How much an alert matters: it makes a check fail, a bound left it open, or it is foreseen, or not foreseen."""

    NEW = "new"
    OPEN = "open"
    KNOWN = "known"
    UNFORESEEN = "unforeseen"


@dataclass(frozen=True, slots=True)
class Alert:
    """A verdict that does not hold, or that differs from what was expected.

    ``identity`` tells it from all others. The first of the ``places`` is where it belongs, the others are related to
    it. ``steps`` gives the place of each step of the trace, None where nobody wrote one. ``excuse`` is the reason where
    it is expected, ``facts`` is more for machines.
    """

    verdict: Verdict
    identity: str
    weight: Weight
    text: str
    places: tuple[Place, ...]
    steps: tuple[Place | None, ...] = ()
    excuse: str = ""
    facts: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def level(self) -> str:
        """How loudly it is told: as an error, as a warning, or not at all."""
        if self.weight is Weight.NEW:
            return "error"
        return "" if self.excuse else "warning"


def weight(answer: Answer, wanted: Answer | None, *, strict: bool = False) -> Weight | None:
    """Return how much an answer matters, None where there is nothing to tell.

    ``wanted`` is None where nothing was expected; with ``strict`` what then does not hold fails.
    """
    if answer is Answer.HOLDS and wanted in {None, Answer.HOLDS}:
        return None
    if answer is Answer.INCOMPLETE:
        return Weight.OPEN
    if answer is wanted:
        return Weight.KNOWN
    return Weight.UNFORESEEN if wanted is None and not strict else Weight.NEW


def in_words(verdict: Verdict, system: str) -> str:
    """Return a verdict in a line: property, answer, length of the trace, of which system, and what it rests on."""
    steps = "" if verdict.trace is None else f" in {amount(len(verdict.trace), 'step')}"
    note = f" ({'; '.join(verdict.facts())})" if verdict.facts() else ""
    return f"{verdict.property.name}: {verdict.answer}{steps} in {system}{note}"
