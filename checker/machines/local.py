"""What guards and effects of a participant are handed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

from haboot.checker.boundary import ModelError, nearest, require_hashable, shown
from haboot.checker.branches import See
from haboot.checker.core import Value
from haboot.checker.machines.events import Message

Way: TypeAlias = Literal["send", "meet", "broadcast"]


class Handed(NamedTuple):
    """A message that a row hands over, and how: to the network, or in the same step to one host or to all who can.

    The target of a broadcast is "", everybody.
    """

    target: str
    message: Message
    way: Way = "send"


@dataclass(slots=True)
class Turn:
    """What one trigger has done so far; ``looking`` is set while a guard is asked, which may do nothing.

    ``refused`` is the error of something that may not be done, which counts even where model code swallows it.
    """

    sent: list[Handed] = field(default_factory=list)
    taken: int = 0
    row: int | None = None
    looking: bool = False
    meddled: str = ""
    refused: ModelError | None = None


class Local:
    """What guards and effects see: variables and constants as attributes, the message, inputs, and ways to act.

    Assigning a variable changes it; reading or assigning any other name raises ModelError, and so does whatever a
    guard would change.
    """

    __slots__ = ("_domains", "_owner", "_see", "_turn", "_values", "message", "state")

    message: Any
    state: str

    def __init__(self, owner: str, variables: Mapping[str, Sequence[Value]], constants: Mapping[str, Value]) -> None:
        domains = {name: {value: value for value in domain} for name, domain in variables.items()}
        values = {**constants, **{name: domain[0] for name, domain in variables.items()}}
        for name, value in {"_owner": owner, "_domains": domains, "_values": values}.items():
            object.__setattr__(self, name, value)
        self._begin("", None, _blind)

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            hint = nearest(name, [*self._values, *PUBLIC])
            raise self._refused(f"{self._owner} reads '{name}', which it does not declare{hint}") from None

    def __setattr__(self, name: str, value: Value) -> None:
        domain = self._domains.get(name)
        if domain is None:
            hint = nearest(name, self._domains)
            raise self._refused(
                f"{self._owner} assigns '{name}', which is not one of its variables: {[*self._domains]}{hint}"
            )
        self._changes(f"assigns '{name}'")
        require_hashable(self._owner, f"the value assigned to '{name}'", value)
        if value not in domain:
            raise self._refused(f"{self._owner} assigns {shown(value)} to '{name}' (allowed: {[*domain]})")
        self._values[name] = domain[value]

    def __delattr__(self, name: str) -> None:
        raise self._refused(f"{self._owner} deletes '{name}'; a variable always has a value")

    def see(self, name: str) -> Any:
        """Return an input: something of the world outside that a guard may look at."""
        try:
            return self._see(name)
        except ModelError as error:
            self._turn.refused = error
            raise

    def send(self, target: str, message: Message) -> None:
        """Hand a message for a host to the network."""
        self._hand(target, message, "send")

    def meet(self, target: str, message: Message) -> None:
        """Hand a message to a host in this very step, which happens only where a row there takes it: a rendezvous."""
        self._hand(target, message, "meet")

    def broadcast(self, message: Message) -> None:
        """Hand a message to all others of the session in this very step; those take part that have a row for it."""
        self._hand("", message, "broadcast")

    def _hand(self, target: str, message: Message, way: Way) -> None:
        does, end = f"{way}s", f" to '{target}'" if target else ""
        self._changes(f"{does} {type(message).__name__}")
        if not isinstance(target, str) or (not target and way != "broadcast"):
            raise self._refused(f"{self._owner} {does} to {shown(target)}; the name of a host is due")
        if message is None:
            raise self._refused(f"{self._owner} {does} None{end}; a message is a value, such as a frozen dataclass")
        require_hashable(self._owner, "the message sent", message)
        self._turn.sent.append(Handed(target, message, way))

    def acquire(self) -> None:
        """Take one unit of the participant's resource."""
        self._changes("acquires")
        self._turn.taken += 1

    def release(self) -> None:
        """Give one unit of the participant's resource back."""
        self._changes("releases")
        self._turn.taken -= 1

    def _refused(self, said: str) -> ModelError:
        """Note and return an error."""
        error = self._turn.refused = ModelError(said)
        return error

    def _changes(self, deed: str) -> None:
        if self._turn.looking:
            self._turn.meddled = deed
            raise ModelError(f"{self._owner} {deed}; a guard may only look")

    def _begin(self, state: Value, message: Message | None, see: See) -> Turn:
        """Start a turn in a state, and return what will be noted of it."""
        turn = Turn()
        hold = object.__setattr__
        hold(self, "state", state)
        hold(self, "message", message)
        hold(self, "_see", see)
        hold(self, "_turn", turn)
        return turn


RESERVED = frozenset(dir(Local))  # what a variable or a constant would hide
PUBLIC = tuple(sorted(name for name in RESERVED if not name.startswith("_")))
Guard: TypeAlias = Callable[[Local], bool]
Effect: TypeAlias = Callable[[Local], None]


def require_free(place: str, what: str, name: str) -> None:
    """Raise ModelError where a variable or a constant has a name that guards and effects are handed."""
    if name in RESERVED:
        ways = ", ".join(PUBLIC)
        raise ModelError(f"{place}: {what} is named '{name}', as is what guards and effects are handed ({ways}, …)")


def _blind(name: str) -> Value:
    raise ModelError(f"input '{name}' is looked at outside of a trigger")
