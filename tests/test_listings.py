"""Listings and the outcome of a check: names are whole wherever they are printed, and what is wrong stands first."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from io import StringIO
from pathlib import Path
from types import TracebackType

import pytest
from haboot.checker import Answer
from haboot.cli import listing
from haboot.cli.console import terminal
from haboot.cli.listing import Listing, matching, show
from haboot.cli.main import run
from haboot.ledger import SUITES
from haboot.model import ASSUMPTIONS, VARIANTS, Scenario
from haboot.properties import CLAIMS, REQUIREMENTS
from haboot.studies import Find
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

NAMES = {
    "scenarios": [one.name for one in SUITES["full"]],
    "assumptions": [one.name for one in ASSUMPTIONS],
    "variants": [*VARIANTS],
    "properties": [claim.name for claim in CLAIMS],
    "requirements": [row.id for row in REQUIREMENTS],
}
words = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=30)


def drawn_on(width: int, height: int = 100_000) -> tuple[Callable[..., Console], StringIO]:
    """Return what makes a terminal of a size, and what is drawn there."""
    page = StringIO()
    return partial(terminal, file=page, width=width, height=height, force_terminal=True, no_color=True), page


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("command", NAMES)
def test_names_are_whole_on_a_terminal(command: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made, page = drawn_on(width)
    monkeypatch.setattr(listing, "terminal", made)
    assert run((command,)) == 0
    assert [name for name in NAMES[command] if name not in page.getvalue()] == []


@pytest.mark.parametrize("command", NAMES)
def test_a_row_is_a_line_of_cells_where_no_terminal_is(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run((command,)) == 0
    piped = capsys.readouterr().out
    assert list(dict.fromkeys(line.split("\t")[0] for line in piped.splitlines())) == NAMES[command]
    assert run((command, "--json", "-")) == 0
    (rows,) = json.loads(capsys.readouterr().out).values()
    assert [" ".join(one.split()) for row in rows for one in row.values()] == [
        cell for line in piped.splitlines() for cell in line.split("\t")
    ]


@given(
    rows=st.lists(st.tuples(words, words, st.text(max_size=200)), min_size=1, max_size=5), width=st.integers(20, 120)
)
def test_only_prose_is_wrapped(rows: list[tuple[str, str, str]], width: int) -> None:
    made, page = drawn_on(width)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing, "terminal", made)
        show([Listing("drawn", ("first", "second", "prose"), rows)])
    assert all(name in page.getvalue() for row in rows for name in row[:2])


class Pager:
    """Stands for what pages."""

    opened = 0

    def __enter__(self) -> None:
        Pager.opened += 1

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        """Nothing is left to do."""


@pytest.mark.parametrize(("height", "pages"), [(5, 1), (100, 0)])
def test_what_is_longer_than_the_terminal_is_paged(height: int, pages: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = drawn_on(80, height)
    Pager.opened = 0
    monkeypatch.setattr(listing, "terminal", made)
    monkeypatch.setattr(Console, "pager", lambda *_, **__: Pager())
    show([Listing("long", ("name", "prose"), [(str(number), "") for number in range(20)])])
    assert Pager.opened == pages


def test_a_name_is_found_before_words_and_words_in_all_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    items = [("loss", "messages are lost"), ("loss-of-all", "loss of everything"), ("crash", "an agent is lost")]
    assert matching(items, ["loss"], list, "item") == items[:1]
    assert matching(items, ["lost"], list, "item") == [items[0], items[2]]
    assert matching(items, ["lost", "agent"], list, "item") == items[2:]
    assert matching(items, [], list, "item") == items
    assert run(("properties", "no-deadlok")) == 2
    assert capsys.readouterr().err == (
        "haboot: no property is called or says 'no-deadlok'; did you mean 'no-deadlock'?\n"
    )


def test_several_lists_are_told_apart(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    two = [Listing("one", ("name", "prose"), [("a", "b")]), Listing("other", ("name", "prose"), [("c", "d")])]
    show(two, totals=["2 rows"])
    assert capsys.readouterr() == ("one\ta\tb\nother\tc\td\n", "2 rows\n")
    made, page = drawn_on(80)
    monkeypatch.setattr(listing, "terminal", made)
    show(two)
    assert [line for line in page.getvalue().splitlines() if "O" in line] == [
        "\x1b[1mOne\x1b[0m",
        "\x1b[1mOther\x1b[0m",
    ]


def test_data_on_standard_output_stands_alone(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (("check", "same-prefix"), ("throttle", "--nodes", "1"), ("fuzz", "same-prefix", "--examples", "1")):
        run((*command, "--json", "-"))
        shown = capsys.readouterr()
        assert json.loads(shown.out)
        assert shown.err


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", ["lossy", "mine"])
def test_a_violation_comes_with_the_command_that_shows_it(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("own.toml").write_text(
        '[[scenario]]\nname = "mine"\nassumptions = ["loss", "crash"]\ncapacity = 2\n', encoding="utf-8"
    )
    run(("check", "own.toml" if name == "mine" else name))
    commands = [line.split()[1:] for line in capsys.readouterr().out.splitlines() if line.split()[:1] == ["haboot"]]
    assert commands
    for words_given in commands:
        assert run(words_given) == 0
        assert f"{words_given[-1]}: {Answer.VIOLATED} in " in capsys.readouterr().out


def test_a_suite_tells_what_is_new_or_wrong_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = "same-prefix", "lossy"
    assert run(("check", *names)) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert " as expected: " in line
    assert run(("check", *names, "-v")) == 0
    shown = capsys.readouterr().out
    assert all(f"  {claim.name} " in shown for claim in CLAIMS if claim.name in {"agreement", "no-deadlock"})
    assert run(("check", *names, "-q")) == 0
    assert capsys.readouterr().out == ""
    monkeypatch.setattr("haboot.ledger.protocol.expected", lambda *_: Answer.HOLDS)
    assert run(("check", *names)) == 1
    shown = capsys.readouterr().out
    assert "the ledger expects HOLDS" in shown
    assert "HOLDS      " not in shown


def test_what_differs_comes_first(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def wanted(_: Scenario, claim: str, *__: object) -> Answer:
        return Answer.VIOLATED if claim == "agreement" else Answer.HOLDS

    monkeypatch.setattr("haboot.ledger.protocol.expected", wanted)
    assert run(("check", "same-prefix", "-v")) == 1
    rows = [line.split()[:2] for line in capsys.readouterr().out.splitlines()[3:] if "haboot trace" not in line]
    assert rows[:2] == [["VIOLATED", "old-agent-told"], ["HOLDS", "agreement"]]


def test_a_hunt_prints_its_data_alone(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haboot.cli.faults.finds", lambda *_: iter([Find("one", oracle="lockstep")]))
    run(("fuzz", "--mutants", "--json", "-"))
    assert json.loads(capsys.readouterr().out)["faults"][0]["mutant"] == "one"


def test_words_narrow_the_ledger_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("findings", "no-deadlock", "--all")) == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert {row[1] for row in rows if row[0] == "minimal violations"} == {"no-deadlock"}


def test_one_file_cannot_hold_two_kinds_of_results(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("check", "same-prefix", "--json", "-", "--junit", "-")) == 2
    assert "'-' is to hold two kinds of results" in capsys.readouterr().err


def test_a_row_without_names_has_its_prose_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    made, page = drawn_on(20)
    monkeypatch.setattr(listing, "terminal", made)
    show([Listing("drawn", ("name", "prose"), [("a-name-of-twenty-letters", "x"), ("", "y")])])
    assert [line.strip() for line in page.getvalue().splitlines()][-3:] == ["x", "y", ""]
