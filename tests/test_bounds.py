"""What a bound, a constraint or the environment changes of a verdict, on both engines."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from haboot.checker import (
    Action,
    Answer,
    Constraint,
    Fairness,
    Limits,
    ModelError,
    Outcome,
    Property,
    Slot,
    System,
    Value,
    Verdict,
    View,
    always,
    check,
    finitely_often,
    leads_to,
    no_deadlock,
    recoverable,
    sometimes,
)

BOTH = pytest.mark.parametrize("engine", ["graph", "packed"])
UP = Fairness("up", frozenset({"up"}))


def tank(room: int | None) -> System:
    """A level that rises to 3, as far as there is room, beside a lamp that blinks."""

    def up(view: View) -> Outcome | Mapping[str, Value] | None:
        level = view["level"]
        if level == 3:
            return None
        return Outcome({}, bound="full") if level == room else {"level": level + 1}  # type: ignore[operator]

    blink = Action("blink", ("lamp",), ("lamp",), lambda v: {"lamp": not v["lamp"]})
    slots = Slot("level", range(4)), Slot("lamp", (False, True))
    return System("tank", slots, ({"level": 0, "lamp": False},), (Action("up", ("level",), ("level",), up), blink))


ASKED = (
    leads_to("fills", ("level",), lambda v: v["level"] == 0, lambda v: v["level"] == 3, (UP,)),
    recoverable("can fill", ("level",), lambda v: v["level"] == 3),
    finitely_often("blinks", ("lamp",), lambda m: m.before["lamp"] != m.after["lamp"], (UP,)),
    always("no two", ("level",), lambda v: v["level"] != 2),
    always("no three", ("level",), lambda v: v["level"] != 3),
    sometimes("two", ("level",), lambda v: v["level"] == 2),
    no_deadlock("goes on", (), lambda _: False),
)


def answers(system: System, engine: str, limits: Limits | None = None) -> dict[str, Answer]:
    return {one.property.name: one.answer for one in check(system, ASKED, limits, engine=engine).verdicts}


@BOTH
@pytest.mark.parametrize("room", [0, 1, 2])
def test_what_a_bound_lets_answer_the_unbounded_run_answers_too(engine: str, room: int) -> None:
    whole, bounded = answers(tank(None), engine), answers(tank(room), engine)
    assert whole["fills"] is Answer.HOLDS
    assert whole["no three"] is Answer.VIOLATED
    for name, answer in bounded.items():
        assert answer in {Answer.INCOMPLETE, whole[name]}, name
    assert bounded["fills"] is bounded["can fill"] is Answer.INCOMPLETE
    assert bounded["two"] is (Answer.HOLDS if room == 2 else Answer.INCOMPLETE)


@BOTH
def test_an_action_that_only_a_bound_cuts_counts_as_enabled(engine: str) -> None:
    stays = leads_to("leaves", ("level",), lambda v: v["level"] == 2, lambda v: v["level"] != 2, (UP,))
    assert check(tank(2), [stays], engine=engine).verdicts[0].answer is Answer.INCOMPLETE
    unfair = leads_to("leaves", ("level",), lambda v: v["level"] == 2, lambda v: v["level"] != 2)
    assert check(tank(2), [unfair], engine=engine).verdicts[0].answer is Answer.VIOLATED


def count(most: int | None) -> System:
    up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 9 else None)
    inside = None if most is None else Constraint(f"n is at most {most}", ("n",), lambda v: v["n"] <= most)
    return System("count", (Slot("n", range(10)),), ({"n": 0}, {"n": 5}), (up,), constraint=inside)


@BOTH
def test_a_constraint_cuts_on_purpose_and_every_verdict_names_it(engine: str) -> None:
    claims = [
        always("small", ("n",), lambda v: v["n"] < 4),
        always("tiny", ("n",), lambda v: v["n"] < 3),
        sometimes("four", ("n",), lambda v: v["n"] == 4),
        no_deadlock("moves", (), lambda _: False),
        leads_to("ends", ("n",), lambda _: True, lambda v: v["n"] == 3, (UP,)),
        recoverable("nine", ("n",), lambda v: v["n"] == 9),
    ]
    report = check(count(3), claims, engine=engine)
    assert (report.space.distinct, report.space.bounds_hit) == (4, ())
    found = [one.answer for one in report.verdicts]
    assert found[:4] == [Answer.HOLDS, Answer.VIOLATED, Answer.UNREACHED, Answer.HOLDS]
    assert found[4:] == [Answer.HOLDS, Answer.VIOLATED]
    assert all(one.basis == ("within constraint 'n is at most 3'",) for one in report.verdicts)
    assert check(count(None), [], engine=engine).space.distinct == 10


def test_a_constraint_is_held_against_the_model() -> None:
    with pytest.raises(ModelError, match="constraint 'n is at most -1' admits no initial state"):
        check(count(-1), [])
    with pytest.raises(ModelError, match="constraint 'odd' declares slot 'm', which does not exist"):
        System("s", (Slot("n", (0,)),), ({"n": 0},), (), constraint=Constraint("odd", ("m",), lambda _: True))
    loose = Constraint("loose", ("n",), lambda v: v["n"])  # type: ignore[arg-type, return-value]
    with pytest.raises(ModelError, match="constraint 'loose' returned 0; True or False is due"):
        check(System("s", (Slot("n", (0,)),), ({"n": 0},), (), constraint=loose), [])


def lift(*, repairs: bool, forgives: bool) -> System:
    """A lift that breaks by itself; the environment may shake it for ever, and repair it where it does that."""
    actions = [
        Action("go", ("at",), ("at",), lambda v: {"at": "top"} if v["at"] == "ground" else None),
        Action("breaks", ("at",), ("at",), lambda v: {"at": "stuck"} if v["at"] == "top" else None),
        Action("shake", (), (), lambda _: {}, environment=True),
    ]
    if repairs:
        mend = Action("repair", ("at",), ("at",), lambda v: {"at": "ground"} if v["at"] == "stuck" else None, True)
        actions.append(mend)
    if forgives:
        actions.append(Action("resets", ("at",), ("at",), lambda v: {"at": "ground"} if v["at"] == "stuck" else None))
    return System("lift", (Slot("at", ("ground", "top", "stuck")),), ({"at": "ground"},), tuple(actions))


def verdict(system: System, claim: Property, engine: str) -> Verdict:
    return check(system, [claim], engine=engine).verdicts[0]


@BOTH
@pytest.mark.parametrize("repairs", [False, True])
def test_steps_of_the_environment_are_no_progress(engine: str, repairs: bool) -> None:
    rests = no_deadlock("goes on", (), lambda _: False)
    found = verdict(lift(repairs=repairs, forgives=False), rests, engine)
    assert found.answer is Answer.VIOLATED
    assert found.trace is not None
    assert found.trace.final == {"at": "stuck"}
    assert found.basis == ("a step of the environment is no progress",)
    assert verdict(lift(repairs=repairs, forgives=True), rests, engine).answer is Answer.HOLDS


@BOTH
def test_a_goal_is_recovered_by_the_systems_own_steps_unless_it_says_otherwise(engine: str) -> None:
    home = recoverable("home", ("at",), lambda v: v["at"] == "ground")
    helped = recoverable("home", ("at",), lambda v: v["at"] == "ground", with_environment=True)
    assert verdict(lift(repairs=False, forgives=False), helped, engine).answer is Answer.VIOLATED
    assert verdict(lift(repairs=True, forgives=False), home, engine).answer is Answer.VIOLATED
    assert verdict(lift(repairs=True, forgives=False), helped, engine).answer is Answer.HOLDS
    assert verdict(lift(repairs=False, forgives=True), home, engine).answer is Answer.HOLDS
    assert "not by the environment's" in verdict(lift(repairs=True, forgives=False), home, engine).basis[0]


@BOTH
def test_a_cut_step_of_the_environment_saves_nobody(engine: str) -> None:
    flood = Action("flood", (), (), lambda _: Outcome({}, bound="full"), environment=True)
    still = System("still", (Slot("n", (0,)),), ({"n": 0},), (flood,))
    assert verdict(still, no_deadlock("goes on", (), lambda _: False), engine).answer is Answer.VIOLATED
    assert verdict(still, recoverable("one", ("n",), lambda v: v["n"] == 1), engine).answer is Answer.VIOLATED
    own = System("own", (Slot("n", (0,)),), ({"n": 0},), (Action("fill", (), (), flood.effect),))
    assert verdict(own, no_deadlock("goes on", (), lambda _: False), engine).answer is Answer.INCOMPLETE
    assert verdict(own, recoverable("one", ("n",), lambda v: v["n"] == 1), engine).answer is Answer.INCOMPLETE
