"""What is to hold of the amended draft, and what one exploration of it shows.

A scenario without amendments says what is to be survived. It is explored with some amendments, and asked what the draft
that they make says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from haboot.checker import Answer, Kind, Limits, Report
from haboot.ledger import OfProtocol
from haboot.model import DRAFT, VARIANTS, Scenario, name_of
from haboot.properties import explored
from haboot.studies.touching import touching

MOST, SOME = 30_000_000, 200_000  # states of one scenario: in a proof, and where it is tried what may mend it
ROOM = (2, 5)  # messages more that channels may hold, at first and where a scenario overflows them
FAULTS = (  # what a way to recover has to live with: a network, a home agent that may be well or return, two that help
    *("loss", "duplication", "crash", "return-kept", "return-lost", "false-suspicion"),
    *("second-initiator", "dad-lost"),
)


@dataclass(frozen=True, slots=True)
class Faulted:
    """A scenario under every set of up to ``order`` of some faults."""

    base: Scenario
    order: int
    faults: tuple[str, ...] = FAULTS

    def scenarios(self) -> Iterator[Scenario]:
        """Return all of them, few faults first."""
        modelled = {*VARIANTS[DRAFT].assumptions} - self.base.assumptions
        known = [name for name in self.faults if name in modelled]
        for count in range(self.order + 1):
            for some in combinations(known, count):
                yield self.under(some)

    def under(self, some: Iterable[str]) -> Scenario:
        """Return the scenario under some faults."""
        made = replace(self.base, assumptions=self.base.assumptions | {*some})
        return replace(made, name=name_of(made))


@dataclass(frozen=True, slots=True)
class Broken:
    """A property that a scenario breaks, how long its shortest trace is, and the amendments that it touches."""

    claim: str
    answer: Answer
    length: int
    touched: frozenset[str]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to hold: a property, in a flow and size, under some faults."""

    claim: str
    scenario: Scenario  # without amendments

    def within(self, other: Wish) -> bool:
        """Whether another wish is the same under more faults."""
        here, there = self.scenario, other.scenario
        same = replace(there, name=here.name, assumptions=here.assumptions) == here
        return self.claim == other.claim and same and here.assumptions <= there.assumptions

    def __str__(self) -> str:
        return f"{self.claim} in {self.scenario.name}"


@dataclass(frozen=True, slots=True)
class Job:
    """A scenario to explore with some amendments, and the properties that are asked; all where none is named.

    Where it is ``traced``, what breaks is told with the amendments that the counterexample touches. A search is cut
    beyond ``most`` states.
    """

    scenario: Scenario
    made: frozenset[str]
    claims: tuple[str, ...] = ()
    traced: bool = True
    most: int = MOST


@dataclass(frozen=True, slots=True)
class Found:
    """What an exploration shows: its states, and what breaks."""

    states: int
    broken: tuple[Broken, ...]


def attempt(job: Job) -> Found:
    """Explore a scenario with amendments; where channels were too small, with more room.

    What the amended draft does not say any more is not asked.
    """
    made = replace(job.scenario, amendments=job.made)
    made = replace(made, name=name_of(made))
    asked = tuple(claim.name for claim in OfProtocol(made).asked() if not job.claims or claim.name in job.claims)
    if not asked:
        return Found(0, ())
    here, report = with_room(made, asked, job.most)
    broken = tuple(
        Broken(one.property.name, one.answer, len(one.trace or ()), touching(here, one) if job.traced else frozenset())
        for one in report.verdicts
        if _fails(one.property.kind, one.answer)
    )
    return Found(report.space.distinct, broken)


def with_room(scenario: Scenario, only: Collection[str] = (), most: int = MOST) -> tuple[Scenario, Report]:
    """Return what a scenario comes to, and the scenario with the room in its channels under which it does."""
    for more in ROOM:
        here = replace(scenario, capacity=scenario.capacity + more)
        report = explored(here, Limits(most), only=only).report()
        if not report.space.bounds_hit or report.space.distinct >= most:
            break
    return here, report


def _fails(kind: Kind, answer: Answer) -> bool:
    """Whether an answer is none to be content with; where nothing is said, nothing is broken."""
    return answer in {Answer.VIOLATED, Answer.INCOMPLETE} or (kind is Kind.SOMETIMES and answer is Answer.UNREACHED)
