"""Drawn runs: what they meet is part of what an exhaustive search finds, and what they find can be shown again."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from haboot.checker import (
    Action,
    Answer,
    Composition,
    EngineError,
    Guard,
    Instance,
    Kind,
    Local,
    ModelError,
    Participant,
    Row,
    Slot,
    Step,
    System,
    Trace,
    Value,
    View,
    always,
    check,
    fuzz,
    no_deadlock,
    recoverable,
    replay,
    sometimes,
)
from haboot.checker.fuzzing import JUDGED, LOCKSTEP, Fuzzer, Rerun, Scope, Sighting, Unfolded
from haboot.checker.fuzzing.walk import Memory, Walk
from haboot.checker.fuzzing.worlds import Declared
from haboot.checker.graph import GraphSpace
from haboot.checker.machines.mutants import with_row
from haboot.cli.main import run
from haboot.cli.tracefile import read, verdict_of
from haboot.diagrams import text_chart
from haboot.ledger import BY_NAME, from_data
from haboot.model import BENCHES, NAMES, Scenario, alternative, composition, system
from haboot.model.home_agent import INITIATOR
from haboot.properties import properties, run_properties
from haboot.studies import EXAMPLES, Find, all_mutants
from haboot.studies.faults import hunted

from tests.runs import closed

SMALL = (
    "returned-agent-splits-registration",
    "healthy-agent-strands-node",
    "registrations-outrun-slots",
    "push-is-rejected",
    "recovery-waits-for-the-authorizer",
)
REORDERED = Scenario("reordered", "", "different", assumptions=frozenset({"loss", "reordering", "duplication"}))


def scenario_of(name: str) -> Scenario:
    return BY_NAME[name].scenario


def as_explored(trace: Trace, product: System) -> Trace:
    """A trace of a run as the exhaustive search would have it."""
    steps = (
        replace(step, before=closed(step.before, product), after=closed(step.after, product)) for step in trace.steps
    )
    return Trace(closed(trace.initial, product), tuple(steps))


VARIED = [alternative(bench.variant, bench.choices) for bench in BENCHES]


@pytest.mark.parametrize("scenario", [*map(scenario_of, SMALL), REORDERED, *VARIED], ids=lambda one: one.name)
def test_every_state_met_is_one_that_the_exhaustive_search_reaches(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = system(scenario)
    space = check(product, [], engine="graph").space
    assert isinstance(space, GraphSpace)
    reached = {tuple(space.layout.decoded(state).values()) for state in space.states}
    met: set[tuple[Value, ...]] = set()
    taken = Walk.take

    def noted(walk: Walk, *given: object) -> None:
        taken(walk, *given)  # type: ignore[arg-type]
        met.add(tuple(closed(walk.state, product).values()))

    monkeypatch.setattr(Walk, "take", noted)
    fuzz(composition(scenario), [], examples=15, steps=40)
    assert met <= reached
    assert len(met) > min(len(reached), 80) / 4


@pytest.mark.parametrize("name", SMALL)
def test_what_runs_break_the_exhaustive_search_breaks_in_no_more_steps(name: str) -> None:
    scenario = scenario_of(name)
    world, product = Unfolded(composition(scenario)), system(scenario)
    claims = properties(scenario, product)
    report = check(product, claims)
    shortest = {
        one.property.name: len(one.trace)
        for one in report.verdicts
        if one.answer is Answer.VIOLATED and one.trace and one.property.kind in JUDGED - {Kind.SOMETIMES}
    }
    met = fuzz(world, run_properties(scenario, world), examples=20, shrink=lambda one: one.claim == min(shortest))
    found = {one.claim: one for one in met.violated()}
    assert found.keys() <= shortest.keys()
    assert found
    for claim, sighting in found.items():
        assert len(sighting.trace) >= shortest[claim]
        assert (sighting.scope is not None) == (claim == min(shortest))
        replay(product, as_explored(sighting.trace, product))


def test_what_one_run_cannot_tell_is_not_judged() -> None:
    scenario = scenario_of("lost-switch-is-final")
    world = Unfolded(composition(scenario))
    report = fuzz(world, run_properties(scenario, world), examples=3, shrink=lambda _: False)
    assert {one.kind for one in report.unjudged} == {Kind.RECOVERABLE, Kind.LEADS_TO, Kind.FINITELY_OFTEN}
    assert report.sightings.keys().isdisjoint(one.name for one in report.unjudged)


def counter(most: int = 9) -> System:
    up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < most else None)
    down = Action("down", ("n",), ("n",), lambda v: {"n": v["n"] - 1} if 0 < v["n"] < most else None)
    return System("counter", (Slot("n", range(most + 1)),), ({"n": 0},), (up, down))


def test_a_declared_system_is_fuzzed_as_well() -> None:
    claims = [
        always("small", ("n",), lambda v: v["n"] < 3),
        always("conditional", ("n",), lambda v: v["n"] > 99, premise=lambda v: v["n"] > 9),
        sometimes("far", ("n",), lambda v: v["n"] == 5),
        no_deadlock("goes on", ("n",), lambda _: False),
    ]
    report = fuzz(counter(), claims, examples=30)
    lengths = {claim: len(one.trace) for claim, one in report.sightings.items() if claim != "far"}
    assert lengths == {"small": 3, "goes on": 9}
    assert "far" in report.sightings
    assert "conditional" not in report.tally.applied
    assert [one.claim for one in report.violated()] == ["small", "goes on"]
    coverage = report.tally.coverage
    assert (coverage.actions.met, coverage.actions.of) == (2, 2)
    assert [(one.met, one.of) for one in coverage.configurations] == [(10, 10)]


def implementation(**changes: object) -> Composition:
    """The composition in which an initiator's first row is another."""
    row = replace(INITIATOR.rows[0], **changes)  # type: ignore[arg-type]
    return composition(scenario_of("lost-switch-is-final"), {INITIATOR.name: with_row(INITIATOR, 0, row)})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"guards": ()}, "the tables refuse 'H.MN1 starts IKE'"),
        ({"effects": ()}, "'H.MN1 starts IKE': the tables give"),
    ],
)
def test_a_machine_that_parts_from_its_table_is_caught(changes: dict[str, object], says: str) -> None:
    world = Unfolded(composition(scenario_of("lost-switch-is-final"))).against(implementation(**changes))
    report = fuzz(world, [], examples=10)
    assert says in report.sightings[LOCKSTEP].about
    assert len(report.sightings[LOCKSTEP].trace) <= 1


