"""Participants, a network and bounded resources, composed into one System.

The composition first closes every participant's table over the messages that can reach it (an over-approximation that
ignores the others' states), which yields the finite set of messages a channel may hold. Each internal trigger and each
(channel, message) pair then becomes one action.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Protocol

from haboot.checker.branches import See
from haboot.checker.channels import Channel, Network, Pair
from haboot.checker.core import Action, EngineError, ModelError, Outcome, Slot, System, Value, View
from haboot.checker.events import Fired, Lost, Message, Received, Sent, kind
from haboot.checker.participants import Config, LiveMachine, Participant, Reaction, Tabulated


@dataclass(frozen=True, slots=True)
class Input:
    """An observation of the world outside a participant: the slots it reads, and its value."""

    reads: tuple[str, ...]
    value: Callable[[View], Value]


@dataclass(frozen=True, slots=True)
class Silence:
    """The observation that nothing is under way between a host and others: what a timer beyond a round trip tells."""

    host: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resource:
    """A counter that participants take from and give back to; ``most`` is the highest count worth telling apart."""

    name: str
    most: int


@dataclass(frozen=True)
class Instance:
    """A participant at a host. ``session`` groups what serves one mobile node, ``peers`` limits whom it hears.

    ``start`` gives other initial values than the participant's own, several for a choice. Triggers that are
    ``disabled`` never fire by themselves. An ``outside`` instance acts even while its host is down: it is the
    environment's hand, such as a crash.
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
    start: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    disabled: frozenset[str] = frozenset()

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of the slots that hold its local configuration."""
        return (f"{self.name}.state", *(f"{self.name}.{variable}" for variable in self.participant.variables))

    @property
    def domains(self) -> dict[str, Sequence[Value]]:
        """Domains of the state and the variables, by their bare names."""
        return {"state": self.participant.states, **self.participant.variables}

    @property
    def starts(self) -> tuple[tuple[Value, ...], ...]:
        """Its initial configurations."""
        own: dict[str, Value] = {"state": self.participant.initial}
        own |= {name: domain[0] for name, domain in self.participant.variables.items()}
        return tuple(product(*(self.start.get(name, (own[name],)) for name in self.domains)))


@dataclass(frozen=True, slots=True)
class Fact:
    """A circumstance that never changes during a run: one initial state a value."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Joint:
    """A trigger that one instance fires and others undergo in the same step."""

    trigger: str
    leader: str
    followers: tuple[str, ...]


@dataclass(frozen=True)
class Composition:
    """Everything that ``compose`` needs.

    ``down`` says when a host neither hears nor acts, or, for a pair, when what one host sends misses the other.
    """

    name: str
    instances: tuple[Instance, ...]
    network: Network = field(default_factory=Network)
    resources: tuple[Resource, ...] = ()
    down: Mapping[str | tuple[str, str], Input] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()
    joint: tuple[Joint, ...] = ()


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
    carried: dict[Pair, dict[Message, None]]

    @property
    def channels(self) -> dict[Pair, Channel]:
        """The channels, each with the messages that it may carry."""
        network = self.composition.network
        return {pair: Channel(pair, network, tuple(messages)) for pair, messages in self.carried.items()}

    def receiver(self, pair: Pair, message: Message) -> Instance:
        """Return the one instance that a message is for; raise ModelError unless there is just one."""
        fits = [
            one
            for one in self.composition.instances
            if one.host == pair.target
            and one.session == pair.session
            and (not one.peers or pair.source in one.peers)
            and kind(message) in one.participant.messages
        ]
        if len(fits) != 1:
            names = ", ".join(one.name for one in fits) or "nobody"
            raise ModelError(f"{pair.name}: {message} is for exactly one participant, but {names} would take it")
        return fits[0]

    def reactions(self, instance: Instance, trigger: str, message: Message | None) -> Iterator[Reaction]:
        """All reactions of an instance to one trigger, over the configurations known."""
        for _, reaction in self.cells(instance, trigger, message):
            yield reaction

    def cells(
        self, instance: Instance, trigger: str, message: Message | None
    ) -> Iterator[tuple[dict[str, Value], Reaction]]:
        """All branches of one trigger over the configurations known, without those that an input cannot show."""
        possible = {name: self._possible(one) for name, one in instance.inputs.items()}
        for config in list(self.configs[instance.name]):
            for seen, reaction in self.tables.of[instance.name].cell(config, trigger, message):
                if all(value in (possible.get(name) or (value,)) for name, value in seen.items()):
                    yield seen, reaction

    def _possible(self, source: Input | Silence) -> frozenset[Value]:
        """Return the values that an input over facts alone can have; nothing when it depends on more."""
        facts = {fact.name: fact.values for fact in self.composition.facts}
        if isinstance(source, Silence) or not facts.keys() >= set(source.reads):
            return frozenset()
        known = (dict(zip(source.reads, one, strict=True)) for one in product(*(facts[name] for name in source.reads)))
        return frozenset(source.value(View(values, "an input")) for values in known)

    def triggers(self, instance: Instance) -> Iterator[tuple[str, Message | None]]:
        """All that can fire at an instance: its internal triggers, and the messages carried to it."""
        for trigger in instance.participant.internal:
            if trigger not in instance.disabled:
                yield trigger, None
        for pair, messages in list(self.carried.items()):
            for message in list(messages):
                if self.receiver(pair, message) is instance:
                    yield kind(message), message


