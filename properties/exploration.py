"""The one path to a verdict: a scenario or a model is explored, and its properties are judged, whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter

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
    explore,
    judge,
    judge_all,
    nearest,
    quiet,
)
from haboot.model import Scenario, system
from haboot.properties.catalogue import properties


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

    def made() -> tuple[System, tuple[Property, ...]]:
        product = system(scenario, participants)
        return product, properties(scenario, product)

    return searched(f"scenario '{scenario.name}'", made, limits, progress, engine, only=only)


def searched(
    what: str,
    made: Callable[[], tuple[System, tuple[Property, ...]]],
    limits: Limits | None = None,
    progress: Progress = quiet,
    engine: str = "auto",
    *,
    only: Collection[str] = (),
) -> Explored:
    """Explore the system that ``made`` returns with its properties; ``what`` names it in errors, ``only`` as above."""
    began = perf_counter()
    product, every = made()
    claims = _chosen(what, every, only)
    space = explore(product, limits or Limits(), progress, engine, claims)
    return Explored(space, {one.name: one for one in claims}, began)


def _chosen(what: str, claims: tuple[Property, ...], only: Collection[str]) -> tuple[Property, ...]:
    if not only:
        return claims
    kept = tuple(one for one in claims if one.name in only)
    if not kept:
        names = [one.name for one in claims]
        told = ", ".join(f"'{name}'{nearest(name, names)}" for name in only)
        raise ModelError(f"{what} is not asked {told} (haboot check -v shows what it is asked)")
    return kept
