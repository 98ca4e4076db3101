"""A search whose partitions lie with shards: this process knows the model, and asks; it holds no states.

What a shard's tables lack is evaluated here, by the code that the packed engine uses, and told to all, so all have the
same tables. What is counted is counted by whole levels: a level that a limit leaves unfinished counts as not expanded.
So results are the same for any number of shards, but for what memory or an interrupt ends amid a level.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from time import monotonic
from typing import NamedTuple

import numpy as np
from haboot.checker.core import System
from haboot.checker.limits import STOPPED, Limits, Progress, Share, Watcher
from haboot.checker.packed.checkpoint import CheckpointError
from haboot.checker.packed.cluster import keeping
from haboot.checker.packed.cluster.carriers import ClusterError, LostError
from haboot.checker.packed.cluster.crew import Crew, Level
from haboot.checker.packed.cluster.keeping import Manifest
from haboot.checker.packed.cluster.terms import Closed, Terms, cuts
from haboot.checker.packed.layout import Longs, Model, Packing, Words
from haboot.checker.packed.rules import Form, Rules
from haboot.checker.packed.search import counted
from haboot.checker.tables import Layout

LOSSES = 5  # times that shards may be lost in the course of one level


class Cost(NamedTuple):
    """What a level cost: its states, their outcomes, states that were sent and their bytes, seconds."""

    states: int
    outcomes: int
    sent: int
    octets: int
    seconds: float


class ClusterSearch:
    """One search; ``complete`` does it. ``levels`` counts those that shards have closed, ``saved`` is what is written.

    ``identity`` says which search a checkpoint is of. Shards that are ``empty`` hold nothing of what is written.
    ``costs`` are those of the levels done, ``octets`` what each machine has sent to others; ``note`` is what goes
    otherwise than it should.
    """

    def __init__(self, system: System, limits: Limits, form: Form, identity: Callable[[Rules], str]) -> None:
        self.system, self.limits = system, limits
        self.layout = Layout(system)
        self.packing = Packing(system.slots)
        self.rules = Rules(system, self.layout, self.packing, form)
        self.identity = "" if limits.checkpoint is None else identity(self.rules)
        self.fired: Longs = np.zeros(len(system.actions), np.int64)
        self.bounds: dict[str, None] = {}
        self.saved: Manifest | None = None
        self.losses, self.furthest, self.levels, self.due = 0, 0, 0, 0.0
        self.costs: list[Cost] = []
        self.octets, self.note = Counter[str](), ""

    def terms(self, size: int) -> list[Terms]:
        """Return what each of so many shards is made of."""
        words, bits, workers = self.packing.words, self.packing.bits, self.limits.workers or 1
        return [Terms(words, bits, cuts(size), number, workers) for number in range(size)]

    def over(self, crew: Crew) -> None:
        """Search with some shards; with what is written, where the search is to go on from there."""
        self.crew, self.empty = crew, {*range(crew.size)}
        folder = self.limits.checkpoint
        if folder is None:
            return
        found = keeping.read(folder)
        if found is not None and found.identity != self.identity:
            raise CheckpointError(f"{folder} holds the checkpoint of another search: name another folder, or remove it")
        if self.limits.resume:
            if found is None:
                raise CheckpointError(f"{folder} holds no checkpoint of a cluster ({keeping.MANIFEST}) to resume from")
            self.saved = found

    def complete(self, progress: Progress) -> None:
        """Search until nothing is left or a limit is reached; from what is written again whenever a shard is lost."""
        while True:
            try:
                self._restore()
                self._run(progress)
                self._save()
                self.crew.reduce("finish")
            except LostError as error:
                self.recover(error)
            else:
                return

    def recover(self, error: LostError) -> None:
        """Start those shards again that are lost; raise ClusterError when that happens too often at one level."""
        self.losses += 1
        if self.losses > LOSSES:
            raise ClusterError(f"actors were lost {self.losses} times in the course of one level: {error}") from error
        self.empty |= self.crew.replaced()

    def _restore(self) -> None:
        """Let all shards go back to what is written, or to the beginning."""
        crew = self.crew
        crew.recut(0)
        self._prepare()
        self.bounds = {}
        if self.saved is None:
            states = self.packing.encoded([self.layout.encoded(values) for values in self.system.initial])
            self.generated, self.depth, self.cut = len(states), 0, dict[str, None]()
            self.fired[:] = 0
            crew.reduce("back", 0)
            self._close(crew.reduce("begin", states), 1)
            self._save()
            return
        at = self.saved
        sizes = [len(slot.domain) for slot in self.system.slots]
        crew.restore(self.empty, str(self.limits.checkpoint), at.ends, sizes, self.packing.fields)
        self.generated, self.depth, self.cut = at.generated, at.depth, dict.fromkeys(at.cut)
        self.fired[:] = at.fired
        self._back(at.ends[-1][0])
        self.empty = set()

    def _prepare(self) -> None:
        """Tell all shards what memory they may take, and what outcomes are known."""
        crew, memory = self.crew, self.limits.max_memory
        rooms = [memory // crew.size] * crew.size if memory is not None else crew.placed(crew.carrier.memory())
        crew.each("allow", [(one,) for one in rooms])
        crew.reduce("learn", self.fresh())

    def _back(self, levels: int) -> None:
        """Let all shards go back to the end of so many levels."""
        self._close(self.crew.reduce("back", levels), levels)

    def _run(self, progress: Progress) -> None:
        """Expand level after level."""
        while self.width and not self.limits.reached(self.distinct, self.bounds):
            self._widen()
            begin = monotonic()
            level, closed = self.crew.exchange(self._learnt, lambda level: self._told(level, progress))
            if not closed:
                self.bounds |= {f"max-memory {self.limits.memory:,} bytes": None} if level.full else {}
                return
            self._count(level, monotonic() - begin)
            self._close(closed, self.levels + 1)
            if monotonic() >= self.due:
                self._save()

    def _widen(self) -> None:
        """Let shards on machines that have joined take over partitions, unless a number of shards was asked for."""
        crew, size = self.crew, self.crew.size if self.limits.actors else self.crew.carrier.size
        if size <= crew.size:
            return
        try:
            owned = crew.enlist(self.terms(size))
        except ClusterError as error:
            self.note = f"machines that joined are not used: {error}"
            return
        self.empty = {*range(size)}  # until all is where it belongs
        crew.hand_over(owned, self.levels)
        self._prepare()
        self._back(self.levels)
        self.empty = set()

    def _save(self) -> None:
        """Write what was found since it was written last, where it is to be written."""
        folder, before = self.limits.checkpoint, [] if self.saved is None else self.saved.ends
        begin = before[-1][0] if before else 0
        if folder is None or begin == self.levels:
            return
        self.crew.snapshot(str(folder), begin, self.levels)
        self.saved = Manifest(
            keeping.FORMAT,
            self.identity,
            [*before, (self.levels, self.crew.size)],
            self.generated,
            self.depth,
            self.fired.tolist(),
            [*self.cut],
        )
        keeping.write(folder, self.saved)
        self.empty, self.due = set(), monotonic() + self.limits.interval

    def fresh(self) -> Model:
        """Return the model, to be told to all shards."""
        self.known = self.rules.model
        return self.known

    def _close(self, closed: Sequence[Closed], levels: int) -> None:
        """Go on to the next level, when shards have closed so many."""
        self.levels = levels
        if levels > self.furthest:
            self.furthest, self.losses = levels, 0
        self.width = sum(one.fresh for one in closed)
        self.distinct = sum(one.found for one in closed)
        self.crew.level.found = [one.found for one in closed]
        self.crew.level.left = [one.fresh for one in closed]

    def _learnt(self, states: Words) -> Model | None:
        """Evaluate what states lack; return the model where shards do not know it."""
        self.rules.learn(states)
        return None if self.rules.model is self.known else self.fresh()

    def _told(self, level: Level, progress: Progress) -> bool:
        """Tell how far the search has come; return whether to go on."""
        found = sum(level.found)
        queue = found - self.distinct + sum(level.left)
        progress(found, self.generated + int(level.counts.sum()), queue, self.depth + 1)
        watcher: object = progress
        if isinstance(watcher, Watcher):
            watcher.shares(self._shares(level), self.note)
        if self.limits.stopped():
            self.bounds[STOPPED] = None
        return not self.bounds

    def _shares(self, level: Level) -> list[Share]:
        """Return what each machine has of the search, amid a level."""
        nodes = self.crew.placed(self.crew.carrier.nodes())
        sent = self.octets + self._sent(level)
        shares = []
        for node in dict.fromkeys(nodes):
            here = [shard for shard, other in enumerate(nodes) if other == node]
            found = [level.found[shard] for shard in here]
            held = sum(level.held[shard] for shard in here)
            shares.append(Share(node, len(here), sum(found), max(found), held, sent[node]))
        return shares

    def _sent(self, level: Level) -> Counter[str]:
        """Return how many bytes each machine has sent to others in a level."""
        nodes = self.crew.placed(self.crew.carrier.nodes())
        sent = Counter[str]()
        for node, octets in zip(nodes, level.octets, strict=True):
            sent[node] += sum(int(one) for one, other in zip(octets, nodes, strict=True) if other != node)
        return sent

    def _count(self, level: Level, seconds: float) -> None:
        """Count what the states of a level led to, and what that cost."""
        outcomes = int(level.counts.sum())
        self.costs.append(Cost(self.width, outcomes, level.sent, int(level.octets.sum()), seconds))
        self.octets.update(self._sent(level))
        self.depth += 1
        self.generated += counted(self.rules, level.counts, self.cut, self.fired)
