"""Pictures: they show what the model gives today, mark what must be marked, and no text in them can do harm."""

import os
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from haboot.checker import Answer, EngineError, Limits, ModelError, Step, System, Trace, always, check
from haboot.checker.composition import Composition, Instance, close
from haboot.checker.core import View, evaluate
from haboot.checker.events import Fired, Lost, Received, Sent
from haboot.checker.graph import GraphSpace
from haboot.checker.participants import Local, Participant, Row
from haboot.checker.product import compose
from haboot.checker.refusals import Refusals
from haboot.cli.check import judged
from haboot.cli.drawings import chart_of, participant_drawing, trace_drawing
from haboot.cli.main import run
from haboot.cli.progress import Meter
from haboot.diagrams import notebook, render
from haboot.diagrams.chart import Chart, Fate, chart
from haboot.diagrams.composed import composition_dot, talk
from haboot.diagrams.machine import edges, fired_rows, machine_dot, stays
from haboot.diagrams.mermaid import chart_mermaid, composition_mermaid, machine_mermaid, space_mermaid
from haboot.diagrams.sequence import sequence_dot, sequence_svg
from haboot.diagrams.space import quotient, space_dot, violating
from haboot.diagrams.text import ASCII, drawn
from haboot.model.scenarios import PARTICIPANTS, Scenario, composition, system
from haboot.properties.catalogue import properties
from haboot.properties.findings import BY_NAME, FINDINGS, Finding

PICTURES = Path(__file__).parent.parent / "diagrams" / "pictures"
HEADLINE = ("mobile node", "initiator home agent", "failed home agent")
STALE = "draw it again: haboot draw participants -m NAME -f svg -f dot, haboot draw trace -f svg -f text"
SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> str:
    """All text of an SVG, which must be well formed."""
    return "\n".join("".join(one.itertext()) for one in ElementTree.fromstring(svg).iter(f"{SVG}text"))  # noqa: S314


def classes(svg: str) -> list[str]:
    return [one.get("class", "") for one in ElementTree.fromstring(svg).iter() if one.get("class")]  # noqa: S314


def space_of(scenario: Scenario) -> GraphSpace:
    space = check(system(scenario), ()).space
    assert isinstance(space, GraphSpace)
    return space


def finding_chart(name: str) -> Chart:
    finding = BY_NAME[name]
    return chart_of(finding.scenario, judged(finding.scenario, Limits(), Meter()).report[finding.claim])


# The pictures kept in the tree


@pytest.mark.parametrize("name", HEADLINE)
def test_kept_state_diagrams_are_those_of_the_model(name: str) -> None:
    stem = PICTURES / name.replace(" ", "-")
    assert stem.with_suffix(".dot").read_text() == participant_drawing(name).formats["dot"](), STALE
    shown = texts(stem.with_suffix(".svg").read_text())
    assert all(state in shown for state in PARTICIPANTS[name].states)
    assert all(row.name in shown and row.cites in shown for row in PARTICIPANTS[name].rows)


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda one: one.name)
def test_kept_charts_are_those_of_the_findings(finding: Finding) -> None:
    verdict = judged(finding.scenario, Limits(), Meter()).report[finding.claim]
    drawing = trace_drawing(finding.scenario, verdict)
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


def test_a_space_shows_what_breaks_and_the_way_there() -> None:
    scenario = BY_NAME["returned-agent-splits-registration"].scenario
    product = system(scenario)
    report = check(product, properties(scenario, product))
    space, verdict = report.space, report["one-live-registration"]
    assert isinstance(space, GraphSpace)
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


def test_a_large_space_is_not_drawn_state_by_state() -> None:
    space = space_of(Scenario("two", "", "different", mobile_nodes=2))
    with pytest.raises(ModelError, match="too many to draw one by one"):
        space_dot(space)
    with pytest.raises(ModelError, match=r"did you mean 'H\.MN1\.state'"):
        space_dot(space, ("H.MN1.stat",))
    assert "states that agree on H.MN1.state are one node" in space_dot(space, ("H.MN1.state",))


# Charts


