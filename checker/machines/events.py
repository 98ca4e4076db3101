"""What an observer sees of a step in a composition: messages sent, received and lost, and transitions taken."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TypeAlias

MARKS = ("", "forged", "unprotected")  # nothing, not from whom it claims, covered by no association
Message: TypeAlias = Hashable  # a frozen dataclass; its type is the trigger that it fires
Trigger: TypeAlias = str | type  # what happens by itself, or the class of a message that arrives


def title(trigger: Trigger) -> str:
    """Return a trigger's name: its own, or the message type's."""
    return trigger if isinstance(trigger, str) else trigger.__name__


@dataclass(frozen=True, slots=True)
class Sent:
    """A message handed to the network; ``mark`` is what the composition says of it, such as "forged"."""

    source: str
    target: str
    message: Message
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """A message handed to a participant; ``accepted`` is false when it was thrown away."""

    source: str
    target: str
    message: Message
    accepted: bool
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """A message that the network dropped, or that met a host which was down."""

    source: str
    target: str
    message: Message
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Fired:
    """A transition taken: the participant's instance, the trigger's name and the number of its row."""

    instance: str
    trigger: str
    row: int


def sent(events: tuple[Hashable, ...], *kinds: type, source: str = "", target: str = "") -> list[Sent]:
    """Return the messages of some kinds that a step sends, from or to a host where one is given."""
    return [
        one
        for one in events
        if isinstance(one, Sent) and isinstance(one.message, kinds) and _between(one, source, target)
    ]


def accepted(events: tuple[Hashable, ...], *kinds: type, source: str = "", target: str = "") -> list[Received]:
    """Return the messages of some kinds that a step takes and does not throw away."""
    return [
        one
        for one in events
        if isinstance(one, Received)
        and one.accepted
        and isinstance(one.message, kinds)
        and _between(one, source, target)
    ]


def fired(events: tuple[Hashable, ...], trigger: str, instance: str = "") -> list[Fired]:
    """Return the transitions that a step takes for one trigger, at one instance where it is given."""
    return [
        one for one in events if isinstance(one, Fired) and one.trigger == trigger and instance in {"", one.instance}
    ]


def _between(one: Sent | Received, source: str, target: str) -> bool:
    return source in {"", one.source} and target in {"", one.target}
