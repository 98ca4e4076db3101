"""Participants: state machines on ``transitions``, and their tabulation.

A participant is written once, as rows of trigger, source, destination, guards and effects over a few finite variables.
Of several rows for one trigger the first whose guards hold is taken; a choice is separate triggers. A row whose trigger
is a message type reacts to such messages, any other is internal.

``transitions`` accepts unknown states when a machine is built and drops errors in finalize callbacks, so states are
checked here, and guards and effects are functions, wrapped to name themselves in errors. The machines that run live in
a replay are the ones that were tabulated.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import currentframe
from typing import Any, TypeAlias

from haboot.checker.branches import See, branches
from haboot.checker.core import EngineError, ModelError, Value, nearest
from haboot.checker.events import Message
from transitions import EventData, Machine

Config: TypeAlias = tuple[Value, ...]  # the state, then the variables in order


class Local:
    """What guards and effects see: variables and constants as attributes, the message, inputs, and ways to act.

    Assigning a variable changes it; reading or assigning any other name raises ModelError.
    """

    message: Any
    state: str

    def __init__(self, owner: str, variables: Mapping[str, Sequence[Value]], constants: Mapping[str, Value]) -> None:
        self.__dict__.update(constants)
        self.__dict__.update(_owner=owner, _domains=dict(variables), _see=None, sent=[], taken=0, row=None)
        self.__dict__.update({name: domain[0] for name, domain in variables.items()})

    def __getattr__(self, name: str) -> Any:
        known = [key for key in self.__dict__ if not key.startswith("_")]
        raise ModelError(f"{self._owner} reads '{name}', which it does not declare{nearest(name, known)}")

    def __setattr__(self, name: str, value: Value) -> None:
        domain = self._domains.get(name)
        if domain is None:
            raise ModelError(f"{self._owner} assigns '{name}', which is not one of its variables: {[*self._domains]}")
        if value not in domain:
            raise ModelError(f"{self._owner} assigns {value!r} to '{name}' (allowed: {list(domain)})")
        self.__dict__[name] = value

    def see(self, name: str) -> Any:
        """Return an input: something of the world outside that a guard may look at."""
        return self._see(name)

    def send(self, target: str, message: Message) -> None:
        """Hand a message for a host to the network."""
        self.sent.append((target, message))

    def acquire(self) -> None:
        """Take one unit of the participant's resource."""
        self.__dict__["taken"] += 1

    def release(self) -> None:
        """Give one unit of the participant's resource back."""
        self.__dict__["taken"] -= 1


Guard: TypeAlias = Callable[[Local], bool]
Effect: TypeAlias = Callable[[Local], None]


@dataclass(frozen=True, slots=True)
class Row:
    """One transition; ``dest`` "=" stays in the source, ``cites`` is the section of the specification behind it.

    A row that ``discards`` throws the message away that it takes. ``place`` is the file and line where it is written.
    """

    trigger: str | type
    source: tuple[str, ...]
    dest: str
    guards: tuple[Guard, ...] = ()
    effects: tuple[Effect, ...] = ()
    cites: str = ""
    discards: bool = False
    place: tuple[str, int] = field(default=("", 0), compare=False, repr=False)

    def __post_init__(self) -> None:
        here = currentframe()
        author = here and here.f_back and here.f_back.f_back
        if author and not self.place[0]:
            object.__setattr__(self, "place", (author.f_code.co_filename, author.f_lineno))

    @property
    def name(self) -> str:
        """The trigger's name: the message type's, or the internal one's."""
        return self.trigger if isinstance(self.trigger, str) else self.trigger.__name__


@dataclass(frozen=True)
class Participant:
    """A state machine over finite variables; the first value of each variable is its initial one.

    ``inputs`` are the outside observations that guards may see, each with its domain. Where a machine may rest for
    ever is said by ``terminal``.
    """

    name: str
    states: tuple[str, ...]
    initial: str
    rows: tuple[Row, ...]
    variables: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    inputs: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    terminal: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for row in self.rows:
            for state in (*row.source, *(() if row.dest == "=" else (row.dest,))):
                self._require(state, f"row '{row.name}'")
        self._require(self.initial, "the initial state")
        for state in self.terminal:
            self._require(state, "a terminal state")

    def _require(self, state: str, place: str) -> None:
        if state not in self.states:
            hint = nearest(state, self.states)
            raise ModelError(f"participant '{self.name}', {place}: unknown state '{state}' ({self.states}){hint}")

    @property
    def internal(self) -> tuple[str, ...]:
        """The triggers that no message fires, in order of appearance."""
        return tuple(dict.fromkeys(row.name for row in self.rows if isinstance(row.trigger, str)))

    @property
    def messages(self) -> tuple[str, ...]:
        """The message types that some row reacts to."""
        return tuple(dict.fromkeys(row.name for row in self.rows if not isinstance(row.trigger, str)))


@dataclass(frozen=True, slots=True)
class Reaction:
    """What one trigger does: the configuration after it, messages sent, units taken (negative: given back), the row.

    ``row`` is None when no row took the trigger.
    """

    after: Config
    sent: tuple[tuple[str, Message], ...]
    taken: int
    row: int | None


