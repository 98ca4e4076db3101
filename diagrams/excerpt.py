"""The part of a state space that some traces visit, for a page that cannot hold all of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping

from haboot.checker import Edge, System, Trace, Value


class Excerpt:
    """States and steps of traces, numbered in the order in which they are met; see StateGraph for its parts."""

    bounds_hit: tuple[str, ...] = ()

    def __init__(self, system: System, traces: Iterable[Trace]) -> None:
        self.system = system
        self.places = {slot.name: {value: place for place, value in enumerate(slot.domain)} for slot in system.slots}
        self.numbers: dict[tuple[int, ...], int] = {}
        self.events: list[tuple[Hashable, ...]] = []
        every, found = tuple(traces), set[Edge]()
        self.starts = tuple(dict.fromkeys(self._met(trace.initial) for trace in every))
        actions = {action.name: number for number, action in enumerate(system.actions)}
        labels: dict[tuple[Hashable, ...], int] = {}
        for step in (step for trace in every for step in trace):
            label = labels.setdefault(step.events, len(labels))
            found.add((self._met(step.before), self._met(step.after), actions[step.action], label))
        self.events = [*labels]
        self.edges = sorted(found, key=lambda edge: (edge[0], edge[2], edge[1], edge[3]))
        self.states = [*self.numbers]

    def _met(self, state: Mapping[str, Value]) -> int:
        key = tuple(self.places[name][state[name]] for name in self.places)
        return self.numbers.setdefault(key, len(self.numbers))

    def number(self, state: Mapping[str, Value]) -> int:
        """See StateGraph."""
        return self._met(state)

    def values(self, number: int) -> Mapping[str, Value]:
        """See StateGraph."""
        pairs = zip(self.system.slots, self.states[number], strict=True)
        return {slot.name: slot.domain[place] for slot, place in pairs}
