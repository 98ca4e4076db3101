"""What has faults: a scenario with the assumptions that it does not make, or a model of one's own that says some."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from typing import TypeAlias

from haboot.checker import (
    Answer,
    Family,
    Limits,
    Model,
    Property,
    Report,
    Verdict,
    check,
    constrained,
    family,
    limits_among,
)
from haboot.checker.boundary import met
from haboot.checker.machines import families
from haboot.model import VARIANTS, Scenario, families_of
from haboot.properties import CLAIMS, explored, properties, setting

_ALTERNATIVES = frozenset({"no-deregistration", "rekeying"})


@dataclass(frozen=True, slots=True)
class Judged:
    """What a property came to under some faults, and of its trace the length and the last step; 0 and none without.

    ``cut`` names the limit on the search that left it open, if any.
    """

    answer: Answer
    length: int
    step: str
    cut: str = ""


Judge: TypeAlias = Callable[[frozenset[str], Sequence[str], Limits], dict[str, Judged]]


@dataclass(frozen=True)
class Faulty:
    """What is searched: its families, the properties of each, which faults there are, and what is assumed anyhow.

    ``widened`` gives of a set all larger ones in which a property says something, ``judged`` explores a set, and tells
    of those properties named that say something there; where it ``travels``, another process can do that as well.
    """

    names: tuple[str, ...]
    given: frozenset[str]
    families: Callable[[int], Iterable[Family]]
    claims: Callable[[Family], tuple[Property, ...]]
    widened: Callable[[str, frozenset[str], int], Iterable[frozenset[str]]]
    judged: Judge
    travels: bool = False


def faulty_scenario(scenario: Scenario, among: Iterable[str] = ()) -> Faulty:
    """Return the faults of a scenario: all assumptions that its variant models or some, beside those that it makes."""
    variant = VARIANTS[scenario.variant]
    chosen = tuple(sorted(set(among or variant.assumptions) - scenario.assumptions - _ALTERNATIVES))
    whole = replace(scenario, assumptions=scenario.assumptions | set(chosen))

    def widened(name: str, faults: frozenset[str], most: int) -> Iterable[frozenset[str]]:
        claim = next(one for one in CLAIMS if one.name == name)
        for size in range(most - len(faults) + 1):
            rest = [one for one in chosen if one not in faults]
            every = (faults | set(more) for more in combinations(rest, size))
            if found := [one for one in every if claim.has_subject(setting(_exactly(scenario, one)))]:
                return found
        return ()

    return Faulty(
        chosen,
        scenario.assumptions,
        lambda most: families_of(whole, most, scenario.assumptions),
        lambda one: properties(whole, one.system),
        widened,
        partial(_judged, scenario),
        travels=True,
    )


def _exactly(scenario: Scenario, faults: frozenset[str]) -> Scenario:
    return replace(scenario, assumptions=scenario.assumptions | faults)


def _judged(scenario: Scenario, faults: frozenset[str], names: Sequence[str], limits: Limits) -> dict[str, Judged]:
    one = _exactly(scenario, faults)
    speak = [claim.name for claim in CLAIMS if claim.name in names and claim.has_subject(setting(one))]
    return _told(explored(one, limits, only=speak).report()) if speak else {}


def faulty_model(model: Model, among: Iterable[str] = ()) -> Faulty:
    """Return the faults of a model: every assumption that some part of it says it needs, or some of these."""
    system = model.composed()
    chosen = tuple(dict.fromkeys(among))
    model.require_assumed(chosen)
    wired, allowed = model.composition, model.allowing()

    def made(most: int) -> Iterable[Family]:
        return (family(system),) if wired is None else families(wired, most)

    def judged(faults: frozenset[str], names: Sequence[str], limits: Limits) -> dict[str, Judged]:
        if not any(met(system.starting(state), faults) for state in constrained(system).initial):
            return {}  # no run begins
        claims = [one for one in model.properties if one.name in names]
        return _told(check(allowed(faults), claims, limits))

    return Faulty(
        chosen or model.assumptions,
        frozenset(),
        made,
        lambda _: tuple(model.properties),
        lambda _, faults, most: [faults] if len(faults) <= most else [],
        judged,
    )


def _told(report: Report) -> dict[str, Judged]:
    limit = ", ".join(limits_among(report.space.bounds_hit))
    return {
        one.property.name: Judged(one.answer, *_length_and_step(one), limit if one.answer is Answer.INCOMPLETE else "")
        for one in report.verdicts
    }


def _length_and_step(one: Verdict) -> tuple[int, str]:
    if one.trace is None:
        return 0, ""
    return len(one.trace), one.trace.steps[-1].action if one.trace.steps else "at the start"


def sets_up_to(names: Sequence[str], most: int) -> Iterator[frozenset[str]]:
    """Return all sets of up to some number of faults, the smaller ones first."""
    for size in range(min(most, len(names)) + 1):
        yield from map(frozenset, combinations(names, size))