class LiveMachine:
    """One running ``transitions`` machine of a participant."""

    def __init__(self, participant: Participant, owner: str, constants: Mapping[str, Value]) -> None:
        self.participant, self.owner = participant, owner
        self.local = Local(owner, participant.variables, constants)
        self.shell = _Shell()
        self.machine = Machine(
            model=self.shell,
            states=list(participant.states),
            initial=participant.initial,
            transitions=[self._transition(number, row) for number, row in enumerate(participant.rows)],
            auto_transitions=False,
            send_event=True,
            queued=False,
            ignore_invalid_triggers=True,
        )

    def _transition(self, number: int, row: Row) -> dict[str, Any]:
        def note(_: EventData) -> None:
            self.local.__dict__["row"] = number

        return {
            "trigger": row.name,
            "source": list(row.source),
            "dest": row.dest,
            "conditions": [self._called(guard, row, "guard") for guard in row.guards],
            "before": [note, *(self._called(effect, row, "effect") for effect in row.effects)],
        }

    def _called(self, function: Callable[[Local], Any], row: Row, role: str) -> Callable[[EventData], Any]:
        place = f"{self.owner}: {role} '{function.__name__}' of '{row.name}'"

        def call(_: EventData) -> Any:
            try:
                result = function(self.local)
            except EngineError:
                raise
            except ModelError as error:
                raise ModelError(f"{place}: {error}") from error
            except Exception as error:
                raise ModelError(f"{place} raised {type(error).__name__}: {error}") from error
            if role == "guard" and result is not True and result is not False:
                raise ModelError(f"{place} returned {result!r}; True or False is due")
            return result

        return call

    def put(self, config: Config) -> None:
        """Set the machine to a local configuration."""
        state, *values = config
        self.machine.set_state(str(state), self.shell)
        self.local.__dict__.update(zip(self.participant.variables, values, strict=True))

    @property
    def config(self) -> Config:
        """The machine's local configuration."""
        return (self.shell.state, *(self.local.__dict__[name] for name in self.participant.variables))

    def fire(self, trigger: str, message: Message | None, see: See) -> Reaction:
        """Fire a trigger on the running machine and return what it did."""
        self.local.__dict__.update(message=message, _see=see, sent=[], taken=0, row=None, state=self.shell.state)
        event = self.machine.events.get(trigger)
        if event is not None and self.shell.state in event.transitions:  # else transitions would log a warning
            event.trigger(self.shell)
        local = self.local.__dict__
        return Reaction(self.config, tuple(local["sent"]), local["taken"], local["row"])


class _Shell:
    state: str


Cell: TypeAlias = tuple[Config, str, Hashable]


class Tabulated:
    """A participant as a table, filled cell by cell: (configuration, trigger, message) to its branches over inputs."""

    def __init__(self, participant: Participant, owner: str, constants: Mapping[str, Value]) -> None:
        self.participant, self.owner = participant, owner
        self.machine = LiveMachine(participant, owner, constants)
        self.cells: dict[Cell, list[tuple[dict[str, Value], Reaction]]] = {}
        self.grown_cells: dict[Cell, list[tuple[dict[str, Value], Reaction]]] = {}

    def cell(self, config: Config, trigger: str, message: Message | None) -> list[tuple[dict[str, Value], Reaction]]:
        """Return every reaction possible in one cell, each with the inputs that it depends on."""
        where = (config, trigger, message)
        if where not in self.cells:
            self.cells[where] = list(
                branches(lambda see: self._fired_twice(config, trigger, message, see), self.participant.inputs)
            )
        return self.cells[where]

    def react(self, config: Config, trigger: str, message: Message | None, see: See) -> Reaction:
        """Return the reaction in one cell under the inputs seen."""
        for seen, reaction in self.cell(config, trigger, message):
            if all(see(name) == value for name, value in seen.items()):
                return reaction
        raise ModelError(f"{self.owner}: an input gave a value outside its domain for '{trigger}'")

    def grown(self, config: Config, trigger: str, message: Message | None, see: See) -> Reaction:
        """Return the reaction in one cell under the inputs seen, and fill in no more of the cell than that."""
        known = self.grown_cells.setdefault((config, trigger, message), [])
        for seen, reaction in known:
            if all(see(name) == value for name, value in seen.items()):
                return reaction
        noted: dict[str, Value] = {}

        def note(name: str) -> Value:
            noted[name] = value = see(name)
            if value not in self.participant.inputs.get(name, ()):
                raise ModelError(f"{self.owner}: input '{name}' gave {value!r}, which is outside its domain")
            return value

        known.append((noted, self._fired_twice(config, trigger, message, note)))
        return known[-1][1]

    def _fired_twice(self, config: Config, trigger: str, message: Message | None, see: See) -> Reaction:
        reactions = []
        for _ in range(2):
            self.machine.put(config)
            reactions.append(self.machine.fire(trigger, message, see))
        if reactions[0] != reactions[1]:
            raise ModelError(f"{self.owner}: '{trigger}' is not deterministic in {config}: {reactions}")
        return reactions[0]
