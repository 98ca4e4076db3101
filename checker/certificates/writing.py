"""Writes a certificate of all verdicts of one exploration; what each part proves is told in docs/certificates.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from haboot.checker.asking import Asked
from haboot.checker.boundary import EngineError, ModelError
from haboot.checker.certificates.arrays import Arrays, arrays_of, reached
from haboot.checker.certificates.files import save
from haboot.checker.certificates.pieces import Pieces
from haboot.checker.certificates.ranks import Demand, ranked
from haboot.checker.certificates.tree import Tree
from haboot.checker.lasso import Bools, Ints
from haboot.checker.machines import Composition
from haboot.checker.properties import RUNS, Fairness, Kind, Property
from haboot.checker.spaces import counting
from haboot.checker.traces import Trace
from haboot.checker.verdicts import Answer, Report, Verdict

FORMAT = 1


def certify(folder: Path, report: Report, about: Mapping[str, Any], composition: Composition | None = None) -> None:
    """Write the certificate of a report into a folder of its own; ``about`` says what it is of.

    ``composition`` is what the system was made of, if it was. Where orbits were explored, the states that they stand
    for are found once more, one by one. Raises ModelError where these are too many, for a space that another reduction
    made, as it lacks steps, for one whose steps take too much memory, and for a system without slots.
    """
    if not report.space.system.slots:
        raise ModelError(f"'{report.space.system.name}' has no slots, so there are no states to certify")
    for slot in report.space.system.slots:
        if slot.is_open:
            raise ModelError(
                f"slot '{slot.name}' has no domain, so a certificate cannot say what it holds; give it one"
            )
    if report.space.reductions:
        whole = report.space.unreduced()
        if whole is None:
            told = ", ".join(report.space.reductions)
            raise ModelError(f"'{report.space.system.name}': a certificate needs every step, and there was {told}")
        report = replace(report, space=whole)
    _Writing(report, composition).save(folder, about)


class _Writing:
    """One certificate while it is made: the states by number, the tree of runs, and what is numbered."""

    def __init__(self, report: Report, composition: Composition | None) -> None:
        self.report, self.space = report, report.space
        self.whole = not self.space.bounds_hit
        self.arrays: Arrays = arrays_of(self.space)
        self.pieces = Pieces(self.space.system, composition, self.arrays.columns)
        self.words = self.pieces.numbers()
        self.tree = Tree(self.space.system, self.pieces)
        self.columns = list[Ints]()
        self.named = [action.name for action in self.space.system.actions]
        self.environment = np.array([action.environment for action in self.space.system.actions], bool)
        self._demands = dict[tuple[Fairness, ...], list[Demand]]()

    def save(self, folder: Path, about: Mapping[str, Any]) -> None:
        verdicts = [self.verdict(one) for one in self.report.verdicts]
        if self.pieces.composition is not None:
            self.tree.introduce(self.arrays, self.words)
        head = {
            "format": FORMAT,
            **about,
            "engine": self.space.engine,
            "bounds": list(self.space.bounds_hit),
            "whole": self.whole,
            "actions": self.named,
            "pieces": list(self.pieces.tables()),
            "tree": self.tree.nodes,
            "verdicts": verdicts,
        }
        order = np.lexsort(self.words[::-1])
        if not self.whole:
            kept = np.zeros(self.arrays.nodes, bool)
            for column in self.columns:
                kept |= column > 0
            order = order[kept[order]]
        save(folder, head, [word[order] for word in self.words], [column[order] for column in self.columns])

    def verdict(self, verdict: Verdict) -> dict[str, Any]:
        """Return a verdict as data, with what proves it."""
        claim, answer = verdict.property, verdict.answer
        told: dict[str, Any] = {
            "property": claim.name,
            "kind": str(claim.kind),
            "answer": str(answer),
            "rests on": list(verdict.facts()),
        }
        asked = [Asked(claim, clause) for clause in claim.clauses]
        if answer is Answer.INCOMPLETE or any(one.clause.unless is not None for one in asked):
            return told
        if answer is Answer.VIOLATED and verdict.trace is not None:
            return {**told, **self._broken(verdict, verdict.trace, asked)}
        if claim.kind is Kind.SOMETIMES:
            return {**told, "run": self.tree.run(verdict.trace)} if verdict.trace is not None else told
        if answer is Answer.HOLDS:
            told |= self._occurs(claim, asked)
            if claim.kind is Kind.RECOVERABLE:
                told["distances"] = [self._column(self._distances(one)) for one in asked]
        if claim.kind in RUNS:
            numbered = [self._ranked(one) for one in asked]
            told["promises"] = [one.name for one in claim.fairness]
            told["ranks"] = [self._column(values) for values, _ in numbered]
            told["classes"] = [classes for _, classes in numbered]
        return told

    def _broken(self, verdict: Verdict, trace: Trace, asked: Sequence[Asked]) -> dict[str, Any]:
        claim = verdict.property
        if trace.loop is not None:
            loop = [self.tree.told(step) for step in trace.steps[trace.loop :]]
            promises = [one.name for one in claim.fairness]
            return {"run": self.tree.run(trace, trace.loop), "loop": loop, "promises": promises}
        told: dict[str, Any] = {"run": self.tree.run(trace)}
        if claim.kind is Kind.RECOVERABLE:
            number, stuck = next(
                (number, stuck)
                for number, one in enumerate(asked)
                if one.clause.about == verdict.note and (stuck := self._stuck(one, trace)) is not None
            )
            told |= {"clause": number, "stuck": self._column(stuck.astype(np.int64))}
        return told

    def _occurs(self, claim: Property, asked: Sequence[Asked]) -> dict[str, Any]:
        """Return a run on which a premise comes true, where every part of a property has one."""
        if not all(one.clause.conditional for one in asked):
            return {}
        for one in asked:
            trace = self._occurring(claim, one)
            if trace is not None:
                return {"premise": self.tree.run(trace)}
        raise EngineError(f"property '{claim.name}' holds, and its premise never comes true")

    def _occurring(self, claim: Property, one: Asked) -> Trace | None:
        if not one.is_premised_at_start:
            return self.space.first_step(one.premise) if claim.of_steps else self.space.first_state(one.premise)
        met = self.arrays.meeting(one.premise)[self.arrays.starts]
        return None if not met.any() else self._state(int(self.arrays.starts[np.argmax(met)]))

    def _state(self, node: int) -> Trace:
        """Return a trace without steps."""
        slots = zip(self.space.system.slots, self.arrays.columns, strict=True)
        return Trace({slot.name: slot.domain[int(column[node])] for slot, column in slots}, ())

    def _column(self, values: Ints) -> int:
        """Add a column, unless there is one like it, and return its place."""
        for place, known in enumerate(self.columns):
            if np.array_equal(known, values):
                return place
        self.columns.append(values)
        return len(self.columns) - 1

    # ways to a goal

    def _ways(self, claim: Property) -> tuple[Ints, Ints]:
        """Return source and target of the steps that count as a way."""
        source, target, action = self.arrays.steps
        counts = ~self.environment[action] if not claim.with_environment else np.ones(action.size, bool)
        return source[counts], target[counts]

    def _distances(self, one: Asked) -> Ints:
        """Return 1 for a state at the goal, one more for each step that it is away, 0 where it is out of reach."""
        source, target = self._ways(one.claim)
        away, _ = reached(self.arrays.meeting(one.goal), target, source)
        return away + 1

    def _stuck(self, one: Asked, trace: Trace) -> Bools | None:
        """Return all that the end of a trace leads to by steps that count; None where a goal is among it."""
        end = np.ones(self.arrays.nodes, bool)
        number = self.pieces.number(trace.final)
        for word in reversed(self.words):
            number, rest = divmod(number, 1 << 63)
            end &= word == rest
        away, _ = reached(end, *self._ways(one.claim))
        stuck, premised = away >= 0, self.arrays.meeting(one.premise)[end].all()
        return None if (stuck & self.arrays.meeting(one.goal)).any() or not premised else stuck

    # runs

    def _ranked(self, one: Asked) -> tuple[Ints, tuple[tuple[int, int], ...]]:
        """Return the numbers that prove that no fair run breaks a part of a property."""
        claim, kind = one.claim, one.claim.kind
        source, target, _ = self.arrays.steps
        every = np.ones(self.arrays.nodes, bool)
        demands = self.demands(claim.fairness)
        if kind is Kind.FINITELY_OFTEN:
            counted = self.arrays.taking(one.goal) & (source != target)
            found = ranked(self.arrays, every, [*demands, Demand(counted.__getitem__, every, strong=False)])
            return found.values, self._classes(found.classes, len(demands))
        goal, begins = self.arrays.meeting(one.goal), self.arrays.meeting(one.premise)
        if kind is Kind.EVENTUALLY:
            first = np.zeros(self.arrays.nodes, bool)
            first[self.arrays.starts] = True
            begins &= first
        if kind is Kind.STAYS:
            met = reached(begins, source, target)[0] >= 0
            found = ranked(
                self.arrays, met, [*demands, Demand(lambda some: np.zeros(some.size, bool), goal, strong=False)]
            )
            return found.values, self._classes(found.classes, len(demands))
        goes_on = np.ones(source.size, bool) if kind is Kind.INFINITELY_OFTEN else ~goal[source]
        met = reached(begins, source[goes_on], target[goes_on])[0] >= 0
        found = ranked(self.arrays, met & ~goal, demands)
        return np.where(met & goal, 1, found.values), found.classes

    @staticmethod
    def _classes(classes: Sequence[tuple[int, int]], own: int) -> tuple[tuple[int, int], ...]:
        """Return classes whose promise is the property's own with -1 in its place."""
        return tuple((parent, -1 if promise == own else promise) for parent, promise in classes)

    def demands(self, fairness: tuple[Fairness, ...]) -> list[Demand]:
        """Return what fairness asks of runs here."""
        if fairness not in self._demands:
            self._demands[fairness] = [self._demand(one) for one in fairness]
        return self._demands[fairness]

    def _demand(self, one: Fairness) -> Demand:
        source, target, action = self.arrays.steps
        named = np.array([name in one.actions for name in self.named], bool)
        query = counting(one)
        met = None if query is None else self.arrays.taking(query)

        def counts(some: Ints) -> Bools:
            found: Bools = named[action[some]] & (source[some] != target[some])
            return found if met is None else np.logical_and(found, met[some])

        enabled, (cut_source, cut_action) = np.zeros(self.arrays.nodes, bool), self.arrays.cut
        enabled[source[counts(np.arange(source.size))]] = True
        enabled[cut_source[named[cut_action]]] = True
        return Demand(counts, enabled, one.strong)
