"""Symmetry: true orbits, whose sizes add up to the unreduced count, and refusal of what it does not preserve."""

from __future__ import annotations

from dataclasses import replace

import pytest
from haboot.checker import (
    Answer,
    Clause,
    Kind,
    Limits,
    ModelError,
    Property,
    System,
    always,
    check,
    leads_to,
    recoverable,
)

from tests.protocols.two_phase_commit import agreement, two_phase_commit

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
    assert space.reductions == (f"symmetry: {orbits:,} orbits stand for {states:,} states",)


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
    assert reduced.verdicts[1].trace == whole.verdicts[1].trace


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
    assert space.reductions == (f"symmetry: {space.distinct:,} orbits stand for {whole:,} states",)


@pytest.mark.parametrize(
    "claim",
    [
        always("one of them", ("rm 0",), lambda v: v["rm 0"] != "committed"),
        leads_to("ends", ("tm",), lambda v: v["tm"] == "init", lambda v: v["tm"] != "init"),
        Property("each", Kind.RECOVERABLE, tuple(Clause((f"rm {r}",), lambda v: True in v.values()) for r in range(3))),
    ],
)
def test_a_property_that_the_reduction_does_not_preserve_is_refused(claim: Property) -> None:
    with pytest.raises(ModelError, match=r"interchangeable|symmetry"):
        check(interchangeable(3), [claim], REDUCED)


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
