"""Traces: replayed step by step and refused where the live system parts from them, and written as ITF."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import count

import pytest
from haboot.checker import (
    Action,
    EngineError,
    ModelError,
    Slot,
    System,
    Trace,
    Value,
    View,
    always,
    check,
    encoded,
    fuzz,
    leads_to,
    replay,
)
from haboot.checker.fuzzing import LOCKSTEP


def ring(size: int = 5, broken_at: int = 99) -> System:
    """A counter that goes round; its live twin stands still at one number."""

    def tick(stands: int) -> Action:
        return Action("tick", ("n",), ("n",), lambda v: {"n": (v["n"] + (v["n"] != stands)) % size})  # type: ignore[operator]

    slots, start = (Slot("n", range(size)), Slot("m", range(2))), {"n": 0, "m": 0}
    return System(
        "ring", slots, (start,), (tick(99),), live=lambda: System("ring", slots, (start,), (tick(broken_at),))
    )


def lasso() -> Trace:
    never = leads_to("ends", ("n",), lambda view: view["n"] == 2, lambda _: False)
    trace = check(ring(), [never])["ends"].trace
    assert trace is not None
    assert trace.loop is not None
    return trace


def test_a_trace_is_replayed_up_to_where_its_loop_returns() -> None:
    replay(ring(), lasso())


def test_a_trace_that_starts_elsewhere_is_refused() -> None:
    with pytest.raises(EngineError, match=r"starts in .*'n': 3.*, which is no initial state"):
        replay(ring(), replace(lasso(), initial={"n": 3, "m": 0}))


def test_a_loop_that_does_not_return_is_refused() -> None:
    high = always("low", ("n",), lambda view: view["n"] < 4)  # type: ignore[operator]
    trace = check(ring(), [high])["low"].trace
    assert trace is not None
    with pytest.raises(EngineError, match="the loop does not return to where it starts"):
        replay(ring(), replace(trace, loop=1))


def test_a_violation_is_shrunk_although_machines_part_from_their_tables_later() -> None:
    small = always("small", ("n",), lambda view: view["n"] < 2)  # type: ignore[operator]
    report = fuzz(ring(broken_at=3), [small], examples=10, steps=10)
    assert set(report.sightings) == {"small", LOCKSTEP}
    assert [len(report.sightings[claim].trace) for claim in ("small", LOCKSTEP)] == [2, 3]


def test_a_violation_is_shrunk_although_other_runs_part_from_their_tables() -> None:
    def forked(right: int) -> System:
        def way(name: str, to: int) -> Action:
            return Action(name, ("n",), ("n",), lambda view: None if view["n"] else {"n": to})

        actions = way("left", 1), way("right", right)
        return System("fork", (Slot("n", range(4)),), ({"n": 0},), actions, live=lambda: forked(3))

    report = fuzz(forked(2), [always("not left", ("n",), lambda view: view["n"] != 1)], examples=20, steps=3)
    assert [step.action for step in report.sightings["not left"].trace] == ["left"]
    assert "'right'" in report.sightings[LOCKSTEP].about


def test_a_property_that_changes_its_mind_is_told_from_one_that_is_violated() -> None:
    asked = count()
    moody = always("moody", ("n",), lambda view: view["n"] != 4 or next(asked) > 0)
    with pytest.raises(EngineError, match="went differently when it was repeated: moody"):
        fuzz(ring(), [moody], examples=10, steps=10)


def test_a_view_is_the_mapping_that_a_property_declares_everywhere() -> None:
    def holds(view: View) -> bool:
        return len(view) == 2 and {**view} == {"n": view["n"], "m": view["m"]}

    claim = always("whole", ("n", "m"), holds)
    assert str(check(ring(), [claim])["whole"].answer) == "HOLDS"
    assert not fuzz(ring(), [claim], examples=2, steps=5).sightings
    stray = always("stray", ("n",), lambda view: view["m"] == 0)
    for judged in (lambda: check(ring(), [stray]), lambda: fuzz(ring(), [stray], examples=2, steps=5)):
        with pytest.raises(ModelError, match="'stray' reads slot 'm', which it does not declare"):
            judged()


@dataclass(frozen=True)
class Note:
    text: str
    to: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (True, True),
        ("a", "a"),
        (None, {"tag": "None", "value": {"#tup": []}}),
        ((1, "x"), {"#tup": [1, "x"]}),
        (frozenset({3, 1}), {"#set": [1, 3]}),
        (Note("hi", frozenset({"b", "a"})), {"tag": "Note", "value": {"text": "hi", "to": {"#set": ["a", "b"]}}}),
    ],
)
def test_every_kind_of_value_has_one_form_in_itf(value: Value, written: object) -> None:
    assert encoded(value) == written
    assert json.loads(json.dumps(encoded(value))) == written


def test_a_value_without_a_form_in_itf_is_named() -> None:
    with pytest.raises(ModelError, match=r"it holds 1\.5, a float"):
        encoded((1.5,))
