"""Scenarios shared out to processes: all that is told, shown and written is what one process comes to."""

from __future__ import annotations

import json
import os
import pickle
import re
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
from haboot.checker import ModelError, host
from haboot.checker.host import machine
from haboot.cli import sharing
from haboot.cli.interrupts import Interrupted
from haboot.cli.main import run
from haboot.ledger import BY_NAME, OfProtocol, Results, judged, scenarios_of
from haboot.properties import explored
from hypothesis import given
from hypothesis import strategies as some

A = TypeVar("A")
B = TypeVar("B")
MINE = '[[scenario]]\nname = "mine"\nassume = ["crash"]\n[scenario.expected]\nold-agent-told = "HOLDS"\n'
NAMES = ("vhar", "same-prefix", "returned-agent-forgot", "silent-node", "mn-initiated", "mine.toml")
SECONDS = r"\d+\.\d+"  # and other numbers with a point, none of which counts here


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch, here: Path) -> Path:
    """Work for two processors in a folder with a scenario file, which expects one thing that is not so."""
    monkeypatch.setattr(host, "processors", lambda: 2)
    (here / "mine.toml").write_text(MINE)
    return here


def told(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, str]]:
    """The exit status of a check, and all that it prints and writes but for the seconds that it takes."""
    files = [folder / f"out.{kind}" for kind in ("json", "junit", "sarif")]
    asked = [word for file in files for word in (f"--{file.suffix[1:]}", str(file))]
    for file in (*files, folder / "summary.md", folder / "outputs"):
        file.unlink(missing_ok=True)
    status = run(("check", *words, *asked))
    printed = capsys.readouterr()
    texts = {one.name: one.read_text() for one in sorted(folder.iterdir())} | {"out": printed.out, "err": printed.err}
    return status, {name: re.sub(SECONDS, "0", text) for name, text in texts.items()}


@pytest.mark.parametrize("words", [(), ("-v",), ("--max-states", "30"), ("-p", "no-deadlock", "--engine", "graph")])
def test_all_that_a_check_tells_is_what_one_process_comes_to(
    words: tuple[str, ...], two: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (
        ("ACTIONS", "true"),
        ("STEP_SUMMARY", str(two / "summary.md")),
        ("OUTPUT", str(two / "outputs")),
    ):
        monkeypatch.setenv(f"GITHUB_{name}", value)
    used = list[int]()
    shared_out = host.finished

    def noted(task: Callable[[A], B], given: Sequence[A], workers: int) -> Iterator[tuple[int, B]]:
        used.append(workers)
        return shared_out(task, given, workers)

    monkeypatch.setattr(host, "finished", noted)
    alone = told(two, capsys, *NAMES, *words, "--workers", "1")
    assert used == []
    assert told(two, capsys, *NAMES, *words) == alone
    assert told(two, capsys, *NAMES, *words, "--workers", "99") == alone, "more than there are processors"
    assert used == [2, 2]
    assert {*alone[1]} == {"mine.toml", "out.json", "out.junit", "out.sarif", "summary.md", "outputs", "out", "err"}
    assert [one["name"] for one in json.loads(alone[1]["out.json"])["scenarios"]] == [*NAMES[:-1], "mine"]


def test_few_scenarios_and_models_of_one_s_own_stay_in_one_process(
    two: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(host, "finished", lambda *_: pytest.fail("another process is asked"))
    assert run(("new", "own")) == 0
    assert run(("check", *NAMES[: sharing.FEW])) == 0
    assert run(("check", "own.py", *NAMES[:-1])) == 0
    assert f"{len(NAMES) - 1} scenarios" in capsys.readouterr().out
    assert (two / "own.py").exists()


@pytest.mark.parametrize("name", ["two-initiators-strand-node", "moving", "haha+loss+movement", "repeated-switch"])
def test_results_fit_through_a_pipe(name: str) -> None:
    (scenario,) = scenarios_of(name)
    results = judged(OfProtocol(scenario), explored(scenario)).results()
    again = pickle.loads(pickle.dumps(results))  # noqa: S301 - made above
    assert again == results
    assert again.alerts == results.alerts
    assert any(one.trace for one in again.verdicts)


def test_memory_is_shared_and_what_that_cuts_is_searched_again_alone(
    two: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "memory", lambda: 600_000)
    again = list[str]()
    alone_of = sharing.judged_so_far
    monkeypatch.setattr(sharing, "judged_so_far", lambda one, *more: again.append(one.name) or alone_of(one, *more))
    wanted = told(two, capsys, *NAMES, "contention", "--workers", "1")
    assert len(again) == 1 + len(NAMES)
    again.clear()
    assert told(two, capsys, *NAMES, "contention") == wanted
    assert again == ["contention"]
    assert "max-memory" not in wanted[1]["out.json"]
    again.clear()
    run(("check", *NAMES, "--max-memory", "1"))
    assert again == [], "a bound of the user's is the bound of each search"


def dies(*_: object) -> Results:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def fails(*_: object) -> Results:
    raise ModelError("it is none")


@pytest.mark.parametrize(
    ("task", "status", "says"),
    [(dies, 4, "internal error: a process that shares the work was killed"), (fails, 2, "it is none")],
)
@pytest.mark.usefixtures("two")
def test_what_ends_a_process_is_told_in_a_line(
    task: Any, status: int, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sharing, "_results", task)
    assert run(("check", *NAMES)) == status
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"haboot: {says}")


def test_an_interrupt_shows_all_that_came(
    two: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cut(task: Callable[[A], B], given: Sequence[A], _: int) -> Iterator[tuple[int, B]]:
        yield from ((place, task(given[place])) for place in (4, 0, 2))
        raise Interrupted(signal.SIGTERM)

    monkeypatch.setattr(host, "finished", cut)
    status, texts = told(two, capsys, *NAMES)
    assert status == 128 + signal.SIGTERM
    assert f"; {len(NAMES) - 3} scenarios left" in texts["out"]
    names = [one["name"] for one in json.loads(texts["out.json"])["scenarios"]]
    assert len(names) == 3
    assert names == sorted(names, key=[*NAMES[:-1], "mine"].index)


@pytest.mark.usefixtures("two")
def test_what_is_large_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[Any]()

    def none(_task: object, given: Sequence[Any], _workers: int) -> Iterator[tuple[int, Results]]:
        asked.extend(given)
        raise Interrupted(signal.SIGTERM)
        yield

    monkeypatch.setattr(host, "finished", none)
    assert run(("check", *NAMES, "contention", "moving", "-q")) == 128 + signal.SIGTERM
    assert [one.name for one in asked[:2]] == ["contention", "moving"]
    assert asked[-1].name in {name for name in NAMES if name not in BY_NAME}


@given(order=some.permutations(range(6)), cut=some.integers(0, 6))
def test_results_are_told_in_order_and_none_that_came_is_lost(order: list[int], cut: int) -> None:
    def come() -> Iterator[tuple[int, int]]:
        yield from ((place, place) for place in order[:cut])
        if cut < 6:
            raise KeyboardInterrupt

    told_so_far = list[int]()
    try:
        for one in sharing._in_order(come()):
            told_so_far.append(one)
    except KeyboardInterrupt:
        assert cut < 6
    assert told_so_far == sorted(order[:cut])
