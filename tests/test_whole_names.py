"""Every name that a command prints is found whole by grep: in a pipe, and on a terminal of 80 columns."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from haboot.cli.main import run
from haboot.ledger import FINDINGS, SUITES
from haboot.model import ASSUMPTIONS, VARIANTS
from haboot.properties import CLAIMS, REQUIREMENTS
from haboot.studies import Fate, all_mutants, killed_by
from rich.console import Console

MUTANTS = [one.name for one in all_mutants()]
NAMES = {
    *(one.name for some in (SUITES["full"], FINDINGS, ASSUMPTIONS, CLAIMS) for one in some),
    *VARIANTS,
    *(row.id for row in REQUIREMENTS),
    *MUTANTS,
}
LONG = "same+1x1+crash+early-timers+false-suspicion+loss+switch-retransmission+return-kept"
PRINTED = {  # a command, and some of the names that it has to print
    "scenarios": {one.name for one in SUITES["full"]},
    "assumptions": {one.name for one in ASSUMPTIONS},
    "variants": {*VARIANTS},
    "properties": {one.name for one in CLAIMS},
    "requirements": {row.id for row in REQUIREMENTS},
    "rule R18": {"R18"},
    "findings": {one.name for one in FINDINGS},
    "findings --all": {one.name for one in FINDINGS},
    "findings two-initiators-fight-for-ever --mechanisms": {"two-initiators-fight-for-ever", "no-endless-flip"},
    "findings two-initiators-fight-for-ever --minimal": {"two-initiators-fight-for-ever", "switch-retransmission"},
    "compare vhar --assume early-timers": {"vhar", "early-timers"},
    "mutants": {*MUTANTS},
    "promises same-prefix": {"same-prefix", "waiting-node-gets-slot"},
    "check lossy": {"lossy", "every-node-recovers"},
    "check lossy same-prefix -v": {one.name for one in CLAIMS if one.name in {"agreement", "no-deadlock"}},
    f"check {LONG} --max-states 500": set(LONG.split("+")[2:]),
    "trace two-initiators-fight-for-ever": {"no-endless-flip", "switch-retransmission", "second-initiator"},
    f"trace {LONG} old-agent-told": {*LONG.split("+")[2:], LONG, "old-agent-told"},
    "fuzz lossy --examples 2 --seed 1": {"lossy"},
    "draw participants -f dot": set(),
}


@pytest.fixture(autouse=True)
def some_mutants(monkeypatch: pytest.MonkeyPatch) -> None:
    """What became of every mutant, without trying each again."""
    killers: dict[str, list[tuple[str, str]]] = {}
    for claim, rows in killed_by().items():
        for mutant, scenario in rows:
            killers.setdefault(mutant, []).append((claim, scenario))
    made = [Fate(name, "somewhere", tuple(killers.get(name, ()))) for name in MUTANTS]
    monkeypatch.setattr("haboot.cli.mutants.fates", lambda: iter(made))


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("command", [pytest.param(one, id=one) for one in PRINTED])
def test_names_are_whole(command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    shown = {}
    for columns in (0, 80):
        if columns:
            monkeypatch.setattr(Console, "pager", lambda *_, **__: nullcontext())
            for name, value in {"FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "80"}.items():
                monkeypatch.setenv(name, value)
        run(command.split())
        shown[columns] = capsys.readouterr().out
    piped, narrow = ({name for name in {*NAMES, *PRINTED[command]} if name in text} for text in shown.values())
    assert PRINTED[command] <= piped
    assert piped <= narrow
    assert shown[0] != shown[80] or not command.startswith(("scenarios", "trace"))
