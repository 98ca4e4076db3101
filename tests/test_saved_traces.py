"""Traces in files: shown again as they were, turned into tests, and refused when the model has moved on."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from haboot.checker import ModelError, check, fuzz
from haboot.checker.fuzzing import RerunError, Unfolded
from haboot.cli.main import run
from haboot.ledger import BY_NAME, as_data, from_data, recorded
from haboot.ledger.regression import as_test
from haboot.model import composition, system
from haboot.properties import properties, run_properties


def test_a_violation_is_saved_and_shown_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target, data = tmp_path / "trace.json", tmp_path / "out.json"
    found_by = ("fuzz", "b-bit-is-invisible", "--examples", "10", "-p", "no-update-to-left-agent")
    assert run((*found_by, "--save", str(target), "--json", str(data))) == 0
    assert "as expected" in capsys.readouterr().out
    (found,) = json.loads(data.read_text())["properties"]
    assert run(("trace", str(target), "--width", "90")) == 0
    chart = capsys.readouterr().out
    assert "no-update-to-left-agent: VIOLATED in b-bit-is-invisible" in chart
    assert all(action[:40] in chart for action in found["trace"])
    for form in ("mermaid", "svg", "dot", "json"):
        assert run(("trace", str(target), "-f", form)) == 0
    assert capsys.readouterr().out.endswith(target.read_text())
    assert not list(tmp_path.glob(".*"))
    for more in (("no-deadlock",), ("--assume", "loss"), ("--slots", "2")):
        assert run(("trace", str(target), *more)) == 2
        assert "is a file: it names its scenario and property itself" in capsys.readouterr().err


SILENT_INITIATOR = """
from collections.abc import Mapping
from dataclasses import replace
from haboot.checker.machines.mutants import with_row
from haboot.model import scenarios
from haboot.model.home_agent import INITIATOR
scenarios.PARTICIPANTS[INITIATOR.name] = with_row(INITIATOR, 0, replace(INITIATOR.rows[0], effects=()))
"""


@pytest.mark.parametrize("name", ["lost-switch-is-final", "lost-switch-leaks-address", "two-initiators-race-in-dns"])
def test_a_trace_becomes_a_test_that_is_green_here_and_red_on_another_model(name: str, tmp_path: Path) -> None:
    finding = BY_NAME[name]
    product = system(finding.scenario)
    verdict = check(product, properties(finding.scenario, product))[finding.claim]
    assert verdict.trace is not None
    target = tmp_path / "test_regression.py"
    target.write_text(as_test(recorded(finding.scenario, finding.claim, verdict.trace)))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(target)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603
    (tmp_path / "conftest.py").write_text(SILENT_INITIATOR)
    red = subprocess.run(command, capture_output=True, check=False, text=True)  # noqa: S603
    assert red.returncode == 1
    assert "starts IKE', changes" in red.stdout


def test_a_file_is_refused_when_the_model_no_longer_makes_its_run() -> None:
    finding = BY_NAME["b-bit-is-invisible"]
    world = Unfolded(composition(finding.scenario))
    report = fuzz(world, run_properties(finding.scenario, world), examples=10, shrink=lambda _: False)
    saved = recorded(finding.scenario, finding.claim, report.sightings[finding.claim].trace)
    data = as_data(saved)
    assert from_data(json.loads(json.dumps(data))) == saved
    changed = {**data, "states": [*data["states"][:3], *data["states"][4:]]}
    with pytest.raises(ModelError, match="the model does not make this run"):
        from_data(changed)
    cut = {**data, "states": data["states"][:3]}
    with pytest.raises(ModelError, match="does not break 'no-update-to-left-agent'"):
        from_data(cut)
    assert issubclass(RerunError, AssertionError)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe\x00", "byte 0 is not UTF-8"),
        (b'{"#meta": {"haboot"', "is no trace, or cut"),
        (b"[" * 200_000, "is no trace: nested too deeply"),
        (b"[]", "the file: a table with #meta, states, loop is needed, not []"),
        (b'{"#meta": {"format": "ITF"}, "states": []}', "states is a list of states, not []"),
        (b'{"#meta": {"format": "ITF"}, "states": [{}]}', "its #meta: 'haboot' is missing"),
        (b'{"#meta": {}, "#meta": {}}', "the key '#meta' is given twice"),
        (b'{"loop": NaN}', "NaN is no number of JSON"),
        (b'{"loop": ' + b"9" * 5000 + b"}", "is no trace: "),
        (b'{"#meta": {}, "states": [{}], "loop": 1.5}', "loop is the number of a step, not 1.5"),
        (b"{" * 5_000_000, "more than 4,000,000 parts"),
        (
            b'{"#meta": {"haboot": {"property": "agreement", "scenario": {"name": "", "summary": "", "nodes": 1}}},'
            b'"states": [{}]}',
            "unknown key 'nodes'",
        ),
        (
            b'{"#meta": {"haboot": {"property": "agreement", "scenario": {"name": "", "summary": "", "slots": "1"}}},'
            b'"states": [{}]}',
            "slots is a whole number from 1 on, not '1'",
        ),
    ],
)
def test_a_file_that_is_no_trace_gets_one_line(
    content: bytes, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "trace.json"
    target.write_bytes(content)
    assert run(("trace", str(target))) == 2
    error = capsys.readouterr().err.strip()
    assert says in error
    assert "\n" not in error
