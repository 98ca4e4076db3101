"""What would have to be otherwise for a machine to send something: each row, with all that keeps it from being taken.

The guards and effects are those that are explored, run by the same machines, but every row is tried: with guards that
are false, from another state, and on messages that are not under way. So a message that no row sends in a state may be
told with the guard that was false, and with what that guard saw.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from haboot.checker.boundary import ModelError, called
from haboot.checker.branches import See
from haboot.checker.core import Value, View
from haboot.checker.machines.channels import Channel
from haboot.checker.machines.closure import Pool, close
from haboot.checker.machines.composition import Composition
from haboot.checker.machines.effects import Effects
from haboot.checker.machines.events import Fired, Message, Sent, Trigger
from haboot.checker.machines.local import Handed
from haboot.checker.machines.participants import LiveMachine, Reaction
from haboot.checker.machines.parts import Instance
from haboot.checker.machines.rows import Config, Row

STATE, GUARD, BEFORE, ABSENT, DOWN, NEVER = "state", "guard", "before", "absent", "down", "never"


@dataclass(frozen=True)
class Obstacle:
    """One thing that keeps a row from being taken, of a kind, with the names and values that it is about.

    ``state``: the machine is in another one than ``names``. ``guard``: this one is false. ``before``: the row of number
    ``row`` stands before it and is taken, for ``names`` are its guards that the row has not. ``absent``: the message is
    not there to be taken. ``down``: the host is down. ``never``: it does not happen by itself in this composition.
    ``values`` are the variables and inputs that were looked at.
    """

    kind: str
    names: tuple[str, ...] = ()
    values: Mapping[str, Value] = field(default_factory=dict)
    row: int | None = None


@dataclass(frozen=True)
class Attempt:
    """What a row would send, on a message from a host where it takes one, and what keeps it from being taken."""

    fired: Fired
    sent: tuple[Sent, ...]
    obstacles: tuple[Obstacle, ...]
    message: Message | None = None
    source: str = ""


class Attempts:
    """Tries the rows of a composition's machines; for ``pool`` see ``close``."""

    def __init__(self, composition: Composition, pool: Pool | None = None) -> None:
        self.composition, self._trying = composition, _Trying(composition)
        self._closure = close(composition, pool)
        self._channels = self._closure.channels
        self._effects = Effects(self._closure, self._trying, self._channels)

    def at(self, host: str, state: Mapping[str, Value]) -> Iterator[Attempt]:
        """Yield what each row of the machines at a host would send in a state, where it would send anything."""
        view = View(state, f"composition '{self.composition.name}'")
        for one in self.composition.instances:
            if one.host == host:
                for trigger in one.participant.internal:
                    yield from self._internal(one, trigger, view)
                for channel in self._channels.values():
                    yield from self._delivered(one, channel, view)

    def _internal(self, one: Instance, trigger: str, view: View) -> Iterator[Attempt]:
        down = self._effects.down(one)
        outside = [Obstacle(NEVER)] if trigger in one.disabled else []
        if down is not None and down.seen(f"down of '{one.host}'", view):
            outside.append(Obstacle(DOWN))
        yield from self._tried(one, trigger, None, view, tuple(outside))

    def _delivered(self, one: Instance, channel: Channel, view: View) -> Iterator[Attempt]:
        pair = channel.pair
        for message in channel.messages:
            if self._closure.receiver(pair, message) is not one:
                continue
            there = channel.take(view.__getitem__, message) is not None
            outside = [] if there else [Obstacle(ABSENT)]
            if any(miss.seen(f"down of {pair.name}", view) for miss in self._effects.missing(pair)):
                outside.append(Obstacle(DOWN))
            for made in self._tried(one, type(message), message, view, tuple(outside)):
                yield replace(made, source=pair.source)

    def _tried(
        self, one: Instance, trigger: Trigger, message: Message | None, view: View, outside: tuple[Obstacle, ...]
    ) -> Iterator[Attempt]:
        self._trying.found = []
        self._effects.react(one, trigger, message, view)
        name = self._closure.labels.trigger(trigger)
        for made in self._trying.found:
            handed = [each for each in made.sent if each.way == "send"]
            if handed:
                sent = tuple(
                    Sent(one.host, target, some, self._effects.mark(one.host, some)) for target, some, _ in handed
                )
                yield Attempt(Fired(one.name, name, made.row), sent, (*outside, *made.obstacles), message)


@dataclass(frozen=True)
class _Tried:
    """What a row hands over, and what is in its way."""

    row: int
    sent: tuple[Handed, ...]
    obstacles: tuple[Obstacle, ...]


class _Trying:
    """Machines that try each row of the trigger that they are asked about, and do nothing."""

    def __init__(self, composition: Composition) -> None:
        self.of = {one.name: LiveMachine(one.participant, one.name, one.constants) for one in composition.instances}
        self.found: list[_Tried] = []

    def react(self, instance: str, config: Config, trigger: Trigger, message: Message | None, see: See) -> Reaction:
        """See Machines."""
        machine = self.of[instance]
        rows = [(number, row) for number, row in enumerate(machine.participant.rows) if row.trigger == trigger]
        first: Obstacle | None = None
        for number, row in rows:
            machine.put(config)
            refused, values = _refused(machine, row, message, see)
            obstacles = list(refused)
            if first is not None:
                names = [name for name in first.names if name not in {called(guard) for guard in row.guards}]
                obstacles.append(replace(first, names=tuple(names)))
            elif not obstacles:
                first = Obstacle(BEFORE, tuple(called(guard) for guard in row.guards), values, number)
            try:
                sent = machine.forced(row, message, see)
            except ModelError:  # as where a list is empty of which a guard asks whether it is
                continue
            self.found.append(_Tried(number, sent, tuple(obstacles)))
        return Reaction(config, (), 0, None)

    def back(self, instance: str, config: Config) -> None:
        """Do nothing: a machine is put where it is asked about before each answer."""


def _refused(
    machine: LiveMachine, row: Row, message: Message | None, see: See
) -> tuple[list[Obstacle], dict[str, Value]]:
    """Return what refuses a row, and all that its guards read; what a guard cannot be asked is left out."""
    state, read, found = str(machine.config[0]), dict[str, Value](), list[Obstacle]()
    if state not in row.source:
        found.append(Obstacle(STATE, row.source, {"state": state}))
    for guard in row.guards:
        try:
            holds, values = machine.looks(guard, row, message, see)
        except ModelError:
            continue
        read |= values
        if not holds:
            found.append(Obstacle(GUARD, (called(guard),), values))
    return found, read
