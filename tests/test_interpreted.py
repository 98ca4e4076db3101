"""The compiled loops say as plain Python what they say compiled; with NUMBA_DISABLE_JIT this file runs them so.

Every test here holds either way, over systems small enough for Python. ``.ci/slow`` runs the file interpreted, which is
how lines of compiled code come to be measured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from haboot.checker import (
    Action,
    Answer,
    Fairness,
    Interchangeable,
    Limits,
    Outcome,
    Slot,
    System,
    Value,
    View,
    always,
    array,
    counted,
    for_each,
    judge,
    judge_all,
    leads_to,
    no_deadlock,
    quiet,
    recoverable,
)
from haboot.checker.boundary import minimal
from haboot.checker.families import family
from haboot.checker.graph import search as graph
from haboot.checker.packed import Bits, Form, LabelledSearch, compiling, kernel, spreading
from haboot.checker.packed import space as packed
from haboot.checker.packed.layout import LANES
from haboot.checker.packed.loops import interpreted
from haboot.checker.packed.questions import StateQuestion
from haboot.checker.spaces import Query
from numba import njit

from examples.two_phase_commit import agreement, two_phase_commit
from tests.independent_systems import independent_system
from tests.labelled_systems import NAMES, TIGHT, asked_of, broken, labelled_system, safety
from tests.random_systems import random_properties, random_system

ONE = Limits(workers=1)
WORDS = [0, 1, 2, 3, 2**31, 2**32, 2**63, 2**64 - 1, *(int(n) for n in np.random.default_rng(0).integers(0, 2**63, 50))]


@pytest.mark.skipif(interpreted(), reason="there is nothing compiled to compare with")
def test_an_intrinsic_and_its_twin_in_python_agree() -> None:
    lowest, ones = njit(lambda word: compiling.lowest(word)), njit(lambda word: compiling.ones(word))  # noqa: PLW0108
    matches = njit(lambda table, at, mask, wanted: compiling.matches(table, at, mask, wanted))  # noqa: PLW0108
    for word in map(np.uint64, WORDS):
        assert ones(word) == kernel.ones(word)
        assert not word or lowest(word) == kernel.lowest(word)
    dice = np.random.default_rng(1)
    for _ in range(200):
        table = dice.integers(0, 4, 3 * LANES, dtype=np.uint32)
        at, mask, wanted = np.uint64(dice.integers(2 * LANES)), np.uint32(dice.integers(4)), np.uint32(dice.integers(4))
        assert matches(table, at, mask, wanted) == kernel.matches(table, at, mask, wanted)


@pytest.mark.parametrize(("seed", "padding"), [*((seed, 0) for seed in range(8)), (2, 12), (3, 23), (8, 12)])
def test_loops_agree_with_the_reference(seed: int, padding: int) -> None:
    system = random_system(seed, padding)
    if padding:
        system = replace(system, initial=system.initial[:1])
    form = (Form(), Form(runs=0), Form(rows=0), Form(runs=7, rows=2))[seed % 4]
    wanted, space = graph.explore(system, Limits(), quiet), packed.explore(system, ONE, quiet, form)
    assert (space.distinct, space.generated, space.depth) == (wanted.distinct, wanted.generated, wanted.depth)
    for claim in random_properties(seed, system):
        one, other = judge(space, claim), judge(wanted, claim)
        assert (one.answer, one.trace) == (other.answer, other.trace), claim.name


TOP = 80
CHAIN = System(
    "chain",
    (Slot("n", range(TOP + 1)),),
    tuple({"n": n} for n in range(TOP + 1)),
    (Action("up", ("n",), ("n",), lambda v: _up(counted(v["n"]))),),
)
FUNNEL = System(
    "funnel",
    (Slot("n", range(9)),),
    tuple({"n": n} for n in range(9)),
    (Action("home", (), ("n",), lambda _: {"n": 0}),),
)


LIFTED = replace(
    CHAIN,
    name="lifted",
    actions=(*CHAIN.actions, Action("lift", ("n",), ("n",), lambda v: _up(counted(v["n"])), environment=True)),
)


def _up(n: int) -> dict[str, int] | None:
    return {"n": n + 1} if n < TOP else None


@pytest.mark.parametrize("system", [FUNNEL, random_system(0), random_system(1)], ids=lambda one: one.name)
@pytest.mark.parametrize("form", [Form(), Form(runs=0)])
def test_buffers_with_room_for_the_steps_of_one_state_lose_none(
    system: System, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The steps known before the search, that is: where there are none, buffers grow."""
    monkeypatch.setattr("haboot.checker.packed.search.BUFFER", 0)
    monkeypatch.setattr("haboot.checker.packed.search.LANES", 0)
    wanted, space = graph.explore(system, Limits(), quiet), packed.explore(system, ONE, quiet, form)
    assert (space.distinct, space.generated, space.depth) == (wanted.distinct, wanted.generated, wanted.depth)
    assert space.fired == wanted.fired


