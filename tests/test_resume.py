"""A search that was cut and resumed reports what the whole one does: on the protocol, and with actions learnt late."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from haboot.checker import Limits, Report, check
from haboot.checker.packed import Form, Search
from haboot.ledger import SUITES
from haboot.model import system
from haboot.properties import properties

from tests.agreement import alike, retracted
from tests.drawn_systems import dice_of, drawn_properties, drawn_system
from tests.test_differential import SOME, answered, chunks, resumed

CUTS = 200
ORDINARY = (0, 17, 34, 51, 68, 85, 102, 118, 136, 153, 169, 187)
OPEN = Form(runs=1, rows=2)  # nearly every action is learnt while searching
SEEDS = 25


@pytest.mark.parametrize(
    "number", [pytest.param(n, marks=() if n in ORDINARY else pytest.mark.slow) for n in range(CUTS)]
)
def test_a_scenario_cut_at_a_drawn_moment_resumes_to_the_report_of_the_whole(number: int, tmp_path: Path) -> None:
    dice = dice_of("cut", number)
    scenario = SUITES["standard"][number % len(SUITES["standard"])]
    product = system(scenario)
    claims = properties(scenario, product)
    whole = check(product, claims, engine="packed")
    cut = check(product, claims, drawn_cut(dice, tmp_path, whole), engine="packed")
    rest = check(product, claims, Limits(checkpoint=tmp_path, resume=True), engine="packed")
    assert retracted(cut, whole) + alike(rest, whole) == []


def drawn_cut(dice: Random, directory: Path, whole: Report) -> Limits:
    """Return limits that end a search somewhere: at a number of states, or when it has asked so many times."""
    if dice.random() < 0.5:
        return Limits(max_states=dice.randint(1, whole.space.distinct), checkpoint=directory)
    moment = iter(range(dice.randint(0, whole.space.depth)))
    return Limits(checkpoint=directory, stopped=lambda: next(moment, None) is None)


@pytest.mark.parametrize("chunk", chunks(1, 20))
def test_a_search_that_learns_its_actions_resumes_to_the_report_of_the_whole(chunk: int, tmp_path: Path) -> None:
    for seed in range(chunk * SEEDS, (chunk + 1) * SEEDS):
        drawn = drawn_system(seed)
        whole = answered(drawn, drawn_properties(seed, drawn, SOME), form=OPEN)
        cut, rest = resumed(dice_of("moment", seed), seed, OPEN, tmp_path / str(seed))
        assert {seed: retracted(cut, whole) + alike(rest, whole)} == {seed: []}


def test_a_search_cut_twice_within_a_level_resumes_to_the_report_of_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = next(one for one in SUITES["standard"] if one.name == "contention")
    product = system(scenario)
    claims = properties(scenario, product)
    whole = check(product, claims, engine="packed")
    monkeypatch.setattr(Search, "_chunk_size", lambda _: 1)
    depths = []
    for asked in (15, 19):
        moment = iter(range(asked))
        limits = Limits(checkpoint=tmp_path, resume=bool(depths), stopped=lambda left=moment: next(left, None) is None)  # type: ignore[misc]
        depths.append(check(product, [*claims], limits, engine="packed").space.depth)
    rest = check(product, claims, Limits(checkpoint=tmp_path, resume=True), engine="packed")
    assert depths == sorted(depths)
    assert depths[-1] < whole.space.depth
    assert alike(rest, whole) == []
