"""Minimal sets as the command tells them: with traces, importance, probability, a tree, and Open-PSA."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import combinations, product
from pathlib import Path
from shlex import split

import pytest
from haboot.checker import (
    Action,
    Answer,
    EngineError,
    Kind,
    Limits,
    Model,
    ModelError,
    Property,
    Slot,
    System,
    always,
    check,
    recoverable,
    sometimes,
)
from haboot.checker.boundary import met
from haboot.checker.constraints import constrained
from haboot.checker.families import under
from haboot.cli.main import run
from haboot.diagrams import fault_tree_dot
from haboot.studies import MONOTONE, faulty_model, importance, minimal_fault_sets, probability, weighed

from tests.drawn_systems import drawn_properties
from tests.labelled_systems import labelled_system, safety
from tests.open_psa_reader import read, told

BIG = 'BIG = sometimes("big", ("n",), lambda v: v["n"] == 2)\n'
SETS = (("a",), ("b", "c"), ("b", "d"))
CHANCES = {"a": 0.1, "b": 0.5, "c": 0.25, "d": 0.3}
MINE = """
from haboot import Action, Model, Slot, System, always, no_deadlock, sometimes

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
    assert "not monotone, so without minimal sets (name one to explore each set): rests" in out
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
    out = capsys.readouterr().out
    assert "Birnbaum" not in out
    assert "no probability, since none is given of reboot" in out
    assert run(["faults", str(file)]) == 0
    assert "no probability" not in capsys.readouterr().out


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
        (["same", *("--probability", "loss=0.1") * 2, "--probability", "loss=0.2"], "two probabilities, 0.1 and 0.2"),
        (["same", "--among", ","], "--among names no fault"),
        (["same", "--tree", "x.dot"], "--tree draws one property of states or steps: name one ("),
        (["same", "no-deadlock", "--tree", "x.dot"], "(none that breaks under minimal sets is asked)"),
        (["same", "--mobile-nodes", "25"], "'25' is no whole number from 1 to 20"),
        (["same", "--mobile-nodes", "any"], "is of any number of mobile nodes, which 'haboot check' answers alone"),
        (["same", "--tree", "x.pdf"], "--tree cannot draw into 'x.pdf': its name has to end in .svg, .png, .dot"),
        (["same", "agrement"], "unknown property 'agrement'; did you mean 'agreement'?"),
        (["same", "agreement", "--order", "0", "--among", "loss", "--tree", "x.dot"], "nothing breaks"),
    ],
)
def test_a_slip_is_told_in_a_line(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["faults", *words]) == 2
    assert told in capsys.readouterr().err


