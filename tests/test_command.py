"""The command: exit codes, the JSON that it promises, and one clear line for bad input."""

import io
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from haboot.cli.main import run
from haboot.cli.progress import Meter
from haboot.ledger import SUITES

FEW = ("--max-states", "500")
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
    assert "haboot trace same-prefix old-agent-told" in shown
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


def test_a_property_is_asked_alone_and_one_that_is_unknown_or_not_asked_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(("check", "contention", "-p", "agreement", "--property", "no-deadlock")) == 0
    assert "all 2 verdicts in 1 scenario as expected" in capsys.readouterr().out
    assert run(("check", "contention", "-p", "agrement")) == 2
    assert "unknown property 'agrement'; did you mean 'agreement'?" in capsys.readouterr().err
    assert run(("check", "contention", "-p", "dns-points-to-binding")) == 2
    assert "scenario 'contention' is not asked 'dns-points-to-binding'" in capsys.readouterr().err


def test_a_reduced_search_says_so_and_what_it_does_not_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("check", "contention", "--reduce", "-p", "no-deadlock")) == 0
    assert "41 distinct, 42 generated, depth 22; graph engine, exhaustive, partial-order reduction: 41 states" in (
        capsys.readouterr().out
    )
    assert run(("check", "contention", "--reduce", "-p", "no-deadlock", "-p", "every-node-recovers")) == 3
    shown = capsys.readouterr().out
    assert "leads-to, not judged: partial-order reduction does not preserve" in shown
    assert "1 of 2 verdicts in 1 scenario is not answered by a reduced search" in shown
    assert run(("check", "contention", "--reduce", "-p", "every-node-recovers")) == 2
    assert "partial-order reduction does not preserve" in capsys.readouterr().err


def test_a_suite_that_is_asked_in_part_lacks_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SUITES, "standard", SUITES["standard"][:2])  # type: ignore[index]
    assert run(("check", "-p", "no-deadlock")) == 0
    assert run(("check", "--reduce", "-p", "no-deadlock")) == 0
    assert "not covered" not in capsys.readouterr().out


def test_a_verdict_that_differs_from_the_ledger_exits_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from haboot.checker import Answer  # noqa: PLC0415

    monkeypatch.setattr("haboot.ledger.protocol.expected", lambda *_: Answer.HOLDS)
    assert run(("check", "same-prefix")) == 1
    assert "the ledger expects HOLDS" in capsys.readouterr().out


def test_scenarios_are_made_on_the_spot(capsys: pytest.CaptureFixture[str]) -> None:
    run(("check", "--mobile-nodes", "2", "--slots", "2", "--assume", "loss,no-give-up", "--assume", "crash", *FEW))
    assert "same+2x2+crash+loss+no-give-up" in capsys.readouterr().out


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


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_shown_how_far_a_search_is_and_nothing_else_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haboot.cli.progress.PATIENCE", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    told = {}
    for stream in (Screen(), io.StringIO()):
        monkeypatch.setattr(sys, "stderr", stream)
        meter = Meter()
        meter.begin("a search")
        meter(1000, 2000, 30, 4)
        meter(5000, 9000, 60, 7)
        meter.end()
        assert meter.status is None
        told[type(stream)] = stream.getvalue()
    assert "a search: 5,000 distinct, " in told[Screen]
    assert ", queue 60, depth 7" in told[Screen]
    assert told[io.StringIO] == ""


def test_what_is_short_is_not_shown_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr("haboot.cli.progress.PATIENCE", 3600.0)
    Meter()(1000, 2000, 30, 4)
    assert screen.getvalue() == ""


def test_a_property_that_holds_has_no_trace_to_draw(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("trace", "same-prefix", "no-deadlock")) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["there is no trace: no counterexample exists"]


def test_a_chart_is_written_to_a_file_as_it_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "chart.txt"
    asked = ("trace", "unreachable-nodes-starve-others", "--width", "100")
    assert run(asked) == 0
    shown = capsys.readouterr().out
    assert run((*asked, "-o", str(target))) == 0
    assert capsys.readouterr().out == f"{target}\n"
    assert target.read_text(encoding="utf-8") == shown
    only = "it could end only by a step that is promised no fairness: MN1.link goes out of reach."
    assert only in " ".join(shown.split())


def test_a_measure_that_no_run_has_is_told_without_a_chart(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("trace", "mn-initiated", "fewest-messages")) == 0
    assert capsys.readouterr().out == "fewest-messages: never in mn-initiated\n"


def test_the_package_is_the_command_as_well() -> None:
    done = subprocess.run([sys.executable, "-m", "haboot", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("haboot, version ")
    assert not hasattr(import_module("haboot.__main__"), "done"), "who only imports it runs no command"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("colds=1", "'colds' is nothing that is counted"),
        ("loss", "'loss' does not say how often: loss=1"),
        ("loss=0", "'0' is no whole number from 1 to 1,000"),
        ("loss=x", "'x' is no whole number from 1 to 1,000"),
    ],
)
def test_how_often_a_fault_recurs_is_a_known_fault_and_a_number(
    given: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(("check", "--at-most", given)) == 2
    assert says in capsys.readouterr().err


def test_a_fault_recurs_so_often_at_most(capsys: pytest.CaptureFixture[str]) -> None:
    run(("check", "--at-most", "loss=1, reboot=2", *FEW))
    assert "same+1x1+loss=1+reboot=2" in capsys.readouterr().out


def test_a_path_that_leads_nowhere_is_no_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("check", "no/such")) == 2
    assert "no/such: no scenario file: cannot read" in capsys.readouterr().err
