"""What a composition is made of: participants at hosts, what they observe, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from haboot.checker.boundary import (
    NOTHING,
    Held,
    ModelError,
    Needs,
    Valued,
    authored,
    given,
    held,
    needed,
    shown,
    valued,
)
from haboot.checker.branches import Part
from haboot.checker.core import Value, View
from haboot.checker.machines.channels import Pair
from haboot.checker.machines.local import require_free
from haboot.checker.machines.rows import Participant


def slot_of(instance: str, variable: str) -> str:
    """Return the slot that holds a variable of an instance, or its ``state``."""
    return f"{instance}.{variable}"


def left_of(owner: str, deed: str) -> str:
    """Return the slot that counts how often something may still be done, by an instance or by the "network"."""
    return f"{owner}.{deed} left"


@dataclass(frozen=True, slots=True)
class Input:
    """An observation of the world outside a participant: the slots it reads, and its value."""

    reads: tuple[str, ...]
    value: Callable[[View], Value]
    noted: Held = field(init=False, default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "noted", held(self.value))
        object.__setattr__(self, "reads", given.texts("an Input", "what it reads", self.reads))
        if not callable(self.value):
            raise given.wrong("an Input", "its value", self.value, "a function of the slots read")

    def seen(self, owner: str, view: Mapping[str, Value]) -> Value:
        """Return the value in a state; raise ModelError, with the owner's name, where the author's function does.

        The function is asked twice, and refused where its answers differ.
        """
        seen = View(Part(self.reads, view.__getitem__), owner)
        with authored(owner):
            value, again = self.value(seen), self.value(seen)
            differs = value is not again and value != again
        seen.require_declared()
        if differs:
            raise ModelError(f"{owner} is not deterministic: it gave {shown(value)} and then {shown(again)}")
        return value


@dataclass(frozen=True, slots=True)
class Silence:
    """The observation that nothing is under way between a host and others: what a timer beyond a round trip tells.

    It is about the observer's own session, or about every one. A timer that may fire early sees silence while
    ``at_most`` some messages are under way; with ``early`` only where this slot, of a fact, says so.
    """

    host: str
    others: tuple[str, ...]
    every_session: bool = False
    at_most: int = 0
    early: str = ""

    def __post_init__(self) -> None:
        given.text("a Silence", "its host", self.host)
        object.__setattr__(self, "others", given.texts("a Silence", "the others", self.others))
        given.flag("a Silence", "every_session", self.every_session)
        given.count("a Silence", "at_most", self.at_most, least=0)
        if self.early:
            given.text("a Silence", "early", self.early)

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

    def __post_init__(self) -> None:
        given.count(f"resource '{given.text('a resource', 'its name', self.name)}'", "most", self.most)


@dataclass(frozen=True)
class Instance:
    """A participant at a host. ``session`` groups what serves one mobile node, ``peers`` limits whom it hears.

    ``start`` gives other initial values than the participant's own, several for a choice. Triggers that are
    ``disabled`` never fire by themselves. An ``outside`` instance acts even while its host is down: it is the
    environment's hand, such as a crash. All that one of the ``environment`` does, and what is delivered to it, is no
    progress: an adversary. ``at_most`` says by trigger how often it fires by itself in a run, without end where nothing
    is said. What must be assumed for it to act it ``assumes``, as a whole or by trigger, and ``start_assumes`` says by
    variable and value what its initial values need; see ``checker.boundary.needs``.
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
    environment: bool = False
    at_most: Mapping[str, int] = field(default_factory=dict)
    assumes: Any = ()
    start_assumes: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        place = f"instance '{given.text('an instance', 'its name', self.name)}'"
        if not isinstance(self.participant, Participant):
            raise given.wrong(place, "its participant", self.participant, "a Participant")
        given.text(place, "its host", self.host)
        if not isinstance(self.session, str):
            raise given.wrong(place, "its session", self.session, "a text")
        for what in ("peers", "disabled"):
            object.__setattr__(self, what, given.collected(place, what, getattr(self, what)))
        for what in ("outside", "environment"):
            given.flag(place, what, getattr(self, what))
        for name in self.disabled:
            given.require_known(place, "trigger that is disabled", name, self.participant.internal)
        bounds = given.counts(place, "at_most", self.at_most, "trigger", self.participant.internal)
        object.__setattr__(self, "at_most", bounds)
        object.__setattr__(self, "constants", self._constants(place))
        object.__setattr__(self, "start", self._start(place))
        object.__setattr__(self, "inputs", self._inputs(place))
        object.__setattr__(self, "assumes", self._assumed(place))
        object.__setattr__(self, "start_assumes", self._start_assumed(place))
        if self.resource is not None:
            given.text(place, "its resource", self.resource)

    def _assumed(self, place: str) -> dict[str, Needs]:
        """Return by trigger what must be assumed for it to fire by itself."""
        triggers = self.participant.internal
        if not isinstance(self.assumes, Mapping):
            whole = needed(place, self.assumes)
            return {} if whole == NOTHING else dict.fromkeys(triggers, whole)
        for name in self.assumes:
            given.require_known(place, "trigger that assumes something", name, triggers)
        return {name: needed(f"{place}, trigger '{name}'", some) for name, some in self.assumes.items()}

    def _start_assumed(self, place: str) -> dict[str, Valued]:
        known = given.mapping(
            place,
            "start_assumes",
            self.start_assumes,
            lambda one: given.require_known(place, "start variable", one, self.domains),
        )
        return {name: valued(f"{place}, '{name}'", some, self.domains[name]) for name, some in known.items()}

    def needs(self, trigger: str) -> Needs:
        """Return what must be assumed for a trigger to fire by itself."""
        some: Needs = self.assumes.get(trigger, NOTHING)
        return some

    def _constants(self, place: str) -> dict[str, Value]:
        constants = given.mapping(
            place, "its constants", self.constants, lambda one: given.text(place, "the name of a constant", one)
        )
        for name, value in constants.items():
            require_free(place, "a constant", name)
            if name in self.participant.variables:
                raise ModelError(
                    f"{place}: '{name}' is a constant, and a variable of '{self.participant.name}' as well"
                )
            given.require_hashable(place, f"constant '{name}'", value)
        return constants

    def _start(self, place: str) -> dict[str, tuple[Value, ...]]:
        started = given.mapping(
            place, "its start", self.start, lambda one: given.require_known(place, "start variable", one, self.domains)
        )
        found = {name: given.domain(place, f"the start of '{name}'", values) for name, values in started.items()}
        for name, values in found.items():
            for value in values:
                if value not in self.domains[name]:
                    allowed = ", ".join(map(shown, self.domains[name]))
                    raise ModelError(f"{place}: '{name}' cannot start as {shown(value)} (allowed: {allowed})")
        return found

    def _inputs(self, place: str) -> dict[str, Input | Silence]:
        declared = self.participant.inputs
        inputs = given.mapping(
            place, "its inputs", self.inputs, lambda one: given.require_known(place, "input", one, declared)
        )
        for name, source in inputs.items():
            if not isinstance(source, Input | Silence):
                raise given.wrong(place, f"input '{name}'", source, "an Input or a Silence")
        missing = [name for name in declared if name not in inputs]
        if missing:
            raise ModelError(
                f"{place}: nothing is wired to '{', '.join(missing)}', which participant '{self.participant.name}' "
                "declares as input; give an Input or a Silence for each"
            )
        return inputs

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of the slots that hold its local configuration."""
        return tuple(slot_of(self.name, one) for one in ("state", *self.participant.variables))

    @property
    def domains(self) -> dict[str, Sequence[Value]]:
        """Domains of the state and the variables, by their bare names."""
        return {"state": self.participant.states, **self.participant.variables}

    def beginning(self, fixed: Mapping[str, Value]) -> tuple[tuple[Value, ...], ...]:
        """Return its initial configurations where some values are fixed, by slot."""
        own: dict[str, Value] = {"state": self.participant.initial}
        own |= {name: domain[0] for name, domain in self.participant.variables.items()}
        free = (self.start.get(name, (own[name],)) for name in self.domains)
        every = zip(self.slots, free, strict=True)
        return tuple(product(*((fixed[slot],) if slot in fixed else values for slot, values in every)))

    def observed(self, name: str, source: Input, view: Mapping[str, Value]) -> Value:
        """Return what an input shows in a state; raise ModelError for a value outside its domain."""
        place, domain = f"{self.name}: input '{name}'", self.participant.inputs[name]
        value = source.seen(place, view)
        with authored(place):
            fits = value in domain
        if not fits:
            allowed = ", ".join(map(shown, domain))
            raise ModelError(f"{place} gave {shown(value)}, which is outside its domain (allowed: {allowed})")
        return value

    def is_environment(self, trigger: str) -> bool:
        """Whether an internal trigger is a deed of the environment here."""
        return self.environment or self.participant.is_environment(trigger)


@dataclass(frozen=True, slots=True)
class Joint:
    """A trigger that one instance fires and others undergo in the same step; whose step it is, the leader says.

    A follower that has no row for it stays as it is; if ``together``, there is then no step, as at a rendezvous.
    """

    trigger: str
    leader: str
    followers: tuple[str, ...]
    together: bool = False

    def __post_init__(self) -> None:
        place = f"joint '{given.text('a joint', 'its trigger', self.trigger)}'"
        given.text(place, "its leader", self.leader)
        object.__setattr__(self, "followers", given.texts(place, "its followers", self.followers))
        given.flag(place, "together", self.together)
