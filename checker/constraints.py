"""A space cut on purpose: a system without the states that its constraint excludes.

The cut is made in the model, step by step, so no engine knows of it: what leads outside is cut as by a bound, and told
apart from one by its label.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from haboot.checker.boundary import ModelError
from haboot.checker.branches import Part, over
from haboot.checker.core import Action, Constraint, Outcome, System, Value, View
from haboot.checker.evaluating import evaluate


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
    reads = action.reads if action.is_found else tuple(dict.fromkeys((*action.reads, *constraint.reads)))

    def effect(view: View) -> Iterator[Outcome]:
        for one in evaluate(action, action.view(Part(action.reads, view.__getitem__))):
            inside = one.bound is not None or constraint.admits(Part(constraint.reads, over(view, one.writes)))
            yield one if inside else Outcome({}, one.events, constraint.mark)

    return replace(action, reads=reads, effect=effect)
