"""A closure of tables as far as some number of assumptions leads.

Each configuration and each message carries the minimal sets of assumptions with which it can come about, whatever the
other instances are in; what needs more than are allowed together is not tabulated. That is an over-approximation, as
every closure is, and where much may be assumed a far smaller one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Any, TypeAlias

from haboot.checker.boundary import NOTHING, ModelError, Needs, authored, minimal, of_value, together
from haboot.checker.branches import See
from haboot.checker.core import Value
from haboot.checker.families import Beyond
from haboot.checker.machines.channels import Pair
from haboot.checker.machines.closure import Closure, Pool, Tables
from haboot.checker.machines.composition import Composition
from haboot.checker.machines.events import Message, Trigger
from haboot.checker.machines.local import Handed
from haboot.checker.machines.participants import Reaction
from haboot.checker.machines.parts import Input, Instance
from haboot.checker.machines.rows import Config
from haboot.checker.machines.starts import Fact

Branches: TypeAlias = list[tuple[dict[str, Value], Reaction]]


@dataclass
class Bounded(Closure):
    """A closure that knows by trigger, message and configuration what may happen, and nothing beyond."""

    known: dict[tuple[str, Trigger, Message | None], dict[Config, Branches]] = field(default_factory=dict)

    def cells(
        self, instance: Instance, trigger: Trigger, message: Message | None, first: int = 0
    ) -> Iterator[tuple[dict[str, Value], Reaction]]:
        """All branches of one trigger over the configurations that meet it, from some number of them on."""
        for branches in islice(self.known.get((instance.name, trigger, message), {}).values(), first, None):
            yield from branches


class BoundedTables:
    """Machines that are looked up in a bounded closure; see Machines."""

    def __init__(self, closure: Bounded) -> None:
        self.known = closure.known

    def react(self, instance: str, config: Config, trigger: Trigger, message: Message | None, see: See) -> Reaction:
        """Return what one instance does; raise Beyond where it takes more assumptions than are allowed together."""
        looked = dict[str, Value]()
        for seen, reaction in self.known.get((instance, trigger, message), {}).get(config, ()):
            for name, value in seen.items():
                if name not in looked:
                    looked[name] = see(name)
                if looked[name] != value:
                    break
            else:
                return reaction
        raise Beyond

    def back(self, instance: str, config: Config) -> None:
        """Do nothing: a table stays where it is."""


def close_up_to(
    composition: Composition, most: int, given: frozenset[str] = frozenset(), pool: Pool | None = None
) -> Bounded:
    """Return the closure of a composition under up to ``most`` assumptions at once beside those that are given."""
    with authored(f"composition '{composition.name}'"):
        return _Closing(composition, most, given, pool).run()


class _Closing:
    """A worklist over configurations and messages whose sets have changed."""

    def __init__(self, composition: Composition, most: int, given: frozenset[str], pool: Pool | None) -> None:
        self.most, self.given = most, given
        self.closure = Bounded(composition, Tables(composition, pool), {}, {})
        self.at: dict[str, dict[Config, Needs]] = {one.name: {} for one in composition.instances}
        self.under: dict[str, dict[Message, Needs]] = {one.name: {} for one in composition.instances}
        self.named = {one.name: one for one in composition.instances}
        self.todo: deque[tuple[str, Config | None, Message | None]] = deque()
        self.shown = {one.name: dict(self._shown(one)) for one in composition.instances}
        self.fires = {one.name: dict(self._fires(one)) for one in composition.instances}

    def run(self) -> Bounded:
        """Close until nothing changes."""
        for one in self.named.values():
            names = ("state", *one.participant.variables)
            begins = self.closure.composition.begins
            for start in dict.fromkeys(config for way in begins for config in one.beginning(way.values)):
                pairs = zip(names, start, strict=True)
                parts = (of_value(one.start_assumes.get(name, ()), value) for name, value in pairs)
                self._come(one, start, together(parts))
        whole = self.closure.composition
        for pair, message in (*whole.begun, *(one for start in whole.begins for one in start.begun)):
            self._carry(pair, message, NOTHING)
        while self.todo:
            name, config, message = self.todo.popleft()
            for where in list(self.at[name]) if config is None else [config]:
                for trigger, need in self.fires[name].items() if config is not None else ():
                    self._fire(self.named[name], where, trigger, None, need)
                for heard in list(self.under[name]) if message is None else [message]:
                    self._fire(self.named[name], where, type(heard), heard, self.under[name][heard])
        for name, configs in self.at.items():
            self.closure.configs[name] = dict.fromkeys(configs)
        return self.closure

    def _fires(self, one: Instance) -> Iterator[tuple[str, Needs]]:
        """The triggers that an instance fires by itself or undergoes, each with what it needs."""
        joints = [joint for joint in self.closure.composition.joint if one.name in joint.followers]
        undergone = {joint.trigger: self.named[joint.leader].needs(joint.trigger) for joint in joints}
        for trigger in one.participant.internal:
            if trigger in undergone:
                yield trigger, self._small((NOTHING, undergone[trigger]))
            elif trigger not in one.disabled:
                yield trigger, self._small((NOTHING, one.needs(trigger)))

    def _shown(self, one: Instance) -> Iterator[tuple[str, Mapping[Value, Needs]]]:
        """What the values of inputs need that look at facts alone."""
        facts = {fact.name: fact for fact in self.closure.composition.facts}
        for name, source in one.inputs.items():
            if isinstance(source, Input) and facts.keys() >= set(source.reads):
                try:
                    yield name, self._values(one, name, source, [facts[slot] for slot in source.reads])
                except ModelError:
                    continue  # the error counts where a state that is met asks for the value

    def _values(self, one: Instance, name: str, source: Input, facts: Iterable[Fact]) -> Mapping[Value, Needs]:
        found: dict[Value, list[frozenset[str]]] = {}
        every = tuple(facts)
        for values in product(*(fact.values for fact in every)):
            value = one.observed(name, source, dict(zip(source.reads, values, strict=True)))
            parts = (of_value(fact.assumes, some) for fact, some in zip(every, values, strict=True))
            found.setdefault(value, []).extend(together(parts))
        return {value: minimal(some) for value, some in found.items()}

    def _small(self, parts: Iterable[Needs]) -> Needs:
        """Return what parts need together, as far as it is allowed."""
        some = (frozenset().union(*one) - self.given for one in product(*parts))
        return minimal(one for one in some if len(one) <= self.most)

    def _fire(self, one: Instance, config: Config, trigger: Trigger, message: Message | None, need: Needs) -> None:
        """Do what a trigger does in a configuration."""
        start = self._small((self.at[one.name][config], need))
        if not start:
            return
        shown, branches = self.shown[one.name], Branches()
        self.closure.known.setdefault((one.name, trigger, message), {})[config] = branches
        for seen, reaction in self.closure.tables.of[one.name].cell(config, trigger, message):
            inputs = [shown[name].get(value, ()) for name, value in seen.items() if name in shown]
            some = self._small((start, *inputs)) if inputs else start
            if some:
                branches.append((seen, reaction))
                self._come(one, reaction.after, some)
                for handed in reaction.sent:
                    self._hand(one, handed, some)

    def _come(self, one: Instance, config: Config, some: Needs) -> None:
        if self._widened(self.at[one.name], config, some):
            self.todo.append((one.name, config, None))

    def _hand(self, one: Instance, handed: Handed, some: Needs) -> None:
        """Note what an instance sends, or what others take in the same step."""
        self.closure.hand(one, handed)
        if handed.way == "send":
            self._carry(Pair(one.host, handed.target, one.session), handed.message, some)
            return
        for taker in self.closure.takers(one, handed):
            self._hear(taker, handed.message, some)

    def _carry(self, pair: Pair, message: Message, some: Needs) -> None:
        self.closure.carry(pair, message)
        self._hear(self.closure.receiver(pair, message), message, some)

    def _hear(self, receiver: Instance, message: Message, some: Needs) -> None:
        if self._widened(self.under[receiver.name], message, some):
            self.todo.append((receiver.name, None, message))

    def _widened(self, kept: dict[Any, Needs], key: object, some: Needs) -> bool:
        """Keep more sets; return whether one of them is new."""
        known = kept.get(key, ())
        if all(any(other <= one for other in known) for one in some):
            return False
        kept[key] = minimal((*known, *some))
        return True
