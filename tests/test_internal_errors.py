"""What nobody foresaw is one line and exit code 4: in a command, while it loads, in its output and in its children."""

import errno
import subprocess
import sys
from pathlib import Path

import click
import pytest
from haboot.checker import EngineError
from haboot.cli.main import run
from haboot.cli.unforeseen import SHOW, summed_up
from rich.errors import MarkupError

UNFORESEEN = (
    ValueError("of\nseveral\x1b[31m lines"),
    KeyError("key"),
    RecursionError("deep"),
    AssertionError(),
    UnicodeEncodeError("ascii", "ä", 0, 1, "no"),
    MarkupError("closing tag"),
    click.Abort(),
    EOFError(),
    OSError(errno.EAGAIN, "no more processes"),
    ExceptionGroup("several", [ValueError("one")]),
    BaseException("neither an exception nor an interrupt"),
    EngineError("machines and tables part"),
    StopIteration(),
)


PLACES = ("ledger.protocol.explored", "cli.check.summary", "cli.files.save", "cli.options.scenarios_of")


@pytest.mark.parametrize("error", UNFORESEEN, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("place", PLACES)
def test_an_exception_that_nobody_foresaw_is_one_line_and_exit_code_4(
    error: BaseException,
    place: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.delenv(SHOW, raising=False)
    monkeypatch.setattr(f"haboot.{place}", fails)
    assert run(("check", "same-prefix", "--json", str(tmp_path / "x.json"))) == 4
    told = capsys.readouterr().err
    assert told.startswith("haboot: internal error: ")
    assert told.count("\n") == 1
    assert told.strip().isprintable()


@pytest.mark.parametrize("error", [MemoryError(), OSError(errno.ENOMEM, "Cannot allocate memory")])
def test_a_search_that_outgrows_the_memory_says_how_to_bound_it(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("haboot.ledger.protocol.explored", fails)
    assert run(("check", "same-prefix")) == 2
    assert capsys.readouterr().err == "haboot: out of memory: bound the search with --max-states or --max-memory\n"


def test_the_whole_of_it_is_shown_on_request(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(SHOW, "1")
    monkeypatch.setattr("haboot.properties.exploration.explore", lambda *_: next(iter(())))
    assert run(("check", "same-prefix")) == 4
    told = capsys.readouterr().err
    assert "Traceback" in told
    assert "StopIteration" in told.splitlines()[-1]


class SpeechlessError(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


def test_an_exception_without_words_is_told_by_its_type() -> None:
    assert summed_up(SpeechlessError()) == "SpeechlessError"
    assert len(summed_up(ValueError("x" * 100_000))) < 1000


def ended(folder: Path, script: str) -> tuple[int, str]:
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


MAIN = "sys.argv = ['haboot', *{words!r}]\nfrom haboot.cli.start import main\nmain()\n"


@pytest.mark.parametrize("gone", ["haboot.model", "click", "haboot.cli.interrupts", "rich.text"])
def test_a_package_that_cannot_be_loaded_is_one_line(gone: str, tmp_path: Path) -> None:
    status, told = ended(tmp_path, f"import sys\nsys.modules[{gone!r}] = None\n" + MAIN.format(words=["scenarios"]))
    assert (status, told.count("\n")) == (4, 1)
    assert told.startswith("haboot: internal error: ModuleNotFoundError: ")


@pytest.mark.parametrize(
    ("task", "says"),
    [
        ("raise ValueError('in a child')", "ValueError: in a child"),
        ("raise SystemExit(7)", "SystemExit: 7"),
        ("os._exit(9)", "a process that shares the work was killed"),
        ("return lambda: 1", "PicklingError|AttributeError"),
    ],
)
def test_what_goes_wrong_in_a_child_process_is_one_line(task: str, says: str, tmp_path: Path) -> None:
    script = f"""
import os, sys
import haboot.cli.throttle
def turns(*_, **__):
    {task}
haboot.cli.throttle.turns = turns
"""
    status, told = ended(tmp_path, script + MAIN.format(words=["throttle", "--nodes", "1,2"]))
    assert (status, told.count("\n")) == (4, 1), told
    assert any(one in told for one in says.split("|"))


@pytest.mark.parametrize(("code", "expected"), [(None, 4), (1, 4), ("text", 4), (77, 4), (False, 4)])
def test_whatever_ends_the_interpreter_ends_in_a_declared_code(code: object, expected: int, tmp_path: Path) -> None:
    script = f"""
import sys
import haboot.ledger.protocol
def explored(*_, **__):
    raise SystemExit({code!r})
haboot.ledger.protocol.explored = explored
"""
    status, told = ended(tmp_path, script + MAIN.format(words=["check", "same-prefix"]))
    assert (status, told.count("\n")) == (expected, 1)
