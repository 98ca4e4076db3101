"""A state graph packed for a page: what the explorer of the report steps through.

One compressed block a scenario: a JSON head and, after it, arrays as the head describes them. States are stored slot by
slot, since neighbours in order of discovery mostly agree; a step is its target and the number of its look.
"""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
from haboot.checker import Answer, Composition, ModelError, Slot, StateGraph, System, Trace, Value, Verdict, amount
from haboot.checker.machines import Pool, Refusals
from haboot.diagrams.charts import shown
from haboot.diagrams.excerpt import Excerpt
from haboot.diagrams.looks import Looks, frame
from haboot.diagrams.space import WHOLLY, ending, violating

Array: TypeAlias = npt.NDArray[Any]
Whole: TypeAlias = StateGraph | Excerpt
MOST = 60_000  # states in one page


Space_co = TypeVar("Space_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Explorable(Generic[Space_co]):
    """A scenario to step through: its space, its composition if it is one, its verdicts, the order of lanes."""

    name: str
    summary: str
    space: Space_co
    composition: Composition | None = None
    verdicts: tuple[Verdict, ...] = ()
    order: tuple[str, ...] = ()


def packed(given: Explorable[Whole], pool: Pool | None = None) -> str:
    """Return a scenario as text for a page: base64 of the compressed block.

    Scenarios that are packed with one ``pool`` tabulate a participant that they share once. Of an ``Excerpt`` the page
    has only what the traces visit. Raises ModelError for a space of more than 60,000 states or one that was cut.
    """
    space = given.space
    if len(space.states) > MOST or space.bounds_hit:
        what = f"cut by {', '.join(space.bounds_hit)}" if space.bounds_hit else f"{amount(len(space.states), 'state')}"
        raise ModelError(f"'{given.name}' cannot be explored in a page: {what} (at most {MOST:,}, none missing)")
    looks = Looks(space.system, given.order)
    reasons, refused, refusable = _refused(given, pool)
    arrays = {**_states(space), **_steps(space, looks), "refused": refused}
    lanes = looks.lanes()
    more = {"frame": frame(lanes), "looks": looks.data(lanes), "reasons": reasons, "refusable": refusable}
    head = {**head_of(given.name, given.summary, space.system, given.composition), **more}
    head |= {"starts": [*space.starts], "traces": _traces(given), "partial": isinstance(space, Excerpt)}
    head["arrays"] = {name: [str(array.dtype), int(array.size)] for name, array in arrays.items()}
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 4) % 8)
    body = b"".join(_padded(array.tobytes()) for array in arrays.values())
    block = len(text).to_bytes(4, "little") + text + body
    return b64encode(gzip.compress(block, 9, mtime=0)).decode()


def head_of(name: str, summary: str, system: System, composition: Composition | None) -> dict[str, Any]:
    """Return what a page must know of a system: its slots, with the values as they are shown, and its machines."""
    instances = composition.instances if composition else ()
    machines = {one.slots[0]: one.name for one in instances}
    return {
        "name": name,
        "summary": summary,
        "slots": [_slot(slot, machines) for slot in system.slots],
        "machines": [
            {"name": one.name, "participant": one.participant.name, "states": list(one.participant.states)}
            for one in instances
        ],
    }


def told(verdict: Verdict) -> dict[str, Any]:
    """Return what a page says of a verdict with a trace."""
    trace, breaks = verdict.trace, verdict.answer is Answer.VIOLATED
    return {
        "property": verdict.property.name,
        "statement": verdict.property.statement,
        "breaks": breaks,
        "whole": breaks and verdict.property.kind in WHOLLY,
        "loops": trace is not None and trace.loop is not None,
        "rests": trace is not None and trace.loop == len(trace),
        "note": ", ".join(verdict.facts()),
    }


def path(space: Whole, trace: Trace) -> list[int]:
    """Return a trace as the explorer walks it: the initial state, then which step of each state.

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
    return parts


def _traces(given: Explorable[Whole]) -> list[dict[str, Any]]:
    """The verdicts with a trace: each with its path and, where it is violated, the states that break it."""
    found = []
    for one in given.verdicts:
        if one.trace is not None:
            space, states = given.space, list[int]()
            if not isinstance(space, Excerpt):
                states = sorted(violating(space, one))
            elif one.answer is Answer.VIOLATED:
                states = sorted(set(map(space.number, ending(one.trace))))
            found.append({**told(one), "path": path(given.space, one.trace), "states": states})
    return found


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 8)


def _first_edges(space: Whole) -> list[int]:
    """The number of each state's first edge, and one past the last."""
    counts = np.bincount([edge[0] for edge in space.edges], minlength=len(space.states))
    return [0, *np.cumsum(counts).tolist()]


def _states(space: Whole) -> dict[str, Array]:
    widest = max((len(slot.domain) for slot in space.system.slots), default=0)
    kind = np.uint8 if widest <= 256 else np.uint16
    table: Array = np.array(space.states, kind).reshape(len(space.states), -1)
    return {"states": table.T.copy()}


def _steps(space: Whole, looks: Looks) -> dict[str, Array]:
    """The edges of each state, each with its target and the number of its look; equal edges are looked at once."""
    shows = [place for place, slot in enumerate(space.system.slots) if not slot.channel]
    known, column = dict[object, int](), []
    for source, target, action, label in space.edges:
        before, after = space.states[source], space.states[target]
        changed = tuple((place, before[place], after[place]) for place in shows if before[place] != after[place])
        key = action, label, changed
        if key not in known:
            name, events = space.system.actions[action].name, space.events[label]
            known[key] = looks.number(name, events, space.values(source), space.values(target))
        column.append(known[key])
    kind = np.uint8 if len(looks.charts) <= 256 else np.uint16 if len(looks.charts) <= 65_536 else np.uint32
    targets = np.array([edge[1] for edge in space.edges], np.uint32)
    return {"first": np.array(_first_edges(space), np.uint32), "target": targets, "look": np.array(column, kind)}


def _refused(given: Explorable[Whole], pool: Pool | None) -> tuple[list[str], Array, list[str]]:
    """Reasons as texts, and for each internal action and state the number of its reason, 0 where it is enabled."""
    if given.composition is None:
        return [""], np.array([], np.uint16), []
    refusals, space = Refusals(given.composition, pool), given.space
    reasons: dict[str, int] = {"": 0}
    columns = []
    for name, action in refusals.actions.items():
        known, column = dict[tuple[Value, ...], int](), []
        for held in _projected(space, action.reads):
            if held not in known:
                values = dict(zip(action.reads, held, strict=True))
                known[held] = reasons.setdefault(refusals.reason(name, values), len(reasons))
            column.append(known[held])
        columns.append(column)
    return list(reasons), np.array(columns, np.uint16), list(refusals.actions)


def _projected(space: Whole, slots: tuple[str, ...]) -> Iterable[tuple[Value, ...]]:
    """What some slots hold, state by state."""
    if not isinstance(space, Excerpt):
        return space.projected(slots)
    return (tuple(space.values(number)[name] for name in slots) for number in range(len(space.states)))


def _slot(slot: Slot, machines: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": slot.name,
        "machine": machines.get(slot.name),
        "channel": bool(slot.channel),
        "values": [shown(value) for value in slot.domain],
    }
