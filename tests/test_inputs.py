"""Whatever a user feeds to the command, it answers in order: drawn inputs, and the fuzzer's own eyes."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from haboot.cli import main

from tests.bending import opened, real_checkpoint, sealed
from tests.input_fuzzer import drawn, faults, hunt, way_of
from tests.input_runs import Outcome, outcome
from tests.inputs import Input

TRACEBACK = b'Traceback (most recent call last)\n File "x/haboot/cli/a.py", line 3, in f\nKeyError: 1'
CHECK = Input(("check", "same-prefix"), asked=frozenset({"out.json", "folder"}))


def test_drawn_inputs_are_answered_in_order() -> None:
    assert [fault for fault, _ in hunt(24, 0)] == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_ten_thousand_drawn_inputs_are_answered_in_order(seed: int) -> None:
    assert {fault: str(one.given)[:2000] for fault, one in hunt(5000, seed)} == {}


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (Outcome("called", 1, error=TRACEBACK),
         ["traceback: KeyError at cli/a.py:3:f"]),
        (Outcome("forked", -signal.SIGSEGV), ["dies of SIGSEGV"]),
        (Outcome("forked", -signal.SIGALRM), ["hangs"]),
        (Outcome("forked", -signal.SIGXCPU), ["takes more than 10 s of processor time"]),
        (Outcome("forked", 4, error=b"haboot: internal error"), ["exit code 4: haboot: internal error"]),
        (Outcome("forked", 143), ["exit code 143: "]),
        (Outcome("forked", 143, interrupted=True), []),
        (Outcome("forked", 7), ["exit code 7: "]),
        (Outcome("forked", 2, error=b"one\ntwo\n"), ["wrong usage in several lines: one\\ntwo\\n"]),
        (Outcome("forked", 2), ["wrong usage without a word"]),
        (Outcome("forked", 2, error=b"haboot: no 'x'\n"), []),
        (Outcome("forked", 0, out=b"\x1b[31m"), ["control characters in standard output"]),
        (Outcome("forked", 0, error="\x9b2J".encode()), ["control characters in standard error"]),
        (Outcome("forked", 0, out=b"\xff"), ["bytes that are no UTF-8 in standard output"]),
        (Outcome("forked", 0, out="\u202e".encode()),
         ["characters that turn the direction of text in standard output"]),
        (Outcome("forked", 0, written=(("out.json", b"{}"), ("folder/x", b""))), []),
        (Outcome("forked", 0, written=(("core", b""),)), ["writes without being asked: check: core"]),
        (Outcome("forked", 0, written=(("folder/a.xml", b"<a>"),)), ["a malformed .xml file: ParseError"]),
        (Outcome("forked", 0, written=(("folder/a.py", b"def"),)), ["a malformed .py file: SyntaxError"]),
        (Outcome("forked", 0, written=(("folder/a.txt", b"\x07"),)), ["control characters in a file: check .txt"]),
    ],
)  # fmt: skip
def test_the_fuzzer_tells_a_fault_by_its_outcome(seen: Outcome, told: list[str]) -> None:
    assert list(faults(CHECK, seen)) == told


def test_a_folder_that_is_written_into_is_not_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def writing(_: Sequence[str]) -> int:
        Path("sealed").chmod(0o700)
        Path("sealed/out").write_text("x", encoding="utf-8")
        return 0

    monkeypatch.setattr(main, "run", writing)
    assert [name for name, _ in outcome(CHECK, "called").written] == ["sealed/out"]


def test_what_was_asked_for_decides_what_a_file_should_hold() -> None:
    asked = Input(("throttle", "--json", "out.xml"), asked=frozenset({"out.xml"}))
    assert list(faults(asked, Outcome("forked", 0, written=(("out.xml", b"{}"),)))) == []
    assert list(faults(asked, Outcome("forked", 0, written=(("out.xml", b"<a/>"),)))) == [
        "a malformed .json file: JSONDecodeError"
    ]


def test_the_fuzzer_sees_what_a_command_does(monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(words: Sequence[str]) -> int:
        Path("surprise").write_text("x", encoding="utf-8")
        print(f"\x1b[1m{words}")  # noqa: T201
        raise ArithmeticError

    monkeypatch.setattr(main, "run", faulty)
    before = Path.cwd()
    seen = outcome(CHECK, "called")
    assert set(faults(CHECK, seen)) == {
        "traceback: ArithmeticError",
        "control characters in standard output",
        "writes without being asked: check: surprise",
    }
    assert Path.cwd() == before


@pytest.mark.parametrize("way", ["called", "forked", "executed"])
def test_every_way_to_run_an_input_gives_the_same_answer(way: str) -> None:
    given = Input(("check", "given.toml", "--json", "out.json"), {"given.toml": b"[["}, asked=frozenset({"out.json"}))
    seen = outcome(given, way)
    assert (seen.status, seen.out, seen.written) == (2, b"", ())
    assert seen.error.startswith(b"haboot: given.toml:1:3: no TOML: ")
    assert not list(faults(given, seen))


@pytest.mark.parametrize(("work", "told"), [("spin", "takes more than"), ("wait", "hangs")])
def test_the_fuzzer_ends_what_does_not_end(work: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(_: Sequence[str]) -> int:
        while True:
            time.sleep(work == "wait")

    monkeypatch.setattr(main, "run", endless)
    monkeypatch.setattr("tests.input_runs.SECONDS" if work == "spin" else "tests.input_runs.HANGS", 0.2)
    (fault,) = faults(CHECK, outcome(CHECK, "called"))
    assert fault.startswith(told)


def test_long_work_is_interrupted_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.input_runs.PATIENCE", 1.5)
    seen = outcome(Input(("mutants", "--write", "out"), long=True), "forked")
    assert (seen.status, seen.interrupted, seen.written) == (143, True, ())


def test_inputs_are_of_every_kind_and_half_of_them_meet_processes_of_their_own() -> None:
    some = drawn(150, 5)
    assert some == drawn(150, 5)
    names = {name.rsplit(".")[-1] for one in some for name in one.files}
    assert names >= {"toml", "json", "checkpoint"}
    assert len({one.words[0] for one in some if one.words} & set(main.COMMANDS)) >= 6
    ways = [way_of(number, one) for number, one in enumerate(some)]
    assert ways.count("called") <= 85
    assert ways.count("executed") == 3


def test_a_bent_checkpoint_has_the_checksum_that_belongs_to_it() -> None:
    content = real_checkpoint("same-prefix")
    head, arrays = opened(content)
    assert sealed(json.dumps(head, separators=(",", ":")).encode(), arrays) == content
