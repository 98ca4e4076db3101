"""Participants, a network and bounded resources, composed into one System.

The composition first closes every participant's table over the messages that can reach it (an over-approximation that
ignores the others' states), which yields the finite set of messages a channel may hold. Each internal trigger and each
(channel, message) pair then becomes one action.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from haboot.checker.channels import Channel, Network, pushed, ready, without
from haboot.checker.core import Action, EngineError, ModelError, Outcome, Slot, System, Value, View
from haboot.checker.events import Fired, Lost, Message, Received, Sent, kind
from haboot.checker.branches import See
from haboot.checker.participants import Config, LiveMachine, Participant, Reaction, Tabulated


@dataclass(frozen=True, slots=True)
class Input:
    """An observation of the world outside a participant: the slots it reads, and its value."""

    reads: tuple[str, ...]
    value: Callable[[View], Value]


@dataclass(frozen=True, slots=True)
class Silence:
    """The observation that nothing is under way between two hosts: what a timer longer than a round trip tells."""

    one: str
    other: str


@dataclass(frozen=True, slots=True)
class Resource:
    """A counter that participants take from and give back to; ``most`` is the highest count worth telling apart."""

    name: str
    most: int


@dataclass(frozen=True)
class Instance:
    """A participant at a host. ``session`` groups what serves one mobile node, ``peers`` limits whom it hears.

    An ``outside`` instance acts even while its host is down: it is the environment's hand, such as a crash.
    """

    name: str
    participant: Participant
    host: str
    session: str = ""
    peers: frozenset[str] = frozenset()
    constants: Mapping[str, Value] = field(default_factory=dict)
    inputs: Mapping[str, Input | Silence] = field(default_factory=dict)
    resource: str | None = None
    outside: bool = False

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of the slots that hold its local configuration."""
        return (f"{self.name}.state", *(f"{self.name}.{variable}" for variable in self.participant.variables))


@dataclass(frozen=True)
class Composition:
    """Everything that ``compose`` needs; ``down`` says when a host neither hears nor acts."""

    name: str
    instances: tuple[Instance, ...]
    network: Network = Network()
    resources: tuple[Resource, ...] = ()
    down: Mapping[str, Input] = field(default_factory=dict)


class Machines(Protocol):
    """How the machines are run: from tables while exploring, live while replaying."""

    def react(self, instance: str, config: Config, trigger: str, message: Message | None, see: See) -> Reaction:
        """Return what one instance does."""


class _Tables:
    def __init__(self, composition: Composition) -> None:
        self.of = {one.name: Tabulated(one.participant, one.name, one.constants) for one in composition.instances}

    def react(self, instance: str, config: Config, trigger: str, message: Message | None, see: See) -> Reaction:
        return self.of[instance].react(config, trigger, message, see)


class _Live:
    def __init__(self, composition: Composition) -> None:
        self.of = {one.name: LiveMachine(one.participant, one.name, one.constants) for one in composition.instances}
        self.started: set[str] = set()

    def react(self, instance: str, config: Config, trigger: str, message: Message | None, see: See) -> Reaction:
        machine = self.of[instance]
        if instance not in self.started:
            self.started.add(instance)
            machine.put(config)
        if machine.config != config:
            raise EngineError(f"{instance}: the live machine is in {machine.config}, the table in {config}")
        return machine.fire(trigger, message, see)


@dataclass
class Closure:
    """The tables of all instances, closed over what can reach them, and what each channel may carry."""

    composition: Composition
    tables: _Tables
    configs: dict[str, dict[Config, None]]
    carried: dict[Channel, dict[Message, None]]

    def receiver(self, channel: Channel, message: Message) -> Instance:
        """Return the one instance that a message on a channel is for; raise ModelError unless there is just one."""
        fits = [
            one
            for one in self.composition.instances
            if one.host == channel.target
            and one.session == channel.session
            and (not one.peers or channel.source in one.peers)
            and kind(message) in one.participant.messages
        ]
        if len(fits) != 1:
            names = ", ".join(one.name for one in fits) or "nobody"
            raise ModelError(f"{channel.name}: {message} is for exactly one participant, but {names} would take it")
        return fits[0]

    def reactions(self, instance: Instance, trigger: str, message: Message | None) -> Iterator[Reaction]:
        """All reactions of an instance to one trigger, over the configurations known."""
        for config in list(self.configs[instance.name]):
            for _, reaction in self.tables.of[instance.name].cell(config, trigger, message):
                yield reaction

    def triggers(self, instance: Instance) -> Iterator[tuple[str, Message | None]]:
        """All that can fire at an instance: its internal triggers, and the messages carried to it."""
        for trigger in instance.participant.internal:
            yield trigger, None
        for channel, messages in list(self.carried.items()):
            for message in list(messages):
                if self.receiver(channel, message) is instance:
                    yield kind(message), message


