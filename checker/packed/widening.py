"""What an open action gives, learnt for many states at once; see ``checker.symbolic``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from haboot.checker.boundary import EngineError
from haboot.checker.core import System
from haboot.checker.packed.decisions import Forest
from haboot.checker.packed.kinds import Grown, Outcomes
from haboot.checker.packed.layout import NOTHING, PENDING, WORD, Longs, Words
from haboot.checker.symbolic import MANY, SAMPLE, Symbols, WideAction, distinct
from haboot.checker.tables import Layout, computed


class Widening:
    """The actions of a system that can be learnt so, and where outcomes go; see Rules.

    ``calls`` counts the runs of each action, ``wide`` holds those that were run often, None for what is not lifted.
    """

    def __init__(self, system: System, layout: Layout, forest: Forest, made: Outcomes, leaves: Grown) -> None:
        self.system, self.layout, self.forest, self.made, self.leaves = system, layout, forest, made, leaves
        self.calls = [0] * len(system.actions)
        self.wide: dict[int, WideAction | None] = {}

    def covers(self, numbers: Iterable[int], symbols: Symbols) -> bool:
        """Whether any of some actions was run many times and can be learnt for many states at once."""
        for number in numbers:
            if self.calls[number] > MANY and number not in self.wide:
                self.wide[number] = WideAction.of(symbols, self.system.actions[number], self.layout.label)
        return any(one is not None for one in self.wide.values())

    def learn(self, roots: Mapping[int, int], states: Words) -> Iterator[tuple[int, int]]:
        """Learn what actions give in packed states; yield each with the most outcomes that it had in one of them.

        States in which that takes the author's own code are left out.
        """
        for number, wide in self.wide.items():
            if wide is not None:
                lacking = states[self.forest.cells[self.forest.reached(roots[number], states)] >= PENDING]
                if len(lacking):
                    yield number, self._learn(number, roots[number], wide, lacking)
                    self._require_alike(number, roots[number], lacking[:: -(-len(lacking) // SAMPLE)])

    def _learn(self, number: int, root: int, wide: WideAction, states: Words) -> int:
        packing, places, most = self.forest.packing, wide.places, 0
        chosen, _ = distinct([packing.column(states, place) for place in places], [packing.rooms[p] for p in places])
        states = states[chosen]
        for rows, labels, held in wide.results(states):
            leaves = self._leaves(number, states[rows], labels, self._changes(states[rows], places, held))
            self.forest.grow_all(root, places, states[rows], leaves)
            most = max(most, len(labels))
        return most

    def _require_alike(self, number: int, root: int, states: Words) -> None:
        """Hold what was learnt against what the author's code gives; raise EngineError for a difference."""
        action, packing = self.system.actions[number], self.forest.packing
        for at in packing.all_decoded(states):
            leaf = self.forest.content(root, at)
            if leaf < PENDING:
                known = [self.made[one] for one in range(*self.leaves.whole[-leaf].tolist())]
                values = self.layout.decoded(at)
                entry, _ = computed(self.layout, action, {name: values[name] for name in action.reads})
                given, before = [(made.patch, made.label) for made in known], dict(enumerate(at))
                one, other = (
                    [(before | dict(patch or ()), patch is None, label) for patch, label in some]
                    for some in (given, entry)
                )
                if one != other:
                    raise EngineError(f"action '{action.name}': its results for many states are not those for each")

    def _changes(self, states: Words, places: list[int], held: list[dict[int, Longs]]) -> list[dict[int, Longs]]:
        """Return what outcomes write, -1 where a slot that was looked at stays as it is."""
        packing = self.forest.packing
        return [
            {
                place: np.where(packing.column(states, place) == some, -1, some) if place in places else some
                for place, some in one.items()
            }
            for one in held
        ]

    def _leaves(self, number: int, states: Words, labels: list[int], changes: list[dict[int, Longs]]) -> Longs:
        """Return the leaf of each state; those where all outcomes write the same share one."""
        packing, count = self.forest.packing, len(labels)
        if not count:
            return np.full(len(states), -NOTHING)
        every = [(place, some) for one in changes for place, some in one.items()]
        columns = [np.zeros(len(states), np.int64), *(some + 1 for _, some in every)]
        chosen, back = distinct(columns, [1, *(packing.rooms[place] + 1 for place, _ in every)])
        first = len(self.made) + count * np.arange(chosen.size)
        patches = np.stack([self._patches(chosen, one) for one in changes], axis=1).reshape(-1, 2, packing.words)
        choices, named = np.arange(count), np.array(labels, np.int64)
        self.made.add_columns(number, np.tile(choices, chosen.size), np.tile(named, chosen.size), patches)
        begin = self.leaves.count
        self.leaves.extend(np.column_stack([first, first + count]))
        leaves: Longs = -(begin + back)
        return leaves

    def _patches(self, chosen: Longs, changes: dict[int, Longs]) -> Words:
        """Return what is kept and what is set, shape (states, 2, words), in some of the rows of what is written."""
        packing = self.forest.packing
        patches = np.zeros((chosen.size, 2, packing.words), np.uint64)
        patches[:, 0] = WORD
        for place, some in changes.items():
            word, shift, mask = packing.fields[place]
            held = some[chosen]
            writes = held >= 0
            patches[writes, 0, word] &= np.uint64(WORD ^ mask << shift)
            patches[writes, 1, word] |= held[writes].astype(np.uint64) << np.uint64(shift)
        return patches
