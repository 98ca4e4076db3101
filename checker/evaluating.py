"""What an action gives for some values, whatever its author handed back, with errors that name it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from haboot.checker.boundary import LATE, NOTHING, SLIPS, EngineError, ModelError, listed, needed, shown
from haboot.checker.core import Action, Mark, Outcome, Result
from haboot.checker.slots import Value, View, by_name


@dataclass(frozen=True, slots=True)
class Steady:
    """An effect that need not be run twice to see whether it gives the same: all that authors add to it is."""

    effect: Callable[[View], Result]

    def __call__(self, view: View) -> Result:
        """Return what the effect gives."""
        return self.effect(view)


def as_steady(effect: Callable[[View], Result], *made_of: object) -> Callable[[View], Result]:
    """Return an effect made of others, as one that need not be run twice where that is so of all of these."""
    return Steady(effect) if all(isinstance(one, Steady) for one in made_of) else effect


def outcomes(action: Action, result: object) -> tuple[Outcome, ...]:
    """Return what an effect gave as a tuple of outcomes, in the author's order."""
    if type(result) is dict:  # what nearly every effect gives
        return (Outcome(by_name(result)),)
    if result is None:
        return ()
    if isinstance(result, (Outcome, Mapping)):
        return (_outcome(action, result),)
    if isinstance(result, (str, bytes)) or not isinstance(result, Iterable):
        raise _no_outcome(action, result)
    return tuple(_outcome(action, one) for one in result)


def _outcome(action: Action, given: object) -> Outcome:
    """Return one result as it is now, whatever becomes of a mapping that its author uses again."""
    if isinstance(given, Mapping):
        return Outcome(by_name(given))
    if not isinstance(given, Outcome):
        raise _no_outcome(action, given)
    made, place, (bound, writes, events) = given, f"action '{action.name}'", _plain(given)
    if not isinstance(writes, Mapping):
        raise _no_outcome(action, given)
    if bound is not None and not isinstance(bound, str):
        raise ModelError(f"{place}: a bound is told by a text, not {shown(bound)}")
    if bound and "\0" in bound and not isinstance(bound, Mark):
        raise ModelError(f"{place}: the bound {shown(bound)} holds a character that does not print")
    seen = events if isinstance(events, tuple) else listed(place, "events", events)
    if made.assumes is NOTHING:
        return Outcome(by_name(writes), seen, bound)
    return Outcome(by_name(writes), seen, bound, needed(place, made.assumes))


def _plain(made: Outcome) -> tuple[object, object, object]:
    """Return what an outcome holds as an author may have given it, whatever its types promise."""
    return made.bound, made.writes, made.events


def told_of(values: Mapping[str, Value], names: Sequence[str]) -> str:
    """Return what some slots hold, in words."""
    return ", ".join(f"{name}={shown(values[name])}" for name in names)


def _no_outcome(action: Action, given: object) -> ModelError:
    due = "a mapping from slots' names to new values, an Outcome, several of these, or None"
    return ModelError(f"action '{action.name}' returned {shown(given)}; {due} is due")


def evaluate(action: Action, view: View) -> tuple[Outcome, ...]:
    """Run an effect once, with errors that name the action and the values read."""
    try:
        made = outcomes(action, action.effect(view))
        view.require_declared()
        return made
    except ModelError as error:
        if error.undeclared and not action.is_found and getattr(action.effect, "__name__", "") == "<lambda>":
            raise ModelError(f"{error}; {LATE}") from None
        raise
    except EngineError:
        raise
    except SLIPS as error:
        given = told_of(view, tuple(view.read) if action.is_found else tuple(view))
        raise ModelError(f"action '{action.name}' raised {type(error).__name__}: {error} (given {given})") from error