@dataclass(frozen=True)
class Note:
    text: str
    sender: str = "a"
    sa: str = "a"

    def __str__(self) -> str:
        return self.text


def steps(*given: tuple[str, tuple[object, ...], dict[str, object]]) -> Trace:
    """A trace from (action, events, what changes), over three slots."""
    state: dict[str, object] = {"a.state": "up", "b.state": "up", "a>b.0": None}
    initial, made = dict(state), []
    for action, events, changes in given:
        after = {**state, **changes}
        made.append(Step(action, events, state, after))  # type: ignore[arg-type]
        state = after
    return Trace(initial, tuple(made))  # type: ignore[arg-type]


def test_a_message_is_followed_from_sending_to_its_end() -> None:
    note, other = Note("hello"), Note("lost one")
    picture = chart(
        steps(
            ("a sends", (Fired("a", "sends", 0), Sent("a", "b", note), Sent("a", "b", other)), {"a>b.0": note}),
            ("b receives", (Received("a", "b", note, accepted=True),), {"a>b.0": None, "b.state": "down"}),
            ("network loses", (Lost("a", "b", other),), {"a>b.0": note}),
            ("a sends", (Fired("a", "sends", 0), Sent("a", "b", note)), {"a>b.0": None}),
        ),
        "calm",
    )
    assert picture.lanes == ("a", "b")
    assert [[arrow.fate for arrow in row.arrows] for row in picture.rows] == [[], [Fate.TAKEN], [Fate.LOST], []]
    assert [row.arrows[0].sent_in for row in picture.rows if row.arrows] == [0, 0]
    assert [(arrow.text, arrow.sent_in) for arrow in picture.pending] == [("hello", 3)]
    assert [row.broken for row in picture.rows] == [False, False, False, True]
    assert [change.slot for row in picture.rows for change in row.changes] == ["b.state"]
    svg = sequence_svg(picture)
    assert {"message taken", "message lost", "message under-way", "cross", "broken", "breaks"} <= set(classes(svg))
    assert "step 4 breaks calm" in texts(svg)


def test_a_copy_that_stays_under_way_can_be_received_again() -> None:
    note, events = Note("hello"), (Received("a", "b", Note("hello"), accepted=False),)
    sent = ("a sends", (Sent("a", "b", note),), {"a>b.0": note})
    picture = chart(steps(sent, ("b receives a copy", events, {}), ("b receives", events, {"a>b.0": None})))
    assert [arrow.sent_in for row in picture.rows for arrow in row.arrows] == [0, 0]
    assert picture.pending == ()
    assert {arrow.fate for row in picture.rows for arrow in row.arrows} == {Fate.IGNORED}


def test_forged_and_unprotected_messages_are_marked() -> None:
    forged, bare = Note("forged one", sender="someone else"), Note("bare", sa="")
    picture = chart(
        steps(
            ("b receives", (Received("a", "b", forged, accepted=True),), {}),
            ("b receives", (Received("a", "b", bare, accepted=True),), {}),
            ("b receives", (Received("forger", "b", Note("x", "forger"), accepted=True),), {}),
        )
    )
    assert [row.arrows[0].mark for row in picture.rows] == ["forged", "unprotected", "forged"]
    assert sum("forged" in one.split() for one in classes(sequence_svg(picture))) == 2
    assert "═" in drawn(picture).plain
    assert "(forged)" in drawn(picture).plain


def test_a_lasso_marks_its_loop() -> None:
    picture = finding_chart("reboot-amid-exchange")
    assert picture.loop is not None
    assert [row.number for row in picture.rows if row.in_loop] == [*range(picture.loop, len(picture.rows) + 1)]
    svg = sequence_svg(picture)
    assert "loop" in classes(svg)
    assert f"repeats for ever from step {picture.loop}" in texts(svg)
    assert "loop for ever" in chart_mermaid(picture)
    resting = finding_chart("lost-switch-is-final")
    assert "stays here for ever" in texts(sequence_svg(resting))


