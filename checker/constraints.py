"""A space cut on purpose: a system without the states that its constraint excludes.

The cut is made in the model, step by step, so no engine knows of it: what leads outside is cut as by a bound, and told
apart from one by its label.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from haboot.checker.core import Action, Constraint, ModelError, Outcome, System, Value, View, evaluate


def constrained(system: System) -> System:
    """Return a system without the states that its constraint excludes: a step into one is cut, as by a bound.

    Raises ModelError where no initial state is left.
    """
    if system.constraint is None:
        return system
    kept = tuple(state for state in system.initial if _admits(system.constraint, state))
    if not kept:
        raise ModelError(f"system '{system.name}': {system.constraint.label} admits no initial state")
    actions = tuple(_kept_inside(action, system.constraint) for action in system.actions)
    return replace(system, initial=kept, actions=actions)


def _admits(constraint: Constraint, state: Mapping[str, Value]) -> bool:
    return constraint.admits({name: state[name] for name in constraint.reads})


def _kept_inside(action: Action, constraint: Constraint) -> Action:
    if set(action.writes).isdisjoint(constraint.reads):
        return action
    reads = tuple(dict.fromkeys((*action.reads, *constraint.reads)))

    def effect(view: View) -> Iterator[Outcome]:
        for one in evaluate(action, View(_Part(action.reads, view), f"action '{action.name}'")):
            inside = one.bound is not None or constraint.admits(_After(constraint.reads, view, one.writes))
            yield one if inside else Outcome({}, one.events, constraint.label)

    return replace(action, reads=reads, effect=effect)


class _Part(Mapping[str, Value]):
    """Some slots of a view, looked up there on demand so that it notes what is read."""

    def __init__(self, names: tuple[str, ...], view: View) -> None:
        self.names, self.view = names, view

    def __getitem__(self, name: str) -> Value:
        if name not in self.names:
            raise KeyError(name)
        return self.view[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


class _After(_Part):
    """The same with some slots already written."""

    def __init__(self, names: tuple[str, ...], view: View, writes: Mapping[str, Value]) -> None:
        super().__init__(names, view)
        self.writes = writes

    def __getitem__(self, name: str) -> Value:
        return self.writes[name] if name in self.writes and name in self.names else super().__getitem__(name)
