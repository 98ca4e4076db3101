"""Partial-order reduction: answers and lengths as in the whole space, and refusal of what it does not preserve."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from haboot.checker import (
    Action,
    Answer,
    Constraint,
    Limits,
    ModelError,
    Outcome,
    Property,
    Report,
    Slot,
    System,
    always,
    check,
    counted,
    judge,
    leads_to,
    no_deadlock,
    recoverable,
    sometimes,
    state_graph,
    step,
)
from haboot.checker.stubborn import Met, Reduction, Relations
from haboot.ledger import SUITES
from haboot.properties import explored

from examples.two_phase_commit import agreement, two_phase_commit
from tests.agreement import figures
from tests.drawn_systems import drawn_properties, drawn_system, with_bounds
from tests.independent_systems import independent_properties, independent_system
from tests.test_differential import chunks

REDUCED = Limits(reduction=True)
ENDS = no_deadlock("ends", (), lambda _: False)
CHUNK = 20
Claims = Iterable[Property]


def counters(number: int, most: int) -> System:
    """Return processes that each count to a number, and have nothing to do with each other."""

    def up(name: str) -> Action:
        own = (name,)
        return Action(f"up {name}", own, own, lambda v: {name: counted(v[name]) + 1} if v[name] != most else None)

    names = [f"n{n}" for n in range(number)]
    slots = tuple(Slot(name, range(most + 1)) for name in names)
    return System("counters", slots, (dict.fromkeys(names, 0),), tuple(map(up, names)))


def reduced(system: System, claims: Claims, engine: str = "graph", limits: Limits = REDUCED) -> Report | None:
    """Return the report of a reduced search, None where it preserves nothing that is asked."""
    try:
        return check(system, claims, limits, engine=engine)
    except ModelError as error:
        if "check it without" not in str(error):
            raise
        return None


def parted(whole: Report, part: Report) -> list[str]:
    """Return where a reduced search answers otherwise than the whole one does, or shows a trace of another length."""
    odd = [] if part.space.distinct <= whole.space.distinct else [f"{part.space.distinct} states"]
    for one in part.verdicts:
        full = whole[one.property.name]
        if not one.note.startswith("not judged") and full.answer is not Answer.INCOMPLETE:
            said, due = ((each.answer, each.trace and len(each.trace)) for each in (one, full))
            odd += [f"{one.property.name}: {said}, as a whole {due}"] if said != due else []
    return odd


def differences(system: System, claims: list[Property], limits: Limits | None = None) -> list[str]:
    """Return what reduced searches, one for each property and one for all of them, answer otherwise."""
    whole, odd = check(system, claims, limits, engine="graph"), list[str]()
    for asked in (*([claim] for claim in claims), claims):
        part = reduced(system, asked, limits=replace(limits or Limits(), reduction=True))
        if part is not None:
            odd += parted(whole, part)
    return odd


@pytest.mark.parametrize("chunk", chunks(6, 200))
def test_a_reduced_search_answers_as_the_whole_one_with_traces_of_the_same_length(chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        system = independent_system(seed)
        assert {seed: differences(system, independent_properties(seed, system))} == {seed: []}


@pytest.mark.parametrize("chunk", chunks(1, 30))
def test_so_it_does_of_systems_with_every_feature(chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        system = drawn_system(seed)
        assert {seed: differences(system, drawn_properties(seed, system))} == {seed: []}


@pytest.mark.parametrize("chunk", chunks(1, 20))
def test_engines_choose_the_same_sets(chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        system = (independent_system, drawn_system)[seed % 2](seed)
        claims = independent_properties(seed, system)
        one = reduced(system, claims)
        for workers in (1, 2):
            other = reduced(system, claims, "packed", Limits(reduction=True, workers=workers))
            assert (one and figures(one.space)) == (other and figures(other.space)), seed
            assert one is None or other is None or parted(one, other) == [], seed


@pytest.mark.parametrize("chunk", chunks(2, 100))
def test_where_it_meets_no_bound_the_system_without_bounds_is_answered(chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        system = independent_system(seed)
        claims = independent_properties(seed, system)
        whole = check(system, claims, engine="graph")
        for claim in claims:
            part = reduced(with_bounds(seed, system), [claim])
            said, due = part and part.verdicts[0].answer, whole[claim.name].answer
            if {said, due}.isdisjoint({None, Answer.INCOMPLETE}):
                assert (seed, said) == (seed, due)


def lacking(some: int) -> int:
    """Return a set of actions without one of them."""
    return some & ~(1 << some.bit_length() >> 1)


MUTANTS: dict[str, Callable[[Met], Met]] = {
    "a conflict": lambda met: replace(met, joining=tuple(map(lacking, met.joining))) if met.step else met,
    "what enables": lambda met: met if met.step else replace(met, joining=tuple(map(lacking, met.joining))),
    "what ends an action's step": lambda met: replace(met, stirring=lacking(met.stirring)),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_relation_that_lacks_one_action_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = Relations.met
    monkeypatch.setattr(Relations, "met", lambda *args, **more: MUTANTS[name](right(*args, **more)))
    systems = ((independent_system(seed), seed) for seed in range(6 * CHUNK))
    assert any(differences(system, independent_properties(seed, system)) for system, seed in systems)


def test_a_visible_action_that_is_forgotten_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Reduction._writing
    monkeypatch.setattr(Reduction, "_writing", lambda self, claim: lacking(right(self, claim)))
    systems = ((independent_system(seed), seed) for seed in range(6 * CHUNK))
    assert any(differences(system, independent_properties(seed, system)) for system, seed in systems)


SCENARIOS = {one.name: one for one in SUITES["standard"]}
SMALL_SCENARIOS = ("contention-new-prefix", "unreachable-node-keeps-slot", "silent-node")


@pytest.mark.parametrize(
    "name",
    [
        *SMALL_SCENARIOS,
        *(pytest.param(name, marks=pytest.mark.slow) for name in sorted(SCENARIOS.keys() - set(SMALL_SCENARIOS))),
    ],
)
def test_a_scenario_is_answered_alike(name: str) -> None:
    whole = explored(SCENARIOS[name]).report()
    for only in ((), ("no-deadlock",)):
        part = explored(SCENARIOS[name], REDUCED, only=only).report()
        assert parted(whole, part) == []
        assert any(not one.note.startswith("not judged") for one in part.verdicts)


@pytest.mark.parametrize("engine", ["graph", "packed"])
def test_processes_that_never_meet_are_followed_one_after_the_other(engine: str) -> None:
    number, most = 70, 3  # more actions than bits of a word
    report = check(counters(number, most), [ENDS], REDUCED, engine=engine)
    assert report.space.distinct == number * most + 1
    assert report["ends"].answer is Answer.VIOLATED
    assert report["ends"].trace is not None
    assert len(report["ends"].trace) == number * most


def test_a_property_of_one_process_lets_the_others_wait() -> None:
    claims = [always("small", ("n3",), lambda v: v["n3"] != 5), sometimes("three", ("n3",), lambda v: v["n3"] == 3)]
    report = check(counters(9, 5), claims, REDUCED)
    assert report.space.distinct == 6
    assert [one.answer for one in report.verdicts] == [Answer.VIOLATED, Answer.HOLDS]


def test_where_nothing_is_asked_ends_are_kept() -> None:
    space = check(counters(3, 2), [], REDUCED).space
    assert judge(space, ENDS).answer is Answer.VIOLATED
    assert space.distinct == 7


def test_an_end_is_followed_by_what_the_environment_does() -> None:
    def broken(name: str, when: str, to: str, *, environment: bool) -> Action:
        return Action(name, ("at",), ("at",), lambda v: {"at": to} if v["at"] == when else None, environment)

    actions = (
        broken("work", "up", "done", environment=False),
        broken("fail", "done", "down", environment=True),
        broken("mend", "down", "lost", environment=False),
    )
    system = System("ends", (Slot("at", ("up", "done", "down", "lost")),), ({"at": "up"},), actions)
    for engine in ("graph", "packed"):
        report = check(system, [no_deadlock("done", ("at",), lambda v: v["at"] == "done")], REDUCED, engine=engine)
        assert report["done"].trace is not None
        assert report["done"].trace.final == {"at": "lost"}


def test_what_leads_out_of_a_constraint_is_left_out_alike() -> None:
    kept = Constraint("low", ("n0",), lambda v: counted(v["n0"]) < 2)
    system = replace(counters(3, 3), constraint=kept)
    claims = [ENDS, *(sometimes(f"is {n}", ("n0",), lambda v, n=n: v["n0"] == n) for n in (1, 2))]  # type: ignore[misc]
    assert differences(system, claims) == []


def test_a_bound_that_a_reduced_search_meets_is_told() -> None:
    full = Action("fill", ("n",), ("n",), lambda v: Outcome({}, bound="full") if v["n"] else {"n": 1})
    other = Action("other", ("m",), ("m",), lambda v: {"m": 1} if not v["m"] else None)
    system = System("bound", (Slot("n", (0, 1)), Slot("m", (0, 1))), ({"n": 0, "m": 0},), (full, other))
    for engine in ("graph", "packed"):
        report = check(system, [always("fine", ("n",), lambda _: True)], REDUCED, engine=engine)
        assert report["fine"].answer is Answer.INCOMPLETE
        assert report.space.bounds_hit == ("full",)


def test_a_verdict_names_the_reduction_and_no_action_is_called_dead() -> None:
    report = check(counters(9, 5), [ENDS, agreement_of_counters()], REDUCED)
    told = (f"partial-order reduction: {report.space.distinct} states explored",)
    assert report.space.reductions == told
    assert all(one.basis == told for one in report.verdicts)
    assert report.dead_actions == ()
    assert check(counters(2, 0), []).dead_actions == ("up n0", "up n1")
    assert check(counters(2, 0), [], REDUCED).dead_actions == ()
    assert check(counters(2, 0), [], REDUCED, engine="packed").dead_actions == ()


def agreement_of_counters() -> Property:
    return always("apart", ("n0", "n1"), lambda v: (v["n0"], v["n1"]) != (5, 5))


UNKEPT = [
    step("a step", ("n0",), lambda _: True),
    always("of steps", ("n0",), lambda _: True, about_steps=True),
    recoverable("a way back", ("n0",), lambda v: v["n0"] == 0),
    leads_to("a run", ("n0",), lambda _: True, lambda v: v["n0"] == 2),
]


@pytest.mark.parametrize("claim", UNKEPT, ids=lambda one: one.name)
@pytest.mark.parametrize("engine", ["graph", "packed"])
def test_what_is_not_preserved_is_refused_alone_and_before_exploring_where_it_is_all(
    claim: Property, engine: str
) -> None:
    report = check(counters(3, 2), [claim, ENDS], REDUCED, engine=engine)
    assert [one.answer for one in report.verdicts] == [Answer.INCOMPLETE, Answer.VIOLATED]
    assert report.verdicts[0].note.startswith("not judged: partial-order reduction does not preserve")
    assert report.verdicts[0].basis == ()
    with pytest.raises(ModelError, match="partial-order reduction does not preserve"):
        check(counters(3, 2), [claim], REDUCED, engine=engine)


def test_a_property_that_sees_every_action_is_refused() -> None:
    every = always("all", tuple(f"n{n}" for n in range(3)), lambda v: sum(map(counted, v.values())) < 9)
    report = check(counters(3, 2), [every, ENDS], REDUCED)
    assert report["all"].note.startswith("not judged: all 3 actions write what it reads")
    assert report.space.distinct == 7


def test_a_property_that_was_not_kept_is_refused() -> None:
    space = check(counters(3, 2), [always("one", ("n0",), lambda _: True)], REDUCED).space
    assert judge(space, always("same slot", ("n0",), lambda v: v["n0"] != 9)).answer is Answer.HOLDS
    for claim in (ENDS, always("another", ("n1",), lambda _: True)):
        assert judge(space, claim).note == "not judged: it was not among the properties for which the space was reduced"


def test_a_model_whose_effect_fails_on_values_never_reached_is_reduced() -> None:
    table = {0: 1, 1: 2}
    jump = Action("jump", ("n", "m"), ("n",), lambda v: {"n": table[v["n"]]} if v["m"] == 0 and v["n"] != 2 else None)  # type: ignore[index]
    block = Action("block", ("m",), ("m",), lambda v: {"m": 1} if v["m"] == 0 else None)
    system = System("jump", (Slot("n", range(9)), Slot("m", (0, 1))), ({"n": 0, "m": 0},), (jump, block))
    assert differences(system, [ENDS, always("low", ("n",), lambda v: v["n"] != 2)]) == []


def test_two_phase_commit_keeps_its_ends_in_fewer_states() -> None:
    assert differences(two_phase_commit(3), [ENDS, agreement(3)]) == []
    assert check(two_phase_commit(5), [ENDS], REDUCED).space.distinct < 8_832 // 4


def test_a_reduced_search_is_resumed_as_one_only(tmp_path: Path) -> None:
    def made(most: int | None = None, *, resume: bool = True, reduction: bool = True) -> Report:
        limits = Limits(most, checkpoint=tmp_path, resume=resume, reduction=reduction, workers=1)
        return check(two_phase_commit(5), [ENDS], limits)

    whole = check(two_phase_commit(5), [ENDS], REDUCED, engine="packed")
    assert made(100, resume=False).space.distinct < whole.space.distinct
    with pytest.raises(ModelError, match="is of another"):
        made(reduction=False)
    resumed = made()
    assert figures(resumed.space) == figures(whole.space)
    assert resumed["ends"].answer is whole["ends"].answer


def test_a_picture_shows_the_whole_space() -> None:
    space = check(counters(2, 2), [ENDS], REDUCED).space
    assert space.distinct == 5
    assert state_graph(space, 100).distinct == 9


def test_symmetry_and_reduction_are_not_combined() -> None:
    with pytest.raises(ModelError, match="choose one of them"):
        Limits(symmetry=True, reduction=True)
