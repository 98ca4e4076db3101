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
Move: TypeAlias = "Callable[[int, int], tuple[int, int]]"  # where a slot goes, and what its value becomes
Moved: TypeAlias = "Callable[[Hashable, Move], Hashable]"  # a result with slots exchanged

FEW = 64  # runs by which a partner is told from others


@dataclass(frozen=True, slots=True)
class Run:
    """What a function, by its number, gives in every state that agrees with what was seen."""

    function: int
    seen: Seen
    result: Hashable


@dataclass
class Question:
    """Functions by number, how they are asked, and the exchanges, each of which undoes itself.

    ``shown`` gives the results of a function in all states that agree with some values, ``may_be``, by exchange and
    function, which functions could be its partner. An exchange that leaves all that a function looks at and gives as it
    is, by ``spares``, makes it its own partner. ``asked`` counts the results taken, ``fit`` notes which functions fit
    together.
    """

    shown: Shown
    moved: Moved
    exchanges: Sequence[Move]
    may_be: Callable[[int, int], Sequence[int]]
    spares: Callable[[int, int], bool] = lambda _exchange, _function: False
    partner: dict[tuple[int, int], int] = field(default_factory=dict)
    owner: dict[tuple[int, int], int] = field(default_factory=dict)  # whose partner a function is, by exchange
    fit: dict[tuple[int, int, int], bool] = field(default_factory=dict)
    asked: int = 0

    def image(self, run: Run, exchange: int, partner: int) -> Run | None:
        """Return a run's image as a run of a partner, None where the partner gives something else."""
        move = self.exchanges[exchange]
        seen, wanted = frozenset(move(place, index) for place, index in run.seen), self.moved(run.result, move)
        for result in self.shown(partner, dict(seen)):
            self.asked += 1
            if result != wanted:
                return None
        return Run(partner, seen, wanted)

    def images(self, run: Run) -> tuple[list[Run], int | None]:
        """Return the images of a run under the exchanges that do not spare it, and the first that gives it none."""
        found = list[Run]()
        for exchange in range(len(self.exchanges)):
            if self.spares(exchange, run.function):
                continue
            image = self.image(run, exchange, self.partner[exchange, run.function])
            if image is None:
                return found, exchange
            found.append(image)
        return found, None

    def pair(self, exchange: int, function: int, runs: Mapping[int, Sequence[Run]], tried: set[int]) -> bool:
        """Choose the partner of a function; return whether it has one, where need be by choosing others anew.

        (An augmenting path: Kuhn, The Hungarian method for the assignment problem, 1955.) ``tried`` are the partners
        that need not be asked for again.
        """
        others = (function,) if self.spares(exchange, function) else self.may_be(exchange, function)
        for other in others:
            if other in tried or not self.fits(exchange, function, other, runs[function]):
                continue
            tried.add(other)
            owner = self.owner.get((exchange, other))
            if owner is None or self.pair(exchange, owner, runs, tried):
                self.partner[exchange, function] = other
                self.owner[exchange, other] = function
                return True
        return False

    def part(self, exchange: int, function: int) -> None:
        """Take a function's partner for none."""
        partner = self.partner.pop((exchange, function))
        self.fit[exchange, function, partner] = False
        del self.owner[exchange, partner]

    def fits(self, exchange: int, function: int, other: int, runs: Sequence[Run]) -> bool:
        """Whether a function may be the partner of another, as far as some runs tell."""
        where = exchange, function, other
        if where not in self.fit:
            alike = function == other and self.spares(exchange, function)
            self.fit[where] = alike or all(self.image(run, exchange, other) for run in runs[:FEW])
        return self.fit[where]


@dataclass(frozen=True, slots=True)
class Failure:
    """A run whose image is none, and the exchange; no run where a function has no partner, or there was no room."""

    function: int
    why: str
    run: Run | None = None
    exchange: int = 0


def proven(question: Question, runs: Mapping[int, Sequence[Run]], most: int) -> Failure | None:
    """Return None when all known runs, by function, have their images; give up after ``most`` results.

    Where a run has no image at the partner that was chosen, that one is none, and another is chosen.
    """
    for exchange in range(len(question.exchanges)):
        for function in runs:
            if not question.pair(exchange, function, runs, set()):
                return Failure(function, "nothing is its image")
    met = {run for known in runs.values() for run in known}
    waiting = list(met)
    while waiting:
        run = waiting.pop()
        if question.asked >= most:
            return Failure(run.function, f"it takes more than {most:,} runs")
        images, lacking = question.images(run)
        if lacking is not None:
            question.part(lacking, run.function)
            if not question.pair(lacking, run.function, runs, set()):
                return Failure(run.function, "a run has no image", run, lacking)
            waiting = list(met)
        else:
            waiting += set(images) - met
            met.update(images)
    return None
