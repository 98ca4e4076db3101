"""What an observer sees of a step in a composition: messages sent, received and lost, and transitions taken."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from haboot.checker.boundary import ModelError, nearest

MARKS = ("", "forged", "unprotected")  # nothing, not from whom it claims, covered by no association
Message: TypeAlias = Hashable  # a frozen dataclass; its type is the trigger that it fires
Trigger: TypeAlias = str | type  # what happens by itself, or the class of a message that arrives


def title(trigger: Trigger) -> str:
    """Return a trigger's name: its own, or the message type's."""
    return trigger if isinstance(trigger, str) else trigger.__name__


@dataclass(frozen=True, slots=True)
class Sent:
    """A message handed over; ``mark`` is what the composition says of it, such as "forged".

    One that is handed over ``at_once`` is never under way: who takes it does so in the same step. The target of a
    broadcast is "".
    """

    source: str
    target: str
    message: Message
    mark: str = ""
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """A message handed to a participant; ``accepted`` is false when it was thrown away."""

    source: str
    target: str
    message: Message
    accepted: bool
    mark: str = ""


E = TypeVar("E", Sent, Received)


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


@dataclass(frozen=True, slots=True)
class Names:
    """What events of a composition may be asked for: its instances and triggers. Hosts may come from messages."""

    instances: frozenset[str]
    triggers: frozenset[str]


class Events(tuple[Hashable, ...]):
    """What an observer sees of a step, which refuses to be asked for names that there are not: a slip would hold."""

    known: Names

    @classmethod
    def of(cls, known: Names, events: Iterable[Hashable]) -> Events:
        """Return events that know the names of their composition."""
        made = cls(events)
        made.known = known
        return made


def _require(events: tuple[Hashable, ...], what: str, *names: str) -> None:
    """Raise ModelError for a name that the composition of some events does not have; "" stands for any."""
    known = getattr(events, "known", None)
    if known is not None:
        allowed = getattr(known, what)
        for name in names:
            if name and name not in allowed:
                raise ModelError(
                    f"an event is asked for {what[:-1]} '{name}', which is none{nearest(name, allowed)} "
                    f"(there are: {', '.join(sorted(allowed))})"
                )


def sent(events: tuple[Hashable, ...], *kinds: type, source: str = "", target: str = "") -> list[Sent]:
    """Return the messages of some kinds that a step sends, from or to a host where one is given.

    Raises ModelError where no kind is named.
    """
    return _of_kinds(Sent, events, kinds, source, target)


def accepted(events: tuple[Hashable, ...], *kinds: type, source: str = "", target: str = "") -> list[Received]:
    """Return the messages of some kinds that a step takes and does not throw away; raises as ``sent`` does."""
    return [one for one in _of_kinds(Received, events, kinds, source, target) if one.accepted]


def fired(events: tuple[Hashable, ...], trigger: str, instance: str = "") -> list[Fired]:
    """Return the transitions that a step takes for one trigger, at one instance where it is given.

    Raises ModelError for a trigger or an instance that there is not.
    """
    _require(events, "triggers", trigger)
    _require(events, "instances", instance)
    return [
        one for one in events if isinstance(one, Fired) and one.trigger == trigger and instance in {"", one.instance}
    ]


def _of_kinds(
    event: type[E], events: tuple[Hashable, ...], kinds: tuple[type, ...], source: str, target: str
) -> list[E]:
    if not kinds:
        raise ModelError("no kind of message is named, so none would ever be found; name their classes")
    some = [one for one in events if isinstance(one, event) and isinstance(one.message, kinds)]
    return [one for one in some if source in {"", one.source} and target in {"", one.target}]
