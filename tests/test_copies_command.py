"""The command on models of copies: of every number without a word, and of a number by --copies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from haboot import ModelError, check
from haboot.checker.copies import for_every_number
from haboot.cli.main import run
from haboot.ledger import models_of

from examples.any_number.ticket_lock import ticket_lock

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples" / "any_number"
LOCK = f"{EXAMPLES / 'ticket_lock.py'}"
BROKEN = f"{LOCK}:ticket lock, careless"
WHOLE = f"{LOCK}:ticket lock"
WORKERS = """
from haboot import Among, Clause, Composition, Copies, Input, Instance, Kind, Participant, Property, Resource, Row, Slot
from haboot.checker.copies import Replicated

takes = Row("enters", ("out",), "in", (lambda me: me.see("free"),), (lambda me: me.acquire(),))
worker = Participant("worker", ("out", "in"), "out", (takes,), inputs={"free": (False, True)})


def workers(number):
    seen = {"free": Input(("lock",), lambda view: view["lock"] < 1)}
    names = [f"w{n}" for n in range(1, number + 1)]
    copies = tuple(Instance(one, worker, one, session=one, inputs=seen, resource="lock") for one in names)
    return Composition("workers", copies, resources=(Resource("lock", number),))


def claims(number, system):
    states = [f"w{n}.state" for n in range(1, number + 1)]
    full = tuple(Clause((one, "lock"), lambda v, s=one: v["lock"] < 2 and v[s] in {"in", "out"}) for one in states)
    apart = Clause(tuple(states), lambda v: "in" not in [v[one] for one in states])
    return (Property("locked", Kind.ALWAYS, full), Property("idle", Kind.ALWAYS, (apart,)))


model = Replicated("workers", workers, claims, most=1, noun="worker")
"""

COUNTED = """
from haboot import Copies, Count, Rule, Slot

