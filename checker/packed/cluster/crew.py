"""The shards of a search as one: exchange, reduce and snapshot are all that a search needs of them.

A batch is taken in as often as it comes, with the same result, and carries a number; a level has ended when all that
was sent has come, and a search when the sum of new states is zero.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from haboot.checker.packed.checkpoint import CheckpointError
from haboot.checker.packed.cluster.carriers import Carrier, ClusterError, LostError, Parcel
from haboot.checker.packed.cluster.terms import Closed, Report, Taken, Terms, homes, overlap
from haboot.checker.packed.layout import Longs, Model, Words

IN_FLIGHT = 3  # parts of a shard's frontier whose batches have not all been taken in
AT_ONCE = 64  # partitions that are handed over at a time

T = TypeVar("T")


@dataclass
class Level:
    """What has come of expanding a level: outcomes by number, and states sent.

    Of each shard, the states that it holds, their bytes, how many of its frontier are still to be expanded, and the
    bytes that it has sent to each.
    """

    found: list[int]
    held: list[int]
    left: list[int]
    octets: Longs
    counts: Longs = field(default_factory=lambda: np.zeros(0, np.int64))
    sent: int = 0
    full: bool = False

    def add(self, shard: int, report: Report) -> None:
        """Count what a shard reports."""
        self.left[shard] = report.left
        more = max(0, int(report.outcomes.max(initial=-1)) + 1 - self.counts.size)
        self.counts = np.pad(self.counts, (0, more))
        self.counts[report.outcomes] += report.counts
        self.sent += sum(report.sent)
        self.octets[shard] += report.octets

    def note(self, shard: int, told: Report | Taken) -> None:
        """Note what a shard holds."""
        self.found[shard], self.held[shard] = told.found, told.held
        self.full |= told.full


class Crew:
    """The shards of a search, made of ``terms``, which a carrier reaches.

    A shard is called by its place: the partitions of one lie before those of the next. ``numbers`` are the carrier's.
    """

    def __init__(self, carrier: Carrier, terms: Sequence[Terms]) -> None:
        self.carrier, self.terms, self.size = carrier, terms, len(terms)
        self.numbers = [*range(self.size)]
        self.level = self._level(None)

    def _level(self, before: Level | None) -> Level:
        """Return a level of which nothing has come; shards hold what they held before."""
        found, held, left = (before.found, before.held, before.left) if before else ([0] * self.size for _ in range(3))
        return Level(found, held, left, np.zeros((self.size, self.size), np.int64))

    def send(self, shard: int, verb: str, given: Sequence[Any], parts: int = 1) -> list[Parcel]:
        """Call a shard by its place; see Carrier."""
        return self.carrier.send(self.numbers[shard], verb, given, parts)

    def placed(self, told: Sequence[T]) -> list[T]:
        """Return what a carrier tells of each shard, by their places."""
        return [told[number] for number in self.numbers]

    def reduce(self, verb: str, *given: Any) -> list[Any]:
        """Return what each shard answers to the same call."""
        return self.each(verb, [given] * self.size)

    def each(self, verb: str, given: Sequence[Sequence[Any]]) -> list[Any]:
        """Return what each shard answers to a call of its own."""
        parcels = [self.send(shard, verb, one)[0] for shard, one in enumerate(given)]
        return [self.carrier.opened(parcel) for parcel in parcels]

    def share(self, verb: str, *given: Any) -> list[Parcel]:
        """Return what each shard answers, unopened, to be given to all."""
        return [self.send(shard, verb, given)[0] for shard in range(self.size)]

    def snapshot(self, folder: str, begin: int, end: int) -> None:
        """Let each shard write its items of levels ``begin`` to ``end`` - 1; raise CheckpointError where one fails."""
        _require_none(self.reduce("save", folder, begin, end))

    def restore(self, shards: Iterable[int], *given: Any) -> None:
        """Let some empty shards go on from what was written; see ``keeping.load`` for what is given."""
        parcels = [self.send(shard, "load", given)[0] for shard in sorted(shards)]
        _require_none([self.carrier.opened(parcel) for parcel in parcels])

    def replaced(self) -> set[int]:
        """Start those shards again that are lost, and return which; what others were at work on is done by then."""
        lost = set[int]()
        for shard, parcel in enumerate(self.share("ready")):
            try:
                self.carrier.opened(parcel)
            except LostError:
                self.carrier.replace(self.numbers[shard], self.terms[shard])
                lost.add(shard)
        return lost

    def recut(self, levels: int) -> None:
        """Let all shards own their partitions, and no others, with so many levels."""
        self.each("recut", [(one.cuts, one.number, levels) for one in self.terms])

    def enlist(self, terms: Sequence[Terms]) -> list[tuple[int, int, int]]:
        """Start more shards, between levels; return who still has the partitions from one to another, by their places.

        Raises ClusterError, with all as it was, where they do not start.
        """
        before, places = self.numbers, homes(self.size, len(terms))
        others = [number for number in range(len(terms)) if number not in places]
        self.carrier.start([terms[number] for number in others])
        numbers = dict(zip([*places, *others], [*before, *range(len(before), len(terms))], strict=True))
        cuts, self.terms, self.size = self.terms[0].cuts, terms, len(terms)
        self.numbers = [numbers[number] for number in range(self.size)]
        self.level = self._level(None)
        return [(place, *share) for place, share in zip(places, pairwise(cuts), strict=True)]

    def hand_over(self, owned: Sequence[tuple[int, int, int]], levels: int) -> None:
        """Let shards that still have partitions hand over what is of others, of so many levels, a few parts at a time.

        Where a shard is lost amid it, all are to be restored.
        """
        under_way = deque[Parcel]()
        for giver, begin, end in owned:
            for taker, lo, hi in overlap(begin, end, self.size):
                for one in range(lo, hi if taker != giver else lo, AT_ONCE):
                    parcel = self.send(giver, "hand", (one, min(hi, one + AT_ONCE)))[0]
                    under_way.append(self.send(taker, "take", (one, parcel))[0])
                    if len(under_way) > IN_FLIGHT * self.size:
                        self._require_taken(under_way.popleft())
        for one in under_way:
            self._require_taken(one)
        self.recut(levels)

    def _require_taken(self, parcel: Parcel) -> None:
        if not self.carrier.opened(parcel):
            raise ClusterError("an actor has no room for the partitions that it was to take over")

    def exchange(
        self, learn: Callable[[Words], Model | None], tell: Callable[[Level], bool]
    ) -> tuple[Level, list[Closed]]:
        """Expand the frontier, and bring what is found to its owners; return what came of it.

        ``learn`` is given states of which an outcome is not known, and returns a model where it is to be known to all.
        ``tell`` is told how far it has come, and returns whether to go on. Where it is not gone on, the level is left
        unfinished.
        """
        self.level = self._level(self.level)
        closed: list[Closed] = self.reduce("close") if _Exchange(self, learn, tell).run() else []
        for sender, one in enumerate(closed):
            if one.sent != tuple(other.had[sender] for other in closed):
                raise ClusterError(f"of what shard {sender} sent, not all has arrived")
        return self.level, closed


def _require_none(errors: Sequence[str]) -> None:
    """Raise CheckpointError with the first error of those that are told."""
    for one in errors:
        if one:
            raise CheckpointError(one)


class _Exchange:
    """One level of a search: what is under way."""

    def __init__(self, crew: Crew, learn: Callable[[Words], Model | None], tell: Callable[[Level], bool]) -> None:
        self.crew, self.carrier, self.learn, self.tell = crew, crew.carrier, learn, tell
        self.waiting: dict[Parcel, tuple[str, int, int]] = {}  # what was called, for which shard, and at which
        self.batches: dict[int, list[Parcel]] = {}
        self.flying, self.number = [0] * crew.size, [0] * crew.size
        self.held: set[int] = set()
        self.goes_on = True

    def run(self) -> bool:
        """Go on until nothing is under way; return whether the level is whole."""
        for shard in range(self.crew.size):
            self._expand(shard)
        while self.waiting:
            parcel = self.carrier.first(list(self.waiting))
            verb, shard, other = self.waiting.pop(parcel)
            told = self.carrier.opened(parcel)
            if verb != "learn":
                self.crew.level.note(other, told)
                if isinstance(told, Report):
                    self.crew.level.add(shard, told)
                self.goes_on = self.goes_on and not told.full and self.tell(self.crew.level)
            if verb == "expand":
                self._reported(shard, told)
            elif verb == "insert":
                self.flying[shard] -= 1
                self._go_on(shard)
        return self.goes_on

    def _expand(self, shard: int) -> None:
        report, *batches = self.crew.send(shard, "expand", (), 1 + self.crew.size)
        self.waiting[report] = "expand", shard, shard
        self.batches[shard] = batches

    def _reported(self, shard: int, report: Report) -> None:
        if len(report.missing) and (model := self.learn(report.missing)) is not None:
            for one in range(self.crew.size):
                self.waiting[self.crew.send(one, "learn", (model,))[0]] = "learn", one, one
        for other, batch in enumerate(self.batches.pop(shard)):
            if report.sent[other]:
                given = (shard, self.number[shard], batch)
                self.waiting[self.crew.send(other, "insert", given)[0]] = "insert", shard, other
                self.flying[shard] += 1
        self.number[shard] += 1
        if report.left:
            self.held.add(shard)
            self._go_on(shard)

    def _go_on(self, shard: int) -> None:
        """Let a shard expand more, unless too much of what it has sent is under way."""
        most = IN_FLIGHT * max(1, self.crew.size - 1)
        if self.goes_on and shard in self.held and self.flying[shard] < most:
            self.held.remove(shard)
            self._expand(shard)
