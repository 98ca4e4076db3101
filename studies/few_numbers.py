"""Verdicts for every number of mobile nodes beside those for one, two, three and so on, each explored by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from haboot.checker import Answer, Limits, Report, Verdict
from haboot.checker.host import mapped
from haboot.model import Scenario
from haboot.properties import Explored, explored

FEW = 3  # numbers of mobile nodes with which a property is to hold before it is expected to be proven
FORBIDDEN = "broken for no number"  # how a basis begins of what is vacuous with one mobile node and proven otherwise


@dataclass(frozen=True, slots=True)
class Stand:
    """How a property stands for every number of mobile nodes, and with 1, 2 and so on; None where it is not asked.

    ``note`` says with how many it breaks or why it is open, and ``steps`` how long the run is that breaks it.
    """

    claim: str
    answer: Answer
    note: str
    steps: int | None
    is_proven: bool
    exact: tuple[Answer | None, ...]

    @property
    def is_held(self) -> bool:
        """Whether it holds with one, two and three mobile nodes, all of them explored whole."""
        return all(one is Answer.HOLDS for one in self.exact[:FEW])

    @property
    def is_contradicted(self) -> bool:
        """Whether it is proven for every number, and some number says otherwise."""
        odd = {Answer.VIOLATED, *([Answer.UNREACHED] if self.answer is Answer.HOLDS else [])}
        return self.is_proven and not odd.isdisjoint(self.exact)


@dataclass(frozen=True, slots=True)
class Beside:
    """A scenario for every number of mobile nodes beside a few; ``sizes`` are states, and what cut the search."""

    scenario: Scenario
    states: int
    sizes: tuple[tuple[int, tuple[str, ...]], ...]
    stands: tuple[Stand, ...]


def beside(
    scenarios: Sequence[Scenario], numbers: Collection[int], max_states: int, workers: int = 1
) -> Iterator[Beside]:
    """Yield each scenario of any number of mobile nodes beside the numbers given, of so many states at most.

    Four and more are explored up to their symmetry: then the states are orbits.
    """
    yield from mapped(partial(_beside, numbers=tuple(numbers), max_states=max_states), scenarios, workers)


def _beside(scenario: Scenario, numbers: Sequence[int], max_states: int) -> Beside:
    found = explored(scenario).report()
    exact = [_member(scenario, number, max_states) for number in numbers]
    sizes = tuple((one.space.distinct, tuple(one.space.bounds_hit)) for one in exact)
    stands = tuple(_stand(one, exact) for one in found.verdicts)
    return Beside(scenario, found.space.distinct, sizes, stands)


def _member(scenario: Scenario, number: int, max_states: int) -> Report:
    limits = Limits(max_states=max_states, symmetry=number > FEW)
    found = explored(replace(scenario, any_number=False, mobile_nodes=number), limits)
    return Explored(found.space, found.properties, found.began).report()  # which every number does not answer for it


def _stand(one: Verdict, exact: Sequence[Report]) -> Stand:
    name = one.property.name
    answers = ({each.property.name: each.answer for each in member.verdicts}.get(name) for member in exact)
    proven = one.answer is Answer.HOLDS or any(told.startswith(FORBIDDEN) for told in one.basis)
    steps = None if one.trace is None else len(one.trace)
    return Stand(name, one.answer, one.note, steps, proven, tuple(answers))
