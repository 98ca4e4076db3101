"""What a set of amendments gives for every number of mobile nodes, where that can be proven."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from haboot.checker import Answer
from haboot.checker.host import mapped
from haboot.model import Scenario, name_of
from haboot.studies.attempts import with_room

WITHOUT_NEED = frozenset({Answer.HOLDS, Answer.UNREACHED})


@dataclass(frozen=True, slots=True)
class Proven:
    """A scenario for every number of mobile nodes: how much is proven there, what breaks, and what is open."""

    scenario: Scenario
    proven: int
    broken: tuple[str, ...]
    open: tuple[str, ...]


def proven(made: Collection[str], scenarios: Sequence[Scenario], workers: int = 2) -> Iterator[Proven]:
    """Return what is proven with some amendments in each scenario, whose own number of mobile nodes is left open.

    A property of which an instance is vacuous counts as proven where no number of mobile nodes breaks it.
    """
    every = [replace(one, any_number=True, amendments=frozenset(made)) for one in scenarios]
    yield from mapped(_proven, [replace(one, name=name_of(one)) for one in every], workers)


def _proven(scenario: Scenario) -> Proven:
    _, report = with_room(scenario)
    answers = {one.property.name: one.answer for one in report.verdicts}
    named = {
        wanted: tuple(name for name, answer in answers.items() if answer is wanted)
        for wanted in (Answer.VIOLATED, Answer.INCOMPLETE)
    }
    count = sum(answer in WITHOUT_NEED for answer in answers.values())
    return Proven(scenario, count, named[Answer.VIOLATED], named[Answer.INCOMPLETE])
