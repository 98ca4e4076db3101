"""A search shared out to shards: what comes out is the same, however many there are and in whatever order they work."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from haboot.checker import (
    Action,
    Answer,
    Constraint,
    Limits,
    ModelError,
    Slot,
    System,
    always,
    check,
    graph,
    judge,
    leads_to,
    packed,
    quiet,
    recoverable,
    sometimes,
)
from haboot.checker.certificates import arrays_of
from haboot.checker.judging import judge_all
from haboot.checker.packed import Form, PackedSpace, direct
from haboot.checker.packed.cluster import ClusterError, Within, answering, explore, shard
from hypothesis import given, settings
from hypothesis import strategies as some

from examples.coffee_can import PROPERTIES, coffee_can
from examples.two_phase_commit import agreement, two_phase_commit
from tests.agreement import figures
from tests.clusters import drawn, within
from tests.random_systems import random_properties, random_system

FORMS = (Form(), Form(runs=0), Form(rows=0), Form(runs=7, rows=2))


@given(
    seed=some.integers(0, 10**6),
    form=some.sampled_from(FORMS),
    actors=some.integers(1, 6),
    workers=some.sampled_from((1, 2)),
    order=some.integers(0, 10**6),
)
@settings(max_examples=25, deadline=None)
def test_random_systems_have_the_same_counts_verdicts_and_traces(
    seed: int, form: Form, actors: int, workers: int, order: int
) -> None:
    agree(seed, 0, form, Limits(actors=actors, workers=workers), order)


@pytest.mark.parametrize("padding", [12, 23])
def test_states_of_several_words_have_the_same_counts_verdicts_and_traces(padding: int) -> None:
    for seed in range(4):
        agree(seed, padding, FORMS[seed], Limits(actors=1 + seed, workers=1 + seed % 2), seed)


def agree(seed: int, padding: int, form: Form, limits: Limits, order: int) -> None:
    """Compare a cluster with the reference on one random system."""
    system = random_system(seed, padding)
    wanted, space = graph.explore(system, Limits(), quiet), within(system, limits, drawn(2, order), form)
    assert figures(space) == figures(wanted)
    claims = random_properties(seed, system)
    for claim, one, other in zip(claims, judge_all(space, claims), judge_all(wanted, claims), strict=True):
        assert (one.answer, one.trace) == (other.answer, other.trace), claim.name


@pytest.mark.parametrize("most", [None, 9_000])
def test_the_number_of_actors_and_their_order_change_nothing(most: int | None) -> None:
    late = sometimes("counted", ("counted 5", "counted 4"), lambda v: v["counted 5"] and v["counted 4"])
    told = set()
    for actors in (1, 2, 3, 7):
        space = within(two_phase_commit(6), Limits(max_states=most, actors=actors), drawn(2, actors))
        told.add(str((figures(space), judge(space, late).trace, judge(space, agreement(6)).answer)))
    assert len(told) == 1
    if most is None:
        assert figures(space) == figures(packed.explore(two_phase_commit(6), Limits(), quiet))
    else:
        assert space.distinct > most
        assert space.bounds_hit == ("max-states 9,000",)


def test_more_actors_than_states_are_idle() -> None:
    assert figures(within(two_phase_commit(3), Limits(actors=64))) == figures(
        packed.explore(two_phase_commit(3), Limits(), quiet)
    )


@pytest.mark.parametrize("workers", [1, 3])
def test_a_level_is_expanded_in_parts_where_buffers_are_small(monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    monkeypatch.setattr(shard, "CHUNK", 1)
    monkeypatch.setattr(shard.Outbox, "is_nearly_full", lambda outbox, _: outbox.found.sum() > 500)
    carrier, wanted = Noting(3), packed.explore(two_phase_commit(6), Limits(), quiet)
    assert figures(within(two_phase_commit(6), Limits(workers=workers), carrier)) == figures(wanted)
    assert carrier.sent["expand"] > 5 * wanted.depth


class Noting(Within):
    """Shards whose calls are counted."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.sent: dict[str, int] = {}

    def send(self, shard: int, verb: str, given: Sequence[Any], parts: int = 1) -> list[Any]:
        self.sent[verb] = self.sent.get(verb, 0) + 1
        return super().send(shard, verb, given, parts)


