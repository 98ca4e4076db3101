"""The one path to a verdict: a scenario is explored, and its properties are judged, whoever asks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
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
    """A scenario's state space, and the properties that it can be asked, by name."""

    scenario: Scenario
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
    began = perf_counter()
    product = system(scenario, participants)
    claims = _chosen(scenario, properties(scenario, product), only)
    space = explore(product, limits or Limits(), progress, engine, claims)
    return Explored(scenario, space, {one.name: one for one in claims}, began)


def _chosen(scenario: Scenario, claims: tuple[Property, ...], only: Collection[str]) -> tuple[Property, ...]:
    if not only:
        return claims
    kept = tuple(one for one in claims if one.name in only)
    if not kept:
        names = [one.name for one in claims]
        told = ", ".join(f"'{name}'{nearest(name, names)}" for name in only)
        raise ModelError(f"scenario '{scenario.name}' is not asked {told} (see 'haboot check {scenario.name} -v')")
    return kept
