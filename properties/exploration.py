"""The one path to a verdict: a scenario or a model is explored, and its properties are judged, whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Protocol, TypeVar

from haboot.checker import (
    Answer,
    Limits,
    ModelError,
    Participant,
    Progress,
    Property,
    Report,
    StateSpace,
    System,
    Verdict,
    check,
    explore,
    judge,
    judge_all,
    nearest,
    quiet,
)
from haboot.checker.copies import Copies, Replicated, for_every_number
from haboot.model import Scenario, system
from haboot.properties.any_number import family
from haboot.properties.catalogue import properties


class Named(Protocol):
    """A property, of one system or of every number of copies."""

    @property
    def name(self) -> str:
        """Its name."""


Stated = TypeVar("Stated", bound=Named)


@dataclass(frozen=True)
class Explored:
    """The state space of a scenario or a model, and the properties that it can be asked, by name."""

    space: StateSpace
    properties: Mapping[str, Property]
    began: float

    def verdict(self, name: str) -> Verdict:
        """Judge one property."""
        return judge(self.space, self.properties[name])

    def report(self) -> Report:
        """Judge every property; after an interrupt those that are left are INCOMPLETE."""
        verdicts = tuple(self._verdicts())
        return Report(self.space, verdicts, perf_counter() - self.began)

    def _verdicts(self) -> Iterator[Verdict]:
        claims = tuple(self.properties.values())
        answered = judge_all(self.space, claims)
        for number in range(len(claims)):
            try:
                verdict = next(answered)
            except KeyboardInterrupt:
                yield from (Verdict(one, Answer.INCOMPLETE, note="interrupted") for one in claims[number:])
                return
            yield verdict


@dataclass(frozen=True)
class Reduced(Explored):
    """A scenario explored up to symmetry: what that does not answer, every number of mobile nodes may.

    ``every`` returns the verdicts for every number on the properties of some names.
    """

    every: Callable[[Collection[str]], Report]

    def verdict(self, name: str) -> Verdict:
        """Judge one property."""
        return self._with_every([super().verdict(name)])[0]

    def report(self) -> Report:
        """Judge every property."""
        found = super().report()
        return replace(found, verdicts=tuple(self._with_every(found.verdicts)))

    def _with_every(self, verdicts: Sequence[Verdict]) -> list[Verdict]:
        """Return verdicts of which those that orbits do not answer are those proven for every number."""
        left = [one.property.name for one in verdicts if self.space.refusal(one.property) and _is_open(one)]
        if not left:
            return [*verdicts]
        try:
            every = {one.property.name: one for one in self.every(left).verdicts}
        except ModelError:
            return [*verdicts]  # its nodes are no copies that keep to themselves
        return [_as_every(one, every.get(one.property.name)) if _is_open(one) else one for one in verdicts]


def _is_open(verdict: Verdict) -> bool:
    return verdict.answer is Answer.INCOMPLETE


def _as_every(one: Verdict, every: Verdict | None) -> Verdict:
    """Return a verdict as the one for every number says: proven, or open with the number that is known to break it."""
    if every is None:
        return one
    if every.answer is Answer.HOLDS:
        return replace(one, answer=Answer.HOLDS, note="", basis=every.basis)
    broken = every.answer is Answer.VIOLATED
    return replace(one, note=f"{every.note.partition(':')[0]} it breaks; {one.note}") if broken else one


@dataclass(frozen=True)
class Concluded(Explored):
    """What was explored and judged at once: for every number of copies."""

    found: Report

    def verdict(self, name: str) -> Verdict:
        """Return the verdict on one property."""
        return self.found[name]

    def report(self) -> Report:
        """Return the verdicts on all."""
        return self.found


def explored(
    scenario: Scenario,
    limits: Limits | None = None,
    progress: Progress = quiet,
    engine: str = "auto",
    participants: Mapping[str, Participant] | None = None,
    only: Collection[str] = (),
) -> Explored:
    """Explore a scenario; ``participants`` replaces some by name, as a mutant does.

    With ``only`` it is asked the properties of these names alone; raises ModelError where it has none of them.
    """
    if scenario.any_number:
        return _concluded(scenario, limits or Limits(), progress, engine, only)

    def made() -> tuple[System, tuple[Property, ...]]:
        product = system(scenario, participants)
        return product, properties(scenario, product)

    found = searched(f"scenario '{scenario.name}'", made, limits, progress, engine, only=only)
    if limits is None or not limits.symmetry or scenario.mobile_nodes == 1 or participants is not None:
        return found

    def every(names: Collection[str]) -> Report:
        one = replace(scenario, mobile_nodes=1, any_number=True)
        bounds = replace(limits, symmetry=False, checkpoint=None, resume=False)
        return _concluded(one, bounds, quiet, engine, names).report()

    return Reduced(found.space, found.properties, found.began, every)


def _concluded(scenario: Scenario, limits: Limits, progress: Progress, engine: str, only: Collection[str]) -> Concluded:
    """Judge a scenario for every number of mobile nodes."""
    one = replace(scenario, any_number=False)
    _chosen(f"scenario '{scenario.name}'", properties(one, system(one)), only)
    return concluded(family(scenario, only), limits, progress, engine)


def concluded(
    model: Copies | Replicated,
    limits: Limits | None = None,
    progress: Progress = quiet,
    engine: str = "auto",
    *,
    only: Collection[str] = (),
) -> Concluded:
    """Judge a model for every number of its copies; ``only`` as above."""
    bounds, began = limits or Limits(), perf_counter()
    if bounds.checkpoint is not None:
        raise ModelError(f"a checkpoint holds one search, and for every number of {model.nouns} there are several")
    if bounds.symmetry or bounds.reduction:
        what = "symmetry" if bounds.symmetry else "reduction"
        raise ModelError(f"{what} is of a given number of {model.nouns}, and a few stand for every number already")

    def ask(product: System, claims: Iterable[Property], limits: Limits) -> Report:
        return check(product, claims, limits, progress, engine)

    found = for_every_number(_of(model, only), ask, bounds)
    return Concluded(found.space, {one.property.name: one.property for one in found.verdicts}, began, found)


def _of(model: Copies | Replicated, only: Collection[str]) -> Copies | Replicated:
    """Return a model that is asked the properties of these names alone."""
    if not only:
        return model
    if isinstance(model, Copies):
        return replace(model, properties=_chosen(model.label, tuple(model.properties), only))
    return replace(model, claims=lambda number, made: _chosen(model.name, model.claims(number, made), only))


def searched(
    what: str,
    made: Callable[[], tuple[System, tuple[Property, ...]]],
    limits: Limits | None = None,
    progress: Progress = quiet,
    engine: str = "auto",
    *,
    only: Collection[str] = (),
) -> Explored:
    """Explore the system that ``made`` returns with its properties; ``what`` names it in errors, ``only`` as above.

    A symmetry that is asked for is used where the system declares one.
    """
    began = perf_counter()
    product, every = made()
    claims, bounds = _chosen(what, every, only), limits or Limits()
    used = replace(bounds, symmetry=bounds.symmetry and bool(product.symmetry))
    space = explore(product, used, progress, engine, claims)
    return Explored(space, {one.name: one for one in claims}, began)


def _chosen(what: str, claims: tuple[Stated, ...], only: Collection[str]) -> tuple[Stated, ...]:
    if not only:
        return claims
    kept = tuple(one for one in claims if one.name in only)
    if not kept:
        names = [one.name for one in claims]
        told = ", ".join(f"'{name}'{nearest(name, names)}" for name in only)
        raise ModelError(f"{what} is not asked {told} (haboot check -v shows what it is asked)")
    return kept