def test_what_two_shards_lack_at_once_is_told_to_all_once() -> None:
    def effect(view: Any) -> list[dict[str, int]]:
        return [{"n": (view["n"] * 7 + k) % 997} for k in range(view["n"] % 3)]

    jump = Action("jump", ("n",), ("n",), effect)
    turn = Action("turn", ("m",), ("m",), lambda v: {"m": (v["m"] + 1) % 50})
    system = System("jumps", (Slot("n", range(997)), Slot("m", range(50))), ({"n": 1, "m": 0},), (jump, turn))
    space = within(system, None, drawn(4, 1), Form(runs=0))
    assert figures(space) == figures(graph.explore(system, Limits(), quiet))


def test_one_action_with_more_outcomes_than_buffers_had_room_for_is_learnt_on_the_way() -> None:
    spread = Action("spread", ("n",), ("n",), lambda v: [{"n": k} for k in range(2_000)] if v["n"] == 3 else [])
    up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 3 else None)
    system = System("wide", (Slot("n", range(2_000)),), ({"n": 0},), (up, spread))
    space = within(system, None, None, Form(runs=0))
    assert (space.distinct, space.generated) == (2_000, 2_004)


def test_a_constraint_is_kept() -> None:
    up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 99 else None)
    few = Constraint("few", ("n",), lambda v: v["n"] < 9)
    space = within(System("up", (Slot("n", range(100)),), ({"n": 0},), (up,), constraint=few))
    assert (space.distinct, space.bounds_hit) == (9, ())


def test_values_that_are_found_on_the_way_are_alike_for_all_shards() -> None:
    up = Action("up", effect=lambda v: {"n": v["n"] + 1} if v["n"] < 200 else None)
    system = System("up", initial=({"n": 0},), actions=(up,))
    space = within(system, None, drawn(3, 1))
    assert (space.distinct, space.depth) == (201, 201)
    trace = judge(space, always("small", ("n",), lambda v: v["n"] < 150)).trace
    assert trace is not None
    assert len(trace) == 150


def test_a_shard_that_is_long_at_work_answers_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "LONG", 50)
    carrier = Noting(2)
    space = within(two_phase_commit(4), None, carrier)
    assert judge(space, agreement(4)).answer is Answer.HOLDS
    assert carrier.sent["sweep"] > 2 * 5


@pytest.mark.parametrize("at_once", [7, 1 << 20])
def test_questions_with_as_many_answers_as_states_are_asked_directly(
    monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(answering, "AT_ONCE", at_once)
    asked, whole = list[object](), direct.state_answers
    monkeypatch.setattr(direct, "state_answers", lambda *given: asked.append(given) or whole(*given))
    slots = Slot("n", range(50)), Slot("m", range(50))
    actions = tuple(
        Action(name, (name,), (name,), lambda v, name=name: {name: v[name] + 1} if v[name] < 49 else None)
        for name in ("n", "m")
    )
    system = System("grid", slots, ({"n": 0, "m": 0},), actions)
    claims = [
        always("apart", ("n", "m"), lambda v: v["n"] * v["m"] != 40 * 41),
        sometimes("never", ("n", "m"), lambda v: v["n"] * v["m"] == 97 * 2),
        sometimes("near", ("n", "m"), lambda v: v["n"] + v["m"] == 2),
    ]
    wanted = list(judge_all(graph.explore(system, Limits(), quiet), claims))
    one = list(judge_all(within(system, None, drawn(3, 1)), claims))
    assert [(v.answer, v.trace) for v in one] == [(v.answer, v.trace) for v in wanted]
    assert judge(within(system), claims[0]).trace == wanted[0].trace
    assert asked


def test_many_kinds_of_steps_are_asked_by_trees() -> None:
    can = coffee_can(30)
    one, other = (
        [(v.answer, v.trace) for v in judge_all(space, PROPERTIES)]
        for space in (graph.explore(can, Limits(), quiet), within(can))
    )
    assert one == other


def test_a_limit_on_memory_ends_the_search_and_is_named() -> None:
    near = always("nobody prepares", ("rm 0",), lambda v: v["rm 0"] != "prepared")
    space = within(two_phase_commit(8), Limits(max_memory=4 << 20))
    assert [judge(space, one).answer for one in (near, agreement(8))] == [Answer.VIOLATED, Answer.INCOMPLETE]
    assert space.bounds_hit == (f"max-memory {4 << 20:,} bytes",)
    assert space.distinct < 1_745_408
    assert sum(space.fired.values()) + 1 == space.generated


def test_a_question_about_runs_that_needs_too_much_memory_is_incomplete() -> None:
    space = within(two_phase_commit(6), Limits(max_memory=3 << 20))
    decided = leads_to("decided", ("tm",), lambda _: True, lambda view: view["tm"] != "init", cites=())
    verdict = judge(space, decided)
    assert verdict.answer is Answer.INCOMPLETE
    assert "on one machine its 50,816 states need" in verdict.note


def test_more_states_of_a_partition_than_there_is_room_for_are_not_brought_to_one_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    space = within(two_phase_commit(5))
    monkeypatch.setattr("haboot.checker.packed.partitions.physical_memory", lambda: 1 << 16)
    back = recoverable("back", ("tm",), lambda v: v["tm"] == "init")
    assert judge(space, back).answer is Answer.INCOMPLETE


def test_an_interrupt_leaves_a_level_unfinished() -> None:
    asked = iter(range(10**6))
    space = within(two_phase_commit(7), Limits(stopped=lambda: next(asked) > 60))
    assert space.bounds_hit == ("interrupted",)
    assert sum(space.fired.values()) + 1 == space.generated
    near = always("nobody prepares", ("rm 0",), lambda v: v["rm 0"] != "prepared")
    decided = recoverable("decided", ("tm",), lambda v: v["tm"] != "init")
    answers = [judge(space, one).answer for one in (near, agreement(7), decided)]
    assert answers == [Answer.VIOLATED, Answer.INCOMPLETE, Answer.INCOMPLETE]


def test_a_mistake_in_an_effect_ends_all_shards() -> None:
    carrier, up = Within(2), Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1})
    with pytest.raises(ModelError, match="slot 'n' cannot hold 5"):
        within(System("up", (Slot("n", range(5)),), ({"n": 0},), (up,)), None, carrier)
    assert carrier.shards == []


