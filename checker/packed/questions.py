"""Questions to a packed state space, tabulated: only each new combination of values read costs a call of Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from haboot.checker.branches import Part, See
from haboot.checker.core import Value, View
from haboot.checker.packed.decisions import Forest, paths
from haboot.checker.packed.layout import UNKNOWN, Ask, Longs, Words
from haboot.checker.packed.rules import Made, Rules
from haboot.checker.properties import Move
from haboot.checker.tables import Patch, asked, require_slots
from haboot.checker.verdicts import Query
from numpy.typing import NDArray

RUNS = 1024  # answers computed ahead of a scan
NO, YES = -3, -4  # leaves; see words.UNKNOWN
NO_NUMBERS: Longs = np.zeros(0, np.int64)
NO_SIEVE = np.zeros(1, bool)


class Question(Protocol):
    """Something that a scan can put to states."""

    @property
    def ask(self) -> Ask:
        """The arrays that the compiled loop reads."""

    def learn(self, states: Words) -> None:
        """Compute the answers that packed states show to be missing."""


class StateQuestion:
    """A query over states as a decision tree."""

    def __init__(self, rules: Rules, query: Query) -> None:
        require_slots(rules.layout, query)
        self.rules, self.query = rules, query
        self.forest = Forest(rules.packing)
        self.root = self.forest.taken(1)
        runs, _ = paths(self._answer, {name: rules.slots[name] for name in query.reads}, RUNS)
        for path, answer in runs:
            self.forest.grow(self.root, path, dict(path), answer)

    @property
    def ask(self) -> Ask:
        """The tree; its root is cell 0."""
        return Ask(self.forest.nodes, self.forest.cells, NO_NUMBERS, NO_SIEVE, NO_NUMBERS)

    def _answer(self, see: See) -> int:
        values = Part(self.query.reads, see)
        return YES if asked(self.query, View(values, self.query.owner), values) else NO

    def learn(self, states: Words) -> None:
        """Compute the answers that packed states show to be missing."""
        for words in states:
            at = dict(enumerate(self.rules.packing.decoded(words)))
            if self.forest.content(self.root, at) == UNKNOWN:
                values = self.rules.values(self.query.reads, at)
                view = View(values, self.query.owner)
                answer = YES if asked(self.query, view, values) else NO
                self.forest.grow(self.root, self.rules.path(view.read, at), at, answer)


class StepQuestion:
    """A query over steps: a decision tree for each kind of outcome, by what the query can tell apart."""

    def __init__(self, rules: Rules, query: Query) -> None:
        require_slots(rules.layout, query)
        self.rules, self.query = rules, query
        self.forest = Forest(rules.packing)
        self.root_of: dict[tuple[int, int, Patch], int] = {}
        self.watched = {rules.slots[name][0] for name in query.reads}
        self.roots = NO_NUMBERS
        self._admit()

    def _admit(self) -> None:
        """Take in outcomes learnt since the last time."""
        fresh = [self._root(made) for made in self.rules.made[self.roots.size :]]
        if fresh:
            self.roots = np.concatenate([self.roots, np.array(fresh, np.int64)])

    def _root(self, made: Made) -> int:
        patch = tuple(one for one in made.patch or () if one[0] in self.watched)
        key = made.action, made.label, patch
        if key not in self.root_of:
            self.root_of[key] = self.forest.taken(1)
        return self.root_of[key]

    @property
    def ask(self) -> Ask:
        """The trees, by the number of an outcome."""
        self._admit()
        return Ask(self.forest.nodes, self.forest.cells, self.roots, NO_SIEVE, NO_NUMBERS)

    def answer(self, words: Words, number: int) -> bool:
        """Answer for one outcome, by its number, of a packed state."""
        self._admit()
        at, root = dict(enumerate(self.rules.packing.decoded(words))), int(self.roots[number])
        if self.forest.content(root, at) == UNKNOWN:
            self._evaluate(root, self.rules.made[number], at)
        return self.forest.content(root, at) == YES

    def learn(self, states: Words) -> None:
        """Compute the answers that packed states show to be missing."""
        for words in states:
            for number, made in self.rules.outcomes(words):
                if made.patch is not None:
                    self.answer(words, number)

    def _evaluate(self, root: int, made: Made, at: Mapping[int, int]) -> None:
        patch, reads, owner = dict(made.patch or ()), self.query.reads, self.query.owner
        old, new = (self.rules.values(reads, values) for values in (at, {**at, **patch}))
        action = self.rules.layout.names[self.rules.system.actions[made.action].name]
        events = self.rules.layout.labels[made.label][0]
        before, after = View(old, owner), View(new, owner)
        given: dict[str, Mapping[str, Value] | str] = {"before": old, "action": action, "after": new}
        answer = YES if asked(self.query, Move(before, action, events, after), given) else NO
        unchanged = (name for name in after.read if self.rules.slots[name][0] not in patch)
        path = self.rules.path(dict.fromkeys((*before.read, *unchanged)), at)
        self.forest.grow(root, path, at, answer)


class Among:
    """The question whether a state has a successor among some states, given by number in ascending order."""

    def __init__(self, numbers: Longs = NO_NUMBERS, sieve: NDArray[np.bool_] = NO_SIEVE) -> None:
        self.ask = Ask(np.zeros((1, 4), np.int64), NO_NUMBERS, NO_NUMBERS, sieve, numbers)

    def learn(self, states: Words) -> None:
        """Nothing can be missing but outcomes, which are not its own."""
