"""What is told of a search when its space is gone: the numbers, and the properties without what they ask.

Both are plain data, so that results travel from the process that searched to the one that tells them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from haboot.checker.properties import Clause, Property, anything
from haboot.checker.verdicts import Report

SILENT = Clause((), anything)


@dataclass(frozen=True, slots=True)
class Counts:
    """The figures of a search, named as those of a StateSpace; ``dead`` are the ``actions`` that never fired."""

    engine: str
    distinct: int
    generated: int
    depth: int
    bounds_hit: tuple[str, ...]
    reductions: tuple[str, ...]
    actions: tuple[str, ...]
    dead: tuple[str, ...]


def counts(report: Report) -> Counts:
    """Return the figures of a report's search."""
    space = report.space
    sizes = (space.engine, space.distinct, space.generated, space.depth)
    names = tuple(action.name for action in space.system.actions)
    return Counts(*sizes, space.bounds_hit, space.reductions, names, report.dead_actions)


def stated(claim: Property) -> Property:
    """Return a property that says the same and asks nothing: its tests, which only this process has, are left out."""
    promises = tuple(replace(one, where=None, reads=()) if one.where else one for one in claim.fairness)
    return replace(claim, clauses=(SILENT,), fairness=promises)
