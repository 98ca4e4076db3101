"""Questions that are put to states and steps directly are answered as those that are kept in trees."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from haboot.checker import Limits, StateSpace, judge_all, quiet
from haboot.checker.graph import search as graph
from haboot.checker.packed import direct, questions, scanning
from haboot.checker.packed import space as packed

from examples.coffee_can import PROPERTIES, coffee_can
from tests.random_systems import random_properties, random_system

ONE = Limits(workers=1)


@pytest.fixture
def asked_directly(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Give all trees up; return what is asked directly from then on."""
    known = set[str]()
    for name, value in (("RUNS", 1), ("WIDE", -1), ("MANY", -1), ("SEVERAL", -1)):
        monkeypatch.setattr(questions, name, value)
    monkeypatch.setattr(scanning, "AT_ONCE", 5)
    monkeypatch.setattr("haboot.checker.symbolic.columns.KEYS", 20)
    for name in ("state_answers", "step_answers"):
        whole = getattr(direct, name)

        def noted(*given: object, whole: Callable[..., object] = whole, name: str = name) -> object:
            known.add(name)
            return whole(*given)

        monkeypatch.setattr(direct, name, noted)
    return known


def verdicts(space: StateSpace, seed: int) -> list[object]:
    return [(one.answer, one.trace, one.note) for one in judge_all(space, random_properties(seed, space.system))]


@pytest.mark.parametrize("seed", range(24))
def test_what_is_asked_directly_is_answered_as_the_reference_does(seed: int, asked_directly: set[str]) -> None:
    system = random_system(seed)
    wanted = verdicts(graph.explore(system, Limits(), quiet), seed)
    assert verdicts(packed.explore(system, ONE, quiet), seed) == wanted
    assert asked_directly


@pytest.mark.parametrize("seed", range(8))
def test_so_is_what_is_asked_of_states_that_are_not_expanded(seed: int, asked_directly: set[str]) -> None:
    system, some = random_system(seed), Limits(max_states=40)
    wanted = verdicts(graph.explore(system, some, quiet), seed)
    assert verdicts(packed.explore(system, some, quiet), seed) == wanted
    assert asked_directly


@pytest.mark.parametrize("most", [8, 100])
def test_where_each_state_is_its_own_class_both_engines_agree(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"state_answers": 0, "step_answers": 0}
    for name in asked:
        whole = getattr(direct, name)

        def noted(*given: object, whole: Callable[..., object] = whole, name: str = name) -> object:
            asked[name] += 1
            return whole(*given)

        monkeypatch.setattr(direct, name, noted)
    can = coffee_can(most)
    spaces = graph.explore(can, Limits(), quiet), packed.explore(can, ONE, quiet)
    one, other = ([(v.answer, v.trace) for v in judge_all(space, PROPERTIES)] for space in spaces)
    assert one == other
    assert [count > 0 for count in asked.values()] == [most == 100] * 2
