"""The packed engine: states as words in a partitioned exact table, searched and queried by compiled loops.

Traces need no parent word. From the states that answer a query, at the least level, the levels before are scanned
backwards for the states that lie on a shortest way; then a walk forward takes the first action that stays on one. So a
trace is the same as the graph engine's: of the shortest, the first by order of actions. See docs/packed-engine.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from haboot.checker.boundary import EngineError, ModelError
from haboot.checker.constraints import constrained
from haboot.checker.core import System
from haboot.checker.host import rare_collections
from haboot.checker.limits import LimitError, Limits, Progress
from haboot.checker.packed import scans, steps
from haboot.checker.packed.checkpoint import Checkpoints
from haboot.checker.packed.identity import identity
from haboot.checker.packed.kinds import Made
from haboot.checker.packed.layout import (
    ENVIRONMENT,
    INTO,
    ITEM,
    KNOWN,
    OUTSIDE,
    PARTITIONS,
    STATE,
    STEP,
    TERMINAL,
    Ask,
    Longs,
    Words,
    room_for,
)
from haboot.checker.packed.links import Links, links
from haboot.checker.packed.partitions import PARTS, Partitions
from haboot.checker.packed.questions import (
    MISSING,
    MOST_MISSING,
    NO_NUMBERS,
    Among,
    Question,
    StateQuestion,
    StepQuestion,
)
from haboot.checker.packed.rules import Form, Rules
from haboot.checker.packed.runs import Runs
from haboot.checker.packed.search import SMALL, Search
from haboot.checker.packed.sweeping import Sweep
from haboot.checker.packed.symmetry import STEPS, Symmetry, blocks, speaks_of_states
from haboot.checker.properties import Fairness, Property
from haboot.checker.verdicts import Query, Step, Trace, homes
from numpy.typing import NDArray

Taken = tuple[Words, Made, Words]
Scanned = tuple[Longs, Words, NDArray[np.bool_], tuple[int, int]]
ROUNDS = 64  # times that all states are gone through in search of a way on, before their steps are turned round


@dataclass
class PackedSpace:
    """A state space held in partitions; see StateSpace for what each query promises.

    ``_settled`` holds the questions answered ahead, each with the level of its nearest answer.
    """

    system: System
    rules: Rules
    partitions: Partitions
    expanded: Longs
    generated: int
    depth: int
    bounds_hit: tuple[str, ...]
    fired: Mapping[str, int]
    memory: int
    most_memory: int
    symmetry: Symmetry | None = None
    engine: str = "packed"
    _settled: dict[tuple[int, Query], tuple[Question, int | None]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def distinct(self) -> int:
        """Number of distinct states reached."""
        return self.partitions.distinct

    @property
    def alive(self) -> frozenset[str]:
        """See StateSpace."""
        return frozenset(self.fired) if self.symmetry is None else self.symmetry.images(self.fired)

    @property
    def reductions(self) -> tuple[str, ...]:
        """See StateSpace."""
        return () if self.symmetry is None else (self.symmetry.told(self.distinct),)

    @property
    def sampled(self) -> str:
        """See StateSpace."""
        return "" if self.symmetry is None else self.symmetry.sampled

    def refusal(self, claim: Property) -> str:
        """See StateSpace."""
        return "" if self.symmetry is None else self.symmetry.refusal(claim, self.states)

    def known_states(self) -> Iterator[Words]:
        """All states found, once every outcome of those expanded is known."""
        self._know()
        return self.states()

    def states(self) -> Iterator[Words]:
        """All states found, in parts of shape (states, words)."""
        return (states for _, states in self.partitions.states())

    @rare_collections()
    def settle(
        self, states: Sequence[Query], moves: Sequence[Query], ends: Sequence[Query], *, runs: bool = False
    ) -> None:
        """See StateSpace."""
        if runs:
            with suppress(LimitError):  # said by the questions that cannot do without
                _ = self._links
        kinds = (STATE, states), (STEP, moves), (TERMINAL, ends)
        asked = [(kind, query) for kind, queries in kinds for query in queries]
        self._settled.update(zip(asked, self._swept(asked), strict=True))

    def _swept(self, asked: Sequence[tuple[int, Query]]) -> list[tuple[Question, int | None]]:
        """Return questions, each with the level of its nearest answer."""
        sweep = Sweep(self.rules, self.partitions, self.expanded, asked)
        sweep.run()
        return list(zip(sweep.questions, sweep.level, strict=True))

    def first_state(self, query: Query) -> Trace | None:
        """See StateSpace."""
        return self._trace(self._nearest(STATE, query)[1])

    def first_terminal(self, query: Query) -> Trace | None:
        """See StateSpace."""
        return self._trace(self._nearest(TERMINAL, query)[1])

    def first_step(self, query: Query) -> Trace | None:
        """See StateSpace."""
        question, sources = self._nearest(STEP, query)
        if not sources.size or not isinstance(question, StepQuestion):
            return None
        start, way = self._way(sources)
        words = way[-1][2] if way else start
        numbers = [number for number, made in self.rules.outcomes(words) if made.patch is not None]
        last = self._first(number for number in numbers if question.answer(words, number))
        return self._shown(start, [*way, self._taken(words, last)])

    def first_unable(self, goal: Query, where: Query, *, with_environment: bool = False) -> Trace | None:
        """See StateSpace."""
        graph = self._links
        marks = self.rules.model.marks
        counts = with_environment | (marks & ENVIRONMENT == 0)
        able = np.zeros(self.distinct, bool)
        able[graph.node(self._all(goal))] = True
        able[~graph.expanded] = True
        able[graph.cut_source[(counts & (marks & OUTSIDE == 0))[graph.cut_outcome]]] = True
        queue = np.empty(self.distinct, np.int32)
        if not steps.leading(graph.at, graph.target, graph.outcome, counts, able, queue, ROUNDS):
            steps.backward(*graph.of(counts), able)
        stuck = self._all(where)
        stuck = stuck[~able[graph.node(stuck)]]
        if not stuck.size:
            return None
        level = self.partitions.level_of(stuck)
        first, last = self.partitions.bounds(level)
        item = stuck & ITEM
        return self._trace(stuck[(first[stuck >> 40] <= item) & (item < last[stuck >> 40])])

    def first_lasso(
        self, trigger: Query, goal: Query, fairness: tuple[Fairness, ...], again: Query | None = None
    ) -> Trace | None:
        """See StateSpace."""
        question = None if again is None else StepQuestion(self.rules, again)
        found = self._runs.lasso(self._all(trigger), self._all(goal), fairness, question)
        if found is None:
            return None
        start, way = self._way(self._links.number(np.array([found.start])))
        for step in (*found.way, *found.loop):
            words = way[-1][2] if way else start
            way.append(self._taken(words, int(self._links.outcome[step])))
        return self._shown(start, way, loop=len(way) - len(found.loop))

    @cached_property
    def _links(self) -> Links:
        return links(self.rules, self.partitions, self.expanded, self.most_memory, self._know)

    @cached_property
    def _runs(self) -> Runs:
        return Runs(self.rules, self._links, self._links.node(self._numbers(self._starts)))

    def _know(self) -> None:
        """Learn every outcome of the states expanded."""
        self._scanned(Among(), KNOWN, np.zeros(PARTITIONS, np.int64), self.expanded)

    @cached_property
    def _starts(self) -> Words:
        layout, packing = self.rules.layout, self.rules.packing
        return packing.encoded([layout.encoded(values) for values in self.rules.system.initial])

    def _numbers(self, states: Words) -> Longs:
        found = np.empty(len(states), np.int64)
        state = self.rules.packing.blank()
        scans.numbers(self.partitions.shape, self.rules.model.blocks, self.partitions.index(), states, found, state)
        return found

    def _all(self, query: Query) -> Longs:
        none = np.zeros(PARTITIONS, np.int64)
        return self._scanned(StateQuestion(self.rules, query), STATE, none, self.partitions.found)

    def _nearest(self, kind: int, query: Query) -> tuple[Question, Longs]:
        """Return a question and the states of least level that meet it."""
        known = self._settled.get((kind, query))
        question, level = known or self._swept([(kind, query)])[0]
        if level is None:
            return question, NO_NUMBERS
        first, end = self.partitions.bounds(level)
        last = self.partitions.found if kind == STATE else self.expanded
        return question, self._scanned(question, kind, first, np.minimum(end, last))

    def _scanned(self, question: Question, kind: int, first: Longs, last: Longs) -> Longs:
        """Return the numbers of the states in these ranges that meet a question, ascending."""
        small = bool((last - first).sum() < SMALL)
        parts = 1 if small else PARTS
        step = PARTITIONS // parts
        cursors = [(part * step, int(first[part * step])) for part in range(parts)]
        hits: list[list[Longs]] = [[] for _ in range(parts)]
        limit = MISSING
        while True:
            scan = _Scan(self, question.ask, kind, first, last, limit)
            results = self.partitions.workers.each(scan.part(cursors, step), parts)
            for part, (found, _, _, cursor) in enumerate(results):
                hits[part].append(found)
                cursors[part] = cursor
            lacking = np.concatenate([missing for _, missing, _, _ in results])
            if not lacking.size:
                return np.concatenate([found for part in hits for found in part])
            unknown = np.concatenate([flags for _, _, flags, _ in results])
            self.rules.learn(lacking[unknown])
            question.learn(lacking[~unknown])
            limit = min(4 * limit, MOST_MISSING)

    def _back(self, ends: Longs) -> list[Longs]:
        """Return, by level, the states that lie on a shortest way to some states of one level."""
        layers = [ends]
        for first, last in self.partitions.down(self.partitions.level_of(ends)):
            layers.append(self._before(layers[-1], first, last))
        return layers[::-1]

    def _before(self, layer: Longs, first: Longs, last: Longs) -> Longs:
        """Return the states in these ranges with a step to one of a layer, from the rows of steps if they are made."""
        if "_links" in vars(self):
            return self._links.before(layer, first, last)
        sieve = np.zeros(1 << max(10, int(8 * layer.size).bit_length()), bool)
        state = self.rules.packing.blank()
        scans.sieved(self.partitions.shape, self.partitions.items, layer, sieve, state)
        return self._scanned(Among(layer, sieve), INTO, first, last)

    def _way(self, ends: Longs) -> tuple[Words, list[Taken]]:
        """Return the first of the shortest ways to some states of one level: its initial state and its steps."""
        layers = self._back(ends)
        begins = _among(self._numbers(self._starts), layers[0])
        start = self._starts[self._first(np.flatnonzero(begins))]
        way: list[Taken] = []
        for layer in layers[1:]:
            words = way[-1][2] if way else start
            found = self.rules.outcomes(words)
            steps = [self._taken(words, number) for number, made in found if made.patch is not None]
            reached = np.array([after for _, _, after in steps], np.uint64).reshape(-1, self.rules.packing.words)
            inside = _among(self._numbers(reached), layer)
            way.append(steps[self._first(np.flatnonzero(inside))])
        return start, way

    def _first(self, found: Iterable[int]) -> int:
        """Return the first of what a trace needs; raise where there is none, which no sound search leads to."""
        for one in found:
            return int(one)
        if self.symmetry is not None:
            raise ModelError(f"system '{self.system.name}': its symmetry is none: a state found has no way to it")
        raise EngineError(f"{self.system.name}: a state found has no way to it, as after a checkpoint that was changed")

    def _taken(self, words: Words, number: int) -> Taken:
        keep, put = self.rules.model.patches[number]
        return words, self.rules.made[number], (words & keep) | put

    def _trace(self, ends: Longs) -> Trace | None:
        return self._shown(*self._way(ends)) if ends.size else None

    def _shown(self, start: Words, way: Sequence[Taken], loop: int | None = None) -> Trace:
        layout, packing = self.rules.layout, self.rules.packing
        steps = tuple(
            Step(
                self.system.actions[made.action].name,
                layout.labels[made.label][0],
                layout.decoded(packing.decoded(before)),
                layout.decoded(packing.decoded(after)),
            )
            for before, made, after in way
        )
        return Trace(layout.decoded(packing.decoded(start)), steps, loop, homes(self.system.slots))


def _among(numbers: Longs, layer: Longs) -> NDArray[np.bool_]:
    """Return which numbers are among those of a layer, which are ascending."""
    return np.asarray(np.searchsorted(layer, numbers, "left") < np.searchsorted(layer, numbers, "right"))


@dataclass(frozen=True)
class _Scan:
    """One round of a scan, which a part of the partitions can run from where the last round stopped."""

    space: PackedSpace
    ask: Ask
    kind: int
    first: Longs
    last: Longs
    limit: int

    def part(self, cursors: list[tuple[int, int]], step: int) -> Callable[[int], Scanned]:
        """Return the task that runs one part, of ``step`` partitions, from its cursor."""
        return lambda part: self.run(*cursors[part], (part + 1) * step)

    def run(self, partition: int, item: int, end: int) -> Scanned:
        """Return the hits, the states that lack something, which of them an outcome, and where the first of them is."""
        space = self.space
        rest = self.last[partition:end] - self.first[partition:end]
        hits = np.empty(int(np.maximum(rest, 0).sum()), np.int64)
        missing = np.empty((self.limit, space.rules.packing.words), np.uint64)
        unknown = np.empty(self.limit, bool)
        shape, partitions = space.partitions.shape, space.partitions
        store = partitions.index() if self.kind == INTO else partitions.store
        found, lacking, stop, at = scans.scan(
            *(shape, space.rules.model, store, self.ask, self.kind, self.first, self.last),
            *(partition, item, end, hits, missing, unknown, room_for(space.rules.packing.words, space.rules.model)),
        )
        return hits[:found].copy(), missing[:lacking], unknown[:lacking], (int(stop), int(at))


def explore(
    system: System,
    limits: Limits,
    progress: Progress,
    form: Form | None = None,
    properties: tuple[Property, ...] = (),
) -> PackedSpace:
    """Explore every reachable state, or as many as the limits allow; ``properties`` only identify a checkpoint.

    >>> from haboot.checker import Action, Limits, Slot, System, quiet
    >>> up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 3 else None)
    >>> space = explore(System("count", (Slot("n", range(4)),), ({"n": 0},), (up,)), Limits(), quiet)
    >>> space.distinct, space.generated, space.depth
    (4, 4, 4)
    """
    if limits.symmetry and not system.symmetry:
        raise ModelError(f"system '{system.name}' declares no interchangeable blocks, so there is no symmetry to use")
    if limits.symmetry and properties and not any(map(speaks_of_states, properties)):
        raise ModelError(f"system '{system.name}': {STEPS}")
    search = Search(constrained(system), limits, form or Form(), blocks(system) if limits.symmetry else ())
    symmetry = Symmetry(search.rules) if limits.symmetry else None
    if limits.checkpoint is None:
        search.begin()
        search.run(progress, lambda _: None)
    else:
        named = identity(system, properties, (search.rules.rows, search.rules.runs, limits.symmetry))
        _with_checkpoints(search, Checkpoints(limits.checkpoint, limits.interval, named), progress)
    search.finish()
    purpose = system.constraint and system.constraint.mark
    space = PackedSpace(
        system,
        search.rules,
        search.partitions,
        search.at.expanded,
        search.at.generated,
        search.at.depth,
        tuple(name for name in (*search.at.cut, *search.bounds) if name != purpose),
        {system.actions[action].name: int(search.at.fired[action]) for action in np.flatnonzero(search.at.fired)},
        search.partitions.bytes_with(search.partitions.buckets),
        search.memory,
    )
    if symmetry is not None:
        symmetry.settle(space.known_states)
        space.symmetry = symmetry
    return space


def _with_checkpoints(search: Search, checkpoints: Checkpoints, progress: Progress) -> None:
    if search.limits.resume:
        checkpoints.read(search)
    else:
        checkpoints.require_free()
        search.begin()
        checkpoints.write(search)
    with checkpoints.listening():
        search.run(progress, checkpoints.pause)
        checkpoints.write(search)
