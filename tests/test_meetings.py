"""Participants that act in one step: rendezvous, broadcast, messages put off, and starts that belong together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from haboot import (
    Composition,
    Fact,
    Input,
    Instance,
    Joint,
    Limits,
    Local,
    ModelError,
    Network,
    Participant,
    Report,
    Resource,
    Row,
    Start,
    Step,
    accepted,
    always,
    check,
    compose,
    judge,
    no_deadlock,
    quiet,
    sent,
    show,
    sometimes,
    state_graph,
)
from haboot.checker import Received, Sent, graph
from haboot.checker.machines import Refusals

from tests.agreement import against_textbook, alike
from tests.drawn_systems import drawn_properties
from tests.random_meetings import meeting_composition
from tests.slips import Slips, require_told
from tests.test_worlds import require_same_runs
from tests.textbook_machines import explored_machines

FEW, BATCH = 120, 20


@pytest.mark.parametrize("batch", [pytest.param(n, marks=() if n < 8 else pytest.mark.slow) for n in range(100)])
def test_a_random_composition_of_meetings_is_judged_as_by_the_textbook(batch: int) -> None:
    compared = 0
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        made = meeting_composition(seed)
        system = compose(made)
        space = graph.explore(system, Limits(max_states=FEW), quiet)
        if space.expanded == space.distinct:
            claims = drawn_properties(seed, system)
            report = Report(space, tuple(judge(space, claim) for claim in claims), 0.0)
            assert {seed: against_textbook(report, explored_machines(made))} == {seed: []}
            if seed % 4 == 0:
                assert {seed: alike(check(system, claims, Limits(workers=1), engine="packed"), report)} == {seed: []}
            compared += 1
    assert compared >= BATCH // 4


@pytest.mark.parametrize("first", range(0, 150, 50))
def test_a_run_is_offered_what_the_product_has_and_machines_do(first: int) -> None:
    assert sum(require_same_runs(meeting_composition(seed), seed) for seed in range(first, first + 50)) > 500


def test_what_is_drawn_meets_fails_to_meet_passes_and_starts_together() -> None:
    met: Counter[str] = Counter()
    for seed in range(150):
        made = meeting_composition(seed)
        space = graph.explore(compose(made), Limits(max_states=60), quiet)
        for events, _ in space.layout.labels:
            for one in events:
                if isinstance(one, Sent) and one.at_once:
                    takers = sum(isinstance(other, Received) for other in events)
                    met[f"{'meets' if one.target else 'broadcasts to'} {takers}"] += 1
        met.update({"starts": len(made.starts), "passes": passing(space)})
        met["together"] += any(joint.together for joint in made.joint)
    assert min(met[one] for one in ("meets 1", "meets 2", "broadcasts to 0", "broadcasts to 1")) > 5
    assert min(met[one] for one in ("starts", "passes", "together")) > 5


def passing(space: graph.GraphSpace) -> int:
    """How many steps take a message from behind another one."""
    steps = [(space.values(one), space.values(two)) for one, two, _, _ in space.edges]
    second = [name for name in space.layout.position if name.endswith(".1")]
    return sum(
        old[name] is not None and new[name] is None and old[first] == new[first] != old[name]
        for old, new in steps
        for name in second
        for first in [f"{name[:-1]}0"]
    )


# a customer and two counters


@dataclass(frozen=True)
class Order:
    """What a customer asks for."""

    what: str

    def __str__(self) -> str:
        return f"order {self.what}"


@dataclass(frozen=True)
class Closing:
    """What is told to everybody."""


def asks(me: Local) -> None:
    me.meet("till", Order("tea"))


def closes(me: Local) -> None:
    me.broadcast(Closing())


CUSTOMER = Participant(
    "customer",
    ("thirsty", "served", "gone"),
    "thirsty",
    (Row("asks", ("thirsty",), "served", (), (asks,)), Row(Closing, ("thirsty",), "gone")),
    terminal=frozenset({"served", "gone"}),
)
TILL = Participant(
    "till",
    ("closed", "free", "busy"),
    "closed",
    (
        Row("opens", ("closed",), "free"),
        Row(Order, ("free",), "busy", (lambda me: me.message.what == "tea",)),
        Row("closes", ("free", "busy"), "closed", (), (closes,)),
    ),
)
BOTH = (Instance("ann", CUSTOMER, "hall"), Instance("till", TILL, "till"))
SHOP = Composition("shop", BOTH)


def test_a_rendezvous_happens_where_both_are_ready_and_nothing_is_under_way() -> None:
    system = compose(SHOP)
    assert [slot.name for slot in system.slots] == ["ann.state", "till.state"]
    space = state_graph(check(system, []).space, most=99)
    assert all(space.values(one)["till.state"] == "free" for one, _, action, _ in space.edges if action == 0)
    served = check(system, [sometimes("served", ("ann.state",), lambda v: v["ann.state"] == "served")])["served"]
    opened, asked = served.steps()
    assert (opened.action, asked.action) == ("till opens", "ann asks")
    assert asked.changes == {"ann.state": ("thirsty", "served"), "till.state": ("free", "busy")}
    assert [(one.target, one.at_once) for one in sent(asked.events, Order)] == [("till", True)]
    assert [one.source for one in accepted(asked.events, Order)] == ["hall"]
    told = str(show(served))
    assert "order tea" in told
    assert "under way" not in told


def test_a_broadcast_draws_in_all_who_can_and_waits_for_nobody() -> None:
    two = replace(SHOP, instances=(*BOTH, Instance("bob", replace(CUSTOMER, initial="served"), "hall")))
    report = check(
        compose(two),
        [
            sometimes("ann goes", ("ann.state",), lambda v: v["ann.state"] == "gone"),
            always("bob stays", ("bob.state",), lambda v: v["bob.state"] == "served"),
        ],
    )
    last = report["ann goes"].steps()[-1]
    assert (last.action, last.changes["till.state"]) == ("till closes", ("free", "closed"))
    assert [one.target for one in sent(last.events, Closing)] == [""]
    assert len(accepted(last.events, Closing)) == 1
    assert str(report["bob stays"].answer) == "HOLDS"
    assert [step.action for step in unheard(SHOP)] == ["till closes"]


def unheard(made: Composition) -> list[Step]:
    """The steps by which a broadcast is heard by nobody."""
    space = state_graph(check(compose(made), []).space, most=99)
    names = [action.name for action in space.system.actions]
    kinds = {(action, events) for _, _, action, events in space.edges}
    found = [(names[action], space.events[number]) for action, number in kinds]
    return [
        Step(name, events, {}, {}) for name, events in found if sent(events, Closing) and not accepted(events, Closing)
    ]


def test_who_is_down_meets_nobody_and_why_is_told() -> None:
    down = Input(("shut",), lambda v: v["shut"])
    shut = replace(SHOP, facts=(Fact("shut", (False, True)),), down={("hall", "till"): down})
    space = state_graph(check(compose(shut), []).space, most=99)
    assert {space.values(one)["shut"] for one, _, action, _ in space.edges if action == 0} == {False}
    refusals = Refusals(shut)
    state = {"shut": False, "ann.state": "thirsty", "till.state": "closed"}
    assert refusals.reason("ann asks", state) == "waits for till: is closed, not free"
    free = {**state, "till.state": "free"}
    assert not refusals.reason("ann asks", free)
    assert "whom it meets does not hear it" in refusals.reason("ann asks", {**free, "shut": True})
    assert refusals.reason("ann asks", {**free, "ann.state": "gone"}) == "is gone, not thirsty"


@pytest.mark.parametrize(("together", "moves"), [(False, True), (True, False)])
def test_a_joint_that_is_together_waits_for_its_followers(together: bool, moves: bool) -> None:
    lead = Participant("lead", ("a", "b"), "a", (Row("go", ("a",), "b"),), terminal=frozenset({"a", "b"}))
    late = replace(lead, initial="b")
    made = Composition(
        "march",
        (Instance("L", lead, "L"), Instance("F", late, "F")),
        joint=(Joint("go", "L", ("F",), together=together),),
    )
    assert (check(compose(made), []).space.distinct == 2) is moves


def test_who_already_takes_part_is_drawn_in_no_second_time() -> None:
    def back(me: Local) -> None:
        me.meet("hall", Closing())

    eager = replace(TILL, rows=(*TILL.rows[:1], Row(Order, ("free",), "busy", (), (back,))))
    made = replace(SHOP, instances=(BOTH[0], Instance("till", eager, "till")))
    assert check(compose(made), []).space.distinct == 2


# messages that are put off


def says(*kinds: str) -> tuple[Callable[[Local], None], ...]:
    return tuple(lambda me, kind=kind: me.send("till", Order(kind)) for kind in kinds)


def queue(unexpected: object) -> Composition:
    """A sender of coffee, then tea, to a till that is busy and takes only tea."""
    sender = Participant("sender", ("on", "off"), "on", (Row("says", ("on",), "off", (), says("coffee", "tea")),))
    till = replace(TILL, initial="free", rows=TILL.rows[1:2], unexpected=unexpected, states=("free", "busy"))
    return Composition("queue", (Instance("ann", sender, "hall"), Instance("till", till, "till")), Network(loss=True))


@pytest.mark.parametrize("unexpected", ["wait", "defer", {Order: "defer"}])
@pytest.mark.parametrize("engine", ["graph", "packed"])
def test_what_is_put_off_lets_what_is_behind_it_pass(unexpected: object, engine: str) -> None:
    kept = ("till.state", "hall>till.0")
    claim = sometimes("passes", kept, lambda v: v["till.state"] == "busy" and v["hall>till.0"] == Order("coffee"))
    report = check(compose(queue(unexpected)), [claim], engine=engine)
    assert str(report["passes"].answer) == ("UNREACHED" if unexpected == "wait" else "HOLDS")


def test_each_class_of_message_has_its_own_way_where_none_is_said_it_is_an_error() -> None:
    with pytest.raises(ModelError, match="'order coffee' meets participant 'till' in state 'free'"):
        check(compose(queue({})), [])


# starts that belong together


@pytest.mark.parametrize("engine", ["graph", "packed"])
def test_parts_start_in_what_belongs_together(engine: str) -> None:
    starts = (
        Start({"ann.state": "served", "till.state": "busy", "pool": 1}),
        Start({"till.state": "free"}, (("hall", "till", "", Order("tea")),)),
    )
    till = replace(TILL, unexpected="wait")
    instances = (
        Instance("ann", CUSTOMER, "hall", start={"state": ("thirsty", "gone")}),
        Instance("till", till, "till"),
    )
    made = replace(SHOP, instances=instances, resources=(Resource("pool", 2),), starts=starts)
    system = compose(made)
    assert [tuple(map(str, state.values())) for state in system.initial] == [
        ("served", "busy", "1", "None", "None", "None"),
        ("thirsty", "free", "0", "order tea", "None", "None"),
        ("gone", "free", "0", "order tea", "None", "None"),
    ]
    report = check(system, [no_deadlock("goes on", (), lambda _: False)], engine=engine)
    assert str(report["goes on"].answer) == "HOLDS"


def nobody(me: Local) -> None:
    me.broadcast("nothing")


SLIPS: Slips = {
    "a broadcast to nobody": (
        lambda: compose(
            Composition(
                "c", (Instance("A", Participant("p", ("a",), "a", (Row("t", ("a",), "a", (), (nobody,)),)), "A"),)
            )
        ),
        "A broadcasts nothing, but no other participant of its session has a row for it",
    ),
    "a meeting at no host": (
        lambda: compose(replace(SHOP, instances=(BOTH[0], replace(BOTH[1], host="tills")))),
        "order tea is for exactly one participant, but nobody would take it; no participant is at host 'till'",
    ),
    "a start of no slot": (
        lambda: replace(SHOP, starts=(Start({"ann.stat": "gone"}),)),
        "a start: unknown slot 'ann.stat' (allowed: ann.state, till.state); did you mean 'ann.state'?",
    ),
    "a start outside of the domain": (
        lambda: replace(SHOP, starts=(Start({"ann.state": "going"}),)),
        "a start: slot 'ann.state' cannot hold 'going' (allowed: 'thirsty', 'served', 'gone')",
    ),
    "a start that is none": (
        lambda: replace(SHOP, starts=({"ann.state": "gone"},)),  # type: ignore[arg-type]
        "of type dict; of type Start, which is due",
    ),
    "a message of a start at no host": (
        lambda: replace(SHOP, starts=(Start({}, (("hall", "shop", Order("tea")),)),)),
        "under way: unknown host 'shop' (allowed: hall, till)",
    ),
    "ways with a class that no row takes": (
        lambda: replace(TILL, unexpected={Closing: "wait"}),
        "which no row takes (taken: Order)",
    ),
    "a way that is none": (
        lambda: replace(TILL, unexpected={Order: "later"}),  # type: ignore[dict-item]
        "unknown way with unexpected messages 'later' (allowed: discard, wait, defer)",
    ),
    "a meeting with everybody": (
        lambda: compose(
            replace(
                SHOP,
                instances=(
                    Instance(
                        "ann",
                        replace(CUSTOMER, rows=(Row("asks", ("thirsty",), "=", (), (lambda me: me.meet("", 1),)),)),
                        "hall",
                    ),
                ),
            )
        ),
        "ann meets to ''; the name of a host is due",
    ),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_told_in_one_line(name: str) -> None:
    require_told(SLIPS[name])