def close(composition: Composition) -> Closure:
    """Tabulate all instances until no new configuration and no new message appears."""
    closure = Closure(composition, _Tables(composition), {}, {})
    for one in composition.instances:
        closure.configs[one.name] = dict.fromkeys(one.starts)
    size = -1
    while size != (size := _size(closure)):
        for one in composition.instances:
            for trigger, message in list(closure.triggers(one)):
                for reaction in closure.reactions(one, trigger, message):
                    closure.configs[one.name][reaction.after] = None
                    for target, sent in reaction.sent:
                        pair = Pair(one.host, target, one.session)
                        closure.carried.setdefault(pair, {})[sent] = None
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
    slots = [Slot(fact.name, fact.values) for fact in composition.facts]
    for one in composition.instances:
        slots += [Slot(name, domain) for name, domain in zip(one.slots, one.domains.values(), strict=True)]
    slots += [Slot(resource.name, range(resource.most + 1)) for resource in composition.resources]
    empty: dict[str, Value] = {resource.name: 0 for resource in composition.resources}
    for channel in closure.channels.values():
        slots += channel.slots
        empty |= {slot.name: slot.domain[0] for slot in channel.slots}
    initial = [
        {
            **dict(zip((fact.name for fact in composition.facts), facts, strict=True)),
            **{
                name: value
                for one, config in zip(composition.instances, configs, strict=True)
                for name, value in zip(one.slots, config, strict=True)
            },
            **empty,
        }
        for facts in product(*(fact.values for fact in composition.facts))
        for configs in product(*(one.starts for one in composition.instances))
    ]
    return System(composition.name, tuple(slots), tuple(initial), tuple(_Actions(closure, machines).all()))


def _over(view: View, changed: Mapping[str, Value]) -> Callable[[str], Value]:
    """Look into a view with some slots already changed; reads of the view stay as few as they are."""
    return lambda name: changed[name] if name in changed else view[name]


