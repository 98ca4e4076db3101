"""The packed engine: states as words in a partitioned exact table, searched and queried by compiled loops.

Traces need no parent word. From the states that answer a query, at the least level, the levels before are scanned
backwards for the states that lie on a shortest way; then a walk forward takes the first action that stays on one. So a
trace is the same as the graph engine's: of the shortest, the first by order of actions. See docs/packed-engine.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from haboot.checker import scans
from haboot.checker.asks import Among, Question, StateQuestion, StepQuestion
from haboot.checker.checkpoint import Checkpoints, fingerprint
from haboot.checker.core import ModelError, System
from haboot.checker.limits import Limits, Progress
from haboot.checker.links import Links, links
from haboot.checker.partitions import PARTS, Partitions
from haboot.checker.properties import Fairness, Property
from haboot.checker.rules import Form, Made, Rules
from haboot.checker.search import SMALL, Search
from haboot.checker.symmetry import SAMPLES, blocks, orbit_sizes, require_automorphisms
from haboot.checker.verdicts import Query, Step, Trace
from haboot.checker.words import INTO, ITEM, PARTITIONS, STATE, STEP, TERMINAL, Ask, Longs, Words

Taken = tuple[Words, Made, Words]


@dataclass
class PackedSpace:
    """A state space held in partitions; see StateSpace for what each query promises."""

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
    reductions: tuple[str, ...] = ()
    engine: str = "packed"

    @property
    def distinct(self) -> int:
        """Number of distinct states reached."""
        return self.partitions.distinct

    def first_state(self, query: Query) -> Trace | None:
        """See StateSpace."""
        return self._trace(self._nearest(StateQuestion(self.rules, query), STATE, self.partitions.found))

    def first_terminal(self, query: Query) -> Trace | None:
        """See StateSpace."""
        return self._trace(self._nearest(StateQuestion(self.rules, query), TERMINAL, self.expanded))

    def first_step(self, query: Query) -> Trace | None:
        """See StateSpace."""
        question = StepQuestion(self.rules, query)
        sources = self._nearest(question, STEP, self.expanded)
        if not sources.size:
            return None
        start, way = self._way(sources)
        words = way[-1][2] if way else start
        last = next(
            number
            for number, made in self.rules.outcomes(words)
            if made.patch is not None and question.answer(words, number)
        )
        return self._shown(start, [*way, self._taken(words, last)])

    def first_unable(self, goal: Query, where: Query) -> Trace | None:
        """See StateSpace."""
        graph = self._links
        able = np.zeros(self.distinct, bool)
        able[graph.node(self._all(goal))] = True
        able[~graph.expanded] = True
        scans.backward(graph.at, graph.target, able)
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
        from haboot.checker.runs import runs  # noqa: PLC0415 - loads scipy

        whole = runs(self.rules, self._links, self._numbers(self._starts))
        found = whole.lasso(self._all(trigger), self._all(goal), fairness, again)
        if found is None:
            return None
        start, way = self._way(self._links.number(whole.order[[found.start]]))
        for step in (*found.way, *found.loop):
            words = way[-1][2] if way else start
            way.append(self._taken(words, int(whole.outcome[step])))
        return self._shown(start, way, loop=len(way) - len(found.loop))

    @cached_property
    def _links(self) -> Links:
        return links(self.rules, self.partitions, self.expanded, self.most_memory)

    @cached_property
    def _starts(self) -> Words:
        encoded = (self.rules.layout.encoded(values) for values in self.system.initial)
        return np.stack([self.rules.packing.encoded(state) for state in encoded])

    def _numbers(self, states: Words) -> Longs:
        found = scans.numbers(self.partitions.shape, self.rules.model, self.partitions.index(), states)
        return np.asarray(found, dtype=np.int64)

    def _all(self, query: Query) -> Longs:
        none = np.zeros(PARTITIONS, np.int64)
        return self._scanned(StateQuestion(self.rules, query), STATE, none, self.partitions.found)

    def _nearest(self, question: Question, kind: int, last: Longs) -> Longs:
        """Return the states of least level that meet a question, among the first ``last`` items of each partition."""
        some = self._scanned(question, kind, np.zeros(PARTITIONS, np.int64), last, once=True)
        if not some.size:
            return some
        first, end = self.partitions.bounds(self.partitions.level_of(some))
        return self._scanned(question, kind, first, np.minimum(end, last))

    def _scanned(self, question: Question, kind: int, first: Longs, last: Longs, *, once: bool = False) -> Longs:
        """Return the numbers of the states in these ranges that meet a question, ascending."""
        small = bool((last - first).sum() < SMALL)
        parts = 1 if small else PARTS
        step = PARTITIONS // parts
        cursors = [(part * step, int(first[part * step])) for part in range(parts)]
        hits: list[list[Longs]] = [[] for _ in range(parts)]
        limit = 64
        while True:
            scan = _Scan(self, question.ask, kind, first, last, once, limit)
            results = self.partitions.workers.each(scan.part(cursors, step), parts)
            for part, (found, _, cursor) in enumerate(results):
                hits[part].append(found)
                cursors[part] = cursor
            lacking = np.concatenate([missing for _, missing, _ in results])
            if not lacking.size:
                return np.concatenate([found for part in hits for found in part])
            question.learn(lacking)
            limit = min(4 * limit, 1 << 12)

    def _back(self, ends: Longs) -> list[Longs]:
        """Return, by level, the states that lie on a shortest way to some states of one level."""
        layers = [ends]
        for first, last in self.partitions.down(self.partitions.level_of(ends)):
            sieve = np.zeros(1 << max(10, int(8 * layers[-1].size).bit_length()), bool)
            scans.sieved(self.partitions.shape, self.partitions.items, layers[-1], sieve)
            layers.append(self._scanned(Among(layers[-1], sieve), INTO, first, last))
        return layers[::-1]

    def _way(self, ends: Longs) -> tuple[Words, list[Taken]]:
        """Return the first of the shortest ways to some states of one level: its initial state and its steps."""
        layers = self._back(ends)
        begins = np.isin(self._numbers(self._starts), layers[0])
        start = self._starts[int(np.flatnonzero(begins)[0])]
        way: list[Taken] = []
        for layer in layers[1:]:
            words = way[-1][2] if way else start
            found = self.rules.outcomes(words)
            steps = [self._taken(words, number) for number, made in found if made.patch is not None]
            inside = np.isin(self._numbers(np.stack([after for _, _, after in steps])), layer)
            way.append(steps[int(np.flatnonzero(inside)[0])])
        return start, way

    def _taken(self, words: Words, number: int) -> Taken:
        keep, put = self.rules.patches[number]
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
        return Trace(layout.decoded(packing.decoded(start)), steps, loop)


@dataclass(frozen=True)
class _Scan:
    """One round of a scan, which a part of the partitions can run from where the last round stopped."""

    space: PackedSpace
    ask: Ask
    kind: int
    first: Longs
    last: Longs
    once: bool
    limit: int

    def part(self, cursors: list[tuple[int, int]], step: int) -> Callable[[int], tuple[Longs, Words, tuple[int, int]]]:
        """Return the task that runs one part, of ``step`` partitions, from its cursor."""
        return lambda part: self.run(*cursors[part], (part + 1) * step)

    def run(self, partition: int, item: int, end: int) -> tuple[Longs, Words, tuple[int, int]]:
        """Return the hits, the states with missing answers, and where the first of these is."""
        space = self.space
        rest = self.last[partition:end] - self.first[partition:end]
        hits = np.empty(end - partition if self.once else int(np.maximum(rest, 0).sum()), np.int64)
        missing = np.empty((self.limit, space.rules.packing.words), np.uint64)
        shape, partitions = space.partitions.shape, space.partitions
        store = partitions.index() if self.kind == INTO else partitions.store
        found, lacking, stop, at = scans.scan(
            *(shape, space.rules.model, store, self.ask, self.kind, self.first, self.last),
            *(partition, item, end, self.once, hits, missing),
        )
        return hits[:found].copy(), missing[:lacking], (int(stop), int(at))


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
    search = Search(system, limits, form or Form(), blocks(system) if limits.symmetry else ())
    if limits.checkpoint is None:
        search.begin()
        search.run(progress, lambda _: None)
    else:
        identity = fingerprint(search.rules, properties)
        _with_checkpoints(search, Checkpoints(limits.checkpoint, limits.interval, identity), progress)
    search.finish()
    space = PackedSpace(
        system,
        search.rules,
        search.partitions,
        search.at.expanded,
        search.at.generated,
        search.at.depth,
        (*search.at.cut, *search.bounds),
        {system.actions[action].name: int(search.at.fired[action]) for action in np.flatnonzero(search.at.fired)},
        search.partitions.bytes_with(search.partitions.buckets),
        search.memory,
    )
    if limits.symmetry:
        space.reductions = (_reduction(space),)
    return space


def _with_checkpoints(search: Search, checkpoints: Checkpoints, progress: Progress) -> None:
    if search.limits.resume:
        checkpoints.read(search)
    else:
        search.begin()
        checkpoints.write(search)
    with checkpoints.listening():
        search.run(progress, checkpoints.pause)
        checkpoints.write(search)


def _reduction(space: PackedSpace) -> str:
    """Test the declared symmetry on some of the states found, and say what it saved."""
    found, total = space.partitions.found, 0
    for partition in np.flatnonzero(found).tolist():
        numbers = (partition << 40) | np.arange(found[partition])
        states = scans.loaded(space.partitions.shape, space.partitions.items, numbers)
        total += int(orbit_sizes(space.rules.packing.blocks, states).sum())
    step = max(1, space.distinct // SAMPLES)
    some = np.arange(0, space.distinct, step)
    first = np.cumsum(found) - found
    home = np.searchsorted(np.cumsum(found), some, "right")
    numbers = (home << 40) | (some - first[home])
    require_automorphisms(space.rules, scans.loaded(space.partitions.shape, space.partitions.items, numbers))
    return f"symmetry: {space.distinct:,} orbits stand for {total:,} states"
