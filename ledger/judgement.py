"""The verdicts on a scenario or a model beside those that were expected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from haboot.checker import Alert, Answer, Counts, Place, Report, Verdict, counts, stated
from haboot.ledger.alerts import alert
from haboot.ledger.subject import Subject
from haboot.model import Scenario
from haboot.properties import Explored


@dataclass(frozen=True, slots=True)
class Judged:
    """A scenario or a model with its report and what was expected."""

    subject: Subject
    report: Report
    expected: dict[str, Answer | None]

    @property
    def scenario(self) -> Scenario:
        """The scenario; raises ModelError for a model of one's own, which is none."""
        return self.subject.scenario

    def results(self, *, strict: bool = False) -> Results:
        """Return what is told of it, ``strict`` as the option of the command."""
        verdicts = tuple(replace(one, property=stated(one.property)) for one in self.report.verdicts)
        return Results(self.subject, counts(self.report), verdicts, self.report.seconds, self.expected, strict)


@dataclass(frozen=True, slots=True)
class Results:
    """What is told of a scenario or a model that was checked: data that needs no space, and fits through a pipe."""

    subject: Subject
    counts: Counts
    verdicts: tuple[Verdict, ...]
    seconds: float
    expected: dict[str, Answer | None]
    strict: bool = False

    @property
    def surprises(self) -> tuple[Verdict, ...]:
        """Complete verdicts that differ from what was expected."""
        return tuple(one for one in self.verdicts if self.differs(one))

    @property
    def unforeseen(self) -> tuple[Verdict, ...]:
        """Verdicts that do not hold though nothing was expected of them."""
        return tuple(one for one in self.verdicts if self.is_unforeseen(one))

    @property
    def failures(self) -> tuple[Verdict, ...]:
        """Verdicts that make the command fail."""
        return tuple(one for one in self.verdicts if self.fails(one))

    @property
    def cut(self) -> tuple[Verdict, ...]:
        """Verdicts that a bound or an interrupt left open, where the ledger does not expect that."""
        return tuple(
            one for one in self.verdicts if one.answer is Answer.INCOMPLETE is not self.expected[one.property.name]
        )

    @property
    def tally(self) -> str:
        """How many verdicts of each kind there are."""
        return tally(self.verdicts)

    def differs(self, verdict: Verdict) -> bool:
        """Whether a complete verdict is another than was expected."""
        wanted = self.expected[verdict.property.name]
        return wanted is not None and verdict.answer not in {Answer.INCOMPLETE, wanted}

    def is_unforeseen(self, verdict: Verdict) -> bool:
        """Whether a complete verdict does not hold and nothing was expected of it."""
        return self.expected[verdict.property.name] is None and verdict.answer in {Answer.VIOLATED, Answer.UNREACHED}

    def fails(self, verdict: Verdict) -> bool:
        """Whether a verdict makes the command fail: by what is expected, or where that is strict by its silence."""
        return self.differs(verdict) or (self.is_strict and self.is_unforeseen(verdict))

    @property
    def is_strict(self) -> bool:
        """Whether what does not hold fails also where nothing was expected of it."""
        return self.strict or self.subject.strict

    @property
    def source(self) -> str:
        """Who says what to expect."""
        return self.subject.source

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """What is to be told of the verdicts, in their order."""
        wanted = ((one, self.expected[one.property.name]) for one in self.verdicts)
        made = (alert(self.subject, verdict, answer, strict=self.is_strict) for verdict, answer in wanted)
        return tuple(one for one in made if one is not None)

    def expects(self, claim: str) -> str:
        """Who expects what of a property, in words."""
        return self.subject.expects(claim, self.expected[claim])

    def places(self, claim: str) -> tuple[Place, ...]:
        """Where the answer to a property belongs, the author's own file before the package's."""
        return self.subject.places(claim)


def judged(subject: Subject, found: Explored) -> Judged:
    """Judge all properties of what was explored."""
    wanted = {name: subject.expected(name, claim.kind) for name, claim in found.properties.items()}
    return Judged(subject, found.report(), wanted)


def tally(verdicts: Iterable[Verdict]) -> str:
    """Return how many verdicts of each kind there are, in words."""
    count = Counter(one.answer for one in verdicts)
    words = {
        Answer.HOLDS: "hold",
        Answer.VIOLATED: "violated",
        Answer.UNREACHED: "unreached",
        Answer.INCOMPLETE: "incomplete",
    }
    return ", ".join(f"{count[answer]} {word}" for answer, word in words.items() if count[answer])
