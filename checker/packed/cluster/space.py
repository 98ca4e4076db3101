"""A state space whose states lie with shards; see StateSpace for what each query promises.

States and steps are asked about where they are. Whatever needs the whole graph brings the states to this process, as
far as its memory reaches, and asks the packed engine.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import pairwise
from typing import Protocol, TypeAlias, TypeVar

import numpy as np
from haboot.checker.core import System
from haboot.checker.limits import LimitError, Limits, quiet
from haboot.checker.packed.arrays import PackedArrays
from haboot.checker.packed.cluster.asking import Asking
from haboot.checker.packed.cluster.carriers import LostError
from haboot.checker.packed.cluster.crew import Crew
from haboot.checker.packed.cluster.search import ClusterSearch
from haboot.checker.packed.cluster.terms import cuts
from haboot.checker.packed.cluster.ways import Layered
from haboot.checker.packed.layout import STATE, STEP, TERMINAL, Longs
from haboot.checker.packed.partitions import Batch, Partitions, Workers, lay_out
from haboot.checker.packed.questions import Question, StepQuestion
from haboot.checker.packed.sweeping import by_kind
from haboot.checker.packed.traces import Walks
from haboot.checker.properties import Property
from haboot.checker.spaces import Due, Query, RunQuery, StateSpace, space_sheet, spelled_space
from haboot.checker.traces import Trace

T = TypeVar("T")
AT_ONCE = 64  # partitions that are brought here at a time


class Whole(StateSpace, Protocol):
    """A space with all states in one process."""

    def arrays(self) -> PackedArrays:
        """Return its states and steps as arrays."""


Making: TypeAlias = Callable[..., Whole]  # makes one, as PackedSpace is made


class ClusterSpace:
    """A state space held by shards; ``making`` makes one in this process where a question needs that."""

    engine = "cluster"
    reductions: tuple[str, ...] = ()
    sampled = ""

    def __init__(self, system: System, search: ClusterSearch, crew: Crew, limits: Limits, making: Making) -> None:
        self.system, self.search, self.crew, self.limits, self.making = system, search, crew, limits, making
        self.distinct, self.generated, self.depth = search.distinct, search.generated, search.depth
        purpose = system.constraint and system.constraint.mark
        self.bounds_hit = tuple(name for name in (*search.cut, *search.bounds) if name != purpose)
        counts = enumerate(search.fired.tolist())
        self.fired: Mapping[str, int] = {system.actions[action].name: count for action, count in counts if count}
        self.asking, self.walks = Asking(search, crew), Walks(search.rules)
        self._settled: dict[tuple[int, Query], tuple[Question, int | None]] = {}
        self._expected: Sequence[RunQuery] = ()
        weakref.finalize(self, crew.carrier.close)

    def __repr__(self) -> str:
        return spelled_space(self)

    def _repr_html_(self) -> str:
        return space_sheet(self)

    @property
    def alive(self) -> frozenset[str]:
        """See StateSpace."""
        return frozenset(self.fired)

    def refusal(self, claim: Property) -> str:  # noqa: ARG002 - see StateSpace
        """See StateSpace."""
        return ""

    def unreduced(self) -> None:
        """See StateSpace; no reduction is in force here."""

    def settle(self, due: Due) -> None:
        """See StateSpace."""
        self._expected = due.runs
        asked = by_kind(due)
        with suppress(LimitError):  # said by each question
            self._settled.update(zip(asked, self._again(lambda: self.asking.nearest(asked)), strict=True))

    def _again(self, task: Callable[[], T]) -> T:
        """Return what a task returns, done again where shards are lost, once they hold again what they held."""
        while True:
            try:
                return task()
            except LostError as error:
                if self.search.bounds:
                    raise LimitError(f"the loss of an actor after the search ({error})") from error
                self.search.recover(error)
                self.search.complete(quiet)

    def first_state(self, query: Query) -> Trace | None:
        """See StateSpace."""
        return self._again(lambda: self._to(STATE, query))

    def first_terminal(self, query: Query) -> Trace | None:
        """See StateSpace."""
        return self._again(lambda: self._to(TERMINAL, query))

    def first_step(self, query: Query) -> Trace | None:
        """See StateSpace."""
        return self._again(lambda: self._to(STEP, query))

    def is_met(self, query: Query, *, by_step: bool) -> bool:
        """See StateSpace."""
        return self._again(lambda: self._leveled(STEP if by_step else STATE, query))[1] is not None

    def _leveled(self, kind: int, query: Query) -> tuple[Question, int | None]:
        """Return a question with the level of its nearest answer."""
        return self._settled.get((kind, query)) or self.asking.nearest([(kind, query)])[0]

    def _to(self, kind: int, query: Query) -> Trace | None:
        """Return the first of the shortest traces to a state, or by a step, that meets a query."""
        question, level = self._leveled(kind, query)
        if level is None:
            return None
        self.asking.layer(question, kind, level)
        start, way = Layered(self.asking, self.walks).to(level)
        if isinstance(question, StepQuestion):
            way = [*way, self.walks.first_taken(way[-1][2] if way else start, question.answer)]
        return self.walks.shown(start, way)

    def first_unable(self, goal: Query, where: Query, *, with_environment: bool = False) -> Trace | None:
        """See StateSpace."""
        return self._gathered.first_unable(goal, where, with_environment=with_environment)

    def first_lasso(self, asked: RunQuery) -> Trace | None:
        """See StateSpace."""
        return self._gathered.first_lasso(asked)

    def arrays(self) -> PackedArrays:
        """Return its states and steps as arrays; raises LimitError where they take more memory than is allowed."""
        return self._gathered.arrays()

    @cached_property
    def _gathered(self) -> Whole:
        """The same space with all states in this process; raises LimitError where its memory does not hold them."""
        return self._again(self._brought)

    def _brought(self) -> Whole:
        search, workers = self.search, Workers(self.limits.workers or 1)
        partitions = Partitions(search.packing, workers)
        told = self.crew.reduce("bounds")
        partitions.found = np.asarray(sum(found for found, _, _ in told), dtype=np.int64)
        expanded: Longs = np.asarray(sum(done for _, done, _ in told), dtype=np.int64)
        self._require_room(partitions)
        for levels in zip(*(levels for _, _, levels in told), strict=True):
            some, count = (np.concatenate([level[part] for level in levels]) for part in (0, 1))
            partitions.levels += [(some, count)] if some.size else []
        self._bring(partitions)
        partitions.fit()
        space = self.making(
            self.system,
            search.rules,
            partitions,
            expanded,
            self.generated,
            self.depth,
            self.bounds_hit,
            self.fired,
            partitions.bytes_with(partitions.buckets),
            self.limits.memory,
            engine=self.engine,
        )
        space.settle(Due(runs=[*self._expected]))
        return space

    def _require_room(self, partitions: Partitions) -> None:
        """Raise LimitError where the states, counted by partition, need more memory than there is."""
        fits = int(partitions.found.max()) <= partitions.shape.cap
        if fits:
            partitions.widen()
        need = partitions.bytes_with(partitions.buckets)
        if not fits or need > self.limits.memory:
            told = f"max-memory {self.limits.memory:,} bytes: on one machine its {self.distinct:,} states need"
            raise LimitError(f"{told} some {need:,}")

    def _bring(self, partitions: Partitions) -> None:
        """Bring the items of all shards here."""
        ends = cuts(self.crew.size)
        for shard, (begin, end) in enumerate(pairwise(ends)):
            for lo in range(begin, end, AT_ONCE):
                hi = min(end, lo + AT_ONCE)
                parcel = self.crew.send(shard, "fetch", (lo, hi))[0]
                batch: Batch = self.crew.carrier.opened(parcel)
                lay_out(batch, partitions.rows[lo:hi])
