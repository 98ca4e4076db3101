"""Search for what breaks: every set of assumptions up to a size, reduced to the minimal ones.

Each set is explored in each flow of each variant; a violation is minimal when no part of its assumptions breaks the
same property.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from haboot.checker import Answer, Kind, Limits
from haboot.checker.host import mapped
from haboot.ledger import FINDINGS, Violation
from haboot.model import DRAFT, VARIANTS
from haboot.properties import explored

SIZES = ((1, 1), (2, 1))  # mobile nodes and slots
MOST_STATES = 1_000_000  # of one candidate
ROOM = 2  # messages more that channels may hold where a candidate overflows them


def candidates(most: int, variants: Iterable[str] = tuple(VARIANTS)) -> Iterator[Violation]:
    """Return all sets of up to ``most`` assumptions in each flow of each variant, small ones first.

    Two mobile nodes have at most one assumption, and in other variants than the draft's none. The sets of the findings
    that are larger come last.
    """
    chosen = tuple(variants)
    found = (
        Violation("", one.prefixes, one.mobile_nodes, one.slots, tuple(sorted(one.assumptions)), 0, one.variant)
        for one in FINDINGS
        if one.variant in chosen
    )
    yield from dict.fromkeys((*_sets(most, chosen), *found))


def _sets(most: int, names: Iterable[str]) -> Iterator[Violation]:
    chosen = [VARIANTS[name] for name in names]
    for count in range(most + 1):
        for nodes, slots in SIZES:
            for variant in chosen:
                if nodes == 1 or count <= (variant.name == DRAFT):
                    for prefixes in variant.prefixes:
                        for given in combinations(sorted(variant.assumptions), count):
                            yield Violation("", prefixes, nodes, slots, given, 0, variant.name)


@dataclass(frozen=True, slots=True)
class Tried:
    """What an exploration says: the properties broken, each with its shortest trace's length, and those left open."""

    broken: dict[str, int]
    left_open: tuple[str, ...] = ()


def attempt(candidate: Violation, max_states: int = MOST_STATES) -> Tried:
    """Explore a candidate and judge what it breaks; a bound that was hit leaves properties open.

    Where a channel was too small it is explored again with more room.
    """
    scenario = candidate.scenario
    report = explored(scenario, Limits(max_states)).report()
    for more in range(1, ROOM + 1):
        if not report.space.bounds_hit or report.space.distinct >= max_states:
            break
        report = explored(replace(scenario, capacity=scenario.capacity + more), Limits(max_states)).report()
    asked = [one for one in report.verdicts if one.property.kind is not Kind.SOMETIMES]
    return Tried(
        {one.property.name: len(one.trace or ()) for one in asked if one.answer is Answer.VIOLATED},
        tuple(one.property.name for one in asked if one.answer is Answer.INCOMPLETE),
    )


class Search:
    """Explores candidates in parallel; ``cut`` holds what a bound left open, unless a smaller set breaks it."""

    def __init__(self, tried: Iterable[Violation], workers: int = 2) -> None:
        self.tried = tuple(tried)
        self.cut: list[Violation] = []
        self._workers = workers
        self._found: list[Violation] = []

    def minimal(self, done: Callable[[int], None] = lambda _: None) -> Iterator[Violation]:
        """Yield the minimal violations; ``done`` hears how many candidates are explored."""
        answers = mapped(attempt, self.tried, self._workers, chunksize=4)
        for number, (one, answer) in enumerate(zip(self.tried, answers, strict=True), start=1):
            done(number)
            self.cut += [new for name in answer.left_open if self._is_new(new := replace(one, claim=name))]
            for name, length in answer.broken.items():
                if self._is_new(new := replace(one, claim=name, length=length)):
                    self._found.append(new)
                    yield new

    def _is_new(self, here: Violation) -> bool:
        return not any(known.claim == here.claim and known.within(here.scenario) for known in self._found)
