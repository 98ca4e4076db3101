"""How calls reach shards: a carrier takes them there and brings back what they return.

Calls to one shard are made in the order in which they were sent. What a call returns may be sent on to another shard
without passing through whoever sends it.
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple, Protocol

from haboot.checker.boundary import ModelError
from haboot.checker.host import machine
from haboot.checker.packed.cluster.answering import Answering
from haboot.checker.packed.cluster.terms import Terms

Parcel = Any  # what a call will return, or a part of it


class LostError(Exception):
    """A shard that is no more: its process or its machine has ended. What it held is lost."""


class ClusterError(ModelError):
    """A cluster that cannot go on."""


class Carrier(Protocol):
    """Calls the shards of a search, each by its number, which is its place in the order in which they were started."""

    @property
    def size(self) -> int:
        """How many shards there had better be: as it is at the moment, since machines may join."""

    def start(self, terms: Sequence[Terms]) -> None:
        """Start more shards; raise ClusterError where that fails in time, and then leave things as they were."""

    def memory(self) -> list[int]:
        """Return how many bytes each shard may take of the machine that it is on."""

    def send(self, shard: int, verb: str, given: Sequence[Any], parts: int = 1) -> list[Parcel]:
        """Call a shard; return a parcel for each part of what it returns. Parcels given arrive as what they hold."""

    def first(self, waiting: Sequence[Parcel]) -> Parcel:
        """Wait for some parcels and return one that is there; raise ClusterError where none comes in time."""

    def opened(self, parcel: Parcel) -> Any:
        """Return what a parcel holds once it is there; raise LostError where its shard is lost."""

    def nodes(self) -> list[str]:
        """Return the name of the machine that each shard is on."""

    def replace(self, shard: int, terms: Terms) -> None:
        """Start a lost shard again, elsewhere and empty; raise ClusterError where that fails in time."""

    def close(self) -> None:
        """End all shards."""


class Slip:
    """A parcel of calls within this process."""

    def __init__(self, shard: int) -> None:
        self.shard, self.there, self.lost, self.content = shard, False, False, None


class Call(NamedTuple):
    """A call that waits."""

    verb: str
    given: tuple[Any, ...]
    slips: list[Slip]

    def parcels(self) -> list[Slip]:
        """Return the parcels among what is given."""
        return [one for one in self.given if isinstance(one, Slip)]

    def can_be_made(self) -> bool:
        """Return whether all parcels that it is given are there."""
        return all(one.there for one in self.parcels())


class Within:
    """A carrier whose shards are in this process: the same in every run.

    ``dice`` draws which shard works next, and where ``repeats`` allows, batches that come a second time. A shard ends
    at the call numbered in ``deaths``, counted from 0, before it has been made. From the calls in ``joins`` on there
    is room for one shard more.
    """

    def __init__(
        self,
        size: int,
        dice: Random | None = None,
        deaths: Sequence[int] = (),
        joins: Sequence[int] = (),
        *,
        repeats: bool = False,
    ) -> None:
        self.least, self.dice, self.repeats, self.deaths, self.joins = size, dice, repeats, set(deaths), joins
        self.made = 0
        self.shards: list[Answering | None] = []
        self.calls: list[deque[Call]] = []

    @property
    def size(self) -> int:
        """See Carrier."""
        return self.least + sum(one < self.made for one in self.joins)

    def start(self, terms: Sequence[Terms]) -> None:
        """See Carrier."""
        self.shards += [Answering(one) for one in terms]
        self.calls += [deque() for _ in terms]

    def memory(self) -> list[int]:
        """See Carrier."""
        return [machine.memory() * 3 // 4 // len(self.shards)] * len(self.shards)

    def nodes(self) -> list[str]:
        """See Carrier."""
        return [f"shard {number}" for number in range(len(self.shards))]

    def send(self, shard: int, verb: str, given: Sequence[Any], parts: int = 1) -> list[Parcel]:
        """See Carrier."""
        slips = [Slip(shard) for _ in range(parts)]
        self.calls[shard].append(Call(verb, tuple(given), slips))
        if verb == "insert" and self.dice is not None and self.repeats and self.dice.random() < 0.3:
            self.calls[shard].append(Call(verb, tuple(given), [Slip(shard)]))
        return list(slips)

    def first(self, waiting: Sequence[Parcel]) -> Parcel:
        """See Carrier."""
        while True:
            there = [one for one in waiting if one.there]
            if there:
                return there[0] if self.dice is None else self.dice.choice(there)
            able = [number for number, calls in enumerate(self.calls) if calls and calls[0].can_be_made()]
            self._make(able[0] if self.dice is None else self.dice.choice(able))

    def _make(self, number: int) -> None:
        """Make the next call to a shard; it is lost where the shard is, or a parcel that it is given."""
        call = self.calls[number].popleft()
        if self.made in self.deaths:
            self.shards[number] = None
        self.made += 1
        shard = self.shards[number]
        lost = shard is None or any(one.lost for one in call.parcels())
        for slip in call.slips:
            slip.there, slip.lost = True, lost
        if not lost:
            values = [one.content if isinstance(one, Slip) else one for one in call.given]
            result = getattr(shard, call.verb)(*_carried(values))
            for slip, part in zip(call.slips, [result] if len(call.slips) == 1 else result, strict=True):
                slip.content = _carried(part)

    def opened(self, parcel: Parcel) -> Any:
        """See Carrier."""
        self.first([parcel])
        if parcel.lost:
            raise LostError(f"shard {parcel.shard}")
        return parcel.content

    def replace(self, shard: int, terms: Terms) -> None:
        """See Carrier."""
        self.shards[shard] = Answering(terms)

    def close(self) -> None:
        """See Carrier."""
        self.shards, self.calls = [], []


def _carried(values: Any) -> Any:
    """Return a copy of values as it arrives elsewhere: nothing is shared, and arrays are not to be written."""
    buffers: list[pickle.PickleBuffer] = []
    whole = pickle.dumps(values, protocol=5, buffer_callback=buffers.append)
    return pickle.loads(whole, buffers=[bytes(one.raw()) for one in buffers])  # noqa: S301 - made a line above
