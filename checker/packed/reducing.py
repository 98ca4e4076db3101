"""A search that takes of each state the steps of a stubborn set: what ``checker/stubborn.py`` says of it, as arrays.

The set depends on the state alone, so levels, counts and order are the same for any number of workers, and a search
that was cut goes on as it would have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from haboot.checker.core import System, Value
from haboot.checker.limits import Limits
from haboot.checker.packed.decisions import Forest, Path
from haboot.checker.packed.layout import NO, Room, Words
from haboot.checker.packed.reduced import Chosen, Meetings, expand
from haboot.checker.packed.rules import Form, Rules
from haboot.checker.packed.search import Search
from haboot.checker.stubborn import Actions, Met, Reduction


class ReducedSearch(Search):
    """A search by a reduction."""

    spares = False

    def __init__(self, system: System, limits: Limits, form: Form, reduction: Reduction) -> None:
        super().__init__(system, limits, form)
        self.known = Known(self.rules, reduction)

    def _learn(self, states: Words) -> None:
        super()._learn(states)
        self.known.absorb()

    def _reached(self, states: tuple[Any, ...], part: int, room: Room) -> int:
        meetings, chosen = self.known.meetings, self.known.room()
        written = self.out[part], self.fill[part], self.counts[part]
        return int(expand(self.partitions.shape, self.rules.model, meetings, *states, *written, room, chosen))


class Known:
    """What is known of each action by the runs made so far: a tree an action, whose leaves number meetings."""

    def __init__(self, rules: Rules, reduction: Reduction) -> None:
        self.rules, self.reduction = rules, reduction
        self.count = len(rules.system.actions)
        self.words = max(1, -(-self.count // 64))
        self.forest = Forest(rules.packing)
        self.forest.taken(max(1, self.count))
        self.taken = [0] * self.count
        self.number: dict[Met, int] = {}
        self.absorb()

    def absorb(self) -> None:
        """Take in the runs that were made since."""
        for action, runs in self.rules.runs.items():
            for path, entry in runs[self.taken[action] :]:
                met = self.reduction.met(action, self._looked(path), entry)
                self.forest.grow(action, path, dict(path), NO - self.number.setdefault(met, len(self.number)))
            self.taken[action] = len(runs)
        self.meetings = self._meetings()

    def _looked(self, path: Path) -> Mapping[str, Value]:
        slots = self.rules.system.slots
        return {slots[place].name: slots[place].domain[index] for place, index in path}

    def _meetings(self) -> Meetings:
        known = list(self.number)
        return Meetings(
            nodes=self.forest.nodes,
            cells=self.forest.cells,
            steps=np.array([met.step for met in known], bool),
            ways=np.cumsum([0, *(len(met.joining) for met in known)]),
            sets=self._packed(some for met in known for some in met.joining),
            stirring=self._packed(met.stirring for met in known),
            visible=self._packed([self.reduction.visible])[0],
            own=self._packed([self.reduction.own])[0],
            ends=self.reduction.ends,
            owners=self.rules.made.action,
        )

    def _packed(self, sets: Iterable[Actions]) -> Words:
        """Return sets of actions, of shape (sets, words)."""
        plain = b"".join(some.to_bytes(8 * self.words, "little") for some in sets)
        return np.frombuffer(plain, "<u8").astype(np.uint64).reshape(-1, self.words)

    def room(self) -> Chosen:
        """Return room for one state's choice."""
        return Chosen(np.empty(self.count, np.int64), *np.empty((5, self.words), np.uint64))
