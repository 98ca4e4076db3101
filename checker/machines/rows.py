"""Rows and participants as an author writes them, looked over once when they are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from haboot.checker.boundary import Held, ModelError, given, held, nearest, shown, written
from haboot.checker.core import Value
from haboot.checker.machines.events import Trigger, title
from haboot.checker.machines.local import Effect, Guard, require_free

Config: TypeAlias = tuple[Value, ...]  # the state, then the variables in order
Unexpected: TypeAlias = Literal["discard", "wait", "defer"]
UNEXPECTED = ("discard", "wait", "defer")
STAY = "="


@dataclass(frozen=True, slots=True)
class Row:
    """One transition; ``dest`` "=" stays in the source, ``cites`` is the section of the specification behind it.

    A row that ``discards`` throws the message away that it takes. One of the ``environment`` is a fault, an adversary's
    deed or mere stuttering, which is no progress; all rows of one trigger agree. ``place`` is the file and line where
    it is written.
    """

    trigger: str | type
    source: tuple[str, ...]
    dest: str
    guards: tuple[Guard, ...] = ()
    effects: tuple[Effect, ...] = ()
    cites: str = ""
    discards: bool = False
    environment: bool = False
    place: tuple[str, int] = field(default=("", 0), compare=False, repr=False)
    noted: Held = field(init=False, default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        if not self.place[0]:
            object.__setattr__(self, "place", written())
        if not isinstance(self.trigger, str | type) or not self.trigger:
            due = "a text, for what happens by itself, or the class of a message"
            raise given.wrong("a row", "its trigger", self.trigger, due)
        place = f"row '{self.name}'"
        object.__setattr__(self, "source", given.texts(place, "its source", self.source))
        object.__setattr__(self, "guards", given.functions(place, "guards", self.guards))
        object.__setattr__(self, "effects", given.functions(place, "effects", self.effects))
        object.__setattr__(self, "noted", held(*self.guards, *self.effects))
        given.text(place, "its destination", self.dest)
        if not isinstance(self.cites, str):
            raise given.wrong(place, "cites", self.cites, "a text")
        given.flag(place, "discards", self.discards)
        given.flag(place, "environment", self.environment)
        if self.environment and not isinstance(self.trigger, str):
            raise ModelError(
                f"{place}: it takes a message, so it is no act of the environment of its own; mark what sends the "
                "message, or the instance"
            )

    @property
    def name(self) -> str:
        """The trigger's name: the message type's, or the internal one's."""
        return title(self.trigger)


@dataclass(frozen=True)
class Participant:
    """A state machine over finite variables; the first value of each variable is its initial one.

    ``inputs`` are the outside observations that guards may see, each with its domain. Where a machine may rest for
    ever is said by ``terminal``. A message that no row takes where it arrives is ``unexpected``: thrown away
    ("discard"), or left under way until a row takes it, where it blocks what a queue holds behind it ("wait") or lets
    that pass ("defer"). One way may be given for all, or one by the class of message. Where none is chosen, meeting
    such a message is an error.
    """

    name: str
    states: tuple[str, ...]
    initial: str
    rows: tuple[Row, ...]
    variables: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    inputs: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    terminal: frozenset[str] = frozenset()
    unexpected: Unexpected | Mapping[type, Unexpected] | None = None

    def __post_init__(self) -> None:
        place = f"participant '{given.text('a participant', 'its name', self.name)}'"
        states = given.texts(place, "its states", self.states)
        given.require_once(place, "states", states)
        if STAY in states:
            raise ModelError(
                f"{place}: a state is named '{STAY}', which as a destination means to stay; name it otherwise"
            )
        self._hold("states", states)
        self._hold("rows", given.members(place, "its rows", self.rows, Row, "a Row"))
        self._hold("terminal", given.collected(place, "its terminal states", self.terminal))
        self._hold("variables", self._domains(place, "variable", self.variables))
        self._hold("inputs", self._domains(place, "input", self.inputs))
        for name in self.variables:
            require_free(place, "a variable", name)
        self._require_ways(place)
        for row in self.rows:
            for state in (*row.source, *(() if row.dest == STAY else (row.dest,))):
                self._require(state, f"row '{row.name}'")
        self._require(self.initial, "the initial state")
        for state in sorted(self.terminal):
            self._require(state, "a terminal state")
        self._require_marks_agree(place)

    def _require_ways(self, place: str) -> None:
        if isinstance(self.unexpected, Mapping):
            self._hold("unexpected", dict(self.unexpected))
            for kind in self.unexpected:
                if kind not in self.heard:
                    names = ", ".join(title(one) for one in self.heard) or "none"
                    raise ModelError(
                        f"{place}: unexpected says what becomes of {shown(kind)}, which no row takes (taken: {names})"
                    )
        for way in self.ways:
            given.require_known(place, "way with unexpected messages", way, UNEXPECTED)

    @property
    def ways(self) -> tuple[object, ...]:
        """The ways with unexpected messages that are chosen."""
        if isinstance(self.unexpected, Mapping):
            return tuple(self.unexpected.values())
        return () if self.unexpected is None else (self.unexpected,)

    def way_with(self, kind: type) -> Unexpected | None:
        """Return what becomes of a message of a class where no row takes it, None where nothing is said."""
        return self.unexpected.get(kind) if isinstance(self.unexpected, Mapping) else self.unexpected

    def _hold(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    @staticmethod
    def _domains(place: str, what: str, domains: object) -> dict[str, tuple[Any, ...]]:
        named = given.mapping(
            place, f"its {what}s", domains, lambda name: given.text(place, f"the name of {what}", name)
        )
        return {name: given.domain(place, f"{what} '{name}'", domain) for name, domain in named.items()}

    def _require(self, state: object, place: str) -> None:
        if not isinstance(state, str) or state not in self.states:
            name = state if isinstance(state, str) else shown(state)
            hint = nearest(name, self.states)
            raise ModelError(f"participant '{self.name}', {place}: unknown state '{name}' ({self.states}){hint}")

    def _require_marks_agree(self, place: str) -> None:
        for trigger in self.internal:
            if len({row.environment for row in self.rows if row.trigger == trigger}) > 1:
                raise ModelError(
                    f"{place}: some rows of '{trigger}' are of the environment and some are not; one trigger is one "
                    "action, so all its rows must agree"
                )

    @property
    def internal(self) -> tuple[str, ...]:
        """The triggers that no message fires, in order of appearance."""
        return tuple(dict.fromkeys(row.trigger for row in self.rows if isinstance(row.trigger, str)))

    @property
    def heard(self) -> tuple[type, ...]:
        """The message types that some row reacts to."""
        return tuple(dict.fromkeys(row.trigger for row in self.rows if not isinstance(row.trigger, str)))

    def is_environment(self, trigger: Trigger) -> bool:
        """Whether a trigger is a deed of the environment."""
        return any(row.environment for row in self.rows if row.trigger == trigger)