@pytest.mark.parametrize(
    "made", [lambda: random_system(5), lambda: random_system(5, 12), lambda: CHAIN], ids=["narrow", "wide", "chain"]
)
def test_a_resumed_search_learns_again_what_its_states_do(made: Callable[[], System], tmp_path: Path) -> None:
    kept, nothing_known = replace(ONE, checkpoint=tmp_path), Form(runs=0)
    whole = packed.explore(made(), kept, quiet, nothing_known)
    again = packed.explore(made(), replace(kept, resume=True), quiet, nothing_known)
    assert len(again.rules.made) == 0
    for claim in random_properties(5, whole.system):
        one, other = judge(again, claim), judge(whole, claim)
        assert (one.answer, one.trace) == (other.answer, other.trace), claim.name
    assert len(again.rules.made) == len(whole.rules.made)


@pytest.mark.parametrize("rounds", [1, 64])
@pytest.mark.parametrize("system", [CHAIN, LIFTED], ids=lambda one: one.name)
def test_a_goal_far_ahead_is_seen_from_every_state_before_it(
    system: System, rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("haboot.checker.packed.space.ROUNDS", rounds)
    space = packed.explore(system, ONE, quiet)
    there, passed = (recoverable("there", ("n",), lambda v, goal=goal: v["n"] == goal) for goal in (TOP, TOP - 1))  # type: ignore[misc]
    assert judge(space, there).answer is Answer.HOLDS
    stuck = judge(space, passed)
    assert stuck.answer is Answer.VIOLATED
    assert stuck.trace is not None
    assert stuck.trace.final == {"n": TOP}


@pytest.mark.parametrize("form", [Form(), Form(rows=0)])
def test_a_symmetry_is_reduced(form: Form) -> None:
    blocks = tuple((f"rm {r}", f"counted {r}", f"prepared {r}") for r in range(3))
    system = replace(two_phase_commit(3), symmetry=(blocks,))
    space = packed.explore(system, replace(ONE, symmetry=True), quiet, form)
    assert space.distinct == 80
    assert judge(space, agreement(3)).answer is Answer.HOLDS


@pytest.mark.parametrize("form", [Form(), Form(runs=0)])
@pytest.mark.parametrize("made", [independent_system, lambda seed: random_system(seed, 12)], ids=["parts", "wide"])
def test_stubborn_sets_are_those_of_the_graph_engine(
    made: Callable[[int], System], form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With buffers that hold the steps of one state, so that the loop stops at each."""
    monkeypatch.setattr("haboot.checker.packed.search.BUFFER", 0)
    monkeypatch.setattr("haboot.checker.packed.search.LANES", 0)
    for seed in range(4):
        actions, slots = made(seed).actions, [slot.name for slot in made(seed).slots]
        rare = min(slots, key=lambda name: sum(name in one.writes for one in actions))
        state, ends = always("state", (rare,), lambda _: True), no_deadlock("ends", (), lambda _: True)
        for asked in ((state,), (state, ends), ()):
            limits = replace(ONE, reduction=True)
            one = packed.explore(made(seed), limits, quiet, form, asked)
            other = graph.explore(made(seed), limits, quiet, asked)
            assert (one.distinct, one.generated, one.depth) == (other.distinct, other.generated, other.depth)
            assert one.fired == other.fired


@pytest.fixture
def nothing_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer is known ahead, one may be missing at a time, what is left to be asked is arranged at each level."""
    for place, value in {
        "questions.RUNS": 0,
        "questions.STEP_RUNS": 0,
        "sweeping.MISSING": 1,
        "sweeping.STALE": -1,
        "links.WAITING": 0,
    }.items():
        monkeypatch.setattr(f"haboot.checker.packed.{place}", value)


def with_weather(seed: int) -> System:
    """Return a random system of which every other action is the environment's."""
    system = random_system(seed)
    actions = tuple(replace(one, environment=bool(n % 2)) for n, one in enumerate(system.actions))
    return replace(system, actions=actions)


@pytest.mark.usefixtures("nothing_ahead")
@pytest.mark.parametrize("form", [Form(), Form(rows=0), Form(runs=0)], ids=["rows", "trees", "open"])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("most", [None, 2, 6])
def test_properties_asked_together_are_answered_as_one_by_one(seed: int, form: Form, most: int | None) -> None:
    system = with_weather(seed)
    claims = random_properties(seed, system)
    space = packed.explore(system, replace(ONE, max_states=most), quiet, form)
    together = [(one.answer, one.trace) for one in judge_all(space, claims)]
    assert together == [(judge(space, one).answer, judge(space, one).trace) for one in claims]
    if most is None:
        wanted = graph.explore(system, Limits(), quiet)
        assert together == [(one.answer, one.trace) for one in judge_all(wanted, claims)]


@pytest.mark.parametrize("seed", range(3))
def test_what_a_resumed_search_does_not_know_is_no_deadlock(seed: int, tmp_path: Path) -> None:
    kept, nothing_known = replace(ONE, checkpoint=tmp_path), Form(runs=0)
    ends = no_deadlock("ends", (), lambda _: False)
    whole = packed.explore(with_weather(seed), kept, quiet, nothing_known)
    again = packed.explore(with_weather(seed), replace(kept, resume=True), quiet, nothing_known)
    assert [judge(again, ends).answer, judge(again, ends).trace] == [
        judge(whole, ends).answer,
        judge(whole, ends).trace,
    ]


def test_a_deadlock_is_shown_though_what_others_of_its_level_do_is_unknown(tmp_path: Path) -> None:
    wait = Action("wait", ("n",), (), lambda v: {} if v["n"] > TOP else None)
    still = replace(FUNNEL, name="still", actions=(wait,))
    kept, nothing_known = replace(ONE, checkpoint=tmp_path), Form(runs=0)
    ends = no_deadlock("ends", (), lambda _: False)
    packed.explore(still, kept, quiet, nothing_known)
    again = packed.explore(still, replace(kept, resume=True), quiet, nothing_known)
    trace = judge(again, ends).trace
    assert trace is not None
    assert trace.final == {"n": 0}


@pytest.mark.usefixtures("nothing_ahead")
def test_more_answers_may_be_missing_than_one_round_notes() -> None:
    many = tuple({"n": n} for n in range(400))
    wide = System("wide funnel", (Slot("n", range(400)),), many, FUNNEL.actions)
    space = packed.explore(wide, ONE, quiet)
    assert judge(space, recoverable("home", ("n",), lambda v: v["n"] == 0)).answer is Answer.HOLDS


RING = System(
    "ring",
    (Slot("n", range(4)), Slot("lit", (False, True))),
    ({"n": 0, "lit": False},),
    (
        Action("turn", ("n",), ("n",), lambda v: {"n": (v["n"] + 1) % 4}),
        Action("light", ("n", "lit"), ("lit",), lambda v: {"lit": not v["lit"]} if v["n"] == 2 else None),
    ),
)


@pytest.mark.parametrize("strong", [False, True])
@pytest.mark.parametrize("fair", [("turn",), ("turn", "light"), ("light", "turn")])
def test_a_loop_takes_the_steps_that_fairness_asks_for(fair: tuple[str, ...], strong: bool) -> None:
    promised = tuple(Fairness(f"{name} goes on", frozenset({name}), strong) for name in fair)
    claim = leads_to("never both", ("n", "lit"), lambda v: v["n"] == 0, lambda v: v["n"] == 0 and v["lit"], promised)
    stays = replace(RING, actions=(RING.actions[0], replace(RING.actions[1], effect=_flicker)))
    for system in (RING, stays):
        one, other = (judge(engine.explore(system, ONE, quiet), claim) for engine in (packed, graph))
        assert (one.answer, one.trace) == (other.answer, other.trace)


def test_a_loop_rests_where_what_is_promised_is_not_enabled() -> None:
    leave = Action("leave", ("n",), ("lit",), lambda v: {"lit": True} if v["n"] == 0 else None)
    promised = tuple(Fairness(f"{name} goes on", frozenset({name})) for name in ("leave", "turn"))
    claim = leads_to("left", ("lit",), lambda v: not v["lit"], lambda v: v["lit"], promised)
    system = replace(RING, actions=(RING.actions[0], leave))
    one, other = (judge(engine.explore(system, ONE, quiet), claim) for engine in (packed, graph))
    assert one.answer is Answer.VIOLATED
    assert one.trace == other.trace


def _flicker(view: View) -> dict[str, bool] | None:
    """Light and go out again: at the same place, so that it takes two steps."""
    return {"lit": not view["lit"]} if view["n"] in {1, 2} else None


def test_an_answer_that_is_known_by_now_is_not_computed_again() -> None:
    space, calls = packed.explore(CHAIN, ONE, quiet), list[int]()
    question = StateQuestion(space.rules, Query("a test", ("n",), lambda v: bool(calls.append(counted(v["n"])))))
    states = np.concatenate([*space.states()])
    question.learn(np.concatenate([states, states]))
    assert len(calls) == len(set(calls)) == TOP + 1


@pytest.mark.parametrize("tight", [False, True])
@pytest.mark.parametrize(("seed", "most"), [(0, 0), (2, 2), (4, 2), (6, 0)])
def test_minimal_sets_of_assumptions_are_those_of_each_set_alone(
    seed: int, most: int, tight: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in TIGHT.items() if tight else ():
        monkeypatch.setattr(f"haboot.checker.packed.{name}", value)
    system = labelled_system(seed)
    claims = safety(seed, system)
    asked, groups = asked_of(claims)
    found = LabelledSearch(family(system), asked, Bits(NAMES), most, groups).run(ONE)
    known, _ = broken(system, claims, most)
    for claim, group in zip(claims, groups, strict=True):
        assert set(minimal(some for number in group for some in found.sets[number])) == known[claim.name]


@pytest.mark.parametrize("most", [0, 1])
def test_what_takes_more_assumptions_than_are_looked_at_is_not_found(most: int) -> None:
    idle = Slot("idle", (0, 1), assumes={1: "b"})
    over = Action("over", ("n",), ("n",), lambda _: Outcome({}, bound="full"), assumes="a")
    starts = tuple({"n": 0, "idle": value} for value in (0, 1))
    system = System("idle", (Slot("n", (0, 1)), idle), starts, (over,))
    asked, groups = asked_of([always("idle", ("idle",), lambda v: v["idle"] == 0)])
    found = LabelledSearch(family(system), asked, Bits(NAMES), most, groups).run(ONE)
    assert found.sets == ((frozenset("b"),) * most,)
    assert found.bounded == (frozenset("a"),) * most


def test_sets_that_contain_no_other_are_kept_while_there_is_room() -> None:
    sets, count = np.zeros(2, np.uint64), 0
    for one, kept in ((0b011, [0b011]), (0b111, [0b011]), (0b100, [0b011, 0b100]), (0b1000, [0b011, 0b100])):
        count = spreading.added(sets, count, np.uint64(one))
        assert sets[:count].tolist() == kept
    count = spreading.added(sets, count, np.uint64(0b001))
    assert sets[:count].tolist() == [0b100, 0b001]


@pytest.mark.parametrize("words", [1, 2, 3, 4])
def test_a_state_is_replaced_by_its_least_image(words: int) -> None:
    keys = ("a", "b", "c")
    at, last = array("at", keys, (0, 1)), Slot("last", (None, *keys))
    pads = [Slot(f"pad {n}", range(1 << 16)) for n in range(4 * (words - 1))]

    def go(key: str) -> Action:
        return Action(f"go {key}", effect=lambda v: {at[key]: 1 - v[at[key]], last: key})

    start: dict[Slot, Value] = {**at.filled(0), last: None, **dict.fromkeys(pads, 9)}
    group = Interchangeable(keys, [at], [last])
    slots = (*pads[::2], *at, *pads[1::2], last)
    system = System("keys", slots, (start,), for_each(keys, go), symmetry=(group,))
    space = packed.explore(system, replace(ONE, symmetry=True), quiet)
    assert space.rules.packing.words == words
    assert space.reductions == (f"symmetry (proven): {space.distinct} orbits stand for 25 states",)
    assert space.distinct == 7
