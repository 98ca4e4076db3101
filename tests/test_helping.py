"""A helper compiles what a search will need, from the last loop to the first, and nobody compiles what another does."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from haboot.checker import (
    Fairness,
    Limits,
    Property,
    Slot,
    System,
    always,
    eventually,
    judge_all,
    leads_to,
    quiet,
    recoverable,
)
from haboot.checker.packed import Form, ahead, explore, helping, kept, loops
from haboot.checker.packed.calling import taken_apart
from haboot.checker.packed.loops import Loop, form_of, interpreted

from examples.two_phase_commit import agreement, decided, two_phase_commit

pytestmark = pytest.mark.skipif(interpreted(), reason="nothing is compiled")


@pytest.fixture(autouse=True)
def nothing_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "folder", lambda: tmp_path)
    monkeypatch.setattr(helping, "processors", lambda: 2)
    monkeypatch.setattr(helping, "PAUSE", 0.0)


def padded(words: int) -> tuple[System, tuple[Property, ...]]:
    """Two-phase commit with so many slots more that a state takes 32 bits an item, a word, or several."""
    system, more = two_phase_commit(5), (0, 22, 60)[words - 1]
    idle = tuple(Slot(f"idle {number}", (False, True)) for number in range(more))
    initial = tuple({**one, **{slot.name: False for slot in idle}} for one in system.initial)
    fair = Fairness("all", frozenset(one.name for one in system.actions), where=lambda m: m.before != m.after)
    goal = decided(5).clauses[0]
    run = leads_to("told apart", goal.reads, goal.premise, goal.holds, (fair,))
    first = eventually("first", goal.reads, goal.holds, (fair,))
    back = recoverable("back", goal.reads, goal.holds)
    broken = always("broken", goal.reads, lambda v: not goal.holds(v))
    return (
        System(system.name, (*system.slots, *idle), initial, system.actions),
        (agreement(5), decided(5), run, first, back, broken),
    )


@pytest.mark.parametrize("words", [1, 2, 3])
def test_what_is_compiled_ahead_is_what_searches_and_queries_ask_for(
    words: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    asked, call = set[tuple[str, Any]](), Loop.__call__

    def noted(loop: Loop, *given: Any) -> Any:
        asked.add((loop.name, tuple([taken_apart(one, []) for one in given])))
        return call(loop, *given)

    monkeypatch.setattr(Loop, "__call__", noted)
    system, claims = padded(words)
    for form in (Form(), Form(runs=0)):
        space = explore(system, Limits(workers=1), quiet, form)
        assert space.distinct == 8832
        list(judge_all(space, claims[:1]))
        list(judge_all(space, claims))
    due = {(loop.name, kinds) for loop, kinds in ahead.due(words)}
    assert due - asked == set()
    assert {form_of(kinds) for _, kinds in asked} == {0, words}


class Helper:
    """A process as the one that waits sees it: it ends when it is asked for the last time."""

    def __init__(self, work: list[Callable[[], None]]) -> None:
        self.work: Iterator[Callable[[], None]] = iter(work)

    def poll(self) -> int | None:
        if (task := next(self.work, None)) is None:
            return 0
        task()
        return None


def test_what_a_helper_makes_is_waited_for_until_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helping, "_helpers", [])
    assert helping.found("one", 0) is None
    monkeypatch.setattr(
        helping, "_started", lambda form: Helper([lambda: None, lambda: kept.write("two", bytes([form]))])
    )
    registered = list[Callable[[], None]]()
    monkeypatch.setattr(helping.atexit, "register", registered.append)
    kept.claim("two", os.getpid())
    assert helping.found("two", 3) == bytes([3])
    assert registered == [helping._ended]
    kept.claim("three", os.getpid())
    assert helping.found("three", 3) is None
    assert helping.found("four", 3) is None


def test_without_a_place_or_a_second_processor_there_is_no_helper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helping, "_started", None)
    monkeypatch.setattr(helping, "_helpers", [])
    monkeypatch.setattr(helping, "processors", lambda: 1)
    assert helping.found("one", 1) is None
    monkeypatch.setattr(helping, "processors", lambda: 2)
    monkeypatch.setattr(kept, "folder", lambda: None)
    assert helping.found("one", 1) is None


def test_a_helper_makes_from_the_end_what_nobody_has_or_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    made, due = list[str](), ahead.due(1)
    monkeypatch.setattr(loops, "machine_code", lambda loop, _: made.append(loop.name) or b"code")
    first, second = (loops.file_name(*one) for one in due[-3:-1])
    kept.write(first, b"kept")
    kept.claim(second, 7)
    ahead.main(1, 7)
    assert made == [loop.name for loop, _ in [due[-1], *due[-4::-1]]]
    assert kept.read(loops.file_name(*due[0])) == b"code"


def test_a_claim_is_one_process_s_and_goes_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [kept.claim("one", 1), kept.claim("one", 1), kept.claim("one", 2)] == [True, False, True]
    kept.release(1)
    assert [kept.claim("one", 1), kept.claim("one", 2)] == [True, False]
    monkeypatch.setattr(kept, "folder", lambda: tmp_path / "gone")
    assert [kept.claim("one", 1), kept.claim("one", 1)] == [True, True]
    monkeypatch.setattr(kept, "folder", lambda: None)
    kept.release(1)
    assert [kept.claim("one", 1), kept.claim("one", 1)] == [True, True]


def test_a_helper_ends_with_its_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper = helping._started(1)
    monkeypatch.setattr(helping, "_helpers", [helper])
    kept.claim("one", os.getpid())
    helping._ended()
    assert helper.poll() is not None
    assert list(tmp_path.glob("*.claim")) == []