def test_a_machine_as_its_table_has_it_passes() -> None:
    world = Unfolded(composition(scenario_of("lost-switch-is-final"))).against(implementation())
    assert LOCKSTEP not in fuzz(world, [], examples=10).sightings


def swing(**guards: Guard) -> Composition:
    """A machine that goes down, up or nowhere; a way is closed where its guard says so."""

    def counts(me: Local) -> None:
        me.n = min(me.n + 1, 2)

    ways = {"up": (), "down": (counts,), "stay": ()}
    rows = tuple(Row(way, ("on",), "=", (guards.get(way, lambda _: True),), does) for way, does in ways.items())
    machine = Participant("swing", ("on",), "on", rows, {"n": range(3)})
    return Composition("swing", (Instance("A", machine, "A"),))


def test_a_property_is_shrunk_where_other_runs_part_from_the_tables() -> None:
    world = Unfolded(swing()).against(swing(stay=lambda me: me.n != 1))
    report = fuzz(world, [always("high", ("A.n",), lambda v: v["A.n"] < 2)], examples=30, steps=3)
    assert [one.action for one in report.sightings["high"].trace] == ["A down", "A down"]
    assert "'A stay'" in report.sightings[LOCKSTEP].about
    assert [one.action for one in report.sightings[LOCKSTEP].trace] == ["A down"]


