"""The labelled search: all minimal sets of assumptions under which a question is met, from one exploration.

A state is met under the minimal sets of assumptions that the runs to it have used. Sets are explored by their sizes, so
what is found is complete for one size before the next begins, and a search that is cut says for which it is (compare
the minimal cut sets of xSAP, Bittner et al., TACAS 2016, and of AltaRica). What a run breaks, it breaks under its set
and all larger ones, so the questions are those of runs to a state or a step.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import comb
from typing import NamedTuple

import numpy as np
from haboot.checker.boundary import Needs, minimal
from haboot.checker.families import Family
from haboot.checker.host import processors
from haboot.checker.limits import Limits, Progress, quiet
from haboot.checker.packed import spreading
from haboot.checker.packed.alone import BUDGET, Circumstances, Explorer
from haboot.checker.packed.bits import Bits
from haboot.checker.packed.holding import CUTS, NO_FIELDS, NONE, STEPS, Fixed
from haboot.checker.packed.keeping import Kept
from haboot.checker.packed.laying import Laid
from haboot.checker.packed.layout import Longs, Words, room_for
from haboot.checker.packed.partitions import Workers
from haboot.checker.packed.rules import Form
from haboot.checker.spaces import Query
from numpy.typing import NDArray

MOST_SETS = 1 << 18  # of one question
MOST_STATES = 1 << 24  # of one set


@dataclass(frozen=True)
class Found:
    """What a labelled search found: by question the minimal sets that meet it, and those under which a bound cut.

    All sets up to ``order`` are found, so far as they are no larger than asked; -1 where not even the empty one is
    settled. ``cut`` says what stopped the search. Under the sets in ``large``, and so under larger ones, there are too
    many states to look at all.
    """

    sets: tuple[Needs, ...]
    bounded: Needs
    large: Needs
    order: int
    cut: str
    states: int
    steps: int


class LabelledSearch:
    """One labelled search of a family, for sets of up to ``most`` of some assumptions.

    ``groups`` are the questions of each property: a set that breaks all of them is not explored.
    """

    def __init__(
        self,
        whole: Family,
        asked: Sequence[tuple[bool, Query]],
        bits: Bits,
        most: int,
        groups: Sequence[Sequence[int]],
        form: Form | None = None,
    ) -> None:
        self.whole, self.bits, self.most, self.groups = whole, bits, most, groups
        self.laid = Laid(whole, asked, bits, form or Form())
        self.circumstances = Circumstances(
            self.laid.rules,
            {name: [(one, bits.masks(some)) for one, some in values] for name, values in whole.circumstances.items()},
        )
        sets = min(comb(len(bits.names), min(most, len(bits.names) // 2)), MOST_SETS) + 1
        self.found = np.zeros((len(asked), sets), np.uint64)
        self.counts = np.zeros(len(asked), np.int64)
        self.kept = Kept(self.laid.packing, list(self._starts()), sets)
        self.large = list[int]()
        self.states = self.steps = 0

    def _starts(self) -> Iterator[tuple[Words, int]]:
        """Return the initial states, each with sets under which it is one."""
        initial = [self.laid.layout.encoded(values) for values in self.whole.system.initial]
        for state, some in zip(self.laid.packing.encoded(initial), self.whole.starts, strict=True):
            yield from ((state, mask) for mask in self.bits.masks(some) if mask.bit_count() <= self.most)

    def run(self, limits: Limits, progress: Progress = quiet) -> Found:
        """Search until all sets are found or a limit is reached."""
        bounds, done = dict[str, None](), -1
        workers = Workers(limits.workers or processors())
        while done < self.most and not bounds:
            order = Order(self, done + 1, workers)
            while order.is_open and not bounds:
                order.advance()
                states = self.states + order.states
                progress(states, self.steps, len(order.todo), done + 1)
                limits.reached(states, bounds, each=(self.kept.bytes + order.bytes) // max(1, states))
            done += not bounds
        workers.end()  # before processes are started
        cuts = self.kept.space.cuts[: self.kept.space.tally[CUTS]]
        if (self.counts == self.found.shape[1]).any() or cuts.size == self.kept.space.cuts.size:
            bounds[f"{MOST_SETS:,} sets of one question"] = None
            done = -1
        return Found(
            tuple(self._named(self.found[number, :count]) for number, count in enumerate(self.counts.tolist())),
            self._named(cuts),
            self._named(self.large),
            done,
            ", ".join(bounds),
            self.states,
            self.steps,
        )

    def _named(self, masks: Iterable[int]) -> Needs:
        return minimal(self.bits.named(int(mask)) for mask in masks)

    def is_met(self, mask: int) -> NDArray[np.bool_]:
        """Return by question whether its property is known to break under a set."""
        met, one = np.zeros(len(self.counts), bool), np.uint64(mask)
        for group in self.groups:
            some = (self.found[number, : self.counts[number]] for number in group)
            met[list(group)] = any((sets & one == sets).any() for sets in some)
        return met

    def note(self, told: Told) -> None:
        """Note what came of a set."""
        for number in told.met.tolist():
            self.counts[number] = spreading.added(self.found[number], self.counts[number], np.uint64(told.mask))
        if told.cut:
            tally = self.kept.space.tally
            tally[CUTS] = spreading.added(self.kept.space.cuts, tally[CUTS], np.uint64(told.mask))
        if not told.whole:
            self.large.append(told.mask)
        self.states += told.states
        self.steps += told.steps


class Told(NamedTuple):
    """What came of a set: the questions met under it, whether a bound cuts steps, whether it is whole, and its size."""

    mask: int
    met: Longs
    cut: bool
    whole: bool
    states: int
    steps: int


class Order:
    """The exploration of all sets of one size.

    Those of the largest size are explored side by side, as no other set needs their states, and those to which many
    steps lead come first; there a circumstance that a set leaves no choice counts as not chosen.
    """

    def __init__(self, search: LabelledSearch, size: int, workers: Workers) -> None:
        self.search, self.laid, self.kept, self.workers = search, search.laid, search.kept, workers
        self.last = size == search.most
        sets = self.kept.of_size(size)
        self.todo = deque(sorted(sets, key=lambda one: -len(one[1].masks)) if self.last else sets)
        words = self.laid.packing.words
        if self.last:
            every, rest = search.circumstances.every, search.circumstances.rest
            single = len(search.counts), 1
            self.explorers = [
                Explorer(words, np.zeros(single, np.uint64), np.zeros_like(search.counts)) for _ in range(workers.count)
            ]
            table = self.kept.table(self.kept.space, every)
        else:
            every, rest, table = NO_FIELDS, np.full(words, ~np.uint64(0)), self.kept.space.table
            self.explorers = [Explorer(words, search.found, search.counts)]
        self.fixed = Fixed(every, NO_FIELDS, rest, table)

    @property
    def is_open(self) -> bool:
        """Whether there are sets left."""
        return bool(self.todo) or any(one.mask is not None for one in self.explorers)

    @property
    def states(self) -> int:
        """How many states are known of the sets under way."""
        return sum(one.states for one in self.explorers)

    @property
    def bytes(self) -> int:
        """Bytes that are held, beside what is kept."""
        return sum(one.bytes for one in self.explorers)

    def advance(self) -> None:
        """Go on for some time, then note what came out and learn what is missing."""
        for told in self.workers.each(lambda number: self._explored(self.explorers[number]), len(self.explorers)):
            for one in told:
                self.search.note(one)
        for explorer in self.explorers:
            if explorer.lacking:
                self.laid.learn(*explorer.missing, explorer.thin.actions)
            elif explorer.mask is not None and (explorer.is_done or explorer.states > MOST_STATES):
                self.search.note(self._ended(explorer))

    def _explored(self, explorer: Explorer) -> list[Told]:
        """Explore until something is missing or enough is looked at; return what came of the sets that are done."""
        told, spent = list[Told](), 0
        while spent < BUDGET and (explorer.mask is not None or self._begun(explorer)):
            explorer.advance(self.laid.shared, self.kept.space, self.fixed, self.search.most)
            if not (self.last and explorer.is_done):
                break
            told.append(self._ended(explorer))
            spent += told[-1].states + told[-1].steps
        return told

    def _begun(self, explorer: Explorer) -> bool:
        """Turn to the next set of which something is to be found; return whether there is one."""
        while self.todo:
            try:
                mask, seeds = self.todo.popleft()
            except IndexError:  # pragma: no cover - where another thread took the last
                return False
            met = self.search.is_met(mask)
            if not (self.search.groups and met.all()) and all(one & ~mask for one in self.search.large):
                here = self.search.circumstances.here(mask) if self.last else NO_FIELDS
                explorer.begin(mask, seeds, met, here, self.laid.thinning.under(mask))
                return True
        return False

    def _ended(self, explorer: Explorer) -> Told:
        """Return what came of a set, and turn away from it; what it reaches is kept where larger sets start there."""
        mask, whole, met = explorer.mask or 0, explorer.is_done, np.zeros(0, np.int64)
        if self.last:
            met = np.flatnonzero(explorer.counts)
            explorer.counts[:] = 0
        elif whole:
            self._keep(explorer, mask)
        told = Told(
            mask, met, bool(explorer.alone.tally[CUTS]), whole, explorer.states, int(explorer.alone.tally[STEPS])
        )
        explorer.mask = None
        return told

    def _keep(self, explorer: Explorer, mask: int) -> None:
        """Keep what a set reaches, and note the steps from there to larger sets."""
        self.kept.take(explorer.alone, mask)
        self.fixed = self.fixed._replace(table=self.kept.space.table)
        lacking, thin = NONE, self.laid.thinning.above(mask, self.search.most)
        while lacking:
            shared = self.laid.shared
            lacking = spreading.lead(
                *(shared.shape, thin.of(shared.model), shared.labels, self.kept.space),
                *(np.uint64(mask), self.search.most),
                *(self.kept.seeds, explorer.asked(shared), explorer.lacks, shared.widest),
                room_for(self.laid.packing.words, shared.model),
            )
            if lacking > 0:
                self.laid.learn(explorer.lacks.states[:lacking], explorer.lacks.trees[:lacking], thin.actions)
            elif lacking == NONE:
                self.kept.flush(shared.widest)
