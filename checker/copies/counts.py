"""How many copies have what: the abstraction that counts copies up to a number, and says many beyond.

A state is what is shared with a count of the copies that have each thing: 0, 1, and so on, and ``many`` for that number
or more (the counter abstraction of Pnueli, Xu and Zuck, Liveness with (0, 1, infinity)-counter abstraction, CAV 2002).
Where one of many leaves, many or one less stay. What all other copies are asked is asked of whoever there is, so each
step of a member of any number of copies is one here, and what no state here breaks, no member does (simulation).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from haboot.checker.copies.locals import Locals
from haboot.checker.copies.reached import Enough, closed

Counted: TypeAlias = tuple[tuple[int, int], ...]  # how many have what, for each of which there is one at least
State: TypeAlias = tuple[int, Counted]  # what is shared, and that


class Counts:
    """All states in which copies are counted up to ``many``; ``whole`` unless the search is cut."""

    def __init__(self, known: Locals, many: int, enough: Enough) -> None:
        self.known, self.many = known, many
        starts: list[State] = [(known.first_shared, ((known.first_own, one),)) for one in range(1, many + 1)]
        self.found, self.whole = closed(starts, self._steps, enough)

    def _steps(self, state: State) -> Iterator[tuple[State, str]]:
        shared, counted = state
        yield from self._taken(shared, -1, dict(counted))
        for own, number in counted:
            for rest in self._left(number):
                left = {**dict(counted), own: rest}
                yield from self._taken(shared, own, {one: some for one, some in left.items() if some})

    def _left(self, number: int) -> set[int]:
        """Return how many may be left of so many where one leaves."""
        return {number - 1, self.many} if number == self.many else {number - 1}

    def _taken(self, shared: int, own: int, others: Mapping[int, int]) -> Iterator[tuple[State, str]]:
        for move in self.known.moves(shared, own):
            if all(self.known.admitted(move, shared, own, one) for one in others):
                after: dict[int, int] = {} if own < 0 else {move.own: 1}
                for one, some in others.items():
                    changed = self.known.changed(move, shared, own, one)
                    after[changed] = min(after.get(changed, 0) + some, self.many)
                yield (move.shared, tuple(sorted(after.items()))), self.known.model.rules[move.rule].name
