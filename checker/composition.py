"""Participants, a network and bounded resources: what a composition is made of, and the closure of its tables.

Every participant's table is closed over the messages that can reach it (an over-approximation that ignores the others'
states), which yields the finite set of messages a channel may hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from haboot.checker.branches import See
from haboot.checker.channels import Channel, Network, Pair
from haboot.checker.core import ModelError, Value, View
from haboot.checker.events import Message, kind
from haboot.checker.participants import Config, Participant, Reaction, Tabulated


@dataclass(frozen=True, slots=True)
class Input:
    """An observation of the world outside a participant: the slots it reads, and its value."""

    reads: tuple[str, ...]
    value: Callable[[View], Value]


@dataclass(frozen=True, slots=True)
class Silence:
    """The observation that nothing is under way between a host and others: what a timer beyond a round trip tells.

    It is about the observer's own session, or about every one.
    """

    host: str
    others: tuple[str, ...]
    every_session: bool = False

    def is_about(self, pair: Pair, session: str) -> bool:
        """Whether an observer of a session listens to a pair of hosts."""
        ends = {pair.source, pair.target}
        here = self.every_session or pair.session == session
        return here and self.host in ends and not ends.isdisjoint(self.others)


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


class Tables:
    """The participants' tables, by instance: machines that are looked up instead of run."""

    def __init__(self, composition: Composition) -> None:
        self.of = {one.name: Tabulated(one.participant, one.name, one.constants) for one in composition.instances}

    def react(self, instance: str, config: Config, trigger: str, message: Message | None, see: See) -> Reaction:
        """Return what one instance does."""
        return self.of[instance].react(config, trigger, message, see)


class GrowingTables(Tables):
    """Tables that hold no more than what was looked up."""

    def react(self, instance: str, config: Config, trigger: str, message: Message | None, see: See) -> Reaction:
        """Return what one instance does."""
        return self.of[instance].grown(config, trigger, message, see)


@dataclass
class Closure:
    """The tables of all instances, closed over what can reach them, and what each channel may carry.

    ``touched`` remembers which slots a trigger reads and writes, for the tables and for every live twin.
    """

    composition: Composition
    tables: Tables
    configs: dict[str, dict[Config, None]]
    carried: dict[Pair, dict[Message, None]]
    touched: dict[tuple[str, str, Message | None], tuple[tuple[str, ...], tuple[str, ...]]] = field(
        default_factory=dict
    )
    _receivers: dict[tuple[Pair, str], Instance] = field(default_factory=dict)

    @property
    def channels(self) -> dict[Pair, Channel]:
        """The channels, each with the messages that it may carry."""
        network = self.composition.network
        return {pair: Channel(pair, network, tuple(messages)) for pair, messages in self.carried.items()}

    def receiver(self, pair: Pair, message: Message) -> Instance:
        """Return the one instance that a message is for; raise ModelError unless there is just one."""
        where = (pair, kind(message))
        if where not in self._receivers:
            self._receivers[where] = self._found_receiver(pair, message)
        return self._receivers[where]

    def _found_receiver(self, pair: Pair, message: Message) -> Instance:
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
    *_, closure = _closing(composition)
    return closure


def close_within(composition: Composition, cells: int) -> Closure | None:
    """Close a composition unless its tables take more than a number of cells: then return None."""
    for closure in _closing(composition):
        if sum(len(one.cells) for one in closure.tables.of.values()) > cells:
            return None
    return closure


def _closing(composition: Composition) -> Iterator[Closure]:
    """Return the closure again and again while it grows, the last time whole."""
    closure = Closure(composition, Tables(composition), {}, {})
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
            yield closure


def _size(closure: Closure) -> int:
    return sum(map(len, closure.configs.values())) + sum(map(len, closure.carried.values()))
