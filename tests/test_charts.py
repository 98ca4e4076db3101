"""Sequence charts: every message from sending to its end, each mark, and the same in every form."""

from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

import pytest
from haboot import ModelError, Slot, System, always, check, compose
from haboot.checker import Fired, Homes, Limits, Lost, Received, Sent, Step, Trace, Value
from haboot.checker.machines import MARKS
from haboot.cli.drawings import chart_of
from haboot.cli.judging import judged
from haboot.cli.junit import details
from haboot.cli.progress import Meter
from haboot.diagrams import Chart, chart, chart_mermaid, drawn, render, sequence_dot, sequence_svg
from haboot.diagrams.charts import Fate, shown
from haboot.diagrams.sequence import Lanes, row_svg
from haboot.diagrams.text import APART, ASCII
from haboot.ledger import BY_NAME
from haboot.model import BindingUpdate, HomeAgentSwitch
from haboot.model.adversary import mark
from hypothesis import given, settings
from hypothesis import strategies as st

from examples.alternating_bit import alternating_bit
from tests.pictures import classes, texts


@cache
def finding_chart(name: str) -> Chart:
    finding = BY_NAME[name]
    return chart_of(judged(finding.scenario, Limits(), Meter()).report[finding.claim])


@dataclass(frozen=True)
class Note:
    text: str

    def __str__(self) -> str:
        return self.text


HOMES = Homes({"a.state": "a", "b.state": "b"}, {"a>b.0": ("a", "b", "")}, frozenset({"a.state", "b.state"}))


def steps(*given: tuple[str, tuple[object, ...], dict[str, object]]) -> Trace:
    """A trace from (action, events, what changes), over three slots."""
    state: dict[str, object] = {"a.state": "up", "b.state": "up", "a>b.0": None}
    initial, made = dict(state), []
    for action, events, changes in given:
        after = {**state, **changes}
        made.append(Step(action, events, state, after))  # type: ignore[arg-type]
        state = after
    return Trace(initial, tuple(made), None, HOMES)  # type: ignore[arg-type]


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
    note = Note("note")
    seen = (Received("a", "b", note, accepted=True, mark=mark) for mark in MARKS)
    picture = chart(steps(*(("b receives", (one,), {}) for one in seen)))
    assert [row.arrows[0].mark for row in picture.rows] == ["", "forged", "unprotected"]
    assert sum("forged" in one.split() for one in classes(sequence_svg(picture))) == 1
    assert "═" in drawn(picture).plain
    assert "(forged)" in drawn(picture).plain


def test_the_model_marks_what_is_forged_and_what_nothing_protects() -> None:
    forged, bare = HomeAgentSwitch("H", bootstrap=True, addresses=("H",), sa="H"), BindingUpdate("old", "a", sa="")
    assert (mark("X", forged), mark("H", forged)) == ("forged", "")
    assert (mark("MN1", bare), mark("forger", bare)) == ("unprotected", "forged")
    assert mark("MN1", object()) == ""
    drawn_marks = {arrow.mark for row in finding_chart("b-bit-is-invisible").rows for arrow in row.arrows}
    assert drawn_marks <= set(MARKS)


def test_a_slot_called_like_a_channel_is_drawn_as_what_it_is() -> None:
    before, after = {"a>b.0": "low", "x: y": 1}, {"a>b.0": "high", "x: y": 2}
    plain = chart(Trace(before, (Step("rises", (), before, after),)))
    assert [change.slot for change in plain.rows[0].changes] == ["a>b.0", "x: y"]
    assert plain.lanes == ()


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
    broken = chart(Trace({"a.state": "up"}, (), None, HOMES), "calm")
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


def test_more_lanes_than_fit_are_cut_at_the_width_and_every_action_is_told() -> None:
    state: dict[str, Value] = {f"h{number}.state": "up" for number in range(20)}
    initial, moves = state, []
    for number in range(20):
        after = {**state, f"h{number}.state": "down"}
        moves.append(Step(f"h{number} moves", (), state, after))
        state = after
    hosts = {name: name.removesuffix(".state") for name in initial}
    picture = chart(Trace(initial, tuple(moves), None, Homes(hosts, {}, frozenset(initial))))
    plain = drawn(picture, 40).plain
    assert len(picture.lanes) == 20
    assert max(map(len, plain.splitlines())) == 40
    assert all(f"h{number} moves" in plain for number in range(20))


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


def test_what_has_no_lane_and_what_comes_back_to_its_lane_is_drawn_in_every_form() -> None:
    note = Note("to myself")
    picture = chart(
        steps(
            ("the weather turns", (), {"a.state": "down"}),
            ("a sends", (Fired("a", "sends", 0), Sent("a", "a", note)), {}),
            ("a receives", (Received("a", "a", note, accepted=True),), {"b.state": "down"}),
        )
    )
    for form in (sequence_svg(picture), drawn(picture).plain, drawn(picture, glyphs=ASCII).plain):
        assert "the weather turns" in form
        assert "to myself" in form
    assert "l0->>l0: to myself" in chart_mermaid(picture)
    assert all(len(line) <= 80 for line in drawn(picture).plain.splitlines())


