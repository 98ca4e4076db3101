"""The ledgers: requirements, findings and mutants say what the model does, no more and no less."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

import pytest
from haboot.checker import Answer, Limits, check
from haboot.cli.main import run
from haboot.cli.writeup import write_up
from haboot.ledger import (
    BY_NAME,
    FINDINGS,
    SETTLED,
    SUITES,
    Finding,
    Violation,
    excuse,
    kills_as_toml,
    left_open,
    needed_as_toml,
    reason,
    violations,
)
from haboot.ledger.finding import Settled
from haboot.ledger.violation import signature, written
from haboot.model import ASSUMPTIONS, DRAFT, STANDARD, Expectation, Scenario, system
from haboot.model.assumptions import READINGS as TEXTS
from haboot.properties import CLAIMS, REQUIREMENTS, Requirement, explored, properties
from haboot.studies import Search, all_mutants, candidates, killed_by
from haboot.studies.mutation import ITSELF, fate, killers
from haboot.studies.search import Tried, attempt
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_verdicts import assert_fair

ROWS = [*(f"R{n}" for n in range(1, 35)), "R16b", "R21a", "R21b"]


def test_every_row_of_the_draft_stands_in_the_ledger_once() -> None:
    assert sorted(row.id for row in REQUIREMENTS) == sorted(set(ROWS) - {"R21"})


@pytest.mark.parametrize("row", REQUIREMENTS, ids=lambda row: row.id)
def test_a_requirement_has_a_property_or_a_waiver_that_applies(row: Requirement) -> None:
    assert bool(row.claims) != bool(row.waiver), "a property, or a reason why there is none"
    assert not row.waiver or row.waiver.startswith(("declarative", "editorial", "out of scope"))


def test_a_citation_of_a_row_names_one_that_exists() -> None:
    rows = {row.id for row in REQUIREMENTS}
    sources = ("RFC", "vhar-02", "haha-spec-00")
    cited = {cite for claim in CLAIMS for cite in claim.cites if not cite.startswith(sources)}
    assert cited <= rows


def answer(finding: Finding, *without: str) -> tuple[Answer | None, int]:
    assumptions = frozenset(finding.assumptions) - set(without)
    scenario = replace(finding.scenario, assumptions=assumptions)
    product = system(scenario)
    claims = [one for one in properties(scenario, product) if one.name == finding.claim]
    if not claims:
        return None, 0
    (verdict,) = check(product, claims, Limits(200_000)).verdicts
    if verdict.trace is not None and verdict.trace.loop is not None:
        assert_fair(product, verdict.trace, verdict.property.fairness)
    return verdict.answer, len(verdict.trace or ())


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda one: one.name)
def test_a_finding_breaks_its_property_and_needs_each_of_its_assumptions(finding: Finding) -> None:
    assert answer(finding)[0] is Answer.VIOLATED
    for assumption in finding.assumptions:
        assert answer(finding, assumption)[0] in {Answer.HOLDS, None}, "it holds, or nobody asks"


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda one: one.name)
def test_the_ledger_of_violations_knows_each_finding_and_its_length(finding: Finding) -> None:
    where = (finding.claim, finding.variant, finding.prefixes, set(finding.assumptions))
    known = [one for one in violations() if (one.claim, one.variant, one.prefixes, set(one.assumptions)) == where]
    length = answer(finding)[1]
    assert any(one.length == length for one in known)


@pytest.mark.parametrize("settled", [one for one in SETTLED if one.claim], ids=lambda one: one.candidate)
def test_a_refuted_candidate_is_refuted_by_an_exhaustive_search(settled: Settled) -> None:
    product = system(settled.scenario)
    claims = [one for one in properties(settled.scenario, product) if one.name == settled.claim]
    report = check(product, claims)
    assert not report.space.bounds_hit
    assert report[settled.claim].answer is Answer.HOLDS


def test_every_candidate_is_settled() -> None:
    settled = {mark for one in FINDINGS for mark in one.candidates} | {one.candidate for one in SETTLED}
    assert settled == {f"C{number:02}" for number in range(1, 29)}


def test_the_write_up_is_what_the_ledger_gives_today() -> None:
    page = Path(__file__).parent.parent / "docs" / "findings.md"
    assert page.read_text(encoding="utf-8") == write_up()


def test_the_ledger_speaks_of_the_suites_that_there_are() -> None:
    source = files("haboot.ledger").joinpath("violations.toml").read_text(encoding="utf-8")
    known = {name: row["is"] for name, row in tomllib.loads(source)["scenario"].items()}
    assert known == {one.name: signature(one) for one in SUITES["full"]}


def test_a_reason_is_what_an_author_gives_for_this_property_and_else_the_ledger_s() -> None:
    own = (Expectation("no-deadlock", "VIOLATED", "a reason"), Expectation("agreement", "VIOLATED", "another"))
    scenario = replace(STANDARD[0], expected=own)
    assert [reason(scenario, one) for one in ("no-deadlock", "agreement")] == ["a reason", "another"]
    assert reason(scenario, "old-agent-told") == reason(STANDARD[0], "old-agent-told") != ""


def test_the_ledger_is_written_as_it_is_read() -> None:
    from haboot.ledger.violation import _answers  # noqa: PLC0415

    source = files("haboot.ledger").joinpath("violations.toml").read_text(encoding="utf-8")
    answers = {name: (row["is"], row["answers"]) for name, row in tomllib.loads(source)["scenario"].items()}
    assert _answers() == dict(answers.values())
    assert written(reversed(violations()), answers, reversed(left_open())) == source


def test_promises_and_kills_are_written_as_they_are_read() -> None:
    from haboot.ledger.promise import _known  # noqa: PLC0415

    promised, killed = (
        files("haboot.ledger").joinpath(f"{name}.toml").read_text("utf-8") for name in ("promises", "killed")
    )
    scenarios = {one.name: one for one in SUITES["full"]}
    known = ((scenarios[name], _known()[row["is"]].values()) for name, row in tomllib.loads(promised).items())
    assert needed_as_toml(known) == promised
    assert kills_as_toml(killed_by()) == killed


@given(st.dictionaries(st.text(), st.lists(st.tuples(st.text(), st.text()))))
@settings(deadline=None)
def test_any_text_is_read_from_a_ledger_as_it_was_written(found: dict[str, list[tuple[str, str]]]) -> None:
    assert tomllib.loads(kills_as_toml(found)) == {claim: [[*row] for row in rows] for claim, rows in found.items()}


def test_only_minimal_violations_are_found_and_each_breaks_what_it_says() -> None:
    sets = ((), ("crash",), ("crash", "loss"), ("loss",))
    tried = [Violation("", "same", 1, 1, given, 0) for given in sorted(sets, key=len)]
    heard: list[int] = []
    found = list(Search(tried).minimal(heard.append))
    assert heard == [1, 2, 3, 4]
    assert found
    for one in found:
        assert attempt(one).broken[one.claim] == one.length
        for rest in sets:
            assert (
                not set(rest) < set(one.assumptions) or one.claim not in attempt(replace(one, assumptions=rest)).broken
            )


def test_a_search_tells_what_a_bound_left_open_unless_a_smaller_set_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {(): Tried({"agreement": 3}), ("loss",): Tried({}, ("agreement", "no-deadlock"))}
    monkeypatch.setattr("haboot.studies.search.attempt", lambda one: known[one.assumptions])
    monkeypatch.setattr("haboot.studies.search.mapped", lambda task, given, *_, **__: map(task, given))
    search = Search(Violation("", "same", 1, 1, given, 0) for given in known)
    assert [one.claim for one in search.minimal()] == ["agreement"]
    assert [(one.claim, one.assumptions) for one in search.cut] == [("no-deadlock", ("loss",))]


def test_a_bound_that_a_candidate_hits_leaves_its_properties_open() -> None:
    cut = attempt(Violation("", "same", 1, 1, (), 0), max_states=5)
    assert "no-deadlock" in cut.left_open
    assert not attempt(Violation("", "same", 1, 1, (), 0)).left_open


def test_candidates_of_a_search_are_small_sets_first_and_every_finding() -> None:
    every = [one for one in candidates(1) if one.variant == DRAFT]
    sizes = [len(one.assumptions) for one in every]
    assert sizes[: sizes.count(0)] == [0] * 4
    kinds = {(one.prefixes, one.mobile_nodes, one.assumptions) for one in every}
    assert len(kinds) == len(every)
    for one in FINDINGS:
        if one.variant == DRAFT and len(one.assumptions) != 1:
            assert (one.prefixes, one.mobile_nodes, tuple(sorted(one.assumptions))) in kinds


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_each_property_kills_a_mutant(claim: object) -> None:
    name = claim.name  # type: ignore[attr-defined]
    mutant, scenario = killed_by()[name][0]
    (found,) = [one for one in (*all_mutants(), ITSELF) if one.name == mutant]
    assert name in killers(found, scenario)


@pytest.mark.slow
@pytest.mark.parametrize("mutant", all_mutants(), ids=lambda one: one.name)
def test_no_mutant_survives_without_a_reason(mutant: object) -> None:
    result = fate(mutant)  # type: ignore[arg-type]
    assert bool(result.killers) != bool(excuse("mutant", result.mutant))


def test_two_runs_write_the_same_json_but_for_the_seconds(tmp_path: Path) -> None:
    outputs = []
    for name in ("one.json", "two.json"):
        target = tmp_path / name
        command = [sys.executable, "-m", "haboot.cli", "check", "contention", "lossy", "--json", str(target)]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own command
        data = json.loads(target.read_text())
        for scenario in data["scenarios"]:
            del scenario["seconds"]
        outputs.append(json.dumps(data))
    assert outputs[0] == outputs[1]


# The command

STILL = BY_NAME["lost-switch-is-final"]
GONE = replace(BY_NAME["push-is-rejected"], assumptions=())  # the premise of its property holds, and so does that
PADDED = replace(STILL, name="padded", assumptions=(*STILL.assumptions, "return-kept"))  # one more than it needs


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two findings, of which one breaks its property no more."""
    monkeypatch.setenv("COLUMNS", "300")
    for place in ("findings", "writeup"):
        monkeypatch.setattr(f"haboot.cli.{place}.FINDINGS", (STILL, GONE))


