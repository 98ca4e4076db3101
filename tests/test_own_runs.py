"""Runs of a model of one's own in files: shown again, turned into tests, and refused where they are none of its."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from haboot.cli.main import run
from haboot.ledger import models_of, verdict_from

from tests.own_models import WHOLE, forgotten, written

REPLY = "a reply answers its request"


@pytest.fixture(autouse=True)
def here(here: Path) -> Iterator[Path]:
    """A folder with two models in it: a counter, and machines of which one takes any reply for its own."""
    written(here, WHOLE)
    with forgotten():
        assert run(("new", "bent")) == 0
        source = (here / "bent.py").read_text().replace("(is_awaited,), (count,)", "(), (count,)")
        written(here, source.replace("    expected={},\n", ""), "bent.py")
        yield here


def saved(model: str, claim: str) -> dict[str, Any]:
    """A trace of a model as it is saved."""
    assert run(("trace", model, claim, "-f", "json", "-o", "saved.json")) == 0
    found: dict[str, Any] = json.loads(Path("saved.json").read_text())
    return found


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert run(("trace", *words)) == 0
    return capsys.readouterr().out


CASES = [("mine.py", "stays small"), ("mine.py", "comes to one"), ("bent.py", REPLY), ("bent.py:MODEL", REPLY)]


@pytest.mark.parametrize(("model", "claim"), CASES)
def test_a_saved_run_is_shown_as_it_was(model: str, claim: str, capsys: pytest.CaptureFixture[str]) -> None:
    saved(model, claim)
    first = shown(capsys, model, claim)
    again = shown(capsys, model, "--from", "saved.json")
    assert again.splitlines() == first.splitlines()
    assert shown(capsys, model, claim, "--from", "saved.json") == again


@pytest.mark.parametrize(("model", "claim"), CASES)
def test_what_another_tool_wrote_is_shown_for_the_property_that_is_named(
    model: str, claim: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (own,) = models_of(model)
    found = saved(model, claim)
    trace = verdict_from(found, own).trace
    assert trace is not None
    if own.composition() is None:  # of machines a saved run has only the slots that were used
        states = [{name: value for name, value in one.items() if name != "#meta"} for one in found["states"]]
        written(here, json.dumps({"states": [states[0], *states]}), "other.itf")  # it stutters once
        assert shown(capsys, model, claim, "--from", "other.itf") == shown(capsys, model, "--from", "saved.json")
        assert run(("trace", model, "--from", "other.itf")) == 2
        assert "it does not say which property it breaks: name one" in capsys.readouterr().err
    else:
        from haboot import as_itf, check  # noqa: PLC0415 - after the model is forgotten

        whole = check(own.model.composed(), own.catalogue)[claim].trace
        assert whole is not None
        written(here, json.dumps(as_itf(whole, {})), "other.itf")
        assert shown(capsys, model, claim, "--from", "other.itf") == shown(capsys, model, "--from", "saved.json")


@pytest.mark.parametrize("claim", ["each request is answered"])
def test_a_loop_is_read_back_and_what_a_run_does_not_tell_is_said(
    claim: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = (here / "bent.py").read_text()
    written(here, source.replace("fairness=FAIR", "fairness=()").replace("        FAIR,\n", ""), "unfair.py")
    saved("unfair.py", claim)
    again = shown(capsys, "unfair.py", "--from", "saved.json")
    assert f"breaks {claim}" in again
    assert again.endswith("That the loop is fair was found when the file was written.\n")


@pytest.mark.slow
@pytest.mark.parametrize(("model", "claim"), CASES)
@pytest.mark.parametrize("target", ["test_run.py", "deeper/test_run.py"])
def test_a_run_becomes_a_test_that_is_green_here_and_red_on_another_model(
    model: str, claim: str, target: str, here: Path
) -> None:
    (here / "deeper").mkdir()
    saved(model, claim)
    assert run(("trace", model, "--from", "saved.json", "--pytest", "-o", target)) == 0
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", str(here / target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=here)  # noqa: S603 - ours
    assert done.returncode == 0, done.stdout
    file = here / model.partition(":")[0]
    other = {"mine.py": ('v["n"] + 1}', 'v["n"] + 2}'), "bent.py": ("Request(me.number)", "Request(1 - me.number)")}
    file.write_text(file.read_text().replace(*other[file.name]))
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=here)  # noqa: S603 - ours
    assert done.returncode == 1, done.stdout


def test_a_test_of_a_run_names_its_model_and_its_values(here: Path) -> None:
    assert run(("trace", "bent.py", REPLY, "--pytest")) == 0
    text = (here / "test_a_reply_answers_its_request_in_bent.py").read_text()
    assert "MODEL = model_beside(__file__, 'bent.py')\nfrom bent import Reply  # noqa: E402" in text
    names: dict[str, Any] = {"__file__": str(here / "test_run.py")}
    exec(compile(text, "test_run.py", "exec"), names)  # noqa: S102 - ours
    names["test_a_reply_answers_its_request"]()


def test_a_model_of_a_module_is_named_by_it(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(here)
    assert run(("trace", "mine:MODEL", "comes to one", "--pytest", "-o", "test_run.py")) == 0
    text = (here / "test_run.py").read_text()
    assert "model_beside(__file__, 'mine:MODEL')" in text
    assert "A run of 1 step that witnesses a property of its model." in text
    names: dict[str, Any] = {"__file__": str(here / "test_run.py")}
    exec(compile(text, "test_run.py", "exec"), names)  # noqa: S102 - ours
    names["test_comes_to_one"]()


def test_what_is_no_run_of_the_model_is_one_line(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = saved("mine.py", "stays small")
    ours = found["#meta"]["haboot"]
    cases = {
        "it is of the model 'other', not of the model 'counter'": {"#meta": {"haboot": {**ours, "model": "other"}}},
        "it is of a scenario, not of": {"#meta": {"haboot": {**ours, "model": ""}}},
        "unknown property 'stays smal'; did you mean": {"#meta": {"haboot": {**ours, "property": "stays smal"}}},
        "does not break 'stays small'": {"states": found["states"][:2]},
        "the model does not make this run": {"states": [found["states"][0], *found["states"][2:]]},
        "it does not say which property it breaks": {"#meta": {"tool": "x"}},
    }
    for said, more in cases.items():
        written(here, json.dumps({**found, **more}), "odd.json")
        assert run(("trace", "mine.py", "--from", "odd.json")) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert said in line
    for words, said in (
        (("same-prefix", "--from", "saved.json"), "--from is for a model of your own, and 'same-prefix' is none"),
        (("mine.py", "--from", "gone.json"), "cannot read 'gone.json'"),
        (("saved.json",), "'haboot trace FILE.py --from' with this file shows it where the model is"),
    ):
        assert run(("trace", *words)) == 2
        assert said in capsys.readouterr().err


def test_fuzz_says_how_a_run_of_a_model_is_read_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("fuzz", "mine.py", "--examples", "20", "--save", "run 1.json")) == 1
    told = capsys.readouterr().out
    assert "'haboot trace mine.py --from 'run 1.json'' shows it again" in told
    assert "stays small: VIOLATED in counter" in shown(capsys, "mine.py", "--from", "run 1.json")
