"""Actions and predicates as tables over the slots that they declare.

An engine never calls model code twice for the same values: each table entry is computed once, on first use, and checked
there (domain, determinism, declared writes). States are tuples of domain indices, in slot order.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeAlias

from haboot.checker.boundary import SLIPS, EngineError, ModelError, nearest, shown
from haboot.checker.branches import Part, Unseen
from haboot.checker.core import Action, Outcome, System, Value, View, outside
from haboot.checker.evaluating import Steady, evaluate
from haboot.checker.properties import Move, action_names
from haboot.checker.slots import Found, Slot, Unsaid
from haboot.checker.spaces import Query

State: TypeAlias = tuple[int, ...]
Key: TypeAlias = Any
Patch: TypeAlias = tuple[tuple[int, int], ...]
Entry: TypeAlias = tuple[tuple[Patch | None, int], ...]


class Layout:
    """Slot positions and value indices of one system, and the events seen, by number.

    While it ``grows``, a slot whose values are found on the way takes any other value.
    """

    def __init__(self, system: System) -> None:
        self.slots = system.slots
        self.position = {slot.name: place for place, slot in enumerate(system.slots)}
        self.index = {slot.name: _places(slot) for slot in system.slots}
        self.grows = True
        self.names = action_names(action.name for action in system.actions)
        self.labels: list[tuple[tuple[Hashable, ...], str | None]] = []
        self._label_of: dict[tuple[tuple[Hashable, ...], str | None], int] = {}

    def place(self, name: str, value: Value) -> int | None:
        """Return the index of a slot's value; None where the slot cannot hold it."""
        found = self.index[name].get(value)
        domain = self.slots[self.position[name]].domain
        return domain.add(value) if found is None and self.grows and isinstance(domain, Found) else found

    def encoded(self, values: Mapping[str, Value]) -> State:
        """Return a state as domain indices."""
        return tuple(self.index[slot.name][values[slot.name]] for slot in self.slots)

    def all_encoded(self, states: Sequence[Mapping[str, Value]]) -> list[list[int]]:
        """Return several states as domain indices, a list a slot."""
        return [[self.index[slot.name][values[slot.name]] for values in states] for slot in self.slots]

    def decoded(self, state: State) -> dict[str, Value]:
        """Return a state as values by slot name."""
        return {slot.name: slot.domain[i] for slot, i in zip(self.slots, state, strict=True)}

    def picker(self, names: tuple[str, ...]) -> Callable[[State], Key]:
        """Return the function that takes the named slots out of a state, as a key for a table."""
        return itemgetter(*[self.position[name] for name in names]) if names else _no_slots

    def values(self, names: tuple[str, ...], key: Key) -> dict[str, Value]:
        """Return a key of ``picker`` as values by slot name."""
        indices = key if len(names) > 1 else (key,) if names else ()
        return {name: self.slots[self.position[name]].domain[i] for name, i in zip(names, indices, strict=True)}

    def label(self, events: tuple[Hashable, ...], bound: str | None) -> int:
        """Return the number that stands for these events."""
        given = (events, bound)
        if given not in self._label_of:
            self._label_of[given] = len(self.labels)
            self.labels.append(given)
        return self._label_of[given]


def _no_slots(_: State) -> Key:
    return ()


def _places(slot: Slot) -> dict[Value, int]:
    """Return the index of each value of a slot, which grows as the domain does."""
    domain = slot.domain
    return domain.places if isinstance(domain, Found) else {value: place for place, value in enumerate(domain)}


class ActionTable:
    """The results of one action by the values that it reads; an entry is (patch, label), patch None at a bound.

    An action that declares no reads is tabulated over the slots that it has looked at so far: where it looks at one
    more, what is known begins anew. States that agree in all that it looked at in one of them are alike to it, since
    what it looks at next depends on what it saw.
    """

    def __init__(self, layout: Layout, action: Action) -> None:
        self.layout, self.action = layout, action
        self.names = () if action.is_found else action.reads
        self.key = layout.picker(self.names)
        self.entries: dict[Key, Entry] = {}
        self.looked: dict[Key, tuple[str, ...]] = {}

    def compute(self, state: State) -> Entry:
        """Evaluate the action at a state, twice, and store the result and the slots that it looked at."""
        layout, names = self.layout, self.names
        values = layout.decoded(state) if self.action.is_found else layout.values(names, self.key(state))
        entry, looked = computed(layout, self.action, values)
        if more := [name for name in looked if name not in names]:
            self.names = (*names, *more)
            self.key = layout.picker(self.names)
            self.entries.clear()
            self.looked.clear()
        key = self.key(state)
        self.entries[key], self.looked[key] = entry, looked
        return entry


