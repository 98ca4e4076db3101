"""Participants: state machines on ``transitions``, and their tabulation.

A participant is written once, as rows of trigger, source, destination, guards and effects over a few finite variables.
Of several rows for one trigger the first whose guards hold is taken; a choice is separate triggers. A row whose trigger
is a message type reacts to such messages, any other is internal.

``transitions`` gives a machine's states and triggers methods of their names, so it is told of them by number: no name
can clash with its own. Guards and effects are functions, wrapped to name themselves in errors. The machines that run
live in a replay are the ones that were tabulated.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from haboot.checker.boundary import SLIPS, EngineError, ModelError, authored, called, require_done, shown
from haboot.checker.branches import See, branches
from haboot.checker.core import Value
from haboot.checker.machines.events import Message, Trigger, title
from haboot.checker.machines.local import Effect, Guard, Handed, Local
from haboot.checker.machines.rows import STAY, Config, Participant, Row
from transitions import EventData, Machine

__all__ = ["Config", "Effect", "Guard", "LiveMachine", "Local", "Participant", "Reaction", "Row", "Tabulated"]


@dataclass(frozen=True, slots=True)
class Reaction:
    """What one trigger does: the configuration after it, messages sent, units taken (negative: given back), the row.

    ``row`` is None when no row took the trigger.
    """

    after: Config
    sent: tuple[Handed, ...]
    taken: int
    row: int | None


class LiveMachine:
    """One running ``transitions`` machine of a participant."""

    def __init__(self, participant: Participant, owner: str, constants: Mapping[str, Value]) -> None:
        self.participant, self.owner = participant, owner
        self.local = Local(owner, participant.variables, constants)
        self.shell = _Shell()
        self._state = {f"s{number}": state for number, state in enumerate(participant.states)}
        self._number: dict[Value, str] = {state: number for number, state in self._state.items()}
        triggers = dict.fromkeys(row.trigger for row in participant.rows)
        names = {trigger: f"t{number}" for number, trigger in enumerate(triggers)}
        self.machine = Machine(
            model=self.shell,
            states=list(self._state),
            initial=self._number[participant.initial],
            transitions=[
                self._transition(number, row, names[row.trigger]) for number, row in enumerate(participant.rows)
            ],
            auto_transitions=False,
            send_event=True,
            queued=False,
            ignore_invalid_triggers=True,
        )
        self._events = {trigger: self.machine.events[name] for trigger, name in names.items()}

    def _transition(self, number: int, row: Row, name: str) -> dict[str, Any]:
        asks = [self._asked(guard, row) for guard in row.guards]
        deeds = [self._done(effect, row) for effect in row.effects]

        def fits(_: EventData) -> bool:
            for ask in asks:  # noqa: SIM110 - a generator takes twice as long, here where most time is spent
                if not ask():
                    return False
            return True

        def act(_: EventData) -> None:
            self.local._turn.row = number
            for do in deeds:
                do()

        return {
            "trigger": name,
            "source": [self._number[state] for state in row.source],
            "dest": row.dest if row.dest == STAY else self._number[row.dest],
            "conditions": [fits] if asks else [],
            "before": [act],
        }

    def _asked(self, guard: Guard, row: Row) -> Callable[[], bool]:
        place = f"{self.owner}: guard '{called(guard)}' of '{row.name}'"
        local, run = self.local, cast("Callable[[Local], Any]", guard)

        def ask() -> bool:
            turn = local._turn
            turn.looking = True
            try:
                result = run(local)
            except SLIPS as error:
                raise _slip(place, error) from error
            finally:
                turn.looking = False
            if turn.meddled:
                raise ModelError(f"{place} {turn.meddled}; a guard may only look")
            if turn.refused is not None:
                raise _slip(place, turn.refused)
            if result is not True and result is not False:
                require_done(place, result)
                raise ModelError(f"{place} returned {shown(result)}; True or False is due")
            return bool(result)

        return ask

    def _done(self, effect: Effect, row: Row) -> Callable[[], None]:
        place = f"{self.owner}: effect '{called(effect)}' of '{row.name}'"
        local, run = self.local, cast("Callable[[Local], object]", effect)

        def do() -> None:
            try:
                result = run(local)
            except SLIPS as error:
                raise _slip(place, error) from error
            if local._turn.refused is not None:
                raise _slip(place, local._turn.refused)
            if result is not None:
                require_done(place, result)

        return do

    def refuses(self, guard: Guard, row: Row) -> bool:
        """Whether a guard of a row is false for the machine as it is."""
        return not self._asked(guard, row)()

    def looks(self, guard: Guard, row: Row, message: Message | None, see: See) -> tuple[bool, dict[str, Value]]:
        """Return whether a guard of a row holds for the machine as it is, and the variables and inputs that it read."""
        read = _Noting(self.local._values)

        def noted(name: str) -> Value:
            return read.notes.setdefault(name, see(name))

        self.local._begin(self._state[self.shell.state], message, noted)
        held, values = self.local._values, object.__setattr__
        values(self.local, "_values", read)
        try:
            return self._asked(guard, row)(), {**read.notes}
        finally:
            values(self.local, "_values", held)

    def forced(self, row: Row, message: Message | None, see: See) -> tuple[Handed, ...]:
        """Return what the effects of a row hand over though its guards may be false; the machine is changed by it."""
        turn = self.local._begin(self._state[self.shell.state], message, see)
        for effect in row.effects:
            self._done(effect, row)()
        return tuple(turn.sent)

    def put(self, config: Config) -> None:
        """Set the machine to a local configuration."""
        state, *values = config
        self.shell.state = self._number[state]
        self.local._values.update(zip(self.participant.variables, values, strict=True))

    @property
    def config(self) -> Config:
        """The machine's local configuration."""
        values = self.local._values
        return (self._state[self.shell.state], *[values[name] for name in self.participant.variables])

    def fire(self, trigger: Trigger, message: Message | None, see: See) -> Reaction:
        """Fire a trigger on the running machine and return what it did."""
        turn = self.local._begin(self._state[self.shell.state], message, see)
        event = self._events.get(trigger)
        if event is not None and self.shell.state in event.transitions:  # else transitions would log a warning
            event.trigger(self.shell)
        return Reaction(self.config, tuple(turn.sent), turn.taken, turn.row)


