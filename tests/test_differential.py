"""Every way of answering gives the same: engines, workers, a reduction, a resumed search; and a bound retracts nothing.

All are put to random systems that use every feature, beside the textbook.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from haboot.checker import Limits, Property, Report, System, check, judge, quiet
from haboot.checker.graph import search as graph
from haboot.checker.packed import Form, Search
from haboot.checker.packed import space as packed

from tests.agreement import against_textbook, alike, retracted
from tests.drawn_systems import dice_of, drawn_properties, drawn_system, with_bounds
from tests.symmetric_systems import orbits, symmetric_properties, symmetric_system
from tests.textbook import explored_system

FORMS = (Form(), Form(runs=0), Form(rows=0), Form(runs=7, rows=2), Form(all_rows=3))
CHUNK = 40
SOME = 3  # properties a system
WAYS = ("workers", "workers", "resumed", "limited", "limited", "bounded", "bounded")
Claims = list[Property]


def chunks(ordinary: int, more: int) -> list[object]:
    """Return numbers of chunks of seeds, those beyond the ordinary ones marked as slow."""
    return [*range(ordinary), *(pytest.param(n, marks=pytest.mark.slow) for n in range(ordinary, ordinary + more))]


def answered(system: System, claims: Claims, limits: Limits | None = None, form: Form | None = None) -> Report:
    """Answer by the packed engine, with a form of tables, or by the graph engine where none is given."""
    used = limits or Limits()
    space = (
        graph.explore(system, used, quiet) if form is None else packed.explore(system, used, quiet, form, tuple(claims))
    )
    return Report(space, tuple(judge(space, one) for one in claims), 0.0)


@pytest.mark.parametrize("chunk", chunks(23, 400))
def test_engines_and_the_textbook_agree_whatever_the_workers_and_the_bounds(chunk: int, tmp_path: Path) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        assert {seed: differences(seed, tmp_path / str(seed))} == {seed: []}


def differences(seed: int, directory: Path) -> list[str]:
    """Return where the graph engine, the textbook and a drawn way of the packed engine part over a random system."""
    dice, system, form = dice_of("ways", seed), drawn_system(seed), FORMS[seed % len(FORMS)]
    claims = drawn_properties(seed, system, SOME)
    whole = answered(system, claims)
    odd = against_textbook(whole, explored_system(system))
    match dice.choice(WAYS):
        case "workers":
            odd += alike(answered(system, claims, Limits(workers=2), form), whole)
        case "resumed":
            cut, rest = resumed(dice, seed, form, directory)
            odd += retracted(cut, whole) + alike(rest, whole)
        case "limited":
            limits = Limits(max_states=dice.randint(1, whole.space.distinct), workers=1)
            odd += [said for one in (None, form) for said in retracted(answered(system, claims, limits, one), whole)]
        case "bounded":
            bounded = with_bounds(seed, system)
            cut = answered(bounded, claims)
            odd += against_textbook(cut, explored_system(bounded)) + retracted(cut, whole)
            odd += alike(answered(bounded, claims, Limits(workers=1), form), cut)
    return odd


def resumed(dice: Random, seed: int, form: Form, directory: Path) -> tuple[Report, Report]:
    """Return the reports of a search cut at a drawn moment, between chunks of a drawn size, and of the one resumed."""
    moment = iter(range(dice.choice((1, 2, 4, 8, 16))))
    cut = Limits(checkpoint=directory, stopped=lambda: next(moment, None) is None, workers=1)
    size, reports = dice.choice((1, 3, 10, 64)), []
    for limits in (cut, Limits(checkpoint=directory, resume=True, workers=1)):
        system = drawn_system(seed)  # made anew, as in a process of its own
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Search, "_chunk_size", lambda _: size)
            reports.append(answered(system, drawn_properties(seed, system, SOME), limits, form))
    return reports[0], reports[1]


@pytest.mark.parametrize("chunk", chunks(2, 100))
def test_a_reduction_by_symmetry_changes_no_verdict_and_no_length(chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        system = symmetric_system(seed)
        claims = symmetric_properties(seed, system)
        space = explored_system(system)
        whole, reduced = check(system, claims), check(system, claims, Limits(symmetry=True, workers=1))
        assert {seed: against_textbook(whole, space)} == {seed: []}
        assert {seed: (reduced.space.distinct, summary(reduced))} == {
            seed: (orbits(system, space.states), summary(whole))
        }


def summary(report: Report) -> list[object]:
    """Return what a reduction preserves: answers, the lengths of traces, which actions never fired, and bounds."""
    said = [(one.property.name, one.answer, None if one.trace is None else len(one.trace)) for one in report.verdicts]
    return [*said, sorted(report.dead_actions), sorted(report.space.bounds_hit)]
