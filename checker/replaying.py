"""Confirm a trace on the live system before anyone is shown it.

Tables are what was explored; replay runs the model's own code again, with running machines where the model has them,
and compares every slot after every step. A difference is a defect of the checker and raises EngineError.
"""

from __future__ import annotations

from collections.abc import Mapping

from haboot.checker.boundary import EngineError
from haboot.checker.core import Action, System, Value
from haboot.checker.evaluating import evaluate
from haboot.checker.traces import Step, Trace


class Replays:
    """Traces of one system, replayed on a live twin that begins anew for each where it can, and is made anew if not."""

    def __init__(self, system: System) -> None:
        self._system, self._twin = system, system

    def confirm(self, trace: Trace) -> None:
        """Run a trace on the live system; raise EngineError where the run and the trace part."""
        begin = self._twin.live or self._system.live
        if begin is not None:
            self._twin = begin()
        _run(self._system.name, self._twin, trace)


def replay(system: System, trace: Trace) -> None:
    """Run a trace on the live system; raise EngineError where the run and the trace part."""
    Replays(system).confirm(trace)


def _run(name: str, live: System, trace: Trace) -> None:
    actions = {action.name: action for action in live.actions}
    state: Mapping[str, Value] = dict(trace.initial)
    if not any(dict(start) == state for start in live.initial):
        raise EngineError(f"{name}: the trace starts in {dict(state)}, which is no initial state")
    for number, step in enumerate(trace.steps, start=1):
        place = f"{name}: step {number}, '{step.action}'"
        if step.action not in actions:
            raise EngineError(f"{place}: the live system has no such action")
        state = taken(actions[step.action], state, step, place)
    if trace.loop is not None:
        back = trace.steps[trace.loop].before if trace.loop < len(trace.steps) else state
        if dict(back) != dict(state):
            raise EngineError(f"{name}: the loop does not return to where it starts")


def taken(action: Action, state: Mapping[str, Value], step: Step, place: str) -> dict[str, Value]:
    """Return the state after one step, taken live; raise EngineError unless the record is among the live results."""
    results = evaluate(action, action.view(state))
    for result in results:
        after = {**state, **result.writes}
        if after == dict(step.after) and result.events == step.events:
            return dict(step.after)  # whose values are those of the domains, where others may equal them
    seen = [{**result.writes} for result in results]
    wanted = {name: new for name, (_, new) in step.changes.items()}
    raise EngineError(f"{place}: the table changes {wanted}, the live machines give {seen or 'no step'}")
