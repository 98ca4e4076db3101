"""What helps at the prompt: help that fits a terminal, examples that run, completion, and the manual page."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from haboot.cli.examples import EXAMPLES
from haboot.cli.main import COMMANDS, haboot, run
from haboot.ledger import FINDINGS, SUITES
from haboot.model import ASSUMPTIONS, COUNTED, VARIANTS
from haboot.properties import CLAIMS, REQUIREMENTS

from tests.manual import PAGE, manual
from tests.test_dependencies import HEAVY

LONG = {"report", "mutants"}  # minutes
SHELLS = {"bash": "plain,{}", "zsh": "plain\n{}\n", "fish": "plain,{}\t"}
SCENARIOS, FOUND = [one.name for one in SUITES["full"]], [one.name for one in FINDINGS]
ASSUMED = [one.name for one in ASSUMPTIONS]
PLACES = {  # what is typed, the names that are due, and whether files are offered
    "check ": (SCENARIOS, True),
    "promises ": (SCENARIOS, True),
    "fuzz ": (SCENARIOS, True),
    "draw -s ": (SCENARIOS, True),
    "report --explore ": (SCENARIOS, True),
    "certify proofs ": (SCENARIOS, True),
    "explore ": (SCENARIOS, True),
    "trace ": ([*FOUND, *SCENARIOS], True),
    "trace lossy ": ([one.name for one in CLAIMS], False),
    "fuzz -p ": ([one.name for one in CLAIMS], False),
    "draw -p ": ([one.name for one in CLAIMS], False),
    "check --assume ": (ASSUMED, False),
    "check --assume loss,": ([f"loss,{one}" for one in ASSUMED], False),
    "compare --assume ": (ASSUMED, False),
    "check --at-most ": ([f"{one}=1" for one in COUNTED], False),
    "check --suite ": ([*SUITES], False),
    "check --variant ": ([*VARIANTS], False),
    "compare ": ([*VARIANTS], False),
    "rule ": ([one.id for one in REQUIREMENTS], False),
    "scenarios ": (SCENARIOS, False),
    "assumptions ": (ASSUMED, False),
    "variants ": ([*VARIANTS], False),
    "properties ": ([one.name for one in CLAIMS], False),
    "requirements ": ([one.id for one in REQUIREMENTS], False),
    "findings ": (FOUND, False),
    "": ([*COMMANDS], False),
}


def examples() -> Iterator[object]:
    for command, lines in EXAMPLES.items():
        for line in lines:
            yield pytest.param(line, marks=[pytest.mark.slow] if command in LONG else [], id=line)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_80_columns(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert run((*command.split(), "--help")) == 0
    shown = capsys.readouterr().out.splitlines()
    assert max(map(len, shown)) <= 80
    assert {*EXAMPLES.get(command, ())} <= {line.strip() for line in shown}


def test_every_command_has_examples_of_itself() -> None:
    assert {*EXAMPLES} == {*COMMANDS}
    assert all(line.split()[:2] == ["haboot", command] for command, lines in EXAMPLES.items() for line in lines)
    assert all(1 <= len(lines) <= 2 for lines in EXAMPLES.values())


def test_every_option_says_what_it_does() -> None:
    context = click.Context(haboot)
    for name in COMMANDS:
        command = haboot.get_command(context, name)
        assert command is not None
        bare = [one.name for one in command.params if isinstance(one, click.Option) and not one.help]
        assert not bare, name


@pytest.mark.parametrize("line", [*examples()])
def test_an_example_runs(
    line: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if "second-opinion" in line and shutil.which("spin") is None:
        pytest.skip("SPIN is not installed")
    monkeypatch.setattr("haboot.pages.serving.Server.serve_forever", lambda _: None)  # it would serve for ever
    if "mine.py" in line:
        assert run(("new", "mine")) == 0
    if "capture.pcapng" in line:
        assert run(("trace", "lost-switch-is-final", "--pcap", "capture.pcapng")) == 0
    if "certificates" in line:
        assert run(("check", "lossy", "--certificate", "certificates")) == 0
    assert run(shlex.split(line)[1:]) == 0
    shown = capsys.readouterr()
    assert shown.out or [*here.iterdir()]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("typed", PLACES)
def test_a_shell_is_offered_the_names_that_mean_something(
    typed: str, shell: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words, begun = ["haboot", *typed.split()], typed.rpartition(" ")[2]
    place = len(words) - bool(begun)
    monkeypatch.setenv("_HABOOT_COMPLETE", f"{shell}_complete")
    monkeypatch.setenv("COMP_WORDS", shlex.join(words))
    monkeypatch.setenv("COMP_CWORD", begun if shell == "fish" else str(place))
    monkeypatch.setattr(sys, "argv", ["haboot"])
    assert run() == 0
    shown = capsys.readouterr().out
    due, files = PLACES[typed]
    assert [name for name in due if SHELLS[shell].format(name).strip("\t") not in shown] == []
    assert ("file" in {line.split(",")[0] for line in shown.splitlines()}) == files


@pytest.mark.parametrize("words", ["trace mine.py", "check mine.py -p", "fuzz pack.mine:JUGS -p", "fuzz lossy -p"])
def test_what_the_protocol_has_is_not_offered_behind_a_model(
    words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = ["haboot", *words.split()]
    monkeypatch.setenv("_HABOOT_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", f"{shlex.join(given)} ")
    monkeypatch.setenv("COMP_CWORD", str(len(given)))
    monkeypatch.setattr(sys, "argv", ["haboot"])
    assert run() == 0
    assert ("no-deadlock" in capsys.readouterr().out) == ("lossy" in words and "fuzz" in words)


def test_an_unknown_shell_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_HABOOT_COMPLETE", "nushell_complete")
    assert run() == 1


@pytest.mark.parametrize("shell", SHELLS)
def test_click_writes_the_script_of_a_shell(
    shell: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_HABOOT_COMPLETE", f"{shell}_source")
    assert run() == 0
    assert "_haboot_completion" in capsys.readouterr().out


@pytest.mark.parametrize("typed", ["check ", "trace ", "findings ", "check --assume "])
def test_completing_loads_nothing_that_explores(typed: str) -> None:
    code = (
        "import sys\nfrom haboot.cli.main import run\nrun()\n"
        "print('', *{name.split('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    words = ["haboot", *typed.split()]
    asked = {"_HABOOT_COMPLETE": "bash_complete", "COMP_WORDS": shlex.join(words), "COMP_CWORD": str(len(words))}
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, **asked}
    )
    assert done.stdout
    assert set(done.stderr.split()) & HEAVY <= {"rich", "transitions"}


def test_the_manual_page_is_that_of_the_help() -> None:
    assert PAGE.read_text(encoding="utf-8") == manual(), "write it again: python -m tests.manual"


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff")
def test_the_manual_page_is_set_without_a_warning() -> None:
    command = ["groff", "-man", "-Tutf8", "-ww", "-b", "-z", str(PAGE)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - groff alone
    assert done.stderr == ""
