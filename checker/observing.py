"""A system together with what was observed of one of its runs: can a run that shows this go on to break a property?

The product of a system with how much of an observation it has shown so far, and with what a property has come to on the
way (as a monitor automaton has it; compare Vardi and Wolper, LICS 1986). A run of the product that has shown the whole
observation is a run of the system that shows it, and goes on as it likes; the property is asked of such runs alone.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from haboot.checker.asking import breaking, tests
from haboot.checker.boundary import ModelError
from haboot.checker.core import Action, Outcome, Slot, System, Value, View, counted
from haboot.checker.evaluating import evaluate
from haboot.checker.properties import Clause, Kind, Move, Property, Test

SHOWN = "observed so far"
Shows = Callable[[int, tuple[Hashable, ...], View], Iterable[int]]
NOTED = (Kind.ALWAYS, Kind.STEP, Kind.LEADS_TO)  # kinds of which something is noted on the way


@dataclass(frozen=True)
class Observation:
    """What was observed: how much there is, and how much a run may have shown after a step.

    ``begins`` are the numbers that a run may have shown before its first step. ``shows`` is asked with the number
    before a step, its events, and the slots that it ``reads`` as they are after it.
    """

    length: int
    begins: tuple[int, ...]
    shows: Shows
    reads: tuple[str, ...] = ()


def observed(system: System, claim: Property, seen: Observation) -> tuple[System, Property]:
    """Return a system that shows an observation, and a property that is broken by runs that do and break ``claim``.

    Raises ModelError for a kind of property that speaks of no single run, or that no monitor notes here.
    """
    made = _Observed(system, claim, seen)
    slots = (Slot(SHOWN, range(seen.length + 1)), *(Slot(name, (False, True)) for name in made.notes))
    initial = tuple(
        {**state, SHOWN: begin, **made.begun(state)} for state, begin in product(system.initial, seen.begins)
    )
    actions = tuple(made.action(one) for one in system.actions)
    name = f"{system.name}, as observed"
    every = replace(
        system, name=name, slots=(*system.slots, *slots), initial=initial, actions=actions, live=None, symmetry=()
    )
    return every, made.asked()


class _Observed:
    """Makes the parts of the product; ``notes`` are the slots in which a property's clauses note what came about."""

    def __init__(self, system: System, claim: Property, seen: Observation) -> None:
        self.system, self.claim, self.seen = system, claim, seen
        self.notes = [f"noted {number}" for number in range(len(claim.clauses))] if claim.kind in NOTED else []

    def begun(self, state: Mapping[str, Value]) -> dict[str, bool]:
        """What is noted of an initial state."""
        if self.claim.of_steps:
            return dict.fromkeys(self.notes, False)
        view = View(state, self.place)
        return {name: self._noted(clause, view, held=False) for name, clause in self.clauses}

    @property
    def clauses(self) -> list[tuple[str, Clause]]:
        """The clauses of which something is noted, each with its slot."""
        return list(zip(self.notes, self.claim.clauses, strict=False))

    @property
    def place(self) -> str:
        """What stands in errors."""
        return f"property '{self.claim.name}'"

    def _noted(self, clause: Clause, subject: View | Move, *, held: bool) -> bool:
        """What is noted after a step: whether the clause was broken, or of leads-to whether its goal is still due."""
        if self.claim.kind is Kind.LEADS_TO:
            goal, trigger = tests(self.claim, clause)
            return (held or trigger(subject)) and not goal(subject)
        return held or breaking(self.claim, clause)(subject)

    def action(self, one: Action) -> Action:
        """An action that says how much is shown after it, and notes what comes about."""
        known = dict.fromkeys((*one.reads, SHOWN, *self.seen.reads))
        for clause in self.claim.clauses if self.notes else ():
            known |= dict.fromkeys(clause.reads)
        reads = (*dict.fromkeys((*known, *self.notes)),)

        def effect(view: View) -> Iterator[Outcome]:
            own = View({name: view[name] for name in one.reads}, f"action '{one.name}'")
            for result in evaluate(one, own):
                yield from self._steps(one, view, known, result)

        return replace(one, reads=reads, writes=(*one.writes, SHOWN, *self.notes), effect=effect)

    def _steps(self, one: Action, view: View, known: Iterable[str], result: Outcome) -> Iterator[Outcome]:
        if result.bound is not None:
            yield result
            return
        before = View({name: view[name] for name in known}, self.place)
        after = View({**before, **result.writes}, self.place)
        subject = Move(before, one.name, result.events, after) if self.claim.of_steps else after
        noted = {name: self._noted(clause, subject, held=view[name] is True) for name, clause in self.clauses}
        shown = self.seen.shows(counted(view[SHOWN]), result.events, after)
        for number in shown:
            yield replace(result, writes={**result.writes, **noted, SHOWN: number})

    def asked(self) -> Property:
        """The property that is asked of the product."""
        claim, whole = self.claim, self.seen.length
        if claim.kind in NOTED:
            clauses = tuple(self._after(name, clause) for name, clause in self.clauses)
            kind = Kind.LEADS_TO if claim.kind is Kind.LEADS_TO else Kind.ALWAYS
            return replace(claim, kind=kind, clauses=clauses, about_steps=False)
        if claim.kind is Kind.RECOVERABLE:
            return replace(claim, clauses=tuple(_premised(one, whole) for one in claim.clauses))
        if claim.kind is Kind.FINITELY_OFTEN:
            return replace(claim, clauses=tuple(_counted(one, whole) for one in claim.clauses))
        allowed = ", ".join((*NOTED, Kind.RECOVERABLE, Kind.FINITELY_OFTEN))
        raise ModelError(
            f"property '{claim.name}' is of kind '{claim.kind}', which no observation settles (allowed: {allowed})"
        )

    def _after(self, note: str, clause: Clause) -> Clause:
        """A clause that is broken where the observation is whole and what was noted stands."""
        whole, reads = self.seen.length, (SHOWN, note)

        def stands(view: View) -> bool:
            return view[SHOWN] == whole and view[note] is True

        def falls(view: View) -> bool:
            return not stands(view)

        return Clause(reads, falls, stands if self.claim.kind is Kind.LEADS_TO else _whole(whole), clause.about)


def _whole(length: int) -> Test:
    def is_whole(view: View) -> bool:
        return counted(view[SHOWN]) == length

    return is_whole


def _premised(clause: Clause, length: int) -> Clause:
    is_whole, premise = _whole(length), clause.premise
    reads: Sequence[str] = (*clause.reads, SHOWN)
    return Clause(reads, clause.holds, lambda view: bool(is_whole(view) and premise(view)), clause.about)


def _counted(clause: Clause, length: int) -> Clause:
    is_whole, holds = _whole(length), clause.holds
    reads: Sequence[str] = (*clause.reads, SHOWN)
    return Clause(reads, lambda move: bool(is_whole(move.before) and holds(move)), clause.premise, clause.about)
