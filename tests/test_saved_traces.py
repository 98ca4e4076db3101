"""Traces in files: shown again as they were, turned into tests, and refused when the model has moved on."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from haboot.checker import ModelError, Step, Trace, Value, check, fuzz
from haboot.checker.fuzzing import RerunError, Unfolded
from haboot.cli.main import run
from haboot.ledger import BY_NAME, Saved, as_data, from_data, recorded
from haboot.ledger.regression import Regression, as_test
from haboot.model import Scenario, composition, system
from haboot.properties import explored, properties, run_properties


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


@pytest.mark.parametrize("name", ["lost-switch-is-final", "healthy-agent-strands-node", "two-initiators-race-in-dns"])
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


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    """A saved run that stays for ever where it ends."""
    finding = BY_NAME["lost-switch-is-final"]
    verdict = explored(finding.scenario).verdict("every-node-recovers")
    assert verdict.trace is not None
    return as_data(recorded(finding.scenario, "every-node-recovers", verdict.trace))


def test_a_file_that_says_other_than_the_model_of_one_slot_is_refused(written: dict[str, Any]) -> None:
    assert from_data(written).claim == "every-node-recovers"
    first, *others = written["states"]
    slot = next(name for name in others[0] if name != "#meta")
    for state, says in (
        ({**others[0], slot: "elsewhere"}, rf"step 1, '.*', leaves '{re.escape(slot)}' other than recorded"),
        ({**others[0], "no such slot": 1}, "step 1, '.*', leaves 'no such slot' other than recorded"),
    ):
        with pytest.raises(ModelError, match=says):
            from_data({**written, "states": [first, state, *others[1:]]})
    with pytest.raises(
        ModelError, match="the model does not make this run: no initial state of 'lost-switch-is-final'"
    ):
        from_data({**written, "states": [{**first, slot: "elsewhere"}, *others]})


def test_a_file_with_an_unknown_property_or_a_loop_that_is_none_is_refused(written: dict[str, Any]) -> None:
    ours = {**written["#meta"]["haboot"], "property": "every-node-recover"}
    with pytest.raises(
        ModelError, match=r"unknown property 'every-node-recover'; did you mean 'every-node-recovers'\?"
    ):
        from_data({**written, "#meta": {"haboot": ours}})
    steps = len(written["states"]) - 1
    with pytest.raises(ModelError, match=f"its loop goes back to {steps + 1}, which is none of its {steps} steps"):
        from_data({**written, "loop": steps + 1})
    with pytest.raises(ModelError, match="the loop does not return to step 0"):
        from_data({**written, "loop": 0})


def test_a_property_that_a_run_does_not_break_is_refused(written: dict[str, Any]) -> None:
    def saying(claim: str, **more: Any) -> dict[str, Any]:
        return {**written, "#meta": {"haboot": {**written["#meta"]["haboot"], "property": claim}}, **more}

    rest = len(written["states"]) - 1
    for claim, loop, why in (
        ("one-live-registration", rest, "has nothing to do with a loop"),
        ("recovered", rest, "has nothing to do with a loop"),
        ("no-endless-flip", None, "is broken by a run that goes on for ever"),
        ("no-endless-flip", rest, "any more, or the file is cut"),
        ("slot-given-back", rest, "any more, or the file is cut"),
        ("every-node-recovers", None, "is broken by a run that goes on for ever"),
        ("one-live-registration", None, "any more, or the file is cut"),
    ):
        with pytest.raises(ModelError, match=f"'{claim}'.*{why}"):
            from_data(saying(claim, loop=loop))
    first = saying("every-node-recovers", states=written["states"][:1], loop=0)
    assert from_data(first).claim == "every-node-recovers", "nobody ever acts; that this is not fair, no run tells"


def test_a_run_round_a_loop_is_held_against_what_is_counted() -> None:
    finding = BY_NAME["replayed-switch-calls-back"]
    verdict = explored(finding.scenario).verdict(finding.claim)
    assert verdict.trace is not None
    assert verdict.trace.loop is not None
    data = as_data(recorded(finding.scenario, finding.claim, verdict.trace))
    assert from_data(json.loads(json.dumps(data))).trace.loop == verdict.trace.loop
    with pytest.raises(ModelError, match="does not break 'no-endless-flip'"):
        from_data({**data, "loop": len(data["states"]) - 1})


def test_keys_that_are_no_text_are_refused_by_what_is_due(written: dict[str, Any]) -> None:
    for odd, place in (({**written, 1: 2}, r"`\$`"), ({**written, "states": [{1: 2}]}, r"`\$\.states\[0\]`")):
        with pytest.raises(ModelError, match=f"the file: Expected `str`.*at `key` in {place}"):
            from_data(odd)


def test_a_written_test_is_refused_a_property_that_its_scenario_has_not() -> None:
    with pytest.raises(ModelError, match="no property 'no-deadlok' in 'one'; did you mean 'no-deadlock'"):
        Regression(Scenario("one", ""), {}).breaks("no-deadlok")


def test_a_tuple_and_a_set_in_a_state_are_literals_of_a_written_test() -> None:
    values: dict[str, Value] = {"a": (), "b": (1, ("x",)), "c": frozenset({"z", "y"}), "d": frozenset()}
    step = Step("go", (), dict.fromkeys(values, ""), values)
    text = as_test(Saved(Scenario("one", ""), "no-deadlock", Trace(step.before, (step,))))
    (told,) = re.findall(r"'b': (.*),$", text, re.MULTILINE)
    assert ast.literal_eval(told) == values["b"]
    for line in ("'a': (),", "'b': (1, ('x',),),", "'c': frozenset({'y', 'z'}),", "'d': frozenset(),"):
        assert f"        {line}\n" in text


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
