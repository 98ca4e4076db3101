"""A count and its noun agree, wherever there is one of something."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from haboot.cli.main import run

COUNTED = (
    "action|citation|fair action|finding|mechanism|minimal violation|mutant|promise|property|requirement|run|"
    "scenario|sighting|state|step|verdict|violation"
)
PLURALS = "|".join(f"{one[:-1]}ies" if one.endswith("y") else f"{one}s" for one in COUNTED.split("|"))
SLIP = re.compile(rf"(?<![\d,.])1 ({PLURALS})\b")

ONE_OF_SOMETHING = (
    ("check", "contention", "-p", "no-deadlock"),
    ("check", "same+1+return-lost", "-p", "agreement"),
    ("check", "contention", "-p", "no-deadlock", "--max-states", "1"),
    ("requirements", "R9"),
    ("findings", "returned-agent-forgot"),
    ("findings", "returned-agent-forgot", "--mechanisms"),
    ("fuzz", "same+1+return-lost", "--examples", "5", "--seed", "1"),
)


@pytest.mark.parametrize("arguments", ONE_OF_SOMETHING, ids=" ".join)
def test_one_of_something_is_told_in_the_singular(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    run(arguments)
    shown = "".join(capsys.readouterr())
    assert re.search(rf"\b1 ({COUNTED})\b", shown)
    assert not SLIP.search(shown)


def test_a_report_tells_one_step_in_the_singular(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("report", "same+1+return-lost", "-o", str(tmp_path / "one.html"))) == 0
    page = (tmp_path / "one.html").read_text(encoding="utf-8")
    assert "1 step<" in page
    assert not SLIP.search(page)
    assert capsys.readouterr().out.endswith("MiB, 1 scenario\n")
