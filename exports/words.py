"""The variables of a composition's Promela processes, and what channels and observers say of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from haboot.checker import Composition, Input, Instance, Message, ModelError, Part, Silence, Value
from haboot.checker.machines import Channel, Closure, Pair
from haboot.exports.compiled import MOST, Compiled
from haboot.exports.languages import Speech


@dataclass
class Words:
    """The variables of a composition by what they hold."""

    say: Speech
    composition: Composition
    closure: Closure

    @property
    def compiled(self) -> Compiled:
        """The composition as a system."""
        return self.say.compiled

    @property
    def channels(self) -> Mapping[Pair, Channel]:
        """What may be under way between two hosts."""
        return self.closure.channels

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of each slot in the system."""
        return {slot.name: place for place, slot in enumerate(self.compiled.system.slots)}

    def name(self, slot: str) -> str:
        """Return the variable of a slot."""
        return self.compiled.names[self.places[slot]]

    def number(self, slot: str, value: Value) -> int:
        """Return what stands for a value of a slot."""
        return self.compiled.rules.layout.index[slot][value]

    def seen(self, one: Instance, name: str, value: Value) -> str:
        """Return the test whether an instance sees a value at an input."""
        source = one.inputs[name]
        if isinstance(source, Silence):
            silent = self.silent(one, source)
            return silent if value else f"!({silent})"
        return self.true_of(source, lambda view: one.observed(name, source, view) == value)

    def true_of(self, source: Input, test: Callable[[Part], bool]) -> str:
        """Return what is true of the slots that an input reads as a test of variables."""
        tree = self.compiled.tree(source.reads, test)
        if tree is None:
            raise ModelError(f"an input over {source.reads} looks at more than {MOST:,} combinations of values")
        return self.say.tree(tree)

    def down(self, key: str | tuple[str, str]) -> str:
        """Return the test whether a host, or the way between two, is down."""
        source = self.composition.down.get(key)
        return "false" if source is None else self.true_of(source, lambda view: bool(source.seen(f"down {key}", view)))

    def silent(self, one: Instance, silence: Silence) -> str:
        """Return the test whether an instance meets silence."""
        lines = [line for pair, line in self.channels.items() if silence.is_about(pair, one.session)]
        held = " + ".join(self.held(line, silence.at_most) for line in lines) or "0"
        most = str(silence.at_most)
        if silence.early:
            most = f"({self.name(silence.early)} == {self.number(silence.early, True)} -> {most} : 0)"
        return f"(({held}) <= {most})"

    def held(self, line: Channel, most: int) -> str:
        """Return how many messages a channel holds, one more than ``most`` for any more."""
        names = [self.name(slot.name) for slot in line.slots]
        if self.composition.network.reordering:
            return " + ".join(names)
        return " + ".join(f"({name} != 0)" for name in names[: most + 1])

    def there(self, line: Channel, place: int) -> str:
        """Return the test whether the message of a place in a channel's list may be received next."""
        if self.composition.network.reordering:
            return f"{self.name(line.slots[place].name)} > 0"
        return f"{self.name(line.slots[0].name)} == {1 + place}"

    def take(self, line: Channel, place: int) -> str:
        """Return what takes such a message out of a channel."""
        names = [self.name(slot.name) for slot in line.slots]
        if self.composition.network.reordering:
            return f"{names[place]} = {names[place]} - 1"
        return "; ".join(f"{name} = {after}" for name, after in zip(names, [*names[1:], "0"], strict=True))

    def send(self, one: Instance, target: str, message: Message) -> str:
        """Return what sends a message of an instance to a host.

        One that no reachable state sends, by the closure, has no channel: if it is sent after all, that cuts the step.
        """
        line = self.channels.get(Pair(one.host, target, one.session))
        if line is None or message not in line.messages:
            return "over = 1"
        return self.put(line, line.messages.index(message))

    def put(self, line: Channel, place: int) -> str:
        """Return what puts such a message into a channel; what does not fit is lost or cuts the step."""
        network = self.composition.network
        full = "skip" if network.full == "lose" else "over = 1"
        names = [self.name(slot.name) for slot in line.slots]
        if network.reordering and network.merges:
            return f"{names[place]} = 1"
        if network.reordering:
            name = names[place]
            return f"if :: {name} < {network.capacity} -> {name} = {name} + 1 :: else -> {full} fi"
        return self._queued(names, 1 + place, full)

    def _queued(self, names: Sequence[str], message: int, full: str) -> str:
        options = [f":: {names[0]} == 0 -> {names[0]} = {message}"]
        for before, name in pairwise(names):
            same = f"{before} == {message}" if self.composition.network.merges else "false"
            options.append(f":: {before} != 0 && {name} == 0 && {same} -> skip")
            options.append(f":: {before} != 0 && {name} == 0 && !({same}) -> {name} = {message}")
        if self.composition.network.merges:
            options.append(f":: {names[-1]} == {message} -> skip")
            options.append(f":: {names[-1]} != 0 && {names[-1]} != {message} -> {full}")
        else:
            options.append(f":: {names[-1]} != 0 -> {full}")
        return f"if {' '.join(options)} fi"
