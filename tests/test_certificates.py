"""Every honest verdict is certified: of the standard suite, of random systems and compositions, on both engines."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import haboot.certify
import numpy as np
import pytest
from haboot.certify import Certificate
from haboot.checker import (
    Action,
    Answer,
    Clause,
    Composition,
    Constraint,
    EngineError,
    Fact,
    Fairness,
    Input,
    Instance,
    Joint,
    Kind,
    Limits,
    Local,
    ModelError,
    Network,
    Outcome,
    Participant,
    Property,
    Resource,
    Row,
    Silence,
    System,
    check,
    compose,
)
from haboot.checker.certificates import Demand, arrays_of, certify, ranked
from haboot.checker.limits import LimitError
from haboot.checker.machines.local import PUBLIC
from haboot.ledger import SUITES, OfProtocol
from haboot.model import Scenario, composition
from haboot.properties import explored

from tests.certified import ABOUT, answered, claimed, refused, written
from tests.drawn_systems import drawn_properties, drawn_system, with_bounds
from tests.random_compositions import several

STANDARD = SUITES["standard"]
ENGINES = ("graph", "packed")
SOME = [one for at, one in enumerate(STANDARD) if at % 6 == 0]
ROOM = Path(haboot.certify.__file__).parent
MOST_LINES = 915


@pytest.mark.parametrize("scenario", SOME, ids=lambda one: one.name)
def test_every_verdict_of_a_standard_scenario_is_certified(scenario: Scenario, tmp_path: Path) -> None:
    assert uncertified(scenario, tmp_path) == {}


@pytest.mark.slow
def test_every_verdict_of_the_standard_suite_is_certified(tmp_path: Path) -> None:
    odd = {one.name: uncertified(one, tmp_path / one.name) for one in STANDARD}
    assert {name: why for name, why in odd.items() if why} == {}
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.*")) < 20 * 2**20


def uncertified(scenario: Scenario, folder: Path) -> dict[str, str]:
    """Return by property why a verdict on a scenario is not certified."""
    made, subject = composition(scenario), OfProtocol(scenario)
    report = explored(scenario).report()
    certify(folder, report, ABOUT, made)
    one = Certificate(folder, made, subject.properties_over)
    why = one.why | one.checked(one.places)
    assert one.verdicts.keys() == {verdict.property.name for verdict in report.verdicts}
    assert all(verdict.answer is not Answer.INCOMPLETE for verdict in report.verdicts)
    return why


def batches(ordinary: int, more: int) -> list[object]:
    """Return numbers of batches of seeds, those beyond the ordinary ones marked as slow."""
    return [*range(ordinary), *(pytest.param(n, marks=pytest.mark.slow) for n in range(ordinary, ordinary + more))]


@pytest.mark.parametrize("batch", batches(3, 60))
def test_every_verdict_on_random_systems_is_certified(batch: int, tmp_path: Path) -> None:
    met = Counter[tuple[Kind, Answer]]()
    for seed in range(batch * 25, (batch + 1) * 25):
        plain = drawn_system(seed)
        system = with_bounds(seed, plain) if seed % 6 == 0 else plain
        claims, limits = drawn_properties(seed, system, 6), Limits(max_states=30 if seed % 7 == 0 else None)
        for engine in ENGINES:
            report = answered(system, claims, engine, limits)
            assert {seed: refused(written(tmp_path / "one", report, system), system, claims)} == {seed: {}}
            met.update((one.property.kind, one.answer) for one in report.verdicts)
    assert len(met) > 20


@pytest.mark.parametrize("batch", batches(2, 40))
def test_every_verdict_on_random_compositions_is_certified(batch: int, tmp_path: Path) -> None:
    sure = 0
    for seed, made in several(batch * 15, 15):
        claims = drawn_properties(seed, compose(made), 6)
        for engine in ENGINES:
            report = answered(made, claims, engine, Limits(max_states=200))
            assert {seed: refused(written(tmp_path / "one", report, made), made, claims)} == {seed: {}}
            sure += claimed(report)
    assert sure > 60


def test_a_reduced_space_has_no_certificate(tmp_path: Path) -> None:
    system = drawn_system(1)
    claims = [Property("rests", Kind.NO_DEADLOCK, drawn_properties(1, system)[0].clauses)]
    report = answered(system, claims, "graph", Limits(reduction=True))
    with pytest.raises(ModelError, match="a certificate needs every step"):
        certify(tmp_path, report, ABOUT)


def test_steps_that_take_too_much_memory_have_no_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def arrays(_: object) -> None:
        raise LimitError("max-memory")

    monkeypatch.setattr("haboot.checker.packed.space.PackedSpace.arrays", arrays)
    report = answered(drawn_system(1), [], "packed", Limits())
    with pytest.raises(ModelError, match="'drawn 1' has no certificate: max-memory"):
        certify(tmp_path, report, ABOUT)


def test_a_system_without_slots_has_no_certificate(tmp_path: Path) -> None:
    system = System("talk", (), [{}], [Action("say", (), (), lambda _: {})])
    with pytest.raises(ModelError, match="'talk' has no slots"):
        certify(tmp_path, answered(system, [], "graph", Limits()), ABOUT)


def test_what_no_engine_holds_has_no_certificate() -> None:
    class Other:
        engine = "other"

    with pytest.raises(EngineError, match="the engine 'other' holds no steps"):
        arrays_of(Other())  # type: ignore[arg-type]


def test_a_fair_run_has_no_ranks() -> None:
    system = drawn_system(2)
    arrays = arrays_of(answered(system, [], "graph", Limits()).space)
    none = np.zeros(arrays.nodes, bool)
    with pytest.raises(EngineError, match="a fair run stays where none should"):
        ranked(arrays, ~none, [Demand(lambda some: some < 0, none, strong=True)])


# it shares nothing with what it checks


MAY_NAME = {  # the words in which models and properties are written, and no more
    "haboot.checker": {
        *("RUNS", "Action", "Answer", "Clause", "Composition", "Fired", "Input", "Instance", "Kind", "Lost"),
        *("Property", "Received", "Sent", "Silence", "System"),
    },
    "haboot.checker.machines": {"Labels"},
}


def test_the_checker_of_certificates_imports_nothing_of_the_search() -> None:
    for path in sorted(ROOM.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("haboot"):
                ours = str(node.module).startswith("haboot.certify.")
                assert ours or {one.name for one in node.names} <= MAY_NAME[str(node.module)], path
            if isinstance(node, ast.Import):
                assert {one.name.partition(".")[0] for one in node.names} <= sys.stdlib_module_names | {"lazy_loader"}


MODEL = """
from haboot import Action, Slot, System, always, leads_to, no_deadlock, recoverable, sometimes, step, weak

