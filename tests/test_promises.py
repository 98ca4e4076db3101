"""What liveness rests on: smallest sets of promises, each member needed, and the ledger of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from haboot.checker import (
    RUNS,
    Action,
    Answer,
    Fairness,
    Limits,
    Property,
    Slot,
    System,
    explore,
    judge,
    leads_to,
    quiet,
)
from haboot.cli.main import run
from haboot.ledger import SUITES, Needed, needed
from haboot.model import STANDARD, Scenario
from haboot.properties import Explored, explored
from haboot.studies import EverySet, every_set, every_smallest, needs_of, smallest
from hypothesis import given, settings
from hypothesis import strategies as st

SUITE = {one.name: one for one in SUITES["standard"]}
QUICK = ("same-prefix", "new-prefix", "lossy", "silent-node")
EVERY = ("same-prefix", "lossy", "unreachable-node-keeps-slot")
SETS = st.lists(st.sets(st.integers(0, 7), max_size=4), min_size=1, max_size=4)


@given(SETS)
@settings(deadline=None)
def test_the_smallest_set_holds_and_spares_no_member(enough: list[set[int]]) -> None:
    def holds(some: Sequence[Fairness]) -> bool:
        known = {int(one.name) for one in some}
        return any(known >= wanted for wanted in enough)

    found = smallest([Fairness(str(number), frozenset({"act"})) for number in range(8)], holds)
    assert holds(found)
    assert not any(holds([one for one in found if one is not spared]) for spared in found)


def promised(found: Explored, one: Needed) -> tuple[Fairness, ...]:
    """The promises that the ledger says a property needs."""
    known = {promise.name: promise for promise in found.properties[one.claim].fairness}
    soft = (replace(known[name], strong=False) for name in one.weak)
    return (*soft, *(known[name] for name in one.strong))


def assert_needed(scenario: Scenario) -> None:
    """What the ledger says is enough, and each of it is needed, as plain verdicts tell."""
    found = explored(scenario)
    for claim in found.properties.values():
        if claim.fairness and found.verdict(claim.name).answer is Answer.HOLDS:
            one = needed(scenario, claim.name)
            assert one is not None
            given = promised(found, one)
            assert judge(found.space, replace(claim, fairness=given)).answer is Answer.HOLDS
            for spared in given:
                rest = tuple(other for other in given if other is not spared)
                assert judge(found.space, replace(claim, fairness=rest)).answer is Answer.VIOLATED, spared.name
            for hard in (other for other in given if other.strong):
                soft = tuple(replace(other, strong=False) if other is hard else other for other in given)
                assert judge(found.space, replace(claim, fairness=soft)).answer is Answer.VIOLATED, hard.name
            weak = tuple(replace(other, strong=False) for other in claim.fairness)
            assert judge(found.space, replace(claim, fairness=weak)).answer == one.answer


@pytest.mark.parametrize("name", QUICK)
def test_each_promise_of_the_ledger_is_needed(name: str) -> None:
    assert_needed(SUITE[name])
    found = needs_of(SUITE[name])
    assert [needed(SUITE[name], one.claim) for one in found] == [*found]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in SUITE if name not in QUICK])
def test_each_promise_of_the_whole_ledger_is_needed(name: str) -> None:
    assert_needed(SUITE[name])


def test_the_command_says_what_a_property_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = tmp_path / "promises.toml"
    assert run(("promises", "lossy", "--write", str(written))) == 0
    shown = capsys.readouterr().out
    assert "needs 13 of 31 promises, 12 of them strong; under weak ones VIOLATED" in shown
    assert written.read_text().count("VIOLATED") == 1
    assert run(("check", "lossy", "-v")) == 0
    assert "needs 13 of 31 promises, 12 of them strong" in capsys.readouterr().out


def test_every_scenario_of_the_draft_stands_in_the_ledger() -> None:
    assert all(needed(one, "waiting-node-gets-slot") for one in STANDARD)


def test_the_command_writes_only_what_it_is_asked_to(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("promises", "same-prefix")) == 0
    assert "liveness verdicts that hold" in capsys.readouterr().out


@given(SETS, st.sets(st.integers(0, 3)))
@settings(deadline=None)
def test_all_minimal_sets_are_found(enough: list[set[int]], hard: set[int]) -> None:
    """A promise of ``hard`` counts only where it is strong; all others are given as weak."""
    promises = [Fairness(str(number), frozenset({"act"}), strong=number < 4) for number in range(8)]

    def holds(some: Sequence[Fairness]) -> bool:
        known = {int(one.name) for one in some if one.strong or int(one.name) not in hard}
        return any(known >= wanted for wanted in enough)

    sets, whole = every_smallest(promises, holds)
    least = {frozenset(one) for one in enough if not any(other < one for other in enough)}
    assert whole
    assert {frozenset(int(one.name) for one in some) for some in sets} == least
    assert len(sets) == len(least)
    assert all(one.strong == (int(one.name) in hard) for some in sets for one in some)


def test_what_no_promise_gives_and_too_many_sets_are_told() -> None:
    two = [Fairness(name, frozenset({"act"})) for name in "ab"]
    assert every_smallest(two, lambda _: False) == ([], True)
    sets, whole = every_smallest(two, bool, most=1)
    assert (len(sets), whole) == (1, False)


def assert_each_needed(scenario: Scenario) -> None:
    """Of each set, plain verdicts tell that it is enough and that nothing of it is too much; one is the ledger's."""
    found = explored(scenario)

    def answer(claim: Property, some: Sequence[Fairness]) -> Answer:
        return judge(found.space, replace(claim, fairness=tuple(some))).answer

    for one in found.properties.values():
        if one.kind not in RUNS or found.verdict(one.name).answer not in {Answer.HOLDS, Answer.VIOLATED}:
            continue
        every = every_set(found.space, one)
        assert every.whole
        assert every.holds == (found.verdict(one.name).answer is Answer.HOLDS)
        known = {promise.name: promise for promise in one.fairness}
        names = {name for each in every.sets for some in each for name in some}
        more = {name: Fairness(name, frozenset({name}), strong=True) for name in names}
        for weak, strong in every.sets:
            kept = () if every.holds else one.fairness
            given_ = known if every.holds else more
            some = [*(replace(given_[name], strong=False) for name in weak), *(given_[name] for name in strong)]
            assert answer(one, [*kept, *some]) is Answer.HOLDS
            for number, promise in enumerate(some):
                rest = [*some[:number], *some[number + 1 :]]
                assert answer(one, [*kept, *rest]) is Answer.VIOLATED, promise.name
                if promise.strong:
                    softer = [*rest, replace(promise, strong=False)]
                    assert answer(one, [*kept, *softer]) is Answer.VIOLATED, promise.name
        if every.holds and (least := needed(scenario, one.name)) is not None:
            alike = [({*weak}, {*strong}) for weak, strong in every.sets]
            assert ({*least.weak}, {*least.strong}) in alike


