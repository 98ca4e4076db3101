"""The product of a composition: each internal trigger and each (channel, message) pair becomes one action."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product

from haboot.checker.boundary import EngineError, ModelError, authored
from haboot.checker.branches import See, over
from haboot.checker.core import Action, Slot, System, Value
from haboot.checker.evaluating import Steady
from haboot.checker.machines.channels import Channel, Line, Pair
from haboot.checker.machines.closure import Closure, Pool, close
from haboot.checker.machines.composition import Composition
from haboot.checker.machines.deeds import Deed, Machines
from haboot.checker.machines.effects import Effects
from haboot.checker.machines.events import Message, Trigger
from haboot.checker.machines.participants import LiveMachine, Reaction
from haboot.checker.machines.parts import Instance, Resource, Silence, left_of
from haboot.checker.machines.rows import Config
from haboot.checker.machines.sessions import copies_of
from haboot.checker.machines.starts import Start


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

    def react(self, instance: str, config: Config, trigger: Trigger, message: Message | None, see: See) -> Reaction:
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

    def back(self, instance: str, config: Config) -> None:
        """See Machines."""
        self.pool[instance, id(self.instances[instance].participant)].put(config)


def compose(composition: Composition, *, pool: Pool | None = None) -> System:
    """Return the System of a composition; its live twin runs one ``transitions`` machine an instance.

    Compositions that are given one ``pool`` share the tables of participants that they have in common: their guards and
    effects must then depend on nothing that changes in between.
    """
    closure = close(composition, pool)
    with authored(f"composition '{composition.name}'"):
        return run_on(closure, closure.tables, lambda: _twin(closure))


def _twin(closure: Closure) -> System:
    """Return the live twin of a composition; its own ``live`` is the same machines, begun anew."""
    running = Running(closure.composition)

    def again() -> System:
        running.restart()
        return twin

    twin = run_on(closure, running, again)
    return twin


def run_on(closure: Closure, machines: Machines, live: Callable[[], System] | None = None) -> System:
    """Return the System that a closed composition is when its machines are run in one way."""
    composition = closure.composition
    slots, initial = laid_out(closure, composition, closure.channels)
    actions = tuple(Actions(closure, machines).all())
    return System(composition.name, slots, initial, actions, live=live, symmetry=copies_of(composition, slots))


def laid_out(
    closure: Closure, narrow: Composition, channels: Mapping[Pair, Channel]
) -> tuple[tuple[Slot, ...], tuple[dict[str, Value], ...]]:
    """Return the slots of a closed composition, and its initial states as a narrower one has them.

    ``channels`` are what its network has between hosts.
    """
    composition = closure.composition
    slots = [*part_slots(composition)]
    empty: dict[str, Value] = counts(composition)
    for channel in channels.values():
        slots += channel.slots
        empty |= {slot.name: slot.domain[0] for slot in channel.slots}
    initial = list[dict[str, Value]]()
    for start in narrow.begins:
        held = empty | begun(narrow, channels, empty, start)
        initial += ({**choice, **held, **start.values} for choice in _choices(narrow, start))
    if narrow.starts:
        initial = list({frozenset(state.items()): state for state in initial}.values())
    return tuple(slots), tuple(initial)


def _choices(composition: Composition, start: Start) -> Iterator[dict[str, Value]]:
    """Yield the initial values of facts and instances for one way to begin, in each combination."""
    parts: list[tuple[tuple[str, ...], Iterable[tuple[Value, ...]]]] = [
        ((fact.name,), [(value,) for value in fact.values]) for fact in composition.facts
    ]
    parts += [(one.slots, one.beginning(start.values)) for one in composition.instances]
    for chosen in product(*(values for _, values in parts)):
        yield {
            name: value
            for (names, _), values in zip(parts, chosen, strict=True)
            for name, value in zip(names, values, strict=True)
        }


def counts(composition: Composition) -> dict[str, Value]:
    """Return the resources in use and what may still be done, at the start, by slot."""
    left = {left_of(*one): most for one, most in composition.counters.items()}
    return {**{one.name: 0 for one in composition.resources}, **left}


def _host(composition: Composition, resource: Resource) -> str:
    """The host of all that share a resource, empty where they are at several."""
    hosts = {one.host for one in composition.instances if one.resource == resource.name}
    return hosts.pop() if len(hosts) == 1 else ""


def part_slots(composition: Composition) -> Iterator[Slot]:
    """Return the slots of facts, instances, resources and counters, in this order."""
    yield from (Slot(fact.name, fact.values, fact.host, assumes=fact.assumes) for fact in composition.facts)
    for one in composition.instances:
        for name, (variable, domain) in zip(one.slots, one.domains.items(), strict=True):
            assumed = one.start_assumes.get(variable, ())
            yield Slot(name, domain, one.host, is_state=name == one.slots[0], assumes=assumed)
    yield from (Slot(one.name, range(one.most + 1), _host(composition, one)) for one in composition.resources)
    hosts = {one.name: one.host for one in composition.instances}
    for (owner, deed), most in composition.counters.items():
        yield Slot(left_of(owner, deed), range(most + 1), hosts.get(owner, ""))


def begun(
    composition: Composition, channels: Mapping[Pair, Line], empty: Mapping[str, Value], start: Start
) -> dict[str, Value]:
    """Return what channels hold at the start, by slot; raise ModelError where one is too small for that."""
    held: dict[str, Value] = {}
    for pair, message in (*composition.begun, *start.begun):
        put = channels[pair].put(over(empty, held), message)
        if put is None:
            raise ModelError(
                f"composition '{composition.name}': {message} is under way at the start, but channel {pair.name} holds "
                f"{composition.network.capacity}; give the network a larger capacity"
            )
        held |= put
    return held


def _action(deed: Deed, reads: tuple[str, ...], writes: tuple[str, ...]) -> Action:
    """Return a deed as an action over the slots given, and its counter where it has one."""
    also = (deed.counter,) if deed.counter else ()
    effect, environment = Steady(deed.effect), deed.environment
    return Action(deed.name, (*reads, *also), (*writes, *also), effect, environment, assumes=deed.assumes)


class Actions:
    """Makes the actions of a closed composition: what each does, and the slots that it may read and write.

    ``channels`` are by default those of its network.
    """

    def __init__(self, closure: Closure, machines: Machines, channels: Mapping[Pair, Channel] | None = None) -> None:
        self.closure, self.channels = closure, closure.channels if channels is None else channels
        self.effects = Effects(closure, machines, self.channels)

    def all(self) -> Iterator[Action]:
        """Return them: what fires by itself, then what is delivered."""
        for one, trigger in self.effects.spontaneous():
            yield self.internal(one, trigger)
        for channel in self.channels.values():
            for message in channel.messages:
                yield from self.delivered(channel, message)

    def internal(self, one: Instance, trigger: str) -> Action:
        """Return what a trigger that fires by itself does."""
        down = self.effects.down(one)
        reads, writes = self._touched(one, trigger, None)
        for other in self.effects.followers(one, trigger):
            more_reads, more_writes = self._touched(other, trigger, None)
            reads, writes = (*reads, *more_reads), (*writes, *more_writes)
        reads = tuple(dict.fromkeys((*reads, *(down.reads if down else ()))))
        return _action(self.effects.internal(one, trigger), reads, tuple(dict.fromkeys(writes)))

    def delivered(self, channel: Channel, message: Message) -> Iterator[Action]:
        """Return what may happen to a message under way."""
        one = self.closure.receiver(channel.pair, message)
        misses = self.effects.missing(channel.pair)
        touched = channel.touched(message)
        reads, writes = self._touched(one, type(message), message)
        looked = dict.fromkeys((*touched, *self._passing_reads(channel)))
        reads = tuple(dict.fromkeys((*looked, *(name for miss in misses for name in miss.reads), *reads)))
        writes = tuple(dict.fromkeys((*touched, *writes)))
        for deed in self.effects.delivered(channel, message, one):
            yield _action(deed, tuple(looked), touched) if deed.loses else _action(deed, reads, writes)

    def _passing_reads(self, channel: Channel) -> Iterator[str]:
        """What says whether a message lets those behind it pass."""
        for message in channel.messages:
            other = self.closure.receiver(channel.pair, message)
            if other.participant.way_with(type(message)) == "defer":
                yield from self._touched(other, type(message), message)[0]

    def _touched(
        self, one: Instance, trigger: Trigger, message: Message | None
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the slots that a trigger at an instance, and all whom it draws in, may read and write."""
        where = (one.name, trigger, message)
        if where not in self.closure.touched:
            reads, writes = dict[str, None](), dict[str, None]()
            waiting = [(one, trigger, message)]
            for part in waiting:  # which grows meanwhile
                more_reads, more_writes, others = self._found_touched(*part)
                reads, writes = reads | more_reads, writes | more_writes
                waiting += [other for other in others if other not in waiting]
            self.closure.touched[where] = tuple(reads), tuple(writes)
        return self.closure.touched[where]

    def _found_touched(
        self, one: Instance, trigger: Trigger, message: Message | None
    ) -> tuple[dict[str, None], dict[str, None], list[tuple[Instance, Trigger, Message | None]]]:
        """Return the slots that a trigger itself may read and write, from its closed table, and whom it draws in."""
        reads, writes = dict.fromkeys(one.slots), dict.fromkeys(one.slots)
        drawn = list[tuple[Instance, Trigger, Message | None]]()
        for seen, reaction in self.closure.cells(one, trigger, message):
            for name in seen:
                reads |= dict.fromkeys(self._input_reads(one, name))
            if one.resource and reaction.taken:
                reads[one.resource] = writes[one.resource] = None
            for handed in reaction.sent:
                if handed.way == "send":
                    channel = self.channels[Pair(one.host, handed.target, one.session)]
                    places = dict.fromkeys(channel.touched(handed.message))
                    reads, writes = reads | places, writes | places
                    continue
                for other in self.effects.takers(one, handed):
                    misses = self.effects.missing(Pair(one.host, other.host, one.session))
                    reads |= dict.fromkeys(name for miss in misses for name in miss.reads)
                    drawn.append((other, type(handed.message), handed.message))
        return reads, writes, drawn

    def _input_reads(self, one: Instance, name: str) -> tuple[str, ...]:
        source = one.inputs.get(name)
        if isinstance(source, Silence):
            return self.effects.shown(one, source)
        return source.reads if source else ()
