"""What a check says of properties of which nothing was expected, in its line, its files and its exit code."""

import json
from pathlib import Path
from typing import Any

import pytest
from haboot.cli.main import run
from junitparser import Failure, JUnitXml, Skipped

SILENT = ("check", "--assume", "loss,return-kept")


def results(folder: Path, *options: str) -> tuple[int, dict[str, Any], list[Any], list[dict[str, Any]]]:
    """The exit code, and what the files in JSON, JUnit and SARIF hold."""
    asked = [word for kind in ("json", "junit", "sarif") for word in (f"--{kind}", str(folder / f"out.{kind}"))]
    code = run((*SILENT, *options, *asked))
    cases = [case for suite in JUnitXml.fromfile(str(folder / "out.junit")) for case in suite]
    found = json.loads((folder / "out.sarif").read_text())["runs"][0]["results"]
    return code, json.loads((folder / "out.json").read_text()), cases, found


def broken(data: dict[str, Any]) -> set[str]:
    """The properties that are violated though nothing was expected of them."""
    (scenario,) = data["scenarios"]
    return {one["name"] for one in scenario["properties"] if one["verdict"] == "VIOLATED" and not one["expected"]}


def test_what_nobody_expected_is_counted_and_not_called_as_expected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, data, cases, found = results(tmp_path)
    last, names, count = capsys.readouterr().out.splitlines()[-1], broken(data), data["summary"]
    assert (code, len(names)) == (0, count["unforeseen"])
    assert names
    assert count["as_expected"] + count["nothing_expected"] == count["verdicts"]
    assert last.startswith(f"{count['as_expected']} of {count['verdicts']} verdicts in 1 scenario as expected")
    assert f"nothing was expected of {count['nothing_expected']}: " in last
    assert f"{len(names)} violated" in last.split(";")[1]
    silent = [case for case in cases if case.name in names]
    assert all(isinstance(case.result[0], Skipped) and "expects nothing" in case.result[0].message for case in silent)
    levels = {one["level"] for one in found if one["ruleId"] in names}
    assert levels == {"warning"}
    assert not [one for one in found if one["ruleId"] in names and "suppressions" in one]


def test_strict_fails_on_it_in_every_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, data, cases, found = results(tmp_path, "--strict")
    names = broken(data)
    assert code == 1
    assert "--strict" in capsys.readouterr().out.splitlines()[-1]
    assert data["summary"]["failures"] == len(names)
    assert {one["name"] for one in data["scenarios"][0]["properties"] if one["fails"]} == names
    assert {case.name for case in cases if any(isinstance(one, Failure) for one in case.result)} == names
    assert {one["ruleId"] for one in found if one["level"] == "error"} == names


@pytest.mark.parametrize(("options", "level"), [((), "warning"), (("--strict",), "error")])
def test_a_workflow_is_told_of_it(
    options: tuple[str, ...],
    level: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    _, data, _, _ = results(tmp_path, *options)
    notes = [line for line in capsys.readouterr().out.splitlines() if line.startswith("::")]
    assert {line.split(" ")[0] for line in notes} == {f"::{level}"}
    assert len(notes) == len(broken(data))
    text = (tmp_path / "summary.md").read_text()
    assert ("Nothing was expected of these:" in text) == (not options)
    assert all(f"| `{name}` | **VIOLATED** | nothing |" in text for name in broken(data))


def test_strict_changes_nothing_where_all_is_as_expected(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("check", "same-prefix", "lossy", "--strict")) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("all ")
