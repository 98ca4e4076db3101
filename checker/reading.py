"""Traces that others wrote as ITF (Apalache, Quint, or this package), taken for runs of a system.

Each state is looked up in the system's domains, and between two states an action is sought that leads from one to the
other: the one that is named, or the first that does. What is no run of the system is refused, with the step at fault.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from haboot.checker.boundary import ModelError, nearest, spelled, wrong
from haboot.checker.boundary import told as cut
from haboot.checker.core import Action, Outcome, System, Value
from haboot.checker.evaluating import evaluate
from haboot.checker.itf import encoded
from haboot.checker.traces import Step, Trace, homes


@spelled
def from_itf(system: System, given: Mapping[str, Any]) -> Trace:
    """Return what an ITF file holds, as ``json.load`` gives it, as a trace of a system; raise ModelError if it is none.

    A state that repeats the one before, without a step of the system that does, is stuttering and left out.

    >>> from haboot.checker import Slot, as_itf, check, always
    >>> up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 3 else None)
    >>> count = System("count", (Slot("n", range(4)),), ({"n": 0},), (up,))
    >>> trace = check(count, [always("low", ("n",), lambda v: v["n"] < 2)])["low"].trace
    >>> from_itf(count, as_itf(trace, {})) == trace
    True
    """
    if not isinstance(system, System):
        raise wrong("a trace", "the system", system, "a System")
    return _Reading(system).trace(given)


class _Reading:
    """The values of a system's slots by their form in ITF."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.actions = {action.name: action for action in system.actions}
        self.values: dict[str, dict[str, Value]] = {
            slot.name: {_form(encoded(one)): one for one in slot.domain} for slot in system.slots
        }

    def trace(self, given: object) -> Trace:
        """Return the trace in a file."""
        states = given.get("states") if isinstance(given, Mapping) else None
        if not isinstance(given, Mapping) or not isinstance(states, list) or not states:
            raise ModelError(f"a trace in ITF has a list of states, and {cut(given)} has none")
        read = [self.state(number, one) for number, one in enumerate(states)]
        if not any(dict(one) == read[0] for one in self.system.initial):
            raise ModelError(f"the trace starts in {cut(read[0])}, which is no initial state of '{self.system.name}'")
        steps, place = list[Step](), [0]
        for number, before in enumerate(read[:-1], start=1):
            steps += self.taken(number, before, read[number], _named(states[number]))
            place.append(len(steps))
        return Trace(read[0], tuple(steps), self.loop(given, read, place), homes(self.system.slots))

    def state(self, number: int, given: object) -> dict[str, Value]:
        """Return a state by the names of slots."""
        if not isinstance(given, Mapping):
            raise ModelError(f"state {number} of the trace is {cut(given)}; an object of values by name is due")
        for name in given:
            if name not in self.values and name != "#meta":
                fault = f"has a variable that is no slot: {cut(name)}{nearest(str(name), self.values)}"
                raise ModelError(f"state {number} of the trace {fault}")
        if missing := [name for name in self.values if name not in given]:
            raise ModelError(f"state {number} of the trace gives no value to '{missing[0]}'")
        return {name: self.value(number, name, given[name]) for name in self.values}

    def value(self, number: int, name: str, given: object) -> Value:
        """Return the value of a slot."""
        form = _form(given)
        if form not in self.values[name]:
            raise ModelError(f"state {number} of the trace: slot '{name}' cannot hold {cut(given)}")
        return self.values[name][form]

    def taken(self, number: int, before: dict[str, Value], after: dict[str, Value], name: object) -> Iterator[Step]:
        """Yield the step between two states, none where the run stutters."""
        if name is not None and name not in self.actions:
            raise ModelError(f"step {number} of the trace: no action {cut(name)}{nearest(str(name), self.actions)}")
        for action in self.system.actions if name is None else (self.actions[str(name)],):
            for made in _results(action, before):
                if {**before, **made.writes} == after:
                    yield Step(action.name, made.events, before, after)
                    return
        if name is not None or before != after:
            changed = {slot: value for slot, value in after.items() if before[slot] != value}
            what = "no action" if name is None else f"not action {cut(name)}"
            raise ModelError(f"step {number} of the trace: {what} leads to {cut(changed)} there")

    def loop(self, given: Mapping[str, Any], read: Sequence[Mapping[str, Value]], place: Sequence[int]) -> int | None:
        """Return the step to which the last state returns."""
        loop = given.get("loop")
        if loop is None:
            return None
        if not isinstance(loop, int) or isinstance(loop, bool) or not 0 <= loop < len(read):
            raise ModelError(f"the trace's loop is {cut(loop)}; the number of one of its {len(read)} states is due")
        if read[loop] != read[-1]:
            raise ModelError(f"the trace's last state is not state {loop}, to which its loop returns")
        return place[loop]


def _named(state: Mapping[str, Any]) -> object:
    meta = state.get("#meta")
    return meta.get("action") if isinstance(meta, Mapping) else None


def _results(action: Action, before: Mapping[str, Value]) -> Iterator[Outcome]:
    return (one for one in evaluate(action, action.view(before)) if one.bound is None)


def _form(given: object) -> str:
    """Return a value in ITF as text: the same for the same value, however a tool writes numbers, lists and sets."""
    try:
        return json.dumps(_plain(given), sort_keys=True)
    except RecursionError:
        raise ModelError(f"a trace in ITF holds {cut(given)}, nested too deeply to be a value") from None


def _plain(given: object) -> object:
    match given:
        case {"#bigint": str(digits)} if digits.removeprefix("-").isdecimal() and len(digits) < 4000:
            return int(digits)
        case {"#tup": list(members)} | list(members):
            return {"#tup": [_plain(one) for one in members]}
        case {"#set": list(members)}:
            return {"#set": sorted((_plain(one) for one in members), key=lambda one: json.dumps(one, sort_keys=True))}
        case dict():
            return {str(name): _plain(one) for name, one in given.items()}
        case None | bool() | int() | float() | str():
            return given
    raise ModelError(f"a trace in ITF is made of what JSON has, not of {cut(given)}")
