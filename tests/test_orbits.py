"""Copies of a composition under symmetry: orbits add up, verdicts of every kind are as without, slips are refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from haboot.checker import (
    RUNS,
    Answer,
    Composition,
    Instance,
    Kind,
    Limits,
    ModelError,
    Participant,
    Report,
    Row,
    check,
    compose,
)
from haboot.checker.machines import Fact, sessions_of
from haboot.ledger import SUITES
from haboot.model import STANDARD, Scenario, composition, system
from haboot.properties import Reduced, explored, properties

from tests.random_copies import random_family

ORBITS = Limits(symmetry=True, workers=1)


def alike(made: Composition) -> Composition:
    """Return a composition whose sessions are declared copies."""
    return replace(made, copies=sessions_of(made))


def told(report: Report) -> list[tuple[object, ...]]:
    """What a report answers, and how long its traces are; of a run how long it is before its loop."""
    lengths = [None if one.trace is None else one.trace.loop or len(one.trace) for one in report.verdicts]
    return [(one.property.name, one.answer, length) for one, length in zip(report.verdicts, lengths, strict=True)]


def compared(whole: Report, orbits: Report) -> None:
    """Require that orbits add up, and that verdicts are the same."""
    assert not whole.space.bounds_hit
    said = f"{orbits.space.distinct:,} orbits stand for {whole.space.distinct:,} states"
    assert orbits.space.reductions == (f"symmetry (proven): {said}",)
    assert told(orbits) == told(whole)
    assert orbits.dead_actions == whole.dead_actions


@pytest.mark.parametrize("batch", [pytest.param(n, marks=() if n < 2 else pytest.mark.slow) for n in range(12)])
def test_random_compositions_of_copies_have_true_orbits_and_the_same_verdicts(batch: int) -> None:
    answers, kinds = set[Answer](), set[Kind]()
    for seed in range(batch * 6, batch * 6 + 6):
        family, number = random_family(seed), 2 + seed % 2
        made = family.of(number)
        whole, orbits = compose(made), compose(alike(made))
        claims = family.claims(number, whole)
        one, other = check(whole, claims, Limits(max_states=3000, workers=1)), check(orbits, claims, ORBITS)
        if not one.space.bounds_hit:
            compared(one, other)
            answers |= {verdict.answer for verdict in other.verdicts}
            kinds |= {verdict.property.kind for verdict in other.verdicts if "without" not in str(verdict.basis)}
    assert {Answer.HOLDS, Answer.VIOLATED} <= answers
    assert {Kind.ALWAYS, Kind.STEP, Kind.SOMETIMES, Kind.NO_DEADLOCK} <= kinds


@pytest.mark.parametrize("nodes", [2, 3, 4])
def test_orbits_of_mobile_nodes_add_up(nodes: int) -> None:
    made = system(Scenario("n", "", "same", nodes))
    compared(check(made, [], engine="packed"), check(made, [], ORBITS))


SEVERAL = {one.name: one for one in (*STANDARD, *SUITES["full"]) if 2 <= one.mobile_nodes <= 3}
FAST = ("contention",)


@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in FAST else pytest.mark.slow) for n in SEVERAL])
def test_scenarios_of_several_mobile_nodes_have_the_same_verdicts(name: str) -> None:
    scenario = SEVERAL[name]
    made = system(scenario)
    if check(made, [], replace(ORBITS, max_states=100_000)).space.bounds_hit:
        pytest.skip("its space is too large to be compared whole")
    claims = properties(scenario, made)
    orbits = check(made, claims, ORBITS)
    compared(check(made, claims, engine="packed"), orbits)
    whole = {one.property.name for one in orbits.verdicts if "without symmetry" in str(one.basis)}
    assert whole <= {one.name for one in claims if one.fairness or one.kind is Kind.RECOVERABLE}


TURNS = Participant("turns", ("a", "b"), "a", (Row("go", ("a",), "b"),))
OTHER = Participant("other", ("a", "b"), "a", (Row("go", ("a",), "b"),))


def two(
    *more: Instance, second: Participant = TURNS, copies: tuple[str, ...] = ("1", "2"), **parts: Any
) -> Composition:
    """Return two copies, the second of some participant, with more instances beside them."""
    pair = (Instance("one", TURNS, "h1", "1"), Instance("two", second, "h2", "2", **parts))
    return Composition("two", (*pair, *more), copies=copies)


NAMED = Participant("named", ("on",), "on", (Row("go", ("on",), "="),), variables={"held": ("", "1", "2")})
SLIPS: dict[str, tuple[Callable[[], Composition], str]] = {
    "no session": (lambda: two(copies=("1", "3")), "copies: unknown session '3'"),
    "twice": (lambda: two(copies=("1", "1")), "two copies are named '1'"),
    "another participant": (lambda: two(second=OTHER), "'one' and 'two' are not of one participant"),
    "another start": (lambda: two(start={"state": ("b",)}), "'one' and 'two' have not the same start"),
    "one instance more": (lambda: two(Instance("more", TURNS, "h2", "2")), "'1' has 1 instance, and '2' 2"),
    "one host more": (lambda: two(Instance("boss", TURNS, "h2")), "'1' has 1 host, and '2' 0"),
    "one circumstance more": (
        lambda: replace(two(), facts=(Fact("odd", (0, 1), "h2"),)),
        "the first has 1 slot, 'odd' and those with it are 2",
    ),
    "other values": (
        lambda: replace(two(), facts=(Fact("mine", (0, 1), "h1"), Fact("yours", (0, 2), "h2"))),
        "slot 'yours' holds other values than that of the first one does",
    ),
    "a shared name": (
        lambda: two(Instance("boss", NAMED, "h")),
        "slot 'boss.held' is shared and holds '1', which names",
    ),
}


@pytest.mark.parametrize("name", SLIPS)
def test_what_are_no_copies_is_refused_with_the_part_at_fault(name: str) -> None:
    slip, said = SLIPS[name]
    with pytest.raises(ModelError, match=said):
        compose(slip())


def test_copies_whose_rows_tell_them_apart_are_refused_with_the_slot() -> None:
    row = Row("go", ("a",), "b", (lambda me: me.number == 1,))
    odd = Participant("odd", ("a", "b"), "a", (row,))
    pair = tuple(Instance(f"i{n}", odd, f"h{n}", str(n), constants={"number": n}) for n in (1, 2))
    with pytest.raises(ModelError, match=r"its symmetry is none: exchanging .*'i1.state'"):
        check(compose(Composition("odd", pair, copies=("1", "2"))), [], ORBITS)


def test_a_scenario_of_one_mobile_node_declares_no_copies() -> None:
    assert composition(Scenario("one", "")).copies == ()
    assert system(Scenario("one", "")).symmetry == ()


def test_what_orbits_do_not_answer_every_number_of_mobile_nodes_may(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = Scenario("two", "", "same", 2)
    whole = explored(scenario).report()
    monkeypatch.setattr("haboot.checker.packed.space.UNREDUCED", 0)
    found = explored(scenario, ORBITS)
    report = found.report()
    for one, other in zip(whole.verdicts, report.verdicts, strict=True):
        assert other.answer in {one.answer, Answer.INCOMPLETE}
        if "for every number of mobile nodes" in str(other.basis):
            assert one.property.kind in RUNS | {Kind.RECOVERABLE}
    proven = {one.property.name for one in report.verdicts if "for every number" in str(one.basis)}
    assert {"every-node-recovers", "recovery-possible"} <= proven
    alone = found.verdict("every-node-recovers")
    assert (alone.answer, alone.basis) == (Answer.HOLDS, report["every-node-recovers"].basis)
    assert found.verdict("agreement").basis[-1].startswith("symmetry (proven)")


def test_what_a_few_mobile_nodes_break_stays_open_with_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haboot.checker.packed.space.UNREDUCED", 0)
    lost = Scenario("lost", "", "same", 2, assumptions=frozenset({"return-lost"}))
    verdict = explored(lost, ORBITS).verdict("every-node-recovers")
    assert verdict.answer is Answer.INCOMPLETE
    assert verdict.note.startswith("with 1 mobile node it breaks; not judged: symmetry does not preserve")


def test_what_is_no_family_of_copies_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haboot.checker.packed.space.UNREDUCED", 0)
    odd = Scenario("odd", "", "different", 2, variant="redirect")
    verdict = explored(odd, ORBITS).verdict("every-node-recovers")
    assert (verdict.answer, verdict.note[:10]) == (Answer.INCOMPLETE, "not judged")


def test_what_has_no_other_verdict_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haboot.checker.packed.space.UNREDUCED", 0)
    found = explored(Scenario("two", "", "same", 2), ORBITS)
    assert isinstance(found, Reduced)
    nothing = replace(found, every=lambda _: Report(found.space, (), 0.0))
    assert nothing.verdict("every-node-recovers").note.startswith("not judged")
