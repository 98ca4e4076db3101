"""The promises of fairness that a liveness property needs: a smallest set, and what weak ones give.

Fairness is monotone: a promise more leaves fewer runs. A set under which a property holds and that loses it with any
member taken away is therefore found by halving (QuickXplain, Junker 2004), and its members are exactly the ones that
cannot be spared beside the others. There may be several such sets; weak promises are preferred.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from haboot.checker import RUNS, Answer, Fairness, Property, StateSpace, judge
from haboot.checker.host import mapped
from haboot.ledger import Needed
from haboot.model import Scenario
from haboot.properties import explored

T = TypeVar("T")


def needs_of(scenario: Scenario) -> tuple[Needed, ...]:
    """Explore a scenario and return what each liveness property that holds there needs."""
    found = explored(scenario)
    claims = [one for one in found.properties.values() if one.kind in RUNS]
    return tuple(needs(found.space, one) for one in claims if found.verdict(one.name).answer is Answer.HOLDS)


def all_needs(scenarios: Sequence[Scenario], workers: int = 2) -> Iterator[tuple[Needed, ...]]:
    """Return the needs of each scenario's properties, in order."""
    yield from mapped(needs_of, scenarios, workers)


def needs(space: StateSpace, claim: Property) -> Needed:
    """Return what a property that holds in a space needs."""

    def answer(some: Sequence[Fairness]) -> Answer:
        return judge(space, replace(claim, fairness=tuple(some))).answer

    def holds(some: Sequence[Fairness]) -> bool:
        return answer(some) is Answer.HOLDS

    weak = [replace(one, strong=False) for one in claim.fairness]
    under_weak = answer(weak)
    given = weak if under_weak is Answer.HOLDS else sorted(claim.fairness, key=lambda one: one.strong)
    least = smallest(given, holds)
    for number, one in enumerate(least):
        softer = [*least[:number], replace(one, strong=False), *least[number + 1 :]]
        if one.strong and holds(softer):
            least = softer
    soft, hard = (tuple(one.name for one in least if one.strong == kind) for kind in (False, True))
    return Needed(claim.name, str(under_weak), soft, hard, len(claim.fairness))


def smallest(given: Sequence[T], holds: Callable[[Sequence[T]], bool]) -> list[T]:
    """Return a set that holds and none of whose members can be taken away; what comes first is preferred."""

    def within(kept: list[T], added: list[T], some: list[T]) -> list[T]:
        if added and holds(kept):
            return []
        if len(some) == 1:
            return some
        first, rest = some[: len(some) // 2], some[len(some) // 2 :]
        later = within([*kept, *first], first, rest)
        return [*within([*kept, *later], later, first), *later]

    return [] if holds([]) else within([], [], list(given))
