"""Refinement: whether a system does only what another one allows, its states seen through a mapping.

A refinement mapping takes each state of the concrete system to one of the abstract system, such that initial states go
to initial states, and each step to a step of the abstract system or to none (Abadi and Lamport, The existence of
refinement mappings, 1991). Both are properties of the concrete system, so every engine answers them, with a trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from haboot.checker.boundary import ModelError, authored, nearest, shown, spelled, wrong
from haboot.checker.constraints import constrained
from haboot.checker.core import System, outside
from haboot.checker.opening import opened
from haboot.checker.properties import Move, Property
from haboot.checker.slots import Named, View, Writes, by_name, slot_names
from haboot.checker.stating import always, step
from haboot.checker.tables import ActionTable, Layout, State

Mapped = Callable[[View], Writes]


@spelled
def refines(
    name: str, concrete: System, abstract: System, reads: Iterable[Named], mapping: Mapped
) -> tuple[Property, Property]:
    """State that one system refines another: a property of its initial states and one of its steps, to be checked.

    ``mapping`` returns the whole abstract state, from the slots that it ``reads``. Events are not compared, nor is what
    is promised to happen; the abstract system's constraint does not count, and a bound of it that is met is refused.

    >>> from haboot.checker import Action, Slot, check
    >>> def clock(last: int) -> System:
    ...     tick = Action("tick", ("t",), ("t",), lambda v: {"t": (v["t"] + 1) % last})
    ...     return System("clock", (Slot("t", range(last)),), ({"t": 0},), (tick,))
    >>> claims = refines("hours", clock(24), clock(12), ("t",), lambda v: {"t": v["t"] // 2})
    >>> [str(one.answer) for one in check(clock(24), claims).verdicts]
    ['HOLDS', 'HOLDS']
    """
    for what, given in (("the concrete system", concrete), ("the abstract system", abstract)):
        if not isinstance(given, System):
            raise wrong(f"refinement '{name}'", what, given, "a System")
    seen = _Abstract(name, abstract, mapping)
    read = slot_names(f"refinement '{name}'", "reads", reads)
    known = [slot.name for slot in concrete.slots]
    for one in read:
        if one not in known:
            raise ModelError(f"refinement '{name}' declares slot '{one}', which does not exist{nearest(one, known)}")
    starts = {tuple(state[one] for one in read) for state in constrained(concrete).initial}
    return (
        always(
            f"{name}: starts",
            read,
            lambda v: seen.of(v) in seen.initial,
            premise=lambda v: tuple(v[one] for one in read) in starts,  # what is mapped alike is judged alike
            statement=f"each initial state is one of '{abstract.name}'",
        ),
        step(f"{name}: steps", read, seen.allows, statement=f"each step is one of '{abstract.name}', or none"),
    )


class _Abstract:
    """The abstract system, as seen through a mapping; its states are places of values in the slots' domains."""

    def __init__(self, name: str, system: System, mapping: Mapped) -> None:
        if not callable(mapping):
            raise ModelError(f"refinement '{name}': a mapping is a function, not {shown(mapping)}")
        system = opened(system)
        self.place, self.system, self.mapping = f"refinement '{name}'", system, mapping
        self.layout = Layout(system)
        self.tables = [ActionTable(self.layout, action) for action in system.actions]
        self.initial = frozenset(map(self.layout.encoded, system.initial))
        self._following: dict[State, frozenset[State]] = {}

    def __made_of__(self) -> tuple[object, ...]:
        """Return what tells one from another, whatever was computed meanwhile."""
        return self.place, self.system, self.mapping

    def of(self, view: View) -> State:
        """Return the abstract state of a concrete one."""
        given: Any = self.mapping(view)
        if not isinstance(given, Mapping):
            raise ModelError(f"{self.place}: its mapping returned {shown(given)}; a value for each slot is due")
        values = by_name(given)
        if values.keys() != self.layout.position.keys():
            odd = sorted(map(str, values.keys() ^ self.layout.position.keys()))
            raise ModelError(f"{self.place}: its mapping gives too much or too little: {odd}")
        for slot in self.system.slots:
            with authored(f"{self.place}, slot '{slot.name}'"):
                fits = self.layout.place(slot.name, values[slot.name])
            if fits is None:
                raise outside(self.place, slot.name, values[slot.name], slot.domain)
        return self.layout.encoded(values)

    def allows(self, move: Move) -> bool:
        """Whether a step is one of the abstract system, or none."""
        before, after = self.of(move.before), self.of(move.after)
        return before == after or after in self.following(before)

    def following(self, state: State) -> frozenset[State]:
        """Return the abstract states that follow one by a step."""
        if state not in self._following:
            self._following[state] = frozenset(self._steps(state))
        return self._following[state]

    def _steps(self, state: State) -> Iterator[State]:
        for table in self.tables:
            for patch, label in table.compute(state):
                if patch is None:
                    bound = self.layout.labels[label][1]
                    raise ModelError(
                        f"{self.place}: '{self.system.name}' meets its bound '{bound}', which hides a step"
                    )
                changed = dict(patch)
                yield tuple(changed.get(place, index) for place, index in enumerate(state))
