"""What can be asked of a system: the kinds of property, and how to state one.

A property is a conjunction of clauses, usually one a mobile node, so that each clause reads few slots. A clause may
have a premise; when no reachable state or step meets it, the property is vacuous and its verdict is UNREACHED.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from haboot.checker.core import View

StateTest: TypeAlias = Callable[[View], bool]


class Kind(StrEnum):
    """What a property reads and when it holds."""

    ALWAYS = "always"
    STEP = "step"
    SOMETIMES = "sometimes"
    RECOVERABLE = "recoverable"
    LEADS_TO = "leads-to"
    FINITELY_OFTEN = "finitely often"
    NO_DEADLOCK = "no deadlock"


@dataclass(frozen=True, slots=True)
class Move:
    """A step as a step property sees it: the declared slots before and after, the action's name and its events."""

    before: View
    action: str
    events: tuple[Hashable, ...]
    after: View


StepTest: TypeAlias = Callable[[Move], bool]
Test: TypeAlias = Callable[..., bool]


def _anything(_: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a property: where ``premise`` is true, ``holds`` must be true as well.

    ``about`` names what the clause speaks of (a mobile node), for the line that says which part broke.
    For leads-to the premise is the trigger and ``holds`` the goal.
    """

    reads: tuple[str, ...]
    holds: Test
    premise: Test = _anything
    about: str = ""

    @property
    def conditional(self) -> bool:
        """Whether the clause has a premise that could fail to occur."""
        return self.premise is not _anything


@dataclass(frozen=True, slots=True)
class Fairness:
    """A promise about a run: the named actions are not neglected for ever.

    Weak: enabled from some point on without pause implies taken again and again. Strong: enabled again and again
    implies taken again and again. The actions of one constraint count together, as a disjunction does in TLA+.
    """

    name: str
    actions: frozenset[str]
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Property:
    """A named claim with the sections that it comes from."""

    name: str
    kind: Kind
    clauses: tuple[Clause, ...]
    statement: str = ""
    cites: tuple[str, ...] = ()
    fairness: tuple[Fairness, ...] = ()
    about_steps: bool = False


def always(name: str, reads: tuple[str, ...], holds: StateTest, **more: Any) -> Property:
    """State that a predicate is true in every reachable state.

    >>> always("in range", ("hour",), lambda v: v["hour"] < 12).kind
    <Kind.ALWAYS: 'always'>
    """
    return _single(name, Kind.ALWAYS, reads, holds, more)


def step(name: str, reads: tuple[str, ...], holds: StepTest, **more: Any) -> Property:
    """State that a predicate is true of every reachable step."""
    return _single(name, Kind.STEP, reads, holds, more)


def sometimes(name: str, reads: tuple[str, ...], holds: StateTest, **more: Any) -> Property:
    """State that some reachable state satisfies a predicate; the shortest way there is the witness."""
    return _single(name, Kind.SOMETIMES, reads, holds, more)


def recoverable(name: str, reads: tuple[str, ...], goal: StateTest, **more: Any) -> Property:
    """State that a goal stays reachable from every reachable state."""
    return _single(name, Kind.RECOVERABLE, reads, goal, more)


def no_deadlock(name: str, reads: tuple[str, ...], terminal: StateTest, **more: Any) -> Property:
    """State that a state without any step is one of the declared terminal ones."""
    return _single(name, Kind.NO_DEADLOCK, reads, terminal, more)


def leads_to(
    name: str,
    reads: tuple[str, ...],
    trigger: StateTest,
    goal: StateTest,
    fairness: tuple[Fairness, ...] = (),
    **more: Any,
) -> Property:
    """State that on every fair run each state that meets the trigger is followed by one that meets the goal."""
    return _single(name, Kind.LEADS_TO, reads, goal, {**more, "premise": trigger, "fairness": fairness})


def _single(name: str, kind: Kind, reads: tuple[str, ...], holds: Test, more: Mapping[str, Any]) -> Property:
    rest = dict(more)
    clause = Clause(reads, holds, rest.pop("premise", _anything))
    return Property(name, kind, (clause,), **rest)
