"""What a verdict says: kinds of property, vacuity, bounds, parallel steps, loops, and the author's mistakes."""

import itertools
from collections.abc import Mapping

import pytest
from haboot.checker import (
    Action,
    Answer,
    Clause,
    EngineError,
    Fairness,
    Kind,
    Limits,
    ModelError,
    Outcome,
    Property,
    Slot,
    Step,
    System,
    Trace,
    Verdict,
    View,
    always,
    check,
    leads_to,
    no_deadlock,
    recoverable,
    replay,
    sometimes,
    step,
)


def counter(most: int, *more: Action, start: int = 0) -> System:
    up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < most else None)
    return System("counter", (Slot("n", range(most + 1)),), ({"n": start},), (up, *more))


def reset(source: int) -> Action:
    return Action("reset", ("n",), ("n",), lambda v: {"n": 0} if v["n"] == source else None)


def verdict(system: System, claim: Property, limits: Limits | None = None) -> Verdict:
    return check(system, [claim], limits)[claim.name]


def at(*values: int) -> Mapping[str, object]:
    return {"reads": ("n",), "holds": lambda v: v["n"] in values}


def test_always_shows_the_shortest_way_to_a_violation() -> None:
    found = verdict(counter(5), always("small", ("n",), lambda v: v["n"] < 3))
    assert found.answer is Answer.VIOLATED
    assert found.trace is not None
    assert [one.after["n"] for one in found.trace] == [1, 2, 3]


def test_a_step_property_sees_both_sides() -> None:
    found = verdict(counter(5, reset(4)), step("only up", ("n",), lambda m: m.after["n"] > m.before["n"]))
    assert found.trace is not None
    assert [one.action for one in found.trace] == ["up"] * 4 + ["reset"]


def test_sometimes_shows_its_witness_or_is_unreached() -> None:
    assert len(verdict(counter(5), sometimes("three", ("n",), lambda v: v["n"] == 3)).trace or ()) == 3
    assert verdict(counter(5), sometimes("nine", ("n",), lambda v: v["n"] == 9)).answer is Answer.UNREACHED


def test_a_premise_that_never_comes_true_is_not_a_success() -> None:
    clause = Clause(("n",), lambda _: False, lambda v: v["n"] == 9)
    claim = Property("vacuous", Kind.ALWAYS, (clause,))
    assert verdict(counter(5), claim).answer is Answer.UNREACHED


def test_a_bound_makes_the_verdict_incomplete_but_keeps_violations() -> None:
    small = Limits(max_states=3)
    assert verdict(counter(9), always("any", ("n",), lambda _: True), small).answer is Answer.INCOMPLETE
    assert verdict(counter(9), always("no two", ("n",), lambda v: v["n"] != 2), small).answer is Answer.VIOLATED


def test_a_cut_outcome_makes_the_verdict_incomplete_and_is_no_deadlock() -> None:
    full = Action("up", ("n",), ("n",), lambda v: {"n": 1} if v["n"] == 0 else Outcome({}, bound="channel full"))
    system = System("cut", (Slot("n", range(2)),), ({"n": 0},), (full,))
    found = verdict(system, no_deadlock("rest", ("n",), lambda _: False))
    assert found.answer is Answer.INCOMPLETE
    assert "channel full" in found.note


def test_a_state_without_a_step_must_be_declared_terminal() -> None:
    assert verdict(counter(2), no_deadlock("rest", ("n",), lambda v: v["n"] == 2)).answer is Answer.HOLDS
    assert verdict(counter(2), no_deadlock("rest", ("n",), lambda v: v["n"] == 1)).answer is Answer.VIOLATED


def test_recoverable_finds_the_first_state_without_a_way_back() -> None:
    assert verdict(counter(5, reset(5)), recoverable("home", ("n",), lambda v: v["n"] == 0)).answer is Answer.HOLDS
    found = verdict(counter(5, reset(2)), recoverable("home", ("n",), lambda v: v["n"] == 0))
    assert found.trace is not None
    assert found.trace.final["n"] == 3


def test_parallel_actions_stay_two_steps() -> None:
    twin = Action("twin", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 2 else None)
    report = check(counter(2, twin), [step("never twin", ("n",), lambda m: m.action != "twin")])
    assert report.space.generated == 1 + 2 * 2
    assert report["never twin"].answer is Answer.VIOLATED


def test_a_choice_is_several_steps() -> None:
    fork = Action("fork", ("n",), ("n",), lambda v: [{"n": 1}, {"n": 2}] if v["n"] == 0 else None)
    report = check(System("fork", (Slot("n", range(3)),), ({"n": 0},), (fork,)), [])
    assert (report.space.distinct, report.space.generated) == (3, 3)


UP = Fairness("up", frozenset({"up"}))
FAIR_RESET = Fairness("reset", frozenset({"reset"}))
STRONG_RESET = Fairness("reset", frozenset({"reset"}), strong=True)


def reaches_two(*fairness: Fairness) -> Property:
    return leads_to("two", ("n",), lambda v: v["n"] == 0, lambda v: v["n"] == 2, fairness)


def test_without_fairness_a_run_may_stop() -> None:
    found = verdict(counter(2), reaches_two())
    assert found.answer is Answer.VIOLATED
    assert found.neglected == ("up",)


