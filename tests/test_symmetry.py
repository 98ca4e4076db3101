"""Symmetry: true orbits, whose sizes add up to the unreduced count, and refusal of what it does not preserve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from haboot.checker import (
    Action,
    Answer,
    Clause,
    EngineError,
    Kind,
    Limits,
    ModelError,
    Outcome,
    Property,
    Slot,
    System,
    Value,
    View,
    always,
    check,
    counted,
    judge,
    leads_to,
    packed,
    quiet,
    recoverable,
)

from examples.two_phase_commit import agreement, two_phase_commit

REDUCED = Limits(symmetry=True)


def interchangeable(managers: int) -> System:
    blocks = tuple((f"rm {r}", f"counted {r}", f"prepared {r}") for r in range(managers))
    return replace(two_phase_commit(managers), symmetry=(blocks,))


def nobody_commits(managers: int) -> Property:
    clauses = (Clause((f"rm {r}",), lambda v, r=r: v[f"rm {r}"] != "committed") for r in range(managers))  # type: ignore[misc]
    return Property("nobody commits", Kind.ALWAYS, tuple(clauses))


@pytest.mark.parametrize(("managers", "orbits", "states"), [(3, 80, 288), (5, 314, 8_832), (7, 920, 296_448)])
def test_orbits_are_the_true_ones_and_add_up(managers: int, orbits: int, states: int) -> None:
    space = check(interchangeable(managers), [], REDUCED).space
    assert space.distinct == orbits
    assert space.reductions == (f"symmetry (proven): {orbits:,} orbits stand for {states:,} states",)


def test_verdicts_and_traces_are_those_of_the_whole_space() -> None:
    goal = tuple(f"rm {r}" for r in range(4))
    claims = [
        agreement(4),
        nobody_commits(4),
        recoverable("all the same", goal, lambda v: len({v[name] for name in goal}) == 1),
    ]
    reduced = check(interchangeable(4), claims, REDUCED)
    whole = check(two_phase_commit(4), claims)
    assert [one.answer for one in reduced.verdicts] == [one.answer for one in whole.verdicts]
    assert [one.answer for one in reduced.verdicts] == [Answer.HOLDS, Answer.VIOLATED, Answer.HOLDS]
    trace, other = reduced.verdicts[1].trace, whole.verdicts[1].trace
    assert trace is not None
    assert other is not None
    assert (len(trace), "committed" in trace.final.values()) == (len(other), True)


def test_wide_blocks_are_sorted_across_words() -> None:
    system = two_phase_commit(2)
    slots, blocks, initial = list(system.slots), [[f"rm {r}", f"counted {r}", f"prepared {r}"] for r in range(2)], {}
    for r in range(2):
        for n in range(20):
            slots.append(replace(slots[0], name=f"idle {r} {n}", domain=range(20)))
            blocks[r].append(f"idle {r} {n}")
            initial[f"idle {r} {n}"] = n
    states = tuple({**state, **initial} for state in system.initial)
    wide = System("wide", tuple(slots), states, system.actions, symmetry=(tuple(map(tuple, blocks)),))
    whole = check(replace(wide, symmetry=()), [], engine="packed").space.distinct
    space = check(wide, [], REDUCED).space
    assert space.reductions == (f"symmetry (proven): {space.distinct:,} orbits stand for {whole:,} states",)


@pytest.mark.parametrize(
    "claim",
    [
        always("one of them", ("rm 0",), lambda v: v["rm 0"] != "committed"),
        leads_to("ends", ("tm",), lambda v: v["tm"] == "init", lambda v: v["tm"] != "init"),
        Property("each", Kind.RECOVERABLE, tuple(Clause((f"rm {r}",), lambda v: True in v.values()) for r in range(3))),
    ],
)
def test_a_property_that_the_reduction_does_not_preserve_is_refused_alone(
    claim: Property, monkeypatch: pytest.MonkeyPatch
) -> None:
    (whole,) = check(two_phase_commit(3), [claim]).verdicts
    verdicts = check(interchangeable(3), [claim, agreement(3)], REDUCED).verdicts
    assert [one.answer for one in verdicts] == [whole.answer, Answer.HOLDS]
    rests = [one.basis[-1].split(":")[0] for one in verdicts]
    assert rests == ["without symmetry, on all 288 states", "symmetry (proven)"]
    monkeypatch.setattr("haboot.checker.packed.space.UNREDUCED", 287)
    verdicts = check(interchangeable(3), [claim, agreement(3)], REDUCED).verdicts
    assert [one.answer for one in verdicts] == [Answer.INCOMPLETE, Answer.HOLDS]
    assert "interchangeable" in verdicts[0].note or "symmetry does not preserve" in verdicts[0].note


def twos(top: int, lopsided: bool) -> System:
    """Two counters, and a flag each, raised when one is full and the other half full; if lopsided, only the first's."""

    def counter(i: int) -> Action:
        mine, flag, other = f"c{i}", f"b{i}", f"c{1 - i}"

        def up(view: View) -> dict[str, Value] | None:
            if counted(view[mine]) < top:
                return {mine: counted(view[mine]) + 1}
            raises = view[other] == top // 2 and not view[flag] and (i == 0 or not lopsided)
            return {flag: True} if raises else None

        return Action(f"up {i}", (mine, flag, other), (mine, flag), up)

    blocks = tuple((f"c{i}", f"b{i}") for i in (0, 1))
    slots = tuple(slot for c, b in blocks for slot in (Slot(c, range(top + 1)), Slot(b, (False, True))))
    start = {slot.name: slot.domain[0] for slot in slots}
    return System("twos", slots, (start,), (counter(0), counter(1)), symmetry=(blocks,))