def test_a_property_that_answers_differently_when_its_shrunk_run_is_repeated_is_told() -> None:
    left = [1_000]

    def spares(_: View) -> bool:
        left[0] -= 1
        return left[0] < 0

    def breaks_once_more(_: object) -> bool:
        left[0] = 1
        return True

    with pytest.raises(EngineError, match="counter: a run went differently when it was repeated"):
        fuzz(counter(), [always("moody", ("n",), spares)], examples=5, steps=5, shrink=breaks_once_more)


def test_what_is_remembered_is_forgotten_when_it_is_too_much_and_the_runs_stay_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def told() -> tuple[object, ...]:
        report = fuzz(counter(), [always("small", ("n",), lambda v: v["n"] < 5)], examples=20, steps=20)
        return report.sightings, report.tally.steps, report.tally.coverage.actions

    whole = told()
    sizes = list[int]()
    keep = Memory.keep
    monkeypatch.setattr("haboot.checker.fuzzing.walk.MOST", 3)

    def noted(memory: Memory, *given: Any) -> None:
        keep(memory, *given)
        sizes.append(sum(len(table) for tables in memory.of.values() for table in tables.values()))

    monkeypatch.setattr(Memory, "keep", noted)
    assert told() == whole
    assert 0 < max(sizes) <= 3


def test_a_live_twin_that_lacks_an_action_is_caught_by_runs_and_by_a_replay() -> None:
    lame = replace(counter(), live=lambda: replace(counter(), actions=counter().actions[1:]))
    assert fuzz(lame, [], examples=10).sightings[LOCKSTEP].about == "the machines have no action 'up'"
    with pytest.raises(EngineError, match="counter: step 1, 'up': the live system has no such action"):
        check(lame, [always("small", ("n",), lambda v: v["n"] < 1)])


def test_a_property_of_many_runs_is_no_matter_of_one() -> None:
    run = Rerun(Declared(counter()), [recoverable("back", ("n",), lambda v: v["n"] == 0)])
    with pytest.raises(ModelError, match=r"property 'back' \(.*\) is not one that a run can judge"):
        run.breaks("back")


def test_an_action_that_is_not_enabled_is_refused() -> None:
    walk = Walk(Unfolded(composition(Scenario("one", ""))), Memory())
    walk.begin()
    with pytest.raises(ModelError, match=r"'H\.MN1 starts IKE' is not enabled"):
        walk.offer("H.MN1 starts IKE")


def test_twenty_nodes_under_every_assumption_are_walked_without_closing_their_tables() -> None:
    scenario = Scenario("all", "", mobile_nodes=20, slots=3, assumptions=frozenset(NAMES))
    world = Unfolded(composition(scenario))
    fuzzer = Fuzzer(world, run_properties(scenario, world), steps=60, seed=1)
    fuzzer.survey(2)
    coverage = fuzzer.tally.coverage
    assert fuzzer.tally.steps > 80
    assert coverage.actions.of is None
    assert {one.name for one in coverage.configurations} >= {"mobile node", "initiator home agent"}


def test_a_seeded_fault_is_found_and_what_it_breaks_is_named() -> None:
    find = hunted(all_mutants()[2], 200, 0)
    assert (find.oracle, find.broken) == ("property", "binding-state-deleted")
    assert "the machines" in find.what


def shown(*arguments: str, hashing: str = "0") -> str:
    command = [sys.executable, "-m", "haboot.cli", *arguments]
    environment = {"PYTHONHASHSEED": hashing, "PATH": "", "COLUMNS": "100"}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout  # noqa: S603


def test_a_seed_gives_the_same_output_in_every_process() -> None:
    command = ("fuzz", "healthy-agent-strands-node", "--examples", "10", "--seed", "7")
    first, again, other = (
        [line for line in shown(*command, hashing=hashing).splitlines() if "steps on running" not in line]
        for hashing in ("1", "2", "3")
    )
    assert first == again == other
    assert "VIOLATED" in "\n".join(first)


