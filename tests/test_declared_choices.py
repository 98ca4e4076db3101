"""What a model says aloud: unexpected messages, full channels, messages under way, and whose step a step is."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from haboot.checker import (
    Answer,
    Composition,
    Instance,
    Joint,
    Limits,
    Local,
    Lost,
    ModelError,
    Network,
    Participant,
    Received,
    Row,
    Sent,
    always,
    check,
    compose,
    fuzz,
    no_deadlock,
    sometimes,
)
from haboot.checker.fuzzing import Unfolded
from haboot.checker.fuzzing.walk import Memory, Walk
from haboot.checker.graph import GraphSpace
from haboot.checker.machines import Refusals


@dataclass(frozen=True)
class Data:
    number: int = 0


@dataclass(frozen=True)
class Stop:
    pass


def say(me: Local) -> None:
    me.send("B", Data())


def say_stop(me: Local) -> None:
    me.send("B", Stop())


def space_of(composition: Composition) -> GraphSpace:
    space = check(compose(composition), [], Limits(max_states=1000), engine="graph").space
    assert isinstance(space, GraphSpace)
    return space


def states_of(composition: Composition, *names: str) -> set[tuple[object, ...]]:
    space = space_of(composition)
    decoded = (space.layout.decoded(state) for state in space.states)
    return {tuple(state[name] for name in names) for state in decoded}


def events_of(space: GraphSpace) -> set[object]:
    return {event for events, _ in space.layout.labels for event in events}


# a message that no row takes

SENDER = Participant("sender", ("on", "said", "off"), "on", (Row("says", ("on",), "said", (), (say,)),))
CLOSED = Participant("listener", ("closed", "open", "got"), "closed", (
    Row("opens", ("closed",), "open"),
    Row(Data, ("open",), "got"),
))  # fmt: skip


def talk(listener: Participant, network: Network | None = None, sender: Participant = SENDER) -> Composition:
    return Composition("talk", (Instance("A", sender, "A"), Instance("B", listener, "B")), network or Network())


def test_an_unexpected_message_is_an_error_where_neither_way_is_chosen() -> None:
    said = r"B: 'Data\(number=0\)' meets participant 'listener' in state 'closed', and there is no row for it there; "
    said += r"say unexpected=\"discard\".*unexpected=\"wait\""
    with pytest.raises(ModelError, match=said):
        check(compose(talk(CLOSED)), [], engine="graph")
    with pytest.raises(ModelError, match=said):
        check(compose(talk(CLOSED)), [], engine="packed")
    with pytest.raises(ModelError, match=said):
        fuzz(talk(CLOSED), [], examples=20, steps=5)


def test_an_unexpected_message_that_is_never_met_is_no_error() -> None:
    ready = replace(CLOSED, initial="open", rows=CLOSED.rows[1:])
    ends = ("B.state",)
    report = check(compose(talk(ready)), [always("fine", ends, lambda v: v["B.state"] != "closed")])
    assert report["fine"].answer is Answer.HOLDS


def test_a_refused_guard_is_told_apart_from_a_missing_row() -> None:
    picky = replace(CLOSED, initial="open", rows=(Row(Data, ("open",), "got", (lambda me: me.message.number == 1,)),))
    with pytest.raises(ModelError, match="in state 'open', and no guard of its rows there holds"):
        check(compose(talk(picky)), [])


def test_what_is_discarded_is_gone_and_what_waits_is_taken_later() -> None:
    gone, kept = (replace(CLOSED, unexpected=way) for way in ("discard", "wait"))
    ends = ("B.state", "A>B.0")
    assert ("open", None) in states_of(talk(gone), *ends) - states_of(talk(kept), "B.state", "A>B.0", "A.state")
    said = ("A.state", *ends)
    assert ("said", "closed", None) in states_of(talk(gone), *said)
    assert ("said", "closed", None) not in states_of(talk(kept), *said)
    seen = events_of(space_of(talk(gone)))
    assert Received("A", "B", Data(), accepted=False) in seen
    assert Received("A", "B", Data(), accepted=False) not in events_of(space_of(talk(kept)))


def test_in_a_queue_what_waits_blocks_what_is_behind_it_and_in_a_multiset_it_does_not() -> None:
    rows = (Row("says", ("on",), "said", (), (say,)), Row("stops", ("said",), "off", (), (say_stop,)))
    sender = replace(SENDER, rows=rows)
    stoppable = replace(CLOSED, rows=(Row(Data, ("open",), "got"), Row(Stop, ("closed",), "got")), unexpected="wait")
    for reordering, reached in ((False, {"closed"}), (True, {"closed", "got"})):
        states = states_of(talk(stoppable, Network(reordering=reordering), sender), "B.state")
        assert {state for (state,) in states} == reached


def test_a_waiting_message_can_still_be_lost() -> None:
    kept = replace(CLOSED, rows=CLOSED.rows[1:], unexpected="wait")
    report = check(
        compose(talk(kept, Network(loss=True))), [no_deadlock("goes on", ("A>B.0",), lambda v: not v["A>B.0"])]
    )
    assert Lost("A", "B", Data()) in events_of(space_of(talk(kept, Network(loss=True))))
    assert report.space.distinct == 3


# a full channel

REPEATER = Participant("repeater", ("on",), "on", (Row("repeats", ("on",), "=", (), (say,)),))
TAKER = Participant("taker", ("idle", "got"), "idle", (Row(Data, ("idle", "got"), "got"),))


@pytest.mark.parametrize("reordering", [False, True])
def test_a_full_channel_bounds_the_search_loses_or_waits(reordering: bool) -> None:
    got = sometimes("got", ("B.state",), lambda v: v["B.state"] == "got")
    never = always("never", ("B.state",), lambda v: v["B.state"] != "out")
    for full, answer in (("bound", Answer.INCOMPLETE), ("lose", Answer.HOLDS), ("wait", Answer.HOLDS)):
        network = Network(capacity=2, reordering=reordering, full=full)  # type: ignore[arg-type]
        report = check(compose(talk(TAKER, network, REPEATER)), [got, never], engine="graph")
        assert (report["got"].answer, report["never"].answer) == (Answer.HOLDS, answer)
        assert report.space.distinct == 6
        assert bool(report.space.bounds_hit) == (full == "bound")


def test_what_is_sent_into_a_full_channel_is_seen_sent_and_lost_in_one_step() -> None:
    space = space_of(talk(TAKER, Network(capacity=1, full="lose"), REPEATER))
    steps = [events for events, _ in space.layout.labels if any(isinstance(one, Lost) for one in events)]
    assert [events[-2:] for events in steps] == [(Sent("A", "B", Data()), Lost("A", "B", Data()))]


def test_a_step_that_waits_for_room_is_not_enabled_and_says_why() -> None:
    deaf = Participant("deaf", ("idle", "got"), "idle", (Row(Data, ("got",), "got"),), unexpected="wait")
    composition = talk(deaf, Network(capacity=1, full="wait"), REPEATER)
    space = space_of(composition)
    assert space.distinct == 2
    report = check(compose(composition), [no_deadlock("goes on", (), lambda _: False)])
    assert report["goes on"].answer is Answer.VIOLATED
    full = {"A.state": "on", "B.state": "idle", "A>B.0": Data()}
    assert Refusals(composition).reason("A repeats", full) == "a channel that it sends into is full"


def test_a_machine_whose_step_waits_stays_where_it_was() -> None:
    counter = Participant(
        "counter",
        ("on",),
        "on",
        (Row("repeats", ("on",), "=", (), (lambda me: setattr(me, "n", 1 - me.n), say)),),
        {"n": (0, 1)},
    )
    fuzz(talk(TAKER, Network(capacity=1, full="wait"), counter), [], examples=10, steps=20)
    walk = Walk(Unfolded(talk(TAKER, Network(capacity=1, full="wait"), counter)), Memory())
    walk.begin()
    walk.follow(["A repeats", "B receives Data(number=0) from A", "A repeats"])
    assert walk.state["A.n"] == 0


def test_a_follower_does_not_undo_the_bound_that_its_leader_hits() -> None:
    leader = Participant("leader", ("on",), "on", (Row("shake", ("on",), "=", (), (say,)),))
    follower = Participant(
        "follower", ("on", "off"), "on", (Row("shake", ("on",), "off"), Row(Data, ("on", "off"), "="))
    )
    pair = (Instance("A", leader, "A"), Instance("B", follower, "B"))
    composition = Composition("pair", pair, Network(capacity=1), joint=(Joint("shake", "A", ("B",)),))
    assert space_of(composition).bounds_hit == ("channel A>B holds 1",)


# messages under way at the start


@pytest.mark.parametrize("reordering", [False, True])
def test_what_is_under_way_at_the_start_arrives(reordering: bool) -> None:
    last = Participant("last", ("idle", "zero", "one"), "idle", (
        Row(Data, ("idle",), "zero", (lambda me: me.message.number == 0,)),
        Row(Data, ("idle",), "one"),
    ), unexpected="discard")  # fmt: skip
    quiet = replace(REPEATER, rows=())
    letters = (("A", "B", Data(1)), ("A", "B", "", Data(0)))
    composition = replace(talk(last, Network(reordering=reordering, capacity=2), quiet), under_way=letters)
    reached = {state for (state,) in states_of(composition, "B.state")}
    assert reached == ({"idle", "zero", "one"} if reordering else {"idle", "one"})
    walk = Walk(Unfolded(composition), Memory())
    walk.begin()
    offered = {"B receives Data(number=1) from A", "B receives Data(number=0) from A"}
    assert set(walk.results) == (offered if reordering else {"B receives Data(number=1) from A"})


def test_more_under_way_than_fits_is_refused() -> None:
    composition = replace(talk(TAKER, Network(capacity=1)), under_way=(("A", "B", Data(0)), ("A", "B", Data(1))))
    for made in (compose, Unfolded):
        with pytest.raises(ModelError, match=r"under way at the start, but channel A>B holds 1"):
            made(composition)


@pytest.mark.parametrize(
    ("letter", "said"),
    [
        (("A", "C", Data()), "unknown host 'C'"),
        (("A", "B", "s", Data()), "unknown session 's'"),
        (("A", "B"), r"\(source, target, message\)"),
        (("A", "B", [1]), "cannot be hashed"),
        (("A", "B", None), r"\(source, target, message\)"),
        ((1, "B", Data()), "the source of what is under way is 1"),
        ("A", r"\(source, target, message\)"),
    ],
)
def test_what_is_under_way_is_looked_over(letter: object, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        replace(talk(TAKER), under_way=(letter,))  # type: ignore[arg-type]


def test_what_is_under_way_must_have_a_receiver() -> None:
    for made in (compose, Unfolded):
        with pytest.raises(ModelError, match="nobody would take it"):
            made(replace(talk(TAKER), under_way=(("B", "A", Data()),)))


# whose step it is


def marks(composition: Composition) -> dict[str, bool]:
    found = {action.name: action.environment for action in compose(composition).actions}
    walk = Walk(Unfolded(composition), Memory())
    walk.begin()
    for offer in walk.offers:
        assert walk._actions[offer.action].environment == found[offer.action]
    return found


def test_rows_and_instances_and_the_network_mark_steps_of_the_environment() -> None:
    rows = (*REPEATER.rows, Row("fails", ("on",), "=", environment=True))
    network = Network(loss=True, duplication=True, capacity=1)
    assert marks(talk(TAKER, network, replace(REPEATER, rows=rows))) == {
        "A repeats": False,
        "A fails": True,
        "B receives Data(number=0) from A": False,
        "B receives a copy of Data(number=0) from A": True,
        "network loses Data(number=0) from A to B": True,
    }
    adversary = Composition(
        "adversary",
        (Instance("A", REPEATER, "A", environment=True), Instance("B", TAKER, "B", environment=True)),
    )
    assert marks(adversary) == {"A repeats": True, "B receives Data(number=0) from A": True}


def test_marks_that_disagree_or_say_nothing_are_refused() -> None:
    with pytest.raises(ModelError, match="some rows of 'go' are of the environment and some are not"):
        Participant("p", ("a",), "a", (Row("go", ("a",), "="), Row("go", ("a",), "=", environment=True)))
    with pytest.raises(ModelError, match="row 'Data': it takes a message, so it is no act of the environment"):
        Row(Data, ("a",), "=", environment=True)
    plain = Participant("plain", ("a",), "a", (Row("go", ("a",), "="),))
    marked = Participant("marked", ("a",), "a", (Row("go", ("a",), "=", environment=True),))
    joint = (Joint("go", "A", ("B",)),)
    with pytest.raises(ModelError, match="of the environment at 'B', not at its leader 'A'"):
        Composition("pair", (Instance("A", plain, "A"), Instance("B", marked, "B")), joint=joint)
    pair = Composition("pair", (Instance("A", marked, "A"), Instance("B", plain, "B")), joint=joint)
    assert marks(pair) == {"A go": True}


def test_a_run_is_stuck_where_only_the_environment_could_act() -> None:
    once = Participant(
        "once", ("a", "b"), "a", (Row("acts", ("a",), "b"), Row("fails", ("a", "b"), "=", environment=True))
    )
    composition = Composition("once", (Instance("A", once, "A"),))
    report = fuzz(composition, [no_deadlock("goes on", (), lambda _: False)], examples=10, steps=5)
    assert [step.action for step in report.sightings["goes on"].trace] == ["A acts"]


def test_what_may_be_done_a_number_of_times_is_counted() -> None:
    often = talk(TAKER, Network(capacity=1, full="lose", loss=True, at_most={"loss": 2}), REPEATER)
    repeater = next(one for one in often.instances if one.participant is REPEATER)
    counted = tuple(replace(one, at_most={"repeats": 3} if one is repeater else {}) for one in often.instances)
    space = check(compose(replace(often, instances=counted)), [], engine="graph").space
    assert isinstance(space, GraphSpace)
    states = map(space.values, range(space.distinct))
    left = {(values[f"{repeater.name}.repeats left"], values["network.loss left"]) for values in states}
    assert left == {(3, 2), (2, 2), (2, 1), (1, 2), (1, 1), (1, 0), (0, 2), (0, 1), (0, 0)}


@pytest.mark.parametrize(("more", "said"), [({"disabled": {"shakes"}}, "disabled"), ({}, "undergone")])
def test_counting_what_never_happens_by_itself_is_refused(more: dict[str, Any], said: str) -> None:
    lamp = Participant("lamp", ("on",), "on", (Row("shakes", ("on",), "=", (), ()),))
    pair = (Instance("A", lamp, "A"), Instance("B", lamp, "B", at_most={"shakes": 1}, **more))
    joint = () if more else (Joint("shakes", "A", ("B",)),)
    with pytest.raises(ModelError, match=f"at_most has no effect on 'shakes', which is {said}"):
        Composition("pair", pair, joint=joint)
