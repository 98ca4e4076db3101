"""How an amendment edits a participant: rows beside the old ones, guards and effects in the place of others.

What an effect is, is known by the function that it was written as, also where another amendment has wrapped it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, wraps
from inspect import unwrap
from typing import Any

from haboot.checker import Effect, Guard, Local, ModelError, Participant, Row, Value

Domains = Mapping[str, Sequence[Value]]


def extended(
    participant: Participant,
    *rows: Row,
    states: tuple[str, ...] = (),
    variables: Domains | None = None,
    inputs: Domains | None = None,
) -> Participant:
    """Return a participant with more rows behind its own, and with more states, variables and inputs."""
    return replace(
        participant,
        states=(*participant.states, *states),
        rows=(*participant.rows, *rows),
        variables={**participant.variables, **(variables or {})},
        inputs={**participant.inputs, **(inputs or {})},
    )


def behind(participant: Participant, guard: Guard, *rows: Row) -> Participant:
    """Return a participant with more rows right behind the last one that has a guard."""
    places = [number for number, row in enumerate(participant.rows) if _asks(row, guard)]
    _require(participant, places, guard.__name__)
    cut = places[-1] + 1
    return replace(participant, rows=(*participant.rows[:cut], *rows, *participant.rows[cut:]))


def preceded(participant: Participant, fits: Callable[[Row], bool], change: Callable[[Row], Row]) -> Participant:
    """Return a participant with a changed copy ahead of each of some rows."""
    rows = ((change(row), row) if fits(row) else (row,) for row in participant.rows)
    return replace(participant, rows=tuple(one for some in rows for one in some))


def each(participant: Participant, fits: Callable[[Row], bool], change: Callable[[Row], Row]) -> Participant:
    """Return a participant with some rows changed."""
    _require(participant, any(map(fits, participant.rows)), getattr(fits, "__name__", "a fitting row"))
    return replace(participant, rows=tuple(change(row) if fits(row) else row for row in participant.rows))


def without(participant: Participant, guard: Guard) -> Participant:
    """Return a participant without the rows that have a guard."""
    kept = tuple(row for row in participant.rows if not _asks(row, guard))
    _require(participant, len(kept) < len(participant.rows), guard.__name__)
    return replace(participant, rows=kept)


def released(participant: Participant, guard: Guard) -> Participant:
    """Return a participant whose rows no longer ask a guard."""
    return _guarded(participant, guard, lambda _: ())


def widened(participant: Participant, guard: Guard, other: Guard) -> Participant:
    """Return a participant whose rows are content with another guard where one is false."""
    return _guarded(participant, guard, lambda one: (_either(one, other),))


def narrowed(participant: Participant, guard: Guard, other: Guard) -> Participant:
    """Return a participant whose rows ask another guard beside one."""
    return _guarded(participant, guard, lambda one: (one, other))


def _guarded(participant: Participant, guard: Guard, change: Callable[[Guard], tuple[Guard, ...]]) -> Participant:
    def changed(row: Row) -> Row:
        asked = (change(one) if unwrap(one) is guard else (one,) for one in row.guards)
        return replace(row, guards=tuple(new for some in asked for new in some))

    _require(participant, any(_asks(row, guard) for row in participant.rows), guard.__name__)
    return each(participant, lambda row: _asks(row, guard), changed)


@cache
def _either(guard: Guard, other: Guard) -> Guard:
    """Return a guard that holds where one of two does: the same one each time, as rows are compared by guards."""

    @wraps(guard)
    def holds(me: Local) -> bool:
        return guard(me) or other(me)

    return holds


def done(participant: Participant, effect: Effect, change: Callable[[Effect], tuple[Effect, ...]]) -> Participant:
    """Return a participant in which an effect, wherever it stands, is what ``change`` makes of it."""
    _require(participant, any(_has(row, effect) for row in participant.rows), effect.__name__)
    rows = tuple(
        replace(row, effects=tuple(new for one in row.effects for new in _changed(one, effect, change)))
        if _has(row, effect)
        else row
        for row in participant.rows
    )
    return replace(participant, rows=rows)


def also(participant: Participant, effect: Effect, *more: Effect) -> Participant:
    """Return a participant that does more right after an effect, wherever that stands."""
    return done(participant, effect, lambda one: (one, *more))


def stamped(participant: Participant, effect: Effect, stamp: Callable[[Local, Any], Any]) -> Participant:
    """Return a participant in which what an effect sends is changed by ``stamp`` on its way."""
    return done(participant, effect, lambda one: (_stamping(one, stamp),))


@cache
def _stamping(effect: Effect, stamp: Callable[[Local, Any], Any]) -> Effect:
    """Return an effect whose messages are stamped: the same one each time, as rows are compared by what they do."""

    @wraps(effect)
    def send(me: Local) -> None:
        effect(_Stamping(me, stamp))  # type: ignore[arg-type]  # it stands for a Local

    return send


class _Stamping:
    """What an effect is handed in the place of its machine: all goes through, and messages are stamped."""

    __slots__ = ("_me", "_stamp")

    def __init__(self, me: Local, stamp: Callable[[Local, Any], Any]) -> None:
        object.__setattr__(self, "_me", me)
        object.__setattr__(self, "_stamp", stamp)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._me, name)

    def __setattr__(self, name: str, value: Value) -> None:
        setattr(self._me, name, value)

    def send(self, target: str, message: Any) -> None:
        self._me.send(target, self._stamp(self._me, message))


def _changed(one: Effect, effect: Effect, change: Callable[[Effect], tuple[Effect, ...]]) -> tuple[Effect, ...]:
    return change(one) if unwrap(one) is effect else (one,)


def _asks(row: Row, guard: Guard) -> bool:
    return any(unwrap(one) is guard for one in row.guards)


def _has(row: Row, effect: Effect) -> bool:
    return any(unwrap(one) is effect for one in row.effects)


def _require(participant: Participant, found: object, name: str) -> None:
    if not found:
        raise ModelError(f"no row of participant '{participant.name}' has '{name}', which an amendment would change")
