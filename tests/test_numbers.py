"""Every number of mobile nodes beside few of them: the command tells what was found, and what contradicts it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from haboot.checker import Answer
from haboot.cli import numbers as command
from haboot.cli.main import run
from haboot.cli.numbers import page, summary
from haboot.model import Scenario
from haboot.studies import Beside, Stand, beside

HELD = Stand("held", Answer.HOLDS, "", None, is_proven=True, exact=(Answer.HOLDS,) * 3)
BROKEN = Stand("broken", Answer.VIOLATED, "with 2 nodes: H", 7, is_proven=False, exact=(Answer.HOLDS, Answer.VIOLATED))
OPEN = replace(HELD, claim="open", answer=Answer.INCOMPLETE, note="open: others do it (a → b)", is_proven=False)
VACUOUS = replace(HELD, claim="vacuous", answer=Answer.UNREACHED, exact=(Answer.UNREACHED, Answer.HOLDS, Answer.HOLDS))


def found(*stands: Stand) -> Beside:
    sizes = (3, ()), (40, ()), (500, ("max-states 500",))
    return Beside(Scenario("any+loss", "", any_number=True), 18, sizes, stands)


@pytest.mark.parametrize("proven", [HELD, VACUOUS])
@pytest.mark.parametrize("number", range(3))
def test_a_number_that_breaks_what_is_proven_contradicts_it(proven: Stand, number: int) -> None:
    assert not proven.is_contradicted
    exact = tuple(Answer.VIOLATED if at == number else one for at, one in enumerate(proven.exact))
    assert replace(proven, exact=exact).is_contradicted
    assert not replace(proven, exact=exact, answer=Answer.VIOLATED, is_proven=False).is_contradicted


def test_what_holds_for_every_number_is_vacuous_for_none() -> None:
    assert replace(HELD, exact=(Answer.HOLDS, Answer.UNREACHED)).is_contradicted
    assert not replace(HELD, exact=(Answer.HOLDS, Answer.INCOMPLETE, None)).is_contradicted


def test_the_summary_counts_what_few_bear_out_and_lists_the_rest() -> None:
    wrong = replace(HELD, claim="wrong", exact=(Answer.HOLDS, Answer.VIOLATED, None))
    told = [*summary([found(HELD, BROKEN, OPEN, VACUOUS), found(wrong)])]
    assert told == [
        "3 of 5 verdicts are proven for every number",
        "1 of the 2 that hold with 1, 2 and 3 explored whole (50.0 %)",
        "1 contradicted by a number",
        "CONTRADICTED: wrong in any+loss: HOLDS for every number, and with 1 HOLDS, 2 VIOLATED",
        "open in any+loss holds with 1, 2 and 3: INCOMPLETE, open: others do it (a → b)",
    ]
    assert [*summary([])][1] == "0 of the 0 that hold with 1, 2 and 3 explored whole"


def test_the_page_lists_what_is_not_proven_with_the_number_and_the_way() -> None:
    made = page([found(HELD, BROKEN, OPEN)], "numbers", 1)
    assert "| `broken` | with 2 nodes | `any+loss` (7 steps) |" in made
    assert "| `open` | open: others do it (a → b) | `any+loss` |" in made
    assert "| `any+loss` | 18 | 3 | 40 | 500+ | 2 | 1 | 2 |" in made
    assert page([], "numbers", 0).endswith("| --- | ---: | ---: | ---: | ---: |\n")


@pytest.mark.parametrize(
    ("stands", "status"), [((HELD, BROKEN), 0), ((OPEN,), 3), ((replace(HELD, exact=(Answer.VIOLATED,)), OPEN), 1)]
)
def test_the_exit_status_tells_a_contradiction_from_what_is_open(
    stands: tuple[Stand, ...], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "beside", lambda *_: iter([found(*stands)]))
    assert run(["numbers"]) == status


def test_the_command_writes_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "numbers.md"
    assert run(["numbers", "any+crash", "--workers", "1", "--document", str(file)]) == 0
    told = capsys.readouterr().out
    assert "49 of 51 verdicts are proven for every number" in told
    assert "49 of the 49 that hold with 1, 2 and 3 explored whole (100.0 %)" in told
    made = file.read_text(encoding="utf-8")
    assert f"made by `haboot numbers any+crash --workers 1 --document {file}`" in made
    assert "| `load-bounded` | with 2 mobile nodes | `any+crash` (9 steps) |" in made


def test_an_interrupt_leaves_what_is_known(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def cut(*_: object) -> object:
        yield found(HELD)
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "beside", cut)
    file = tmp_path / "numbers.md"
    assert run(["numbers", "--document", str(file)]) == 130
    assert "INTERRUPTED: 1 of 94 scenarios so far" in capsys.readouterr().out
    assert "It was interrupted: 1 of 94 scenarios are here." in file.read_text(encoding="utf-8")
    assert "interrupted" not in page([found(HELD)], "numbers", 1)
    monkeypatch.setattr(command, "beside", interrupted_at_once)
    file.unlink()
    assert run(["numbers", "--document", str(file)]) == 130
    assert not file.exists()


def interrupted_at_once(*_: object) -> object:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["mine.py"], "'mine.py' is a model of your own: this is for the scenarios that haboot has"),
        (["contention"], "'contention' is of a number of mobile nodes: name one of any, as any+loss"),
        (["any+crash", "--most", "2"], "'2' is no whole number from 3 to 8"),
        (["any+los"], "'los' in 'any+los' is no part of a name; did you mean 'loss'?"),
    ],
)
def test_what_is_of_a_number_is_refused(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["numbers", *words]) == 2
    assert told in capsys.readouterr().err


def test_a_number_is_not_answered_for_by_every_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haboot.checker.packed.space.UNREDUCED", 0)
    (laid,) = beside([Scenario("any", "", any_number=True)], [4], 60_000)
    answers = {one.claim: (one.answer, *one.exact) for one in laid.stands}
    assert answers["every-node-recovers"] == (Answer.HOLDS, Answer.INCOMPLETE)