def close(composition: Composition) -> Closure:
    """Tabulate all instances until no new configuration and no new message appears."""
    closure = Closure(composition, _Tables(composition), {}, {})
    for one in composition.instances:
        first = (one.participant.initial, *(domain[0] for domain in one.participant.variables.values()))
        closure.configs[one.name] = {first: None}
    size = -1
    while size != (size := _size(closure)):
        for one in composition.instances:
            for trigger, message in list(closure.triggers(one)):
                for reaction in closure.reactions(one, trigger, message):
                    closure.configs[one.name][reaction.after] = None
                    for target, sent in reaction.sent:
                        channel = Channel(one.host, target, one.session)
                        closure.carried.setdefault(channel, {})[sent] = None
    return closure


def _size(closure: Closure) -> int:
    return sum(map(len, closure.configs.values())) + sum(map(len, closure.carried.values()))


def compose(composition: Composition) -> System:
    """Return the System of a composition; its live twin runs one ``transitions`` machine an instance."""
    closure = close(composition)
    system = _build(closure, closure.tables)
    return replace(system, live=lambda: _build(closure, _Live(composition)))


def _build(closure: Closure, machines: Machines) -> System:
    composition = closure.composition
    slots: list[Slot] = []
    for one in composition.instances:
        domains = (one.participant.states, *one.participant.variables.values())
        slots += [Slot(name, domain) for name, domain in zip(one.slots, domains, strict=True)]
    slots += [Slot(resource.name, range(resource.most + 1)) for resource in composition.resources]
    initial: dict[str, Value] = {slot.name: slot.domain[0] for slot in slots}
    initial |= {f"{one.name}.state": one.participant.initial for one in composition.instances}
    for channel, messages in closure.carried.items():
        slots += [Slot(place, (None, *messages)) for place in channel.places(composition.network)]
        initial |= channel.written(composition.network, ())
    return System(composition.name, tuple(slots), (initial,), tuple(_Actions(closure, machines).all()))


