"""The closure of a composition's tables.

Every participant's table is closed over the messages that can reach it (an over-approximation that ignores the others'
states), which yields the finite set of messages a channel may hold.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, MutableMapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, product
from typing import TypeAlias

from haboot.checker.boundary import ModelError, authored, nearest
from haboot.checker.branches import See
from haboot.checker.core import Value
from haboot.checker.machines.channels import Channel, Pair
from haboot.checker.machines.composition import Composition
from haboot.checker.machines.events import Message, Trigger
from haboot.checker.machines.labels import Labels, described
from haboot.checker.machines.local import Handed
from haboot.checker.machines.participants import Reaction, Tabulated
from haboot.checker.machines.parts import Input, Instance, Silence
from haboot.checker.machines.rows import Config

Pool: TypeAlias = MutableMapping[tuple[int, str, Hashable], Tabulated]


class Tables:
    """The participants' tables, by instance: machines that are looked up instead of run.

    Those in ``pool`` are used again where instance, participant and constants are the same, and new ones put there.
    """

    def __init__(self, composition: Composition, pool: Pool | None = None) -> None:
        self.of: dict[str, Tabulated] = {}
        known: Pool = {} if pool is None else pool
        for one in composition.instances:
            key = (id(one.participant), one.name, frozenset(one.constants.items()))
            if key not in known:  # a table keeps its participant, whose number so stays its own
                known[key] = Tabulated(one.participant, one.name, one.constants)
            self.of[one.name] = known[key]

    def react(self, instance: str, config: Config, trigger: Trigger, message: Message | None, see: See) -> Reaction:
        """Return what one instance does."""
        return self.of[instance].react(config, trigger, message, see)

    def back(self, instance: str, config: Config) -> None:
        """Do nothing: a table stays where it is."""


class GrowingTables(Tables):
    """Tables that hold no more than what was looked up."""

    def react(self, instance: str, config: Config, trigger: Trigger, message: Message | None, see: See) -> Reaction:
        """Return what one instance does."""
        return self.of[instance].grown(config, trigger, message, see)


@dataclass
class Closure:
    """The tables of all instances, closed over what can reach them, and what each channel may carry.

    ``met`` are the messages that are handed to each instance at once. ``touched`` remembers which slots a trigger reads
    and writes, for the tables and for every live twin.
    """

    composition: Composition
    tables: Tables
    configs: dict[str, dict[Config, None]]
    carried: dict[Pair, dict[Message, None]]
    touched: dict[tuple[str, Trigger, Message | None], tuple[tuple[str, ...], tuple[str, ...]]] = field(
        default_factory=dict
    )
    met: dict[str, dict[Message, None]] = field(default_factory=dict)
    _receivers: dict[tuple[Pair, type], Instance] = field(default_factory=dict)
    _hearers: dict[tuple[str, type], tuple[Instance, ...]] = field(default_factory=dict)
    _limits: dict[str, dict[str, frozenset[Value]]] = field(default_factory=dict)
    _asked: dict[tuple[str, Trigger, Message | None], int] = field(default_factory=dict)

    @cached_property
    def labels(self) -> Labels:
        """The names of message types and messages."""
        return Labels(self.composition.instances)

    @cached_property
    def _undergone(self) -> dict[str, set[str]]:
        """By instance, what it undergoes because another one fires it."""
        disabled = {one.name: one.disabled for one in self.composition.instances}
        found: dict[str, set[str]] = {}
        for joint in self.composition.joint:
            for name in joint.followers:
                if joint.trigger not in disabled[joint.leader]:
                    found.setdefault(name, set()).add(joint.trigger)
        return found

    def carry(self, pair: Pair, message: Message) -> None:
        """Note that a channel may carry a message; raise ModelError where nobody would take it."""
        self.labels.require_alone(pair, message)
        self.receiver(pair, message)
        self.carried.setdefault(pair, {})[message] = None

    def hand(self, one: Instance, handed: Handed) -> None:
        """Note that an instance may hand a message over; raise ModelError where nobody would take it."""
        if handed.way == "send":
            self.carry(Pair(one.host, handed.target, one.session), handed.message)
            return
        for other in self.takers(one, handed):
            self.labels.require_alone(Pair(one.host, other.host, one.session), handed.message)
            self.met.setdefault(other.name, {})[handed.message] = None

    def takers(self, one: Instance, handed: Handed) -> tuple[Instance, ...]:
        """Return who may take a message that an instance hands over, in the composition's order."""
        if handed.way != "broadcast":
            return (self.receiver(Pair(one.host, handed.target, one.session), handed.message),)
        where = (one.name, type(handed.message))
        if where not in self._hearers:
            alike = (other for other in self.composition.instances if other.session == one.session and other is not one)
            near = (other for other in alike if not other.peers or one.host in other.peers)
            self._hearers[where] = tuple(other for other in near if type(handed.message) in other.participant.heard)
        if not self._hearers[where]:
            text = self.labels.text(handed.message)
            raise ModelError(f"{one.name} broadcasts {text}, but no other participant of its session has a row for it")
        return self._hearers[where]

    @property
    def channels(self) -> dict[Pair, Channel]:
        """The channels, each with the messages that it may carry."""
        network = self.composition.network
        texts = self.labels.text
        return {pair: Channel(pair, network, tuple(messages), texts) for pair, messages in self.carried.items()}

    def receiver(self, pair: Pair, message: Message) -> Instance:
        """Return the one instance that a message is for; raise ModelError unless there is just one."""
        where = (pair, type(message))
        if where not in self._receivers:
            self._receivers[where] = self._found_receiver(pair, message)
        return self._receivers[where]

    def _found_receiver(self, pair: Pair, message: Message) -> Instance:
        there = [one for one in self.composition.instances if one.host == pair.target and one.session == pair.session]
        near = [one for one in there if not one.peers or pair.source in one.peers]
        fits = [one for one in near if type(message) in one.participant.heard]
        if len(fits) != 1:
            names = ", ".join(one.name for one in fits) or "nobody"
            text = self.labels.text(message)
            hint = "" if fits else self._unheard(pair, message, near)
            raise ModelError(f"{pair.name}: {text} is for exactly one participant, but {names} would take it{hint}")
        return fits[0]

    def _unheard(self, pair: Pair, message: Message, near: list[Instance]) -> str:
        """Return the likely cause of a message for nobody."""
        hosts = dict.fromkeys(one.host for one in self.composition.instances)
        if pair.target not in hosts:
            hint = nearest(pair.target, hosts)
            return f"; no participant is at host '{pair.target}' (there are: {', '.join(hosts)}){hint}"
        sent = type(message)
        alike = {one.name: kind for one in near for kind in one.participant.heard if kind.__name__ == sent.__name__}
        taken = " and ".join(f"{name} takes {described(kind)}" for name, kind in alike.items())
        return f"; it is of {described(sent)}, but {taken}: two classes of one name" if alike else ""

    def reactions(self, instance: Instance, trigger: Trigger, message: Message | None) -> Iterator[Reaction]:
        """All reactions of an instance to one trigger, over the configurations known."""
        for _, reaction in self.cells(instance, trigger, message):
            yield reaction

    def further(self, instance: Instance, trigger: Trigger, message: Message | None) -> Iterator[Reaction]:
        """The reactions over the configurations that have become known since this was asked before."""
        what = instance.name, trigger, message
        first, self._asked[what] = self._asked.get(what, 0), len(self.configs[instance.name])
        for _, reaction in self.cells(instance, trigger, message, first):
            yield reaction

    def cells(
        self, instance: Instance, trigger: Trigger, message: Message | None, first: int = 0
    ) -> Iterator[tuple[dict[str, Value], Reaction]]:
        """All branches of one trigger over the configurations known, without those that an input cannot show.

        With ``first`` over those alone that have become known since there were so many.
        """
        possible = self._limits.get(instance.name)
        if possible is None:
            possible = {name: self._possible(instance, name, one) for name, one in instance.inputs.items()}
            self._limits[instance.name] = possible
        for config in list(islice(self.configs[instance.name], first, None)):
            for seen, reaction in self.tables.of[instance.name].cell(config, trigger, message):
                if all(value in (possible.get(name) or (value,)) for name, value in seen.items()):
                    yield seen, reaction

    def _possible(self, instance: Instance, name: str, source: Input | Silence) -> frozenset[Value]:
        """Return the values that an input over facts alone can have; nothing when it depends on more, or fails."""
        facts = {fact.name: fact.values for fact in self.composition.facts}
        if isinstance(source, Silence) or not facts.keys() >= set(source.reads):
            return frozenset()
        known = (dict(zip(source.reads, one, strict=True)) for one in product(*(facts[slot] for slot in source.reads)))
        try:
            return frozenset(instance.observed(name, source, values) for values in known)
        except ModelError:
            return frozenset()  # the error counts where a state that is met asks for the value

    def triggers(self, instance: Instance) -> Iterator[tuple[Trigger, Message | None]]:
        """All that can fire at an instance: its internal triggers, and the messages carried to it."""
        for trigger in instance.participant.internal:
            if trigger not in instance.disabled or trigger in self._undergone.get(instance.name, ()):
                yield trigger, None
        for pair, messages in list(self.carried.items()):
            for message in list(messages):
                if self.receiver(pair, message) is instance:
                    yield type(message), message
        yield from ((type(message), message) for message in list(self.met.get(instance.name, ())))