def computed(layout: Layout, action: Action, values: Mapping[str, Value]) -> tuple[Entry, tuple[str, ...]]:
    """Return what an action gives for the values that it declares, and the slots it looked at.

    It is evaluated twice, unless its effect is Steady.
    """
    owner = f"action '{action.name}'"
    view = View(values, owner, whole=action.is_found)
    try:
        first = evaluate(action, view)
        again = first if isinstance(action.effect, Steady) else evaluate(action, view)
        if first != again:
            raise ModelError(
                f"{owner} is not deterministic: for {shown(dict(values))} it gave {shown(first)} and then "
                f"{shown(again)}; several results at once are a choice, but each call must give the same ones"
            )
        entry = tuple((_patch(layout, action, one), layout.label(one.events, one.bound)) for one in first)
    except ModelError as error:
        error.looked = tuple(view.read)
        raise
    except EngineError:
        raise
    except SLIPS as error:
        due = "values and events that can be hashed and compared are due"
        raise ModelError(f"{owner}: what it gives raised {type(error).__name__}: {error}; {due}") from error
    return entry, tuple(view.read)


def _patch(layout: Layout, action: Action, made: Outcome) -> Patch | None:
    """Return what an outcome writes, by place and index; None where a bound cuts it."""
    patch = list[tuple[int, int]]()
    for name, value in made.writes.items():
        if name not in action.writes:
            hint = nearest(str(name), action.writes)
            owner = f"action '{action.name}'"
            what = "does not exist" if isinstance(action.writes, Unsaid) else "it does not declare"
            raise ModelError(f"{owner} writes slot '{name}', which {what}: {tuple(action.writes)}{hint}")
        index = layout.place(name, value)
        if index is None:
            raise outside(f"action '{action.name}'", name, value, layout.slots[layout.position[name]].domain)
        patch.append((layout.position[name], index))
    return tuple(sorted(patch)) if made.bound is None else None


class StateTable:
    """A predicate over states, tabulated as it is asked."""

    def __init__(self, layout: Layout, query: Query) -> None:
        require_slots(layout, query)
        self.layout, self.query = layout, query
        self.key = layout.picker(query.reads)
        self.known: dict[Key, bool] = {}

    def __call__(self, state: State) -> bool:
        """Answer for one state."""
        key = self.key(state)
        if key not in self.known:
            values = self.layout.values(self.query.reads, key)
            self.known[key] = asked(self.query, View(values, self.query.owner), values)
        return self.known[key]


class StepTable:
    """A predicate over steps, tabulated as it is asked; ``key`` takes what it reads out of a state."""

    def __init__(self, layout: Layout, query: Query) -> None:
        require_slots(layout, query)
        self.layout, self.query = layout, query
        self.key = layout.picker(query.reads)
        self.known: dict[tuple[Key, str, int, Key], bool] = {}

    def __call__(self, before: Key, action: str, label: int, after: Key) -> bool:
        """Answer for one step; ``before`` and ``after`` are keys."""
        key = (before, action, label, after)
        if key not in self.known:
            old, new = (self.layout.values(self.query.reads, part) for part in (before, after))
            self.known[key] = self._asked(old, action, label, new)
        return self.known[key]

    def may_meet(self, action: str, label: int) -> bool:
        """Whether a step of an action with a label may meet the query: False if it never does, whatever slots hold."""
        looked = list[str]()

        def see(name: str) -> Value:
            looked.append(name)
            raise Unseen(name)

        unseen = Part(self.query.reads, see)
        try:
            return self._asked(unseen, action, label, unseen) or bool(looked)
        except (Unseen, ModelError):
            return True

    def _asked(self, old: Mapping[str, Value], action: str, label: int, new: Mapping[str, Value]) -> bool:
        owner = self.query.owner
        move = Move(View(old, owner), self.layout.names[action], self.layout.labels[label][0], View(new, owner))
        return asked(self.query, move, {"before": old, "action": action, "after": new})


def require_slots(layout: Layout, query: Query) -> None:
    """Raise ModelError when a query declares a slot that the system does not have."""
    for name in query.reads:
        if name not in layout.position:
            raise ModelError(f"{query.owner} declares slot '{name}', which does not exist")


def asked(query: Query, subject: View | Move, given: Mapping[str, object]) -> bool:
    """Put one question, with errors that name its owner and what it was asked."""
    try:
        answer = query.test(subject)
        for view in (subject.before, subject.after) if isinstance(subject, Move) else (subject,):
            view.require_declared()
        return answer
    except (ModelError, EngineError):
        raise
    except SLIPS as error:
        raise ModelError(f"{query.owner} raised {type(error).__name__}: {error} (given {dict(given)})") from error
