"""What is found is handed on: as rows, as tables of a notebook, as a graph, and as ITF out and in."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from haboot import (
    Action,
    Limits,
    ModelError,
    Outcome,
    Slot,
    System,
    Trace,
    always,
    as_itf,
    check,
    eventually,
    explore,
    from_itf,
    quiet,
    replay,
    sometimes,
    state_graph,
)

from examples.die_hard import DIE_HARD, NOT_SOLVED
from tests.agreement import figures
from tests.drawn_systems import drawn_properties, drawn_system
from tests.textbook import explored_system


def test_the_rows_of_a_trace_are_its_states_and_steps() -> None:
    report = check(DIE_HARD, [NOT_SOLVED, sometimes("never", ("big",), lambda v: v["big"] == 9)])
    trace = report[NOT_SOLVED.name].trace
    assert trace is not None
    rows = trace.rows()
    assert rows[0] == {"#step": 0, "#action": "", "#events": (), "small": 0, "big": 0}
    assert [row["#action"] for row in rows[1:]] == [step.action for step in report[NOT_SOLVED.name].steps()]
    assert [(row["small"], row["big"]) for row in rows[1:]] == [(one.after["small"], one.after["big"]) for one in trace]
    assert [(row["property"], row["answer"], row["steps"], row["loop"]) for row in report.rows()] == [
        ("big is not 4", "VIOLATED", 6, None),
        ("never", "UNREACHED", None, None),
    ]
    assert report["never"].steps() == ()


def test_tables_of_a_notebook_are_well_formed_whatever_names_hold() -> None:
    name = "<n> & \x1b[31m"
    up = Action("up & <away>", (name,), (name,), lambda v: {name: min(v[name] + 1, 2)})
    system = System("</table>", (Slot(name, range(3)),), ({name: 0},), (up,))
    report = check(
        system, [always("<low>", (name,), lambda v: v[name] < 2), eventually("& more", (name,), lambda _: True)]
    )
    shown = {
        "report": report._repr_html_(),
        "verdict": report["<low>"]._repr_html_(),
        "held": report["& more"]._repr_html_(),
        "system": system._repr_html_(),
        "empty": check(system, [])._repr_html_(),
    }
    texts = {key: "".join(ElementTree.fromstring(f"<p>{text}</p>").itertext()) for key, text in shown.items()}  # noqa: S314 - ours
    assert not any("\x1b" in text for text in texts.values())
    assert "</table>: 3 distinct states, 4 generated, depth 3 (graph); explored whole" in texts["report"]
    assert "<low>alwaysVIOLATED2" in texts["report"]
    assert texts["verdict"].endswith("stepactionchanges1up & <away><n> & ␛[31m: 0 → 12up & <away><n> & ␛[31m: 1 → 2")
    assert "its trace" not in texts["held"]
    assert "<n> & ␛[31m30, 1, 2" in texts["system"]
    assert texts["empty"].startswith("</table>: 3 distinct")


def test_a_search_that_was_cut_says_so_in_its_table() -> None:
    assert "max-states 3" in check(DIE_HARD, [], Limits(max_states=3))._repr_html_()


@pytest.mark.parametrize("engine", ["graph", "packed"])
def test_a_space_as_a_graph_is_the_textbook_s(engine: str) -> None:
    for seed in range(12):
        system = drawn_system(seed)
        right = explored_system(system)
        made = state_graph(explore(system, Limits(), quiet, engine), 1000).to_networkx()

        def told(state: Any) -> str:
            return str(sorted(state.items()))

        assert {told(values): initial for _, values, initial in rows(made)} == {
            told(state): level == 0 for state, level in zip(right.states, right.level, strict=True)
        }
        mine = [
            (told(made.nodes[a]["values"]), one["action"], one["events"], told(made.nodes[b]["values"]))
            for a, b, one in made.edges(data=True)
        ]
        others = [
            (told(right.states[a]), one["action"], one["events"], told(right.states[b]))
            for a, b, one in right.graph.edges(data=True)
        ]
        assert sorted(mine, key=str) == sorted(others, key=str)
        assert figures(explore(system, Limits(), quiet, engine))[0] == made.number_of_nodes()


def rows(graph: Any) -> list[tuple[int, Any, bool]]:
    return [(node, data["values"], data["initial"]) for node, data in graph.nodes(data=True)]


# ITF, out and in


def test_every_trace_that_is_written_is_read_again() -> None:
    lassos = 0
    for seed in range(40):
        system = drawn_system(seed)
        for verdict in check(system, drawn_properties(seed, system)).verdicts:
            if verdict.trace is None:
                continue
            data = json.loads(json.dumps(as_itf(verdict.trace, {"tool": "x"})))
            assert same(from_itf(system, data), verdict.trace)
            lassos += verdict.trace.loop is not None
            for state in data["states"]:
                del state["#meta"]
            unnamed = from_itf(system, data)
            replay(system, unnamed)
            assert unnamed.final == verdict.trace.final
    assert lassos


def same(read: Trace, written: Trace) -> bool:
    """Whether two traces are alike but for the events of choices that lead to the same state."""
    steps = [(one.action, one.before, one.after) for one in read]
    return (read.initial, steps, read.loop) == (
        written.initial,
        [(one.action, one.before, one.after) for one in written],
        written.loop,
    )


def queue() -> System:
    """Return a queue and a set beside it, as other tools write such values."""
    items = ((), (1,), (1, 2))
    put = Action(
        "put",
        ("queue",),
        ("queue", "seen"),
        lambda v: (
            {"queue": items[len(v["queue"]) + 1], "seen": frozenset(range(len(v["queue"]) + 2))}
            if len(v["queue"]) < 2
            else Outcome({}, bound="full")
        ),
    )
    sets = (frozenset(), frozenset({0, 1}), frozenset({0, 1, 2}))
    return System("queue", (Slot("queue", items), Slot("seen", sets)), ({"queue": (), "seen": sets[0]},), (put,))


def numbers(*given: int) -> list[dict[str, str]]:
    return [{"#bigint": str(one)} for one in given]


START = {"queue": [], "seen": {"#set": []}}
ONE = {"queue": numbers(1), "seen": {"#set": numbers(1, 0)}}
TWO = {"queue": {"#tup": numbers(1, 2)}, "seen": {"#set": [2, 0, 1]}}


def test_values_as_other_tools_write_them_are_read_and_stuttering_is_left_out() -> None:
    read = from_itf(queue(), {"states": [START, START, ONE, ONE, TWO, TWO], "loop": 4})
    assert [(one.action, one.after["queue"]) for one in read] == [("put", (1,)), ("put", (1, 2))]
    assert read.loop == 2


BAD: dict[str, tuple[Callable[[], object], str]] = {
    "no object": (lambda: [START], "has a list of states, and"),
    "no states": (lambda: {"states": []}, "a trace in ITF has a list of states"),
    "a text for states": (lambda: {"states": "no"}, "a trace in ITF has a list of states"),
    "a state that is none": (lambda: {"states": [START, 3]}, "state 1 of the trace is 3; an object of values"),
    "too little": (lambda: {"states": [{"queue": []}]}, "state 0 of the trace gives no value to 'seen'"),
    "too much": (lambda: {"states": [{**START, "sen": 1}]}, "is no slot: 'sen'; did you mean 'seen'?"),
    "another start": (lambda: {"states": [ONE]}, "which is no initial state of 'queue'"),
    "no value": (
        lambda: {"states": [START, {**ONE, "queue": [9]}]},
        "state 1 of the trace: slot 'queue' cannot hold [9]",
    ),
    "no number": (lambda: {"states": [{**START, "queue": {"#bigint": "x"}}]}, "slot 'queue' cannot hold {'#bigint'"),
    "no JSON": (lambda: {"states": [{**START, "queue": {1}}]}, "is made of what JSON has, not of {1}"),
    "too deep": (lambda: {"states": [{**START, "queue": deep()}]}, "nested too deeply to be a value"),
    "no step": (lambda: {"states": [START, TWO]}, "step 1 of the trace: no action leads to {'queue': (1, 2)"),
    "another action": (lambda: {"states": [START, {**ONE, "#meta": {"action": "putt"}}]}, "did you mean 'put'?"),
    "not by it": (lambda: {"states": [START, {**START, "#meta": {"action": "put"}}]}, "not action 'put' leads to {}"),
    "an odd loop": (lambda: {"states": [START], "loop": 1}, "loop is 1; the number of one of its 1 states is due"),
    "a loop by name": (lambda: {"states": [START], "loop": True}, "the trace's loop is True"),
    "an open loop": (
        lambda: {"states": [START, ONE], "loop": 0},
        "last state is not state 0, to which its loop returns",
    ),
}


def deep() -> object:
    found: object = 1
    for _ in range(100_000):
        found = [found]
    return found


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_run_of_the_system_is_refused_in_one_line(name: str) -> None:
    made, said = BAD[name]
    with pytest.raises(ModelError) as refused:
        from_itf(queue(), made())  # type: ignore[arg-type]
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_trace_is_read_for_a_system_alone() -> None:
    with pytest.raises(ModelError, match="the system is 'queue', of type str; a System is due"):
        from_itf("queue", {})  # type: ignore[arg-type]
