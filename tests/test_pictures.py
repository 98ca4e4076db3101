"""Pictures: they show what the model gives today, mark what must be marked, and no text in them can do harm."""

import os
import re
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from xml.etree import ElementTree

import pytest
from haboot.checker import (
    Action,
    Answer,
    Composition,
    EngineError,
    Fired,
    Homes,
    Instance,
    Limits,
    Local,
    ModelError,
    Participant,
    Report,
    Row,
    Sent,
    Slot,
    Step,
    System,
    Trace,
    Verdict,
    always,
    check,
    compose,
)
from haboot.checker.graph import GraphSpace
from haboot.checker.machines import close
from haboot.cli.drawings import graph_of, participant_drawing, trace_drawing
from haboot.cli.judging import judged
from haboot.cli.main import run
from haboot.cli.progress import Meter
from haboot.diagrams import (
    chart,
    chart_mermaid,
    composition_dot,
    composition_mermaid,
    fired_rows,
    machine_dot,
    machine_mermaid,
    notebook,
    palette,
    quotient,
    render,
    sequence_dot,
    sequence_svg,
    space_dot,
    space_mermaid,
    violating,
)
from haboot.diagrams.composed import talk
from haboot.diagrams.machine import edges, stays
from haboot.ledger import BY_NAME, FINDINGS, Finding
from haboot.model import PARTICIPANTS, STANDARD, Scenario, composition

from tests.pictures import tags, texts
from tests.runs import report, space_of

PICTURES = Path(__file__).parent.parent / "diagrams" / "pictures"
HEADLINE = ("mobile node", "initiator home agent", "failed home agent")
STALE = "draw it again: haboot draw participants -m NAME -f svg -f dot, haboot draw trace -f svg -f text"


# The pictures kept in the tree


@pytest.mark.parametrize("name", HEADLINE)
def test_kept_state_diagrams_are_those_of_the_model(name: str) -> None:
    stem = PICTURES / name.replace(" ", "-")
    assert stem.with_suffix(".dot").read_text() == participant_drawing(PARTICIPANTS[name]).formats["dot"](), STALE
    shown = texts(stem.with_suffix(".svg").read_text())
    assert all(state in shown for state in PARTICIPANTS[name].states)
    assert all(row.name in shown and row.cites in shown for row in PARTICIPANTS[name].rows)


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda one: one.name)
def test_kept_charts_are_those_of_the_findings(finding: Finding) -> None:
    verdict = judged(finding.scenario, Limits(), Meter()).report[finding.claim]
    drawing = trace_drawing(finding.scenario.name, verdict)
    stem = PICTURES / drawing.name
    assert stem.with_suffix(".txt").read_text() == drawing.formats["text"](), STALE
    assert stem.with_suffix(".svg").read_text() == drawing.formats["svg"](), STALE


def test_no_picture_is_kept_of_what_is_no_more() -> None:
    due = {f"{name.replace(' ', '-')}.{kind}" for name in HEADLINE for kind in ("svg", "dot")}
    due |= {f"trace-{finding.name}.{kind}" for finding in FINDINGS for kind in ("svg", "txt")}
    assert {path.name for path in PICTURES.iterdir()} == due


# State diagrams


def test_every_row_stands_on_an_edge_or_in_a_state() -> None:
    for participant in PARTICIPANTS.values():
        on_edges = {number for edge in edges(participant) for number in edge.rows}
        inside = {number for state in participant.states for number in stays(participant, state)}
        assert on_edges | inside == set(range(1, len(participant.rows) + 1))


def test_rows_that_a_scenario_never_takes_are_drawn_as_such() -> None:
    scenario = Scenario("fair", "")
    fired = fired_rows(space_of(scenario), composition(scenario).instances)["initiator home agent"]
    rows = PARTICIPANTS["initiator home agent"].rows
    never = frozenset(range(1, len(rows) + 1)) - fired
    assert {rows[number - 1].name for number in fired} >= {"starts IKE", "CreateChildSaResponse"}
    assert "retransmits" in {rows[number - 1].name for number in never}
    plain, marked = (machine_dot(PARTICIPANTS["initiator home agent"], which) for which in (frozenset[int](), never))
    assert plain.count("never fired") == 0
    assert marked.count("never fired") == len(never)
    assert "class=unfired" in marked


