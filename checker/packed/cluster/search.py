"""A search whose partitions lie with shards: this process knows the model, and asks; it holds no states.

What a shard's tables lack is evaluated here, by the code that the packed engine uses, and told to all, so all have the
same tables. What is counted is counted by whole levels: a level that a limit leaves unfinished counts as not expanded.
So results are the same for any number of shards, but for what memory or an interrupt ends amid a level.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from haboot.checker.core import System
from haboot.checker.limits import Limits, Progress
from haboot.checker.packed.cluster.carriers import Carrier
from haboot.checker.packed.cluster.crew import Crew, Level
from haboot.checker.packed.cluster.terms import Closed, Terms, cuts
from haboot.checker.packed.layout import Longs, Model, Packing, Words
from haboot.checker.packed.rules import Form, Rules
from haboot.checker.tables import Layout


class ClusterSearch:
    """One search; ``run`` is the loop. ``levels`` counts those whose states are found."""

    def __init__(self, system: System, limits: Limits, form: Form) -> None:
        self.system, self.limits = system, limits
        self.layout = Layout(system)
        self.packing = Packing(system.slots)
        self.rules = Rules(system, self.layout, self.packing, form)
        self.generated, self.depth, self.levels, self.distinct = 0, 0, 0, 0
        self.fired: Longs = np.zeros(len(system.actions), np.int64)
        self.cut: dict[str, None] = {}
        self.bounds: dict[str, None] = {}
        self.known: Model | None = None

    def terms(self, size: int, workers: int) -> list[Terms]:
        """Return what each of so many shards is made of."""
        return [Terms(self.packing.words, self.packing.bits, cuts(size), number, workers) for number in range(size)]

    def run(self, carrier: Carrier, memory: Sequence[int], progress: Progress) -> Crew:
        """Search until nothing is left or a limit is reached; ``memory`` is what each shard may take, in bytes."""
        self.crew = Crew(carrier, len(memory))
        self.crew.each("allow", [(one,) for one in memory])
        self.crew.reduce("learn", self.fresh())
        states = self.packing.encoded([self.layout.encoded(values) for values in self.system.initial])
        self.generated = len(states)
        self._close(self.crew.reduce("begin", states))
        while self.width and not self.limits.reached(self.distinct, self.bounds):
            level, closed = self.crew.exchange(self._learnt, lambda level: self._told(level, progress))
            if not closed:
                self.bounds |= {f"max-memory {self.limits.memory:,} bytes": None} if level.full else {}
                break
            self._count(level)
            self._close(closed)
        self.crew.reduce("finish")
        return self.crew

    def fresh(self) -> Model:
        """Return the model, to be told to all shards."""
        self.known = self.rules.model
        return self.known

    def _close(self, closed: Sequence[Closed]) -> None:
        """Go on to the next level."""
        self.width = sum(one.fresh for one in closed)
        self.distinct = sum(one.found for one in closed)
        self.crew.level.found = [one.found for one in closed]
        self.crew.level.left = [one.fresh for one in closed]
        self.levels += self.width > 0

    def _learnt(self, states: Words) -> Model | None:
        """Evaluate what states lack; return the model where shards do not know it."""
        self.rules.learn(states)
        return None if self.rules.model is self.known else self.fresh()

    def _told(self, level: Level, progress: Progress) -> bool:
        """Tell how far the search has come; return whether to go on."""
        found = sum(level.found)
        queue = found - self.distinct + sum(level.left)
        progress(found, self.generated + int(level.counts.sum()), queue, self.depth + 1)
        if self.limits.stopped():
            self.bounds["interrupted"] = None
        return not self.bounds

    def _count(self, level: Level) -> None:
        """Count what the states of a level led to."""
        self.depth += 1
        for outcome in np.flatnonzero(level.counts).tolist():
            made = self.rules.made[outcome]
            if made.patch is None:
                self.cut[self.layout.labels[made.label][1] or "bound"] = None
            else:
                self.fired[made.action] += level.counts[outcome]
                self.generated += int(level.counts[outcome])
