"""Channels: what is under way from one host to another, as slots.

Without reordering a channel is a queue; with it, a multiset kept sorted. Where the network may duplicate, one copy
stands for any number of copies next to each other, so no bound is needed for them: receiving one may leave it in place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from haboot.checker.core import Value
from haboot.checker.events import Message


@dataclass(frozen=True, slots=True)
class Network:
    """What the network may do, and how many messages fit into one channel."""

    loss: bool = False
    duplication: bool = False
    reordering: bool = False
    capacity: int = 3


@dataclass(frozen=True, slots=True)
class Channel:
    """A directed pair of hosts, within a session where hosts serve several."""

    source: str
    target: str
    session: str

    @property
    def name(self) -> str:
        """The channel's name, also the stem of its slots' names."""
        session = "" if self.session in {"", self.source, self.target} else f"[{self.session}]"
        return f"{self.source}>{self.target}{session}"

    def places(self, network: Network) -> tuple[str, ...]:
        """Names of the slots, head first; an empty place holds None and so do all behind it."""
        return tuple(f"{self.name}.{place}" for place in range(network.capacity))

    def contents(self, network: Network, look: Callable[[str], Value]) -> tuple[Message, ...]:
        """Return the messages under way; looks no further than the first empty place."""
        found: list[Message] = []
        for place in self.places(network):
            message = look(place)
            if message is None:
                break
            found.append(message)
        return tuple(found)

    def written(self, network: Network, contents: tuple[Message, ...]) -> Mapping[str, Value]:
        """Return the slots' values for contents."""
        padded = (*contents, *[None] * (network.capacity - len(contents)))
        return dict(zip(self.places(network), padded, strict=True))


def pushed(network: Network, contents: tuple[Message, ...], message: Message) -> tuple[Message, ...] | None:
    """Return the contents with one more message; None when the channel is full."""
    if network.duplication and message in (contents if network.reordering else contents[-1:]):
        return contents
    if len(contents) == network.capacity:
        return None
    longer = (*contents, message)
    return tuple(sorted(longer, key=repr)) if network.reordering else longer


def ready(network: Network, contents: tuple[Message, ...], message: Message) -> bool:
    """Whether the message may be received now: at the head, or anywhere if the network reorders."""
    return message in (contents if network.reordering else contents[:1])


def without(contents: tuple[Message, ...], message: Message) -> tuple[Message, ...]:
    """Return the contents with the first copy of a message taken out."""
    place = contents.index(message)
    return contents[:place] + contents[place + 1 :]
