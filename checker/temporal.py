"""How to state a property of whole runs: what happens on every fair one.

A run is an infinite sequence of states from an initial one in which each state follows by a step or is the one before
once more (stuttering, as in TLA+), and which keeps the promises of fairness. So a run may stop anywhere unless a
promise says otherwise, a run that cannot go on stops, and nothing good happens without a promise.
"""

from __future__ import annotations

from collections.abc import Iterable

from haboot.checker.boundary import spelled
from haboot.checker.properties import Clause, Fairness, Kind, Property, StateTest, StepTest, anything
from haboot.checker.slots import Named


@spelled
def leads_to(
    name: str,
    reads: Iterable[Named],
    trigger: StateTest,
    goal: StateTest,
    fairness: Iterable[Fairness] = (),
    *,
    about: str = "",
    statement: str = "",
    cites: Iterable[str] = (),
) -> Property:
    """State that on every fair run each state that meets the trigger is followed by one that meets the goal."""
    return Property(name, Kind.LEADS_TO, (Clause(reads, goal, trigger, about),), statement, cites, fairness)


@spelled
def finitely_often(
    name: str,
    reads: Iterable[Named],
    counted: StepTest,
    fairness: Iterable[Fairness] = (),
    *,
    premise: StepTest = anything,
    about: str = "",
    statement: str = "",
    cites: Iterable[str] = (),
) -> Property:
    """State that no fair run takes some steps for ever; a step that changes nothing is not counted."""
    return Property(name, Kind.FINITELY_OFTEN, (Clause(reads, counted, premise, about),), statement, cites, fairness)


@spelled
def eventually(
    name: str,
    reads: Iterable[Named],
    goal: StateTest,
    fairness: Iterable[Fairness] = (),
    *,
    premise: StateTest = anything,
    about: str = "",
    statement: str = "",
    cites: Iterable[str] = (),
) -> Property:
    """State that every fair run comes to the goal, if the premise is true of its initial state."""
    return Property(name, Kind.EVENTUALLY, (Clause(reads, goal, premise, about),), statement, cites, fairness)


@spelled
def infinitely_often(
    name: str,
    reads: Iterable[Named],
    goal: StateTest,
    fairness: Iterable[Fairness] = (),
    *,
    premise: StateTest = anything,
    about: str = "",
    statement: str = "",
    cites: Iterable[str] = (),
) -> Property:
    """State that every fair run on which the premise comes true meets the goal again and again, for ever.

    A run that stops at the goal meets it for ever; one that stops elsewhere does not.
    """
    return Property(name, Kind.INFINITELY_OFTEN, (Clause(reads, goal, premise, about),), statement, cites, fairness)


@spelled
def stays(
    name: str,
    reads: Iterable[Named],
    goal: StateTest,
    fairness: Iterable[Fairness] = (),
    *,
    premise: StateTest = anything,
    about: str = "",
    statement: str = "",
    cites: Iterable[str] = (),
) -> Property:
    """State that every fair run on which the premise comes true meets the goal from some state on in all states.

    It may leave the goal finitely often before.
    """
    return Property(name, Kind.STAYS, (Clause(reads, goal, premise, about),), statement, cites, fairness)
