"""Whether what one copy comes to, all copies come to: where they can go the same way one after another."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TypeAlias

from haboot.checker.copies.replicated import Replicated, broadcasts
from haboot.checker.core import System, View
from haboot.checker.machines import SHARED, owners
from haboot.checker.properties import Clause, Property
from haboot.checker.traces import Trace
from haboot.checker.verdicts import Verdict

Run: TypeAlias = Callable[[System, Property], Trace | None]  # to a witness of a property
Values: TypeAlias = Mapping[str, object]


def follow_each_other(family: Replicated, alone: Verdict, run: Run) -> bool:
    """Whether from what one copy leaves of the shared part another one can do the same, and leave it as it was.

    The shortest witness may end before the first one gives back what it took; then one that does is looked for. None of
    its steps and of the other's is one that all copies undergo.
    """
    if alone.trace is None:
        return False
    composition, slots = family.of(1), [one.name for one in family.single.slots]
    shared = {name for name, whose in owners(composition, family.single.slots).items() if whose == SHARED}
    taken = {one.name for one in composition.resources}.intersection(slots)
    every, start = broadcasts(composition), alone.trace.initial

    def passes(found: Trace | None) -> bool:
        return found is not None and not any(step.action in every for step in found)

    def is_repeated(first: Trace | None) -> bool:
        if first is None or not passes(first):
            return False
        begun = {**start, **{name: first.final[name] for name in shared}}
        return passes(_leaving(family, alone.property, begun, shared, run))

    return is_repeated(alone.trace) or is_repeated(_leaving(family, alone.property, start, taken, run))


def _leaving(family: Replicated, claim: Property, begun: Values, names: Collection[str], run: Run) -> Trace | None:
    """Return a run of one copy to a witness in which some slots are as at its beginning; None where there is none."""
    left = {name: begun[name] for name in names}
    asked = replace(claim, clauses=tuple(_with(one, left) for one in claim.clauses))
    return run(replace(family.single, initial=(dict(begun),), live=None), asked)


def _with(clause: Clause, left: Values) -> Clause:
    """Return a clause that asks for some values as well."""
    reads = tuple(dict.fromkeys((*clause.reads, *left)))
    return replace(clause, reads=reads, holds=lambda view: clause.holds(view) and _is_as(view, left))


def _is_as(view: View, left: Values) -> bool:
    return all(view[name] == value for name, value in left.items())
