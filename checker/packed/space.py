"""The packed engine: states as words in a partitioned exact table, searched and queried by compiled loops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import numpy as np
from haboot.checker.boundary import EngineError, ModelError
from haboot.checker.constraints import constrained
from haboot.checker.core import System
from haboot.checker.host import rare_collections
from haboot.checker.lasso import Bools
from haboot.checker.limits import LimitError, Limits, Progress, quiet
from haboot.checker.opening import opened
from haboot.checker.packed import steps
from haboot.checker.packed.arrays import PackedArrays
from haboot.checker.packed.checkpoint import Checkpoints
from haboot.checker.packed.identity import identity
from haboot.checker.packed.invariance import RUN_KINDS, Invariance, is_preserved
from haboot.checker.packed.layout import (
    ENVIRONMENT,
    ITEM,
    KNOWN,
    OUTSIDE,
    PARTITIONS,
    STATE,
    STEP,
    TERMINAL,
    Longs,
    Words,
)
from haboot.checker.packed.links import Links, links, require_room
from haboot.checker.packed.partitions import Partitions
from haboot.checker.packed.permuting import Permutations
from haboot.checker.packed.questions import NO_NUMBERS, Among, Question, StateQuestion, StepQuestion
from haboot.checker.packed.reducing import ReducedSearch
from haboot.checker.packed.rules import Form, Rules
from haboot.checker.packed.runs import Runs, Sought
from haboot.checker.packed.scanning import scanned, steps_met
from haboot.checker.packed.search import Search
from haboot.checker.packed.spilling import Spilling
from haboot.checker.packed.sweeping import Sweep, by_kind
from haboot.checker.packed.symmetry import Symmetry
from haboot.checker.packed.traces import Way, Ways
from haboot.checker.properties import Property
from haboot.checker.slots import OutgrownError
from haboot.checker.spaces import Due, Query, RunQuery, space_sheet, spelled_space
from haboot.checker.stubborn import Reduction
from haboot.checker.traces import Trace

UNREDUCED = 1_000_000  # states of a whole space that are explored for what orbits do not answer, at most
ROUNDS = 64  # times that all states are gone through in search of a way on, before their steps are turned round


@dataclass(repr=False)
class PackedSpace:
    """A state space held in partitions; see StateSpace for what each query promises.

    ``_settled`` holds the questions answered ahead, each with the level of its nearest answer. ``_expected`` are those
    about runs that will be asked, in order, and ``_ahead`` is what was found for some of them.
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
    reduction: Reduction | None = None
    engine: str = "packed"
    limits: Limits = field(default_factory=Limits)
    _expected: list[RunQuery] = field(default_factory=list, init=False, repr=False, compare=False)
    _ahead: dict[RunQuery, tuple[Sought, Bools]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _settled: dict[tuple[int, Query], tuple[Question, int | None]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __repr__(self) -> str:
        return spelled_space(self)

    def _repr_html_(self) -> str:
        return space_sheet(self)

    @property
    def distinct(self) -> int:
        """Number of distinct states reached."""
        return self.partitions.distinct

    @property
    def alive(self) -> frozenset[str]:
        """See StateSpace."""
        if self.reduction is not None:
            return frozenset(self.rules.layout.names)
        return frozenset(self.fired) if self.symmetry is None else self.symmetry.images(self.fired)

    @property
    def reductions(self) -> tuple[str, ...]:
        """See StateSpace."""
        used = (self.symmetry, self.reduction)
        return tuple(one.told(self.distinct) for one in used if one is not None)

    @property
    def sampled(self) -> str:
        """See StateSpace."""
        return "" if self.symmetry is None else self.symmetry.sampled

    def refusal(self, claim: Property) -> str:
        """See StateSpace."""
        if self.reduction is not None:
            return self.reduction.refusal(claim)
        return "" if self._invariance is None else self._invariance.refusal(claim)

    def unreduced(self) -> PackedSpace | None:
        """See StateSpace: where orbits are proven to stand for few enough states."""
        return self._unreduced

    def known_states(self) -> Iterator[Words]:
        """All states found, once every outcome of those expanded is known."""
        self._know()
        return self.states()

    def states(self) -> Iterator[Words]:
        """All states found, in parts of shape (states, words)."""
        return (states for _, states in self.partitions.states())

    @rare_collections()
    def settle(self, due: Due) -> None:
        """See StateSpace."""
        self._expected[:] = due.runs
        beside, wants_links = self.partitions.workers.beside, self._wants_links(due)
        made = beside(self._make_links if wants_links else _nothing)
        asked = by_kind(due)
        sweep = Sweep(self.rules, self.partitions, self.expanded, asked, rows=wants_links)
        made()
        links = self._links if wants_links else None
        shared = beside(partial(self._runs.share, due.runs) if due.runs and wants_links else _nothing)
        sweep.run(links)
        shared()
        self._settled.update(zip(asked, zip(sweep.questions, sweep.level, strict=True), strict=True))

    def _wants_links(self, due: Due) -> bool:
        """Whether what is due needs all steps at once, and there is room for them; else the questions say so."""
        with suppress(LimitError):
            require_room(self.partitions, self._steps, self.most_memory)
            return bool(due.runs or due.ways)
        return False

    def is_met(self, query: Query, *, by_step: bool) -> bool:
        """See StateSpace."""
        kind = STEP if by_step else STATE
        return self._leveled(kind, query)[1] is not None

    def _leveled(self, kind: int, query: Query) -> tuple[Question, int | None]:
        """Return a question with the level of its nearest answer."""
        if (known := self._settled.get((kind, query))) is not None:
            return known
        links = vars(self).get("_links")
        sweep = Sweep(self.rules, self.partitions, self.expanded, [(kind, query)], rows=links is not None)
        sweep.run(links)
        return sweep.questions[0], sweep.level[0]

    def first_state(self, query: Query) -> Trace | None:
        """See StateSpace."""
        return self._trace(self._nearest(STATE, query)[1], query)

    def first_terminal(self, query: Query) -> Trace | None:
        """See StateSpace."""
        return self._trace(self._nearest(TERMINAL, query)[1], query)

    def first_step(self, query: Query) -> Trace | None:
        """See StateSpace."""
        question, sources = self._nearest(STEP, query)
        if not sources.size or not isinstance(question, StepQuestion):
            return None
        start, way = self._way(sources)
        if self.symmetry is not None:
            start, way = self._ways.turned(start, way, self.symmetry.permutations)
        last = self._ways.first_taken(way[-1][2] if way else start, question.answer)
        return self._ways.shown(start, [*way, last])

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
            graph.lead(counts, able)
        stuck = self._all(where)
        stuck = stuck[~able[graph.node(stuck)]]
        if not stuck.size:
            return None
        level = self.partitions.level_of(stuck)
        first, last = self.partitions.bounds(level)
        item = stuck & ITEM
        return self._trace(stuck[(first[stuck >> 40] <= item) & (item < last[stuck >> 40])], where)

    def first_lasso(self, asked: RunQuery) -> Trace | None:
        """See StateSpace."""
        found = self._runs.lasso(*self._fair(asked))
        if found is None:
            return None
        start, way = self._way(self._links.number(np.array([found.start])))
        for step in (*found.way, *found.loop):
            words = way[-1][2] if way else start
            way.append(self._ways.taken(words, int(self._links.outcome[step])))
        return self._ways.shown(start, way, loop=len(way) - len(found.loop))

    def arrays(self) -> PackedArrays:
        """Return its states and steps as arrays; raises LimitError where they take more memory than is allowed."""
        runs, words = self._runs, np.concatenate([*self.states()])
        return PackedArrays(self.rules, self._links, runs.initial, words, self._all, runs.met)

    def _fair(self, asked: RunQuery) -> tuple[Sought, Bools]:
        """Return where a run is looked for, and the nodes of fair components there; for what comes next as well."""
        if asked not in self._ahead:
            at = self._expected.index(asked) if asked in self._expected else len(self._expected)
            end = at + self.partitions.workers.count
            others = self._expected[at + 1 : end]
            del self._expected[at:end]
            sought = {asked: self._sought(asked)}
            for one in others:
                with suppress(ModelError, LimitError):  # told when its turn comes
                    sought[one] = self._sought(one)
            every = list(sought.values())
            fair = self.partitions.workers.each(lambda number: self._runs.fair(every[number]), len(every))
            self._ahead.update(zip(sought, zip(every, fair, strict=True), strict=True))
        return self._ahead.pop(asked)

    def _sought(self, asked: RunQuery) -> Sought:
        return self._runs.sought(asked, self._all(asked.trigger), self._all(asked.goal))

    @cached_property
    def _unreduced(self) -> PackedSpace | None:
        if self.symmetry is None or self.symmetry.total > UNREDUCED:
            return None
        limits = replace(self.limits, symmetry=False, checkpoint=None, resume=False)
        whole = explore(self.system, limits, quiet)
        if not (self.bounds_hit or whole.bounds_hit) and whole.distinct != self.symmetry.total:
            told = f"{self.symmetry.told(self.distinct)}, and there are {whole.distinct:,}"
            raise EngineError(f"{self.system.name}: {told}")
        return whole

    @cached_property
    def _invariance(self) -> Invariance | None:
        return None if self.symmetry is None else Invariance(self.symmetry, self.states)

    @cached_property
    def _ways(self) -> Ways:
        return Ways(self.rules, self.partitions)

    @cached_property
    def _links(self) -> Links:
        if (made := self._written()) is None:
            self._know()
            made = self._written()
        if made is None:
            raise EngineError("steps were written before all of them were evaluated")
        return made

    @property
    def _steps(self) -> int:
        """How many steps there are, but for those that a bound cuts."""
        return self.generated - len(self.rules.starts)

    def _written(self) -> Links | None:
        """Return all steps as rows, None where an outcome is not known."""
        return links(self.rules, self.partitions, self.expanded, self._steps, self.most_memory)

    def _make_links(self) -> None:
        """Write all steps, unless one of them has to be evaluated first."""
        if "_links" not in vars(self) and (made := self._written()) is not None:
            vars(self)["_links"] = made

    @cached_property
    def _runs(self) -> Runs:
        return Runs(self.rules, self._links, self._links.node(self._ways.numbers(self.rules.starts)))

    def _know(self) -> None:
        """Learn every outcome of the states expanded."""
        self._scanned(Among(), KNOWN, np.zeros(PARTITIONS, np.int64), self.expanded)

    def _all(self, query: Query) -> Longs:
        none = np.zeros(PARTITIONS, np.int64)
        return self._scanned(StateQuestion(self.rules, query), STATE, none, self.partitions.found)

    def _nearest(self, kind: int, query: Query) -> tuple[Question, Longs]:
        """Return a question and the states of least level that meet it."""
        question, level = self._leveled(kind, query)
        if level is None:
            return question, NO_NUMBERS
        first, end = self.partitions.bounds(level)
        last = self.partitions.found if kind == STATE else self.expanded
        if isinstance(question, StepQuestion) and question.direct:
            found = steps_met(question, self.partitions, self._links, first, np.minimum(end, last))
            return question, np.concatenate([NO_NUMBERS, *found])
        return question, self._scanned(question, kind, first, np.minimum(end, last))

    def _scanned(self, question: Question, kind: int, first: Longs, last: Longs) -> Longs:
        return scanned(self.rules, self.partitions, question, kind, first, last)

    def _way(self, ends: Longs) -> Way:
        return self._ways.to(ends, vars(self).get("_links"))

    def _trace(self, ends: Longs, query: Query) -> Trace | None:
        """Return a trace to some states that meet a query; of the others in their orbits not all need meet it."""
        if not ends.size:
            return None
        start, way = self._way(ends)
        if self.symmetry is not None and not StateQuestion(self.rules, query).answer(way[-1][2] if way else start):
            start, way = self._ways.turned(start, way, self.symmetry.permutations)
        return self._ways.shown(start, way)


def _nothing() -> None:
    """Do what stands beside where nothing is to be done there."""


def explore(
    system: System,
    limits: Limits,
    progress: Progress,
    form: Form | None = None,
    properties: tuple[Property, ...] = (),
) -> PackedSpace:
    """Explore every reachable state, or as many as the limits allow.

    ``properties`` identify a checkpoint, and are what a reduction preserves.

    >>> from haboot.checker import Action, Limits, Slot, System, quiet
    >>> up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 3 else None)
    >>> space = explore(System("count", (Slot("n", range(4)),), ({"n": 0},), (up,)), Limits(), quiet)
    >>> space.distinct, space.generated, space.depth
    (4, 4, 4)
    """
    system = opened(system, limits)
    while True:
        try:
            return _explored(system, limits, progress, form or Form(), properties)
        except OutgrownError:
            continue  # what was found is kept, and has more room the next time


def _explored(
    system: System, limits: Limits, progress: Progress, shape: Form, properties: tuple[Property, ...]
) -> PackedSpace:
    if limits.symmetry and not system.symmetry:
        raise ModelError(f"system '{system.name}' declares no interchangeable blocks, so there is no symmetry to use")
    if limits.symmetry and properties and not any(map(is_preserved, properties)):
        raise ModelError(f"system '{system.name}': {RUN_KINDS}")
    kept = constrained(system)
    reduction = Reduction(kept, properties) if limits.reduction else None
    if reduction is None:
        search = Search(kept, limits, shape, Permutations(system) if limits.symmetry else None)
    else:
        search = ReducedSearch(kept, limits, shape, reduction)
    symmetry = Symmetry(search.rules) if limits.symmetry else None
    folder = limits.checkpoint or limits.disk
    running = search if folder is None else Spilling(search, folder, stays=limits.checkpoint is not None)
    if limits.checkpoint is None:
        running.begin()
        running.run(progress, lambda _: None)
    else:
        named = identity(system, properties, (search.rules.rows, search.rules.runs, limits.symmetry, limits.reduction))
        _with_checkpoints(running, search, Checkpoints(limits.checkpoint, limits.interval, named), progress)
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
        limits.memory,
        reduction=reduction,
        limits=limits,
    )
    if symmetry is not None:
        symmetry.settle(space.known_states)
        space.symmetry = symmetry
    return space


def _with_checkpoints(running: Search | Spilling, search: Search, checkpoints: Checkpoints, progress: Progress) -> None:
    if search.limits.resume:
        checkpoints.read(search)
    else:
        checkpoints.require_free()
        running.begin()
        checkpoints.write(search)
    with checkpoints.listening():
        running.run(progress, checkpoints.pause)
        checkpoints.write(search)
