"""The compiled loops say as plain Python what they say compiled; with NUMBA_DISABLE_JIT this file runs them so.

Every test here holds either way, over systems small enough for Python. ``.ci/slow`` runs the file interpreted, which is
how lines of compiled code come to be measured.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from haboot.checker import Limits, always, check, judge, quiet
from haboot.checker.graph import space as graph
from haboot.checker.packed import Form, kernel
from haboot.checker.packed import space as packed
from haboot.checker.packed.layout import LANES
from numba import njit

from tests.protocols.two_phase_commit import agreement, two_phase_commit
from tests.random_systems import random_properties, random_system

ONE = Limits(workers=1)
WORDS = [0, 1, 2, 3, 2**31, 2**32, 2**63, 2**64 - 1, *(int(n) for n in np.random.default_rng(0).integers(0, 2**63, 50))]


@pytest.mark.skipif(kernel.lowest is kernel.plain_lowest, reason="there is nothing compiled to compare with")
def test_an_intrinsic_and_its_twin_in_python_agree() -> None:
    lowest, ones = njit(lambda word: kernel.lowest(word)), njit(lambda word: kernel.ones(word))  # noqa: PLW0108
    matches = njit(lambda table, at, mask, wanted: kernel.matches(table, at, mask, wanted))  # noqa: PLW0108
    for word in map(np.uint64, WORDS):
        assert ones(word) == kernel.plain_ones(word)
        assert not word or lowest(word) == kernel.plain_lowest(word)
    dice = np.random.default_rng(1)
    for _ in range(200):
        table = dice.integers(0, 4, 3 * LANES, dtype=np.uint32)
        at, mask, wanted = np.uint64(dice.integers(2 * LANES)), np.uint32(dice.integers(4)), np.uint32(dice.integers(4))
        assert matches(table, at, mask, wanted) == kernel.plain_matches(table, at, mask, wanted)


@pytest.mark.parametrize(("seed", "padding"), [*((seed, 0) for seed in range(8)), (2, 12), (3, 23)])
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


def test_a_symmetry_is_reduced() -> None:
    blocks = tuple((f"rm {r}", f"counted {r}", f"prepared {r}") for r in range(3))
    system = replace(two_phase_commit(3), symmetry=(blocks,))
    claims = [agreement(3), always("nobody prepares", ("rm 0",), lambda v: v["rm 0"] != "prepared")]
    reduced = check(system, claims[:1], replace(ONE, symmetry=True))
    assert reduced.space.distinct == 80
    assert reduced.verdicts[0].answer == check(two_phase_commit(3), claims, engine="graph").verdicts[0].answer