at, free = Slot("at", ("out", "in")), Slot("free", (True, False))
enters = Rule("enters", lambda me: {at: "in", free: False} if me[free] else None)
leaves = Rule("leaves", lambda me: {at: "out", free: True} if me[at] == "in" else None)
one = Count("one in", lambda me: me[at] == "in", 1, lambda shared, number: number < 2)
model = Copies("lock", [at], [enters, leaves], [free], properties=[one])
"""


def told(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    assert run([*words]) == status
    shown = capsys.readouterr()
    return shown.out + shown.err


def test_a_model_of_copies_is_checked_for_every_number(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "found.json"
    assert "2 violated; nothing was expected of 2: 2 hold" in told(capsys, "check", LOCK, "--json", str(path))
    models = json.loads(path.read_text(encoding="utf-8"))["scenarios"]
    assert {(one["name"], claim["name"], claim["verdict"]) for one in models for claim in one["properties"]} == {
        ("ticket lock", "one inside", "HOLDS"),
        ("ticket lock", "no ticket twice", "HOLDS"),
        ("ticket lock, careless", "one inside", "VIOLATED"),
        ("ticket lock, careless", "no ticket twice", "VIOLATED"),
    }
    shown = told(capsys, "check", "--copies", "any", BROKEN)
    assert "for every number of threads; sizes of the largest explored" in shown
    assert "with 5 threads, the fewest" in shown
    assert f"haboot trace '{BROKEN}' --copies 5 'one inside'" in shown
    assert told(capsys, "check", WHOLE, "-p", "one inside", "-v").count("HOLDS") == 1


def test_why_it_holds_for_every_number_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "found.json"
    shown = told(capsys, "check", WHOLE, "--invariant", "--json", str(path))
    assert shown.count("simulation: a state of any number of threads goes with each view of it") == 1
    assert shown.count("inductive invariant, for all i and j that are not the same:") == 2
    assert " 1. property 'one inside'\n" in shown
    (lock,) = json.loads(path.read_text(encoding="utf-8"))["scenarios"]
    for one in lock["properties"]:
        assert one["invariant"][0] == f"property '{one['name']}'"
        assert all(line in shown for line in (*one["invariant"], one["simulation"]))
    assert "inductive" not in told(capsys, "check", WHOLE)
    file = tmp_path / "workers.py"
    file.write_text(WORKERS)
    shown = told(capsys, "check", str(file), "--invariant", "-p", "locked")
    assert "simulation: for each worker of it a state of any number goes with the state here in which they" in shown
    assert "what all others hold of lock in 'others hold lock' (2 for so many and more)" in shown


def test_where_no_invariant_is_told_a_line_says_why(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "counted.py"
    file.write_text(COUNTED)
    shown = told(capsys, "check", str(file), "--invariant")
    assert "HOLDS      one in" in shown
    assert "no inductive invariant is told of how many there are" in shown
    assert "no inductive" not in told(capsys, "check", str(file), "-v")


def test_a_number_of_copies_is_checked_exactly(capsys: pytest.CaptureFixture[str]) -> None:
    assert "2 hold" in told(capsys, "check", BROKEN, "--copies", "2")
    assert "2 violated" in told(capsys, "check", BROKEN, "--copies", "5", status=1)


def test_what_breaks_is_traced(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    every = told(capsys, "trace", BROKEN, "one inside")
    assert every.startswith("one inside: VIOLATED in ticket lock, careless 5")
    assert "7 ✗ thread 2 enters: breaks one inside" in every
    assert told(capsys, "trace", BROKEN, "--copies", "5", "one inside") == every
    path = tmp_path / "run.json"
    told(capsys, "trace", BROKEN, "one inside", "-f", "json", "-o", str(path))
    again = told(capsys, "trace", BROKEN, "--copies", "5", "--from", str(path))
    assert [line for line in again.splitlines() if " thread " in line] == [
        line for line in every.splitlines() if " thread " in line
    ]
    assert "has no name of its own that a test could ask for" in told(
        capsys, "trace", BROKEN, "--pytest", "one inside", status=2
    )


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("check", "--copies", "any"), "--copies is for models of copies in FILE.py; a scenario takes --mobile-nodes"),
        (("check", "same", "--copies", "any"), "--copies is for models of copies in FILE.py"),
        (("check", "same", LOCK, "--copies", "any"), "--copies is for models of copies in FILE.py"),
        (("check", f"{ROOT / 'examples' / 'die_hard.py'}", "--copies", "2"), "is no model of copies"),
        (("check", LOCK, "--copies", "0"), "'0' is no whole number from 1 to 100, nor 'any' for every number"),
        (("check", LOCK, "--copies", "9" * 30), f"'{'9' * 30}' is no whole number from 1 to 100"),
        (("check", WHOLE, "--symmetry"), "symmetry is of a given number of threads, and a few stand for every number"),
        (("check", WHOLE, "--reduce"), "reduction is of a given number of threads, and a few stand for every number"),
        (("check", "any+loss", "--symmetry"), "symmetry is of a given number of mobile nodes, and a few stand for"),
        (("check", WHOLE, "--certificate", "proofs"), "'ticket lock' is of every number: say how many, as --copies 2"),
        (("check", "any+loss", "--certificate", "proofs"), "of every number: say how many, as --mobile-nodes 2"),
        (("check", LOCK, "--slots", "2"), "is a model of your own: no option changes it"),
        (("check", WHOLE, "-p", "two inside"), "unknown property 'two inside'"),
        (("check", WHOLE, "--checkpoint", "kept"), "a checkpoint holds one search, and for every number of threads"),
        (("check", WHOLE, "--copies", "2", "--invariant"), "--invariant is for a model of every number of copies"),
        (("check", "same-prefix", "--invariant"), "or for --mobile-nodes any; 'same-prefix' is neither"),
        (("fuzz", WHOLE), "is a model of every number of copies: say how many, as --copies 2"),
    ],
)
def test_what_is_not_meant_is_told(words: tuple[str, ...], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = told(capsys, *words, status=2)
    assert why in shown
    assert shown.count("\n") == 1


def test_a_family_of_compositions_is_checked_too(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "workers.py"
    file.write_text(WORKERS)
    shown = told(capsys, "check", str(file), "-v", status=1)
    assert "for every number of workers: one in full among others" in shown
    assert "with 1 worker" in shown
    assert "1 violated" in told(capsys, "check", str(file), "--copies", "2", "-p", "idle", status=1)
    assert told(capsys, "check", str(file), "-p", "locked", "-v").count("HOLDS") == 1
    assert "w1 enters" in told(capsys, "trace", str(file), "idle")


def test_other_numbers_have_their_words(tmp_path: Path) -> None:
    (every,) = models_of(WHOLE)
    assert every.of_copies("any") is every
    assert every.of_copies(3).asked_as == f"{every.asked_as} --copies 3"
    (three,) = models_of(WHOLE, 3)
    assert (three.name, three.summary) == ("ticket lock 3", "")
    trace = for_every_number(ticket_lock(2, careless=True), check)["one inside"].trace
    assert trace is not None
    assert three.of_run(trace) is three
    file = tmp_path / "mine.py"
    text = "from haboot import Copies, Rule, Slot\nrule = Rule('r', lambda me: None)\n"
    file.write_text(f"{text}model = Copies('m', [Slot('at', (0, 1))], [rule], summary='a line')\n")
    assert models_of(str(file))[0].summary == "a line; for every number of copies; sizes of the largest explored"
    with pytest.raises(ModelError, match="is no model of copies"):
        models_of(str(ROOT / "examples" / "die_hard.py"), 2)
