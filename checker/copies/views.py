"""What any few copies of a member may look like together: the abstraction by views.

A view is what is shared, with what so many copies have, whichever they are. Kept are the view that members begin in,
and the views of what a step makes of one copy more than a view has, where all views of these copies are kept. So each
view of a member of more copies is kept, by induction over steps. Take a step, and a view after it: its copies and the
one that took the step are one more than a view has, or fewer, and others join them. All views of these before the step
are kept, by induction. They alone can take the same step to the same end: what every other copy is asked is asked of
fewer, and what is done to a copy rests on that copy, on what is shared and on who takes the step.

This is the view abstraction of Abdulla, Haziza and Holík (Parameterized verification through view abstraction, STTT
2016). What the views of a pair say is the lemma that the others keep (compare McMillan, Verification of infinite state
systems by compositional model checking, CHARME 1999; Chou, Mannava and Park, A simple method for parameterized
verification of cache coherence protocols, FMCAD 2004); here it is found, and not written by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TypeAlias

from haboot.checker.copies.locals import Locals, Move, Together
from haboot.checker.copies.reached import Enough, closed

View: TypeAlias = tuple[int, Together]  # what is shared, and that


class Views:
    """All views of ``size`` copies that members of more copies may have; ``whole`` unless the search is cut."""

    def __init__(self, known: Locals, size: int, enough: Enough) -> None:
        self.known, self.size = known, size
        self._extended: dict[View, dict[int, None]] = {}  # by a view less one copy, what that copy may have
        self._done: set[View] = set()
        first = known.first_shared, (known.first_own,) * size
        self.found, self.whole = closed([first], self._grown, enough)

    @property
    def relation(self) -> str:
        """The simulation relation between members and views."""
        few = "one of them has" if self.size == 1 else f"any {self.size} of them have"
        return (
            f"a state of any number of {self.known.model.nouns} goes with each view of it: what is shared, what {few}; "
            "there whoever is named and not among them is another; a step of the state is one of the view with one "
            f"{self.known.model.noun} more"
        )

    def _grown(self, view: View) -> Iterator[tuple[View, str]]:
        """Yield the views of what a step makes of one copy more than this view and views before it."""
        self._note(view)
        for whole in self._wider(view):
            for after, rule in self._steps(whole):
                yield from ((one, rule) for one in _parts(after, self.size))

    def _note(self, view: View) -> None:
        shared, copies = view
        self._done.add(view)
        for place, one in enumerate(copies):
            rest = shared, (*copies[:place], *copies[place + 1 :])
            self._extended.setdefault(rest, {})[one] = None

    def _wider(self, view: View) -> Iterator[View]:
        """Yield what is one copy more than a view, and whose views are all done, this one as the last."""
        shared, copies = view
        for more in list(self._extended[shared, copies[1:]]):
            wide = shared, tuple(sorted((*copies, more)))
            if all(one in self._done for one in _parts(wide, self.size)):
                yield wide

    def _steps(self, view: View) -> Iterator[tuple[View, str]]:
        """Yield what a step makes of some copies, with the rule of that step."""
        shared, copies = view
        yield from self._taken(shared, -1, copies)
        for place, one in enumerate(copies):
            if not place or copies[place - 1] != one:
                yield from self._taken(shared, one, (*copies[:place], *copies[place + 1 :]))

    def _taken(self, shared: int, own: int, others: Together) -> Iterator[tuple[View, str]]:
        for move in self.known.moves(shared, own):
            if all(self.known.admitted(move, shared, own, one) for one in others):
                yield self._after(move, shared, own, others), self.known.model.rules[move.rule].name

    def _after(self, move: Move, shared: int, own: int, others: Together) -> View:
        rest = (self.known.changed(move, shared, own, one) for one in others)
        moved = () if own < 0 else (move.own,)
        return move.shared, tuple(sorted((*moved, *rest)))


def _parts(view: View, size: int) -> Iterator[View]:
    shared, copies = view
    return ((shared, part) for part in dict.fromkeys(combinations(copies, size)))