@pytest.mark.parametrize("name", PARTICIPANTS)
def test_state_diagrams_render_without_complaint_and_without_a_program(
    name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    svg = render.svg(machine_dot(PARTICIPANTS[name]))
    assert all(state in texts(svg) for state in PARTICIPANTS[name].states)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("dot", ["digraph { a [label=<<b></b>>] }", "digraph { a ["])
def test_a_drawing_that_graphviz_cannot_make_whole_is_an_error(dot: str) -> None:
    with pytest.raises(EngineError, match="Graphviz"):
        render.svg(dot)


def test_mermaid_has_each_transition() -> None:
    text = machine_mermaid(PARTICIPANTS["failed home agent"])
    assert text.splitlines()[0] == "stateDiagram-v2"
    assert "s0 --> s1 : fails (2)" in text
    assert text.count(" --> ") == 1 + sum(len(row.source) for row in PARTICIPANTS["failed home agent"].rows)


# Compositions


def test_a_composition_shows_who_talks_to_whom_and_what_is_shared() -> None:
    wired = composition(Scenario("fair", "", mobile_nodes=2))
    dot = composition_dot(wired)
    shown = texts(render.svg(dot))
    assert {"H.MN1", "H.MN2", "H.slots", "MN1.ike.H", "HomeAgentSwitch", "IkeAuthRequest"} <= set(shown.splitlines())
    assert dot.count("dir=both") == 2
    assert "subgraph" in composition_mermaid(wired)


def test_talk_is_what_reachable_steps_say() -> None:
    wired = composition(Scenario("fair", "", "different"))
    said = {kind for kinds in talk(close(wired)).values() for kind in kinds}
    space = space_of(Scenario("fair", "", "different"))
    seen = {type(e.message).__name__ for events, _ in space.layout.labels for e in events if isinstance(e, Sent)}
    assert seen
    assert seen <= said


# State spaces


def test_a_quotient_counts_every_state_and_every_step_once() -> None:
    space = space_of(Scenario("two", "", "different", mobile_nodes=2))
    for slots in ((), ("H.MN1.state",), ("H.MN1.state", "MN1.state")):
        seen = quotient(space, slots)
        assert sum(node.states for node in seen.nodes) == space.distinct
        assert sum(link.steps for link in seen.links) == len(space.edges)
        assert sum(node.ends for node in seen.nodes) == len(space.ends)
        inside = {(link.source, link.source): link.steps for link in seen.links if link.source == link.target}
        assert all(node.inside == inside.get((n, n), 0) for n, node in enumerate(seen.nodes))
        drawn = re.findall(r"^    n(\d+) -->.*\| n(\d+)$", space_mermaid(seen), re.MULTILINE)
        between = [(link.source, link.target) for link in seen.links]  # what stays within a node is told in none
        assert [(int(a), int(b)) for a, b in drawn] == [(a, b) for a, b in between if a != b or not slots]


def broken() -> tuple[Report, GraphSpace, Verdict]:
    """Return what is known of a scenario, its space, and the verdict of a property that it breaks."""
    found = report(BY_NAME["returned-agent-splits-registration"].scenario)
    assert isinstance(found.space, GraphSpace)
    return found, found.space, found["one-live-registration"]


def test_a_space_shows_what_breaks_and_the_way_there() -> None:
    report, space, verdict = broken()
    assert verdict.trace is not None
    bad = violating(space, verdict)
    assert bad
    seen = quotient(space, (), bad, verdict.trace)
    assert seen.nodes[seen.path[-1]].bad == 1
    assert seen.nodes[seen.path[0]].initial
    assert sorted(step for link in seen.links for step in link.path) == [*range(1, len(verdict.trace) + 1)]
    dot = space_dot(space, (), bad, verdict.trace)
    assert len(re.findall(r"step \d", dot)) == len(verdict.trace)
    assert "==>" in space_mermaid(seen)
    holds = next(one for one in report.verdicts if one.answer is Answer.HOLDS and one.trace is None)
    assert violating(space, holds) == frozenset()


def test_the_legend_of_a_space_tells_what_is_in_it_and_no_more() -> None:
    _, space, verdict = broken()
    told = {
        "is initial": True,
        "has no step of the system": bool(space.ends),
        "breaks the property": True,
        "a step of its trace, by number": True,
        "the wider, the more steps": False,
    }
    marked = texts(render.svg(space_dot(space, (), violating(space, verdict), verdict.trace)))
    assert {words: words in marked for words in told} == told
    bare = texts(render.svg(space_dot(space, ("MN1.state",))))
    assert {words: words in bare for words in told} == {
        **told,
        "breaks the property": False,
        "a step of its trace, by number": False,
        "the wider, the more steps": True,
    }


@pytest.mark.parametrize("slots", [(), ("H.MN1.state", "MN1.state")])
@pytest.mark.parametrize("most", [0, 10_000])
def test_every_action_of_a_space_is_named_at_its_edges_or_by_number(
    monkeypatch: pytest.MonkeyPatch, slots: tuple[str, ...], most: int
) -> None:
    monkeypatch.setattr("haboot.diagrams.space.NAMED", most)
    space = space_of(BY_NAME["lost-switch-is-final"].scenario)
    dot = space_dot(space, slots)
    shown = [link for link in quotient(space, slots).links if link.source != link.target or not slots]
    names = {name for link in shown for name in link.actions}
    drawn = " ".join(texts(render.svg(dot)).split())
    assert all(name in drawn for name in names)
    edges = [line for line in dot.splitlines() if " -> " in line]
    assert any(name.split()[0] in edge for name in names for edge in edges) == bool(most)


def test_a_space_that_never_rests_has_no_mark_for_rest() -> None:
    turn = Action("turns", ("side",), ("side",), lambda view: {"side": not view["side"]})
    space = check(System("coin", (Slot("side", (False, True)),), ({"side": False},), (turn,)), ()).space
    assert isinstance(space, GraphSpace)
    assert "no step of the system" not in texts(render.svg(space_dot(space)))


def test_a_state_without_a_step_is_not_drawn_as_something_good() -> None:
    space = space_of(BY_NAME["lost-switch-is-final"].scenario)
    for slots in ((), ("MN1.state",)):
        nodes = [line for line in space_dot(space, slots).splitlines() if "peripheries=2" in line]
        assert nodes
        assert all(f'fillcolor="{palette.WARN_FILL}"' in line for line in nodes)


def test_a_large_space_is_not_drawn_state_by_state() -> None:
    space = space_of(Scenario("two", "", "different", mobile_nodes=2))
    with pytest.raises(ModelError, match="too many to draw one by one"):
        space_dot(space)
    with pytest.raises(ModelError, match=r"did you mean 'H\.MN1\.state'"):
        space_dot(space, ("H.MN1.stat",))
    assert "states that agree on H.MN1.state are one node" in space_dot(space, ("H.MN1.state",))


# Names that look like markup


@dataclass(frozen=True)
class Ping:
    text: str = '<img src=x onerror="alert(1)">'

    def __str__(self) -> str:
        return self.text


def shout(me: Local) -> None:
    me.send("b", Ping())


EVIL = "<script>alert('x')</script>"
CALLER = Participant(EVIL, (EVIL, '"&\\N]'), EVIL, (Row("calls", (EVIL,), '"&\\N]', (), (shout,), EVIL),))
HEARER = Participant("hearer", ("deaf", "<b>"), "deaf", (Row(Ping, ("deaf",), "<b>"),))


def evil() -> tuple[Composition, System]:
    wired = Composition(EVIL, (Instance("a", CALLER, "a"), Instance("b.<i>", HEARER, "b")))
    return wired, compose(wired)


def test_names_with_markup_are_shown_as_they_are() -> None:
    wired, product = evil()
    report = check(product, [always("calm", ("b.<i>.state",), lambda v: v["b.<i>.state"] == "deaf")])
    space, trace = report.space, report["calm"].trace
    assert isinstance(space, GraphSpace)
    assert trace is not None
    picture = chart(trace, EVIL)
    drawings = {
        "machine": (render.svg(machine_dot(CALLER)), EVIL),
        "composition": (render.svg(composition_dot(wired)), EVIL),
        "space": (render.svg(space_dot(space, ("a.state",))), EVIL),
        "chart": (sequence_svg(picture), Ping().text.split()[0]),
        "pinned": (render.svg(sequence_dot(picture, EVIL)), Ping().text.split()[0]),
    }
    for name, (svg, wanted) in drawings.items():
        assert wanted in texts(svg), name
        assert not tags(svg) & {"script", "img", "b", "i"}, name
    for text in (machine_mermaid(CALLER), composition_mermaid(wired), chart_mermaid(picture)):
        assert "<script" not in text
        assert "<img" not in text


# Notebooks and the command


def test_notebooks_show_pictures() -> None:
    before, after = {"a.state": "up"}, {"a.state": "down"}
    homes = Homes({"a.state": "a"})
    trace = Trace(before, (Step("a falls", (Fired("a", "falls", 0),), before, after),), None, homes)
    for subject in (trace, chart(trace), PARTICIPANTS["failed home agent"], evil()[0], check(evil()[1], ()).space):
        ElementTree.fromstring(notebook.show(subject).svg)  # noqa: S314
    with pytest.raises(TypeError, match="no picture for a int"):
        notebook.show(3)
    fallen = always("stands", ("a.state",), lambda view: view["a.state"] == "up")
    assert 'class="broken"' in str(notebook.show(Verdict(fallen, Answer.VIOLATED, trace)))
    held = notebook.show(Verdict(fallen, Answer.HOLDS))
    assert (held._repr_svg_(), str(held)[:7]) == (None, "<table>")


def test_draw_writes_each_format(tmp_path: Path) -> None:
    formats = [part for kind in ("svg", "png", "dot", "mermaid") for part in ("-f", kind)]
    assert run(("draw", "-s", "split-brain-without-probe", *formats, "-o", str(tmp_path))) == 0
    files = {path.name for path in tmp_path.iterdir()}
    for stem in ("composition", "space", "trace"):
        assert {f"{stem}-split-brain-without-probe.{end}" for end in ("svg", "png", "dot", "mmd")} <= files
    assert "split-brain-without-probe-mobile-node.svg" in files
    for path in tmp_path.glob("*.svg"):
        assert texts(path.read_text())
    for path in tmp_path.glob("*.png"):
        head = path.read_bytes()[:24]
        assert head[:8] == b"\x89PNG\r\n\x1a\n"
        assert min(struct.unpack(">II", head[16:24])) > 100


def test_draw_refuses_a_folder_that_is_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken = tmp_path / "taken"
    taken.write_text("")
    assert run(("draw", "composition", "-o", str(taken))) == 2
    assert "taken" in capsys.readouterr().err


def test_a_space_that_is_no_graph_is_explored_again_to_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    one = judged(STANDARD[0], Limits(), Meter())
    known = graph_of(one)
    assert known is one.report.space
    kept = cast(
        GraphSpace, SimpleNamespace(distinct=known.distinct, system=known.system)
    )  # as a packed one, which has no edges to draw
    packed = replace(one, report=replace(one.report, space=kept))
    graph = graph_of(packed)
    assert graph is not known
    assert (graph.states, graph.edges) == (known.states, known.edges)
    monkeypatch.setattr("haboot.cli.drawings.MOST", 5)
    with pytest.raises(ModelError, match=f"'{STANDARD[0].name}' is too large: 12 states \\(at most 5\\)"):
        graph_of(packed)
