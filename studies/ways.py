"""The different ways in which one property breaks in one scenario, each with a shortest trace.

Two counterexamples show two mechanisms when another part of the property breaks, or when another step breaks it: other
rows fire in it, or messages of other kinds are sent and received. The step that breaks a state property is the one that
leaves the states in which it holds; a deadlock is told by what the state at rest shows. Of the kinds that speak of
whole runs the shortest counterexample is the one mechanism.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from haboot.checker import (
    Answer,
    Clause,
    Fired,
    Kind,
    Move,
    Property,
    Query,
    Received,
    Sent,
    StateSpace,
    Trace,
    Value,
    breaking,
    judge,
    query,
)

MOST = 20  # of one part of a property


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One way in which a property breaks: the part that breaks, the step that breaks it, and a shortest trace."""

    about: str
    step: str
    trace: Trace


def mechanisms(space: StateSpace, claim: Property, most: int = MOST) -> tuple[Mechanism, ...]:
    """Return the mechanisms by which a property breaks, shortest first, up to so many for each of its parts."""
    if claim.kind in {Kind.ALWAYS, Kind.STEP, Kind.NO_DEADLOCK}:
        found = [
            Mechanism(clause.about, _last(trace), trace)
            for clause in claim.clauses
            for trace in islice(_ways(space, claim, clause), most)
        ]
        return tuple(sorted(found, key=lambda way: len(way.trace)))
    verdict = judge(space, claim)
    if verdict.answer is not Answer.VIOLATED or verdict.trace is None:
        return ()
    return (Mechanism(verdict.note, _last(verdict.trace), verdict.trace),)


def _last(trace: Trace) -> str:
    return trace.steps[-1].action if trace.steps else "at the start"


def _ways(space: StateSpace, claim: Property, clause: Clause) -> Iterator[Trace]:
    """Ask for a shortest counterexample again and again, each time for one unlike all before."""
    seen: set[Hashable] = set()
    broken = breaking(claim, clause)

    def question(test: Callable[..., bool]) -> Query:
        return query(claim, clause, test)

    if claim.kind is Kind.NO_DEADLOCK:
        at_rest = question(lambda view: broken(view) and _shown(view, clause) not in seen)
        while (trace := space.first_terminal(at_rest)) is not None:
            seen.add(_shown(trace.final, clause))
            yield trace
        return
    if not claim.of_steps and (start := space.first_state(question(broken))) is not None and not start.steps:
        yield start

    def breaks(move: Move) -> bool:
        new = broken(move) if claim.of_steps else broken(move.after) and not broken(move.before)
        return new and _kind(move.action, move.events) not in seen

    while (trace := space.first_step(question(breaks))) is not None:
        seen.add(_kind(trace.steps[-1].action, trace.steps[-1].events))
        yield trace


def _shown(values: Mapping[str, Value], clause: Clause) -> Hashable:
    return tuple(values[name] for name in clause.reads)


def _kind(action: str, events: tuple[Hashable, ...]) -> Hashable:
    """What a step is, whatever its messages say: the rows that fire and the kinds of messages, or else the action."""
    told = (
        (event.instance, event.row) if isinstance(event, Fired) else (type(event), type(event.message))
        for event in events
        if isinstance(event, Fired | Received | Sent)
    )
    return tuple(told) or action
