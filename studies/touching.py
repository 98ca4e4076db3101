"""Which amendments could matter to a counterexample: all others leave it a counterexample of the draft that they amend.

A run of the draft with some amendments is a run with others as well, if both agree on the rows of each trigger that a
machine takes or could take where the run leads: an amendment edits rows, and wires nothing otherwise that rows look at.
For a state or a step that breaks a property these are the triggers taken. For rest, and for a loop, they are those of
every row that leads from where a machine rests or loops, since one more step could end it; for a state from which a
goal is out of reach, those of all rows that lead from where machines can come from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from haboot.checker import (
    RUNS,
    Fired,
    Kind,
    Limits,
    Received,
    Step,
    System,
    Trace,
    Value,
    Verdict,
    explore,
    homes,
    quiet,
    state_graph,
)
from haboot.model import AMENDMENTS, PARTICIPANTS, Amendment, Change, Scenario, changed, composition, of, system

MOST = 3_000  # states from which a goal is out of reach; beyond these every amendment could matter
Place = tuple[str, object, Value]  # a participant, a trigger, and the state that it is taken in


@dataclass(frozen=True)
class Met:
    """What a counterexample meets: triggers taken, states in which it stays, and messages that wait there."""

    taken: frozenset[Place]
    resting: frozenset[tuple[str, Value]] = frozenset()
    awaited: bool = False
    everything: bool = False


def touching(scenario: Scenario, verdict: Verdict) -> frozenset[str]:
    """Return the amendments, made or not, of which a counterexample of a scenario says nothing without them."""
    claim, trace = verdict.property, verdict.trace
    if trace is None:
        return frozenset(AMENDMENTS)
    met = _met(scenario, claim.kind, trace)
    return frozenset(
        name
        for name, one in AMENDMENTS.items()
        if met.everything or claim.name in one.retired or _matters(scenario, one, met)
    )


def _matters(scenario: Scenario, amendment: Amendment[object], met: Met) -> bool:
    if amendment.joins is not None or amendment.bootstraps:
        return True  # it changes who takes a step, or whom properties speak of
    if met.resting and amendment.shares is not None:
        return True
    return any(_is_met(one, met) for one in _changes(scenario.amendments, amendment.name))


@cache
def _changes(among: frozenset[str], name: str) -> tuple[Change, ...]:
    """What an amendment changes beside others, and the rows whose triggers it lets fire."""
    freed = AMENDMENTS[name].freed
    rows = ((kind, row) for kind, one in PARTICIPANTS.items() for row in one.rows if row.trigger in freed)
    return (*changed(PARTICIPANTS, name, among), *(Change(kind, row, added=True) for kind, row in rows))


def _is_met(change: Change, met: Met) -> bool:
    for state in change.row.source:
        if (change.participant, change.row.trigger, state) in met.taken:
            return True
        waits = met.awaited or isinstance(change.row.trigger, str)
        if waits and (change.participant, state) in met.resting:
            return True
    return False


def _met(scenario: Scenario, kind: Kind, trace: Trace) -> Met:
    kinds = {one.name: one.participant.name for one in composition(scenario).instances}
    taken = frozenset(place for step in trace for place in _taken(step, kinds))
    if kind in {Kind.ALWAYS, Kind.STEP}:
        return Met(taken)
    product = system(scenario)
    states: Iterable[Mapping[str, Value]] = [trace.final]
    if kind in RUNS:
        states = [step.after for step in trace.steps[trace.loop :]] or states
    if kind is Kind.RECOVERABLE:
        region = _region(product, trace.final)
        if region is None:
            return Met(taken, everything=True)
        states, more = region
        taken |= frozenset(place for step in more for place in _taken(step, kinds))
    every = tuple(states)
    resting = frozenset((kinds[name], state[of(name).state]) for state in every for name in kinds)
    channels = homes(product.slots).channels
    empty = {slot.name: slot.domain[0] for slot in product.slots if slot.name in channels}
    return Met(taken, resting, any(state[name] != empty[name] for state in every for name in empty))


def _taken(step: Step, kinds: Mapping[str, str]) -> Iterator[Place]:
    """What machines take in a step, also a message that none of their rows takes."""
    for event in step.events:
        if isinstance(event, Fired):
            state = step.before[of(event.instance).state]
            yield from ((kinds[event.instance], one, state) for one in _triggers(event, step))
        elif isinstance(event, Received):
            for name, kind in kinds.items():
                if step.action.startswith(f"{name} receives "):
                    yield kind, type(event.message), step.before[of(name).state]


def _triggers(event: Fired, step: Step) -> Iterator[object]:
    yield event.trigger
    yield from (type(one.message) for one in step.events if isinstance(one, Received))


def _region(product: System, start: Mapping[str, Value]) -> tuple[list[Mapping[str, Value]], list[Step]] | None:
    """The states that can be reached from one, and the steps there; None where they are too many."""
    from_there = replace(product, initial=(start,), live=None)
    space = state_graph(explore(from_there, Limits(MOST), quiet, engine="graph"), MOST)
    if space.bounds_hit:
        return None
    values = [space.values(number) for number in range(space.distinct)]
    names = [action.name for action in product.actions]
    steps = [Step(names[a], space.events[e], values[s], values[t]) for s, t, a, e in space.edges]
    return list(values), steps
