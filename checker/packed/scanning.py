"""One question put to all states in a range of each partition, in rounds between which missing answers are computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from haboot.checker.lasso import spans
from haboot.checker.packed import direct, scans
from haboot.checker.packed.layout import PARTITIONS, STATE, Ask, Longs, Shape, Store, Words, room_for
from haboot.checker.packed.partitions import PARTS, SMALL, Partitions
from haboot.checker.packed.questions import (
    MISSING,
    MOST_MISSING,
    NO_NUMBERS,
    Among,
    Question,
    StateQuestion,
    StepQuestion,
)
from haboot.checker.packed.rules import Rules
from numpy.typing import NDArray

AT_ONCE = 1 << 20  # states that are asked directly at a time
Scanned = tuple[Longs, Words, NDArray[np.bool_], tuple[int, int]]


def sieved(shape: Shape, store: Store, numbers: Longs) -> Among:
    """Return the question whether a state leads to some states, given by their numbers in a store of a shape."""
    sieve = np.zeros(1 << max(10, int(8 * numbers.size).bit_length()), bool)
    scans.sieved(shape, store.items, numbers, sieve, np.zeros(shape.width, np.uint64))
    return Among(numbers, sieve, (shape, store))


def scanned(rules: Rules, partitions: Partitions, question: Question, kind: int, first: Longs, last: Longs) -> Longs:
    """Return the numbers of the states from ``first`` to ``last`` that meet a question, ascending."""
    small = bool((last - first).sum() < SMALL)
    parts = 1 if small else PARTS
    step = PARTITIONS // parts
    cursors = [(part * step, int(first[part * step])) for part in range(parts)]
    hits: list[list[Longs]] = [[] for _ in range(parts)]
    limit = MISSING
    while not (kind == STATE and isinstance(question, StateQuestion) and question.is_wide):
        inner = question.inner if isinstance(question, Among) else None
        scan = _Scan(rules, partitions, question.ask, inner, kind, first, last, limit)
        results = partitions.workers.each(scan.part(cursors, step), parts)
        for part, (found, _, _, cursor) in enumerate(results):
            hits[part].append(found)
            cursors[part] = cursor
        lacking = np.concatenate([missing for _, missing, _, _ in results])
        if not lacking.size:
            return np.concatenate([found for part in hits for found in part])
        unknown = np.concatenate([flags for _, _, flags, _ in results])
        rules.learn(lacking[unknown])
        question.learn(lacking[~unknown])
        limit = min(4 * limit, MOST_MISSING)
    return np.concatenate([NO_NUMBERS, *states_met(question, partitions, first, last)])


class Rows(Protocol):
    """The outcomes of each state, by node; see Links."""

    @property
    def first(self) -> Longs:
        """The node of each partition's first state."""

    @property
    def at(self) -> Longs:
        """Where the outcomes of each node begin."""

    @property
    def outcome(self) -> NDArray[np.int32]:
        """All outcomes."""

    def node(self, numbers: Longs) -> Longs:
        """Return the nodes of states given by number."""


def states_met(question: StateQuestion, partitions: Partitions, first: Longs, last: Longs) -> Iterator[Longs]:
    """Return, in parts, the numbers of the states from ``first`` to ``last`` that meet a question, asked directly."""
    for some in _parts(partitions, first, last):
        yield some[direct.state_answers(question, partitions.loaded(some))]


def steps_met(question: StepQuestion, partitions: Partitions, rows: Rows, first: Longs, last: Longs) -> Iterator[Longs]:
    """Return the same for states with a step that meets a question."""
    for some in _parts(partitions, first, last):
        nodes = rows.node(some)
        here, after = rows.at[nodes], rows.at[nodes + 1]
        source, steps = np.repeat(np.arange(some.size), after - here), spans(here, after)
        hits = direct.step_answers(question, partitions.loaded(some)[source], rows.outcome[steps])
        yield some[np.unique(source[hits])]


def _parts(partitions: Partitions, first: Longs, last: Longs) -> Iterator[Longs]:
    numbers = partitions.between(first, last)
    return (numbers[lo : lo + AT_ONCE] for lo in range(0, numbers.size, AT_ONCE))


@dataclass(frozen=True)
class _Scan:
    """One round of a scan, which a part of the partitions can run from where the last round stopped."""

    rules: Rules
    partitions: Partitions
    ask: Ask
    inner: tuple[Shape, Store] | None
    kind: int
    first: Longs
    last: Longs
    limit: int

    def part(self, cursors: list[tuple[int, int]], step: int) -> Callable[[int], Scanned]:
        """Return the task that runs one part, of ``step`` partitions, from its cursor."""
        return lambda part: self.run(*cursors[part], (part + 1) * step)

    def run(self, partition: int, item: int, end: int) -> Scanned:
        """Return the hits, the states that lack something, which of them an outcome, and where the first of them is."""
        rest = self.last[partition:end] - self.first[partition:end]
        hits = np.empty(int(np.maximum(rest, 0).sum()), np.int64)
        words, model, partitions = self.rules.packing.words, self.rules.model, self.partitions
        missing, unknown = np.empty((self.limit, words), np.uint64), np.empty(self.limit, bool)
        inner = self.inner or (partitions.shape, partitions.store)
        found, lacking, stop, at = scans.scan(
            *(partitions.shape, model, self.rules.blocks, partitions.items, *inner),
            *(self.ask, self.kind, self.first, self.last),
            *(partition, item, end, hits, missing, unknown, room_for(words, model)),
        )
        return hits[:found].copy(), missing[:lacking], unknown[:lacking], (int(stop), int(at))
