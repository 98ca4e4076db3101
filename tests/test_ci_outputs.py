"""What a check tells machines: JUnit and SARIF that readers accept, annotations, a summary, and files to copy."""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
import xmlschema
import yaml
from haboot.checker import Answer
from haboot.cli.main import haboot, run
from haboot.ledger import violation as ledger
from haboot.ledger.scenario_files import scenarios_in
from haboot.model import PARTICIPANTS
from haboot.properties import CLAIMS, claim_places
from haboot.properties.places import place_of
from junitparser import JUnitXml

ROOT = Path(__file__).parent.parent
SCHEMAS = Path(__file__).parent / "schemas"
SOME = ("same-prefix", "lossy", "push-is-ignored")
CHANGED = "no-update-to-left-agent"  # is expected to be violated by the fixture below, and holds


@pytest.fixture
def surprise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the ledger expect another answer for two properties: one is violated, one holds."""
    known = ledger.expected

    def expected(scenario: Any, claim: str, kind: Any) -> Answer | None:
        others = {"old-agent-told": Answer.HOLDS, CHANGED: Answer.VIOLATED}
        return others.get(claim) or known(scenario, claim, kind)

    monkeypatch.setattr("haboot.ledger.judgement.expected", expected)


def sarif_of(folder: Path, *arguments: str) -> dict[str, Any]:
    target = folder / "out.sarif"
    run(("check", *arguments, "--sarif", str(target)))
    log: dict[str, Any] = json.loads(target.read_text())
    schema = json.loads((SCHEMAS / "sarif.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(log)
    return log


def test_junit_is_valid_and_counts_what_the_ledger_expects(tmp_path: Path) -> None:
    target = tmp_path / "out.xml"
    assert run(("check", *SOME, "--junit", str(target))) == 0
    xmlschema.XMLSchema(str(SCHEMAS / "junit.xsd")).validate(str(target))
    report = JUnitXml.fromfile(str(target))
    assert [suite.name for suite in report] == list(SOME)
    assert (report.failures, report.errors) == (0, 0)
    assert all(suite.skipped for suite in report)
    assert all("as expected: " in case.result[0].message for suite in report for case in suite if case.result)


@pytest.mark.usefixtures("surprise")
def test_junit_fails_what_differs_and_shows_its_chart(tmp_path: Path) -> None:
    target = tmp_path / "out.xml"
    assert run(("check", "same-prefix", "--junit", str(target))) == 1
    xmlschema.XMLSchema(str(SCHEMAS / "junit.xsd")).validate(str(target))
    failed = {case.name: case.result[0] for suite in JUnitXml.fromfile(str(target)) for case in suite if case.result}
    assert set(failed) == {"old-agent-told", CHANGED}
    assert "starts IKE" in failed["old-agent-told"].text
    assert failed[CHANGED].type == "HOLDS"


def test_junit_calls_what_a_bound_cut_an_error(tmp_path: Path) -> None:
    target = tmp_path / "out.xml"
    assert run(("check", "contention", "--max-states", "5", "--junit", str(target))) == 3
    xmlschema.XMLSchema(str(SCHEMAS / "junit.xsd")).validate(str(target))
    assert JUnitXml.fromfile(str(target)).errors > 0


def test_sarif_suppresses_what_is_expected_with_a_reason(tmp_path: Path) -> None:
    (found,) = sarif_of(tmp_path, *SOME)["runs"]
    assert [rule["id"] for rule in found["tool"]["driver"]["rules"]] == [claim.name for claim in CLAIMS]
    assert found["results"]
    marks = [result["partialFingerprints"]["primaryLocationLineHash"] for result in found["results"]]
    assert len(set(marks)) == len(marks)
    for result in found["results"]:
        assert found["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["suppressions"][0]["justification"]
        assert result["baselineState"] == "unchanged"


@pytest.mark.usefixtures("surprise")
def test_sarif_leaves_open_what_differs(tmp_path: Path) -> None:
    (found,) = sarif_of(tmp_path, "same-prefix")["runs"]
    results = {one["ruleId"]: one for one in found["results"] if "suppressions" not in one}
    assert set(results) == {"old-agent-told", CHANGED}
    assert {one["level"] for one in results.values()} == {"error"}
    steps = results["old-agent-told"]["codeFlows"][0]["threadFlows"][0]["locations"]
    assert len(steps) == 10
    assert "in 9 steps" in results["old-agent-told"]["message"]["text"]


def test_sarif_says_that_a_cut_search_leaves_a_property_open(tmp_path: Path) -> None:
    (found,) = sarif_of(tmp_path, "contention", "--max-states", "5")["runs"]
    assert {one["kind"] for one in found["results"]} == {"open"}
    assert not found["invocations"][0]["executionSuccessful"]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda one: one.name)
def test_a_claim_is_placed_at_the_line_that_states_it(claim: Any) -> None:
    place = claim_places()[claim.name]
    lines = (ROOT / place.file).read_text(encoding="utf-8").splitlines()
    assert claim.name in " ".join(lines[place.line - 1 : place.line + 1])


@pytest.mark.parametrize("name", PARTICIPANTS)
def test_each_row_of_a_participant_has_its_line(name: str) -> None:
    for row in PARTICIPANTS[name].rows:
        place = place_of(row)
        lines = (ROOT / place.file).read_text(encoding="utf-8").splitlines()
        assert row.name in "".join(lines[place.line - 1 : place.line + 1])


@pytest.mark.usefixtures("surprise")
def test_a_workflow_is_annotated_and_summed_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "summary.md"
    target.write_text("what another step said\n")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(target))
    assert run(("check", "same-prefix")) == 1
    place = claim_places()["old-agent-told"]
    shown = [line for line in capsys.readouterr().out.splitlines() if line.startswith("::")]
    assert len(shown) == 2
    assert any(line.startswith(f"::error file={place.file},line={place.line},title=") for line in shown)
    text = target.read_text()
    assert text.startswith("what another step said\n## haboot check\n")
    assert "| same-prefix | `old-agent-told` | **VIOLATED** | HOLDS | 9 steps |" in text
    assert f"| same-prefix | `{CHANGED}` | **HOLDS** | VIOLATED | none |" in text


def test_nothing_is_annotated_elsewhere(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    assert run(("check", "same-prefix")) == 0
    assert "::" not in capsys.readouterr().out


def words_of(file: str) -> Iterator[list[str]]:
    """The haboot commands that a YAML file runs, as words; what a shell or a workflow fills in is taken as a name."""
    data = yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))
    if isinstance(data, list):
        lines = [hook["entry"] for hook in data]
    elif "runs" in data:
        lines = [line for step in data["runs"]["steps"] for line in step.get("run", "").splitlines()]
    else:
        steps = [step for job in data["jobs"].values() for step in job["steps"]]
        lines = [f"haboot check {step['with'].get('options', '')}" for step in steps if step.get("uses") == "./"]
    for line in lines:
        words = [word for word in shlex.split(line) if word not in {"$SCENARIOS", "$OPTIONS"}]
        if words[:1] == ["haboot"]:
            yield words[1 : words.index("||")] if "||" in words else words[1:]


@pytest.mark.parametrize("file", ["action.yml", ".pre-commit-hooks.yaml", "docs/ci/workflow.yml"])
def test_the_files_to_copy_name_commands_and_options_that_exist(file: str) -> None:
    commands = list(words_of(file))
    assert commands
    for words in commands:
        with click.Context(haboot) as context:
            _, command, rest = haboot.resolve_command(context, words)
            assert command is not None
            command.make_context(words[0], rest)


def test_the_workflow_uses_inputs_and_outputs_that_the_action_has() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    workflow = (ROOT / "docs/ci/workflow.yml").read_text()
    steps = [step for job in yaml.safe_load(workflow)["jobs"].values() for step in job["steps"]]
    given = {name for step in steps if step.get("uses") == "./" for name in step.get("with", {})}
    assert given
    assert given <= set(action["inputs"])
    assert "steps.haboot.outputs.sarif" in workflow
    assert "sarif" in action["outputs"]


def test_the_example_scenarios_are_as_they_say() -> None:
    file = ROOT / "docs/ci/scenarios.haboot.toml"
    assert len(scenarios_in(file)) == 2
    assert run(("check", str(file))) == 0
