"""Shortest ways to states that shards have found, by layers that stay with them; see ``packed.traces``."""

from __future__ import annotations

import numpy as np
from haboot.checker.packed.cluster.asking import Asking
from haboot.checker.packed.layout import Words
from haboot.checker.packed.traces import Taken, Walks, Way


class Layered:
    """The ways that ``Ways`` takes, but shards are asked which states lie in a layer."""

    def __init__(self, asking: Asking, walks: Walks) -> None:
        self.asking, self.walks = asking, walks

    def to(self, level: int) -> Way:
        """Return the first of the shortest ways to the states of the layer that the shards have found at a level."""
        for before in range(level - 1, -1, -1):
            self.asking.before(before)
        starts = self.walks.rules.starts
        start, way = starts[self._inside(0, starts)], list[Taken]()
        for layer in range(1, level + 1):
            steps = self.walks.steps(way[-1][2] if way else start)
            reached = np.array([after for _, _, after in steps], np.uint64).reshape(-1, starts.shape[1])
            way.append(steps[self._inside(layer, reached)])
        return start, way

    def _inside(self, layer: int, states: Words) -> int:
        """Return the place of the first of some states that lies in a layer."""
        found = self.asking.crew.reduce("among", layer, states)
        return self.walks.first(np.flatnonzero(np.any(found, axis=0)))
