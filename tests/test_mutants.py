"""Mutants of the model: each written by hand is noticed, refused ones are told so, and hunts keep to their bounds."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from haboot.checker import Local
from haboot.checker.machines import Mutant, exchanged
from haboot.checker.machines.mutants import with_row
from haboot.cli.main import run
from haboot.ledger import excuse, gap
from haboot.ledger.gap import Excuse
from haboot.model.failed_agent import FAILED_AGENT
from haboot.model.home_agent import INITIATOR
from haboot.model.mobile_node import MOBILE_NODE, is_unprotected
from haboot.properties import CLAIMS
from haboot.studies import Fate, all_mutants, fates, finds, killed_by, kills
from haboot.studies.faults import hunted
from haboot.studies.mutation import WRITTEN, fate, killers
from haboot.studies.tried import SCENARIOS


@pytest.mark.parametrize("mutant", WRITTEN, ids=lambda one: one.name)
def test_a_mutant_written_by_hand_is_killed_where_the_ledger_says(mutant: Mutant) -> None:
    said = {(claim, where) for claim, rows in killed_by().items() for name, where in rows if name == mutant.name}
    assert said or excuse("mutant", mutant.name) or fate(mutant).killers
    for scenario in {where for _, where in said}:
        assert {claim for claim, where in said if where == scenario} <= {*killers(mutant, scenario)}


def test_a_switch_that_is_taken_in_the_clear_breaks_what_it_should() -> None:
    open_to_all = exchanged("unprotected switches are taken", MOBILE_NODE, is_unprotected, lambda _: False)
    assert "switch-only-under-association" in killers(open_to_all, "same+1+forger")


def test_a_fate_names_the_first_scenario_that_kills(monkeypatch: pytest.MonkeyPatch) -> None:
    mutant = WRITTEN[0]
    found = fate(mutant)
    assert found.mutant == mutant.name
    assert found.killers == tuple((claim, found.scenario) for claim in killers(mutant, found.scenario))
    assert {claim for claim, _ in found.killers} <= {claim.name for claim in CLAIMS}
    table = kills([found], [claim for claim, _ in found.killers])
    assert all(rows == [(mutant.name, found.scenario)] for rows in table.values())
    before = list(SCENARIOS)[: list(SCENARIOS).index(found.scenario)]
    monkeypatch.setattr("haboot.studies.mutation.SCENARIOS", {name: SCENARIOS[name] for name in before})
    assert fate(mutant).killers == ()


def test_a_mutant_of_nobody_present_changes_nothing() -> None:
    stranger = replace(INITIATOR, name="a participant of no scenario")
    assert killers(Mutant("odd", stranger), next(iter(SCENARIOS))) == ()


def test_a_mutant_that_the_model_refuses_is_told_as_refused() -> None:
    def fails(_: Local) -> None:
        raise LookupError("nothing there")

    row = INITIATOR.rows[0]
    (told,) = killers(Mutant("fails", with_row(INITIATOR, 0, replace(row, effects=(fails,)))), next(iter(SCENARIOS)))
    assert told.startswith("refused: ")
    assert "nothing there" in told


def test_a_property_that_no_known_mutant_breaks_is_tried_on_those_written_by_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("haboot.studies.mutation.SCENARIOS", dict(islice(SCENARIOS.items(), 2)))
    monkeypatch.setattr("haboot.studies.mutation.mapped", in_order)
    claim = "exchange-initiated-by-agent"
    assert kills([], [claim]) == {claim: [(WRITTEN[0].name, "same+1")]}


def test_mutants_are_tried_in_processes_of_their_own() -> None:
    first = all_mutants()[0]
    assert [one.mutant for one in islice(fates(), 1)] == [first.name]
    assert [(one.mutant, one.examples) for one in islice(finds(examples=1), 1)] == [(first.name, 1)]


def in_order(task: Callable[[Any], Any], given: Iterable[Any], *_: object, **__: object) -> Iterator[Any]:
    """Do here, one by one, what is else shared out to processes."""
    return map(task, given)


def test_a_mutant_has_one_fate_wherever_it_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    known = [(one.mutant, one.scenario) for one in islice(fates(1), 2)]
    monkeypatch.setattr("haboot.studies.mutation.mapped", in_order)
    monkeypatch.setattr("haboot.studies.faults.mapped", in_order)
    assert [(one.mutant, one.scenario) for one in islice(fates(), 2)] == known
    assert next(finds(examples=1)) == hunted(all_mutants()[0], 1, 0)


def test_a_mutant_that_no_property_notices_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haboot.studies.mutation.SCENARIOS", dict(islice(SCENARIOS.items(), 1)))
    same = Mutant("the same", FAILED_AGENT)
    assert fate(same) == Fate("the same", "", ())


def test_a_property_has_three_of_the_mutants_that_it_kills() -> None:
    known = [Fate(f"mutant {number}", "same+1", (("agreement", "same+1"),)) for number in range(5)]
    assert kills(known, ["agreement"]) == {"agreement": [(f"mutant {number}", "same+1") for number in range(3)]}
    assert kills(known, []) == {}


def test_a_mutant_that_the_model_refuses_is_found_by_the_lockstep_and_breaks_nothing() -> None:
    def fails(_: Local) -> None:
        raise LookupError("nothing there")

    row = INITIATOR.rows[0]
    find = hunted(Mutant("fails", with_row(INITIATOR, 0, replace(row, effects=(fails,)))), 20, 0)
    assert (find.oracle, find.broken) == ("lockstep", "")
    assert "raised LookupError: nothing there" in find.what


def test_a_change_that_no_machine_can_show_is_not_found_within_its_examples() -> None:
    same = Mutant("the same", FAILED_AGENT)
    assert hunted(same, 3, 0).oracle == ""
    silent = Mutant(
        "nearly the same", with_row(INITIATOR, 0, replace(INITIATOR.rows[0], guards=INITIATOR.rows[0].guards * 2))
    )
    find = hunted(silent, 3, 0)
    assert (find.oracle, find.examples) == ("", 3)


KILLED = Fate("killed", "same-prefix", tuple((claim.name, "same-prefix") for claim in CLAIMS[:4]))
SPARED, ALIVE = Fate("spared", "", ()), Fate("alive", "", ())


@pytest.mark.parametrize(("given", "status"), [((KILLED, SPARED), 0), ((KILLED, SPARED, ALIVE), 1)])
def test_the_command_names_what_kills_a_mutant_and_fails_for_one_that_lives(
    given: tuple[Fate, ...],
    status: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    target = tmp_path / "kills.toml"
    monkeypatch.setattr("haboot.cli.mutants.fates", lambda: iter(given))
    monkeypatch.setattr("haboot.cli.mutants.CLAIMS", CLAIMS[:4])
    monkeypatch.setattr(gap, "excuses", lambda: (Excuse("mutant", "spared", "for the test"),))
    monkeypatch.setenv("COLUMNS", "200")
    assert run(("mutants",)) == status
    assert not target.exists()
    capsys.readouterr()
    assert run(("mutants", "--write", str(target))) == status
    shown = capsys.readouterr()
    rows = {name: cells for name, *cells in (line.split("\t") for line in shown.out.splitlines())}
    assert rows["killed"] == ["same-prefix", f"{', '.join(claim.name for claim in CLAIMS[:3])} …"]
    assert rows["spared"] == ["", "spared: for the test"]
    assert rows.get("alive") == (["", "ALIVE"] if status else None)
    assert shown.err.endswith(f"{len(given)} mutants: 1 killed, 1 spared with a reason, {status} alive\n")
    written = tomllib.loads(target.read_text(encoding="utf-8"))
    assert written == {claim.name: [["killed", "same-prefix"]] for claim in CLAIMS[:4]}


def test_mutants_that_an_interrupt_leaves_are_counted_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cut() -> Iterator[Fate]:
        yield KILLED
        raise KeyboardInterrupt

    monkeypatch.setattr("haboot.cli.mutants.fates", cut)
    assert run(("mutants", "--write", str(tmp_path / "kills.toml"))) == 130
    left = len(all_mutants()) - 1
    assert capsys.readouterr().err.endswith(f"INTERRUPTED: {left} mutants not tried\n")
    assert not list(tmp_path.iterdir())