class _Actions:
    """Makes the actions of a composition over one way of running its machines."""

    def __init__(self, closure: Closure, machines: Machines) -> None:
        self.closure, self.machines = closure, machines
        self.network, self.channels = closure.composition.network, closure.channels
        self.most = {one.name: one.most for one in closure.composition.resources}
        self.named = {one.name: one for one in closure.composition.instances}
        self.led = {(one.trigger, one.leader): one.followers for one in closure.composition.joint}
        self.following = {(one.trigger, name) for one in closure.composition.joint for name in one.followers}

    def all(self) -> Iterator[Action]:
        for one in self.closure.composition.instances:
            for trigger in one.participant.internal:
                if trigger not in one.disabled and (trigger, one.name) not in self.following:
                    yield self.internal(one, trigger)
        for channel in self.channels.values():
            for message in channel.messages:
                yield from self.delivered(channel, message)

    def internal(self, one: Instance, trigger: str) -> Action:
        down = None if one.outside else self.closure.composition.down.get(one.host)
        followers = [self.named[name] for name in self.led.get((trigger, one.name), ())]

        def effect(view: View) -> Outcome | None:
            if down is not None and down.value(view):
                return None
            reaction = self._react(one, trigger, None, view)
            if reaction.row is None:
                return None
            outcome = self._outcome(one, trigger, reaction, view, Outcome({}))
            for other in followers:
                followed = self._react(other, trigger, None, view)
                outcome = self._outcome(other, trigger, followed, view, outcome)
            return outcome

        reads, writes = self._touched(one, trigger, None)
        for other in followers:
            more_reads, more_writes = self._touched(other, trigger, None)
            reads, writes = (*reads, *more_reads), (*writes, *more_writes)
        reads = tuple(dict.fromkeys((*reads, *(down.reads if down else ()))))
        return Action(f"{one.name} {trigger}", reads, tuple(dict.fromkeys(writes)), effect)

    def delivered(self, channel: Channel, message: Message) -> Iterator[Action]:
        source, target = channel.pair.source, channel.pair.target
        one = self.closure.receiver(channel.pair, message)
        misses = [
            self.closure.composition.down[key]
            for key in (target, (source, target))
            if key in self.closure.composition.down
        ]
        touched = channel.touched(message)
        reads, writes = self._touched(one, kind(message), message)
        reads = tuple(dict.fromkeys((*touched, *(name for miss in misses for name in miss.reads), *reads)))
        writes = tuple(dict.fromkeys((*touched, *writes)))

        def receive(view: View, *, keep: bool) -> Outcome | None:
            rest = channel.take(view.__getitem__, message)
            if rest is None:
                return None
            if keep:
                rest = {}
            if any(miss.value(view) for miss in misses):
                return Outcome(rest, (Lost(source, target, message),))
            reaction = self._react(one, kind(message), message, view)
            taken = reaction.row is not None and not one.participant.rows[reaction.row].discards
            seen = Received(source, target, message, taken)
            return self._outcome(one, kind(message), reaction, view, Outcome(rest, (seen,)))

        def lose(view: View) -> Outcome | None:
            rest = channel.take(view.__getitem__, message)
            return None if rest is None else Outcome(rest, (Lost(source, target, message),))

        told = f"{message} from {source}"
        yield Action(f"{one.name} receives {told}", reads, writes, lambda view: receive(view, keep=False))
        if self.network.duplication:
            yield Action(f"{one.name} receives a copy of {told}", reads, writes, lambda view: receive(view, keep=True))
        if self.network.loss:
            yield Action(f"network loses {told} to {one.name}", touched, touched, lose)

    def _react(self, one: Instance, trigger: str, message: Message | None, view: View) -> Reaction:
        config = tuple(view[name] for name in one.slots)

        def see(name: str) -> Value:
            if name not in one.inputs:
                raise ModelError(f"{one.name}: input '{name}' is not wired ({', '.join(one.inputs) or 'none is'})")
            source = one.inputs[name]
            if isinstance(source, Silence):
                return all(view[slot] == value for slot, value in self._idle(one, source).items())
            return source.value(view)

        return self.machines.react(one.name, config, trigger, message, see)

    def _outcome(self, one: Instance, trigger: str, reaction: Reaction, view: View, so_far: Outcome) -> Outcome:
        changed = {**so_far.writes, **dict(zip(one.slots, reaction.after, strict=True))}
        if one.resource and reaction.taken:
            count = view[one.resource]
            assert isinstance(count, int)  # noqa: S101 - a resource's slot holds a count
            changed[one.resource] = min(max(count + reaction.taken, 0), self.most[one.resource])
        events = list(so_far.events)
        if reaction.row is not None:
            events.append(Fired(one.name, trigger, reaction.row))
        for target, message in reaction.sent:
            channel = self.channels[Pair(one.host, target, one.session)]
            put = channel.put(_over(view, changed), message)
            if put is None:
                return Outcome({}, bound=f"channel {channel.pair.name} holds {self.network.capacity}")
            changed |= put
            events.append(Sent(one.host, target, message))
        return Outcome(changed, tuple(events))

    def _touched(self, one: Instance, trigger: str, message: Message | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the slots that a trigger at an instance may read and write, from its closed table."""
        reads, writes = dict.fromkeys(one.slots), dict.fromkeys(one.slots)
        for seen, reaction in self.closure.cells(one, trigger, message):
            for name in seen:
                reads |= dict.fromkeys(self._input_reads(one, name))
            if one.resource and reaction.taken:
                reads[one.resource] = writes[one.resource] = None
            for target, sent in reaction.sent:
                places = dict.fromkeys(self.channels[Pair(one.host, target, one.session)].touched(sent))
                reads, writes = reads | places, writes | places
        return tuple(reads), tuple(writes)

    def _input_reads(self, one: Instance, name: str) -> tuple[str, ...]:
        source = one.inputs.get(name)
        if isinstance(source, Silence):
            return tuple(self._idle(one, source))
        return source.reads if source else ()

    def _idle(self, one: Instance, silence: Silence) -> dict[str, Value]:
        """Return the slots that show silence, with the values that show it."""
        others, idle = silence.others, dict[str, Value]()
        for pair, channel in self.channels.items():
            ends = {pair.source, pair.target}
            if pair.session == one.session and silence.host in ends and not ends.isdisjoint(others):
                idle |= channel.idle
        return idle
