"""Published counts: models written with the public API must reach the figures that others found for them."""

from dataclasses import replace

import pytest
from haboot.checker import Answer, Limits, Property, System, check

from examples.coffee_can import PROPERTIES, coffee_can
from examples.die_hard import DIE_HARD, NOT_SOLVED
from examples.peterson import exclusion, peterson
from examples.transaction_commit import transaction_commit
from examples.two_phase_commit import agreement, decided, two_phase_commit


def counts(system: System, *properties: Property) -> tuple[int, int, int]:
    report = check(system, properties, Limits(max_states=1_000_000))
    assert {verdict.answer for verdict in report.verdicts} <= {Answer.HOLDS}
    return report.space.distinct, report.space.generated, report.space.depth


@pytest.mark.parametrize(
    ("managers", "published"),
    [
        (3, (288, 1_146, 11)),
        (5, (8_832, 58_146, 17)),
        pytest.param(7, (296_448, 2_744_706, 23), marks=pytest.mark.slow),
    ],
)
def test_two_phase_commit_has_the_counts_of_tlc_and_stateright(managers: int, published: tuple[int, int, int]) -> None:
    assert counts(two_phase_commit(managers), agreement(managers)) == published


def test_transaction_commit_has_the_counts_of_tlc() -> None:
    assert counts(transaction_commit(3)) == (34, 94, 7)


def test_die_hard_has_the_counts_of_tlc() -> None:
    assert counts(DIE_HARD) == (16, 97, 8)


def test_die_hard_is_solved_in_six_steps() -> None:
    verdict = check(DIE_HARD, [NOT_SOLVED])["big is not 4"]
    assert verdict.answer is Answer.VIOLATED
    assert verdict.trace is not None
    assert next(iter(verdict.trace)).action == "fill big"
    assert len(verdict.trace) == 6


def test_peterson_has_the_counts_of_murphi() -> None:
    distinct, generated, _ = counts(peterson(3), exclusion(3))
    assert (distinct, generated - 1) == (882, 2_646)


@pytest.mark.parametrize("engine", ["graph", "packed"])
@pytest.mark.parametrize("most", [1, 12, 70])
def test_a_coffee_can_keeps_the_claims_of_its_specification(most: int, engine: str) -> None:
    report = check(coffee_can(most), PROPERTIES, engine=engine)
    reasons = {verdict.property.name: verdict.answer for verdict in report.verdicts}
    assert report.space.distinct == most * (most + 3) // 2
    assert set(reasons.values()) == {Answer.HOLDS} or most == 1


@pytest.mark.slow
def test_a_can_of_a_thousand_beans_has_the_states_of_tlc() -> None:
    report = check(coffee_can(1000), PROPERTIES)
    assert (report.space.distinct, {one.answer for one in report.verdicts}) == (501_500, {Answer.HOLDS})


@pytest.mark.parametrize("engine", ["graph", "packed"])
def test_two_phase_commit_decides_only_where_no_step_is_neglected(engine: str) -> None:
    claim = decided(3)
    assert check(two_phase_commit(3), [claim], engine=engine)["decided"].answer is Answer.HOLDS
    fewer = replace(claim, fairness=tuple(one for one in claim.fairness if one.name != "hear abort 2"))
    assert check(two_phase_commit(3), [fewer], engine=engine)["decided"].answer is Answer.VIOLATED
