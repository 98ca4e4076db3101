"""Stepping through a space that no page can hold: each state is asked for, and answered by taking its steps.

A state travels as the places of its values in the slots' domains, with dots between. What lies around it is explored
anew each time, so that nothing of the whole space need be kept but what found the verdicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from haboot.checker import (
    Answer,
    Limits,
    ModelError,
    Query,
    StateGraph,
    StateSpace,
    System,
    Trace,
    Value,
    Verdict,
    View,
    explore,
    quiet,
    state_graph,
)
from haboot.checker.machines import Refusals
from haboot.diagrams.explorer import Explorable, head_of, told
from haboot.diagrams.looks import Looks, frame
from haboot.diagrams.space import WHOLLY, ending, violating

AHEAD = 2_000  # states around one that are looked at for what breaks a property


class Walker:
    """Answers what a page asks; every answer is data that goes into JSON.

    Raises ModelError for a state, a slot, a property or a value that there is not.
    """

    def __init__(self, given: Explorable[StateSpace]) -> None:
        self.given, self.system = given, given.space.system
        self.places = {
            slot.name: {value: place for place, value in enumerate(slot.domain)} for slot in self.system.slots
        }
        self.refusals = Refusals(given.composition) if given.composition else None
        self.traced = {one.property.name: one for one in given.verdicts if one.trace is not None}
        looks = Looks(self.system, given.order)
        for trace in (one.trace for one in self.traced.values() if one.trace is not None):
            for step in trace:
                looks.number(step.action, step.events, step.before, step.after)
        self.lanes = looks.lanes(looks.homes.hosts.values())

    def head(self) -> dict[str, Any]:
        """What a page must know before its first step."""
        given = self.given
        return {
            **head_of(given.name, given.summary, self.system, given.composition),
            "frame": frame(self.lanes),
            "starts": [self.key(state) for state in self.system.initial],
            "traces": [{**told(one), "steps": len(one.trace or ())} for one in self.traced.values()],
            "count": given.space.distinct,
            "cut": ", ".join(given.space.bounds_hit),
        }

    def key(self, state: Mapping[str, Value]) -> str:
        """Return a state as it travels."""
        return ".".join(str(self._place(name, state[name])) for name in self.places)

    def _place(self, name: str, value: Value) -> int:
        """Return the place of a slot's value; one without a domain has those that the search came to."""
        if value not in self.places[name]:
            raise ModelError(f"slot '{name}' comes to hold {value!r}, which the search did not meet; give it a domain")
        return self.places[name][value]

    def state(self, key: str) -> dict[str, Value]:
        """Return the state that came as a key."""
        parts = key.split(".")
        if len(parts) != len(self.places) or not all(one.isascii() and one.isdecimal() for one in parts):
            raise ModelError(f"no state is '{key[:80]}' (due: {len(self.places)} numbers with dots between)")
        return {
            slot.name: _value(slot.name, slot.domain, int(place))
            for slot, place in zip(self.system.slots, parts, strict=True)
        }

    def at(self, key: str) -> dict[str, Any]:
        """Return the steps of a state, why other internal actions take none, and which properties it breaks."""
        state = self.state(key)
        near = _near(self.system, state, 1)
        looks, steps = Looks(self.system, self.given.order), []
        for _, target, action, label in _leaving(near):
            after = near.values(target)
            look = looks.number(self.system.actions[action].name, near.events[label], state, after)
            steps.append({"target": self.key(after), "look": look})
        refused = [(name, self.refusals.reason(name, state)) for name in self.refusals.actions] if self.refusals else []
        return {
            "next": steps,
            "looks": looks.data(self.lanes),
            "refused": [[name, reason] for name, reason in refused if reason],
            "broken": [one.property.name for one in self.traced.values() if 0 in self._bad(near, one)],
        }

    def ahead(self, key: str, name: str) -> dict[str, Any]:
        """Return for each step of a state how many more lead to what breaks a property, None where none was found.

        ``whole`` says that all was looked at that can follow, ``within`` how many states were.
        """
        near = _near(self.system, self.state(key), AHEAD)
        far = distances(near, self._bad(near, self._verdict(name)))
        steps = [far.get(target) for _, target, _, _ in _leaving(near)]
        return {"steps": steps, "within": near.distinct, "whole": not near.bounds_hit}

    def trace(self, name: str) -> list[int]:
        """Return the trace of a property as a path: the initial state, then which step of each state."""
        trace = self._verdict(name).trace
        assert trace is not None  # noqa: S101 - those without are not known by name
        return self._path(trace)

    def find(self, reads: Sequence[str], accepted: Iterable[Sequence[int]]) -> list[int] | None:
        """Return a shortest path to a state whose slots hold one of the rows accepted, None where there is none."""
        slots = {slot.name: slot for slot in self.system.slots}
        for name in reads:
            if name not in slots:
                raise ModelError(f"'{self.system.name}' has no slot '{name}'")
        rows = {tuple(_value(n, slots[n].domain, at) for n, at in zip(reads, row, strict=True)) for row in accepted}
        names = tuple(reads)

        def meets(view: View) -> bool:
            return tuple(view[name] for name in names) in rows

        trace = self.given.space.first_state(Query("the page", names, meets))
        return None if trace is None else self._path(trace)

    def _path(self, trace: Trace) -> list[int]:
        initial = [self.key(state) for state in self.system.initial]
        path = [initial.index(self.key(trace.initial))]
        for step in trace:
            near = _near(self.system, step.before, 1)
            taken = [
                (self.key(near.values(to)), self.system.actions[action].name) for _, to, action, _ in _leaving(near)
            ]
            path.append(taken.index((self.key(step.after), step.action)))
        return path

    def _verdict(self, name: str) -> Verdict:
        if name not in self.traced:
            raise ModelError(f"no property '{name}' has a trace here (those that have: {', '.join(self.traced)})")
        return self.traced[name]

    def _bad(self, near: StateGraph, verdict: Verdict) -> frozenset[int]:
        """The states around that break a property, as far as states tell: else those in which its trace ends."""
        if verdict.answer is not Answer.VIOLATED or verdict.trace is None:
            return frozenset()
        if verdict.property.kind in WHOLLY:
            return violating(near, verdict)
        around = set[int]()
        for state in ending(verdict.trace):
            with suppress(KeyError):  # it is not around
                around.add(near.number(state))
        return frozenset(around)


