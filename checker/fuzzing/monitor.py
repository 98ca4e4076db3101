"""Properties watched along runs: what a run refutes, what it witnesses, and what no run can tell.

A run shows one path. It refutes *always*, *step* and *no deadlock*, and witnesses *sometimes*; whether a goal stays
reachable or is reached in the end takes every path, so those kinds are not judged here (compare monitorability: Pnueli
and Zaks, PSL model checking and run-time verification via testers, 2006).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from haboot.checker.asking import query, tests
from haboot.checker.branches import Part
from haboot.checker.core import Value, View
from haboot.checker.fuzzing.walk import Offer
from haboot.checker.fuzzing.worlds import State
from haboot.checker.properties import Clause, Kind, Move, Property
from haboot.checker.spaces import Query
from haboot.checker.tables import asked

JUDGED = frozenset({Kind.ALWAYS, Kind.STEP, Kind.NO_DEADLOCK, Kind.SOMETIMES})
Asking: TypeAlias = Callable[[Query], bool]


class Place(Protocol):
    """Where a run has come to: its state, the step that led there with what it changed, and the state before."""

    @property
    def state(self) -> State:
        """The state."""

    @property
    def before(self) -> State:
        """The state before the last step, the same where there was none."""

    @property
    def last(self) -> Offer | None:
        """The last step, none in an initial state."""

    @property
    def changed(self) -> Mapping[str, Value]:
        """What the last step changed."""

    @property
    def stuck(self) -> bool:
        """Whether no step but the environment's leads on; one that a bound cuts does."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that a run shows of a property: that it is refuted or witnessed (``settles``), or that it applies."""

    claim: str
    about: str
    settles: bool


class _Watch:
    """One clause as questions: whether it applies, and whether it is refuted or witnessed."""

    def __init__(self, claim: Property, clause: Clause) -> None:
        self.claim, self.reads = claim, clause.reads
        holds, premise = tests(claim, clause)
        wanted = claim.kind is Kind.SOMETIMES
        self.settled = query(claim, clause, holds if wanted else lambda subject: not holds(subject))
        self.applies = query(claim, clause, premise) if clause.conditional else None
        self.about_steps = claim.of_steps
        self.remark = Remark(claim.name, clause.about, settles=True)
        self.applied = Remark(claim.name, clause.about, settles=False)

    def remarks(self, ask: Asking) -> Iterator[Remark]:
        if self.applies is None or ask(self.applies):
            yield self.applied
            if ask(self.settled):
                yield self.remark


class Monitor:
    """The properties of a model, in the form in which runs are held against them.

    A clause about states is asked again when a slot that it reads has changed. A clause about steps that once answered
    without looking at any slot answers the same for every step with that action and those events, so it is asked once.
    """

    def __init__(self, properties: Iterable[Property]) -> None:
        self.properties = tuple(properties)
        self._wanted = {one.name for one in self.properties if one.kind is Kind.SOMETIMES}
        judged = [one for one in self.properties if one.kind in JUDGED]
        watches = [_Watch(claim, clause) for claim in judged for clause in claim.clauses]
        self.steps = [one for one in watches if one.about_steps]
        self.ends = [one for one in watches if one.claim.kind is Kind.NO_DEADLOCK]
        self.states = [one for one in watches if one not in self.steps and one not in self.ends]
        self._by_slot: defaultdict[str, list[_Watch]] = defaultdict(list)
        for one in self.states:
            for slot in one.reads:
                self._by_slot[slot].append(one)
        self._open: dict[tuple[str, tuple[Hashable, ...]], list[_Watch]] = {}

    def refutes(self, claim: str) -> bool:
        """Whether what settles a claim refutes it, rather than witnessing it."""
        return claim not in self._wanted

    def remarks(self, place: Place) -> list[Remark]:
        """Return what the last step of a run shows, or its initial state where no step was taken yet."""
        found: list[Remark] = []
        watches: Iterable[_Watch] = self.states
        if place.last is not None:
            found += self._of_step(place, place.last)
            watches = dict.fromkeys(one for slot in place.changed for one in self._by_slot.get(slot, ()))
        here = _state_asking(place.state)
        ends = self.ends if self.ends and place.stuck else ()
        return found + [remark for one in (*watches, *ends) for remark in one.remarks(here)]

    def _of_step(self, place: Place, step: Offer) -> Iterator[Remark]:
        label = (step.action, step.outcome.events)
        known = self._open.get(label)
        told: list[_Watch] = []
        for one in self.steps if known is None else known:
            read: dict[str, None] = {}
            found = list(one.remarks(_step_asking(place, step, read)))
            yield from found
            if read or found:
                told.append(one)
        if known is None:
            self._open[label] = told


def _state_asking(state: State) -> Asking:
    def ask(question: Query) -> bool:
        values = Part(question.reads, state.__getitem__)
        return asked(question, View(values, question.owner), values)

    return ask


def _step_asking(place: Place, step: Offer, read: dict[str, None]) -> Asking:
    """Return a way to ask about the last step; ``read`` notes the slots looked at."""

    def ask(question: Query) -> bool:
        old, new = (Part(question.reads, state.__getitem__) for state in (place.before, place.state))
        before, after = View(old, question.owner), View(new, question.owner)
        move = Move(before, step.action, step.outcome.events, after)
        answer = asked(question, move, {"before": old, "action": step.action, "after": new})
        read.update(before.read)
        read.update(after.read)
        return answer

    return ask
