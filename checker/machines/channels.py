"""Channels: what is under way from one host to another, as slots.

Without reordering a channel is a queue, a slot a place; with it, a multiset, a slot a message. Where the network may
duplicate without end, one copy stands for any number of copies that would be received next to each other, so none is
counted twice and no bound is needed for them: receiving a copy may leave it in place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import takewhile
from typing import Any, Literal, Protocol, TypeAlias

from haboot.checker.boundary import NOTHING, ModelError, Needs, given, needed
from haboot.checker.core import Slot, Value, counted
from haboot.checker.machines.events import Message

Look: TypeAlias = Callable[[str], Value]
Writes: TypeAlias = dict[str, Value]
Full: TypeAlias = Literal["bound", "lose", "wait"]
FULL = ("bound", "lose", "wait")
DEEDS = ("loss", "duplication", "reordering")
Passes: TypeAlias = Callable[[Message], bool]


def blocks(_: Message) -> bool:
    """Let nothing pass."""
    return False


@dataclass(frozen=True, slots=True)
class Network:
    """What the network may do, and how many messages fit into one channel (of one kind, if it reorders).

    A ``full`` channel is a "bound" of the search, which makes verdicts INCOMPLETE, or part of the model: it may "lose"
    what is sent into it, or make the step that sends "wait". ``at_most`` says how often "loss" or "duplication" happens
    in a run, without end where nothing is said. ``assumes`` says of "loss", "duplication" or "reordering" what must be
    assumed for it; see ``checker.boundary.needs``.
    """

    loss: bool = False
    duplication: bool = False
    reordering: bool = False
    capacity: int = 3
    full: Full = "bound"
    at_most: Mapping[str, int] = field(default_factory=dict)
    assumes: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for what in ("loss", "duplication", "reordering"):
            given.flag("a Network", what, getattr(self, what))
        given.count("a Network", "capacity", self.capacity)
        given.require_known("a Network", "way with a full channel", self.full, FULL)
        does = [what for what in ("loss", "duplication") if getattr(self, what)]
        object.__setattr__(self, "at_most", given.counts("a Network", "at_most", self.at_most, "deed", does))
        known = given.mapping(
            "a Network", "assumes", self.assumes, lambda one: given.require_known("a Network", "deed", one, DEEDS)
        )
        object.__setattr__(self, "assumes", {name: needed(f"a Network, {name}", some) for name, some in known.items()})

    @property
    def merges(self) -> bool:
        """Whether one copy of a message stands for any number: where it is duplicated without end."""
        return self.duplication and "duplication" not in self.at_most

    def needs(self, deed: str) -> Needs:
        """Return what must be assumed for "loss", "duplication" or "reordering"."""
        some: Needs = self.assumes.get(deed, NOTHING)
        return some


@dataclass(frozen=True, slots=True)
class Pair:
    """A directed pair of hosts, within a session where hosts serve several."""

    source: str
    target: str
    session: str

    @property
    def ends(self) -> tuple[str, str, str]:
        """Both ends and the session."""
        return self.source, self.target, self.session

    @property
    def name(self) -> str:
        """The channel's name, also the stem of its slots' names."""
        session = "" if self.session in {"", self.source, self.target} else f"[{self.session}]"
        return f"{self.source}>{self.target}{session}"


class Line(Protocol):
    """A channel as whoever sends and receives sees it."""

    @property
    def pair(self) -> Pair:
        """Its two ends."""

    @property
    def idle(self) -> Mapping[str, Value]:
        """The slots that show that nothing is under way, with the value that shows it."""

    def shown(self, number: int) -> tuple[str, ...]:
        """Return the slots that show whether more than a number of messages are under way."""

    def held(self, look: Look, most: int) -> int:
        """Return how many messages are under way, one above ``most`` for any more; of copies one counts."""

    def take(self, look: Look, message: Message, passes: Passes = blocks) -> Writes | None:
        """Return what changes when a message is taken out; None when it is not there to be taken.

        ``passes`` tells which messages let those behind them in a queue pass.
        """

    def put(self, look: Look, message: Message) -> Writes | None:
        """Return what changes when a message is put in; None when the channel is full."""

    def first(self, look: Look, *, passing: bool = False) -> tuple[Message, ...]:
        """Return the messages that may be received next; if ``passing``, those behind one that lets them pass too."""


@dataclass(frozen=True)
class Channel:
    """One directed pair on a network, with the messages that it may carry."""

    pair: Pair
    network: Network
    messages: tuple[Message, ...]
    text: Callable[[Message], str] = str

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots; all are empty at first, which is the first value of each domain."""
        if self.network.reordering:
            counts = range(2 if self.network.merges else self.network.capacity + 1)
            return tuple(Slot(self._count(message), counts, channel=self.pair.ends) for message in self.messages)
        return tuple(Slot(place, (None, *self.messages), channel=self.pair.ends) for place in self._places)

    @property
    def idle(self) -> Mapping[str, Value]:
        """The slots that show that nothing is under way, with the value that shows it."""
        if self.network.reordering:
            return {self._count(message): 0 for message in self.messages}
        return {self._places[0]: None}

    def shown(self, number: int) -> tuple[str, ...]:
        """Return the slots that show whether more than a number of messages are under way."""
        return tuple(self.idle) if self.network.reordering else self._places[: number + 1]

    def held(self, look: Look, most: int) -> int:
        """Return how many messages are under way, one above ``most`` for any more; of copies one counts."""
        if self.network.reordering:
            number = 0
            for slot in self._counts.values():
                number += counted(look(slot))
                if number > most:
                    return most + 1
            return number
        return sum(1 for _ in takewhile(lambda place: look(place) is not None, self.shown(most)))

    def touched(self, message: Message) -> tuple[str, ...]:
        """Return the slots that taking or putting a message may read or write."""
        return (self._count(message),) if self.network.reordering else self._places

    def take(self, look: Look, message: Message, passes: Passes = blocks) -> Writes | None:
        """Return what changes when a message is taken out; None when it is not there to be taken.

        ``passes`` tells which messages let those behind them in a queue pass.
        """
        if self.network.reordering:
            count = look(self._count(message))
            return {self._count(message): counted(count) - 1} if count else None
        for place, slot in enumerate(self._places):
            held = look(slot)
            if held == message:
                rest = self._queue(look)[place + 1 :]
                return dict(zip(self._places[place:], (*rest, None), strict=False))
            if held is None or not passes(held):
                return None
        return None

    def put(self, look: Look, message: Message) -> Writes | None:
        """Return what changes when a message is put in; None when the channel is full."""
        if self.network.reordering:
            count = counted(look(self._count(message)))
            if count and self.network.merges:
                return {}
            return {self._count(message): count + 1} if count < self.network.capacity else None
        queue = self._queue(look)
        if self.network.merges and queue[-1:] == (message,):
            return {}
        return {self._places[len(queue)]: message} if len(queue) < self.network.capacity else None

    def first(self, look: Look, *, passing: bool = False) -> tuple[Message, ...]:
        """Return the messages that may be received next."""
        if self.network.reordering:
            return tuple(message for message in self.messages if look(self._count(message)))
        return self._queue(look) if passing else self._queue(look)[:1]

    @cached_property
    def _places(self) -> tuple[str, ...]:
        return tuple(f"{self.pair.name}.{place}" for place in range(self.network.capacity))

    @cached_property
    def _counts(self) -> Mapping[Message, str]:
        return {message: f"{self.pair.name}: {self.text(message)}" for message in self.messages}

    def _count(self, message: Message) -> str:
        return self._counts[message]

    def _queue(self, look: Look) -> tuple[Message, ...]:
        found: list[Message] = []
        for place in self._places:
            message = look(place)
            if message is None:
                break
            found.append(message)
        return tuple(found)


