"""Ways through a graph: from the step by which each state was found to a trace, and to the words of an error."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

from haboot.checker.boundary import amount
from haboot.checker.core import System
from haboot.checker.spaces import Edge
from haboot.checker.tables import Layout, State
from haboot.checker.traces import Step, Trace, homes

Cut: TypeAlias = tuple[int, int, bool]  # a step that was cut: its source, its action, whether by the constraint
TOLD = 12  # steps that an error tells of the way to it


def way_to(origin: Sequence[Edge | None], node: int) -> tuple[Edge, ...]:
    """Return the steps by which a state was found."""
    way: list[Edge] = []
    while (edge := origin[node]) is not None:
        way.append(edge)
        node = edge[0]
    return tuple(reversed(way))


def shown(
    system: System,
    layout: Layout,
    states: Sequence[State],
    way: Sequence[Edge],
    loop: int | None = None,
    start: int | None = None,
) -> Trace:
    """Return a way as a trace; ``start`` is where one without steps begins."""
    first = way[0][0] if way else start or 0
    passed = [layout.decoded(states[node]) for node in (first, *(target for _, target, _, _ in way))]
    steps = tuple(
        Step(system.actions[action].name, layout.labels[label][0], before, after)
        for (_, _, action, label), (before, after) in zip(way, pairwise(passed), strict=True)
    )
    return Trace(passed[0], steps, loop, homes(system.slots))


def told(system: System, way: Sequence[Edge]) -> str:
    """Return a way in words, the last steps of it where it is long."""
    names = [system.actions[action].name for _, _, action, _ in way]
    if not names:
        return "in an initial state"
    return f"after {amount(len(names), 'step')}: {', '.join((['…'] if len(names) > TOLD else []) + names[-TOLD:])}"