RAISED = Property("no flag", Kind.ALWAYS, tuple(Clause((f"b{i}",), lambda v, i=i: not v[f"b{i}"]) for i in (0, 1)))  # type: ignore[misc]


@pytest.mark.parametrize("top", [4, 20, 60, 100])
def test_a_symmetry_that_fails_in_one_state_only_is_refused(top: int) -> None:
    reduced = check(twos(top, lopsided=False), [RAISED], REDUCED)
    whole = check(twos(top, lopsided=False), [RAISED], engine="packed")
    assert reduced.space.reductions == (
        f"symmetry (proven): {reduced.space.distinct:,} orbits stand for {whole.space.distinct:,} states",
    )
    assert reduced.verdicts[0].answer is whole.verdicts[0].answer is Answer.VIOLATED
    assert len(reduced.verdicts[0].trace or ()) == len(whole.verdicts[0].trace or ())
    with pytest.raises(ModelError, match="its symmetry is none"):
        check(twos(top, lopsided=True), [RAISED], REDUCED)


def test_nothing_is_explored_where_no_property_could_be_judged() -> None:
    ends = leads_to("ends", ("tm",), lambda v: v["tm"] == "init", lambda v: v["tm"] != "init")
    with pytest.raises(ModelError, match="symmetry does not preserve properties of runs"):
        check(interchangeable(9), [ends], REDUCED)


def test_an_action_whose_image_fired_is_not_dead() -> None:
    report = check(twos(4, lopsided=False), [], REDUCED)
    assert report.dead_actions == ()


def test_what_is_too_much_to_prove_is_called_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haboot.checker.packed.symmetry.MOST", 100)
    fine = Property("small", Kind.ALWAYS, tuple(Clause((f"c{i}",), lambda v, i=i: v[f"c{i}"] < 99) for i in (0, 1)))  # type: ignore[misc]
    report = check(twos(30, lopsided=False), [fine], REDUCED)
    assert "sampled" in report.space.reductions[0]
    assert any("sampled" in told for told in report.verdicts[0].basis)


