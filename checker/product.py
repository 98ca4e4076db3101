"""The product of a composition: each internal trigger and each (channel, message) pair becomes one action."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Protocol

from haboot.checker.branches import See
from haboot.checker.channels import Channel, Line, Pair
from haboot.checker.composition import Closure, Composition, Input, Instance, Silence, close
from haboot.checker.core import Action, EngineError, ModelError, Outcome, Slot, System, Value, View, counted
from haboot.checker.events import Fired, Lost, Message, Received, Sent, kind
from haboot.checker.participants import Config, LiveMachine, Reaction


class Machines(Protocol):
    """How the machines are run: from tables while exploring, live while replaying."""

    def react(self, instance: str, config: Config, trigger: str, message: Message | None, see: See) -> Reaction:
        """Return what one instance does."""


class Running:
    """One running machine an instance, started in the configuration in which it is first met.

    Machines of the same instance and participant are taken from ``pool``, which several that never run at once share.
    """

    def __init__(self, composition: Composition, pool: dict[tuple[str, int], LiveMachine] | None = None) -> None:
        self.instances = {one.name: one for one in composition.instances}
        self.pool = {} if pool is None else pool
        self.met: set[str] = set()

    def restart(self) -> None:
        """Forget where the machines are: each starts again in the configuration in which it is next met."""
        self.met.clear()

    def react(self, instance: str, config: Config, trigger: str, message: Message | None, see: See) -> Reaction:
        """See Machines; raise EngineError where the machine is not in the configuration given."""
        one = self.instances[instance]
        machine = self.pool.get((instance, id(one.participant)))
        if machine is None:
            machine = LiveMachine(one.participant, one.name, one.constants)
            self.pool[instance, id(one.participant)] = machine
        if instance not in self.met:
            self.met.add(instance)
            machine.put(config)
        if machine.config != config:
            raise EngineError(f"{instance}: the live machine is in {machine.config}, the table in {config}")
        return machine.fire(trigger, message, see)


def compose(composition: Composition) -> System:
    """Return the System of a composition; its live twin runs one ``transitions`` machine an instance."""
    closure = close(composition)
    system = run_on(closure, closure.tables)
    return replace(system, live=lambda: run_on(closure, Running(composition)))


def run_on(closure: Closure, machines: Machines) -> System:
    """Return the System that a closed composition is when its machines are run in one way."""
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


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that can happen to a message under way: the action's name and what it does."""

    name: str
    effect: Callable[[View], Outcome | None]
    loses: bool = False


