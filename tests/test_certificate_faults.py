"""The checker with a fault in it: no wrong verdict is certified, whatever part of the checker the fault is in.

Each fault makes some verdicts wrong, told by the textbook. A wrong one is noticed before it is shown (the replay of its
trace fails), or has no certificate, or has one that is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from haboot.checker import Answer, EngineError, Limits, ModelError, Property, System, asking, judging, tables
from haboot.checker.graph import GraphSpace, fairness
from haboot.checker.graph import search as graph
from haboot.checker.packed import invariance, layout, links, rules, runs, symmetry
from haboot.checker.packed import space as packed

from tests.certified import WHOLE, answered, refused, written
from tests.drawn_systems import drawn_properties, drawn_system
from tests.symmetric_systems import symmetric_properties, symmetric_system
from tests.textbook import explored_system, judged

Patch = pytest.MonkeyPatch
SEEDS = 150
ENGINES = {"packing": "packed", "symmetry": "orbits"}


def of_search_some_steps_go_nowhere(patch: Patch) -> None:
    old = graph._patched
    patch.setattr(graph, "_patched", lambda state, one: state if len(one) > 1 else old(state, one))


class Hasty(dict[Any, int]):
    """The numbers of states, some of which it takes for the first."""

    def get(self, state: Any, _: Any = None) -> int | None:  # type: ignore[override]
        return 0 if sum(state) % 5 == 4 else super().get(state)


def of_search_some_states_are_taken_for_the_first(patch: Patch) -> None:
    old = graph._Search.__init__

    def init(self: Any, *given: Any) -> None:
        old(self, *given)
        self.number = Hasty()

    patch.setattr(graph._Search, "__init__", init)


def of_search_the_environment_is_progress(patch: Patch) -> None:
    old = graph._Search.__init__

    def init(self: Any, *given: Any) -> None:
        old(self, *given)
        self.own = list(range(len(self.tables)))

    patch.setattr(graph._Search, "__init__", init)


def of_search_ways_may_be_of_the_environment(patch: Patch) -> None:
    patch.setattr(GraphSpace, "_counting", lambda self, **_: [True] * len(self.system.actions))


def of_tables_a_choice_has_one_result(patch: Patch) -> None:
    old = tables.computed

    def computed(*given: Any) -> Any:
        entry, read = old(*given)
        return entry[:1], read

    patch.setattr(tables, "computed", computed)
    patch.setattr(rules, "computed", computed)


def of_tables_a_predicate_forgets_a_slot(patch: Patch) -> None:
    old = tables.StateTable.__init__

    def init(self: Any, layout: Any, query: Any) -> None:
        old(self, layout, query)
        whole, short = self.key, layout.picker(query.reads[:-1])
        self.last: dict[Any, Any] = {}
        self.key = lambda state: self.last.setdefault(short(state), whole(state))

    patch.setattr(tables.StateTable, "__init__", init)


def of_tables_no_step_meets_a_question(patch: Patch) -> None:
    patch.setattr(tables.StepTable, "may_meet", lambda *_: False)


def of_judge_the_premise_is_forgotten(patch: Patch) -> None:
    def breaking(_: Any, clause: Any) -> Callable[[Any], bool]:
        return lambda subject: not clause.holds(subject)

    patch.setattr(asking, "breaking", breaking)


def of_judge_nothing_is_vacuous(patch: Patch) -> None:
    patch.setattr(asking.Asked, "applies", lambda *_: True)


def of_judge_what_breaks_last_is_not_asked(patch: Patch) -> None:
    old = judging._answered
    patch.setattr(judging, "_answered", lambda space, claim, asked, one: old(space, claim, asked[:1], one))


def of_fairness_a_strong_promise_is_weak(patch: Patch) -> None:
    old = fairness.constraint

    def constraint(edges: Any, named: Any, _: bool, picked: Any = None) -> Any:
        return old(edges, named, False, picked)

    patch.setattr(fairness, "constraint", constraint)


def of_fairness_promises_ask_for_something_everywhere(patch: Patch) -> None:
    old = fairness.constraint

    def constraint(*given: Any) -> Any:
        made = old(*given)
        made.enabled[:] = True
        return made

    patch.setattr(fairness, "constraint", constraint)


def of_fairness_promises_are_kept_by_all(patch: Patch) -> None:
    patch.setattr("haboot.checker.graph.runs.constraints", lambda *_: [])


def of_fairness_loops_are_of_one_state(patch: Patch) -> None:
    def components(edges: Any, mask: Any) -> Any:
        found = np.full(edges.nodes, -1)
        found[mask] = np.arange(mask.sum())
        return found

    patch.setattr(fairness.Edges, "components", components)


def of_packing_only_one_slot_is_written(patch: Patch) -> None:
    old = rules.settled

    def settled(*given: Any) -> Any:
        return tuple((one and one[:1], label) for one, label in old(*given))

    patch.setattr(rules, "settled", settled)


def of_packing_a_rule_is_lost(patch: Patch) -> None:
    old = rules.Rules._add_rows
    patch.setattr(rules.Rules, "_add_rows", lambda self, number, tree: number == 1 or old(self, number, tree))


def of_packing_a_state_that_meets_a_question_is_lost(patch: Patch) -> None:
    old = packed.PackedSpace._all
    patch.setattr(packed.PackedSpace, "_all", lambda self, query: old(self, query)[1:])


def of_packing_steps_have_another_target(patch: Patch) -> None:
    old = links.links

    def made(*given: Any) -> Any:
        found = old(*given)
        found.target[::7] = 0
        return found

    patch.setattr("haboot.checker.packed.space.links", made)


def of_packing_weak_and_strong_are_exchanged(patch: Patch) -> None:
    old = runs.Demands.kinds.fget
    assert old is not None
    patch.setattr(runs.Demands, "kinds", property(lambda self: old(self)[::-1]))


def of_symmetry_normal_forms_merge_what_differs(patch: Patch) -> None:
    old = layout.Packing.blocks.fget
    assert old is not None

    def blocks(self: Any) -> Any:
        laid = old(self).copy()
        laid[:, 1:, :, 2] >>= np.uint64(1)
        return laid

    patch.setattr(layout.Packing, "blocks", property(blocks))


def of_symmetry_all_properties_are_preserved(patch: Patch) -> None:
    patch.setattr(invariance.Invariance, "refusal", lambda *_: "")


def of_symmetry_everything_is_proven(patch: Patch) -> None:
    patch.setattr(symmetry, "proven", lambda *_: None)


FAULTS = [one for name, one in sorted(globals().items()) if name.startswith("of_")]


@cache
def drawn(seed: int) -> tuple[System, list[tuple[Property, str]]]:
    """Return a system with properties and the right answers to them."""
    system = drawn_system(seed)
    space = explored_system(system)
    return system, [(claim, judged(space, claim).answer) for claim in drawn_properties(seed, system, 6)]


@cache
def alike(seed: int) -> tuple[System, list[tuple[Property, str]]]:
    """Return a system that declares a symmetry, in every other one wrongly, and the right answers to properties."""
    system = symmetric_system(seed)
    if seed % 2:
        system = replace(system, actions=system.actions[1:])
    space, claims = explored_system(system), list[Property]()
    for one in symmetric_properties(seed, system):
        claims += [one, replace(one, name=f"{one.name}, of the first", clauses=one.clauses[:1])]
    return system, [(claim, judged(space, claim).answer) for claim in claims]


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.__name__)
def test_no_wrong_verdict_is_certified(fault: Callable[[Patch], None], tmp_path: Path) -> None:
    engine, wrong = next((one for part, one in ENGINES.items() if part in fault.__name__), "graph"), 0
    for seed in range(SEEDS // 3 if engine == "orbits" else SEEDS):
        system, claims = (alike if engine == "orbits" else drawn)(seed)
        with pytest.MonkeyPatch.context() as patch:
            fault(patch)
            said = certified(system, [claim for claim, _ in claims], engine, tmp_path / "one")
        for (claim, right), one in zip(claims, said, strict=True):
            assert (seed, claim.name, one) in {(seed, claim.name, fine) for fine in (right, one.lower())}
            wrong += one not in {right, "incomplete"}
    assert wrong


def certified(system: System, claims: list[Property], engine: str, folder: Path) -> list[str]:
    """Return the answers that are certified, in small letters those that are not, noticed where there is none."""
    try:
        kind = "graph" if engine == "graph" else "packed"
        report = answered(system, claims, kind, Limits(symmetry=engine == "orbits", workers=1))
        written(folder, report, system)
    except (EngineError, ModelError, IndexError, KeyError, StopIteration, ValueError):
        if len(claims) == 1:
            return ["noticed"]
        return [one for claim in claims for one in certified(system, [claim], engine, folder)]
    odd = refused(folder, system, claims)
    return [
        "incomplete"
        if one.answer is Answer.INCOMPLETE
        else one.answer.lower()
        if odd.keys() & {one.property.name, WHOLE}
        else str(one.answer)
        for one in report.verdicts
    ]
