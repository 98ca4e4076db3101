"""Specifications that others published, written with the public API: counts, verdicts, and how long they are."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from haboot import Action, Answer, Kind, Model, Slot, Value, View, check, state_graph
from haboot.ledger import models_of

from examples.published.__main__ import main
from examples.published.counting import program_lines, python_lines, tla_lines
from examples.published.figures import HERE, Specification, specifications
from examples.published.table import page

ROOT = Path(__file__).parent.parent
TOOLS = {"__init__", "__main__", "counting", "figures", "table"}
PUBLISHED = {one.file.stem: one for one in specifications()}
SIZES = {(name, size.model): size for name, one in PUBLISHED.items() for size in one.sizes}
RUNS = {Kind.EVENTUALLY, Kind.LEADS_TO, Kind.INFINITELY_OFTEN, Kind.STAYS}


@cache
def models(name: str) -> dict[str, Model]:
    """Return the models of a specification by name, as the command finds them."""
    found = models_of(str(PUBLISHED[name].file))
    return {model.model.name: replace(model.model, properties=model.catalogue) for model in found}


def sizes(few: int = 4_000) -> Iterator[Any]:
    """Return each model, by the name of its specification and its own; an ordinary test has so few states."""
    for (name, model), size in SIZES.items():
        yield pytest.param(name, model, marks=pytest.mark.slow if (size.distinct or 0) > few else ())


@pytest.mark.parametrize(("name", "model"), [*sizes(6_000)])
def test_the_packed_engine_has_the_counts_and_verdicts_that_are_published(name: str, model: str) -> None:
    has_what_is_published(name, model, "packed")


@pytest.mark.parametrize(("name", "model"), [*sizes()])
def test_the_graph_engine_has_the_counts_and_verdicts_that_are_published(name: str, model: str) -> None:
    has_what_is_published(name, model, "graph")


def has_what_is_published(name: str, model: str, engine: str) -> None:
    one, published = models(name)[model], SIZES[name, model].counted
    report = check(one.composed(), one.properties, engine=engine)
    found = (report.space.distinct, report.space.generated, report.space.depth)
    assert all(there in {None, here} for here, there in zip(found, published, strict=True)), (found, published)
    answers = {verdict.property.name: verdict.answer for verdict in report.verdicts}
    violated = PUBLISHED[name].violated
    assert answers == {claim: Answer.VIOLATED if claim in violated else Answer.HOLDS for claim in answers}
    assert {*violated} <= answers.keys() != set()
    assert not report.dead_actions


@pytest.mark.parametrize(("name", "model"), [*sizes(2_000)])
def test_no_specification_keeps_a_property_of_runs_without_a_promise(name: str, model: str) -> None:
    one = models(name)[model]
    alone = [replace(claim, fairness=()) for claim in one.properties if claim.kind in RUNS]
    assert {verdict.answer for verdict in check(one.composed(), alone).verdicts} <= {Answer.VIOLATED}


@pytest.mark.parametrize(("name", "model"), [*SIZES])
def test_no_invariant_is_true_of_every_assignment(name: str, model: str) -> None:
    drawn = Random(1)  # noqa: S311 - the same in each run
    one = models(name)[model]
    domains = {slot.name: slot.domain for slot in one.composed().slots}
    mapped = (": starts", ": steps")  # what a refinement asks is of mapped states, which not all of them are
    for claim in one.properties:
        for clause in claim.clauses if claim.kind is Kind.ALWAYS and not claim.name.endswith(mapped) else ():
            views = (View({slot: drawn.choice(domains[slot]) for slot in clause.reads}, "it") for _ in range(20_000))
            assert any(clause.premise(view) and not clause.holds(view) for view in views), claim.name


@pytest.mark.parametrize(("name", "model"), [one for one in sizes() if SIZES[one.values].excluded])
def test_the_steps_that_a_constraint_excludes_are_those_that_tlc_counts_besides(name: str, model: str) -> None:
    system, size = models(name)[model].composed(), SIZES[name, model]
    assert system.constraint is not None
    space = check(system, []).space
    outside = 0
    for _, state in state_graph(space, most=10_000).to_networkx().nodes(data="values"):
        for writes in (writes for action in system.actions for writes in results(action, state)):
            after = {**state, **{slot.name: value for slot, value in writes.items()}}
            outside += not system.constraint.test(View({slot: after[slot] for slot in system.constraint.reads}, "it"))
    assert outside == size.excluded


def results(action: Action, state: Mapping[str, Value]) -> list[Mapping[Slot, Value]]:
    """Return what an action may change in a state."""
    found: Any = action.effect(View({name: state[name] for name in action.reads}, action.name))
    return [] if found is None else [found] if isinstance(found, Mapping) else list(found)


# the page


def test_the_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "published.md").read_text(encoding="utf-8") == page()


def test_every_model_is_on_the_page() -> None:
    files = {one.stem for one in HERE.glob("*.py")} - TOOLS
    assert files == {one.file.stem for one in PUBLISHED.values() if one.file.parent == HERE}
    assert len(files) >= 12


@pytest.mark.parametrize("one", [*PUBLISHED.values()], ids=PUBLISHED)
def test_no_model_is_longer_than_its_specification_by_more_than_a_half(one: Specification) -> None:
    assert 2 * python_lines(one.file.read_text(encoding="utf-8")) <= 3 * one.lines


@pytest.mark.parametrize("one", [*PUBLISHED.values()], ids=PUBLISHED)
def test_a_model_says_where_it_is_from_and_what_is_published_of_it(one: Specification) -> None:
    said = one.file.read_text(encoding="utf-8").split('"""')[1].splitlines()
    if one.file.parent == HERE:
        assert said[1:] == ["", one.link("master"), *map(str, one.sizes)]