def close(composition: Composition, pool: Pool | None = None) -> Closure:
    """Tabulate all instances until no new configuration and no new message appears."""
    with authored(f"composition '{composition.name}'"):
        *_, closure = _closing(composition, pool)
    return closure


def close_within(composition: Composition, cells: int) -> Closure | None:
    """Close a composition unless its tables take more than a number of cells: then return None."""
    with authored(f"composition '{composition.name}'"):
        for closure in _closing(composition):
            if sum(len(one.cells) for one in closure.tables.of.values()) > cells:
                return None
    return closure


def _closing(composition: Composition, pool: Pool | None = None) -> Iterator[Closure]:
    """Return the closure again and again while it grows, the last time whole."""
    closure = Closure(composition, Tables(composition, pool), {}, {})
    for one in composition.instances:
        begins = (config for start in composition.begins for config in one.beginning(start.values))
        closure.configs[one.name] = dict.fromkeys(begins)
    for pair, message in (*composition.begun, *(one for start in composition.begins for one in start.begun)):
        closure.carry(pair, message)
    size = -1
    while size != (size := _size(closure)):
        for one in composition.instances:
            for trigger, message in list(closure.triggers(one)):
                for reaction in closure.further(one, trigger, message):
                    closure.configs[one.name][reaction.after] = None
                    for handed in reaction.sent:
                        closure.hand(one, handed)
            yield closure


def _size(closure: Closure) -> int:
    return sum(len(one) for some in (closure.configs, closure.carried, closure.met) for one in some.values())
