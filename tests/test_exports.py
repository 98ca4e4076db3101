"""Exported models say what is meant: read again by small readers of their own, and run where the programs are."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from haboot.checker import (
    RUNS,
    Action,
    Answer,
    Clause,
    Fairness,
    Kind,
    Limits,
    ModelError,
    Network,
    Property,
    Slot,
    Start,
    System,
    View,
    always,
    check,
    compose,
    eventually,
    explore,
    finitely_often,
    infinitely_often,
    leads_to,
    no_deadlock,
    quiet,
    recoverable,
    sometimes,
    state_graph,
    stays,
    step,
    weak,
)
from haboot.exports import (
    Compiled,
    Decided,
    InexactError,
    OtherError,
    as_aut,
    as_dve,
    as_liveness,
    as_murphi,
    as_processes,
    as_promela,
    as_tla,
    built,
    by_rumur,
    by_spin,
    exact,
    inexact,
    refuted_by_spin,
)

from tests import export_readers as readers
from tests.promela_reader import explored
from tests.random_compositions import random_composition
from tests.random_meetings import inbox_composition, meeting_composition
from tests.random_systems import random_properties, random_system

needs_spin = pytest.mark.skipif(shutil.which("spin") is None, reason="SPIN is not installed")
needs_rumur = pytest.mark.skipif(shutil.which("rumur") is None, reason="Rumur is not installed")
SEEDS = range(25)


def asked(system: System, *claims: Property) -> Decided:
    return Decided(Compiled(system), claims)


def drawn(seed: int) -> tuple[System, Decided]:
    system = random_system(seed)
    return system, asked(system, *random_properties(seed, system))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_language_has_the_same_states(seed: int) -> None:
    system, decided = drawn(seed)
    space = explore(system, Limits(), quiet, "graph")
    several = len(decided.compiled.initial) > 1
    assert explored(as_promela(decided), chosen=several).distinct == space.distinct
    assert readers.murphi(as_murphi(decided, counted=True))[0] == space.distinct
    assert readers.dve(as_dve(decided)) == space.distinct
    assert readers.tla(as_tla(decided)) == space.distinct
    graph = state_graph(space, space.distinct)
    assert readers.aut(as_aut(graph)) == (space.distinct + several, len(graph.edges) + (several and len(graph.starts)))


@pytest.mark.parametrize("seed", SEEDS)
def test_signals_are_seen_where_ours_are(seed: int) -> None:
    system, decided = drawn(seed)
    report = check(system, decided.claims)
    seen = explored(as_promela(decided), chosen=len(decided.compiled.initial) > 1).signals
    assert readers.murphi(as_murphi(decided, counted=True))[1] == set(seen)
    for verdict in report.verdicts:
        about = [one for one in decided.signals if one.claim is verdict.property and one.role != "met"]
        lengths = [seen[one.number] for one in about if one.number in seen]
        if about:
            assert min(lengths, default=None) == (None if verdict.trace is None else len(verdict.trace))


def composed(seed: int) -> tuple[System, str] | None:
    """Return a drawn composition as a system and as processes, where it is small and can be said so."""
    composition = random_composition(seed)
    try:
        system = compose(composition)
        space = explore(system, Limits(max_states=300), quiet, "graph")
        if len(system.initial) > 100 or any("states" in bound for bound in space.bounds_hit):
            return None
        return system, as_processes(asked(system, no_deadlock("stuck", (), lambda _: False)), composition)
    except ModelError:
        return None


def test_participants_as_processes_have_the_same_states_bounds_and_deadlocks() -> None:
    compared = 0
    for system, text in filter(None, map(composed, range(60))):
        report = check(system, [no_deadlock("stuck", (), lambda _: False)])
        seen, compared = explored(text, chosen=True), compared + 1
        assert seen.distinct - (0 in seen.signals) == report.space.distinct, system.name
        assert (0 in seen.signals) == bool(report.space.bounds_hit), system.name
        trace = report["stuck"].trace
        assert seen.signals.get(1) == (None if trace is None else len(trace)), system.name
    assert compared > 20


def test_a_step_left_out_of_the_text_is_noticed() -> None:
    noticed = 0
    for seed in SEEDS:
        system, decided = drawn(seed)
        lines = as_promela(decided).splitlines()
        at = next((n for n, line in enumerate(lines) if line.startswith("  :: d_step")), None)
        if at is not None:
            less = "\n".join(lines[:at] + lines[at + 1 :])
            noticed += (
                explored(less, chosen=len(decided.compiled.initial) > 1).distinct
                != explore(system, Limits(), quiet, "graph").distinct
            )
    assert noticed > 5


CLOCK = System(
    "clock */ 1",
    (Slot("hour", range(4)), Slot("*/ day\nnight", ("light", "dark"))),
    ({"hour": 0, "*/ day\nnight": "light"},),
    (
        Action("tick", ("hour",), ("hour",), lambda v: {"hour": (v["hour"] + 1) % 4}),
        Action("stop", ("hour",), ("hour",), lambda v: {"hour": v["hour"]}, environment=True),
    ),
)
HOUR = ("hour",)


def at(hour: int) -> Property:
    return leads_to("comes", HOUR, lambda v: v["hour"] == 0, lambda v: v["hour"] == hour)


def test_what_an_author_checks_has_assertions_by_name() -> None:
    claims = (
        always("early", HOUR, lambda v: v["hour"] < 3),
        step("up", HOUR, lambda m: m.after["hour"] >= m.before["hour"]),
        sometimes("late", HOUR, lambda v: v["hour"] == 3),
        recoverable("again", HOUR, lambda v: v["hour"] == 0, with_environment=True),
        recoverable("alone", HOUR, lambda v: v["hour"] == 0),
    )
    decided = asked(CLOCK, *claims)
    text = as_murphi(decided)
    assert 'invariant !((s0_hour = 3)) "early"' in text.replace("!(s0_hour = 3)", "!((s0_hour = 3))")
    assert '"up"' in text
    assert 'cover s0_hour = 3 "witnessed: late"' in text
    assert 'liveness "again" s0_hour = 0;' in text
    assert "alone" not in text
    assert "BROKEN(1, 0)" in as_promela(decided)
    assert as_promela(decided).count("*/") == as_promela(decided).count("/*")


def test_fairness_is_said_in_tla() -> None:
    fair = (weak(CLOCK, "tick"), replace(weak(CLOCK, "tick", name="hard"), strong=True))
    claims = [replace(at(2), fairness=fair), *runs()]
    text = as_tla(asked(CLOCK, *claims, always("early", HOUR, lambda v: v["hour"] < 3)))
    assert "(WF_vars((A0 \\/ A1 \\/ A2 \\/ A3)) /\\ SF_vars((A0 \\/ A1 \\/ A2 \\/ A3))) => " in text
    for formula in (" ~> ", " => <>", "[]<>", "<>[]"):
        assert formula in text
    assert "INVARIANT early_" in text
    stepped = step("up", HOUR, lambda m: m.after["hour"] >= m.before["hour"])
    assert "[][~(A3 /\\ TRUE)]_vars" in as_tla(asked(CLOCK, stepped))
    assert "[][~(FALSE)]_vars" in as_tla(asked(CLOCK, step("any", HOUR, lambda _: True)))
    where = weak(CLOCK, "tick", where=lambda m: m.before["hour"] == 1, reads=HOUR)
    with pytest.raises(ModelError, match="not said in TLA"):
        as_tla(asked(CLOCK, replace(at(2), fairness=(where,))))


def runs() -> list[Property]:
    return [
        eventually("once", HOUR, lambda v: v["hour"] == 3),
        infinitely_often("often", HOUR, lambda v: v["hour"] == 3),
        stays("for good", HOUR, lambda v: v["hour"] == 3),
        finitely_often("few", HOUR, lambda m: m.after["hour"] == 3),
    ]


def test_what_spin_cannot_be_asked_is_refused() -> None:
    decided = asked(CLOCK)
    hard = replace(at(2), fairness=(Fairness("hard", {"tick"}, strong=True),))
    cut = System("cut", (Slot("n", range(3)),), ({"n": 0},), (Action("up", ("n",), ("n",), _cut),))
    for claim, of, why in (
        (hard, decided, "no strong fairness"),
        (always("a", HOUR, lambda _: True), decided, "no property of runs"),
        (leads_to("b", ("n",), lambda _: True, lambda v: v["n"] == 2), asked(cut), "a bound cuts"),
    ):
        with pytest.raises(ModelError, match=why):
            list(as_liveness(of, claim))
    assert "SF" not in as_tla(asked(cut, leads_to("b", ("n",), lambda _: True, lambda v: v["n"] == 2)))


def _cut(view: View) -> object:
    from haboot.checker import Outcome  # noqa: PLC0415 - of this alone

    return Outcome({}, bound="full") if view["n"] else {"n": 1}


def test_a_predicate_over_many_values_is_told_by_those_that_occur() -> None:
    slots = tuple(Slot(f"n{k}", range(12)) for k in range(5))
    names = tuple(slot.name for slot in slots)
    up = Action("up", names, names, lambda v: {n: v[n] + 1 for n in names} if v["n0"] < 11 else None)
    wide = System("wide", slots, (dict.fromkeys(names, 0),), (up,))
    odd = always("odd", names, lambda v: sum(v[n] for n in names) < 50)
    seen = explored(as_promela(asked(wide, odd)), chosen=False)
    assert seen.signals == {1: 10}
    stepped = step("odd step", names, lambda m: sum(m.after[n] for n in names) < 50)
    one = System("one", slots, wide.initial, (Action("up", (), ("n0",), lambda _: {"n0": 1}),))
    with pytest.raises(ModelError, match="too many for a text"):
        as_promela(asked(one, stepped))


def test_a_system_that_is_cut_or_too_wide_is_refused() -> None:
    with pytest.raises(ModelError, match="only a whole one"):
        Compiled(CLOCK, Limits(max_states=2))
    wide = System("w", (Slot("n", range(40_000)),), ({"n": 0},), ())
    with pytest.raises(ModelError, match="DVE has no type of 40,000 values"):
        as_dve(asked(wide))
    waiting = replace(random_composition(0), network=replace(random_composition(0).network, full="wait"))
    with pytest.raises(ModelError, match="wait for room"):
        as_processes(asked(compose(waiting)), waiting)
    with pytest.raises(ModelError, match="needs all values beforehand, and slot 'n' has no domain"):
        Compiled(System("open", initial=({"n": 0},), actions=()))


def test_what_is_not_said_elsewhere_is_refused_or_left_out() -> None:
    spared = Property("spared", Kind.STAYS, (Clause(("n",), lambda v: v["n"] == 0, unless=lambda _: True),))
    clock = Compiled(CLOCK)
    assert inexact(clock, replace(spared, clauses=(Clause(("hour",), lambda _: True, unless=lambda _: True),)))
    plain = replace(inbox_composition(3), network=Network(capacity=1, full="lose"))
    started, at_once = replace(plain, starts=(Start({"A.state": "on"}),)), meeting_composition(0)
    for made, said in ((plain, "let others pass"), (started, "starts that belong together"), (at_once, "at once")):
        with pytest.raises(ModelError, match=f"{said}.*: not exported as processes"):
            as_processes(asked(compose(made)), made)


def test_a_program_that_is_absent_fails_or_is_inexact_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OtherError, match="'no-such-program' is not installed"):
        built(("no-such-program",), tmp_path)
    with pytest.raises(OtherError, match="false failed"):
        built(("false",), tmp_path)
    with pytest.raises(InexactError, match="did not search exactly"):
        exact("spin", "error: max search depth too small")
    monkeypatch.setattr("haboot.exports.others.built", lambda *_, **__: "nothing")
    with pytest.raises(OtherError, match="spin told no number"):
        by_spin("", tmp_path, 1, chosen=False)
    monkeypatch.setattr("haboot.exports.others.built", lambda *_, **__: "the following is the error trace")
    with pytest.raises(OtherError, match="rumur found an error"):
        by_rumur("", tmp_path, 1)


@needs_spin
@pytest.mark.parametrize("kind", [at(2), at(9), *runs()], ids=lambda one: one.name)
def test_spin_finds_the_runs_that_break_a_property(kind: Property, tmp_path: Path) -> None:
    for fairness in ((), (weak(CLOCK, "tick"),)):
        claim = replace(kind, fairness=fairness)
        broken = check(CLOCK, [claim])[claim.name].answer is Answer.VIOLATED
        assert broken is any(refuted_by_spin(text, tmp_path) for text in as_liveness(asked(CLOCK), claim))


@needs_spin
@needs_rumur
def test_spin_and_rumur_see_what_the_readers_see(tmp_path: Path) -> None:
    for seed in range(2):
        system, decided = drawn(seed)
        several = len(decided.compiled.initial) > 1
        text = as_promela(decided)
        ours = explored(text, chosen=several)
        assert by_spin(text, tmp_path, ours.distinct, chosen=several) == ours, system.name
        rumur = by_rumur(as_murphi(decided, counted=True), tmp_path, ours.distinct)
        assert (rumur.distinct, set(rumur.signals)) == (ours.distinct, set(ours.signals)), system.name


@pytest.mark.slow
@needs_spin
@pytest.mark.parametrize("seed", range(40))
def test_spin_answers_as_we_do_on_random_runs(seed: int, tmp_path: Path) -> None:
    system, decided = drawn(seed)
    for claim in decided.claims:
        if claim.kind in RUNS:
            fair = tuple(replace(one, strong=False) for one in claim.fairness)
            weakly = replace(claim, fairness=fair)
            if any(one.patch is None for one in decided.compiled.steps):
                continue
            answer = check(system, [weakly])[claim.name].answer
            with suppress(InexactError):
                broken = any(refuted_by_spin(text, tmp_path) for text in as_liveness(decided, weakly))
                assert broken is (answer is Answer.VIOLATED), claim.name
