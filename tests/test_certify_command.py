"""``haboot check --certificate`` and ``haboot certify``: what is written, what is told of it, and exit codes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from haboot.certify import HEAD
from haboot.cli import certifying
from haboot.cli.main import run
from haboot.ledger import digest, models_of

OWN = '''"""A counter."""

from haboot import Action, Model, Slot, System, always, sometimes

up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 9 else None)
COUNT = System("count", (Slot("n", range(10)),), ({"n": 0},), (up,))
SMALL = always("small", ("n",), lambda v: v["n"] < 10)
MODEL = Model("count", COUNT, [SMALL, sometimes("one", ("n",), lambda v: v["n"] == 1)])
'''


@pytest.fixture
def proofs(here: Path) -> Path:
    """A folder in which one is, and where certificates may be written."""
    (here / "mine.py").write_text(OWN)
    return Path("proofs")


def told(capsys: pytest.CaptureFixture[str]) -> str:
    """Return all that was printed since, in a line."""
    shown = capsys.readouterr()
    return " ".join((shown.out + shown.err).split())


def test_what_is_checked_is_certified(proofs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("check", "lossy", "forger", "--certificate", str(proofs))) == 0
    told(capsys)
    assert run(("certify", str(proofs), "--workers", "2")) == 0
    assert told(capsys).startswith("all 115 verdicts of 2 certificates certified (")
    assert run(("certify", str(proofs), "lossy", "--workers", "1")) == 0
    assert told(capsys).startswith("all 63 verdicts of 1 certificate certified (")


def test_each_verdict_is_told(proofs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("check", "mine.py", "--certificate", str(proofs), "-q")) == 0
    assert run(("certify", str(proofs), "mine.py", "-v")) == 0
    shown = told(capsys)
    assert "count 10 states; 2 certified certified HOLDS small always certified HOLDS one sometimes" in shown
    assert run(("certify", str(proofs), "mine.py", "-q")) == 0
    assert told(capsys) == ""
    assert run(("certify", str(proofs), "mine.py", "--json", "-")) == 0
    found = json.loads(capsys.readouterr().out)["certificates"]
    assert [(one["name"], one["states"], one["checked"], len(one["verdicts"])) for one in found] == [
        ("count", 10, 10, 2)
    ]


def test_the_code_of_a_model_runs_only_where_it_is_named(proofs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("check", "mine.py", "--certificate", str(proofs), "-q")) == 0
    assert run(("certify", str(proofs))) == 2
    wanted = "'count' is a model of your own, whose code is run only where it is named: 'haboot certify proofs mine.py'"
    assert told(capsys) == f"haboot: {wanted}"


def test_a_model_that_was_changed_since_is_refused(proofs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("check", "mine.py", "--certificate", str(proofs), "-q")) == 0
    Path("mine.py").write_text(OWN.replace("< 10", "< 9"))
    assert run(("certify", str(proofs), "mine.py", "--workers", "1")) == 1
    assert "sources are not those that were checked" in told(capsys)


def test_a_model_of_another_name_is_refused(proofs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("check", "lossy", "--certificate", str(proofs), "-q")) == 0
    head = change(proofs / "lossy", model="forger")
    assert run(("certify", str(proofs), "--workers", "1")) == 1
    assert "'forger' has no 'lossy'" in told(capsys)
    head["model"] = "no such scenario"
    (proofs / "lossy" / HEAD).write_text(json.dumps(head))
    assert run(("certify", str(proofs), "--workers", "1")) == 1
    assert "no such scenario" in told(capsys)


def change(folder: Path, **changes: object) -> dict[str, object]:
    """Change a certificate's head, and return it."""
    head: dict[str, object] = json.loads((folder / HEAD).read_text()) | changes
    (folder / HEAD).write_text(json.dumps(head))
    return head


