"""Minimal sets as the command tells them: with traces, importance, probability, a tree, and Open-PSA."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path
from shlex import split

import pytest
from haboot.checker import Action, EngineError, Model, ModelError, Slot, System, always, recoverable
from haboot.cli.main import run
from haboot.diagrams import fault_tree_dot
from haboot.studies import faulty_model, importance, minimal_fault_sets, probability, weighed

from tests.open_psa_reader import read, told

SETS = (("a",), ("b", "c"), ("b", "d"))
CHANCES = {"a": 0.1, "b": 0.5, "c": 0.25, "d": 0.3}
MINE = """
from haboot import Action, Model, Slot, System, always, no_deadlock

STEPS = tuple(
    Action(f"step {n}", ("n",), ("n",), lambda v, n=n: {"n": n + 1} if v["n"] == n else None, assumes=name)
    for n, name in enumerate(("crash", ("loss", "reboot")))
)
SMALL = always("stays small", ("n",), lambda v: v["n"] < 2)
RESTS = no_deadlock("rests", ("n",), lambda v: v["n"] == 2)
MODEL = Model("mine", System("mine", (Slot("n", range(3)),), ({"n": 0},), STEPS), (SMALL, RESTS))
"""


def enumerated(sets: Iterable[Sequence[str]], chances: dict[str, float]) -> float:
    """Return the same probability by going through all that may happen."""
    names, total = sorted(chances), 0.0
    for happens in product((False, True), repeat=len(names)):
        there = {name for name, does in zip(names, happens, strict=True) if does}
        if any(set(one) <= there for one in sets):
            share = 1.0
            for name, does in zip(names, happens, strict=True):
                share *= chances[name] if does else 1 - chances[name]
            total += share
    return total


@pytest.mark.parametrize("sets", [SETS, (), ((),), (("a", "b"), ("c", "d"), ("a", "d")), (("a",), ("b",), ("c", "d"))])
def test_a_probability_is_that_of_all_that_may_happen(sets: tuple[tuple[str, ...], ...]) -> None:
    assert probability(sets, CHANCES) == pytest.approx(enumerated(sets, CHANCES))


def test_importance_counts_sets_and_weighs_what_a_fault_adds() -> None:
    assert [(one.fault, one.sets) for one in importance(SETS)] == [("b", 2), ("a", 1), ("c", 1), ("d", 1)]
    whole = enumerated(SETS, CHANCES)
    for one in weighed(SETS, CHANCES):
        sure, never = (enumerated(SETS, {**CHANCES, one.fault: chance}) for chance in (1.0, 0.0))
        assert one.birnbaum == pytest.approx(sure - never)
        share = enumerated([some for some in SETS if one.fault in some], CHANCES) / whole
        assert one.fussell_vesely == pytest.approx(share)
    assert [one.fussell_vesely for one in weighed(SETS, dict.fromkeys(CHANCES, 0.0))] == [0.0] * 4


def test_a_drawn_tree_has_a_gate_for_each_set_of_several_faults() -> None:
    dot = fault_tree_dot("it breaks", (*SETS, ()), {"b": "in 2 of 4 sets"})
    assert dot.count("AND") == 2
    assert dot.count("always") == 1
    assert dot.count("ellipse") == 4
    assert "in 2 of 4 sets" in dot


def test_a_model_of_ones_own_has_its_sets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, data_file, tree, psa = (tmp_path / name for name in ("mine.py", "told.json", "tree.dot", "tree.xml"))
    file.write_text(MINE)
    assert run(["faults", str(file), "--json", str(data_file), "--tree", str(tree), "--open-psa", str(psa)]) == 0
    data = json.loads(data_file.read_text())
    sets = [(one["faults"], one["length"], one["step"]) for one in data["properties"]["stays small"]["sets"]]
    assert sets == [(["crash", "loss"], 2, "step 1"), (["crash", "reboot"], 2, "step 1")]
    assert data["complete_to"] == 2
    assert data["not_monotone"] == ["rests"]
    assert "fault" in tree.read_text() or "loss" in tree.read_text()
    both = {frozenset({"crash", "loss"}), frozenset({"crash", "reboot"})}
    assert told(read(psa.read_text(encoding="utf-8"))) == {"stays small": both}
    out = capsys.readouterr().out
    assert "crash in 2, loss in 1, reboot in 1" in out
    assert "not monotone, so without minimal sets: rests" in out
    assert "complete to order 2" in out


def test_a_set_is_traced_by_the_command_that_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.py"
    file.write_text(MINE.replace('"crash", (', '("crash", "theft"), ('))
    assert run(["faults", str(file)]) == 0
    hint = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("See a trace with: "))
    words = split(hint.removeprefix("See a trace with: haboot "))
    assert words[-2:] == ["--faults", "crash,loss"]
    assert run([*words, "--ascii"]) == 0
    out = capsys.readouterr().out
    assert "stays small: VIOLATED in mine under crash, loss" in out
    assert "step 1" in out
    assert run([*words[:-1], ""]) == 0
    assert "stays small: HOLDS in mine under nothing" in capsys.readouterr().out
    assert run([*words[:-1], "los"]) == 2
    assert "assumes no 'los'; did you mean 'loss'?" in capsys.readouterr().err
    assert run(["trace", "same-prefix", "agreement", "--faults", "loss"]) == 2
    assert "--faults says what is assumed of a model of your own" in capsys.readouterr().err


def test_probabilities_are_told_where_every_fault_has_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, given = tmp_path / "mine.py", ["--probability", "crash=0.5", "--probability", "loss=0.5"]
    file.write_text(MINE)
    assert run(["faults", str(file), *given, "--probability", "reboot=0.5", "--json", "-"]) == 0
    both = capsys.readouterr()
    assert json.loads(both.out)["properties"]["stays small"]["probability"] == pytest.approx(0.375)
    assert "probability 0.375" in both.err
    assert "Birnbaum 0.75, Fussell-Vesely 1" in both.err
    assert run(["faults", str(file), *given]) == 0
    assert "Birnbaum" not in capsys.readouterr().out


def test_a_file_gives_probabilities_and_an_option_another_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, given = tmp_path / "mine.py", tmp_path / "given.toml"
    file.write_text(MINE)
    given.write_text("crash = 0.5\nloss = 0.5\nreboot = 1\n")
    asked = ["faults", str(file), "--probabilities", str(given), "--json", "-"]
    for more, wanted in (([], 0.5), (["--probability", "reboot=0.5"], 0.375)):
        assert run([*asked, *more]) == 0
        assert json.loads(capsys.readouterr().out)["properties"]["stays small"]["probability"] == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("crush = 0.5", ":1:1: 'crush' is no fault here; did you mean 'crash'?"),
        ("crash = 0.5\nloss = 2", ":2:1: 'loss' has 2 for a probability, not a number from 0 to 1"),
        ("crash = true", ":1:1: 'crash' has True for a probability, not a number from 0 to 1"),
        ("crash = nan", ":1:1: 'crash' has nan for a probability"),
        ("[crash]\nloss = 1", ":1:1: 'crash' has {'loss': 1} for a probability"),
        ("crash", "no TOML"),
    ],
)
def test_a_file_that_gives_no_probabilities_is_told_in_a_line(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, given = tmp_path / "mine.py", tmp_path / "given.toml"
    file.write_text(MINE)
    given.write_text(text)
    assert run(["faults", str(file), "--probabilities", str(given)]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert said in line


def test_a_search_that_is_cut_says_to_which_order_it_is_complete(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["faults", "same", "agreement", "--order", "1", "--among", "return-lost,loss"]
    assert run([*asked, "--max-states", "1"]) == 3
    assert "INCOMPLETE: not even order 0 is complete; cut by max-states 1" in capsys.readouterr().out
    assert run([*asked, "--max-states", "50"]) == 3
    assert "INCOMPLETE: complete to order 0" in capsys.readouterr().out
    assert run(asked) == 0
    assert "See a trace with: haboot trace same+1x1+return-lost agreement" in capsys.readouterr().out


def test_sets_under_which_a_channel_overflows_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["faults", "same", "agreement", "--among", "refresh,replay"]
    assert run(asked) == 0
    assert "INCOMPLETE under refresh, replay: a bound cut runs" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["same", "--among", "los"], "unknown assumption 'los'; did you mean 'loss'?"),
        (["same", "--probability", "loss"], "'loss' gives no probability"),
        (["same", "--probability", "loss=2"], "'loss=2' gives no probability"),
        (["same", "--probability", "los=0.1"], "'los' has a probability, but is no fault here; did you mean 'loss'?"),
        (["same", "agrement"], "unknown property 'agrement'; did you mean 'agreement'?"),
        (["same", "no-deadlock", "--order", "0", "--among", "loss"], "more faults may mend it"),
        (["same", "agreement", "--order", "0", "--among", "loss", "--tree", "x.dot"], "nothing breaks"),
    ],
)
def test_a_slip_is_told_in_a_line(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["faults", *words]) == 2
    assert told in capsys.readouterr().err


def small(name: str = "crash") -> Model:
    up = Action("up", ("n",), ("n",), lambda v: {"n": 1} if not v["n"] else None, assumes=name)
    system = System("small", (Slot("n", (0, 1)),), ({"n": 0},), (up,))
    return Model("small", system, (always("zero", ("n",), lambda v: v["n"] == 0),))


def test_a_model_without_faults_or_with_others_is_told() -> None:
    with pytest.raises(ModelError, match="so there are no faults"):
        minimal_fault_sets(faulty_model(small(())), 1)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="assumes no 'crush'; did you mean 'crash'"):
        faulty_model(small(), ["crush"])


def test_a_set_that_breaks_nothing_when_explored_is_an_error() -> None:
    whole = faulty_model(small())
    assert minimal_fault_sets(whole, 1, ["zero"]).sets["zero"][0].faults == ("crash",)
    odd = type(whole)(**{**vars(whole), "shortest": lambda _, __: {}})
    with pytest.raises(EngineError, match=r"breaks under .* by the labelled search, and not when explored"):
        minimal_fault_sets(odd, 1)


def test_properties_that_more_faults_may_mend_are_left_out() -> None:
    back = recoverable("back", ("n",), lambda v: v["n"] == 0)
    model = Model("small", small().composed(), (*small().properties, back))
    assert minimal_fault_sets(faulty_model(model), 1).left_out == ("back",)