@pytest.mark.usefixtures("few")
def test_a_finding_that_is_gone_fails_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("findings", "--verify")) == 1
    shown = capsys.readouterr()
    assert f"2 findings, 1 of them gone; {len(violations())} minimal violations" in shown.err
    row = next(line for line in shown.out.splitlines() if line.startswith(f"{GONE.name}\t"))
    assert row.split("\t")[2:] == ["none", "different prefix", "1", "HOLDS", " ".join(GONE.what.split())]


@pytest.mark.usefixtures("few")
def test_a_finding_that_is_gone_is_written_up_without_a_trace(tmp_path: Path) -> None:
    target = tmp_path / "findings.md"
    assert run(("findings", "--document", str(target))) == 0
    page = target.read_text(encoding="utf-8")
    still, gone = (page.split(f"## {one.name}\n")[1].split("\n## ")[0] for one in (STILL, GONE))
    assert "```text" in still
    assert f"trace-{STILL.name}.svg" in still
    assert "**Assumes** nothing: it shows in fair weather." in gone
    assert "```text" not in gone


@pytest.mark.parametrize(
    ("finding", "status", "row"),
    [
        (STILL, 0, ("lost-switch-is-final", "every-node-recovers", "loss", "HOLDS")),
        (PADDED, 1, ("padded", "every-node-recovers", "return-kept", "VIOLATED")),
    ],
    ids=lambda one: getattr(one, "name", None),
)
def test_a_finding_that_does_not_need_an_assumption_fails_the_list(
    finding: Finding,
    status: int,
    row: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("haboot.cli.findings.FINDINGS", (finding,))
    assert run(("findings", "--minimal", "--all")) == status
    lists: dict[str, list[list[str]]] = {}
    for line in capsys.readouterr().out.splitlines():
        name, *cells = line.split("\t")
        lists.setdefault(name, []).append(cells)
    assert list(row) in lists["without one assumption"]
    assert len(lists["minimal violations"]) == len(violations())
    assert len(lists.get("left open by a bound", [])) == len(left_open())
    first = violations()[0]
    assert lists["minimal violations"][0][0] == first.claim
    assert lists["minimal violations"][0][-1] == (", ".join(first.assumptions) or "none")


def test_a_list_that_an_interrupt_cuts_shows_what_it_has(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("haboot.cli.findings.all_results", cut)
    assert run(("findings", "--verify", "--minimal", "--all")) == 130
    assert capsys.readouterr().err.endswith(f"INTERRUPTED: 0 of {len(FINDINGS)} findings so far, 0 of them gone\n")


TRIED = tuple(Violation("", "same", 1, 1, given, 0) for given in ((), ("loss",)))


@pytest.fixture
def two_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search of two candidates, and a full suite of one scenario."""
    monkeypatch.setattr("haboot.cli.findings.candidates", lambda _: iter(TRIED))
    monkeypatch.setattr("haboot.cli.findings.SUITES", {"full": SUITES["full"][:1]})


@pytest.mark.usefixtures("two_tried")
def test_a_search_finds_what_the_ledger_has_and_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(("findings", "--search", "1")) == 0
    (told,) = capsys.readouterr().out.splitlines()
    assert told.startswith("2 scenarios explored, ")
    assert told.endswith(" minimal violations; 0 new, 0 gone")

    target = tmp_path / "violations.toml"
    assert run(("findings", "--search", "1", "--write", str(target))) == 0
    assert capsys.readouterr().out == f"{told}\n"
    made = tomllib.loads(target.read_text(encoding="utf-8"))
    (first, *_) = SUITES["full"]
    assert {name: row["is"] for name, row in made["scenario"].items()} == {first.name: signature(first)}
    assert set(made["scenario"][first.name]["answers"].values()) <= {"VIOLATED", "UNREACHED"}

    other = replace(TRIED[1], claim="load-bounded", length=3)
    monkeypatch.setattr("haboot.ledger.violation.violations", lambda: (other,))
    assert run(("findings", "--search", "1")) == 1
    told, *lines = capsys.readouterr().out.splitlines()
    assert "- load-bounded: loss (same prefix, 3 steps)" in lines
    assert "+ every-node-recovers: loss (same prefix, 9 steps)" in lines
    assert told.endswith(f" minimal violations; {len(lines) - 1} new, 1 gone")


READINGS = {one.name for one in ASSUMPTIONS if one.reading}
AVOIDED = [(one, reading) for one in FINDINGS for reading in one.avoided_by]


def test_each_reading_is_one_of_an_assumption() -> None:
    assert set(TEXTS) == READINGS


@pytest.mark.parametrize(("finding", "reading"), AVOIDED, ids=lambda one: getattr(one, "name", one))
def test_a_flaw_is_gone_under_a_reading_that_avoids_it(finding: Finding, reading: str) -> None:
    assert reading in READINGS
    assert reading not in finding.assumptions
    assert answer(replace(finding, assumptions=(*finding.assumptions, reading)))[0] is Answer.HOLDS


@pytest.mark.parametrize("kept", [(), (replace(TRIED[1], claim="load-bounded"),)])
def test_what_a_bound_left_open_is_told_with_the_ledger(
    kept: tuple[Violation, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("haboot.cli.findings.FINDINGS", FINDINGS[:1])
    monkeypatch.setattr("haboot.ledger.violation.left_open", lambda: kept)
    assert run(("findings", "--all")) == 0
    told = capsys.readouterr()
    assert ("1 property was left open by a bound (--all lists them)" in told.err) == bool(kept)
    assert ("left open by a bound\t" in told.out) == bool(kept)


@pytest.mark.usefixtures("two_tried")
def test_a_search_says_which_sets_a_bound_cut(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cut(search: Search, _: Callable[[int], None]) -> Iterator[Violation]:
        for one in search.tried:
            search.cut += [replace(one, claim=name) for name in attempt(one, 5).left_open]
        return iter(())

    monkeypatch.setattr("haboot.studies.Search.minimal", cut)
    assert run(("findings", "--search", "1")) == 1
    told = capsys.readouterr().out
    assert "INCOMPLETE: a bound cut 2 scenarios, which may break more than is listed:" in told
    assert "? loss (same prefix): " in told


@pytest.mark.usefixtures("two_tried")
def test_a_search_that_an_interrupt_cuts_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cut(search: Search, done: Callable[[int], None]) -> Iterator[Violation]:
        done(1)
        yield search.tried[0]
        raise KeyboardInterrupt

    monkeypatch.setattr("haboot.studies.Search.minimal", cut)
    assert run(("findings", "--search", "1", "--write", str(tmp_path / "ledger.toml"))) == 130
    assert capsys.readouterr().out == "INTERRUPTED: 1 of 2 scenarios explored, 1 minimal violation\n"
    assert not list(tmp_path.iterdir())


def test_a_ledger_is_written_by_a_search_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("findings", "--write", "ledger.toml")) == 2
    assert capsys.readouterr().err == "haboot: --write goes with --search\n"


def test_a_candidate_that_overflows_its_channels_is_given_more_room(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = Scenario("narrow", "for the test", assumptions=frozenset({"own-detection"}), capacity=1)
    assert explored(narrow).report().space.bounds_hit
    candidate = SimpleNamespace(scenario=narrow)
    assert attempt(candidate).left_open == ()  # type: ignore[arg-type]
    monkeypatch.setattr("haboot.studies.search.ROOM", 0)
    assert attempt(candidate).left_open != ()  # type: ignore[arg-type]
