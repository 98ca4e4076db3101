"""A system refines another where each start and each step, seen through a mapping, is one of the other's."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from haboot import (
    Action,
    Clause,
    Constraint,
    Fairness,
    Kind,
    Limits,
    ModelError,
    Move,
    Outcome,
    Property,
    Slot,
    System,
    Value,
    View,
    check,
    refines,
    strong,
    weak,
)
from haboot.checker.packed.identity import identity

from examples.two_phase_commit import implements, two_phase_commit
from tests.agreement import against_textbook, alike
from tests.drawn_systems import chance_of, dice_of, drawn_system, drawn_test, fairness
from tests.textbook import Space, explored_system, judged

ENGINES = ("graph", "packed")
State = tuple[Value, ...]


def image(system: System, space: Space, reads: tuple[str, ...], dice: Random) -> System:
    """Return a system that does what another does to some slots, but for a step or a start now and then."""
    steps: dict[State, list[State]] = {}
    for source, target in sorted(space.graph.edges()):
        before, after = (tuple(space.states[node][name] for name in reads) for node in (source, target))
        if dice.random() < 0.95 and before != after and after not in steps.setdefault(before, []):
            steps[before].append(after)
    starts = [tuple(state[name] for name in reads) for state in system.initial]
    kept = [one for one in starts if dice.random() < 0.6] or [tuple(space.states[-1][name] for name in reads)]

    def effect(view: View) -> list[dict[str, Value]]:
        now = tuple(view[f"its {name}"] for name in reads)
        return [{f"its {name}": value for name, value in zip(reads, one, strict=True)} for one in steps.get(now, [])]

    names = tuple(f"its {name}" for name in reads)
    slots = (Slot(f"its {slot.name}", slot.domain) for slot in system.slots if slot.name in reads)
    initial = [dict(zip(names, one, strict=True)) for one in dict.fromkeys(kept)]
    return System("image", slots, initial, (Action("any", names, names, effect),))


def depths(abstract: System, space: Space) -> tuple[int | None, int | None]:
    """Return the lengths of the shortest traces that show a start and a step that the abstract system does not have."""
    other = explored_system(System("all", abstract.slots, _all(abstract), abstract.actions))
    number = {tuple(state.values()): node for node, state in enumerate(other.states)}
    order = [slot.name.removeprefix("its ") for slot in abstract.slots]

    def of(state: Mapping[str, Any]) -> State:
        return tuple(state[name] for name in order)

    starts = {tuple(one[slot.name] for slot in abstract.slots) for one in abstract.initial}
    first = [0 for node, state in enumerate(space.states) if not space.level[node] and of(state) not in starts]
    pairs = ((space.level[one] + 1, of(space.states[one]), of(space.states[two])) for one, two in space.graph.edges())
    second = [level for level, old, new in pairs if old != new and not other.graph.has_edge(number[old], number[new])]
    return min(first, default=None), min(second, default=None)


def _all(system: System) -> list[dict[str, Value]]:
    states: list[dict[str, Value]] = [{}]
    for slot in system.slots:
        states = [{**state, slot.name: value} for state in states for value in slot.domain]
    return states


def imaged(seed: int) -> tuple[Random, System, Space, tuple[str, ...], System]:
    """Return dice, a drawn system with its states, two slots of it, and what is seen of these as a system."""
    dice, system = dice_of("refined", seed), drawn_system(seed)
    space = explored_system(system)
    reads = tuple(dice.sample([slot.name for slot in system.slots if len(slot.domain) < 9], 2))
    return dice, system, space, reads, image(system, space, reads, dice)


def own(view: Mapping[str, Value]) -> dict[str, Value]:
    """Map what is read of a system to its image."""
    return {f"its {name}": view[name] for name in view}


def test_random_systems_refine_their_images_where_each_start_and_step_is_there() -> None:
    seen = set()
    for seed in range(60):
        _, system, space, reads, abstract = imaged(seed)
        right = depths(abstract, space)
        for engine in ENGINES:
            claims = refines("r", system, abstract, reads, own)
            report = check(system, claims, engine=engine)
            found = tuple(None if one.trace is None else len(one.trace) for one in report.verdicts)
            assert (seed, engine, found) == (seed, engine, right)
        seen.add(tuple(one is None for one in right))
    assert seen == {(True, True), (True, False), (False, True), (False, False)}


def counter(name: str, last: int, **more: Any) -> System:
    up = Action("up", (name,), (name,), lambda v: {name: v[name] + 1} if v[name] < last else None)
    return System(name, (Slot(name, range(last + 1)),), more.pop("initial", ({name: 0},)), (up,), **more)


def test_a_mapping_that_does_not_fit_the_abstract_system_is_refused() -> None:
    fine, coarse = counter("fine", 5), counter("coarse", 2)
    cases: dict[str, tuple[Any, str]] = {
        "no mapping": (lambda v: v["fine"], "its mapping returned 0; a value for each slot is due"),
        "another slot": (lambda _: {"fine": 0}, r"too much or too little: \['coarse', 'fine'\]"),
        "another value": (lambda _: {"coarse": 9}, r"slot 'coarse' cannot hold 9 \(allowed: 0, 1, 2\)"),
        "no value": (lambda _: {"coarse": [0]}, "slot 'coarse' raised TypeError"),
    }
    for mapping, said in cases.values():
        with pytest.raises(ModelError, match=f"refinement 'r'.*{said}"):
            check(fine, refines("r", fine, coarse, ("fine",), mapping))
    with pytest.raises(ModelError, match="a mapping is a function, not 'coarse'"):
        refines("r", fine, coarse, ("fine",), "coarse")  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="the abstract system is 'coarse'"):
        refines("r", fine, "coarse", ("fine",), dict)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="declares slot 'fin', which does not exist; did you mean 'fine'"):
        refines("r", fine, coarse, ("fin",), dict)


@pytest.mark.parametrize("engine", ENGINES)
def test_only_the_starts_that_the_constraint_leaves_need_be_starts(engine: str) -> None:
    up = Action("up", ("fine",), ("fine",), lambda v: {"fine": v["fine"] + 1} if v["fine"] < 5 else None)
    fine = System(
        "fine",
        (Slot("fine", range(6)), Slot("odd", (False, True))),
        ({"fine": 0, "odd": False}, {"fine": 5, "odd": True}),
        (up,),
        constraint=Constraint("even", ("odd",), lambda v: not v["odd"]),
    )
    claims = refines("r", fine, counter("coarse", 5), ("fine",), lambda v: {"coarse": v["fine"]})
    assert [str(one.answer) for one in check(fine, claims, engine=engine).verdicts] == ["HOLDS", "HOLDS"]


def test_a_bound_of_the_abstract_system_hides_a_step_and_is_refused() -> None:
    full = Action("up", (), ("coarse",), lambda _: Outcome({}, bound="full"))
    coarse = System("coarse", (Slot("coarse", range(6)),), ({"coarse": 0},), (full,))
    claims = refines("r", counter("fine", 5), coarse, ("fine",), lambda v: {"coarse": v["fine"]})
    with pytest.raises(ModelError, match="'coarse' meets its bound 'full', which hides a step"):
        check(counter("fine", 5), claims)


def test_what_was_computed_meanwhile_makes_no_other_claim() -> None:
    fine = counter("fine", 5)
    claims = refines("r", fine, counter("coarse", 5), ("fine",), lambda v: {"coarse": v["fine"]})
    before = identity(fine, claims)
    check(fine, claims, Limits())
    assert identity(fine, claims) == before


@pytest.mark.parametrize("engine", ENGINES)
def test_two_phase_commit_implements_transaction_commit_as_published(engine: str) -> None:
    report = check(two_phase_commit(3), implements(3), engine=engine)
    assert [str(one.answer) for one in report.verdicts] == ["HOLDS", "HOLDS"]
    hasty = Action("hasty", ("rm 0",), ("rm 0",), lambda v: {"rm 0": "committed"} if v["rm 0"] == "prepared" else None)
    broken = replace(two_phase_commit(3), actions=(*two_phase_commit(3).actions, hasty))
    starts, steps = check(broken, implements(3), engine=engine).verdicts
    assert (str(starts.answer), str(steps.answer)) == ("HOLDS", "VIOLATED")
    assert [step.action for step in steps.steps()] == ["prepare 0", "hasty"]


# what is promised to happen


def spared(seed: int, system: System) -> list[Property]:
    """Return properties of runs that some steps spare."""
    dice, made = dice_of("spared", seed), []
    for kind in (Kind.INFINITELY_OFTEN, Kind.STAYS):
        reads = tuple(dice.sample([slot.name for slot in system.slots], 2))
        holds, premise = drawn_test(dice, reads, 0.5), drawn_test(dice, reads, 0.7)
        salt = dice.random()

        def unless(move: Move, reads: tuple[str, ...] = reads, salt: float = salt) -> bool:
            return chance_of(salt, move.action, [(move.before[one], move.after[one]) for one in reads]) < 0.3

        clause = Clause(reads, holds, premise, "0", unless)
        made.append(Property(f"{kind} spared", kind, (clause,), fairness=fairness(dice, system)))
    return made


@pytest.mark.parametrize("batch", [pytest.param(n, marks=() if n < 3 else pytest.mark.slow) for n in range(60)])
def test_runs_that_take_some_steps_again_and_again_are_spared_as_by_the_textbook(batch: int) -> None:
    for seed in range(batch * 30, (batch + 1) * 30):
        system = drawn_system(seed)
        claims, space = spared(seed, system), explored_system(system)
        whole = check(system, claims, engine="graph")
        assert {seed: against_textbook(whole, space)} == {seed: []}
        if seed % 3 == 0:
            other = check(system, claims, Limits(workers=1 + seed % 2), engine="packed")
            assert {seed: alike(other, whole)} == {seed: []}


def promises(abstract: System, dice: Random) -> list[Fairness]:
    """Return promises of an image: its steps, or those that lead to some values."""
    names = tuple(slot.name for slot in abstract.slots)
    salt = dice.random()
    some = strong(abstract, name="some", where=lambda m: chance_of(salt, str(m.after[names[0]])) < 0.5, reads=names)
    return [weak(abstract, name="weakly"), strong(abstract, name="strongly"), some]


def kept(claim: Property, space: Space, abstract: System, promise: Fairness, reads: tuple[str, ...]) -> str:
    """Return the answer of a promise by the textbook, from all steps of the abstract system."""
    other = explored_system(System("all", abstract.slots, _all(abstract), abstract.actions))
    order = [slot.name.removeprefix("its ") for slot in abstract.slots]
    steps: dict[State, set[State]] = {}
    for one, two in other.graph.edges():
        views = [View(other.states[node], "it") for node in (one, two)]
        if one != two and (promise.where is None or promise.where(Move(views[0], "any", (), views[1]))):
            steps.setdefault(tuple(other.states[one].values()), set()).add(tuple(other.states[two].values()))

    def of(view: View) -> State:
        return tuple(view[name] for name in order)

    clause = Clause(reads, lambda v: of(v) not in steps, unless=lambda m: of(m.after) in steps.get(of(m.before), ()))
    return judged(space, replace(claim, clauses=(clause,))).answer


def test_a_promise_of_the_abstract_system_is_kept_as_by_the_textbook() -> None:
    seen = Counter[str]()
    for seed in range(40):
        dice, system, space, reads, abstract = imaged(seed)
        owed = promises(abstract, dice)
        fair = (weak(system, *(one.name for one in system.actions)), strong(system, system.actions[0].name))
        _, _, *claims = refines("r", system, abstract, reads, own, promised=owed, fairness=fair)
        answers = [kept(claim, space, abstract, one, reads) for claim, one in zip(claims, owed, strict=True)]
        for engine in ENGINES if seed % 4 == 0 else ("graph",):
            report = check(system, claims, engine=engine)
            assert {seed: [str(one.answer) for one in report.verdicts]} == {seed: answers}
            assert against_textbook(report, space) == []
        seen.update(answers)
    assert min(seen["HOLDS"], seen["VIOLATED"]) > 5


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_promised_of_a_clock_is_kept_by_a_fair_one_alone(engine: str) -> None:
    fine, coarse = counter("fine", 5), counter("coarse", 2)
    owed, mapping = (weak(coarse, name="ticks"),), lambda v: {"coarse": v["fine"] // 2}
    for fair, answer in (((weak(fine),), "HOLDS"), ((), "VIOLATED")):
        claims = refines("r", fine, coarse, ("fine",), mapping, promised=owed, fairness=fair)
        verdict = check(fine, claims, engine=engine)["r: ticks"]
        assert str(verdict.answer) == answer
        assert verdict.trace is None or (len(verdict.trace), verdict.trace.loop) == (0, 0)


def test_a_promise_that_does_not_fit_is_refused() -> None:
    fine, coarse = counter("fine", 5), counter("coarse", 2)
    cases = {
        "a promise is due": ("up", "a member of promised is 'up'"),
        "no action": (Fairness("f", ("down",)), "unknown action 'down' (allowed: up)"),
        "no slot": (Fairness("f", ("up",), where=lambda _: True, reads=("fine",)), "unknown slot 'fine'"),
    }
    for promise, said in cases.values():
        with pytest.raises(ModelError, match=re.escape(said)):
            refines("r", fine, coarse, ("fine",), dict, promised=(promise,))  # type: ignore[arg-type]
    odd = Clause(("n",), lambda _: True, unless=lambda _: True)
    with pytest.raises(ModelError, match="unless has no effect on 'always'"):
        Property("p", Kind.ALWAYS, (odd,))
    with pytest.raises(ModelError, match="a predicate is a function, not 3"):
        Clause(("n",), lambda _: True, unless=3)  # type: ignore[arg-type]
