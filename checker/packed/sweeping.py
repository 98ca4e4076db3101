"""Many questions answered in one pass over the states, level by level.

A question that a state or step of a level meets is answered: its nearest answer lies there. Of the outcomes only those
count whose answer to some open question is not No whatever the state holds, and only what can give these is tried on
each state.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from haboot.checker.packed import scans
from haboot.checker.packed.decisions import Forest
from haboot.checker.packed.layout import PARTITIONS, STATE, STEP, TERMINAL, Longs, Plan, Words, room_for
from haboot.checker.packed.narrowing import Narrowed, narrowed
from haboot.checker.packed.partitions import PARTS, SMALL, Partitions
from haboot.checker.packed.planning import Planner
from haboot.checker.packed.questions import MISSING, MOST_MISSING, NO_NUMBERS, StateQuestion, StepQuestion
from haboot.checker.packed.rules import Rules
from haboot.checker.packed.scanning import Rows, states_met, steps_met
from haboot.checker.spaces import Due, Query

STALE = 1 << 15  # states after which what is left to be asked is arranged anew
NOT_MADE = NO_NUMBERS, NO_NUMBERS, np.zeros(0, np.int32)  # steps where none are made
Part = tuple[int, Words, Longs, tuple[int, int]]


def by_kind(due: Due) -> list[tuple[int, Query]]:
    """Return what a space is about to be asked of states, steps and ends, each with its kind."""
    every = (STATE, due.states), (STEP, due.steps), (TERMINAL, due.ends)
    return [(kind, query) for kind, queries in every for query in queries]


@dataclass(frozen=True)
class Planned:
    """What is left to be asked: the trees, the outcome that each is about, and the model that gives these.

    ``met`` is how many questions were answered, and ``outcomes`` how many were known, when it was made.
    """

    plan: Plan
    outcome: Longs
    narrow: Narrowed
    met: int
    outcomes: int


class Questions:
    """Questions to the states found, and to the steps and ends of those expanded; ``level`` holds what came out.

    With ``rows`` questions about steps may be asked directly where they are too many for trees.
    """

    def __init__(self, rules: Rules, asked: Sequence[tuple[int, Query]], *, rows: bool) -> None:
        self.rules, self.has_rows = rules, rows
        self.forest = Forest(rules.packing, cut=True)
        self.kinds = [kind for kind, _ in asked]
        self.steps: dict[Query, StepQuestion] = {}
        self.questions = [self._question(kind, query) for kind, query in asked]
        self.planner = Planner(rules, self.forest, self.questions, self.kinds)
        self.level: list[int | None] = [None] * len(asked)
        self.met = np.zeros(len(asked), bool)
        self.wide = np.array([self._is_wide(*one) for one in zip(self.questions, self.kinds, strict=True)], bool)

    def _question(self, kind: int, query: Query) -> StateQuestion | StepQuestion:
        return self._about_steps(query) if kind == STEP else StateQuestion(self.rules, query, self.forest)

    @staticmethod
    def _is_wide(question: StateQuestion | StepQuestion, kind: int) -> bool:
        """Whether a question is to be asked directly."""
        return question.direct if isinstance(question, StepQuestion) else kind == STATE and question.is_wide

    def _about_steps(self, query: Query) -> StepQuestion:
        if query not in self.steps:
            within = None if query.within is None else self._about_steps(query.within)
            question = StepQuestion(self.rules, query, self.forest, ahead=True, within=within)
            question.direct = self.has_rows and question.is_wide
            self.steps[query] = question
        return self.steps[query]

    def learn(self, planned: Planned, states: Words, lacks: Longs) -> None:
        """Compute what is missing: an action's outcome, or the answer of a tree."""
        for owner in self.planner.learnt(planned.plan, planned.outcome, states, lacks):
            self.wide[owner] = self._is_wide(self.questions[owner], self.kinds[owner])

    def planned(self) -> Planned:
        """Return what is left to be asked; where the steps are made, all of the model, of which nothing is tried."""
        plan, outcome = self.planner.planned(np.flatnonzero(~self.met & ~self.wide).tolist())
        if self.has_rows:
            narrow = Narrowed(self.rules.model, NO_NUMBERS)
        else:
            wanted = np.zeros(len(self.rules.made), bool)
            wanted[outcome[outcome >= 0]] = True
            narrow = narrowed(self.rules, wanted)
        return Planned(plan, outcome, narrow, int(self.met.sum()), len(self.rules.made))