def test_a_violation_that_the_ledger_does_not_know_exits_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("haboot.ledger.protocol.expected", lambda *_: Answer.HOLDS)
    monkeypatch.setattr("haboot.ledger.protocol.violations", tuple)
    assert run(("fuzz", "same-prefix", "--examples", "5")) == 1
    assert "1 violation that the ledger does not expect" in capsys.readouterr().out.splitlines()[0]


def test_runs_that_break_nothing_leave_no_trace_and_say_what_they_do_not_tell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target, data = tmp_path / "trace.json", tmp_path / "out.json"
    asked = ("fuzz", "same-prefix", "--examples", "2", "--steps", "3", "--save", str(target), "--json", str(data))
    assert run(asked) == 0
    shown = capsys.readouterr().out
    assert "no violation in " in shown
    assert shown.endswith(f"nothing to write to {target}: no violation was met\n")
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]
    claims = json.loads(data.read_text())["properties"]
    kinds = {str(kind) for kind in JUDGED}
    assert {one["answer"] for one in claims if one["kind"] == str(Kind.ALWAYS)} == {"not violated"}
    assert {one["answer"] for one in claims if one["kind"] == str(Kind.SOMETIMES)} == {"not seen"}
    assert {one["answer"] for one in claims if one["kind"] not in kinds} == {"not judged"}
    assert all(one["expected"] is one["trace"] is None for one in claims)


