"""Whether exchanging slots turns a set of functions into itself, proven run by run.

A run of a function is what it looked at and what it gave. An exchange turns a function into its partner when the
partner, shown the exchanged values, gives the exchanged result. Starting from the runs that are known, the image of
every run under every exchange must be a run of the partner; images are runs to be exchanged in turn, so what is proven
holds for all permutations that the exchanges generate, of all states whose runs were known. (A bisimulation up to the
group, checked as a closure: compare Clarke, Enders, Filkorn and Jha, Exploiting symmetry in temporal logic, 1996.)
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Seen: TypeAlias = frozenset[tuple[int, int]]  # what was looked at: slots' positions and values' indices
Shown: TypeAlias = "Callable[[int, Mapping[int, int]], Iterator[Hashable]]"  # what a function shown values may give
Moved: TypeAlias = "Callable[[Hashable, Mapping[int, int]], Hashable]"  # a result with slots exchanged

FEW = 64  # runs by which a partner is told from others


@dataclass(frozen=True, slots=True)
class Run:
    """What a function, by its number, gives in every state that agrees with what was seen."""

    function: int
    seen: Seen
    result: Hashable


@dataclass
class Question:
    """Functions by number, how they are asked, and the exchanges, each a map of slots' positions onto themselves.

    ``shown`` gives the results of a function in all states that agree with some values, ``may_be``, by exchange and
    function, which functions could be its partner. ``asked`` counts the results taken.
    """

    shown: Shown
    moved: Moved
    exchanges: Sequence[Mapping[int, int]]
    may_be: Callable[[int, int], Sequence[int]]
    partner: dict[tuple[int, int], int] = field(default_factory=dict)
    asked: int = 0

    def image(self, run: Run, exchange: int, partner: int) -> Run | None:
        """Return a run's image as a run of a partner, None where the partner gives something else."""
        places = self.exchanges[exchange]
        seen, wanted = frozenset((places[place], index) for place, index in run.seen), self.moved(run.result, places)
        for result in self.shown(partner, dict(seen)):
            self.asked += 1
            if result != wanted:
                return None
        return Run(partner, seen, wanted)

    def pair(self, function: int, runs: Sequence[Run]) -> str:
        """Choose the partners of a function; return what is wrong where it has none."""
        for exchange in range(len(self.exchanges)):
            taken = {other for (number, _), other in self.partner.items() if number == exchange}
            fits = (
                other
                for other in self.may_be(exchange, function)
                if other not in taken and all(self.image(run, exchange, other) for run in runs[:FEW])
            )
            found = next(fits, None)
            if found is None:
                return "nothing is its image"
            self.partner[exchange, function] = found
        return ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A run whose image is none, and the exchange; no run where a function has no partner, or there was no room."""

    function: int
    why: str
    run: Run | None = None
    exchange: int = 0


def proven(question: Question, runs: Mapping[int, Sequence[Run]], most: int) -> Failure | None:
    """Return None when all known runs, by function, have their images; give up after ``most`` results."""
    for function, known in runs.items():
        if why := question.pair(function, known):
            return Failure(function, why)
    waiting = [run for known in runs.values() for run in known]
    met = set(waiting)
    while waiting:
        run = waiting.pop()
        if question.asked >= most:
            return Failure(run.function, f"it takes more than {most:,} runs")
        for exchange in range(len(question.exchanges)):
            image = question.image(run, exchange, question.partner[exchange, run.function])
            if image is None:
                return Failure(run.function, "a run has no image", run, exchange)
            if image not in met:
                met.add(image)
                waiting.append(image)
    return None
