"""The explorer: what a page is given of a space, what the checker answers for one, and who may ask it."""

import gzip
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from threading import Thread
from typing import Any

import networkx as nx
import numpy as np
import pytest
from haboot.checker import Action, Limits, ModelError, Outcome, Query, Slot, System, always, check, explore, quiet
from haboot.checker.graph import GraphSpace
from haboot.checker.graph import explore as explored
from haboot.checker.machines import Pool
from haboot.cli.contents import checked
from haboot.cli.drawings import ORDER
from haboot.cli.judging import judged
from haboot.cli.main import run
from haboot.cli.progress import Meter
from haboot.diagrams import Excerpt, Explorable, Walker, chart, path
from haboot.diagrams.explorer import packed
from haboot.diagrams.walker import distances
from haboot.ledger import BY_NAME, Judged
from haboot.model import STANDARD, composition, system
from haboot.pages import Checked, serve
from haboot.pages.serving import LOOPBACK, MOST_ASKED, Server

from tests.pictures import texts

NAMES = ("lost-switch-is-final", "split-brain-without-probe", "two-initiators-fight-for-ever")


def unpacked(block: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The head and the arrays of a packed scenario, read as the page reads them."""
    data = gzip.decompress(b64decode(block))
    length = int.from_bytes(data[:4], "little")
    head, offset, arrays = json.loads(data[4 : 4 + length]), 4 + length, {}
    for name, (kind, size) in head["arrays"].items():
        assert offset % np.dtype(kind).itemsize == 0
        arrays[name] = np.frombuffer(data, kind, size, offset)
        offset += -(-arrays[name].nbytes // 8) * 8
    assert offset == len(data)
    return head, arrays


@pytest.fixture(scope="module")
def results() -> tuple[Judged, ...]:
    scenarios = (*STANDARD[:3], *(BY_NAME[name].scenario for name in NAMES))
    return tuple(judged(one, Limits(), Meter()) for one in scenarios)


def graph(one: Judged) -> GraphSpace:
    assert isinstance(one.report.space, GraphSpace)
    return one.report.space


def block(one: Judged) -> tuple[dict[str, Any], dict[str, Any]]:
    return unpacked(packed(checked(one).explorable()))


# What a page is given


def test_the_page_holds_the_whole_state_graph(results: tuple[Judged, ...]) -> None:
    for one in results:
        space = graph(one)
        head, arrays = block(one)
        states = arrays["states"].reshape(len(space.system.slots), -1).T
        assert [tuple(state) for state in states.tolist()] == space.states
        assert [slot["name"] for slot in head["slots"]] == [slot.name for slot in space.system.slots]
        actions = [head["looks"][look]["action"] for look in arrays["look"]]
        named = [(target, space.system.actions[action].name) for _, target, action, _ in space.edges]
        assert list(zip(arrays["target"].tolist(), actions, strict=True)) == named
        leaving, drawn = np.diff(arrays["first"]).tolist(), space.to_networkx()
        assert leaving == [drawn.out_degree(node) for node in range(space.distinct)]
        assert not head["partial"]


def test_a_row_of_the_page_shows_what_the_chart_of_the_trace_does(results: tuple[Judged, ...]) -> None:
    for one in results:
        space = graph(one)
        head, arrays = block(one)
        for verdict in one.report.verdicts[:20]:
            if verdict.trace is None or not verdict.trace.steps:
                continue
            start, *choices = path(space, verdict.trace)
            node = space.starts[start]
            for choice, row in zip(choices, chart(verdict.trace, "", ORDER).rows, strict=True):
                edge = int(arrays["first"][node]) + choice
                shown = texts(head["looks"][arrays["look"][edge]]["row"])
                told = [one.text for one in row.arrows] + [one.new for one in row.changes if one.lane]
                assert all(word in shown for text in told for word in text.split())
                node = int(arrays["target"][edge])


def test_reasons_are_given_for_internal_actions_that_no_step_takes(results: tuple[Judged, ...]) -> None:
    space = graph(results[2])
    head, arrays = block(results[2])
    refused = arrays["refused"].reshape(len(head["refusable"]), -1)
    names = [action.name for action in space.system.actions]
    enabled = {(source, names[action]) for source, _, action, _ in space.edges}
    for row, name in enumerate(head["refusable"]):
        for state in range(space.distinct):
            assert bool(head["reasons"][refused[row, state]]) == ((state, name) not in enabled)


def test_scenarios_that_share_tables_are_packed_as_alone(results: tuple[Judged, ...]) -> None:
    pool: Pool = {}
    for one in results:
        assert packed(checked(one).explorable(), pool) == packed(checked(one).explorable())


def test_every_trace_is_in_the_page_and_leads_to_its_end(results: tuple[Judged, ...]) -> None:
    for one in results:
        space = graph(one)
        head, arrays = block(one)
        told = {trace["property"]: trace for trace in head["traces"]}
        assert set(told) == {verdict.property.name for verdict in one.report.verdicts if verdict.trace is not None}
        for verdict in one.report.verdicts:
            if verdict.trace is not None:
                start, *choices = told[verdict.property.name]["path"]
                node = head["starts"][start]
                for choice in choices:
                    node = int(arrays["target"][arrays["first"][node] + choice])
                assert space.values(node) == dict(verdict.trace.final)
                assert told[verdict.property.name]["breaks"] == (verdict.answer == "VIOLATED")
                assert (node in told[verdict.property.name]["states"]) == (verdict.answer == "VIOLATED")


def test_an_event_of_an_author_s_own_needs_no_lane(results: tuple[Judged, ...]) -> None:
    scenario, product = results[0].scenario, system(results[0].scenario)
    rings = Action("rings", (), (), lambda _: Outcome({}, (Bell(),)), environment=True)
    space = explored(replace(product, actions=(*product.actions, rings)), Limits(), quiet)
    usual, _ = unpacked(packed(Explorable("x", "", graph(results[0]), composition(scenario))))
    head, _ = unpacked(packed(Explorable("x", "", space, composition(scenario))))
    assert head["frame"] == usual["frame"]
    (ringing,) = (look for look in head["looks"] if look["action"] == "rings")
    assert ringing["fired"] == []


@dataclass(frozen=True)
class Bell:
    pass


def test_a_space_that_was_cut_is_refused() -> None:
    scenario = STANDARD[2]
    cut = explored(system(scenario), Limits(max_states=5), quiet)
    with pytest.raises(ModelError, match="cannot be explored in a page: cut by max-states 5"):
        packed(Explorable("x", "", cut, composition(scenario)))


def test_an_excerpt_has_what_the_traces_visit(results: tuple[Judged, ...]) -> None:
    one = results[3]
    verdicts = [verdict for verdict in one.report.verdicts if verdict.trace is not None]
    made = Excerpt(one.report.space.system, (verdict.trace for verdict in verdicts if verdict.trace))
    met = {
        tuple(state.items()) for v in verdicts if v.trace for state in (v.trace.initial, *(s.after for s in v.trace))
    }
    assert {tuple(made.values(number).items()) for number in range(len(made.states))} == met
    given = Explorable("x", "", made, composition(one.scenario), tuple(one.report.verdicts))
    head, arrays = unpacked(packed(given))
    assert head["partial"]
    assert arrays["refused"].size == len(made.states) * len(head["refusable"])
    whole = {trace["property"]: len(trace["path"]) for trace in block(one)[0]["traces"]}
    assert {trace["property"]: len(trace["path"]) for trace in head["traces"]} == whole


def test_a_model_without_machines_can_be_explored() -> None:
    head, arrays = unpacked(packed(Checked("jugs", check(JUGS, [FOUR])).explorable()))
    assert (head["machines"], head["refusable"], arrays["refused"].size) == ([], [], 0)
    assert [len(trace["path"]) - 1 for trace in head["traces"]] == [6]


JUGS = System(
    "two jugs",
    (Slot("small", range(4)), Slot("big", range(6))),
    ({"small": 0, "big": 0},),
    (
        Action("fill big", (), ("big",), lambda _: {"big": 5}),
        Action("empty small", (), ("small",), lambda _: {"small": 0}),
        Action(
            "pour",
            ("small", "big"),
            ("small", "big"),
            lambda v: {
                "small": v["small"] + min(v["big"], 3 - v["small"]),
                "big": v["big"] - min(v["big"], 3 - v["small"]),
            },
        ),
    ),
)
FOUR = always("never 4 gallons", ("big",), lambda v: v["big"] != 4)


# What the checker answers


def walker(one: Judged) -> Walker:
    return Walker(checked(one).walkable())


def test_a_walker_answers_what_the_page_would_hold(results: tuple[Judged, ...]) -> None:
    for one in results[1:4]:
        space, asked = graph(one), walker(one)
        head, arrays = block(one)
        for state in range(0, space.distinct, 7):
            key = asked.key(space.values(state))
            answer = asked.at(key)
            edges = range(arrays["first"][state], arrays["first"][state + 1])
            assert [step["target"] for step in answer["next"]] == [
                asked.key(space.values(int(arrays["target"][edge]))) for edge in edges
            ]
            looks = [head["looks"][arrays["look"][edge]]["action"] for edge in edges]
            assert [answer["looks"][step["look"]]["action"] for step in answer["next"]] == looks
            rows = arrays["refused"].reshape(len(head["refusable"]), -1)
            why = [[n, head["reasons"][rows[at, state]]] for at, n in enumerate(head["refusable"])]
            assert answer["refused"] == [pair for pair in why if pair[1]]
            wholly = {one["property"]: state in one["states"] for one in head["traces"] if one["whole"]}
            assert {name for name in answer["broken"] if name in wholly} == {
                name for name, is_bad in wholly.items() if is_bad
            }


@pytest.mark.parametrize("place", [2, 4, 5])
def test_a_walker_knows_how_far_what_breaks_is(results: tuple[Judged, ...], place: int) -> None:
    one = results[place]
    space, asked = graph(one), walker(one)
    assert any(trace["loops"] for trace in asked.head()["traces"]) or place != 5
    for broken in (trace for trace in block(one)[0]["traces"] if trace["breaks"]):
        far = distances(space, broken["states"])
        back = space.to_networkx().reverse()
        assert far == nx.multi_source_dijkstra_path_length(back, set(broken["states"]), weight=lambda *_: 1)
        for state in range(0, space.distinct, 29):
            answer = asked.ahead(asked.key(space.values(state)), broken["property"])
            targets = [target for source, target, _, _ in space.edges if source == state]
            assert answer["steps"] == [far.get(target) for target in targets]
            assert answer["whole"]
    witness = next(trace["property"] for trace in asked.head()["traces"] if not trace["breaks"])
    assert set(asked.ahead(asked.head()["starts"][0], witness)["steps"]) == {None}


def test_a_walker_that_does_not_see_far_enough_says_so(
    results: tuple[Judged, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("haboot.diagrams.walker.AHEAD", 3)
    asked = walker(results[3])
    broken = next(trace["property"] for trace in asked.head()["traces"] if trace["breaks"])
    answer = asked.ahead(asked.head()["starts"][0], broken)
    assert (answer["steps"], answer["whole"]) == ([None], False)
    assert 3 <= answer["within"] < 10


def test_a_walker_finds_a_shortest_way_to_values(results: tuple[Judged, ...]) -> None:
    one = results[2]
    asked, space = walker(one), graph(one)
    slots = {slot.name: slot for slot in space.system.slots}
    names = [name for name in slots if name.endswith(".state")][:2]
    for row in {tuple(state[[*slots].index(name)] for name in names) for state in space.states}:
        wanted = [slots[name].domain[place] for name, place in zip(names, row, strict=True)]
        query = Query("test", tuple(names), lambda view, w=wanted: [view[name] for name in names] == w)
        trace = space.first_state(query)
        assert trace is not None
        assert asked.find(names, [row]) == path(space, trace)
    assert asked.find(names, []) is None
    for verdict in one.report.verdicts:
        if verdict.trace is not None:
            assert asked.trace(verdict.property.name) == path(space, verdict.trace)


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda one: one.at("1.2"), "no state is '1.2' (due: "),
        (lambda one: one.at("x" * 200), "no state is 'xxx"),
        (lambda one: one.at(re.sub(r"^\d+", "77", one.head()["starts"][0])), "has no value number 77 (there are "),
        (
            lambda one: one.ahead(one.head()["starts"][0], "calm"),
            "no property 'calm' has a trace here (those that have: ",
        ),
        (lambda one: one.trace("calm"), "no property 'calm' has a trace here"),
        (lambda one: one.find(["x"], [[0]]), "has no slot 'x'"),
        (lambda one: one.find(["MN1.state"], [[99]]), "slot 'MN1.state' has no value number 99"),
    ],
)
def test_what_there_is_not_cannot_be_asked(results: tuple[Judged, ...], ask: Any, says: str) -> None:
    with pytest.raises(ModelError, match=re.escape(says)):
        ask(walker(results[0]))


# Who may ask


@contextmanager
def serving(given: Checked) -> Iterator[Server]:
    with serve(given) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def served(results: tuple[Judged, ...]) -> Iterator[Server]:
    with serving(checked(results[3])) as server:
        yield server


def asked(server: Server, method: str, where: str, body: str = "", **headers: str) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection(LOOPBACK, server.server_address[1], timeout=20)
    usual = {"Origin": f"http://{server.host}", "Content-Type": "application/json"} if method == "POST" else {}
    given = {**usual, **{name.replace("_", "-"): value for name, value in headers.items()}}
    connection.request(method, where, body or None, {name: value for name, value in given.items() if value})
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer, data


def test_a_server_answers_its_own_page(served: Server) -> None:
    assert served.server_address[0] == LOOPBACK
    answer, page = asked(served, "GET", f"/{served.token}/")
    assert (answer.status, answer.getheader("Cross-Origin-Resource-Policy")) == (200, "same-origin")
    assert "default-src 'none'" in str(answer.getheader("Content-Security-Policy"))
    found = re.search(r'id="head">(.*?)</script>', page.decode())
    assert found
    head = json.loads(found[1])
    answer, data = asked(served, "POST", f"/{served.token}/at", json.dumps({"key": head["starts"][0]}))
    assert answer.status == 200
    assert [one["action"] for one in json.loads(data)["looks"]] == ["H.detector suspects the failed home agent"]


@pytest.mark.parametrize(
    ("method", "where", "headers"),
    [
        ("GET", "/", {}),
        ("GET", "/wrong/", {}),
        ("GET", "/{token}", {}),
        ("GET", "/{token}/", {"Host": "evil.example"}),
        ("GET", "/{token}/", {"Host": "localhost"}),
        ("POST", "/wrong/at", {}),
        ("POST", "/{token}/at", {"Host": "evil.example"}),
        ("POST", "/{token}/at", {"Origin": "https://evil.example"}),
        ("POST", "/{token}/at", {"Origin": "null"}),
        ("POST", "/{token}/at", {"Origin": ""}),
        ("POST", "/{token}/at", {"Content_Type": "text/plain"}),
    ],
)
def test_a_server_answers_nobody_else(served: Server, method: str, where: str, headers: dict[str, str]) -> None:
    body = '{"key": "0"}' if method == "POST" else ""
    answer, data = asked(served, method, where.replace("{token}", served.token), body, **headers)
    assert (answer.status, json.loads(data)) == (403, {"error": "not allowed"})


@pytest.mark.parametrize(
    ("what", "body", "status", "says"),
    [
        ("steal", "{}", 400, "nobody can ask 'steal' (allowed: at, ahead, trace, find, with an object)"),
        ("at", "[]", 400, "nobody can ask 'at'"),
        ("at", "{", 400, "Expecting property name"),
        ("at", "{}", 400, "'at' cannot be asked so: "),
        ("at", '{"key": 1}', 400, "'at' cannot be asked so: "),
        ("find", '{"reads": ["MN1.state"], "accepted": [[0, 1]]}', 400, "'find' cannot be asked so: "),
        ("find", '{"reads": 1, "accepted": []}', 400, "'find' cannot be asked so: "),
        ("trace", '{"name": "calm"}', 400, "no property 'calm' has a trace here"),
        ("", "{}", 400, "nobody can ask ''"),
    ],
)
def test_a_question_that_makes_no_sense_is_told_so(
    served: Server, what: str, body: str, status: int, says: str
) -> None:
    answer, data = asked(served, "POST", f"/{served.token}/{what}", body)
    assert answer.status == status
    assert says in json.loads(data)["error"]


def test_a_question_without_a_length_or_too_long_is_not_read(served: Server) -> None:
    for length in (str(MOST_ASKED + 1), "x", "-1"):
        answer, data = asked(served, "POST", f"/{served.token}/at", "{}", Content_Length=length)
        assert answer.status == 413
        assert "a question has at most" in json.loads(data)["error"]


def test_a_place_below_the_page_is_not_found(served: Server) -> None:
    answer, _ = asked(served, "GET", f"/{served.token}/favicon.ico")
    assert answer.status == 404


def test_a_port_that_is_taken_is_told(served: Server, results: tuple[Judged, ...]) -> None:
    port = served.server_address[1]
    with pytest.raises(ModelError, match=f"cannot serve at port {port}: .* \\(0 takes any that is free\\)"):
        serve(checked(results[0]), port)


# The command


@pytest.mark.parametrize("opens", [False, True])
def test_the_command_serves_until_it_is_interrupted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, opens: bool
) -> None:
    seen: list[str] = []

    def interrupted(server: Server) -> None:
        answer, _ = asked_once(server)
        seen.append(str(answer.status))
        raise KeyboardInterrupt

    monkeypatch.setattr(Server, "serve_forever", interrupted)
    monkeypatch.setattr("webbrowser.open", seen.append)
    assert run(("explore", "same-prefix", *(["--open"] if opens else []))) == 130
    said = capsys.readouterr()
    found = re.search(
        r"^same-prefix: 12 states, at (http://127\.0\.0\.1:\d+/[\w-]{32}/) until an interrupt$", said.out, re.M
    )
    assert found
    assert seen == ([found[1], "200"] if opens else ["200"])


def asked_once(server: Server) -> tuple[HTTPResponse, bytes]:
    """Ask a server that serves one question meanwhile."""
    thread = Thread(target=server.handle_request)
    thread.start()
    answer = asked(server, "GET", f"/{server.token}/")
    thread.join()
    return answer


def test_the_command_takes_one_scenario(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = "".join(f'[[scenario]]\nname = "{name}"\nprefixes = "same"\n' for name in "ab")
    file = tmp_path / "two.toml"
    file.write_text(both)
    assert run(("explore", str(file))) == 2
    assert "holds 2 scenarios: name one" in capsys.readouterr().err
    assert run(("explore", "same-prefx")) == 2
    assert "did you mean 'same-prefix'" in capsys.readouterr().err


def test_a_large_space_is_walked_through_without_being_held() -> None:
    scenario = replace(STANDARD[0], name="large", assumptions=frozenset({"loss", "duplication", "reordering"}))
    space = explore(system(scenario), Limits(), quiet, "packed")
    asked = Walker(Explorable("large", "", space, composition(scenario)))
    slots = {slot.name: slot for slot in space.system.slots}
    bound = slots["MN1.home_agent"].domain.index("H")
    found = asked.find(["MN1.home_agent"], [[bound]])
    assert found is not None
    key = asked.head()["starts"][found[0]]
    for choice in found[1:]:
        key = asked.at(key)["next"][choice]["target"]
    assert asked.state(key)["MN1.home_agent"] == "H"
