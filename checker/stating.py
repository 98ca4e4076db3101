"""How to state a property of single states and steps; those of whole runs are stated in ``checker.temporal``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, overload

from haboot.checker.boundary import spelled
from haboot.checker.properties import Clause, Kind, Property, StateTest, StepTest, Test, anything
from haboot.checker.slots import Named


@overload
def always(
    name: str,
    reads: Iterable[Named],
    holds: StateTest,
    *,
    premise: StateTest = ...,
    about: str = ...,
    statement: str = ...,
    cites: Iterable[str] = ...,
    about_steps: Literal[False] = ...,
) -> Property: ...


@overload
def always(
    name: str,
    reads: Iterable[Named],
    holds: StepTest,
    *,
    premise: StepTest = ...,
    about: str = ...,
    statement: str = ...,
    cites: Iterable[str] = ...,
    about_steps: Literal[True],
) -> Property: ...


@spelled
def always(
    name: str,
    reads: Iterable[Named],
    holds: Test,
    *,
    premise: Test = anything,
    about: str = "",
    statement: str = "",
    cites: Iterable[str] = (),
    about_steps: bool = False,
) -> Property:
    """State that a predicate is true in every reachable state.

    >>> always("in range", ("hour",), lambda v: v["hour"] < 12).kind
    <Kind.ALWAYS: 'always'>
    """
    clause = Clause(reads, holds, premise, about)
    return Property(name, Kind.ALWAYS, (clause,), statement, cites, about_steps=about_steps)


@spelled
def step(
    name: str,
    reads: Iterable[Named],
    holds: StepTest,
    *,
    premise: StepTest = anything,
    about: str = "",
    statement: str = "",
    cites: Iterable[str] = (),
) -> Property:
    """State that a predicate is true of every reachable step, also of one that changes nothing."""
    return Property(name, Kind.STEP, (Clause(reads, holds, premise, about),), statement, cites)


@overload
def sometimes(
    name: str,
    reads: Iterable[Named],
    holds: StateTest,
    *,
    premise: StateTest = ...,
    about: str = ...,
    statement: str = ...,
    cites: Iterable[str] = ...,
    about_steps: Literal[False] = ...,
) -> Property: ...


@overload
def sometimes(
    name: str,
    reads: Iterable[Named],
    holds: StepTest,
    *,
    premise: StepTest = ...,
    about: str = ...,
    statement: str = ...,
    cites: Iterable[str] = ...,
    about_steps: Literal[True],
) -> Property: ...


@spelled
def sometimes(
    name: str,
    reads: Iterable[Named],
    holds: Test,
    *,
    premise: Test = anything,
    about: str = "",
    statement: str = "",
    cites: Iterable[str] = (),
    about_steps: bool = False,
) -> Property:
    """State that some reachable state, or step, satisfies a predicate; the shortest way there is the witness."""
    clause = Clause(reads, holds, premise, about)
    return Property(name, Kind.SOMETIMES, (clause,), statement, cites, about_steps=about_steps)


@spelled
def recoverable(
    name: str,
    reads: Iterable[Named],
    goal: StateTest,
    *,
    premise: StateTest = anything,
    about: str = "",
    statement: str = "",
    cites: Iterable[str] = (),
    with_environment: bool = False,
) -> Property:
    """State that a goal stays reachable from every reachable state by the system's own steps."""
    clause = Clause(reads, goal, premise, about)
    return Property(name, Kind.RECOVERABLE, (clause,), statement, cites, with_environment=with_environment)


@spelled
def no_deadlock(
    name: str,
    reads: Iterable[Named],
    terminal: StateTest,
    *,
    premise: StateTest = anything,
    about: str = "",
    statement: str = "",
    cites: Iterable[str] = (),
) -> Property:
    """State that a state where the system itself has no step is one of the declared terminal ones."""
    return Property(name, Kind.NO_DEADLOCK, (Clause(reads, terminal, premise, about),), statement, cites)
