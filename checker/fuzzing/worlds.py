"""What a run goes through: a system as it is declared, or a composition that is found state by state.

A composition is closed before it is explored, and its tables hold every configuration that could ever be met. A run
meets few of them. ``Unfolded`` therefore tabulates a cell when the run comes to it and lists an action when its message
is under way: twenty mobile nodes under every assumption cost no more than what is visited. Both worlds have a twin that
runs machines instead of tables.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Protocol, TypeAlias

from haboot.checker.boundary import ModelError, authored, nearest, require_once
from haboot.checker.constraints import constrained
from haboot.checker.core import Action, System, Value
from haboot.checker.machines import (
    Bag,
    Channel,
    Closure,
    Composition,
    Deed,
    Effects,
    Fact,
    GrowingTables,
    Instance,
    Labels,
    Line,
    Machines,
    Message,
    Pair,
    Running,
    Start,
    begun,
    close_within,
    counts,
    pairs,
    part_slots,
)
from haboot.checker.traces import Homes, homes

Parts: TypeAlias = Mapping[str, tuple[str, ...]]  # what has a local configuration, and the slots that hold it
CELLS = 3_000  # of a composition's tables, filled in about three seconds: beyond, no share of them is told


class State(dict[str, Value]):
    """Values by slot name; a channel that was never used is empty."""

    def __init__(self, values: Mapping[str, Value], empty: Mapping[str, Value]) -> None:
        super().__init__(values)
        self.empty = empty

    def __missing__(self, name: str) -> Value:
        return self.empty[name]

    def after(self, writes: Mapping[str, Value]) -> State:
        """Return the state with some slots written."""
        made = State(self, self.empty)
        made.update(writes)
        return made


class World(Protocol):
    """What a run needs of a model."""

    @property
    def name(self) -> str:
        """The model's name."""

    @property
    def starts(self) -> Sequence[Sequence[Mapping[str, Value]]]:
        """Choices that make an initial state: of each the alternatives, the usual one first."""

    @property
    def empty(self) -> Mapping[str, Value]:
        """Slots that a state may leave out, with the values that they then have."""

    @property
    def homes(self) -> Homes:
        """Where its slots live."""

    @property
    def parts(self) -> Parts:
        """The parts whose local configurations are counted."""

    def actions(self) -> Iterable[Action]:
        """Return the actions that may be enabled in an initial state."""

    def appearing(self, writes: Mapping[str, Value]) -> Iterable[Action]:
        """Return the actions that some writes may bring into play for the first time."""

    def known(self) -> tuple[Mapping[str, int], int] | None:
        """Return the number of configurations of each part and of actions; None where finding out takes too long."""

    def kind(self, part: str) -> str:
        """Return the name under which a part is counted with its like."""

    def live(self) -> World:
        """Return the twin that runs machines, ready for a run from an initial state."""


class Declared:
    """A System as it is; its parts are its slots."""

    def __init__(self, system: System) -> None:
        self.system, self.name = constrained(system), system.name
        self.starts = (self.system.initial,)
        self.empty: Mapping[str, Value] = {}
        self.parts = {slot.name: (slot.name,) for slot in system.slots}
        self.homes = homes(system.slots)

    def actions(self) -> Iterable[Action]:
        """See World."""
        return self.system.actions

    def appearing(self, writes: Mapping[str, Value]) -> Iterable[Action]:  # noqa: ARG002 - all are there from the start
        """See World."""
        return ()

    def known(self) -> tuple[Mapping[str, int], int] | None:
        """See World."""
        if any(slot.is_open for slot in self.system.slots):
            return None
        return {slot.name: len(slot.domain) for slot in self.system.slots}, len(self.system.actions)

    def kind(self, part: str) -> str:
        """See World."""
        return part

    def live(self) -> World:
        """See World."""
        return Declared(self.system.live()) if self.system.live else self


