"""Readings that product and textbook share: cases small enough to be read."""

from __future__ import annotations

from haboot.checker import (
    Action,
    Answer,
    Clause,
    Composition,
    Constraint,
    Instance,
    Joint,
    Kind,
    Local,
    Participant,
    Property,
    Resource,
    Row,
    Slot,
    System,
    always,
    check,
    compose,
    recoverable,
)

from tests.agreement import against_textbook
from tests.textbook import explored_system
from tests.textbook_machines import explored_machines


def test_a_premise_of_finitely_often_says_when_there_is_anything_to_count() -> None:
    flip = Action("flip", ("n",), ("n",), lambda v: {"n": 1 - v["n"]})
    system = System("flip", (Slot("n", range(2)),), ({"n": 0},), (flip,))
    for occurs, answer in ((True, Answer.VIOLATED), (False, Answer.UNREACHED)):
        clause = Clause(("n",), lambda _, occurs=occurs: occurs, lambda _, occurs=occurs: occurs)  # type: ignore[misc]
        report = check(system, [Property("never for ever", Kind.FINITELY_OFTEN, (clause,))])
        assert report["never for ever"].answer is answer
        assert against_textbook(report, explored_system(system)) == []


def test_no_goal_can_be_reached_through_what_a_constraint_leaves_out() -> None:
    up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 3 else None)
    small = Constraint("small", ("n",), lambda v: v["n"] < 2)
    system = System("count", (Slot("n", range(4)),), ({"n": 0},), (up,), constraint=small)
    for engine in ("graph", "packed"):
        report = check(system, [recoverable("top", ("n",), lambda v: v["n"] == 3)], engine=engine)
        assert report["top"].answer is Answer.VIOLATED
        assert against_textbook(report, explored_system(system)) == []


def test_a_resource_counts_what_all_that_share_in_a_step_take() -> None:
    def takes(me: Local) -> None:
        me.acquire()

    worker = Participant("worker", ("idle", "busy"), "idle", (Row("start", ("idle",), "busy", effects=(takes,)),))
    made = Composition(
        "both take one",
        (Instance("A", worker, "A", resource="pool"), Instance("B", worker, "B", resource="pool")),
        resources=(Resource("pool", 2),),
        joint=(Joint("start", "A", ("B",)),),
    )
    report = check(compose(made), [always("not both", ("pool",), lambda v: v["pool"] < 2)])
    assert report["not both"].answer is Answer.VIOLATED
    assert against_textbook(report, explored_machines(made)) == []
