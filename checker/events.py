"""What an observer sees of a step in a composition: messages sent, received and lost, and transitions taken."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TypeAlias

Message: TypeAlias = Hashable  # a frozen dataclass; its type's name is the trigger that it fires


def kind(message: Message) -> str:
    """Return the name of the trigger that a message fires."""
    return type(message).__name__


@dataclass(frozen=True, slots=True)
class Sent:
    """A message handed to the network."""

    source: str
    target: str
    message: Message


@dataclass(frozen=True, slots=True)
class Received:
    """A message handed to a participant; ``accepted`` is false when no transition took it."""

    source: str
    target: str
    message: Message
    accepted: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """A message that the network dropped, or that met a host which was down."""

    source: str
    target: str
    message: Message


@dataclass(frozen=True, slots=True)
class Fired:
    """A transition taken: the participant's instance, the trigger and the number of its row."""

    instance: str
    trigger: str
    row: int