class Effects:
    """What every trigger and every delivery does, over one way of running the machines.

    ``channels`` has each channel that a message may be sent into, from the start.
    """

    def __init__(self, composition: Composition, machines: Machines, channels: Mapping[Pair, Line]) -> None:
        self.composition, self.machines, self.channels = composition, machines, channels
        self.network = composition.network
        self.most = {one.name: one.most for one in composition.resources}
        self.named = {one.name: one for one in composition.instances}
        self.led = {(one.trigger, one.leader): one.followers for one in composition.joint}
        self.following = {(one.trigger, name) for one in composition.joint for name in one.followers}
        self._silent: dict[tuple[str, Silence], dict[str, Value]] = {}

    def spontaneous(self) -> Iterator[tuple[Instance, str]]:
        """All triggers that fire by themselves, each with its instance."""
        for one in self.composition.instances:
            for trigger in one.participant.internal:
                if trigger not in one.disabled and (trigger, one.name) not in self.following:
                    yield one, trigger

    def followers(self, one: Instance, trigger: str) -> list[Instance]:
        """The instances that undergo a trigger together with the one that fires it."""
        return [self.named[name] for name in self.led.get((trigger, one.name), ())]

    def down(self, one: Instance) -> Input | None:
        """When an instance does not act."""
        return None if one.outside else self.composition.down.get(one.host)

    def missing(self, pair: Pair) -> list[Input]:
        """When what is sent over a channel is not heard."""
        keys: tuple[str | tuple[str, str], ...] = (pair.target, (pair.source, pair.target))
        return [self.composition.down[key] for key in keys if key in self.composition.down]

    def internal(self, one: Instance, trigger: str) -> Callable[[View], Outcome | None]:
        """Return what a trigger does that an instance fires by itself."""
        down, followers = self.down(one), self.followers(one, trigger)

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

        return effect

    def delivered(self, channel: Line, message: Message, one: Instance) -> Iterator[Deed]:
        """Return all that can happen to a message under way to an instance, by the name of the action."""
        source, target = channel.pair.source, channel.pair.target
        misses = self.missing(channel.pair)

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
        yield Deed(f"{one.name} receives {told}", lambda view: receive(view, keep=False))
        if self.network.duplication:
            yield Deed(f"{one.name} receives a copy of {told}", lambda view: receive(view, keep=True))
        if self.network.loss:
            yield Deed(f"network loses {told} to {one.name}", lose, loses=True)

    def idle(self, one: Instance, silence: Silence) -> dict[str, Value]:
        """Return the slots that show silence, with the values that show it."""
        where = (one.session, silence)
        if where not in self._silent:
            self._silent[where] = {
                slot: value
                for pair, channel in self.channels.items()
                if silence.is_about(pair, one.session)
                for slot, value in channel.idle.items()
            }
        return self._silent[where]

    def _react(self, one: Instance, trigger: str, message: Message | None, view: View) -> Reaction:
        config = tuple(view[name] for name in one.slots)

        def see(name: str) -> Value:
            if name not in one.inputs:
                raise ModelError(f"{one.name}: input '{name}' is not wired ({', '.join(one.inputs) or 'none is'})")
            source = one.inputs[name]
            if isinstance(source, Silence):
                return all(view[slot] == value for slot, value in self.idle(one, source).items())
            return source.value(view)

        return self.machines.react(one.name, config, trigger, message, see)

    def _outcome(self, one: Instance, trigger: str, reaction: Reaction, view: View, so_far: Outcome) -> Outcome:
        changed = {**so_far.writes, **dict(zip(one.slots, reaction.after, strict=True))}
        if one.resource and reaction.taken:
            count = counted(view[one.resource]) + reaction.taken
            changed[one.resource] = min(max(count, 0), self.most[one.resource])
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


class _Actions:
    """Makes the actions of a closed composition: what each does, and the slots that it may read and write."""

    def __init__(self, closure: Closure, machines: Machines) -> None:
        self.closure, self.channels = closure, closure.channels
        self.effects = Effects(closure.composition, machines, self.channels)

    def all(self) -> Iterator[Action]:
        for one, trigger in self.effects.spontaneous():
            yield self.internal(one, trigger)
        for channel in self.channels.values():
            for message in channel.messages:
                yield from self.delivered(channel, message)

    def internal(self, one: Instance, trigger: str) -> Action:
        down = self.effects.down(one)
        reads, writes = self._touched(one, trigger, None)
        for other in self.effects.followers(one, trigger):
            more_reads, more_writes = self._touched(other, trigger, None)
            reads, writes = (*reads, *more_reads), (*writes, *more_writes)
        reads = tuple(dict.fromkeys((*reads, *(down.reads if down else ()))))
        return Action(f"{one.name} {trigger}", reads, tuple(dict.fromkeys(writes)), self.effects.internal(one, trigger))

    def delivered(self, channel: Channel, message: Message) -> Iterator[Action]:
        one = self.closure.receiver(channel.pair, message)
        misses = self.effects.missing(channel.pair)
        touched = channel.touched(message)
        reads, writes = self._touched(one, kind(message), message)
        reads = tuple(dict.fromkeys((*touched, *(name for miss in misses for name in miss.reads), *reads)))
        writes = tuple(dict.fromkeys((*touched, *writes)))
        for deed in self.effects.delivered(channel, message, one):
            yield Action(deed.name, *((touched, touched) if deed.loses else (reads, writes)), deed.effect)

    def _touched(self, one: Instance, trigger: str, message: Message | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the slots that a trigger at an instance may read and write, from its closed table."""
        where = (one.name, trigger, message)
        if where not in self.closure.touched:
            self.closure.touched[where] = self._found_touched(one, trigger, message)
        return self.closure.touched[where]

    def _found_touched(
        self, one: Instance, trigger: str, message: Message | None
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
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
            return tuple(self.effects.idle(one, source))
        return source.reads if source else ()
