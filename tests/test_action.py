"""The action's steps, run as a runner would in other repositories: one with scenarios, one with a model."""

import json
import os
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from haboot.model import STANDARD
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.runner import ROOT, Job

SCENARIOS = """# networks that we run

[[scenario]]
name = "our pair"
mobile-nodes = 2

[scenario.expected]
old-agent-told = { answer = "VIOLATED", reason = "we know" }
load-bounded = "VIOLATED"
no-deadlock = "VIOLATED"
"""
MODEL = """from haboot.checker import Action, Slot, System, always

COUNT = System(
    "count",
    (Slot("n", range(5)),),
    ({"n": 0},),
    (Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 4 else None),),
)
PROPERTIES = [
    always("below four", ("n",), lambda v: v["n"] < 4),
    always("below five", ("n",), lambda v: v["n"] < 5),
]
"""
TEST = """from haboot.plugin import checked
from ours.count import COUNT, PROPERTIES


@checked
def test_count():
    return COUNT, PROPERTIES
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with scenarios in a folder, and with a model and its tests."""
    folder = tmp_path / "repository"
    for name, text in {
        "net/mine.haboot.toml": SCENARIOS,
        "ours/count.py": MODEL,
        "tests/test_count.py": TEST,
        ".git/HEAD": "ref: refs/heads/main\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def job(repository: Path, **given: str) -> Job:
    """A job whose installation is the one that runs this test."""
    temp = repository.parent / "temp"
    temp.mkdir()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return Job(repository, temp, given, frozenset({"Install"}), {"PATH": path})


def annotations(log: str) -> list[str]:
    return [found[1] for found in re.finditer(r"^::(error file=[^,]*,line=\d+),title=", log, re.MULTILINE)]


def placed(file: Path) -> dict[str, tuple[str, int]]:
    """The place of each result that is not suppressed, by its rule."""
    (found,) = json.loads(file.read_text())["runs"]
    return {one["ruleId"]: at(one["locations"][0]) for one in found["results"] if "suppressions" not in one}


def at(location: dict[str, Any]) -> tuple[str, int]:
    place = location["physicalLocation"]
    assert place["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
    return place["artifactLocation"]["uri"], place["region"]["startLine"]


@pytest.mark.slow
def test_scenarios_of_another_repository(repository: Path) -> None:
    ours = job(repository, scenarios="net/*.haboot.toml")
    outputs = ours.run()
    assert ours.outcomes["Check"] == "failure", ours.logs["Check"]
    assert ours.outcomes["Test"] == "skipped"
    assert ours.outcomes["Report"] == "success", ours.logs["Report"]
    assert placed(repository / outputs["sarif"]) == {"no-deadlock": ("net/mine.haboot.toml", 10)}
    assert annotations(ours.logs["Check"]) == ["error file=net/mine.haboot.toml,line=10"]
    counts = json.loads((repository / "haboot-results/results.json").read_text())["summary"]
    assert outputs["verdict"] == "failed"
    assert outputs["summary"].endswith("differs from net/mine.haboot.toml")
    for name in ("verdicts", "as-expected", "differ", "cut", "unforeseen"):
        assert outputs[name] == str(counts[name.replace("-", "_")])
    assert (outputs["scenarios"], outputs["differ"], outputs["tests"]) == ("1", "1", "skipped")
    row = "| our pair | `no-deadlock` | **HOLDS** | VIOLATED | none | net/mine.haboot.toml&#58;10 |"
    assert row in ours.summaries()
    assert 'line="10"' in (repository / outputs["junit"]).read_text()
    report = (repository / outputs["report"]).read_text()
    assert "our pair" in report
    assert not [one.name for one in STANDARD if one.summary in report]
    assert not (repository / outputs["tests-sarif"]).exists()


@pytest.mark.slow
def test_a_model_file_of_another_repository(repository: Path) -> None:
    ours = job(repository, models="ours/count.py:COUNT")
    outputs = ours.run()
    assert [ours.outcomes[name] for name in ("Check", "Test", "Report")] == ["failure", "skipped", "success"]
    assert placed(repository / outputs["sarif"]) == {"below four": ("ours/count.py", 10)}
    assert annotations(ours.logs["Check"]) == ["error file=ours/count.py,line=10"]
    assert (outputs["verdict"], outputs["scenarios"], outputs["verdicts"]) == ("failed", "1", "2")
    assert 'file="ours/count.py"' in (repository / outputs["junit"]).read_text()
    assert "below four" in (repository / outputs["report"]).read_text()


@pytest.mark.slow
def test_a_model_of_another_repository(repository: Path) -> None:
    ours = job(repository, tests="tests")
    outputs = ours.run()
    assert [ours.outcomes[name] for name in ("Check", "Test", "Report")] == ["skipped", "failure", "skipped"]
    assert placed(repository / outputs["tests-sarif"]) == {"below four": ("ours/count.py", 10)}
    assert annotations(ours.logs["Test"]) == ["error file=ours/count.py,line=10"]
    assert "test_count[below four] - below four: VIOLATED" in ours.logs["Test"]
    (found,) = json.loads((repository / outputs["tests-sarif"]).read_text())["runs"]
    steps = found["results"][0]["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [at(step["location"]) for step in steps] == [("ours/count.py", 10), *[("ours/count.py", 7)] * 4]
    assert 'file="tests/test_count.py"' in (repository / outputs["tests-junit"]).read_text()
    assert (outputs["verdict"], outputs["tests"]) == ("", "failure")


def test_what_is_installed_is_pinned_by_hash_in_the_versions_of_the_constraints() -> None:
    text = (ROOT / "requirements.txt").read_text()
    pinned = dict(re.findall(r"^([\w.-]+)==([^\s;]+)[^\n]*\\$", text, re.MULTILINE))
    entries = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(pinned)
    assert all("--hash=sha256:" in one for one in entries)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    known = dict(line.split("==") for line in lines if "==" in line)
    known |= dict(one.split("==") for one in project["build-system"]["requires"])
    wanted = {canonicalize_name(name): version for name, version in known.items()}
    assert {name for name in pinned if wanted.get(name) != pinned[name]} == {"colorama"}  # of Windows alone
    assert {canonicalize_name(Requirement(one).name) for one in project["project"]["dependencies"]} <= set(pinned)


@pytest.mark.parametrize("file", ["action.yml", "docs/ci/workflow.yml", "docs/ci/own.yml"])
def test_actions_of_others_are_pinned_by_their_commit(file: str) -> None:
    used = re.findall(r"uses: (\S+)(.*)", (ROOT / file).read_text())
    others = [(name, note) for name, note in used if name not in {"./", "OWNER/haboot@COMMIT"}]
    assert others
    for name, note in others:
        assert re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40}", name)
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", note)
