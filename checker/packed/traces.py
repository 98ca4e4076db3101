"""Shortest ways to states found, with no word kept for a state's parent.

From the states that answer a query, at the least level, the levels before are scanned backwards for the states that lie
on a shortest way; then a walk forward takes the first action that stays on one. So a trace is the same as the graph
engine's: of the shortest, the first by order of actions. See docs/packed-engine.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from haboot.checker.boundary import EngineError, ModelError
from haboot.checker.packed import scans
from haboot.checker.packed.kinds import Made
from haboot.checker.packed.layout import INTO, Longs, Shape, Store, Words
from haboot.checker.packed.links import Links
from haboot.checker.packed.partitions import Partitions
from haboot.checker.packed.permuting import Permutations
from haboot.checker.packed.rules import Rules
from haboot.checker.packed.scanning import scanned, sieved
from haboot.checker.traces import Step, Trace, homes

AT_ONCE = 4096  # states that are looked up at a time
Taken = tuple[Words, Made, Words]
Way = tuple[Words, list[Taken]]  # an initial state and the steps from it


@dataclass(frozen=True)
class Walks:
    """Steps from state to state, by the actions of a system."""

    rules: Rules

    def steps(self, words: Words) -> list[Taken]:
        """Return the steps from a state, in the author's order of actions and choices."""
        return [self.taken(words, number) for number in self._possible(words)]

    def turned(self, start: Words, way: Sequence[Taken], permutations: Permutations) -> Way:
        """Return a way that was permuted so that it ends in a state in normal form."""
        packing = self.rules.packing
        states = [packing.decoded(words) for words in (start, *(after for _, _, after in way))]
        turn = permutations.normal(packing, states[-1])
        first, *rest = packing.encoded([turn.state(state) for state in states])
        made, words = list[Taken](), first
        for after in rest:
            steps = self.steps(words)
            made.append(steps[self.first(place for place, step in enumerate(steps) if (step[2] == after).all())])
            words = after
        return first, made

    def taken(self, words: Words, number: int) -> Taken:
        """Return the step that an outcome makes from a state."""
        keep, put = self.rules.model.patches[number]
        return words, self.rules.made[number], (words & keep) | put

    def first_taken(self, words: Words, wanted: Callable[[Words, int], bool]) -> Taken:
        """Return the first step from a state whose outcome is wanted."""
        return self.taken(words, self.first(number for number in self._possible(words) if wanted(words, number)))

    def shown(self, start: Words, way: Sequence[Taken], loop: int | None = None) -> Trace:
        """Return a way as the trace of it."""
        layout, packing, system = self.rules.layout, self.rules.packing, self.rules.system
        steps = tuple(
            Step(
                system.actions[made.action].name,
                layout.labels[made.label][0],
                layout.decoded(packing.decoded(before)),
                layout.decoded(packing.decoded(after)),
            )
            for before, made, after in way
        )
        return Trace(layout.decoded(packing.decoded(start)), steps, loop, homes(system.slots))

    def _possible(self, words: Words) -> list[int]:
        return [number for number, made in self.rules.outcomes(words) if made.patch is not None]

    def first(self, found: Iterable[int]) -> int:
        """Return the first of what a trace needs; raise where there is none, which no sound search leads to."""
        for one in found:
            return int(one)
        name = self.rules.system.name
        if self.rules.packing.is_symmetric:
            raise ModelError(f"system '{name}': its symmetry is none: a state found has no way to it")
        raise EngineError(f"{name}: a state found has no way to it, as after a checkpoint that was changed")


@dataclass(frozen=True)
class Ways(Walks):
    """Ways through the states of a search, once it has ended."""

    partitions: Partitions

    def numbers(self, states: Words) -> Longs:
        """Return the numbers of states, partition << 40 | item; negative for those that were not found."""
        return self._numbers(self.partitions.shape, self.partitions.index(), states)

    def _numbers(self, shape: Shape, store: Store, states: Words) -> Longs:
        found = np.empty(len(states), np.int64)
        scans.numbers(shape, self.rules.blocks, store, states, found, self.rules.packing.blank())
        return found

    def to(self, ends: Longs, links: Links | None) -> Way:
        """Return the first of the shortest ways to some states of one level, by the rows of steps if they are made."""
        layers = self._layers(ends, links)
        start = self.rules.starts[self.first(self._among(self.rules.starts, layers[0]))]
        way: list[Taken] = []
        for layer in layers[1:]:
            words = way[-1][2] if way else start
            steps = self.steps(words)
            reached = np.array([after for _, _, after in steps], np.uint64).reshape(-1, self.rules.packing.words)
            way.append(steps[self.first(self._among(reached, layer))])
        return start, way

    def _layers(self, ends: Longs, links: Links | None) -> list[Longs]:
        """Return, by level, the states that lie on a shortest way to some states of one level."""
        before = self._before if links is None else links.before
        layers = [ends]
        for first, last in self.partitions.down(self.partitions.level_of(ends)):
            layers.append(before(layers[-1], first, last))
        return layers[::-1]

    def _before(self, layer: Longs, first: Longs, last: Longs) -> Longs:
        """Return the states in these ranges with a step to one of a layer."""
        return scanned(self.rules, self.partitions, sieved(*self.partitions.around(layer)), INTO, first, last)

    def _among(self, states: Words, layer: Longs) -> Iterator[int]:
        """Yield the places of the states that are among those of a layer, which are ascending; looked up as asked."""
        shape, store, inside = self.partitions.around(layer)
        for begin in range(0, len(states), AT_ONCE):
            numbers = self._numbers(shape, store, states[begin : begin + AT_ONCE])
            found = np.searchsorted(inside, numbers, "left") < np.searchsorted(inside, numbers, "right")
            yield from (begin + np.flatnonzero(found)).tolist()
