"""Questions to a family, whose answers say what must be assumed beside what a run has used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from haboot.checker.boundary import NOTHING, Needs, minimal
from haboot.checker.branches import Part, See
from haboot.checker.core import Value, View
from haboot.checker.families import UNCHOSEN, Family, each_choice, unmarked
from haboot.checker.packed.decisions import Forest
from haboot.checker.packed.layout import NO, YES
from haboot.checker.packed.questions import StateQuestion, StepQuestion
from haboot.checker.packed.rules import Rules
from haboot.checker.properties import Move
from haboot.checker.spaces import Query
from haboot.checker.tables import asked


class Answers:
    """What answers add to a set, by leaf: from ``YES``, which adds nothing, downwards."""

    def __init__(self) -> None:
        self.known: dict[Needs, int] = {NOTHING: YES}

    def leaf(self, some: Needs) -> int:
        """Return the leaf that stands for what must be assumed beside."""
        return self.known.setdefault(some, YES - len(self.known)) if some else NO


class OfStates(StateQuestion):
    """A question to states, whose answers say what must be assumed beside."""

    def __init__(self, whole: Family, answers: Answers, rules: Rules, query: Query, forest: Forest) -> None:
        self.asking, self.answers = Asking(whole, query), answers
        super().__init__(rules, query, forest)

    def told(self, view: View, values: object) -> int:  # noqa: ARG002 - see StateQuestion
        """Return the leaf for the values in view."""
        return self.answers.leaf(self.asking.of_state(view))


class OfSteps(StepQuestion):
    """A question to steps, whose answers say what must be assumed beside."""

    def __init__(self, whole: Family, answers: Answers, rules: Rules, query: Query, forest: Forest) -> None:
        self.asking, self.answers = Asking(whole, query), answers
        super().__init__(rules, query, forest, ahead=True)

    def told(self, move: Move, given: object) -> int:  # noqa: ARG002 - see StepQuestion
        """Return the leaf for a step."""
        return self.answers.leaf(self.asking.of_step(move))


class Asking:
    """Puts a question to the states and steps of a family: it answers with what must be assumed beside."""

    def __init__(self, whole: Family, query: Query) -> None:
        self.whole, self.query = whole, query
        self.choices = whole.choices(query.reads)

    def of_state(self, view: View) -> Needs:
        """Return what must be assumed for a state to meet it; nothing where none suffices."""
        return self._needed(lambda look: asked(self.query, self._view(look), view), view)

    def of_step(self, move: Move) -> Needs:
        """Return what must be assumed for a step to meet it; nothing where none suffices."""
        plain = replace(move, events=unmarked(move.events).events)
        if not self.choices:
            return NOTHING if asked(self.query, plain, {"action": move.action}) else ()

        def run(look: See) -> bool:
            def old(name: str) -> Value:
                value = move.before[name]
                return look(name) if value is UNCHOSEN else value

            seen = replace(plain, before=self._view(old), after=self._view(look))
            return asked(self.query, seen, {"action": move.action})

        return self._needed(run, move.after)

    def _view(self, look: See) -> View:
        return View(Part(self.query.reads, look), self.query.owner)

    def _needed(self, run: Callable[[See], bool], view: View) -> Needs:
        met = (fixed for fixed, answer in each_choice(run, view, self.choices) if answer)
        return minimal(one for fixed in met for one in self.whole.chosen(fixed))