def test_a_character_that_xml_lacks_spoils_no_chart() -> None:
    odd = "bell \x07 & <b>"
    picture = chart(steps((odd, (), {}), ("b receives", (Received("a", "b", Note(odd), accepted=True),), {})))
    assert texts(sequence_svg(picture)).count("& <b>") == 2
    assert "& <b>" in texts(row_svg(picture.rows[1], Lanes(picture.lanes)))


def test_a_run_that_stays_where_it_is_says_so_in_every_form() -> None:
    whole = steps(("a sends", (Fired("a", "sends", 0), Sent("a", "b", Note("x"))), {"a.state": "down"}))
    picture = chart(replace(whole, loop=1), "calm")
    for form in (sequence_svg(picture), drawn(picture).plain, chart_mermaid(picture)):
        assert "for ever" in form


def test_a_set_is_shown_in_one_order() -> None:
    assert shown(frozenset({("b", 2), "a", None})) == "{(b, 2), a, none}"


@pytest.mark.parametrize(
    ("marks", "says"),
    [
        ("forged", "its marks are 'forged'|marks"),
        (lambda *_: "stolen", "'stolen'"),
    ],
)
def test_marks_that_there_are_not_are_refused(marks: object, says: str) -> None:
    with pytest.raises(ModelError, match=says):
        compose(replace(alternating_bit(), marks=marks))  # type: ignore[arg-type]


CHARTS = ("two-initiators-race-in-dns", "old-agent-clears-live-name", "stale-care-of-address")


@pytest.mark.parametrize("name", CHARTS)
def test_without_a_width_no_label_is_cut_and_no_line_wrapped(name: str) -> None:
    picture = finding_chart(name)
    lines = drawn(picture, None).plain.splitlines()
    for row in picture.rows:
        assert any(f" {row.number} {row.action}" in line or f"✗ {row.action}" in line for line in lines)
        told = [one.text for one in (*row.arrows, *row.sends)]
        told += [f"{one.slot.removesuffix('.state')}: {one.old} → {one.new}" for one in row.changes]
        assert all(any(text in line for line in lines) for text in told)


@pytest.mark.parametrize("name", CHARTS)
def test_lanes_are_no_further_apart_than_their_labels_need(name: str) -> None:
    picture = finding_chart(name)
    wide, wider = (drawn(picture, width).plain for width in (400, None))
    heads = wide.splitlines()[0]
    places = [heads.index(lane) for lane in picture.lanes]
    longest = max(len(arrow.text) for row in picture.rows for arrow in row.arrows)
    assert max(after - before for before, after in pairwise(places)) <= max(APART, longest + 10) + 2
    assert heads == wider.splitlines()[0], "labels need no more than 400 columns"


@given(st.integers(40, 400))
@settings(deadline=None)
def test_a_chart_begins_with_the_state_that_it_starts_from(width: int) -> None:
    picture = finding_chart("stale-care-of-address")
    lines = drawn(picture, width).plain.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("   1 "))
    assert lines[2].startswith("   0 initial state")
    told = " ".join(" ".join(lines[3:first]).replace("│", " ").split())
    for some in picture.start.values():
        assert all(f"{one.slot.removesuffix('.state')}: {one.new}" in told for one in some if one.is_state)


def test_a_system_without_hosts_starts_from_all_its_slots() -> None:
    before, after = {"small": 0, "big": 0}, {"small": 0, "big": 5}
    picture = chart(Trace(before, (Step("fill big", (), before, after),)), "never 5")
    assert "     small: 0 · big: 0" in drawn(picture).plain.splitlines()


@pytest.mark.parametrize(
    ("breaks", "says"), [("", "the initial state shows it"), ("calm", "the initial state breaks calm")]
)
def test_a_trace_of_no_steps_says_so(breaks: str, says: str) -> None:
    assert f"no step is taken: {says}" in drawn(chart(Trace({"a.state": "up"}, (), None, HOMES), breaks)).plain


def test_a_chart_without_lanes_begins_with_where_it_starts() -> None:
    fall = Step("it falls", (), {"state": "up"}, {"state": "down"})
    lines = drawn(chart(Trace({"state": "up"}, (fall,)), "stands")).plain.splitlines()
    assert [line.split() for line in lines[:2]] == [["0", "initial", "state"], ["state:", "up"]]


def test_what_is_told_of_a_verdict_begins_with_its_statement_or_else_its_chart() -> None:
    one = System("one", (Slot("state", ("up", "down")),), ({"state": "up"},), ())
    for statement in ("", "it stands"):
        claim = always("stands", ("state",), lambda v: v["state"] == "down", statement=statement)
        told = details(check(one, [claim])["stands"]).splitlines()
        start = [statement, "", "   0 initial state"] if statement else ["   0 initial state"]
        assert told[: len(start)] == start