class Unfolded:
    """A composition, found state by state."""

    def __init__(self, composition: Composition) -> None:
        self.composition, self.name = composition, composition.name
        with authored(f"composition '{self.name}'"):
            self.running = Running(composition)
            self.closure = Closure(composition, GrowingTables(composition), {}, {})
            self.lines = _Lines(composition, self.closure.labels)
            self.empty = dict(self.lines.empty())
            self.letters = [*composition.begun, *(one for start in composition.begins for one in start.begun)]
            for pair, message in self.letters:
                self.closure.carry(pair, message)
            self.starts = (*_starts(composition), tuple(self._begins()))
            self.parts = {one.name: one.slots for one in composition.instances}
            self.homes = replace(homes(part_slots(composition)), channels=dict(self.lines.ends()))
            self._run_on(self.closure.tables)
        known = [slot.name for slot in part_slots(composition)]
        require_once(f"composition '{self.name}'", "slots", (*known, *self.empty))
        self.passing = any("defer" in one.participant.ways for one in composition.instances)

    def _run_on(self, machines: Machines) -> None:
        self.effects = Effects(self.closure, machines, self.lines)
        self._internal = [_action(self.effects.internal(one, trigger)) for one, trigger in self.effects.spontaneous()]
        self._delivered: dict[tuple[Pair, Message], list[Action]] = {}
        self._named = {action.name for action in self._internal}
        self._twin: Unfolded | None = None

    def _begins(self) -> Iterator[Mapping[str, Value]]:
        """The ways to begin, each with the slots that belong together and with what is under way."""
        composition, begins = self.composition, self.composition.begins
        named = _named(composition)
        held = [begun(composition, self.lines, self.empty, start) for start in begins]
        channels = dict.fromkeys(slot for one in held for slot in one)
        for start, under_way in zip(begins, held, strict=True):
            lines = {slot: under_way.get(slot, self.empty[slot]) for slot in channels}
            free = (_alternatives(part, named, start) for part in _parts(composition))
            for chosen in product(*free):
                yield {name: value for one in chosen for name, value in one.items()} | lines

    def actions(self) -> Iterable[Action]:
        """See World."""
        return (
            *self._internal,
            *(one for pair, sent in self.letters for one in self._deliveries(self.lines[pair], sent)),
        )

    def appearing(self, writes: Mapping[str, Value]) -> Iterator[Action]:
        """See World."""
        for slot in writes:
            line = self.lines.by_slot.get(slot)
            if line is not None:
                held = line.first(lambda name: writes.get(name, self.empty.get(name)), passing=self.passing)
                for message in dict.fromkeys(held):
                    yield from self._deliveries(line, message)

    def _deliveries(self, line: Line, message: Message) -> list[Action]:
        where = (line.pair, message)
        if where not in self._delivered:
            one = self.closure.receiver(line.pair, message)
            found = [_action(deed) for deed in self.effects.delivered(line, message, one)]
            require_once(f"composition '{self.name}'", "actions", (*self._named, *(action.name for action in found)))
            self._named |= {action.name for action in found}
            self._delivered[where] = found
        return self._delivered[where]

    def known(self) -> tuple[Mapping[str, int], int] | None:
        """See World."""
        closure = close_within(self.composition, CELLS)
        if closure is None:
            return None
        ways = 1 + self.composition.network.duplication + self.composition.network.loss
        actions = len(self._internal) + ways * sum(map(len, closure.carried.values()))
        return {name: len(found) for name, found in closure.configs.items()}, actions

    def kind(self, part: str) -> str:
        """See World."""
        return self.effects.named[part].participant.name

    def live(self) -> Unfolded:
        """See World."""
        if self._twin is None:
            self._twin = copy(self)
            self._twin._run_on(self.running)
        self.running.restart()
        return self._twin

    def against(self, implementation: Composition) -> Unfolded:
        """Return the same tables with the machines of another composition as the twin: an implementer's, to be tested.

        Its machines have the instances, states and variables of this one.
        """
        other = copy(self)
        other.running, other._twin = Running(implementation, self.running.pool), None
        return other


class _Lines(dict[Pair, Line]):
    """The channels of a network, each made when it is first used."""

    def __init__(self, composition: Composition, labels: Labels) -> None:
        super().__init__()
        self.composition, self.labels = composition, labels
        self.possible = frozenset(pairs(composition))
        self.by_slot: dict[str, Line] = {}

    def __missing__(self, pair: Pair) -> Line:
        if pair not in self.possible:
            hosts = dict.fromkeys(one.target for one in self.possible if one.session == pair.session)
            hint = nearest(pair.target, hosts)
            raise ModelError(
                f"{pair.name}: nobody is at host '{pair.target}' there (there are: {', '.join(hosts)}){hint}"
            )
        network, text = self.composition.network, self.labels.text
        line: Line = Bag(pair, network, text) if network.reordering else Channel(pair, network, (), text)
        self[pair] = line
        self.by_slot |= dict.fromkeys(line.idle, line)
        return line

    def empty(self) -> Iterator[tuple[str, Value]]:
        """All slots of all channels that there could be, with what they hold while nothing is under way."""
        for pair in pairs(self.composition):
            line = self[pair]
            yield from line.idle.items()
            if isinstance(line, Channel):
                yield from ((name, None) for name in line.touched(None))

    def ends(self) -> Iterator[tuple[str, tuple[str, str, str]]]:
        """All slots of all channels that there could be, with the ends of each."""
        for pair in pairs(self.composition):
            line = self[pair]
            more = line.touched(None) if isinstance(line, Channel) else ()
            yield from ((name, pair.ends) for name in (*line.idle, *more))


def _action(deed: Deed) -> Action:
    return Action(deed.name, effect=deed.effect, environment=deed.environment)


Part: TypeAlias = Callable[[Start], Iterable[Mapping[str, Value]]]


def _parts(composition: Composition) -> Iterator[Part]:
    """What begins with some values: facts, instances and counts, each for one way to begin."""
    for fact in composition.facts:
        yield partial(_fact, fact)
    for one in composition.instances:
        yield partial(_configs, one)
    yield lambda start: [{name: start.values.get(name, value) for name, value in counts(composition).items()}]


def _fact(fact: Fact, start: Start) -> Iterator[Mapping[str, Value]]:
    return ({fact.name: start.values.get(fact.name, value)} for value in fact.values)


def _configs(one: Instance, start: Start) -> Iterator[Mapping[str, Value]]:
    return (dict(zip(one.slots, config, strict=True)) for config in one.beginning(start.values))


def _named(composition: Composition) -> frozenset[str]:
    """The slots whose first values are chosen together."""
    return frozenset(name for start in composition.starts for name in start.values)


def _alternatives(part: Part, wanted: Container[str], start: Start) -> list[Mapping[str, Value]]:
    """Return how some slots of a part may begin, each way once."""
    found = ({name: value for name, value in one.items() if name in wanted} for one in part(start))
    return list({frozenset(one.items()): one for one in found}.values())


def _starts(composition: Composition) -> Iterator[tuple[Mapping[str, Value], ...]]:
    """The choices that are independent of each other."""
    named = _named(composition)
    others = frozenset(slot.name for slot in part_slots(composition)) - named
    for part in _parts(composition):
        yield tuple(_alternatives(part, others, Start()))
