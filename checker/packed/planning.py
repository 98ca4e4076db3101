"""Many questions laid out for a loop that puts all of them, and what is missing learnt: an outcome, or an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

import numpy as np
from haboot.checker.packed.decisions import Forest
from haboot.checker.packed.layout import CUT, NO, STATE, Longs, Plan, Words
from haboot.checker.packed.questions import NO_NUMBERS, StateQuestion, StepQuestion
from haboot.checker.packed.rules import Rules

Wanted: TypeAlias = Callable[[Words], Iterable[tuple[int, int]]]
NO_TREES = NO_NUMBERS, NO_NUMBERS, NO_NUMBERS


class Planner:
    """Questions, each of a kind, whose trees are in one forest."""

    def __init__(
        self, rules: Rules, forest: Forest, questions: Sequence[StateQuestion | StepQuestion], kinds: Sequence[int]
    ) -> None:
        self.rules, self.forest, self.questions, self.kinds = rules, forest, questions, kinds
        reads = [rules.packing.mask(rules.slots[name][0] for name in one.query.reads) for one in questions]
        self.reads = np.array(reads, np.uint64).reshape(-1, rules.packing.words)

    def planned(self, some: Iterable[int], since: int | None = None) -> tuple[Plan, Longs]:
        """Return the trees of some questions, and the outcome that each is about; see Plan.

        With ``since`` it is what comes behind the plan of so many outcomes, of those that have come since alone.
        """
        groups = [NO_TREES, *(self._trees(number, since) for number in some)]
        group, root, owner = (np.concatenate([part[n] for part in groups]) for n in range(3))
        order = np.argsort(group, kind="stable")
        first, made = 0 if since is None else since + 2, len(self.rules.made)
        at = np.searchsorted(group[order], np.arange(first, made + 3))
        masks = self._masks(group - first, owner, made + 2 - first)
        return Plan(root[order], owner[order], at, masks), group[order] - 2

    def _masks(self, group: Longs, owner: Longs, groups: int) -> Words:
        """Return the bits that the questions of each group read."""
        masks = np.zeros((groups, self.rules.packing.words), np.uint64)
        np.bitwise_or.at(masks, group, self.reads[owner])
        return masks

    def _trees(self, number: int, since: int | None) -> tuple[Longs, Longs, Longs]:
        """Return the groups, roots and owners of a question's trees; see Plan."""
        question = self.questions[number]
        if isinstance(question, StepQuestion):
            first = since or 0
            roots = question.roots(first)
            taken = (self.rules.model.marks[first:] & CUT) == 0
            outcomes = np.flatnonzero(taken & (self.forest.cells[roots] != NO))
            group, root = outcomes + first + 2, roots[outcomes]
        elif since is not None:
            return NO_TREES
        else:
            group = np.array([0 if self.kinds[number] == STATE else 1])
            root = np.array([question.root])
        return group, root, np.full(root.size, number)

    def learnt(
        self, plan: Plan, outcome: Longs, states: Words, lacks: Longs, wanted: Wanted | None = None
    ) -> list[int]:
        """Compute what states lack: an outcome (-1), or the answer of a tree; return which questions to states.

        Outcomes are those of all actions, or what is ``wanted`` of these states; see Rules.
        """
        if (lacks < 0).any():
            some = states[lacks < 0]
            self.rules.learn(some, wanted and wanted(some))
        owners = list[int]()
        for number in np.flatnonzero(lacks >= 0).tolist():
            tree = int(lacks[number])
            owner = int(plan.owners[tree])
            question = self.questions[owner]
            if isinstance(question, StepQuestion):
                question.answer(states[number], int(outcome[tree]))
            else:
                question.learn(states[number][None])
                owners.append(owner)
        return owners