def _slip(place: str, error: BaseException) -> BaseException:
    """Return the error to raise for one that a guard or an effect raised."""
    if isinstance(error, EngineError):
        return error
    said = f": {error}" if isinstance(error, ModelError) else f" raised {type(error).__name__}: {error}"
    return ModelError(f"{place}{said}")


class _Noting(dict[str, Value]):
    """Values that note which of them are read."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        super().__init__(values)
        self.notes: dict[str, Value] = {}

    def __getitem__(self, name: str) -> Value:
        value = super().__getitem__(name)
        self.notes[name] = value
        return value


class _Shell:
    state: str


Cell: TypeAlias = tuple[Config, Trigger, Hashable]


class Tabulated:
    """A participant as a table, filled cell by cell: (configuration, trigger, message) to its branches over inputs."""

    def __init__(self, participant: Participant, owner: str, constants: Mapping[str, Value]) -> None:
        self.participant, self.owner = participant, owner
        self.machine = LiveMachine(participant, owner, constants)
        self.cells: dict[Cell, list[tuple[dict[str, Value], Reaction]]] = {}
        self.grown_cells: dict[Cell, list[tuple[dict[str, Value], Reaction]]] = {}

    def cell(
        self, config: Config, trigger: Trigger, message: Message | None
    ) -> list[tuple[dict[str, Value], Reaction]]:
        """Return every reaction possible in one cell, each with the inputs that it depends on."""
        where = (config, trigger, message)
        if where not in self.cells:
            with authored(f"{self.owner}: '{title(trigger)}'"):
                self.cells[where] = list(
                    branches(lambda see: self._fired_twice(config, trigger, message, see), self.participant.inputs)
                )
        return self.cells[where]

    def react(self, config: Config, trigger: Trigger, message: Message | None, see: See) -> Reaction:
        """Return the reaction in one cell under the inputs seen."""
        for seen, reaction in self.cell(config, trigger, message):
            if all(see(name) == value for name, value in seen.items()):
                return reaction
        raise EngineError(f"{self.owner}: the table of '{title(trigger)}' lacks a branch for the inputs seen")

    def grown(self, config: Config, trigger: Trigger, message: Message | None, see: See) -> Reaction:
        """Return the reaction in one cell under the inputs seen, and fill in no more of the cell than that."""
        known = self.grown_cells.setdefault((config, trigger, message), [])
        for seen, reaction in known:
            if all(see(name) == value for name, value in seen.items()):
                return reaction
        noted: dict[str, Value] = {}

        def note(name: str) -> Value:
            noted[name] = value = see(name)
            return value

        known.append((noted, self._fired_twice(config, trigger, message, note)))
        return known[-1][1]

    def _fired_twice(self, config: Config, trigger: Trigger, message: Message | None, see: See) -> Reaction:
        reactions = []
        for _ in range(2):
            self.machine.put(config)
            reactions.append(self.machine.fire(trigger, message, see))
        if reactions[0] != reactions[1]:
            hint = _identity_hint(reactions[0])
            raise ModelError(
                f"{self.owner}: '{title(trigger)}' is not deterministic in {config}: it gave {reactions[0]} and then "
                f"{reactions[1]}{hint}"
            )
        return reactions[0]


def _identity_hint(reaction: Reaction) -> str:
    """A likely cause, where a message sent is equal to nothing but itself."""
    kinds = (type(handed.message) for handed in reaction.sent)
    odd = dict.fromkeys(kind.__name__ for kind in kinds if kind.__eq__ is object.__eq__)
    return f"; no two {', '.join(odd)} are equal: a message is a frozen dataclass" if odd else ""