def test_a_model_whose_code_raises_proves_nothing(proofs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.py").write_text(OWN.replace('v["n"] < 10)', 'v["n"] < 10 // LIMIT[0])') + "\nLIMIT = [1]\n")
    assert run(("check", "mine.py", "--certificate", str(proofs), "-q")) == 0
    Path("mine.py").write_text(Path("mine.py").read_text().replace("[1]", "[0]"))
    change(proofs / "count", sources=digest(models_of("mine.py")[0]))
    assert run(("certify", str(proofs), "mine.py", "--workers", "1")) == 1
    assert "the model raised ZeroDivisionError" in told(capsys)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "is no JSON"),
        ("{}", "is no certificate of format 1: a field is missing or does not fit"),
        (None, "cannot be read: Is a directory"),
    ],
)
def test_what_is_no_certificate_is_refused(
    proofs: Path, capsys: pytest.CaptureFixture[str], content: str | None, why: str
) -> None:
    (proofs / "x").mkdir(parents=True)
    if content is None:
        (proofs / "x" / HEAD).mkdir()
    else:
        (proofs / "x" / HEAD).write_text(content)
    assert run(("certify", str(proofs))) == 1
    assert why in told(capsys)


def test_a_part_that_is_damaged_or_gone_is_refused(proofs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("check", "mine.py", "--certificate", str(proofs), "-q")) == 0
    part = proofs / "count" / "00000.part"
    part.write_bytes(part.read_bytes()[::-1])
    assert run(("certify", str(proofs), "mine.py", "--workers", "1")) == 1
    assert "its digest differs" in told(capsys)
    part.unlink()
    assert run(("certify", str(proofs), "mine.py", "--workers", "1")) == 1
    assert "00000.part cannot be read: No such file" in told(capsys)


def test_a_search_that_was_cut_claims_little(proofs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("check", "mine.py", "--max-states", "3", "--certificate", str(proofs), "-q")) == 3
    assert run(("certify", str(proofs), "mine.py")) == 3
    assert "2 verdicts of 1 certificate: 1 certified, 1 claims nothing" in told(capsys)


def test_of_many_states_a_share_may_be_gone_through(
    proofs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certifying, "LARGE", 9)
    monkeypatch.setattr(certifying, "SLICE", 3)
    assert run(("check", "mine.py", "--certificate", str(proofs), "-q")) == 0
    assert run(("certify", str(proofs), "mine.py", "--sample", "0.5", "--workers", "1")) == 3
    shown = told(capsys)
    assert re.search(r"count 10 states, [3-7] states of them drawn; 1 certified, 1 sampled", shown)
    assert "2 verdicts of 1 certificate: 1 certified, 1 sampled" in shown
    assert run(("certify", str(proofs), "mine.py", "--workers", "2")) == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("check", "mine.py", "--reduce", "--certificate", "proofs"), "--reduce leaves steps out"),
        (
            ("check", "mine.py", "--certificate", "mine.py/x"),
            "cannot write certificates to 'mine.py/x': Not a directory",
        ),
        (("certify", "."), "'.' holds no certificate ('haboot check --certificate .' writes them)"),
        (("certify", "nowhere"), "Directory 'nowhere' does not exist"),
        (("certify", "proofs", "lossy"), "holds no certificate of 'lossy' (there are: count)"),
    ],
)
def test_wrong_usage_is_told(
    proofs: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], why: str
) -> None:
    assert run(("check", "mine.py", "--certificate", str(proofs), "-q")) == 0
    assert run(words) == 2
    assert why in told(capsys)


def test_a_certificate_that_cannot_be_written_is_told(proofs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    proofs.mkdir()
    (proofs / "count").write_text("")
    assert run(("check", "mine.py", "--certificate", str(proofs), "-q")) == 2
    assert told(capsys) == "haboot: cannot write certificates to 'proofs': File exists"


def test_a_report_shows_what_became_of_each_certificate(proofs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("check", "lossy", "--certificate", str(proofs), "-q")) == 0
    change(
        proofs / "lossy", verdicts=[*verdicts(proofs / "lossy")[1:], verdicts(proofs / "lossy")[0] | {"answer": "?"}]
    )
    assert run(("report", "lossy", "forger", "--certificates", str(proofs), "-o", "report.html")) == 0
    page = Path("report.html").read_text()
    assert "62 verdicts certified, 1 verdict refused" in page
    assert page.count('<a class="chip certified" href="#proofs-lossy">certified</a>') == 62
    assert page.count('<a class="chip refused" href="#proofs-lossy">refused</a>') == 1
    assert run(("report", "forger", "-o", "report.html")) == 0
    assert "proofs" not in Path("report.html").read_text()
    told(capsys)


def verdicts(folder: Path) -> list[dict[str, object]]:
    """Return the verdicts of a certificate."""
    found: list[dict[str, object]] = json.loads((folder / HEAD).read_text())["verdicts"]
    return found
