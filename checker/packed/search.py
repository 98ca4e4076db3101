"""Breadth-first search over partitions (the streaming of delayed duplicate detection, Korf 2004, in memory).

A chunk of the frontier is expanded into a buffer a partition, then each partition takes its buffers in. How the work is
cut depends on the states alone, so counts and order are the same for any number of workers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from haboot.checker.core import System
from haboot.checker.host import processors
from haboot.checker.limits import Limits, Progress
from haboot.checker.packed import kernel
from haboot.checker.packed.layout import (
    LANES,
    PARTITIONS,
    Lean,
    Longs,
    Model,
    Packing,
    Room,
    Shape,
    Words,
    block_for,
    room_for,
)
from haboot.checker.packed.lean import made, nothing, owed
from haboot.checker.packed.partitions import SMALL, Partitions, Workers, ranges
from haboot.checker.packed.permuting import Permutations
from haboot.checker.packed.rules import Form, Rules
from haboot.checker.packed.weighing import Scale
from haboot.checker.tables import Layout

SLICES = 8
BUFFER = 1 << 22  # words in all buffers together
AT_ONCE = 1 << 19  # states whose outcomes are learnt at once
MISSING = 256  # states with a missing entry that a slice may report at once


@dataclass
class Position:
    """How far a search has come, beside the states found: the frontier, and the part of it that is expanded."""

    first: Longs = field(default_factory=lambda: np.zeros(PARTITIONS, np.int64))
    last: Longs = field(default_factory=lambda: np.zeros(PARTITIONS, np.int64))
    lo: int = 0
    generated: int = 0
    depth: int = 0
    fired: Longs = field(default_factory=lambda: np.zeros(0, np.int64))
    cut: dict[str, None] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """Number of states in the frontier."""
        return int((self.last - self.first).sum())

    @property
    def expanded(self) -> Longs:
        """How many items of each partition are expanded."""
        before = np.cumsum(self.last - self.first) - (self.last - self.first)
        return np.asarray(self.first + np.clip(self.lo - before, 0, self.last - self.first), dtype=np.int64)


class Search:
    """One search; ``run`` is the loop.

    ``chosen`` are the steps that are made where not all are; see ``lean``. ``passed`` states have ``produced`` so many.
    """

    spares = True

    def __init__(self, system: System, limits: Limits, form: Form, symmetry: Permutations | None = None) -> None:
        self.system, self.limits = system, limits
        self.layout = Layout(system)
        plain = symmetry is None or symmetry.is_plain
        blocks = () if symmetry is None else symmetry.blocks
        self.packing = Packing(system.slots, blocks, None if plain or symmetry is None else symmetry.images)
        by_runs = limits.symmetry or limits.reduction
        self.rules = Rules(system, self.layout, self.packing, form, keeps_runs=by_runs)
        self.workers = Workers(limits.workers or processors())
        self.partitions = Partitions(self.packing, self.workers)
        self.at = Position(fired=np.zeros(len(system.actions), np.int64))
        self.bounds: dict[str, None] = {}
        self.counts = np.zeros((SLICES, len(self.rules.made)), np.int64)
        self.missing = np.zeros((SLICES, MISSING, self.packing.words), np.uint64)
        self.chosen: Callable[[Lean], Lean] = made
        self.passed, self.produced = 0, 0
        self.fill = np.zeros((SLICES, PARTITIONS), np.int32)
        self.out = self._buffers()
        self.scale = Scale(limits.memory, self.out.nbytes)
        self.memory = self.scale.left

    def _buffers(self) -> Words:
        # a row that is a power of two long would put the ends of all buffers on few sets of the cache
        stride = self.packing.stride
        room = max(BUFFER // (SLICES * PARTITIONS * stride), self.rules.model.most) + LANES
        return np.empty((SLICES, PARTITIONS, room * stride), np.uint64)

    @property
    def room(self) -> int:
        """States that a buffer holds."""
        return int(self.out.shape[2]) // self.packing.stride

    def go_on(self, partitions: Partitions) -> None:
        """Go on with the same states in other partitions."""
        self.partitions, self.workers = partitions, partitions.workers

    def begin(self) -> None:
        """Put the initial states into the table."""
        states = self.rules.starts
        for lo in range(0, len(states), self.room):
            self.fill[:] = 0
            some = states[lo : lo + self.room]
            state = self.packing.blank()
            kernel.scatter(self.partitions.shape, self.rules.blocks, some, self.out[0], self.fill[0], state)
            self._insert(small=True)
        self.at.generated = len(states)
        self._next_level()

    def weigh(self, *, anew: bool = False) -> None:
        """Find out what memory there is for states; ``anew`` where something was given back for good."""
        self.scale.weigh(self.partitions.held, reads=self.partitions.reads, anew=anew)
        self.memory = self.scale.left

    def run(self, progress: Progress, pause: Callable[[Search], None]) -> None:
        """Search until nothing is left or a limit is reached; ``pause`` is called between chunks."""
        while not self.bounds:
            while self.at.lo < self.at.width and not self._stopped():
                self._chunk()
                self.weigh()
                pause(self)
                queue = self.partitions.distinct - int(self.at.expanded.sum())
                progress(self.partitions.distinct, self.at.generated, queue, self.at.depth)
            if self.at.lo < self.at.width or not self._next_level():
                return
            self._stopped()

    def finish(self) -> None:
        """Close the level that a limit left unfinished."""
        self.partitions.settle()
        self.make_up()
        self.partitions.settle()
        if (self.partitions.found > self.at.last).any():
            self.partitions.close_level(self.at.last)

    def make_up(self) -> None:
        """Make the steps that were left out at states of an unfinished level, since what leads there else may not come.

        Where memory does not suffice for it, the states to which that applies count as not expanded.
        """
        at, whole = self.at, self.at.lo
        if not self.spares or self.rules.blocks is not None or self.chosen is not made or self.partitions.is_full:
            return
        if not 0 < whole < at.width:
            return
        self.chosen = owed
        at.lo = 0
        while at.lo < whole:
            hi = min(whole, at.lo + self._states_that_fit())
            if not self._passed(at.lo, hi):
                self.chosen = nothing
                self._passed(at.lo, whole)
                at.generated -= counted(self.rules, self.counts.sum(axis=0), {}, at.fired, -1)
                at.depth -= at.lo == 0
                return
            at.lo = hi

    def _next_level(self) -> bool:
        """Go on to the states that a level led to; return whether there are any."""
        self.partitions.settle()
        if not (self.partitions.found > self.at.last).any():
            return False
        self.at.first, self.at.last, self.at.lo = self.at.last, self.partitions.found.copy(), 0
        self.partitions.arrivals.turn(self.at.last)
        self.partitions.close_level(self.at.first)
        return True

    def _stopped(self) -> bool:
        if self.at.depth and self.partitions.are_more_than(self.memory):
            self.bounds[f"max-memory {self.limits.memory:,} bytes"] = None
        return bool(self.bounds) or self.limits.reached(self.partitions.distinct, self.bounds)

    def _chunk(self) -> None:
        """Expand a chunk of the frontier and insert what it gives; leave no trace of it in counts if memory ends."""
        lo, hi = self.at.lo, min(self.at.width, self.at.lo + self._chunk_size())
        if self._passed(lo, hi):
            self.at.depth += lo == 0
            self.at.lo = hi
            self.at.generated += counted(self.rules, self.counts.sum(axis=0), self.at.cut, self.at.fired)

    def _passed(self, lo: int, hi: int) -> bool:
        """Expand some of the frontier and insert what it gives; return whether memory sufficed."""
        start = np.concatenate([[0], np.cumsum(self.at.last - self.at.first)])
        self.partitions.arrivals.of(self.at.first)
        slices = 1 if hi - lo < SMALL else SLICES
        parts, learns = ranges(lo, hi, slices), True
        here, ends = [begin for begin, _ in parts], [end for _, end in parts]
        self.counts[:] = 0
        while here != ends:
            self.fill[:] = 0
            before = sum(here)
            results = self._expanded(start, here, ends)
            here = [reached for reached, _ in results]
            self.passed, self.produced = self.passed + sum(here) - before, self.produced + int(self.fill.sum())
            if not self._insert(small=slices == 1):
                return False
            lacking = [self.missing[part, :count] for part, (_, count) in enumerate(results)]
            if any(map(len, lacking)):
                self._learn(np.concatenate(lacking))
                learns = learns and not self._learn_all(lo, hi)
        return True

    def _chunk_size(self) -> int:
        """States a chunk, fewer near the limit on states."""
        size = self._states_that_fit()
        if self.limits.max_states is not None:
            size = min(size, self.limits.max_states - self.partitions.distinct)
        return max(size, 64)

    def _states_that_fit(self) -> int:
        """States that fill the buffers to about two thirds."""
        fanout = max(1.0, self.produced / max(1, self.passed))
        return int(self.room * SLICES * PARTITIONS * 0.65 / fanout)

    def _expanded(self, start: Longs, here: list[int], ends: list[int]) -> list[tuple[int, int]]:
        return self.workers.each(lambda part: self._expand(part, start, here[part], ends[part]), len(here))

    def _expand(self, part: int, start: Longs, lo: int, hi: int) -> tuple[int, int]:
        """Return the position reached, and of how many states from there on an entry is missing."""
        room = room_for(self.packing.words, self.rules.model)
        frontier = self.partitions.items, self.at.first, start
        reached = self._reached((*frontier, lo, hi), part, room)
        by = self.partitions.shape, self._model
        return with_lacking(reached, by, frontier, hi, self.missing[part], room)

    def _reached(self, states: tuple[Any, ...], part: int, room: Room) -> int:
        """Expand states, as far as that goes; see ``kernel.expand``."""
        model = self._model
        by = self.partitions.shape, model, self.rules.blocks, self.partitions.arrivals.here
        written = self.out[part], self.fill[part], self.counts[part]
        return int(kernel.expand(*by, *states, *written, block_for(self.packing.words, model, self.room), room))

    @property
    def _model(self) -> Model:
        model = self.rules.model
        return model._replace(lean=self.chosen(model.lean))

    def _insert(self, *, small: bool) -> bool:
        """Insert what the buffers hold; return whether memory sufficed."""
        while not self.partitions.insert(self.out, self.fill, small=small):
            if not self.partitions.grow(self.memory):
                self.bounds[f"max-memory {self.limits.memory:,} bytes"] = None
                return False
        return True

    def _learn(self, states: Words) -> None:
        self.rules.learn(states)
        self._make_room()

    def _learn_all(self, lo: int, hi: int) -> bool:
        """Learn what actions give that can be evaluated for many states, at some of the frontier; return if any can."""
        if not self.rules.are_wide:
            return False
        numbers = self.partitions.between(self.at.first, self.at.last)
        for begin in range(lo, hi, AT_ONCE):
            self.rules.learn_all(self.partitions.loaded(numbers[begin : min(hi, begin + AT_ONCE)]))
        self._make_room()
        return True

    def _make_room(self) -> None:
        """Make room for what outcomes there are by now."""
        more = len(self.rules.made) - self.counts.shape[1]
        self.counts = np.pad(self.counts, ((0, 0), (0, more)))
        if self.rules.model.most > self.room:
            self.out = self._buffers()


def with_lacking(
    reached: int, by: tuple[Shape, Model], frontier: tuple[Any, ...], hi: int, missing: Words, room: Room
) -> tuple[int, int]:
    """Return the position that an expansion reached, and of how many states from there on an entry is missing."""
    if reached >= 0:
        return reached, 0
    return -1 - reached, int(kernel.lacking(*by, *frontier, -1 - reached, hi, missing, room))


def counted(rules: Rules, counts: Longs, cut: dict[str, None], fired: Longs, sign: int = 1) -> int:
    """Return how many steps outcomes made, which came so often; note which bounds cut, and how often actions fired.

    ``sign`` is -1 for steps that were counted before and are not to be.
    """
    made, known = rules.made, slice(counts.size)
    taken = counts * ~made.cut[known]
    np.add.at(fired, made.action[known], sign * taken)
    for outcome in np.flatnonzero(counts * made.cut[known]).tolist():
        cut[rules.layout.labels[made[outcome].label][1] or "bound"] = None
    return int(taken.sum())