class Losing(Within):
    """Shards that never see one of the batches sent."""

    lost = 0

    def send(self, shard: int, verb: str, given: Sequence[Any], parts: int = 1) -> list[Any]:
        if verb == "insert" and not self.lost:
            self.lost, verb, given = 1, "_taken", ()
        return super().send(shard, verb, given, parts)


def test_a_batch_that_never_arrives_is_noticed() -> None:
    with pytest.raises(ClusterError, match="of what shard 0 sent, not all has arrived"):
        within(two_phase_commit(5), None, Losing(2))


@pytest.mark.parametrize("limits", [Limits(symmetry=True), Limits(reduction=True)])
def test_what_a_cluster_does_not_know_is_refused(limits: Limits) -> None:
    with pytest.raises(ModelError, match="knows neither symmetry nor reductions"):
        within(two_phase_commit(3), limits)


@pytest.mark.parametrize("limits", [Limits(actors=2), Limits(address="10.0.0.7:6379"), Limits(carrier="ray")])
def test_other_engines_have_no_actors(limits: Limits) -> None:
    with pytest.raises(ModelError, match="actors, an address and a carrier are of the cluster engine, not of 'packed'"):
        check(two_phase_commit(3), [], limits, engine="packed")


@pytest.mark.parametrize("given", [{"actors": 0}, {"address": ""}, {"address": 7}])
def test_limits_of_a_cluster_are_checked(given: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="limits"):
        Limits(**given)


def test_progress_ends_with_what_was_found() -> None:
    told = list[tuple[int, int, int, int]]()
    system, carrier = two_phase_commit(5), drawn(2, 1)
    space = explore(system, Limits(), lambda *numbers: told.append(numbers), PackedSpace, carrier=carrier)
    assert told[-1] == (space.distinct, space.generated, 0, space.depth)
    assert all(one[0] <= other[0] and one[1] <= other[1] for one, other in pairwise(told))


def test_a_space_shows_itself() -> None:
    space = within(two_phase_commit(3))
    assert "288 distinct states, 1,146 generated, depth 11 (cluster); explored whole" in repr(space)
    assert "<table" in space._repr_html_()
    assert space.alive == frozenset(space.fired)


def test_a_certificate_is_written_from_the_states_of_all_shards() -> None:
    space, system = within(two_phase_commit(4), Limits(actors=3)), two_phase_commit(4)
    arrays, wanted = arrays_of(space), arrays_of(packed.explore(system, Limits(), quiet))
    assert arrays.nodes == wanted.nodes
    assert sorted(zip(*map(list, arrays.columns), strict=True)) == sorted(zip(*map(list, wanted.columns), strict=True))


def test_shards_end_with_the_space() -> None:
    carrier = Within(2)
    space = within(two_phase_commit(3), None, carrier)
    assert len(carrier.shards) == 2
    del space
    assert carrier.shards == []