def distances(space: StateGraph, goal: Iterable[int]) -> dict[int, int]:
    """Return by state how many steps the nearest of some states is away; those that lead to none are not in it.

    >>> from haboot.checker import Action, Limits, Slot, System, explore, quiet
    >>> up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 3 else None)
    >>> space = explore(System("count", (Slot("n", range(4)),), ({"n": 0},), (up,)), Limits(), quiet)
    >>> distances(space, {2})
    {2: 0, 1: 1, 0: 2}
    """
    back: dict[int, list[int]] = {}
    for source, target, _, _ in space.edges:
        back.setdefault(target, []).append(source)
    far = dict.fromkeys(goal, 0)
    queue = [*far]
    for state in queue:
        for before in back.get(state, ()):
            if before not in far:
                far[before] = far[state] + 1
                queue.append(before)
    return far


def _near(system: System, state: Mapping[str, Value], most: int) -> StateGraph:
    """What lies around a state, which is number 0; the states within the bound are expanded."""
    return state_graph(explore(replace(system, initial=(dict(state),)), Limits(max_states=most), quiet, "graph"), most)


def _leaving(near: StateGraph) -> list[tuple[int, int, int, int]]:
    return [edge for edge in near.edges if edge[0] == 0]


def _value(name: str, domain: Sequence[Value], place: int) -> Value:
    if not 0 <= place < len(domain):
        raise ModelError(f"slot '{name}' has no value number {place} (there are {len(domain)})")
    return domain[place]
