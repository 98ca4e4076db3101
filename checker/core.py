"""What a model is made of: slots, actions and the system that they form.

A state is an assignment of one value to each slot. An action is a pure function over the slots that it declares to
read; what it declares is the dependency matrix that every engine compiles from (compare the PINS interface of LTSmin,
Blom, van de Pol and Weber, CAV 2010), so reading or writing anything else is refused, not ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TypeAlias

Value: TypeAlias = Hashable


class ModelError(Exception):
    """A mistake in a model or a property; the message names the place, what was given and what is allowed."""


class EngineError(Exception):
    """Two ways of computing the same thing disagree: a defect of the checker, never of the model."""


def nearest(given: str, allowed: Iterable[str]) -> str:
    """Return a hint such as ``; did you mean 'loss'?``, or nothing when no allowed name is near."""
    match = get_close_matches(given, list(allowed), n=1)
    return f"; did you mean '{match[0]}'?" if match else ""


@dataclass(frozen=True, slots=True)
class Slot:
    """A named variable with a finite domain, in the order that the author gives."""

    name: str
    domain: Sequence[Value]

    def __post_init__(self) -> None:
        object.__setattr__(self, "domain", tuple(self.domain))
        if len(set(self.domain)) != len(self.domain) or not self.domain:
            raise ModelError(f"slot '{self.name}': its domain is empty or holds a value twice: {self.domain!r}")


class View(Mapping[str, Value]):
    """The declared part of a state, by slot name; reading any other slot raises ModelError.

    ``read`` lists the slots looked at so far, in order: compilers use it to find what a result depends on.
    """

    __slots__ = ("_owner", "_values", "read")

    def __init__(self, values: Mapping[str, Value], owner: str) -> None:
        self._values, self._owner = values, owner
        self.read: dict[str, None] = {}

    def __getitem__(self, name: str) -> Value:
        try:
            value = self._values[name]
        except KeyError:
            allowed = ", ".join(self._values) or "none"
            hint = nearest(name, self._values)
            raise ModelError(
                f"{self._owner} reads slot '{name}', which it does not declare (declared: {allowed}){hint}"
            ) from None
        self.read[name] = None
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One result of an action: the slots that change, and what an observer would have seen.

    With ``bound`` the step would leave what the scenario can hold (a full channel); no engine follows it, and every
    verdict that could depend on it becomes INCOMPLETE.
    """

    writes: Mapping[str, Value]
    events: tuple[Hashable, ...] = ()
    bound: str | None = None


Result: TypeAlias = "Outcome | Mapping[str, Value] | Iterable[Outcome | Mapping[str, Value]] | None"


@dataclass(frozen=True, slots=True)
class Action:
    """A named atomic step.

    ``effect`` maps the values of ``reads`` to the new values of some of ``writes``: nothing when the action is not
    enabled, one mapping (or Outcome) for one result, several for a choice.
    """

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    effect: Callable[[View], Result]
    environment: bool = False


@dataclass(frozen=True, slots=True)
class System:
    """Slots, actions and initial states: a state machine, symbolically.

    ``live`` builds the same system driven by running machines instead of tables; traces are replayed on it.
    ``symmetry`` declares groups of interchangeable blocks; a block lists its slots' names, in corresponding order.

    >>> clock = System("clock", (Slot("hour", range(12)),), ({"hour": 0},),
    ...                (Action("tick", ("hour",), ("hour",), lambda v: {"hour": (v["hour"] + 1) % 12}),))
    >>> [slot.name for slot in clock.slots]
    ['hour']
    """

    name: str
    slots: tuple[Slot, ...]
    initial: tuple[Mapping[str, Value], ...]
    actions: tuple[Action, ...]
    live: Callable[[], System] | None = field(default=None, compare=False)
    symmetry: tuple[tuple[tuple[str, ...], ...], ...] = ()

    def __post_init__(self) -> None:
        names = [slot.name for slot in self.slots]
        _refuse_repeats(f"system '{self.name}'", "slot", names)
        _refuse_repeats(f"system '{self.name}'", "action", [action.name for action in self.actions])
        for action in self.actions:
            for name in (*action.reads, *action.writes):
                if name not in names:
                    hint = nearest(name, names)
                    raise ModelError(f"action '{action.name}' declares slot '{name}', which does not exist{hint}")
        domains = {slot.name: slot.domain for slot in self.slots}
        for state in self.initial:
            if set(state) != set(names):
                odd = sorted(set(state) ^ set(names))
                raise ModelError(f"system '{self.name}': an initial state gives too much or too little: {odd}")
            for name, value in state.items():
                require_in_domain(f"system '{self.name}', initial state", name, value, domains[name])
        if not self.initial:
            raise ModelError(f"system '{self.name}' has no initial state, so every property would hold of it")


def counted(value: Value) -> int:
    """Return the value of a slot that holds a count; raise ModelError for any other."""
    if not isinstance(value, int):
        raise ModelError(f"a count is due, not {value!r}")
    return value


def _refuse_repeats(place: str, what: str, names: Sequence[str]) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ModelError(f"{place}: {what} named twice: {', '.join(repeated)}")


def require_in_domain(place: str, name: str, value: Value, domain: Sequence[Value]) -> None:
    """Raise ModelError unless the value is one that the slot can hold."""
    if value not in domain:
        shown = ", ".join(map(repr, domain[:12])) + (", …" if len(domain) > 12 else "")
        raise ModelError(f"{place}: slot '{name}' cannot hold {value!r} (allowed: {shown})")


def outcomes(action: Action, result: Result) -> tuple[Outcome, ...]:
    """Return what an effect gave as a tuple of outcomes, in the author's order."""
    if result is None:
        return ()
    if isinstance(result, Outcome):
        return (result,)
    if isinstance(result, Mapping):
        return (Outcome(result),)
    if not isinstance(result, Iterable):
        raise ModelError(f"action '{action.name}' returned {result!r}; a mapping, an Outcome, several, or None is due")
    return tuple(one if isinstance(one, Outcome) else Outcome(one) for one in result)


def evaluate(action: Action, view: View) -> tuple[Outcome, ...]:
    """Run an effect once, with errors that name the action and the values read."""
    try:
        return outcomes(action, action.effect(view))
    except (ModelError, EngineError):
        raise
    except Exception as error:
        given = ", ".join(f"{name}={view[name]!r}" for name in view)
        raise ModelError(f"action '{action.name}' raised {type(error).__name__}: {error} (given {given})") from error
