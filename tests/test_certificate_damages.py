"""A certificate that is damaged is refused, unless the damage is shown to do no harm: by definition, in proofs.py."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from haboot.certify import Certificate, RefusedError, read
from haboot.checker import Limits
from haboot.ledger import SUITES, OfProtocol
from haboot.model import composition
from haboot.properties import explored
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.certified import WHOLE, answered, refused, written
from tests.damages import DAMAGES, Draft, bytes_changed
from tests.drawn_systems import dice_of, drawn_properties, drawn_system, with_bounds
from tests.proofs import Proof
from tests.textbook import explored_system


def outcome(seed: int, damage: str, folder: Path) -> str:
    """Damage the certificate of a random system; return refused, harmless, or nothing where there is nothing to damage.

    Raises AssertionError where it is accepted and proves nothing.
    """
    plain = drawn_system(seed)
    system = with_bounds(seed, plain) if seed % 6 == 0 else plain
    claims = drawn_properties(seed, system, 6)
    draft = Draft(written(folder / "whole", answered(system, claims, "graph", Limits()), system))
    if not DAMAGES[damage](draft, dice_of(seed, damage)):
        return ""
    damaged = draft.save(folder / "damaged")
    if refused(damaged, system, claims):
        return "refused"
    proof = Proof(read(damaged), system, explored_system(system))
    assert (seed, damage, proof.fault({one.name: one for one in claims})) == (seed, damage, "")
    return "harmless"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([*DAMAGES]))
def test_a_damaged_certificate_is_refused(tmp_path_factory: pytest.TempPathFactory, seed: int, damage: str) -> None:
    outcome(seed, damage, tmp_path_factory.mktemp("damage"))


@pytest.mark.slow
def test_of_two_thousand_damages_none_is_accepted(tmp_path: Path) -> None:
    met = Counter[str]()
    for seed in range(20_000, 20_200):
        for damage in DAMAGES:
            met[outcome(seed, damage, tmp_path)] += 1
    assert met["refused"] > 2000
    assert met["harmless"] < met["refused"] / 10


@pytest.mark.parametrize("seed", range(60))
def test_a_part_that_is_not_the_one_named_is_refused(seed: int, tmp_path: Path) -> None:
    system = drawn_system(1)
    claims = drawn_properties(1, system, 6)
    folder = written(tmp_path, answered(system, claims, "graph", Limits()), system)
    bytes_changed(folder, dice_of(seed))
    assert refused(folder, system, claims).keys() == {WHOLE}


SURE = ("state_left_out", "initial_state_missing", "action_forgotten", "row_changed", "step_dropped", "told_whole")


@pytest.mark.parametrize("damage", SURE)
def test_a_damaged_certificate_of_machines_is_refused(damage: str, tmp_path: Path) -> None:
    scenario = next(one for one in SUITES["standard"] if one.name == "lossy")
    made, report = composition(scenario), explored(scenario).report()
    draft = Draft(written(tmp_path / "whole", report, made))
    assert DAMAGES[damage](draft, dice_of(damage))
    claims = OfProtocol(scenario).properties_over
    try:
        one = Certificate(draft.save(tmp_path / "damaged"), made, claims)
    except RefusedError:
        return
    assert one.why | one.checked(one.places)


def test_an_honest_certificate_is_found_to_prove_what_it_says(tmp_path: Path) -> None:
    for seed in range(20):
        system = drawn_system(seed)
        claims = drawn_properties(seed, system, 6)
        folder = written(tmp_path, answered(system, claims, "graph", Limits()), system)
        proof = Proof(read(folder), system, explored_system(system))
        assert {seed: proof.fault({one.name: one for one in claims})} == {seed: ""}
