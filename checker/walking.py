"""A walk through a system: the steps of one state at a time, for searches that need not know the whole space."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import NamedTuple

from haboot.checker.boundary import NOTHING, Needs
from haboot.checker.constraints import constrained
from haboot.checker.core import System, Value
from haboot.checker.families import Family, unmarked
from haboot.checker.tables import ActionTable, Layout, State
from haboot.checker.traces import Step, Trace, homes


class Taken(NamedTuple):
    """A step from some state: where it leads, by which action, what an observer sees, and what must be assumed.

    Where a ``bound`` cuts it, it leads nowhere.
    """

    target: State | None
    action: str
    events: tuple[Hashable, ...]
    needs: Needs
    bound: str


class Walk:
    """The steps of a system, or of a family of systems; each state's are worked out once and kept.

    >>> from haboot.checker import Action, Slot
    >>> up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 3 else None)
    >>> walk = Walk(System("count", (Slot("n", range(4)),), ({"n": 0},), (up,)))
    >>> ((start, _),) = walk.starts
    >>> [walk.values(step.target)["n"] for step in walk.steps(start)]
    [1]
    """

    def __init__(self, given: System | Family) -> None:
        system = constrained(given) if isinstance(given, System) else given.system
        needs = (NOTHING,) * len(system.initial) if isinstance(given, System) else given.starts
        self.system, self._layout = system, Layout(system)
        self._tables = [(one.name, ActionTable(self._layout, one)) for one in system.actions]
        self._known: dict[State, tuple[Taken, ...]] = {}
        self.starts = tuple((self._layout.encoded(one), need) for one, need in zip(system.initial, needs, strict=True))

    def steps(self, state: State) -> tuple[Taken, ...]:
        """Return the steps of a state."""
        if state not in self._known:
            self._known[state] = tuple(self._taken(state))
        return self._known[state]

    def _taken(self, state: State) -> Iterator[Taken]:
        for name, table in self._tables:
            entry = table.entries.get(table.key(state))
            for patch, label in table.compute(state) if entry is None else entry:
                events, cut = self._layout.labels[label]
                marked = unmarked(events)
                bound = cut or marked.bound or ""
                yield Taken(None if bound else _after(state, patch or ()), name, marked.events, marked.needs, bound)

    def values(self, state: State) -> dict[str, Value]:
        """Return a state by the names of slots."""
        return self._layout.decoded(state)

    def trace(self, start: State, steps: Iterable[Taken]) -> Trace:
        """Return steps from a state as a trace."""
        before, made = self.values(start), list[Step]()
        initial = before
        for one in steps:
            after = self.values(one.target or ())
            made.append(Step(one.action, one.events, before, after))
            before = after
        return Trace(initial, tuple(made), None, homes(self.system.slots))


def _after(state: State, patch: Iterable[tuple[int, int]]) -> State:
    changed = list(state)
    for place, index in patch:
        changed[place] = index
    return tuple(changed)