def test_models_are_written_with_nothing_but_the_front_door() -> None:
    for one in PUBLISHED.values():
        for node in ast.walk(ast.parse(one.file.read_text(encoding="utf-8"))):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for module in modules:
                root = module.partition(".")[0]
                assert module == "haboot" or root == "examples" or root in sys.stdlib_module_names, (one.module, module)


# counting

SPECIFICATION = r"""notes
---- MODULE Toy ----
(* A toy (* of a comment *) that
   goes on *)
EXTENDS Naturals \* one
VARIABLES x,  (* what counts *)
          y

----
Init == /\ x = 0
        /\ y = 0
Odd(a, b) ==
    a > b
(* An algorithm:
--fair algorithm Toy {
  variable x = 0;  \* a counter
  { (* up *)
    x := x + 1 }
}
*)
\* BEGIN TRANSLATION
Next == x' = x + 1
\* END TRANSLATION
THEOREM Init => Odd(1, 0)
<1>1. Init
  BY DEF Init
<1> QED
Last == TRUE
====
after
"""


def test_lines_are_counted_that_say_something() -> None:
    assert tla_lines(SPECIFICATION) == 1 + 2 + 2 + 2 + 5 + 1
    assert tla_lines(SPECIFICATION, ["Odd", "Last"]) == 1 + 2 + 2 + 5
    assert program_lines("use x;\n\n// why\n  /// what\nstruct A {\n}\nfn main() {\n}\n", "//") == 3
    python = '"""What."""\n\n# why\nx = (1,\n\n  2)\n\n\ndef f() -> None:\n    """Do."""\n    return\n'
    assert python_lines(python) == 2 + 2


def test_a_definition_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no definition of Even, Never"):
        tla_lines(SPECIFICATION, ["Never", "Odd", "Even"])


def test_the_command_writes_the_page_or_counts_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Toy.tla").write_text(SPECIFICATION, encoding="utf-8")
    (tmp_path / "toy.m").write_text("-- why\nvar x: boolean;\n", encoding="utf-8")
    (tmp_path / "toy.qnt").write_text("", encoding="utf-8")
    main([])
    assert capsys.readouterr().out == page()
    main([str(tmp_path / "Toy.tla"), "Odd"])
    main([str(tmp_path / "toy.m")])
    assert capsys.readouterr().out == "11\n1\n"
    for given, told in ((("Toy.tla", "Even"), "no definition of Even"), (("toy.qnt",), "TLA+, Rust or Murphi is due")):
        with pytest.raises(SystemExit, match=re.escape(told)):
            main([str(tmp_path / given[0]), *given[1:]])
    with pytest.raises(SystemExit, match="No such file"):
        main([str(tmp_path / "none.tla")])