def test_with_weak_fairness_it_goes_on() -> None:
    assert verdict(counter(2), reaches_two(UP)).answer is Answer.HOLDS


def test_weak_fairness_does_not_break_a_loop_that_disables_the_action() -> None:
    back = Action("back", ("n",), ("n",), lambda v: {"n": 0} if v["n"] == 1 else None)
    leave = Action("leave", ("n",), ("n",), lambda v: {"n": 2} if v["n"] == 1 else None)
    go = Action("go", ("n",), ("n",), lambda v: {"n": 1} if v["n"] == 0 else None)
    system = System("loop", (Slot("n", range(3)),), ({"n": 0},), (go, back, leave))
    weak = tuple(Fairness(name, frozenset({name})) for name in ("go", "back", "leave"))
    strong = (*weak[:2], Fairness("leave", frozenset({"leave"}), strong=True))
    found = verdict(system, reaches_two(*weak))
    assert found.answer is Answer.VIOLATED
    assert found.trace is not None
    assert_fair(system, found.trace, weak)
    assert verdict(system, reaches_two(*strong)).answer is Answer.HOLDS


def assert_fair(system: System, trace: Trace, fairness: tuple[Fairness, ...]) -> None:
    """Check each constraint on the loop itself, from the actions' own code."""
    assert trace.loop is not None
    loop = trace.steps[trace.loop :]
    states = [one.before for one in loop] or [trace.final]
    effects = {action.name: action for action in system.actions}

    def enabled(name: str, state: Mapping[str, object]) -> bool:
        action = effects[name]
        result = action.effect(View({slot: state[slot] for slot in action.reads}, name))
        return result is not None and any(dict(state, **one.writes) != dict(state) for one in as_outcomes(result))

    for one in fairness:
        taken = any(step.action in one.actions and step.changes for step in loop)
        ready = [any(enabled(name, state) for name in one.actions if name in effects) for state in states]
        assert taken or not (any(ready) if one.strong else all(ready)), one.name


def as_outcomes(result: object) -> list[Outcome]:
    if isinstance(result, Outcome):
        return [result]
    if isinstance(result, Mapping):
        return [Outcome(result)]
    assert isinstance(result, list | tuple)
    return [one if isinstance(one, Outcome) else Outcome(one) for one in result]


def test_a_trace_that_the_model_cannot_take_is_an_internal_error() -> None:
    jump = Step("up", (), {"n": 0}, {"n": 2})
    with pytest.raises(EngineError, match="step 1, 'up'"):
        replay(counter(3), Trace({"n": 0}, (jump,)))


def test_an_undeclared_read_names_the_action_the_slot_and_the_nearest_one() -> None:
    wrong = Action("peek", ("n",), ("n",), lambda v: {"n": v["nn"]})
    with pytest.raises(ModelError, match=r"action 'peek' reads slot 'nn'.*did you mean 'n'"):
        check(counter(1, wrong), [])


def test_an_undeclared_write_names_the_action_and_the_slot() -> None:
    wrong = Action("poke", ("n",), (), lambda _: {"n": 0})
    with pytest.raises(ModelError, match="action 'poke' writes slot 'n', which it does not declare"):
        check(counter(1, wrong), [])


def test_a_value_outside_the_domain_names_the_slot_and_what_is_allowed() -> None:
    wrong = Action("burst", ("n",), ("n",), lambda _: {"n": 7})
    with pytest.raises(ModelError, match=r"action 'burst': slot 'n' cannot hold 7 \(allowed: 0, 1\)"):
        check(counter(1, wrong), [])


def test_an_action_that_answers_differently_is_refused() -> None:
    coin = itertools.count()
    wrong = Action("toss", ("n",), ("n",), lambda _: {"n": next(coin) % 2})
    with pytest.raises(ModelError, match="action 'toss' is not deterministic"):
        check(counter(1, wrong), [])


def test_an_effect_that_raises_names_the_action_and_what_it_read() -> None:
    wrong = Action("divide", ("n",), ("n",), lambda v: {"n": 1 // v["n"]})
    with pytest.raises(ModelError, match=r"action 'divide' raised ZeroDivisionError.*n=0"):
        check(counter(1, wrong), [])


def test_a_predicate_that_raises_names_the_property_and_what_it_read() -> None:
    with pytest.raises(ModelError, match=r"property 'odd' raised ZeroDivisionError.*'n': 0"):
        check(counter(1), [always("odd", ("n",), lambda v: 1 % v["n"] == 0)])


def test_a_predicate_that_answers_no_bool_is_refused() -> None:
    with pytest.raises(ModelError, match="property 'odd' returned 1; True or False is due"):
        check(counter(1, start=1), [always("odd", ("n",), lambda v: v["n"])])


def test_an_unknown_slot_in_a_declaration_is_refused() -> None:
    with pytest.raises(ModelError, match="action 'peek' declares slot 'm', which does not exist"):
        counter(1, Action("peek", ("m",), (), lambda _: None))
    with pytest.raises(ModelError, match="property 'odd' declares slot 'm', which does not exist"):
        check(counter(1), [always("odd", ("m",), lambda _: True)])


def test_fairness_for_an_action_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ModelError, match="fairness 'go' names action 'go', which 'counter' does not have"):
        check(counter(1), [reaches_two(Fairness("go", frozenset({"go"})))])
