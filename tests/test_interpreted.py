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
from haboot.checker import Action, Answer, Limits, Slot, System, counted, judge, quiet, recoverable
from haboot.checker.graph import space as graph
from haboot.checker.packed import Form, kernel
from haboot.checker.packed import space as packed
from haboot.checker.packed.layout import LANES
from numba import njit

from examples.two_phase_commit import agreement, two_phase_commit
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
    assert again.rules.made == []
    for claim in random_properties(5, whole.system):
        one, other = judge(again, claim), judge(whole, claim)
        assert (one.answer, one.trace) == (other.answer, other.trace), claim.name
    assert len(again.rules.made) == len(whole.rules.made)


def test_a_goal_far_ahead_is_seen_from_every_state_before_it() -> None:
    space = packed.explore(CHAIN, ONE, quiet)
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