class _Actions:
    """Makes the actions of a composition over one way of running its machines."""

    def __init__(self, closure: Closure, machines: Machines) -> None:
        self.closure, self.machines = closure, machines
        self.network = closure.composition.network
        self.most = {one.name: one.most for one in closure.composition.resources}

    def all(self) -> Iterator[Action]:
        for one in self.closure.composition.instances:
            for trigger in one.participant.internal:
                yield self.internal(one, trigger)
        for channel, messages in self.closure.carried.items():
            for message in messages:
                yield from self.delivered(channel, message)

    def internal(self, one: Instance, trigger: str) -> Action:
        down = None if one.outside else self.closure.composition.down.get(one.host)

        def effect(view: View) -> Outcome | None:
            if down is not None and down.value(view):
                return None
            reaction = self._react(one, trigger, None, view)
            return None if reaction.row is None else self._outcome(one, trigger, reaction, view, {}, ())

        reads, writes = self._touched(one, trigger, None)
        return Action(f"{one.name} {trigger}", (*reads, *(down.reads if down else ())), writes, effect)

    def delivered(self, channel: Channel, message: Message) -> Iterator[Action]:
        one = self.closure.receiver(channel, message)
        places = channel.places(self.network)
        down = self.closure.composition.down.get(one.host)
        reads, writes = self._touched(one, kind(message), message)
        reads = tuple(dict.fromkeys((*places, *(down.reads if down else ()), *reads)))
        writes = tuple(dict.fromkeys((*places, *writes)))

        def receive(view: View, *, keep: bool) -> Outcome | None:
            contents = channel.contents(self.network, view.__getitem__)
            if not ready(self.network, contents, message):
                return None
            rest = {} if keep else dict(channel.written(self.network, without(contents, message)))
            if down is not None and down.value(view):
                return Outcome(rest, (Lost(channel.source, channel.target, message),))
            reaction = self._react(one, kind(message), message, view)
            seen = Received(channel.source, channel.target, message, reaction.row is not None)
            return self._outcome(one, kind(message), reaction, view, rest, (seen,))

        def lose(view: View) -> Outcome | None:
            contents = channel.contents(self.network, view.__getitem__)
            if not ready(self.network, contents, message):
                return None
            rest = channel.written(self.network, without(contents, message))
            return Outcome(rest, (Lost(channel.source, channel.target, message),))

        yield Action(f"{one.name} receives {message} from {channel.source}", reads, writes, lambda v: receive(v, keep=False))
        if self.network.duplication:
            name = f"{one.name} receives a copy of {message} from {channel.source}"
            yield Action(name, reads, writes, lambda v: receive(v, keep=True))
        if self.network.loss:
            yield Action(f"network loses {message} from {channel.source} to {one.name}", places, places, lose)

    def _react(self, one: Instance, trigger: str, message: Message | None, view: View) -> Reaction:
        config = tuple(view[name] for name in one.slots)

        def see(name: str) -> Value:
            if name not in one.inputs:
                raise ModelError(f"{one.name}: input '{name}' is not wired ({', '.join(one.inputs) or 'none is'})")
            source = one.inputs[name]
            if isinstance(source, Silence):
                return all(view[head] is None for head in self._heads(one, source))
            return source.value(view)

        return self.machines.react(one.name, config, trigger, message, see)

    def _outcome(
        self,
        one: Instance,
        trigger: str,
        reaction: Reaction,
        view: View,
        writes: Mapping[str, Value],
        seen: tuple[Received, ...],
    ) -> Outcome:
        changed = {**writes, **dict(zip(one.slots, reaction.after, strict=True))}
        if one.resource and reaction.taken:
            count = view[one.resource]
            assert isinstance(count, int)  # noqa: S101 - a resource's slot holds a count
            changed[one.resource] = min(max(count + reaction.taken, 0), self.most[one.resource])
        events: list[Received | Sent | Fired] = list(seen)
        if reaction.row is not None:
            events.append(Fired(one.name, trigger, reaction.row))
        for target, message in reaction.sent:
            channel = Channel(one.host, target, one.session)
            now = channel.contents(self.network, lambda name: changed[name] if name in changed else view[name])
            contents = pushed(self.network, now, message)
            if contents is None:
                return Outcome({}, bound=f"channel {channel.name} holds {self.network.capacity}")
            changed |= channel.written(self.network, contents)
            events.append(Sent(one.host, target, message))
        return Outcome(changed, tuple(events))

    def _touched(self, one: Instance, trigger: str, message: Message | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the slots that a trigger at an instance may read and write, from its closed table."""
        reads, writes = dict.fromkeys(one.slots), dict.fromkeys(one.slots)
        for config in self.closure.configs[one.name]:
            for seen, reaction in self.closure.tables.of[one.name].cell(config, trigger, message):
                for name in seen:
                    reads |= dict.fromkeys(self._input_reads(one, name))
                if one.resource and reaction.taken:
                    reads[one.resource] = writes[one.resource] = None
                for target, _ in reaction.sent:
                    places = dict.fromkeys(Channel(one.host, target, one.session).places(self.network))
                    reads, writes = reads | places, writes | places
        return tuple(reads), tuple(writes)

    def _input_reads(self, one: Instance, name: str) -> tuple[str, ...]:
        source = one.inputs.get(name)
        if isinstance(source, Silence):
            return self._heads(one, source)
        return source.reads if source else ()

    def _heads(self, one: Instance, silence: Silence) -> tuple[str, ...]:
        pair = {(silence.one, silence.other), (silence.other, silence.one)}
        return tuple(
            channel.places(self.network)[0]
            for channel in self.closure.carried
            if channel.session == one.session and (channel.source, channel.target) in pair
        )

