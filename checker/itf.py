"""Traces as ITF JSON, the format that Apalache and Quint write and that trace viewers read.

A state is an object of values by slot name: booleans, numbers and texts as they are, tuples and sets tagged, anything
else as a variant with the name of its type (Apalache ADR 015, Informal Trace Format). What ITF has no place for, the
names of actions among it, stands in the ``#meta`` objects.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from haboot.checker.boundary import ModelError
from haboot.checker.core import Value
from haboot.checker.traces import Trace


def as_itf(trace: Trace, meta: Mapping[str, Any]) -> dict[str, Any]:
    """Return a trace as ITF; ``meta`` is added to what the whole says of itself.

    >>> from haboot.checker import Step
    >>> fall = Step("falls", (), {"cup": "up"}, {"cup": "down"})
    >>> as_itf(Trace({"cup": "up"}, (fall,)), {})["states"][1]
    {'#meta': {'index': 1, 'action': 'falls'}, 'cup': 'down'}
    """
    states = [{"#meta": {"index": 0}, **_state(trace.initial)}]
    for index, step in enumerate(trace.steps, start=1):
        states.append({"#meta": {"index": index, "action": step.action}, **_state(step.after)})
    loop = {} if trace.loop is None else {"loop": trace.loop}
    head = {"format": "ITF", "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html", **meta}
    return {"#meta": head, "vars": [*trace.initial], "states": states, **loop}


def encoded(value: Hashable) -> Any:
    """Return a value as ITF writes it; raise ModelError for one that it cannot.

    >>> encoded(("a", 1, None))
    {'#tup': ['a', 1, {'tag': 'None', 'value': {'#tup': []}}]}
    """
    if isinstance(value, (bool, int, str)):
        return value
    if value is None:
        return {"tag": "None", "value": {"#tup": []}}
    if isinstance(value, tuple):
        return {"#tup": [encoded(one) for one in value]}
    if isinstance(value, frozenset):
        return {"#set": sorted((encoded(one) for one in value), key=str)}
    if is_dataclass(value):
        held = {field.name: encoded(getattr(value, field.name)) for field in fields(value)}
        return {"tag": type(value).__name__, "value": held}
    raise ModelError(f"a trace cannot be written: it holds {value!r}, a {type(value).__name__}")


def _state(values: Mapping[str, Value]) -> dict[str, Any]:
    return {name: encoded(value) for name, value in values.items()}
