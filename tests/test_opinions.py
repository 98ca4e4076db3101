"""What others say is compared to the letter: agreement is counted, and each difference is told with who says it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from haboot.checker import Limits, quiet
from haboot.cli.main import run
from haboot.exports import InexactError, OtherError, Seen
from haboot.ledger import OfProtocol, Subject, scenarios_of
from haboot.studies import Opinion, all_opinions, opinions_of

from tests.export_readers import murphi
from tests.promela_reader import explored

TOOLS = "haboot.studies.opinions"
Heard = Callable[[Seen], Seen]


def same(seen: Seen) -> Seen:
    return seen


def subject(name: str) -> Subject:
    (found,) = scenarios_of(name)
    return OfProtocol(found)


class Spin:
    """Stands for SPIN: it reads the models, and says what ``heard`` makes of it; of runs it knows needed promises."""

    def __init__(self, heard: Heard = same) -> None:
        self.heard, self.promises = heard, dict[str, int]()

    def __call__(self, model: str, folder: Path, states: int, *, chosen: bool) -> Seen:
        assert folder.is_dir()
        assert states
        return self.heard(explored(model, chosen=chosen))

    def refutes(self, model: str, _: Path) -> bool:
        first, count = model.splitlines()[0], model.count("active proctype promise")
        return count < self.promises.setdefault(first, count)


def rumur(model: str, folder: Path, _: int) -> Seen:
    assert folder.is_dir()
    states, hit = murphi(model)
    return Seen(states, dict.fromkeys(hit))


@pytest.fixture
def spin(monkeypatch: pytest.MonkeyPatch) -> Callable[[Heard], None]:
    def stand_in(heard: Heard) -> None:
        one = Spin(heard)
        monkeypatch.setattr(f"{TOOLS}.by_spin", one)
        monkeypatch.setattr(f"{TOOLS}.by_rumur", rumur)
        monkeypatch.setattr(f"{TOOLS}.refuted_by_spin", one.refutes)

    return stand_in


@pytest.mark.parametrize("name", ["same-prefix", "push-is-ignored", "lossy"])
def test_all_ways_agree(name: str, spin: Callable[[Heard], None]) -> None:
    spin(same)
    found = opinions_of(subject(name))
    assert found.differs == ()
    compiled, other, machines, _ = found.opinions
    assert compiled.agreed == other.agreed > machines.agreed > 10
    assert compiled.lengths > 0 == other.lengths
    assert compiled.agreed + sum(compiled.silent.values()) == found.verdicts


@pytest.mark.parametrize(
    ("heard", "told"),
    [
        (lambda seen: replace(seen, distinct=seen.distinct - 1), "200 distinct states, and here 201"),
        (lambda seen: replace(seen, signals={}), "and here VIOLATED"),
        (lambda seen: replace(seen, signals={k: k and (n or 0) + 1 for k, n in seen.signals.items()}), "steps, and"),
        (lambda seen: replace(seen, signals={**seen.signals, 0: 1}), "a step is cut there, and here none"),
    ],
    ids=["count", "verdict", "length", "bound"],
)
def test_what_differs_is_told(heard: Heard, told: str, spin: Callable[[Heard], None]) -> None:
    spin(heard)
    assert any(told in text for text in opinions_of(subject("lossy"), ("spin", "processes")).differs)


def test_what_is_cut_is_incomplete_there_too(spin: Callable[[Heard], None]) -> None:
    spin(same)
    (one,) = scenarios_of("lossy")
    tight = OfProtocol(replace(one, capacity=1, assumptions=frozenset({*one.assumptions, "reordering"})))
    assert tight.explored(Limits(), quiet, "graph", ()).space.bounds_hit
    assert opinions_of(tight, ("spin", "processes")).differs == ()


def test_a_run_that_nobody_finds_without_a_promise_differs(
    spin: Callable[[Heard], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    spin(same)
    monkeypatch.setattr(f"{TOOLS}.refuted_by_spin", lambda *_: False)
    (one,) = opinions_of(subject("same-prefix"), ("runs",)).opinions
    assert any("not broken without fairness" in text for text in one.differs)
    monkeypatch.setattr(f"{TOOLS}.refuted_by_spin", lambda *_: True)
    (one,) = opinions_of(subject("same-prefix"), ("runs",)).opinions
    assert any("broken, and here HOLDS" in text for text in one.differs)


def test_a_search_of_runs_that_does_not_end_is_told(
    spin: Callable[[Heard], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(*_: object) -> bool:
        raise InexactError

    spin(same)
    monkeypatch.setattr(f"{TOOLS}.refuted_by_spin", endless)
    assert opinions_of(subject("same-prefix"), ("runs",)).opinions == (
        Opinion("runs", None, silent={"SPIN's search did not end": 4}),
    )
    monkeypatch.setattr(f"{TOOLS}.SMALL", 5)
    (one,) = opinions_of(subject("same-prefix"), ("runs",)).opinions
    assert dict(one.silent) == {"more than 5 states": 4}


def test_one_process_asks_about_models_of_ones_own(tmp_path: Path, spin: Callable[[Heard], None]) -> None:
    spin(same)
    assert [one.name for one in all_opinions([subject("same-prefix")], ["spin"], workers=1)] == ["same-prefix"]
    target = tmp_path / "opinions.json"
    mine = tmp_path / "mine.py"
    mine.write_text(MINE)
    assert run(["second-opinion", str(mine), "--json", str(target)]) == 0
    (one,) = json.loads(target.read_text())
    assert [each["agreed"] for each in one["opinions"]] == [1, 1, 0, 2]


MINE = """
from haboot.checker import Action, Clause, Kind, Model, Property, Slot, System, always, leads_to, strong
UP = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 3 else None)
SYSTEM = System("count", (Slot("n", range(4)),), ({"n": 0},), (UP,))
BOTH = [Clause(("n",), lambda v, k=k: v["n"] == k) for k in (1, 2)]
TWICE = Property("twice", Kind.EVENTUALLY, BOTH, fairness=(strong(SYSTEM),))
ENDS = leads_to("ends", ("n",), lambda v: v["n"] == 0, lambda v: v["n"] == 3, fairness=(strong(SYSTEM),))
MODEL = Model("count", SYSTEM, (always("small", ("n",), lambda v: v["n"] < 4), ENDS, TWICE))
"""


def test_the_command_tells_agreement_differences_and_what_is_absent(
    capsys: pytest.CaptureFixture[str], spin: Callable[[Heard], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    spin(same)
    assert run(["second-opinion", "same-prefix", "--workers", "1"]) == 0
    assert "nothing differs" in capsys.readouterr().out
    spin(lambda seen: replace(seen, distinct=1))
    assert run(["second-opinion", "same-prefix", "--workers", "1", "--way", "spin", "--json", "-"]) == 1
    told = capsys.readouterr()
    assert json.loads(told.out)[0]["opinions"][0]["differs"] == ["1 distinct states, and here 12"]
    assert "differs: spin: 1 distinct states" in told.err

    def absent(*_: object, **__: object) -> Seen:
        raise OtherError("'spin' is not installed")

    monkeypatch.setattr(f"{TOOLS}.by_spin", absent)
    assert run(["second-opinion", "same-prefix", "--workers", "1"]) == 2
    assert "'spin' is not installed" in capsys.readouterr().err


@pytest.mark.parametrize("language", ["promela", "processes", "murphi", "tla", "dve", "aut"])
def test_every_language_is_written(language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "model"
    assert run(["export", language, "same-prefix", "-o", str(target)]) == 0
    assert len(target.read_text().splitlines()) > 10
    assert run(["export", language, "same-prefix"]) == 0
    assert capsys.readouterr().out == target.read_text()


def test_one_property_of_runs_makes_a_model_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(MINE.replace("strong", "weak"))
    assert run(["export", "promela", str(mine), "ends"]) == 0
    assert "never {" in capsys.readouterr().out
    assert run(["export", "promela", str(mine), "small"]) == 0
    assert "never {" not in capsys.readouterr().out
    for arguments, told in (
        (["promela", str(mine), "ends", "small"], "name it alone"),
        (["processes", str(mine)], "none of machines"),
        (["promela", "same-prefix", "waiting-node-gets-slot"], "no strong fairness"),
        (["promela", "lossy", "no-deadlock", "nonsense"], "unknown property 'nonsense'"),
        (["promela", "same-prefix", "dns-update-answered"], "has nothing to say"),
        (["promela", str(mine), "twice"], "has 2 clauses"),
    ):
        assert run(["export", *arguments]) in {2, 4}
        assert told in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("spin") is None or shutil.which("rumur") is None, reason="SPIN or Rumur is absent")
def test_spin_and_rumur_agree() -> None:
    for name in ("same-prefix", "lossy", "push-is-ignored"):
        assert opinions_of(subject(name)).differs == ()
