"""The command: exit codes, the JSON that it promises, and one clear line for bad input."""

import json
from pathlib import Path

import pytest
from haboot.cli.main import run

SCENARIO_KEYS = {
    "name", "assumptions", "engine", "distinct", "generated", "depth", "bounds_hit", "dead_actions", "seconds",
    "properties",
}  # fmt: skip
PROPERTY_KEYS = {"name", "kind", "cites", "verdict", "expected", "trace_length"}


def test_check_as_expected_exits_0_and_says_what_it_rests_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("check", "same-prefix")) == 0
    shown = capsys.readouterr().out
    assert "12 distinct, 12 generated, depth 12; graph engine, exhaustive" in shown
    assert "never fired: " in shown
    assert "as expected" in shown


def test_json_has_the_promised_keys(tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    assert run(("check", "same-prefix", "--json", str(target))) == 0
    data = json.loads(target.read_text())
    assert set(data) == {"haboot", "summary", "scenarios", "gaps"}
    (scenario,) = data["scenarios"]
    assert set(scenario) >= SCENARIO_KEYS
    assert all(set(one) >= PROPERTY_KEYS for one in scenario["properties"])


def test_a_bound_exits_3_and_never_says_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("check", "contention", "--max-states", "5")) == 3
    shown = capsys.readouterr().out
    assert "INCOMPLETE" in shown
    assert "as expected" not in shown.splitlines()[-1]


def test_a_verdict_that_differs_from_the_ledger_exits_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from haboot.checker import Answer  # noqa: PLC0415

    monkeypatch.setattr("haboot.ledger.judgement.expected", lambda *_: Answer.HOLDS)
    assert run(("check", "same-prefix")) == 1
    assert "the ledger expects HOLDS" in capsys.readouterr().out


def test_scenarios_are_made_on_the_spot(capsys: pytest.CaptureFixture[str]) -> None:
    run(("check", "--mobile-nodes", "2", "--slots", "2", "--assume", "loss,give-up", "--assume", "crash"))
    assert "same+2x2+crash+give-up+loss" in capsys.readouterr().out


def test_a_trace_is_drawn_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("trace", "lost-switch-is-final", "--width", "90")) == 0
    shown = capsys.readouterr().out
    assert "every-node-recovers: VIOLATED" in shown
    assert "HAS (B=1, [H], SA H)" in shown
    assert "The loop is fair" in shown


@pytest.mark.parametrize("command", ["scenarios", "properties", "requirements", "findings"])
def test_the_lists_can_be_printed(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run((command,)) == 0
    assert len(capsys.readouterr().out.splitlines()) > 30
