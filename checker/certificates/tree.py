"""Runs of a certificate: a tree of steps from initial states, so that what several runs begin with is told once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from haboot.checker.certificates.arrays import Arrays, reached
from haboot.checker.certificates.pieces import Pieces
from haboot.checker.core import System
from haboot.checker.lasso import Ints
from haboot.checker.traces import Step, Trace

Node = tuple[int, int, int]  # the node before or -1, the action by its place, the state's number


class Tree:
    """Nodes, each the state that a step leads to."""

    def __init__(self, system: System, pieces: Pieces) -> None:
        self.pieces = pieces
        self.action = {action.name: number for number, action in enumerate(system.actions)}
        self.nodes = list[Node]()
        self._place = dict[Node, int]()

    def run(self, trace: Trace, steps: int | None = None) -> int:
        """Add a trace, or its first steps, and return the node of its last state."""
        at = self.add(-1, -1, self.pieces.number(trace.initial))
        for step in trace.steps[:steps]:
            at = self.add(at, *self.told(step))
        return at

    def told(self, step: Step) -> tuple[int, int]:
        """Return a step as its action and the state that it leads to."""
        return self.action[step.action], self.pieces.number(step.after)

    def add(self, *node: int) -> int:
        """Add a node, unless there is one like it, and return its place."""
        before, action, state = node
        if (before, action, state) not in self._place:
            self._place[before, action, state] = len(self.nodes)
            self.nodes.append((before, action, state))
        return self._place[before, action, state]

    def introduce(self, arrays: Arrays, words: Sequence[Ints]) -> None:
        """Add runs on which every message is sent that is ever under way.

        Whoever reads the tree meets each message so, and knows what is meant by its text.
        """
        source, target, action = arrays.steps
        starts = np.zeros(arrays.nodes, bool)
        starts[arrays.starts] = True
        _, by = reached(starts, source, target)
        for node in self._introducing():
            way = [node]
            while by[way[-1]] >= 0:
                way.append(int(source[by[way[-1]]]))
            at, weight = -1, (1 << 63)
            for one in reversed(way):
                state = 0
                for word in words:
                    state = state * weight + int(word[one])
                at = self.add(at, -1 if by[one] < 0 else int(action[by[one]]), state)

    def _introducing(self) -> Iterator[int]:
        """Return states such that every message is under way in one of them."""
        for piece, table in zip(self.pieces.all, self.pieces.tables(), strict=True):
            met = set[str]()
            for number, texts in enumerate(table["rows"] if "channel" in table else ()):
                if not met.issuperset(texts):
                    met.update(texts)
                    yield int(np.argmax(piece.row == number))
