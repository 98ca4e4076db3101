"""A family and the questions to it as the loops of the labelled search read them: with what each outcome needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from haboot.checker.families import Family, unmarked
from haboot.checker.packed import spreading
from haboot.checker.packed.bits import Bits
from haboot.checker.packed.decisions import Forest
from haboot.checker.packed.holding import Labels, Shared
from haboot.checker.packed.kinds import Grown
from haboot.checker.packed.layout import STATE, STEP, Longs, Packing, Plan, Words
from haboot.checker.packed.needing import Answers, OfStates, OfSteps
from haboot.checker.packed.planning import Planner
from haboot.checker.packed.rules import Form, Rules
from haboot.checker.packed.thinned import Thinning
from haboot.checker.spaces import Query
from haboot.checker.tables import Layout
from numpy.typing import NDArray


class Laid:
    """A family's actions, what their outcomes need, and questions; ``shared`` is anew whenever something was learnt."""

    def __init__(self, whole: Family, asked: Sequence[tuple[bool, Query]], bits: Bits, form: Form) -> None:
        self.whole, self.bits = whole, bits
        self.packing, self.layout = Packing(whole.system.slots), Layout(whole.system)
        self.rules = Rules(whole.system, self.layout, self.packing, form)
        self.thinning = Thinning(self.rules, [bits.masks(some) for some in whole.needs])
        self.forest, self.answers = Forest(self.packing, cut=True), Answers()
        questions = [
            (OfSteps if of_steps else OfStates)(whole, self.answers, self.rules, query, self.forest)
            for of_steps, query in asked
        ]
        kinds = [STEP if of_steps else STATE for of_steps, _ in asked]
        self.planner = Planner(self.rules, self.forest, questions, kinds)
        self.labels = Grown((), np.int64), Grown((), np.uint64), Grown((), bool)
        self.labels[0].extend([0])
        self.added = Grown((), np.int64), Grown((), np.uint64)
        self.added[0].extend([0])
        words = self.packing.words
        self.plan = Grown((), np.int64), Grown((), np.int64), Grown((), np.int64), Grown((words,), np.uint64)
        self.plan[2].extend([0])
        self.outcome = Grown((), np.int64)
        self._plan(None)
        self.shared = self._shared()

    def _plan(self, since: int | None) -> None:
        """Lay out the questions, behind those to so many outcomes if any are."""
        plan, outcome = self.planner.planned(range(len(self.planner.questions)), since)
        roots, owners, at, masks = self.plan
        at.extend(roots.count + plan.at[1:])
        roots.extend(plan.roots)
        owners.extend(plan.owners)
        masks.extend(plan.masks)
        self.outcome.extend(outcome)

    def learn(self, states: Words, lacks: Longs, among: NDArray[np.bool_]) -> None:
        """Compute what states lack: an outcome of the actions marked, or the answer of a tree."""
        made = len(self.rules.made)
        numbers = [number for number in self.rules.open if among[number]]
        self.planner.learnt(
            self.shared.plan, self.outcome.filled, states, lacks, lambda some: self._lacking(numbers, some)
        )
        if len(self.rules.made) > made:
            self._plan(made)
        self.shared = self._shared()

    def _lacking(self, numbers: Sequence[int], states: Words) -> Iterator[tuple[int, int]]:
        """Return which of some open actions are not known in which states."""
        roots = np.array([self.rules.open[number] for number in numbers], np.int64)
        pairs, forest = np.empty((roots.size * len(states), 2), np.int64), self.rules.forest
        count = spreading.lacking(forest.nodes, forest.cells, roots, states, self.packing.blank(), pairs)
        yield from ((numbers[one], row) for one, row in pairs[:count].tolist())

    def _shared(self) -> Shared:
        model, labels = self.rules.model, self._labels()
        widest = model.most * int(np.diff(labels.at).max(initial=1))
        trees = self.forest.nodes, self.forest.cells
        plan = Plan(*(one.filled for one in self.plan))
        return Shared(self.packing.shape(1 << 30), model, labels, trees, plan, self._answers(), widest)

    def _labels(self) -> Labels:
        """Return what the outcomes known need, and which of them a bound cuts."""
        at, masks, cut = self.labels
        marks = [unmarked(self.layout.labels[made.label][0]) for made in self.rules.made[cut.count :]]
        some = [self.bits.masks(mark.needs) for mark in marks]
        at.extend(masks.count + np.cumsum([len(one) for one in some], dtype=np.int64))
        masks.extend([mask for one in some for mask in one])
        cut.extend([mark.bound is not None for mark in marks])
        return Labels(at.filled, masks.filled, cut.filled)

    def _answers(self) -> tuple[Longs, Words]:
        """Return what answers add, by leaf: where its sets begin, and the sets."""
        begin, sets = self.added
        for some in islice(self.answers.known, begin.count - 1, None):
            sets.extend(self.bits.masks(some))
            begin.extend([sets.count])
        return begin.filled, sets.filled
