"""Captures to judge: traces of findings as packets, changed in ways that are known, and a second way to judge them.

The second way explores a scenario whole with the graph engine and follows messages through its edges; it shares no code
with the search that ``haboot conform`` runs, nor with what reads packets.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import pytest
from haboot.checker import Limits, Message, Participant, Sent, StateGraph, Trace, explore, quiet, state_graph
from haboot.ledger import FINDINGS, Finding
from haboot.model import VARIANTS, BindingUpdate, CreateChildSaRequest, HomeAgentSwitch, Scenario, composition
from haboot.model import system as made_system
from haboot.properties import explored
from haboot.wire import Heard, Plan, heard, usual
from haboot.wire.hearing import Raw
from haboot.wire.writing import Written, packets

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
SILENT = {"returned-agent-forgot", "mn-initiated-waits-for-ever", "switch-current-needs-a-live-agent"}
HEARD = tuple(one for one in FINDINGS if one.name not in SILENT)


class Letter(NamedTuple):
    """A message between two hosts, as the second way sees it."""

    source: str
    target: str
    message: Message


def plan_of(scenario: Scenario) -> Plan:
    return usual(scenario, shared=VARIANTS[scenario.variant].shares_address)


@cache
def trace_of(finding: Finding) -> Trace:
    found = explored(finding.scenario, only=(finding.claim,)).report()[finding.claim].trace
    assert found is not None
    return found


def word_of(trace: Trace) -> tuple[Letter, ...]:
    events = (event for step in trace for event in step.events)
    return tuple(Letter(one.source, one.target, one.message) for one in events if isinstance(one, Sent))


@cache
def written_of(finding: Finding) -> tuple[Written, ...]:
    return packets(trace_of(finding), composition(finding.scenario), plan_of(finding.scenario))


def listened(frames: Sequence[bytes]) -> list[Heard]:
    """What is heard of frames, in their order."""
    raws = (Raw(number, float(number), 1, frame, whole=True) for number, frame in enumerate(frames, start=1))
    return [one for one in map(heard, raws) if one is not None]


# the second way


@cache
def graph_of(scenario: Scenario) -> StateGraph:
    space = explore(made_system(scenario), Limits(), quiet, "graph")
    assert not space.bounds_hit
    return state_graph(space, space.distinct)


def graph_with(scenario: Scenario, participants: Mapping[str, Participant]) -> StateGraph:
    """The graph of a scenario with some participants replaced, as far as channels hold what is sent."""
    space = explore(made_system(scenario, participants), Limits(), quiet, "graph")
    return state_graph(space, space.distinct)


def explained(
    scenario: Scenario, word: Sequence[Letter], seen: Sequence[Letter], graph: StateGraph | None = None
) -> int:
    """How many letters of a word some run of a scenario sends, from the first; of others than ``seen`` none is seen.

    ``graph`` may be that of a mutant.
    """
    graph = graph or graph_of(scenario)
    tapped = {_kind(letter) for letter in seen}
    onward = dict[int, list[tuple[int, tuple[Letter, ...]]]]()
    for source, target, _, outcome in graph.edges:
        sent = (Letter(one.source, one.target, one.message) for one in graph.events[outcome] if isinstance(one, Sent))
        onward.setdefault(source, []).append((target, tuple(one for one in sent if _kind(one) in tapped)))
    places = {(state, ()) for state in graph.starts}
    for number, letter in enumerate(word):
        waiting, reached = [*places], {*places}
        after = set[tuple[int, tuple[Letter, ...]]]()
        while waiting:
            state, due = waiting.pop()
            if due:
                if due[0] == letter:
                    after.add((state, due[1:]))
                continue
            for one in onward.get(state, ()):
                if one not in reached:
                    reached.add(one)
                    waiting.append(one)
        if not after:
            return number
        places = after
    return len(word)


def _kind(letter: Letter) -> str:
    ends = {letter.source, letter.target}
    node = any(end.startswith("MN") for end in ends)
    if "DNS" in ends:
        return "node and DNS" if node else "agent and DNS"
    return "nodes" if node or "home link" in ends else "agents"


# changes


class Changed(NamedTuple):
    """A capture that was changed: how, its frames, and the messages that it now is made of."""

    how: str
    frames: tuple[bytes, ...]
    word: tuple[Letter, ...]


def changed(finding: Finding, rng: random.Random) -> Changed:
    """Change the capture of a finding in one way."""
    word, written = word_of(trace_of(finding)), written_of(finding)
    frames = [bytes(one.packet) for one in written]
    ways = [*_orders(word, frames, rng), *_fields(finding, word, frames)]
    return rng.choice(ways)


def _orders(word: Sequence[Letter], frames: Sequence[bytes], rng: random.Random) -> Iterator[Changed]:
    at = rng.randrange(len(word))
    if len(word) > 1:
        yield Changed(f"dropped {at}", (*frames[:at], *frames[at + 1 :]), (*word[:at], *word[at + 1 :]))
    yield Changed(f"repeated {at}", (*frames[: at + 1], *frames[at:]), (*word[: at + 1], *word[at:]))
    later = rng.randrange(at, len(word))
    if word[at] != word[later]:
        order = [*range(len(word))]
        order[at], order[later] = later, at
        yield Changed(f"swapped {at} {later}", tuple(frames[one] for one in order), tuple(word[one] for one in order))


def _fields(finding: Finding, word: Sequence[Letter], frames: Sequence[bytes]) -> Iterator[Changed]:
    """A field of one message changed, as a faulty implementation would have it."""
    for at, letter in enumerate(word):
        for other in _faulty(letter):
            frame = _rebuilt(finding, at, other)
            yield Changed(
                f"{letter.message} for {other.message} to {other.target} at {at}",
                (*frames[:at], frame, *frames[at + 1 :]),
                (*word[:at], other, *word[at + 1 :]),
            )


def _faulty(letter: Letter) -> Iterator[Letter]:
    message = letter.message
    if isinstance(message, HomeAgentSwitch):
        yield letter._replace(message=replace(message, bootstrap=not message.bootstrap))
        yield letter._replace(message=replace(message, addresses=("M",)))
    if isinstance(message, CreateChildSaRequest):
        yield letter._replace(message=replace(message, tsr="M1"))
    if isinstance(message, BindingUpdate):
        yield letter._replace(message=replace(message, dns_update=not message.dns_update))
        if letter.target != "O" and message.sa:
            yield letter._replace(target="O", message=replace(message, sa="O", deregister=True))


def _rebuilt(finding: Finding, at: int, letter: Letter) -> bytes:
    """The frame of a message that takes the place of another."""
    trace, wired = trace_of(finding), composition(finding.scenario)
    steps, place = list(trace.steps), 0
    for number, step in enumerate(steps):
        events = list(step.events)
        for index, event in enumerate(events):
            if isinstance(event, Sent):
                if place == at:
                    events[index] = replace(event, source=letter.source, target=letter.target, message=letter.message)
                    steps[number] = replace(step, events=tuple(events))
                    made = packets(replace(trace, steps=tuple(steps)), wired, plan_of(finding.scenario))
                    return bytes(made[at].packet)
                place += 1
    raise AssertionError(at)