class Sweep(Questions):
    """Questions put to the states of a search.

    With ``rows`` its steps are made by the time that it is run: then it goes along them, and asks along them directly
    where trees would be too many.
    """

    def __init__(
        self, rules: Rules, partitions: Partitions, expanded: Longs, asked: Sequence[tuple[int, Query]], *, rows: bool
    ) -> None:
        super().__init__(rules, asked, rows=rows)
        self.partitions, self.expanded = partitions, expanded
        self.seen = [self._unseen() for _ in range(PARTS)]
        self.first_plan = self.planned()

    def run(self, rows: Rows | None) -> None:
        """Go through the levels until all questions are answered, along the steps if there are any made."""
        self.rows = rows
        self.made = NOT_MADE if rows is None else (rows.first, rows.at, rows.outcome)
        planned, since = self.first_plan, 0
        if planned.outcomes < len(self.rules.made):
            planned = self._planned_anew()
        first = np.zeros(PARTITIONS, np.int64)
        for level, (some, count) in enumerate(self.partitions.levels):
            if self.met.all():
                return
            if since > STALE and planned.met < int(self.met.sum()):
                planned, since = self._planned_anew(), 0
            last = first.copy()
            last[some] += count
            before = self.met.copy()
            planned = self._swept(planned, first, last, int(count.sum()))
            self._ask_directly(first, last)
            for number in np.flatnonzero(self.met & ~before).tolist():
                self.level[number] = level
            first, since = last, since + int(count.sum())

    def _unseen(self) -> Words:
        """Return room for what was put before, by one part of a level after the other."""
        return np.zeros((scans.SEEN, self.rules.packing.words + 1), np.uint64)

    def _planned_anew(self) -> Planned:
        """Return what is left to be asked, of which nothing was put before."""
        for seen in self.seen:
            seen[:] = 0
        return self.planned()

    def _swept(self, planned: Planned, first: Longs, last: Longs, size: int) -> Planned:
        """Put what is left to be asked to the states of a level; return the plan, anew if outcomes were learnt."""
        parts = 1 if size < SMALL else PARTS
        step, limit = PARTITIONS // parts, MISSING
        cursors = [(part * step, int(first[part * step])) for part in range(parts)]
        while True:
            task = self._task(planned, first, last, limit, cursors, step)
            results = self.partitions.workers.each(task, parts)
            cursors = [cursor for _, _, _, cursor in results]
            if not any(lacking for lacking, _, _, _ in results):
                return planned
            wide = int(self.wide.sum())
            for _, states, lacks, _ in results:
                self.learn(planned, states, lacks)
            limit = min(4 * limit, MOST_MISSING)
            if int(self.wide.sum()) > wide or any((lacks < 0).any() for _, _, lacks, _ in results):
                planned = self._planned_anew()

    def _ask_directly(self, first: Longs, last: Longs) -> None:
        """Put the questions that are too wide for trees to the states of a level."""
        for number in np.flatnonzero(self.wide & ~self.met).tolist():
            question = self.questions[number]
            if isinstance(question, StateQuestion):
                found = states_met(question, self.partitions, first, last)
            elif self.rows is not None:  # pragma: no branch - no other question is direct
                found = steps_met(question, self.partitions, self.rows, first, last)
            self.met[number] = any(some.size for some in found)

    def _task(
        self, planned: Planned, first: Longs, last: Longs, limit: int, cursors: list[tuple[int, int]], step: int
    ) -> Callable[[int], Part]:
        """Return the task that sweeps one part, of ``step`` partitions, from its cursor."""

        def run(part: int) -> Part:
            partition, item = cursors[part]
            missing, lacks = np.empty((limit, self.rules.packing.words), np.uint64), np.empty(limit, np.int64)
            narrow, parts, words = planned.narrow, self.partitions, self.rules.packing.words
            rooms = room_for(words, narrow.model), room_for(words, self.rules.model)
            lacking, stop, at = scans.sweep(
                *(parts.shape, (narrow.model, self.rules.model), narrow.rows, parts.items),
                *((self.forest.nodes, self.forest.cells), planned.plan, first, last, self.expanded, self.made),
                *(partition, item, (part + 1) * step, self.met, missing, lacks, rooms, self.seen[part]),
            )
            return int(lacking), missing[:lacking], lacks[:lacking], (int(stop), int(at))

        return run
