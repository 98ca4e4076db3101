"""Runs made short: as short as the exhaustive search has them, shown again on machines, and honest about how far."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from haboot.checker import (
    Action,
    Answer,
    Kind,
    Outcome,
    Property,
    Slot,
    System,
    Value,
    View,
    always,
    check,
    fuzz,
    replay,
)
from haboot.checker.fuzzing import JUDGED, Fuzzer, RerunError, Scope, Unfolded
from haboot.checker.fuzzing import shrinking as searched
from haboot.checker.fuzzing.monitor import Monitor
from haboot.checker.fuzzing.rerun import Rerun
from haboot.checker.fuzzing.shrinking import Refuted, Route, Short, Shrinker
from haboot.checker.fuzzing.walk import Memory, Walk
from haboot.checker.fuzzing.worlds import Declared
from haboot.ledger import BY_NAME
from haboot.model import composition
from haboot.properties import run_properties

from bench.shrinking import FAULTS, MOST, Fault, measured, row
from tests.random_systems import random_properties, random_system

BUDGETS = ("WHOLE", "ALIKE", "NEAR")


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: f"{one.name}: {one.claim}")
def test_a_run_is_shrunk_to_nearly_the_shortest_there_is(fault: Fault) -> None:
    one = measured(fault)
    assert one.shortest <= len(one.shrunk.trace) <= MOST * one.shortest, row(one)


QUICK = [one for one in FAULTS if one.name.startswith(("alternating", "water", "known in two-initiators-race"))]


@pytest.mark.parametrize("fault", QUICK, ids=lambda one: one.name)
def test_a_run_is_short_also_where_the_whole_cannot_be_searched(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searched, "WHOLE", 1)
    one = measured(fault)
    assert one.shortest <= len(one.shrunk.trace) <= MOST * one.shortest, row(one)
    assert one.shrunk.scope is not Scope.SHORTEST


def test_what_random_systems_break_is_shrunk_to_the_shortest_run() -> None:
    kinds = set[Kind]()
    for seed in range(24):
        system = random_system(seed)
        claims = [one for one in random_properties(seed, system) if one.kind in JUDGED]
        verdicts = check(system, claims)
        for sighting in fuzz(system, claims, examples=10, steps=15).violated():
            trace = verdicts[sighting.claim].trace
            assert trace is not None
            assert verdicts[sighting.claim].answer is Answer.VIOLATED
            assert (len(sighting.trace), sighting.scope) == (len(trace), Scope.SHORTEST), (seed, sighting.claim)
            replay(system, sighting.trace)
            kinds.add(verdicts[sighting.claim].property.kind)
    assert kinds == JUDGED - {Kind.SOMETIMES}


@pytest.mark.parametrize("name", ["returned-agent-splits-registration", "two-initiators-race-in-dns"])
def test_no_single_step_can_go_even_without_any_search(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for budget in BUDGETS:
        monkeypatch.setattr(searched, budget, 0)
    finding = BY_NAME[name]
    world = Unfolded(composition(finding.scenario))
    claims = [one for one in run_properties(finding.scenario, world) if one.name == finding.claim]
    fuzzer = Fuzzer(world, claims, 60, 0)
    (met,) = fuzzer.report(20).violated()
    shrunk = fuzzer.shrunk(met)
    assert shrunk.scope is Scope.CUT
    actions = [step.action for step in shrunk.trace]
    assert taken(world, claims, actions)
    assert not any(taken(world, claims, actions[:n] + actions[n + 1 :]) for n in range(len(actions)))


def taken(world: Unfolded, claims: Sequence[Property], actions: Sequence[str]) -> bool:
    """Whether a run by those actions that are possible breaks the claim."""
    run = Rerun(world, claims)
    broken = False
    for action in actions:
        try:
            run.take_fitting(action)
        except RerunError:
            continue
        broken = broken or run.breaks(claims[0].name)
    return broken


def moves(name: str, slot: str, source: int, target: int, **others: int) -> Action:
    """An action that leads a slot from one number to another and sets others."""
    writes: dict[str, Value] = {slot: target, **others}
    return Action(name, (slot,), tuple(writes), lambda v: writes if v[slot] == source else None)


def system_of(*actions: Action) -> System:
    slots = tuple(Slot(name, range(10)) for name in ("n", "m", "f"))
    return System("made", slots, (dict.fromkeys(("n", "m", "f"), 0),), actions)


def chain(slot: str, length: int) -> list[Action]:
    return [moves(f"{slot} {n}", slot, n, n + 1) for n in range(length)]


def shrunk(system: System, claim: Property, *runs: Sequence[str]) -> Short | None:
    """Shrink runs that are given by their actions."""
    world, routes = Declared(system), list[Route]()
    for names in runs:
        walk = Walk(world, Memory(), (0,))
        walk.begin()
        walk.follow(names)
        routes.append(Route((0,), tuple(walk.tried), len(routes) + 1))
    return Shrinker(world, Refuted(world, Monitor([claim])), (0,)).shrunk(routes)


def reaches(slot: str, number: int) -> Property:
    return always(f"{slot} below {number}", (slot,), lambda v: v[slot] != number)


def told(short: Short | None) -> tuple[list[str], Scope]:
    assert short is not None
    return [one.action for one in short.walk.taken], short.scope


def names(*actions: Action) -> list[str]:
    return [one.name for one in actions]


def test_the_shortest_way_is_taken_where_all_can_be_searched() -> None:
    system = system_of(*chain("n", 3), moves("jump", "n", 0, 2, f=1))
    assert told(shrunk(system, reaches("n", 3), names(*chain("n", 3)))) == (["jump", "n 2"], Scope.SHORTEST)


def test_a_way_by_other_slots_is_found_near_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searched, "WHOLE", 1)
    system = system_of(*chain("n", 3), moves("jump", "n", 0, 2, f=1))
    assert told(shrunk(system, reaches("n", 3), names(*chain("n", 3)))) == (["jump", "n 2"], Scope.ALIKE)


def test_a_shorter_way_to_a_later_state_of_the_run_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    for budget, most in zip(BUDGETS, (0, 0, 3), strict=True):
        monkeypatch.setattr(searched, budget, most)
    system = system_of(*chain("n", 9), moves("hop", "n", 0, 2))
    ways = names(*chain("n", 9))
    assert told(shrunk(system, reaches("n", 9), ways)) == (["hop", *ways[2:]], Scope.CUT)


def test_another_run_that_can_be_made_shorter_is_preferred(monkeypatch: pytest.MonkeyPatch) -> None:
    for budget, most in zip(BUDGETS, (0, 50, 0), strict=True):
        monkeypatch.setattr(searched, budget, most)
    system = system_of(*chain("n", 4), *chain("m", 5), moves("hop", "m", 0, 4))
    claim = always("apart", ("n", "m"), lambda v: v["n"] != 4 and v["m"] != 5)
    short = shrunk(system, claim, names(*chain("n", 4)), names(*chain("m", 5)))
    assert told(short) == (["hop", "m 4"], Scope.ALIKE)
    assert short is not None
    assert short.route.example == 2
    stays = shrunk(replace(system, actions=system.actions[:-1]), claim, names(*chain("n", 4)), names(*chain("m", 5)))
    assert told(stays) == (names(*chain("n", 4)), Scope.ALIKE)


def test_a_state_that_the_model_refuses_is_passed_over_and_nothing_is_claimed_of_it() -> None:
    def wrong(_: View) -> dict[str, int]:
        raise ValueError("no")

    bad = Action("bad", ("f",), ("f",), lambda v: wrong(v) if v["f"] == 1 else None)
    system = system_of(*chain("n", 2), moves("side", "f", 0, 1), bad)
    ways = names(*chain("n", 2))
    assert told(shrunk(system, reaches("n", 2), ways)) == (ways, Scope.ALIKE)


def test_a_way_that_the_machines_do_not_have_is_passed_over() -> None:
    actions = chain("n", 3)
    live = system_of(*actions, moves("jump", "n", 0, 1, f=1))
    tables = replace(system_of(*actions, moves("jump", "n", 0, 2, f=1)), live=lambda: live)
    assert told(shrunk(tables, reaches("n", 3), names(*actions))) == (names(*actions), Scope.STEPWISE)


def test_a_run_that_the_machines_cannot_make_without_a_step_is_left_as_it_was_met() -> None:
    def jump(otherwise: int) -> Action:
        return Action("jump", ("n", "f"), ("n",), lambda v: {"n": 3 if v["f"] else otherwise} if v["n"] == 0 else None)

    turn = moves("turn", "f", 0, 1)
    tables = replace(system_of(turn, jump(3)), live=lambda: system_of(turn, jump(2)))
    assert told(shrunk(tables, reaches("n", 3), ["turn", "jump"])) == (["turn", "jump"], Scope.MET)


def test_a_run_that_does_not_show_it_again_is_no_answer() -> None:
    assert shrunk(system_of(*chain("n", 3)), reaches("n", 9), names(*chain("n", 3))) is None


def test_an_initial_state_that_breaks_a_property_is_a_run_of_no_steps() -> None:
    assert told(shrunk(system_of(*chain("n", 3)), reaches("n", 0), names(*chain("n", 2)))) == ([], Scope.SHORTEST)


def test_a_choice_is_the_same_again_and_a_step_that_a_bound_cuts_is_none() -> None:
    def either(v: View) -> list[Outcome] | None:
        return [Outcome({"n": 1}), Outcome({"n": 2}), Outcome({"n": 3}, bound="full")] if v["n"] == 0 else None

    system = system_of(Action("either", ("n",), ("n",), either), *chain("m", 3))
    report = fuzz(system, [reaches("n", 2), reaches("n", 3)], examples=30, steps=5)
    assert {one.claim: len(one.trace) for one in report.violated()} == {"n below 2": 1}
