"""A state graph packed for a page: what the explorer of the report steps through.

One compressed block a scenario: a JSON head and, after it, arrays as the head describes them. States are stored slot by
slot, since neighbours in order of discovery mostly agree; a step is its target, its action and its events by number.
"""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from haboot.checker import Composition, Fired, Lost, ModelError, Received, Sent, Slot, StateGraph, Trace, Value
from haboot.checker.machines import Refusals
from haboot.diagrams.charts import shown

Array: TypeAlias = npt.NDArray[Any]
MOST = 60_000  # states in one page


@dataclass(frozen=True, slots=True)
class Explorable:
    """A scenario to step through: its space, its composition, the states that break something, the order of lanes."""

    name: str
    summary: str
    space: StateGraph
    composition: Composition
    marks: Mapping[str, Iterable[int]] = field(default_factory=dict)
    order: tuple[str, ...] = ()


def packed(given: Explorable) -> str:
    """Return a scenario as text for a page: base64 of the compressed block.

    Raises ModelError for a space of more than 60,000 states or one that was cut.
    """
    space = given.space
    if len(space.states) > MOST or space.bounds_hit:
        what = f"cut by {', '.join(space.bounds_hit)}" if space.bounds_hit else f"{len(space.states):,} states"
        raise ModelError(f"'{given.name}' cannot be explored in a page: {what} (at most {MOST:,}, none missing)")
    reasons, refused, refusable = _refused(given)
    arrays = {**_states(space), **_steps(space), "refused": refused}
    head = {**_head(given), "reasons": reasons, "refusable": refusable}
    head["arrays"] = {name: [str(array.dtype), int(array.size)] for name, array in arrays.items()}
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 4) % 8)
    body = b"".join(_padded(array.tobytes()) for array in arrays.values())
    block = len(text).to_bytes(4, "little") + text + body
    return b64encode(gzip.compress(block, 9, mtime=0)).decode()


def path(space: StateGraph, trace: Trace) -> str:
    """Return a trace as the explorer writes it into an address: the initial state, then which step of each state.

    The last states of a lasso are walked once.
    """
    here = space.number(trace.initial)
    parts, first = [space.starts.index(here)], _first_edges(space)
    for step in trace:
        target = space.number(step.after)
        leaving = space.edges[first[here] : first[here + 1]]
        named = [(end, space.system.actions[action].name) for _, end, action, _ in leaving]
        parts.append(named.index((target, step.action)))
        here = target
    return "-".join(map(str, parts))


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 8)


def _first_edges(space: StateGraph) -> list[int]:
    """The number of each state's first edge, and one past the last."""
    counts = np.bincount([edge[0] for edge in space.edges], minlength=len(space.states))
    return [0, *np.cumsum(counts).tolist()]


def _states(space: StateGraph) -> dict[str, Array]:
    widest = max(len(slot.domain) for slot in space.system.slots)
    kind = np.uint8 if widest <= 256 else np.uint16
    table: Array = np.array(space.states, kind).reshape(len(space.states), -1)
    return {"states": table.T.copy()}


def _steps(space: StateGraph) -> dict[str, Array]:
    rows = np.array([edge[1:] for edge in space.edges], np.uint32).reshape(-1, 3)
    columns: dict[str, Array] = {
        "target": rows[:, 0].copy(),
        "action": rows[:, 1].astype(np.uint16),
        "label": rows[:, 2].copy(),
    }
    return {"first": np.array(_first_edges(space), np.uint32), **columns}


def _refused(given: Explorable) -> tuple[list[str], Array, list[str]]:
    """Reasons as texts, and for each internal action and state the number of its reason, 0 where it is enabled."""
    refusals = Refusals(given.composition)
    reasons: dict[str, int] = {"": 0}
    columns = []
    for name, action in refusals.actions.items():
        known, column = dict[tuple[Value, ...], int](), []
        for held in given.space.projected(action.reads):
            if held not in known:
                values = dict(zip(action.reads, held, strict=True))
                known[held] = reasons.setdefault(refusals.reason(name, values), len(reasons))
            column.append(known[held])
        columns.append(column)
    return list(reasons), np.array(columns, np.uint16), list(refusals.actions)


def _head(given: Explorable) -> dict[str, Any]:
    space, composition = given.space, given.composition
    host_of = {one.name: one.host for one in composition.instances}
    active = _active(space, host_of)
    lanes = [*dict.fromkeys(host for host in (*given.order, *host_of.values()) if host in active)]
    machines = {one.slots[0]: one.name for one in composition.instances}
    return {
        "name": given.name,
        "summary": given.summary,
        "lanes": lanes,
        "slots": [_slot(slot, machines) for slot in space.system.slots],
        "machines": [
            {"name": one.name, "participant": one.participant.name, "states": list(one.participant.states)}
            for one in composition.instances
        ],
        "actions": [action.name for action in space.system.actions],
        "events": [[_event(event) for event in events] for events in space.events],
        "starts": [*space.starts],
        "marks": {name: sorted(states) for name, states in given.marks.items()},
    }


def _active(space: StateGraph, host_of: Mapping[str, str]) -> set[str]:
    """The hosts that do something in some step; the others need no lane."""
    found = set[str]()
    for events in space.events:
        for event in events:
            if isinstance(event, Fired):
                found.add(host_of[event.instance])
            elif isinstance(event, Sent | Received | Lost):
                found |= {event.source, event.target}
    return found


def _slot(slot: Slot, machines: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": slot.name,
        "lane": slot.host or None,
        "machine": machines.get(slot.name),
        "channel": bool(slot.channel),
        "values": [shown(value) for value in slot.domain],
    }


def _event(event: object) -> list[Any]:
    """An event as the page reads it; what it does not show is left out."""
    match event:
        case Sent(source, target, message, mark):
            return ["sent", source, target, str(message), mark]
        case Received(source, target, message, accepted, mark):
            return ["taken" if accepted else "ignored", source, target, str(message), mark]
        case Lost(source, target, message, mark):
            return ["lost", source, target, str(message), mark]
        case Fired(instance, trigger, row):
            return ["fired", instance, trigger, row]
    return ["other"]