def test_an_initial_state_that_breaks_has_a_chart() -> None:
    broken = chart(Trace({"a.state": "up"}, ()), "calm")
    assert "the initial state breaks calm" in drawn(broken).plain
    assert "the initial state breaks calm" in texts(sequence_svg(broken))


@pytest.mark.parametrize("width", [80, 120])
def test_text_charts_keep_to_their_width_and_tell_every_message(width: int) -> None:
    for name in ("two-initiators-race-in-dns", "old-agent-clears-live-name", "stale-care-of-address"):
        picture = finding_chart(name)
        plain = drawn(picture, width).plain
        assert max(map(len, plain.splitlines())) <= width
        joined = " ".join(plain.replace("│", " ").split())
        assert all(arrow.text in joined for row in picture.rows for arrow in (*row.arrows, *row.sends))


def test_text_charts_can_do_without_unicode() -> None:
    picture = finding_chart("stale-care-of-address")
    assert drawn(picture, 80, ASCII).plain.isascii()
    assert not drawn(picture, 80).plain.isascii()


def test_every_format_of_a_chart_shows_the_same_messages() -> None:
    picture = finding_chart("returned-agent-splits-registration")
    told = [arrow.text for row in picture.rows for arrow in row.arrows]
    shown = " ".join(texts(sequence_svg(picture)).split())
    pinned = " ".join(texts(render.svg(sequence_dot(picture, "chart"))).split())
    assert all(text in shown and text in pinned for text in told)
    assert chart_mermaid(picture).count("->>") == len(told)


# Why an action is not enabled


@pytest.mark.parametrize("assumptions", ["", "reboot crash", "second-initiator false-suspicion"])
def test_a_refusal_is_given_exactly_where_an_action_is_not_enabled(assumptions: str) -> None:
    scenario = Scenario("asked", "", "different", assumptions=frozenset(assumptions.split()))
    refusals, space = Refusals(composition(scenario)), space_of(scenario)
    actions = {action.name: action for action in space.system.actions}
    assert {name for name in actions if " receives " not in name and " loses " not in name} == set(refusals.actions)
    for encoded in space.states:
        state = space.layout.decoded(encoded)
        for name in refusals.actions:
            view = View({slot: state[slot] for slot in actions[name].reads}, name)
            assert (refusals.reason(name, state) == "") == bool(evaluate(actions[name], view))


def test_a_refusal_names_the_guard_the_state_or_the_host() -> None:
    refusals = Refusals(composition(Scenario("asked", "")))
    (state,) = system(Scenario("asked", "")).initial
    assert refusals.reason("H.MN1 starts IKE", state) == "guard is false: suspects failure"
    assert refusals.reason("H.MN1 retransmits", state).startswith("is idle, not init_sent")
    assert refusals.reason("O.MN1.binding retransmits the DNS update", state) == "its host is down"
    with pytest.raises(ModelError, match=r"no internal action 'H\.MN1 sleeps'"):
        refusals.reason("H.MN1 sleeps", state)


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
        tags = {one.tag.removeprefix(SVG) for one in ElementTree.fromstring(svg).iter()}  # noqa: S314
        assert not tags & {"script", "img", "b", "i"}, name
    for text in (machine_mermaid(CALLER), composition_mermaid(wired), chart_mermaid(picture)):
        assert "<script" not in text
        assert "<img" not in text


# Notebooks and the command


def test_notebooks_show_pictures() -> None:
    trace = steps(("a falls", (Fired("a", "falls", 0),), {"a.state": "down"}))
    for subject in (trace, chart(trace), PARTICIPANTS["failed home agent"], evil()[0], check(evil()[1], ()).space):
        ElementTree.fromstring(notebook.show(subject)._repr_svg_())  # noqa: S314
    with pytest.raises(TypeError, match="no picture for a int"):
        notebook.show(3)
    known: dict[type, object] = {}
    formatter = SimpleNamespace(for_type=known.__setitem__)
    notebook.load_ipython_extension(
        SimpleNamespace(display_formatter=SimpleNamespace(formatters={"image/svg+xml": formatter}))
    )
    assert known[Trace](trace).startswith("<svg")  # type: ignore[operator]


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
