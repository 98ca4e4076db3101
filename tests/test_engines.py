"""One suite for every engine: counts, verdicts and traces are the same, whatever the engine and its workers."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from enum import IntEnum
from typing import Any

import pytest
from haboot.checker import (
    Action,
    Answer,
    EngineError,
    Limits,
    ModelError,
    Outcome,
    Query,
    Slot,
    StateSpace,
    System,
    always,
    check,
    engines,
    graph,
    judge,
    leads_to,
    no_deadlock,
    packed,
    quiet,
    sometimes,
)
from haboot.checker.branches import See, TooManyError, branches
from haboot.checker.engines import explore
from haboot.checker.judging import judge_all
from haboot.checker.packed import Form, Rules
from haboot.checker.packed.layout import Packing
from haboot.checker.packed.links import links
from haboot.checker.packed.partitions import Workers
from haboot.checker.tables import Layout
from hypothesis import example, given, settings
from hypothesis import strategies as some

from examples.die_hard import DIE_HARD, NOT_SOLVED
from examples.two_phase_commit import agreement, two_phase_commit
from tests.agreement import figures
from tests.random_systems import random_properties, random_system

FORMS = (Form(), Form(runs=0), Form(rows=0), Form(runs=7, rows=2), Form(all_rows=3))
ENGINES = ("graph", "packed", "cluster")


class Level(IntEnum):
    """Values that equal whole numbers."""

    LOW = 0
    MIDDLE = 1
    TOP = 2


def bounds(engine: str, most: int | None = None) -> Limits:
    """What an engine may use: a cluster two actors, by the carrier that the environment names."""
    if engine != "cluster":
        return Limits(max_states=most)
    return Limits(max_states=most, actors=2, carrier=os.environ.get("HABOOT_TEST_CARRIER"))


def agree(seed: int, padding: int, form: Form, workers: int) -> None:
    """Compare the packed engine with the reference on one random system."""
    system = random_system(seed, padding)
    wanted = graph.explore(system, Limits(), quiet)
    space = packed.explore(system, Limits(workers=workers), quiet, form)
    assert figures(space) == figures(wanted)
    for claim in random_properties(seed, system):
        one, other = judge(space, claim), judge(wanted, claim)
        assert (one.answer, one.trace) == (other.answer, other.trace), claim.name


@given(seed=some.integers(0, 10**6), form=some.sampled_from(FORMS), workers=some.sampled_from((1, 2)))
@settings(max_examples=60, deadline=None)
@example(seed=0, form=FORMS[0], workers=1)
def test_random_systems_have_the_same_counts_verdicts_and_traces(seed: int, form: Form, workers: int) -> None:
    agree(seed, 0, form, workers)


@pytest.mark.parametrize(("padding", "bits"), [(12, 64), (23, 128), (34, 192)])
def test_states_of_several_words_have_the_same_counts_verdicts_and_traces(padding: int, bits: int) -> None:
    for seed in range(4):
        system = random_system(seed, padding)
        assert sum((len(slot.domain) - 1).bit_length() for slot in system.slots) > bits
        agree(seed, padding, FORMS[seed], 1 + seed % 2)


@pytest.mark.parametrize(
    ("managers", "published"),
    [
        (3, (288, 1_146, 11)),
        (5, (8_832, 58_146, 17)),
        (7, (296_448, 2_744_706, 23)),
        (9, (10_340_352, 123_558_402, 29)),
        pytest.param(10, (61_515_776, 817_760_258, 32), marks=pytest.mark.slow),
    ],
)
def test_two_phase_commit_has_the_published_counts(managers: int, published: tuple[int, int, int]) -> None:
    space = packed.explore(two_phase_commit(managers), Limits(), quiet)
    assert (space.distinct, space.generated, space.depth) == published
    assert sum(space.fired.values()) + 1 == published[1]


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_tables_changes_no_count(form: Form) -> None:
    space = packed.explore(two_phase_commit(6), Limits(), quiet, form)
    assert (space.distinct, space.generated, space.depth) == (50_816, 402_306, 20)


def test_a_table_too_wide_to_try_ahead_is_filled_on_demand() -> None:
    system = two_phase_commit(4)
    everything = tuple(slot.name for slot in system.slots)
    wide = tuple(replace(action, reads=everything, effect=_eager(action)) for action in system.actions)
    space = packed.explore(replace(system, actions=wide), Limits(), quiet)
    wanted = graph.explore(system, Limits(), quiet)
    assert figures(space) == figures(wanted)


def _eager(action: Action) -> object:
    return lambda view: action.effect(dict(view))  # type: ignore[arg-type]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seed", range(4))
def test_the_decisions_to_each_outcome_are_those_of_the_states_that_have_it(form: Form, seed: int) -> None:
    space = packed.explore(random_system(seed), Limits(workers=1), quiet, form)
    states = [words for part in space.known_states() for words in part]
    guarded = list(space.rules.guarded())
    for words in states:
        at = dict(enumerate(space.rules.packing.decoded(words)))
        led = sorted(number for path, number in guarded if all(at[place] == index for place, index in path))
        assert led == sorted(number for number, _ in space.rules.outcomes(words))


@pytest.mark.parametrize("explore", [graph.explore, packed.explore])
@pytest.mark.parametrize("ask", ["first_state", "first_step"])
def test_a_question_about_a_slot_that_does_not_exist_is_refused(explore: Callable[..., StateSpace], ask: str) -> None:
    space = explore(DIE_HARD, Limits(), quiet)
    with pytest.raises(ModelError, match="the question declares slot 'jug', which does not exist"):
        getattr(space, ask)(Query("the question", ("small", "jug"), lambda _: True))


def test_steps_whose_outcomes_are_not_all_known_are_not_written() -> None:
    space = packed.explore(DIE_HARD, Limits(workers=1), quiet)
    unknown = Rules(DIE_HARD, Layout(DIE_HARD), Packing(DIE_HARD.slots), Form(runs=0))
    assert links(unknown, space.partitions, space.expanded, space.generated, space.most_memory) is None
    space.rules, space._know = unknown, lambda: None  # type: ignore[method-assign]
    with pytest.raises(EngineError, match="steps were written before all of them were evaluated"):
        space.first_unable(*[Query("the question", (), lambda _: True)] * 2)


@given(widths=some.lists(some.integers(1, 4), max_size=3), most=some.integers(0, 70))
def test_runs_are_given_up_where_there_are_more_than_are_asked_for_and_only_there(widths: list[int], most: int) -> None:
    names = [f"n{place}" for place in range(len(widths))]
    domains = {name: range(width) for name, width in zip(names, widths, strict=True)}
    made = list[object]()

    def run(see: See) -> object:
        seen = [see(name) for name in names[: 1 if names and not see(names[0]) else None]]
        made.append(seen)
        return seen

    every = list(branches(run, domains))
    made.clear()
    if len(every) <= most:
        assert list(branches(run, domains, most)) == every
    else:
        with pytest.raises(TooManyError):
            list(branches(run, domains, most))
        assert len(made) <= most


@pytest.mark.parametrize("count", [1, 2])
def test_what_is_done_beside_is_waited_for_with_its_error(count: int) -> None:
    workers = Workers(count)
    assert workers.beside(lambda: 7)() == 7
    with pytest.raises(ZeroDivisionError):
        workers.beside(lambda: 1 // 0)()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("engine", ["graph", "packed"])
def test_a_question_is_met_where_a_trace_leads_to_its_answer(engine: str, seed: int) -> None:
    system = random_system(seed)
    space = explore(system, Limits(workers=1), quiet, engine)
    name = system.slots[0].name
    for value in (*system.slots[0].domain, None):
        state = Query("a state", (name,), lambda view, value=value: view[name] == value)  # type: ignore[misc]
        step = Query("a step", (name,), lambda move, value=value: move.after[name] == value)  # type: ignore[misc]
        assert space.is_met(state, by_step=False) == (space.first_state(state) is not None)
        assert space.is_met(step, by_step=True) == (space.first_step(step) is not None)


@given(seed=some.integers(0, 10**6), told=some.integers(0, 3))
@settings(max_examples=20, deadline=None)
def test_steps_are_all_written_whatever_number_of_them_is_due(seed: int, told: int) -> None:
    space = packed.explore(random_system(seed), Limits(workers=1), quiet)
    due = links(space.rules, space.partitions, space.expanded, space.generated, space.most_memory)
    other = links(space.rules, space.partitions, space.expanded, told, space.most_memory)
    assert due is not None
    assert other is not None
    for one, same in ((due.at, other.at), (due.target, other.target), (due.outcome, other.outcome)):
        assert one.tolist() == same.tolist()
    assert due.at[-1] == space.generated - len(space.rules.starts)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_jugs_are_solved_in_six_steps(engine: str) -> None:
    verdict = check(DIE_HARD, [NOT_SOLVED], bounds(engine), engine=engine).verdicts[0]
    assert verdict.answer is Answer.VIOLATED
    assert [step.action for step in verdict.trace or ()] == [step.action for step in _reference_way()]


def _reference_way() -> object:
    return check(DIE_HARD, [NOT_SOLVED], engine="graph").verdicts[0].trace


@pytest.mark.parametrize("engine", ENGINES)
def test_a_violation_in_the_initial_state_has_an_empty_trace(engine: str) -> None:
    still = System("still", (Slot("n", range(2)),), ({"n": 0},), ())
    verdict = check(still, [always("one", ("n",), lambda v: v["n"] == 1)], bounds(engine), engine=engine).verdicts[0]
    assert verdict.answer is Answer.VIOLATED
    assert verdict.trace is not None
    assert len(verdict.trace) == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_an_effect_that_fails_counts_only_where_it_is_reached(engine: str) -> None:
    def count(top: int) -> System:
        up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] != top else None)
        return System("count", (Slot("n", range(5)),), ({"n": 0},), (up,))

    assert check(count(3), [], bounds(engine), engine=engine).space.distinct == 4
    with pytest.raises(ModelError, match="slot 'n' cannot hold 5"):
        check(count(9), [], bounds(engine), engine=engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_value_that_equals_one_of_the_domain_is_that_one(engine: str) -> None:
    up = Action("up", ("level",), ("level",), lambda v: {"level": v["level"] + 1} if v["level"] < Level.TOP else None)
    ring = Action("ring", ("level",), ("on",), lambda v: {"on": 1} if v["level"] is Level.TOP else None)
    slots = Slot("level", tuple(Level)), Slot("on", (False, True))
    system = System("levels", slots, ({"level": 0, "on": 0},), (up, ring))
    silent = always("silent", ("on",), lambda view: view["on"] is False)
    trace = check(system, [silent], bounds(engine), engine=engine)["silent"].trace
    assert trace is not None
    assert [step.action for step in trace] == ["up", "up", "ring"]
    assert (trace.final["level"], trace.final["on"]) == (Level.TOP, True)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_action_that_changes_its_mind_is_refused(engine: str) -> None:
    answers = iter(range(10**6))
    odd = Action("odd", ("n",), ("n",), lambda _: {"n": next(answers) % 2})
    with pytest.raises(ModelError, match="'odd' is not deterministic"):
        check(System("odd", (Slot("n", range(2)),), ({"n": 0},), (odd,)), [], bounds(engine), engine=engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_bound_cuts_a_step_that_is_a_step_all_the_same(engine: str) -> None:
    full = Action("put", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 2 else Outcome({}, bound="full"))
    system = System("cut", (Slot("n", range(3)),), ({"n": 0},), (full,))
    report = check(system, [no_deadlock("never stuck", ("n",), lambda _: False)], bounds(engine), engine=engine)
    assert report.space.bounds_hit == ("full",)
    assert report.verdicts[0].answer is Answer.INCOMPLETE
    assert report.space.generated == 3


@pytest.mark.parametrize("engine", ENGINES)
def test_what_lies_before_a_limit_on_states_is_still_reported(engine: str) -> None:
    near = always("nobody prepares", ("rm 0",), lambda v: v["rm 0"] != "prepared")
    far = sometimes("all commit", ("rm 0",), lambda v: v["rm 0"] == "committed")
    report = check(two_phase_commit(8), [near, far, agreement(8)], bounds(engine, 3_000), engine=engine)
    assert [verdict.answer for verdict in report.verdicts] == [Answer.VIOLATED, Answer.INCOMPLETE, Answer.INCOMPLETE]
    assert report.space.bounds_hit == ("max-states 3,000",)
    assert 3_000 < report.space.distinct < 60_000


def test_a_limit_on_memory_ends_the_search_and_is_named() -> None:
    near = always("nobody prepares", ("rm 0",), lambda v: v["rm 0"] != "prepared")
    report = check(two_phase_commit(9), [near, agreement(9)], Limits(max_memory=40 << 20), engine="packed")
    assert [verdict.answer for verdict in report.verdicts] == [Answer.VIOLATED, Answer.INCOMPLETE]
    assert report.space.bounds_hit == (f"max-memory {40 << 20:,} bytes",)
    assert report.space.distinct < 10_340_352
    assert sum(report.space.fired.values()) + 1 == report.space.generated


def test_a_question_about_runs_that_needs_too_much_memory_is_incomplete() -> None:
    system = two_phase_commit(7)
    decided = leads_to("decided", ("tm",), lambda _: True, lambda view: view["tm"] != "init", cites=())
    report = check(system, [agreement(7), decided], Limits(max_memory=100 << 20), engine="packed")
    assert [verdict.answer for verdict in report.verdicts] == [Answer.HOLDS, Answer.INCOMPLETE]
    assert "2,744,705 steps" in report["decided"].note


@given(seed=some.integers(0, 10**6), workers=some.sampled_from((2, 3, 7)))
@settings(max_examples=60, deadline=None)
def test_what_is_found_ahead_of_its_turn_is_what_is_found_alone(seed: int, workers: int) -> None:
    system = random_system(seed)
    claims = random_properties(seed, system)
    space = packed.explore(system, Limits(workers=workers), quiet)
    alone = packed.explore(system, Limits(workers=1), quiet)
    assert list(judge_all(space, claims)) == [judge(alone, one) for one in claims]


def test_a_mistake_in_a_later_property_is_told_when_its_turn_comes() -> None:
    claims = [
        leads_to("fine", ("big",), lambda v: v["big"] == 5, lambda v: v["big"] == 4),
        leads_to("wrong", ("big",), lambda v: v["big"] == 5, lambda v: v["big"] // 0 > 1),
    ]
    answered = judge_all(packed.explore(DIE_HARD, Limits(workers=2), quiet), claims)
    assert next(answered).answer is Answer.VIOLATED
    with pytest.raises(ModelError, match="'wrong' raised ZeroDivisionError"):
        next(answered)


def test_the_number_of_workers_changes_nothing() -> None:
    limit = Limits(max_states=100_000)
    spaces = [packed.explore(two_phase_commit(8), replace(limit, workers=count), quiet) for count in (1, 2, 3)]
    assert len({str(figures(space)) for space in spaces}) == 1
    late = sometimes("counted", ("counted 7", "counted 6"), lambda v: v["counted 7"] and v["counted 6"])
    first, *others = [judge(space, late).trace for space in spaces]
    assert first is not None
    assert all(other == first for other in others)


def test_auto_starts_as_a_graph_and_goes_over_to_words() -> None:
    assert check(two_phase_commit(3), []).space.engine == "graph"
    assert check(two_phase_commit(6), []).space.engine == "packed"
    assert check(two_phase_commit(5), [], Limits(max_states=100)).space.engine == "graph"


def test_a_space_that_keeps_growing_is_not_explored_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = list[tuple[int, int, int]]()
    real = engines._graph_explored

    def noted(system: System, limits: Limits, *more: Any, **named: Any) -> Any:
        space = real(system, limits, *more, **named)
        seen.append((space.expanded, space.distinct, limits.max_states or 0))
        return space

    monkeypatch.setattr(engines, "_graph_explored", noted)
    names = [f"bit {n}" for n in range(14)]
    bits = System(
        "bits",
        tuple(Slot(name, (0, 1)) for name in names),
        (dict.fromkeys(names, 0),),
        tuple(
            Action(f"set {name}", (name,), (name,), lambda v, name=name: {name: 1} if not v[name] else None)
            for name in names
        ),
    )
    space = check(bits, []).space
    assert (space.engine, space.distinct, space.depth) == ("packed", 1 << 14, 15)
    expanded, distinct, most = seen.pop()
    assert expanded < distinct < most
    cut = check(bits, [], Limits(max_states=engines.SMALL)).space
    assert cut.engine == "graph", "a bound that was asked for is reached"
    assert cut.distinct >= engines.SMALL


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize(("states", "starts"), [(5, 1), (6, 1), (20, 1), (22, 1), (5, 5), (20, 20), (22, 21)])
def test_what_is_compiled_is_asked_of_spaces_alone_that_may_be_large(
    states: int, starts: int, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[None]()
    monkeypatch.setattr(packed, "are_loops_kept", lambda: asked.append(None) or kept)
    monkeypatch.setattr(engines, "SMALL", 5)
    monkeypatch.setattr(engines, "COLD", 20)
    up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] + 1 < states else None)
    count = System("count", (Slot("n", range(states)),), tuple({"n": n} for n in range(starts)), (up,))
    space = check(count, []).space
    assert space.distinct == states
    assert space.engine == ("graph" if states <= (5 if kept else 20) else "packed")
    assert bool(asked) == (states > 5 >= starts or 5 < starts <= 20)


def test_an_unknown_engine_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ModelError, match="did you mean 'packed'"):
        check(two_phase_commit(3), [], engine="pakced")
