"""A model to start from is whole: it is checked, typed, tested, and notices what is broken in it; and it is watched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from time import monotonic, sleep

import haboot.checker.graph.space  # noqa: F401 - runs inside of this process drop what they load
import pytest
from haboot.checker import check
from haboot.cli.main import run
from haboot.cli.watching import changes
from haboot.ledger import models_of

from tests.own_models import WHOLE, forgotten, written

ROOT = Path(__file__).parent.parent
LONG = 60  # seconds, beyond any wait


@pytest.fixture(autouse=True)
def here(here: Path) -> Iterator[Path]:
    with forgotten():
        yield here


def done(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-m", *command], capture_output=True, text=True, check=False
    )


def test_what_is_written_is_checked_tested_and_typed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("new", "pair")) == 0
    said = capsys.readouterr().out
    assert said.split() == ["pair.py", "test_pair.py", *["haboot", "check", "pair.py", "pytest", "test_pair.py"]]
    assert run(("check", "pair.py")) == 0
    assert "all 4 verdicts in 1 model as expected: 4 hold" in capsys.readouterr().out
    tested = done("pytest", "-q", "-p", "no:cacheprovider", "test_pair.py")
    assert "5 passed" in tested.stdout, tested.stdout
    typed = done("mypy", "--strict", "--cache-dir", os.devnull, "pair.py", "test_pair.py")
    assert typed.returncode == 0, typed.stdout
    tidy = done("ruff", "check", "--no-cache", "--config", str(ROOT / "pyproject.toml"), ".")
    assert tidy.returncode == 0, tidy.stdout
    assert done("ruff", "format", "--no-cache", "--config", str(ROOT / "pyproject.toml"), "--check").returncode == 0


@pytest.mark.parametrize(
    ("old", "bent", "broken"),
    [
        ("(is_awaited,), (count,)", "(), (count,)", "a reply answers its request"),
        ('Row("asks again", ("waiting",), "=", (), (ask,)),', "", "something can always happen"),
        ("(is_awaited,), (count,)", "(is_awaited,), ()", "a second request is made"),
        ("(), (answer,)", "(), ()", "each request is answered"),
    ],
)
def test_each_property_of_it_notices_something(old: str, bent: str, broken: str, here: Path) -> None:
    assert run(("new", "pair")) == 0
    text = (here / "pair.py").read_text()
    assert text.count(old) == 1
    written(here, text.replace(old, bent), "bent.py")
    (one,) = models_of("bent.py")
    report = check(one.model.composed(), one.catalogue)
    assert broken in {verdict.property.name for verdict in report.verdicts if verdict.answer != "HOLDS"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a-b", "'a-b' cannot be the name of a Python module"),
        ("class", "'class' cannot be the name"),
        ("\u00e4", "cannot be the name"),
        ("queue", "'queue' is the name of a module that others import"),
        ("haboot", "'haboot' is the name of a module"),
        ("here", "'test_here.py' exists already, and nothing is overwritten"),
    ],
)
def test_a_name_that_cannot_be_is_refused(name: str, said: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(here, "", "test_here.py")
    assert run(("new", name)) == 2
    assert said in capsys.readouterr().err
    assert [path.name for path in here.iterdir()] == ["test_here.py"]


def test_changes_are_told_once_each(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = written(here, "")
    written(here, "", "notes.txt")
    (here / "gone.py").symlink_to(here / "nowhere")
    deeds = iter(
        (
            lambda: written(here, "", "notes.txt"),
            lambda: os.utime(kept, ns=(1, 1)),
            lambda: written(here, "", "other.toml"),
            kept.unlink,
        )
    )
    monkeypatch.setattr("haboot.cli.watching.sleep", lambda _: next(deeds)())
    seen = [tuple(str(path) for path in one) for one in islice(changes([Path()]), 4)]
    assert seen == [(), ("mine.py",), ("other.toml",), ("mine.py",)]


@pytest.mark.parametrize("name", ["mine.py", "mine.py:MODEL"])
def test_a_file_is_checked_again_when_it_changes_until_an_interrupt(name: str, here: Path) -> None:
    path = written(here, WHOLE)
    command = [sys.executable, "-m", "haboot", "check", name, "--watch", "-p", "comes to one"]
    with (
        (here / "err").open("w") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,  # noqa: S603 - as above
    ):
        try:
            until(lambda: "watching" in (here / "err").read_text())
            path.write_text(WHOLE.replace('v["n"] == 1', 'v["n"] == 7'))
            until(lambda: (here / "err").read_text().count("watching") == 2)
            process.send_signal(signal.SIGINT)
            shown, _ = process.communicate(timeout=LONG)
        finally:
            process.kill()  # or a failure would wait for it
    assert process.returncode == 130
    assert shown.index("1 hold in 1 model") < shown.index("1 unreached in 1 model")
    told = (here / "err").read_text().splitlines()
    assert told == ["watching; an interrupt ends it", "", "mine.py changed", told[0], "haboot: interrupted"]


def until(met: object) -> None:
    end = monotonic() + LONG
    while not met():  # type: ignore[operator]
        assert monotonic() < end
        sleep(0.05)