@dataclass(frozen=True)
class Bag:
    """A channel of a network that reorders, in one slot: the messages under way, in the order of their texts.

    It needs no list of the messages that it may ever carry, and does what a Channel does.
    """

    pair: Pair
    network: Network
    text: Callable[[Message], str] = str

    @cached_property
    def slot(self) -> str:
        """The slot that holds the messages."""
        return f"{self.pair.name}: under way"

    @property
    def idle(self) -> Mapping[str, Value]:
        """The slots that show that nothing is under way, with the value that shows it."""
        return {self.slot: ()}

    def shown(self, number: int) -> tuple[str, ...]:
        """Return the slot, whatever the number."""
        del number
        return (self.slot,)

    def held(self, look: Look, most: int) -> int:
        """Return how many messages are under way, one above ``most`` for any more; of copies one counts."""
        return min(len(self.first(look)), most + 1)

    def take(self, look: Look, message: Message, passes: Passes = blocks) -> Writes | None:
        """Return what changes when a message is taken out; None when it is not there to be taken."""
        del passes
        held = self.first(look)
        if message not in held:
            return None
        place = held.index(message)
        return {self.slot: (*held[:place], *held[place + 1 :])}

    def put(self, look: Look, message: Message) -> Writes | None:
        """Return what changes when a message is put in; None when the channel is full."""
        held = self.first(look)
        if message in held and self.network.merges:
            return {}
        if held.count(message) >= self.network.capacity:
            return None
        return {self.slot: tuple(sorted((*held, message), key=self.text))}

    def first(self, look: Look, *, passing: bool = False) -> tuple[Message, ...]:
        """Return the messages that may be received next: all of them."""
        del passing
        held = look(self.slot)
        if not isinstance(held, tuple):
            raise ModelError(f"slot '{self.slot}' holds messages, not {held!r}")
        return held
