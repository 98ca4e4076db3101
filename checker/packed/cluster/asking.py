"""Questions put to the states of all shards; what answers lack is evaluated here and told to all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from haboot.checker.packed import direct
from haboot.checker.packed.cluster.crew import Crew
from haboot.checker.packed.cluster.search import ClusterSearch
from haboot.checker.packed.cluster.terms import Narrow, Sought, Sweeping, Swept
from haboot.checker.packed.layout import STATE
from haboot.checker.packed.questions import MISSING, MOST_MISSING, Question, StateQuestion
from haboot.checker.packed.sweeping import Planned, Questions
from haboot.checker.spaces import Query
from numpy.typing import NDArray

FAR = 1 << 62  # a level beyond all


class Asking:
    """Puts questions to the shards of a search that has ended."""

    def __init__(self, search: ClusterSearch, crew: Crew) -> None:
        self.search, self.crew, self.rules = search, crew, search.rules

    def tell(self) -> None:
        """Tell the shards what outcomes have been evaluated since they were told."""
        if self.rules.model is not self.search.known:
            self.crew.reduce("learn", self.search.fresh())

    def nearest(self, asked: Sequence[tuple[int, Query]]) -> list[tuple[Question, int | None]]:
        """Return questions, each with the level of its nearest answer."""
        questions = Questions(self.rules, asked, rows=False)
        best = np.full(len(asked), FAR)
        self._sweep(questions, best)
        for number in np.flatnonzero(questions.wide).tolist():
            question = questions.questions[number]
            if isinstance(question, StateQuestion):  # pragma: no branch - no other question is wide without rows
                best[number] = self._nearest_directly(question, int(best[number]))
        levels = [None if level == FAR else level for level in best.tolist()]
        return list(zip(questions.questions, levels, strict=True))

    def _sweep(self, questions: Questions, best: NDArray[np.int64]) -> None:
        """Let each shard go through its levels, and note where questions are met first of all."""
        reached, own = np.zeros(self.crew.size, np.int64), np.zeros((self.crew.size, best.size), bool)
        anew, limit = True, MISSING
        while True:
            questions.met = best <= reached.min()
            if questions.met.all() or reached.min() == FAR:
                return
            self.tell()
            planned = questions.planned()
            sweeping = _sweeping(questions, planned, limit)
            met = [own[shard] | (best <= reached[shard]) | questions.wide for shard in range(self.crew.size)]
            results: list[Swept] = self.crew.each("sweep", [(sweeping, one, anew) for one in met])
            for shard, swept in enumerate(results):
                reached[shard] = FAR if swept.done else swept.level
                for number, level in swept.met:
                    own[shard, number], best[number] = True, min(best[number], level)
            for swept in results:
                questions.learn(planned, swept.missing, swept.lacks)
            anew, limit = False, min(4 * limit, MOST_MISSING)

    def _nearest_directly(self, question: StateQuestion, best: int) -> int:
        """Return the least level where a state meets a question, asked directly; ``best`` where that is none before."""
        for level in range(min(best, self.search.levels + 1)):
            if any(answers.any() for answers in self._answers(question, level)):
                return level
        return best

    def _answers(self, question: StateQuestion, level: int) -> Iterator[NDArray[np.bool_]]:
        """Ask the states of a level directly, some of each shard at a time; return the answers of these."""
        rules, part, ends = self.rules, 0, [False] * self.crew.size
        mask = rules.packing.mask(rules.slots[name][0] for name in question.query.reads)
        while not all(ends):
            told = self.crew.reduce("distinct", level, mask, part)
            answers = [direct.state_answers(question, states) for states, _ in told]
            self.crew.each("choose", [(level, one, part == 0) for one in answers])
            yield np.concatenate(answers)
            ends, part = [end for _, end in told], part + 1

    def layer(self, question: Question, kind: int, level: int) -> None:
        """Let the shards find the states of a level that meet a question: the last layer of ways."""
        if kind == STATE and isinstance(question, StateQuestion) and question.is_wide:
            for _ in self._answers(question, level):
                pass
            return
        anew, limit = True, MISSING
        while True:
            self.tell()
            sought: list[Sought] = self.crew.reduce("seek", question.ask, kind, level, limit, anew)
            if not self._learn(question, sought):
                return
            anew, limit = False, min(4 * limit, MOST_MISSING)

    def before(self, level: int) -> None:
        """Let the shards find the layer of a level from the one after it."""
        batches = self.crew.share("layer", level + 1)
        while True:
            self.tell()
            sought: list[Sought] = self.crew.reduce("before", level, MOST_MISSING, *batches)
            if not self._learn(None, sought):
                return
            batches = []

    def _learn(self, question: Question | None, sought: Sequence[Sought]) -> bool:
        """Evaluate what states lack; return whether any did."""
        for one in sought:
            self.rules.learn(one.missing[one.unknown])
            if question is not None:
                question.learn(one.missing[~one.unknown])
        return any(len(one.missing) for one in sought)


def _sweeping(questions: Questions, planned: Planned, limit: int) -> Sweeping:
    narrow = planned.narrow
    model = narrow.model
    own = Narrow(model.chunks, model.slices, model.groups, model.buckets, model.entries, narrow.rows)
    return Sweeping(questions.forest.nodes, questions.forest.cells, planned.plan, own, limit)