up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 3 else None)
down = Action("down", ("n",), ("n",), lambda v: {"n": 0} if v["n"] == 3 else None)
SYSTEM = System("count", (Slot("n", range(5)),), ({"n": 0},), (up, down))
CLAIMS = [
    always("small", ("n",), lambda v: v["n"] < 4),
    always("smaller", ("n",), lambda v: v["n"] < 3),
    step("by one", ("n",), lambda m: m.after["n"] in {0, m.before["n"] + 1}),
    sometimes("four", ("n",), lambda v: v["n"] == 4),
    recoverable("home", ("n",), lambda v: v["n"] == 0),
    no_deadlock("goes on", ("n",), lambda v: False),
    leads_to("comes home", ("n",), lambda v: v["n"] == 1, lambda v: v["n"] == 0, [weak(SYSTEM)]),
    leads_to("comes home by itself", ("n",), lambda v: v["n"] == 1, lambda v: v["n"] == 0),
]
"""
WITHOUT = """
import sys
from pathlib import Path
for name in ("graph", "packed", "tables", "judging", "asking", "engines", "lasso", "certificates", "constraints"):
    sys.modules[f"haboot.checker.{name}"] = None
for name in ("product", "closure", "effects", "participants"):
    sys.modules[f"haboot.checker.machines.{name}"] = None
for name in ("networkx", "numpy", "numba", "transitions"):
    sys.modules[name] = None
from haboot.certify import Certificate
from model import CLAIMS, SYSTEM
one = Certificate(Path("certificate"), SYSTEM, lambda *_: CLAIMS)
print(len(one.verdicts), one.why | one.checked(one.places))
"""


KNOWN = {  # what certify/ knows of the vocabulary of compositions; copies are the search's, assumptions fault sets'
    Composition: "name instances network resources down facts joint under_way marks starts copies",
    Network: "loss duplication reordering capacity full at_most assumes",
    Instance: "name participant host session peers constants inputs resource outside start disabled environment"
    " at_most assumes start_assumes",
    Participant: "name states initial rows variables inputs terminal unexpected",
    Row: "trigger source dest guards effects cites discards environment",
    Joint: "trigger leader followers together",
    Silence: "host others every_session at_most early",
    Input: "reads value",
    Resource: "name most",
    Fact: "name values host assumes",
    Local: "acquire broadcast meet release see send",
    System: "name slots initial actions live symmetry constraint",
    Action: "name reads writes effect environment tags assumes",
    Outcome: "writes events bound assumes",
    Constraint: "name reads test",
    Property: "name kind clauses statement cites fairness about_steps with_environment",
    Clause: "reads holds premise about unless",
    Fairness: "name actions strong where reads",
}


@pytest.mark.parametrize("kind", KNOWN, ids=lambda one: one.__name__)
def test_nothing_of_the_vocabulary_is_passed_over(kind: type) -> None:
    parts = [one.name for one in fields(kind) if one.init] if is_dataclass(kind) else list(PUBLIC)
    told = {"place", "message", "state"}  # where it is written, and what is looked at
    assert {*parts} - told == {*KNOWN[kind].split()}


def test_certificates_are_checked_where_nothing_of_the_search_can_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    names: dict[str, Any] = {}
    exec(MODEL, names)  # noqa: S102 - as above
    report = check(names["SYSTEM"], names["CLAIMS"])
    answers = [str(one.answer) for one in report.verdicts]
    assert answers == ["HOLDS", "VIOLATED", "HOLDS", "UNREACHED", "HOLDS", "HOLDS", "HOLDS", "VIOLATED"]
    written(tmp_path / "certificate", report, names["SYSTEM"])
    told = subprocess.run(  # noqa: S603 - our own interpreter
        (sys.executable, "-c", WITHOUT), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (told.stdout.strip(), told.stderr) == ("8 {}", "")


def test_the_checker_of_certificates_stays_small() -> None:
    assert sum(code_lines(path) for path in ROOM.glob("*.py")) <= MOST_LINES


def code_lines(path: Path) -> int:
    """Return how many lines of a file hold code: neither blank, nor of a docstring or a comment alone."""
    text = path.read_text(encoding="utf-8")
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    told = set[int]()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, kinds) and ast.get_docstring(node) is not None:
            told |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    lines = enumerate(text.splitlines(), start=1)
    return sum(bool(line.strip()) and not line.lstrip().startswith("#") and at not in told for at, line in lines)