def pair(effects: Callable[[int], Action], start: tuple[int, int] = (0, 0)) -> System:
    slots, blocks = tuple(Slot(f"c{i}", range(4)) for i in (0, 1)), (("c0",), ("c1",))
    return System(
        "pair", slots, (dict(zip(("c0", "c1"), start, strict=True)),), (effects(0), effects(1)), symmetry=(blocks,)
    )


def counter(i: int) -> Action:
    """Count to 2; only the second one knows no 3, to which neither comes."""
    mine = f"c{i}"

    def up(view: View) -> dict[str, Value] | None:
        number = counted(view[mine])
        if number == 3 and i == 1:
            raise ValueError("there is no 3")
        return {mine: number + 1} if number < 2 else None

    return Action(f"up {i}", (mine,), (mine,), up)


@pytest.mark.parametrize("few", [1, 64])
def test_a_difference_where_no_state_comes_leaves_a_symmetry_that_is_tested_on_all_states(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the actions are taken for partners before the difference shows, or not at all."""
    monkeypatch.setattr("haboot.checker.packed.equivariance.FEW", few)
    space = check(pair(counter), [], REDUCED).space
    assert space.reductions == ("symmetry (proven): 6 orbits stand for 9 states",)


def test_initial_states_that_an_exchange_changes_are_refused() -> None:
    with pytest.raises(ModelError, match=r"its symmetry is none: exchanging .* changes the set of initial states"):
        check(pair(counter, (0, 1)), [], REDUCED)


def test_a_clause_that_fails_in_a_state_reached_is_told_as_without_symmetry() -> None:
    clauses = (Clause((f"c{i}",), lambda v, i=i: 1 // (2 - counted(v[f"c{i}"])) < 2) for i in (0, 1))  # type: ignore[misc]
    claim = Property("divided", Kind.ALWAYS, tuple(clauses))
    for limits in (REDUCED, Limits()):
        with pytest.raises(ModelError, match="'divided' raised ZeroDivisionError"):
            check(pair(counter), [claim], limits)


def test_a_clause_that_fails_for_one_block_only_tells_blocks_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haboot.checker.packed.space.UNREDUCED", 0)
    clauses = (Clause((f"c{i}",), lambda v, i=i: 1 // (2 - i * counted(v[f"c{i}"])) < 2) for i in (0, 1))  # type: ignore[misc]
    verdict = check(pair(counter), [Property("divided", Kind.ALWAYS, tuple(clauses))], REDUCED).verdicts[0]
    assert verdict.answer is Answer.INCOMPLETE
    assert "tells interchangeable blocks apart" in verdict.note


def test_a_symmetry_that_sampling_took_for_one_is_refused_where_no_trace_bears_it_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    system = twos(4, lopsided=True)
    (blocks,) = system.symmetry
    with monkeypatch.context() as hasty:
        hasty.setattr("haboot.checker.packed.symmetry.MOST", 0)
        hasty.setattr("haboot.checker.packed.symmetry.SAMPLES", 1)
        other_way = replace(system, symmetry=(blocks[::-1],), actions=system.actions[::-1])
        space = packed.explore(other_way, REDUCED, quiet)
    assert "symmetry (sampled)" in space.reductions[0]
    with pytest.raises(ModelError, match="its symmetry is none: a state found has no way to it"):
        judge(space, RAISED)


def plain(i: int) -> Action:
    """Count to 2."""
    mine = f"c{i}"
    return Action(f"up {i}", (mine,), (mine,), lambda v: {mine: v[mine] + 1} if v[mine] < 2 else None)


def of_steps(*blocks: int) -> Property:
    clauses = (Clause((f"c{i}",), lambda move, i=i: move.after[f"c{i}"] < 2, about=f"{i}") for i in blocks)  # type: ignore[misc]
    return Property("steps", Kind.STEP, tuple(clauses))


def test_a_property_of_steps_is_judged_on_orbits_and_its_trace_breaks_the_part_named() -> None:
    claims = [of_steps(0, 1), replace(of_steps(1, 0), name="turned")]
    reduced, whole = check(pair(plain), claims, REDUCED), check(pair(plain), claims)
    for one, other in zip(reduced.verdicts, whole.verdicts, strict=True):
        assert (one.answer, len(one.trace or ())) == (other.answer, len(other.trace or ())) == (Answer.VIOLATED, 2)
        assert one.trace is not None
        assert one.trace.final[f"c{one.note}"] == 2
        assert "symmetry (proven)" in one.basis[-1]


@pytest.mark.parametrize("claim", [of_steps(0), of_steps(1)])
def test_a_property_of_steps_of_one_block_is_none_of_orbits(claim: Property, monkeypatch: pytest.MonkeyPatch) -> None:
    (verdict,) = check(pair(plain), [claim], REDUCED).verdicts
    assert (verdict.answer, verdict.basis) == (Answer.VIOLATED, ("without symmetry, on all 9 states",))
    monkeypatch.setattr("haboot.checker.packed.space.UNREDUCED", 0)
    (verdict,) = check(pair(plain), [claim], REDUCED).verdicts
    assert (verdict.answer, "nothing is its image" in verdict.note) == (Answer.INCOMPLETE, True)


def test_a_step_clause_that_looks_at_too_much_or_fails_is_none_of_orbits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haboot.checker.packed.space.UNREDUCED", 0)
    failing = Property("odd", Kind.STEP, (Clause(("c0",), lambda move: 1 // (move.before["c0"] - 9) < 0),))
    assert check(pair(plain), [failing], REDUCED).verdicts[0].answer is Answer.INCOMPLETE
    monkeypatch.setattr("haboot.checker.packed.invariance.MOST_PATHS", 3)
    (verdict,) = check(pair(plain), [of_steps(0, 1)], REDUCED).verdicts
    assert verdict.answer is Answer.INCOMPLETE


def test_steps_whose_events_tell_blocks_apart_are_not_judged_on_orbits() -> None:
    def told(i: int) -> Action:
        mine = f"c{i}"
        shown = lambda v: None if v[mine] > 1 else Outcome({mine: v[mine] + 1}, (f"up {i}",))  # noqa: E731
        return replace(plain(i), effect=shown)

    verdict = check(pair(told), [of_steps(0, 1)], REDUCED).verdicts[0]
    assert verdict.basis == ("without symmetry, on all 9 states",)


def test_orbits_that_do_not_add_up_are_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haboot.checker.packed.symmetry.orbit_sizes", lambda _, states: np.ones(len(states), np.int64))
    with pytest.raises(EngineError, match=r"6 orbits stand for 6 states, and there are 9"):
        check(pair(plain), [of_steps(0)], REDUCED)


def test_a_symmetry_that_is_none_is_refused() -> None:
    crossed = replace(two_phase_commit(3), symmetry=((("rm 0", "counted 1"), ("rm 1", "counted 0")),))
    with pytest.raises(ModelError, match="its symmetry is none"):
        check(crossed, [], REDUCED)


@pytest.mark.parametrize(
    ("symmetry", "says"),
    [
        ((), "declares no interchangeable blocks"),
        (((("rm 0",), ("nobody",)),), "which does not exist"),
        (((("rm 0",), ("rm 0",)),), "in more than one place"),
        (((("rm 0",), ("commit",)),), "differ in number or domains"),
    ],
)
def test_a_wrong_declaration_is_refused(symmetry: tuple[tuple[tuple[str, ...], ...], ...], says: str) -> None:
    with pytest.raises(ModelError, match=says):
        check(replace(two_phase_commit(3), symmetry=symmetry), [], REDUCED)


def test_the_graph_engine_refuses_symmetry() -> None:
    with pytest.raises(ModelError, match="knows neither symmetry"):
        check(interchangeable(3), [], REDUCED, engine="graph")
