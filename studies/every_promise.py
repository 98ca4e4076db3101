"""All minimal sets of promises under which a liveness property holds, and what would mend one that fails.

Fairness is monotone: a promise more leaves fewer runs. So the minimal sets that suffice and the minimal ones that spoil
everything when taken away are each other's hitting sets, and both are found by turns (dualize and advance, Gunopulos et
al., TODS 2003): what hits every set that is known either leaves enough, which gives a set more, or is a proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from haboot.checker import RUNS, Answer, Fairness, Property, StateSpace, judge
from haboot.checker.boundary import minimal
from haboot.checker.host import mapped
from haboot.model import Scenario
from haboot.properties import explored
from haboot.studies.promises import smallest

MOST = 50  # sets of one property
Suffices = Callable[[Sequence[Fairness]], bool]


@dataclass(frozen=True, slots=True)
class EverySet:
    """All minimal sets of promises of a property: weak and strong ones by name; ``whole`` unless there are too many.

    Of one that fails they are promises to add, and none is there where no promise about its actions would mend it.
    """

    claim: str
    holds: bool
    sets: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    whole: bool


def every_set_of(scenario: Scenario) -> tuple[EverySet, ...]:
    """Explore a scenario, and return the sets of each of its liveness properties that is settled there."""
    found = explored(scenario)
    claims = [one for one in found.properties.values() if one.kind in RUNS]
    settled = {one.name: found.verdict(one.name).answer for one in claims}
    wanted = {Answer.HOLDS, Answer.VIOLATED}
    return tuple(every_set(found.space, one) for one in claims if settled[one.name] in wanted)


def all_sets(scenarios: Sequence[Scenario], workers: int = 2) -> Iterator[tuple[EverySet, ...]]:
    """Return the sets of each scenario's properties, in order."""
    yield from mapped(every_set_of, scenarios, workers)


def every_set(space: StateSpace, claim: Property, most: int = MOST) -> EverySet:
    """Return the minimal sets of promises under which a property holds, or that mend it where it does not.

    What may mend it are strong promises of single actions, those of the environment among them.
    """
    given = claim.fairness

    def holds(some: Sequence[Fairness]) -> bool:
        return judge(space, replace(claim, fairness=tuple(some))).answer is Answer.HOLDS

    if holds(given):
        sets, whole = every_smallest(given, holds, most)
        return EverySet(claim.name, True, tuple(map(_named, sets)), whole)
    more = [Fairness(action.name, {action.name}, strong=True) for action in space.system.actions]
    sets, whole = every_smallest(more, lambda some: holds((*given, *some)), most)
    return EverySet(claim.name, False, tuple(map(_named, sets)), whole)


def _named(some: Iterable[Fairness]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    every = list(some)
    weak, strong = (tuple(one.name for one in every if one.strong == kind) for kind in (False, True))
    return weak, strong


def every_smallest(given: Sequence[Fairness], holds: Suffices, most: int = MOST) -> tuple[list[list[Fairness]], bool]:
    """Return all minimal sets that hold, up to a number, and whether these are all.

    A promise that is given as strong may be made as weak or as strong: to be strong is one thing more.
    """
    parts = {f"{n} weak": one for n, one in enumerate(given)}
    parts |= {f"{n} strong": one for n, one in enumerate(given) if one.strong}

    def made(names: Iterable[str]) -> list[Fairness]:
        there = set(names)
        some = [n for n in range(len(given)) if f"{n} weak" in there]
        return [given[n] if f"{n} strong" in there else replace(given[n], strong=False) for n in some]

    def suffices(names: Iterable[str]) -> bool:
        return holds(made(names))

    every = sorted(parts, key=lambda name: name.endswith("strong"))
    found, proven = list[frozenset[str]](), set[frozenset[str]]()
    if not suffices(every):
        return [], True
    while len(found) < most:
        hits = next((one for one in _hitting(found) if one not in proven), None)
        if hits is None:
            return [made(one) for one in found], True
        left = [name for name in every if name not in hits]
        if suffices(left):
            found.append(frozenset(smallest(left, suffices)))
        else:
            proven.add(hits)
    return [made(one) for one in found], False


def _hitting(sets: Iterable[frozenset[str]]) -> tuple[frozenset[str], ...]:
    """Return the minimal sets that meet each of some sets (Berge)."""
    hits: tuple[frozenset[str], ...] = (frozenset(),)
    for one in sets:
        hits = minimal(wider for hit in hits for wider in ([hit] if hit & one else [hit | {name} for name in one]))
    return hits