def test_an_option_says_how_many_mobile_nodes_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["faults", "same", "load-bounded", "--mobile-nodes", "2", "--order", "0"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("same+2x1: ")
    assert "9  nothing need fail" in out


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
    odd = type(whole)(**{**vars(whole), "judged": lambda _, __, ___: {}})
    with pytest.raises(EngineError, match=r"breaks under .* by the labelled search, and not when explored"):
        minimal_fault_sets(odd, 1)


def mended(*claims: Property) -> Model:
    """Return a model that is stuck at 1 under a crash, unless it is repaired; at 2 both break."""
    steps = (("crash", 0, 1), ("repair", 1, 0), ("fire", 1, 2))
    actions = tuple(
        Action(name, ("n",), ("n",), lambda v, old=old, new=new: {"n": new} if v["n"] == old else None, assumes=name)
        for name, old, new in steps
    )
    return Model("mended", System("mended", (Slot("n", (0, 1, 2)),), ({"n": 0},), actions), claims)


BACK = recoverable("back", ("n",), lambda v: v["n"] == 0)
FIRES = sometimes("fires", ("n",), lambda v: v["n"] == 2)


def test_properties_that_more_faults_may_mend_are_left_out_unless_they_are_named() -> None:
    whole = faulty_model(mended(BACK, FIRES))
    assert minimal_fault_sets(whole, 3).left_out == ("back",)
    found = minimal_fault_sets(whole, 3, ["back"])
    assert (found.left_out, found.sets, found.order) == ((), {}, 3)
    one, other = found.intervals.found["back"]
    assert (one.faults, one.unless, one.length, one.step) == (("crash",), (("repair",),), 1, "crash")
    assert (other.faults, other.unless) == (("crash", "fire", "repair"), ())


def test_what_sometimes_happens_has_the_faults_that_make_it_happen() -> None:
    found = minimal_fault_sets(faulty_model(mended(BACK, FIRES)), 3)
    assert found.sets == {}
    assert [(one.faults, one.length, one.step) for one in found.reached["fires"]] == [(("crash", "fire"), 2, "fire")]


def test_a_cut_exploration_of_each_set_says_to_which_order_it_is_complete() -> None:
    seen = list[int]()
    limits = Limits(stopped=lambda: len(seen) == 5)
    found = minimal_fault_sets(
        faulty_model(mended(BACK)), 2, ["back"], limits, done=lambda number, _: seen.append(number)
    )
    assert (found.order, found.intervals.order, found.cut) == (1, 1, "interrupted")
    assert [one.faults for one in found.intervals.found["back"]] == [("crash",)]


@pytest.mark.parametrize(("most", "order"), [(1, 0), (2, 1), (3, 3)])
def test_intervals_are_complete_to_the_order_below_the_first_set_that_a_limit_cuts(
    most: int, order: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(MINE)
    asked = ["faults", str(file), "rests", "--order", "3", "--max-states", str(most)]
    assert run(asked) == (0 if order == 3 else 3)
    out = capsys.readouterr().out
    cut = f"INCOMPLETE: complete to order {order}; cut by max-states {most}"
    assert (cut if order < 3 else "complete to order 3") in out.splitlines()
    assert run([*asked, "stays small"]) == 3  # which one search finds in four states
    assert f"INCOMPLETE: complete to order {min(order, 1)}; cut by max-states {most}" in capsys.readouterr().out


def verdicts(system: System, claims: Sequence[Property], most: int) -> dict[str, dict[frozenset[str], Answer]]:
    """Return by property what each set of assumptions comes to, explored by itself with the other engine."""
    known: dict[str, dict[frozenset[str], Answer]] = {one.name: {} for one in claims}
    for size in range(most + 1):
        for given in map(frozenset, combinations(system.assumptions, size)):
            if any(met(system.starting(state), given) for state in constrained(system).initial):
                for one in check(under(system, given), claims, engine="graph").verdicts:
                    known[one.property.name][given] = one.answer
    return known


@pytest.mark.parametrize("seed", range(8))
def test_intervals_say_of_each_set_what_exploring_it_says(seed: int) -> None:
    system = labelled_system(seed)
    drawn = {one.name: one for salt in range(4) for one in drawn_properties(100 * seed + salt, system, 4)}
    claims = [one for one in drawn.values() if one.kind not in MONOTONE]
    whole, known = faulty_model(Model("drawn", system, claims)), verdicts(system, claims, 2)
    found = minimal_fault_sets(whole, 2, [one.name for one in claims]).intervals
    for name, answers in known.items():
        assert set(found.open.get(name, ())) == {one for one, answer in answers.items() if answer is Answer.INCOMPLETE}
        for given, answer in answers.items():
            breaks = any(
                given >= set(one.faults) and not any(given >= {*one.faults, *more} for more in one.unless)
                for one in found.found.get(name, ())
            )
            assert breaks == (answer is Answer.VIOLATED) or answer is Answer.INCOMPLETE, (name, given)


@pytest.mark.parametrize("seed", range(8))
def test_kinds_that_are_said_to_be_monotone_are(seed: int) -> None:
    system = labelled_system(seed)
    claims = safety(seed, system)
    for one, answers in zip(claims, verdicts(system, claims, 3).values(), strict=True):
        wanted = Answer.HOLDS if one.kind is Kind.SOMETIMES else Answer.VIOLATED
        settled = {given for given, answer in answers.items() if answer is wanted}
        assert all(given in settled for given in answers for less in settled if less <= given), one.name


def test_intervals_and_what_is_sometimes_so_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, told = tmp_path / "mine.py", tmp_path / "told.json"
    file.write_text(MINE.replace("(SMALL, RESTS)", "(SMALL, RESTS, BIG)").replace("MODEL =", BIG + "MODEL ="))
    assert run(["faults", str(file), "rests", "big", "--json", str(told)]) == 0
    out = capsys.readouterr().out
    assert "rests: 1 interval" in out
    assert "0  breaks under nothing and more; not with crash and loss or crash and reboot" in out
    assert "big (sometimes) takes: crash, loss; crash, reboot" in out
    data = json.loads(told.read_text())
    assert data["reached"] == {"big": [["crash", "loss"], ["crash", "reboot"]]}
    assert data["intervals"]["rests"][0]["unless"] == [["crash", "loss"], ["crash", "reboot"]]