def test_the_shortest_violation_is_shrunk_and_charted_and_others_are_told_as_met(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target, data = tmp_path / "trace.json", tmp_path / "out.json"
    asked = ("fuzz", "same+2x1+crash+loss", "--examples", "8", "--steps", "150")
    assert run((*asked, "--json", str(data), "--save", str(target))) == 0
    shown = capsys.readouterr().out
    claims = [one for one in json.loads(data.read_text())["properties"] if one["answer"] == "VIOLATED"]
    (short,) = [one for one in claims if one["shrunk"]]
    others = [one for one in claims if not one["shrunk"]]
    assert others
    assert all(f", seen after {one['raw']} steps, example" in shown for one in others)
    lengths = f"shrunk from {short['raw']} to {len(short['trace'])} steps"
    assert f"\n{lengths if short['raw'] > len(short['trace']) else len(short['trace'])}" in shown
    assert f": {short['shrunk']}\n" in shown
    assert short["shrunk"] in list(Scope)
    assert read(target, from_data).claim == short["name"]


@pytest.mark.parametrize("width", [None, 80])
def test_a_chart_keeps_to_a_terminal_and_is_whole_in_a_pipe(
    width: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for name, value in {"FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "dumb"}.items() if width else ():
        monkeypatch.setenv(name, value)
    target = tmp_path / "trace.json"
    assert run(("fuzz", "healthy-agent-strands-node", "--examples", "10", "--save", str(target))) == 0
    shown, saved = capsys.readouterr().out, read(target, from_data)
    trace = verdict_of(saved).trace
    assert trace is not None
    drawn = text_chart(trace, width, saved.claim).plain
    assert f"\n\n{drawn}\n" in shown
    assert (max(map(len, drawn.splitlines())) <= 80) == (width is not None)
    title = shown[: shown.index(drawn)].split("\n\n")[-2]
    assert title.startswith(f"{saved.claim} (MN1): ")
    assert (max(map(len, title.splitlines())) <= 80) == (width is not None)


def test_a_sighting_tells_its_length_and_what_it_was() -> None:
    steps = tuple(Step("up", (), {"n": n}, {"n": n + 1}) for n in range(2))
    whole, half = (Trace({"n": 0}, steps[:count]) for count in (2, 1))
    made = [Sighting("a", "", whole, 1, 2), *(Sighting("a", "", one, 1, 2, Scope.SHORTEST) for one in (whole, half))]
    assert [one.length for one in made] == ["seen after 2 steps", "2 steps", "shrunk from 2 to 1 step"]


def test_an_interrupt_while_a_run_is_shrunk_leaves_it_as_it_was_met(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("haboot.cli.fuzzing.Fuzzer.shrunk", cut)
    assert run(("fuzz", "healthy-agent-strands-node", "--examples", "10")) == 130
    shown = capsys.readouterr().out
    assert "INTERRUPTED" in shown
    assert "seen after" in shown
    assert "shrunk" not in shown


def test_machines_that_part_from_their_tables_are_an_internal_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parted = implementation(guards=())
    apart = lambda scenario: Unfolded(composition(scenario.scenario)).against(parted)  # noqa: E731
    monkeypatch.setattr("haboot.ledger.OfProtocol.world", apart)
    assert run(("fuzz", "lost-switch-is-final", "--examples", "5")) == 4
    told = capsys.readouterr().err
    assert told.startswith("haboot: internal error: lost-switch-is-final: ")
    assert "the tables refuse 'H.MN1 starts IKE'" in told


BY_RUN = Find("one", "same-prefix", "property", "", "old-agent-told", 12)
BY_TABLES = Find("two", "lossy", "lockstep", "the machines refuse", examples=3)
SPARED, MISSED = Find("three", spared="for the test"), Find("four", examples=2000)


@pytest.mark.parametrize(
    ("found", "status", "says"),
    [
        ((BY_RUN, BY_TABLES, SPARED), 0, "2 of 2 seeded faults found (100%), 0 missed, 1 spared with a reason"),
        ((BY_RUN, BY_TABLES, MISSED), 1, "2 of 3 seeded faults found (67%), 1 missed, 0 spared with a reason"),
    ],
)
def test_fewer_than_nine_of_ten_seeded_faults_fail_and_each_is_listed(
    found: tuple[Find, ...],
    status: int,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = []

    def finds(*given: int) -> Iterator[Find]:
        asked.append(given)
        yield from found

    monkeypatch.setattr("haboot.cli.faults.finds", finds)
    monkeypatch.setenv("COLUMNS", "200")
    data = tmp_path / "out.json"
    command = ("fuzz", "--mutants", "--examples", "50", "--seed", "7", "--workers", "1", "--json", str(data))
    assert run(command) == status
    shown = capsys.readouterr().out
    assert run(("fuzz", "--mutants")) == status
    assert asked == [(50, 7, 1), (EXAMPLES, 0, 2)]
    assert capsys.readouterr().out.startswith(f"{says}\n")
    assert shown.startswith(f"{says}\n")
    assert "1 break a property that a run shows, 1 part from the tables alone; seed 7" in shown
    rows = [" ".join(line.split()) for line in shown.splitlines()]
    last = "three spared: for the test" if status == 0 else "four 2000 MISSED"
    assert rows[-3:] == [last, "one 12 same-prefix old-agent-told", "two 3 lossy lockstep"]
    written = json.loads(data.read_text())
    assert written["seed"] == 7
    assert [(one["mutant"], one["oracle"]) for one in written["faults"]] == [(one.mutant, one.oracle) for one in found]


def test_a_hunt_that_an_interrupt_cuts_says_how_far_it_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cut(*_: int) -> Iterator[Find]:
        yield from (BY_RUN, MISSED)
        raise KeyboardInterrupt

    monkeypatch.setattr("haboot.cli.faults.finds", cut)
    assert run(("fuzz", "--mutants", "--json", str(tmp_path / "out.json"))) == 130
    left = len(all_mutants()) - 2
    assert capsys.readouterr().out == f"INTERRUPTED: 1 of 2 seeded faults found so far; {left} left\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_nine_of_ten_seeded_faults_are_found() -> None:
    assert run(("fuzz", "--mutants")) == 0
