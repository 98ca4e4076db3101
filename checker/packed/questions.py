"""Questions to a packed state space, tabulated: only each new combination of values read costs a call of Python."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from typing import Protocol

import numpy as np
from haboot.checker.boundary import ModelError
from haboot.checker.branches import Part, See, Unseen, over
from haboot.checker.core import Value, View
from haboot.checker.packed.decisions import Forest, Path, paths
from haboot.checker.packed.kinds import Grown, Kinds, Made
from haboot.checker.packed.layout import NO, UNKNOWN, YES, Ask, Longs, Shape, Store, Words
from haboot.checker.packed.rules import Rules
from haboot.checker.properties import Move
from haboot.checker.spaces import Query
from haboot.checker.symbolic import WideTest
from haboot.checker.tables import asked, require_slots
from numpy.typing import NDArray

RUNS = 64  # answers computed ahead of a scan
WIDE = 1 << 10  # answers, or those of them that states showed to be missing, from which on a tree is given up
MANY = 1 << 12  # kinds of outcome from which on trees of steps are given up
SEVERAL = 1 << 8  # the same where the question can be put to many steps at once
STEP_RUNS = 64  # the same, of each kind of outcome, ahead of a sweep
ALL_STEP_RUNS = 1 << 17  # shared out among the kinds of outcome where these are many
MISSING, MOST_MISSING = 64, 1 << 12  # answers missing that the first round of a pass notes, and any later one
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

    def __init__(self, rules: Rules, query: Query, forest: Forest | None = None) -> None:
        require_slots(rules.layout, query)
        self.rules, self.query, self.learnt = rules, query, 0
        self.forest = forest or Forest(rules.packing, cut=True)
        self.root = self.forest.taken(1)
        runs, whole = paths(self._answer, rules.domains(query.reads), rules.decisions, WIDE, self._are_enough)
        self.has_many = whole is False
        for path, answer in runs:
            self.forest.grow(self.root, path, dict(path), answer)

    @staticmethod
    def _are_enough(runs: list[tuple[Path, int]]) -> bool:
        return len(runs) >= RUNS

    @property
    def ask(self) -> Ask:
        """The tree."""
        return Ask(self.forest.nodes, self.forest.cells, np.array([self.root]), NO_SIEVE, NO_NUMBERS)

    @property
    def is_wide(self) -> bool:
        """Whether the tree would take too many leaves, so that states had better be asked directly."""
        return self.learnt > WIDE or (self.has_many and self.wide is not None)

    @cached_property
    def wide(self) -> WideTest | None:
        """The question to many states at once, None where it has to be put to each."""
        return WideTest.of(self.rules.symbols, self.query)

    def _answer(self, see: See) -> int:
        values = Part(self.query.reads, see)
        return self.told(View(values, self.query.owner), values)

    def answer(self, words: Words) -> bool:
        """Answer for one packed state."""
        values = self.rules.values(self.query.reads, dict(enumerate(self.rules.packing.decoded(words))))
        return self.told(View(values, self.query.owner), values) == YES

    def told(self, view: View, values: Mapping[str, Value]) -> int:
        """Return the leaf that answers for the values in view."""
        return YES if asked(self.query, view, values) else NO

    def learn(self, states: Words) -> None:
        """Compute the answers that packed states show to be missing."""
        for words in states:
            at = dict(enumerate(self.rules.packing.decoded(words)))
            if self.forest.content(self.root, at) == UNKNOWN:
                values = self.rules.values(self.query.reads, at)
                view = View(values, self.query.owner)
                answer = self.told(view, values)
                self.forest.grow(self.root, self.rules.path(view.read, at), at, answer)
                self.learnt += 1


class StepQuestion:
    """A query over steps: a decision tree for each kind of outcome, by what the query can tell apart.

    With ``ahead`` answers are computed before states ask for them, so that an outcome that never meets the query is
    known to be one; so is one that never meets ``within``, in the same forest, which answers yes wherever this does.
    With ``direct`` set it keeps no answers.
    """

    def __init__(
        self,
        rules: Rules,
        query: Query,
        forest: Forest | None = None,
        *,
        ahead: bool = False,
        within: StepQuestion | None = None,
    ) -> None:
        require_slots(rules.layout, query)
        self.rules, self.query, self.ahead, self.within = rules, query, ahead, within
        self.forest = forest or Forest(rules.packing, cut=True)
        self.domains = rules.domains(query.reads)
        self.watched = frozenset(rules.slots[name][0] for name in query.reads)
        self.direct = False
        self._by_kind = Grown((), np.int64)

    @property
    def is_wide(self) -> bool:
        """Whether there are too many kinds of outcome for trees, so that steps had better be asked directly."""
        if len(self.rules.kinds(self.watched, SEVERAL).first) <= SEVERAL:
            return False
        return self.wide is not None or len(self.rules.kinds(self.watched, MANY).first) > MANY

    @cached_property
    def wide(self) -> WideTest | None:
        """The question to many steps at once, None where it has to be put to each."""
        return WideTest.of(self.rules.symbols, self.query)

    def roots(self, since: int = 0) -> Longs:
        """Return the roots of the trees, by the number of an outcome, from some outcome on."""
        kinds = self._kinds()
        return np.asarray(self._by_kind.filled[kinds.of.filled[since:]], dtype=np.int64)

    def root(self, number: int) -> int:
        """Return the root of the tree for an outcome, by its number."""
        kinds = self._kinds()
        return int(self._by_kind.filled[kinds.of.filled[number]])

    def _kinds(self) -> Kinds:
        kinds = self.rules.kinds(self.watched)
        for number in kinds.first[self._by_kind.count :]:
            self._by_kind.extend([self._root(number)])
        return kinds

    def _root(self, number: int) -> int:
        """Return the root of a tree for outcomes of a new kind, of which one is given by number."""
        root, made = self.forest.taken(1), self.rules.made[number]
        within = None if self.within is None else self.within.root(number)  # which may move the cells
        if within is not None and self.forest.cells[within] == NO:
            self.forest.hold(root, NO)
        elif self.ahead and made.patch is not None:
            self._close(root, made)
        return root

    def _close(self, root: int, made: Made) -> None:
        """Compute the first answers to a kind of outcome: one leaf if they are all alike."""
        if (answer := self._unlooked(made)) is not None:
            self.forest.hold(root, answer)
            return
        slots = self.rules.system.slots
        changed = {slots[place].name: slots[place].domain[index] for place, index in made.patch or ()}
        reads = self.query.reads

        def run(see: See) -> int:
            before = Part(reads, see)
            return self.asked(made.action, made.label, before, Part(reads, over(before, changed)))[0]

        most = max(1, min(STEP_RUNS, ALL_STEP_RUNS // len(self.rules.made)))
        runs, whole = paths(run, self.domains, self.rules.decisions, most, _differ)
        if whole and not _differ(runs):
            self.forest.hold(root, runs[0][1])
        else:
            for path, answer in runs:
                self.forest.grow(root, path, dict(path), answer)

    def _unlooked(self, made: Made) -> int | None:
        """Return the answer to an outcome where no slot is looked at, as for most of them; else None."""
        looked = list[str]()

        def see(name: str) -> Value:
            looked.append(name)
            raise Unseen(name)

        unseen = Part(self.query.reads, see)
        with suppress(Unseen, ModelError):
            answer = self.asked(made.action, made.label, unseen, unseen)[0]
            return None if looked else answer
        return None

    @property
    def ask(self) -> Ask:
        """The trees, by the number of an outcome."""
        roots = self.roots()
        return Ask(self.forest.nodes, self.forest.cells, roots, NO_SIEVE, NO_NUMBERS)

    def answer(self, words: Words, number: int) -> bool:
        """Answer for one outcome, by its number, of a packed state."""
        at = dict(enumerate(self.rules.packing.decoded(words)))
        if self.direct:
            return self._looked_at(self.rules.made[number], at)[0] == YES
        root = self.root(number)
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
        answer, before, after = self._looked_at(made, at)
        patch = dict(made.patch or ())
        unchanged = (name for name in after.read if self.rules.slots[name][0] not in patch)
        path = self.rules.path(dict.fromkeys((*before.read, *unchanged)), at)
        self.forest.grow(root, path, at, answer)

    def _looked_at(self, made: Made, at: Mapping[int, int]) -> tuple[int, View, View]:
        old, new = (self.rules.values(self.query.reads, values) for values in (at, {**at, **dict(made.patch or ())}))
        return self.asked(made.action, made.label, old, new)

    def asked(
        self, action: int, label: int, old: Mapping[str, Value], new: Mapping[str, Value]
    ) -> tuple[int, View, View]:
        """Return the answer to a step by an action with a label, by number, and what was looked at before and after."""
        name = self.rules.layout.names[self.rules.system.actions[action].name]
        before, after = View(old, self.query.owner), View(new, self.query.owner)
        given: dict[str, Mapping[str, Value] | str] = {"before": old, "action": name, "after": new}
        move = Move(before, name, self.rules.layout.labels[label][0], after)
        return self.told(move, given), before, after

    def told(self, move: Move, given: Mapping[str, object]) -> int:
        """Return the leaf that answers for a step."""
        return YES if asked(self.query, move, given) else NO


def _differ(runs: list[tuple[Path, int]]) -> bool:
    """Whether the last of some runs gave another answer than the first."""
    return bool(runs) and runs[-1][1] != runs[0][1]


class Among:
    """The question whether a state has a successor among some states, given by number in ascending order.

    ``inner`` is where they are looked up by these numbers, with its shape, if not among the states that are asked.
    """

    def __init__(
        self,
        numbers: Longs = NO_NUMBERS,
        sieve: NDArray[np.bool_] = NO_SIEVE,
        inner: tuple[Shape, Store] | None = None,
    ) -> None:
        self.ask, self.inner = Ask(np.zeros((1, 4), np.int64), NO_NUMBERS, NO_NUMBERS, sieve, numbers), inner

    def learn(self, states: Words) -> None:
        """Nothing can be missing but outcomes, which are not its own."""