@pytest.mark.parametrize("name", EVERY)
def test_of_every_set_each_promise_is_needed(name: str) -> None:
    assert_each_needed(SUITE[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in SUITE if name not in EVERY])
def test_of_every_set_in_each_scenario_of_the_suite_each_promise_is_needed(name: str) -> None:
    assert_each_needed(SUITE[name])


def test_a_property_that_fails_is_told_what_would_mend_it() -> None:
    up = Action("up", ("n",), ("n",), lambda v: {"n": 1} if not v["n"] else None, environment=True)
    idle = Action("idle", ("n",), ("n",), lambda _: {})
    space = explore(System("two", (Slot("n", (0, 1)),), ({"n": 0},), (up, idle)), Limits(), quiet, "graph", ())
    rises = leads_to("rises", ("n",), lambda v: v["n"] == 0, lambda v: v["n"] == 1)
    assert every_set(space, rises) == EverySet("rises", holds=False, sets=((("up",), ()),), whole=True)


def test_the_command_shows_every_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("promises", "lossy", "--every")) == 0
    shown = capsys.readouterr().out
    assert "slot-given-back                holds under 3 minimal sets of promises" in shown
    assert "every-node-recovers            fails; no promise about actions would mend it" in shown
    assert run(("promises", "lossy", "--every", "--write", "x.toml")) == 2
    assert "give one of them" in capsys.readouterr().err
