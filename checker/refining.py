"""Refinement: whether a system does only what another one allows, its states seen through a mapping.

A refinement mapping takes each state of the concrete system to one of the abstract system, such that initial states go
to initial states, and each step to a step of the abstract system or to none (Abadi and Lamport, The existence of
refinement mappings, 1991). Both are properties of the concrete system, so every engine answers them, with a trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from haboot.checker.boundary import ModelError, authored, members, nearest, require_known, shown, spelled, wrong
from haboot.checker.constraints import constrained
from haboot.checker.core import System, outside
from haboot.checker.opening import opened
from haboot.checker.properties import Clause, Fairness, Kind, Move, Property
from haboot.checker.slots import Named, View, Writes, by_name, slot_names
from haboot.checker.spaces import counting
from haboot.checker.stating import always, step
from haboot.checker.tables import ActionTable, Layout, State, asked

Mapped = Callable[[View], Writes]


@spelled
def refines(
    name: str,
    concrete: System,
    abstract: System,
    reads: Iterable[Named],
    mapping: Mapped,
    *,
    promised: Iterable[Fairness] = (),
    fairness: Iterable[Fairness] = (),
) -> tuple[Property, ...]:
    """State that one system refines another: a property of its initial states and one of its steps, to be checked.

    ``mapping`` returns the whole abstract state, from the slots that it ``reads``. What the abstract system has
    ``promised`` is a property more for each promise: every run of the concrete one that keeps its own ``fairness``
    keeps it, seen through the mapping. Events are not compared; the abstract system's constraint does not count, and a
    bound of it that is met is refused.

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
        *(_kept(name, seen, read, promise, fairness) for promise in _promises(name, abstract, promised)),
    )


def _promises(name: str, abstract: System, promised: Iterable[Fairness]) -> Iterator[Fairness]:
    known = [action.name for action in abstract.actions]
    for one in members(f"refinement '{name}'", "promised", promised, Fairness, "a Fairness"):
        for action in sorted(one.actions):
            require_known(f"refinement '{name}', {one.label}", "action", action, known)
        for slot in one.reads:
            require_known(f"refinement '{name}', {one.label}", "slot", slot, (each.name for each in abstract.slots))
        yield one


def _kept(
    name: str, seen: _Abstract, read: tuple[str, ...], promise: Fairness, fairness: Iterable[Fairness]
) -> Property:
    """State that runs keep a promise of the abstract system: what is enabled for ever, or again and again, is taken."""
    kind, often = (Kind.STAYS, "again and again") if promise.strong else (Kind.INFINITELY_OFTEN, "for ever")
    clause = Clause(
        read,
        lambda v: not seen.taking(promise, seen.of(v)),
        unless=lambda move: seen.of(move.after) in seen.taking(promise, seen.of(move.before)),
    )
    told = f"what is promised of '{seen.system.name}', and enabled {often}, happens again and again"
    return Property(f"{name}: {promise.name}", kind, (clause,), told, fairness=fairness)


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
        self._moves: dict[State, tuple[tuple[int, int, State], ...]] = {}
        self._taking: dict[tuple[Fairness, State], frozenset[State]] = {}

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
        return before == after or any(after == other for _, _, other in self.moves(before))

    def taking(self, promise: Fairness, state: State) -> frozenset[State]:
        """Return where the steps lead that count for a promise, but for those that change nothing."""
        where = promise, state
        if where not in self._taking:
            some = (move for move in self.moves(state) if self._counts(promise, state, *move))
            self._taking[where] = frozenset(after for _, _, after in some if after != state)
        return self._taking[where]

    def _counts(self, promise: Fairness, before: State, action: int, label: int, after: State) -> bool:
        name = self.system.actions[action].name
        query = counting(promise)
        if query is None or name not in promise.actions:
            return name in promise.actions
        pick = self.layout.picker(promise.reads)
        old, new = (
            View(self.layout.values(promise.reads, pick(one)), f"{self.place}, {promise.label}")
            for one in (before, after)
        )
        return asked(query, Move(old, self.layout.names[name], self.layout.labels[label][0], new), {"action": name})

    def moves(self, state: State) -> tuple[tuple[int, int, State], ...]:
        """Return the steps of an abstract state: the action, its label and the state after."""
        if state not in self._moves:
            self._moves[state] = tuple(self._steps(state))
        return self._moves[state]

    def _steps(self, state: State) -> Iterator[tuple[int, int, State]]:
        for number, table in enumerate(self.tables):
            for patch, label in table.compute(state):
                if patch is None:
                    bound = self.layout.labels[label][1]
                    raise ModelError(
                        f"{self.place}: '{self.system.name}' meets its bound '{bound}', which hides a step"
                    )
                changed = dict(patch)
                yield number, label, tuple(changed.get(place, index) for place, index in enumerate(state))
