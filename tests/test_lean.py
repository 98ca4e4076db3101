"""A search that leaves out steps finds each state at its level, and counts as if it made all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partialmethod

import numpy as np
import pytest
from haboot.checker import Action, Limits, Slot, System, quiet
from haboot.checker.constraints import constrained
from haboot.checker.limits import never
from haboot.checker.opening import opened
from haboot.checker.packed import lean
from haboot.checker.packed.layout import CLASSES, PARTITIONS, WORD, Lean
from haboot.checker.packed.lean import Arrivals, Classes
from haboot.checker.packed.partitions import Partitions
from haboot.checker.packed.rules import Form
from haboot.checker.packed.search import Search

from tests.drawn_systems import drawn_system

FORMS = (Form(), Form(rows=0), Form(runs=2, rows=2, all_rows=4), Form(runs=0))
SEEDS = range(40)


def begun(system: System, form: Form, stopped: Callable[[], bool] = never) -> Search:
    limits = Limits(workers=1, stopped=stopped)
    search = Search(constrained(opened(system, limits)), limits, form)
    search.begin()
    return search


def searched(system: System, form: Form, stopped: Callable[[], bool] = never) -> Search:
    search = begun(system, form, stopped)
    search.run(quiet, lambda _: None)
    search.finish()
    return search


def everything(some: Lean) -> Lean:
    """Make every step."""
    return Lean(some.kinds, np.full_like(some.rows, WORD), np.full_like(some.others, WORD))


def wasteful(system: System, form: Form) -> Search:
    search = begun(system, form)
    search.chosen = everything
    search.run(quiet, lambda _: None)
    return search


def levels(search: Search) -> list[set[tuple[int, ...]]]:
    found = search.partitions
    bounds = [found.bounds(level) for level in range(len(found.levels))]
    return [set(map(tuple, found.loaded(found.between(*one)).tolist())) for one in bounds]


def counts(search: Search) -> tuple[int, int, list[int]]:
    return search.at.generated, search.at.depth, search.at.fired.tolist()


def counters(number: int, most: int = 2) -> System:
    """Counters that know nothing of each other."""
    names = [f"n{k}" for k in range(number)]
    actions = [Action(f"up {name}", (name,), (name,), up(name, most)) for name in names]
    slots = tuple(Slot(name, range(most + 1)) for name in names)
    return System("counters", slots, (dict.fromkeys(names, 0),), tuple(actions))


def up(name: str, most: int) -> Callable[..., dict[str, int] | None]:
    return lambda v: {name: v[name] + 1} if v[name] < most else None


def test_levels_and_counts_are_those_of_a_search_that_makes_every_step() -> None:
    made, spared = 0, 0
    for seed in SEEDS:
        system, form = drawn_system(seed), FORMS[seed % len(FORMS)]
        search, whole = searched(system, form), wasteful(system, form)
        assert (seed, levels(search)) == (seed, levels(whole))
        assert (seed, counts(search)) == (seed, counts(whole))
        assert search.produced <= whole.produced
        made, spared = made + whole.produced, spared + whole.produced - search.produced
    assert spared > made // 20


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("number", [1, 4, 40])
def test_what_is_apart_in_all_is_made_once(form: Form, number: int) -> None:
    system = counters(number, 2 if number < 40 else 1)
    search = begun(system, form)
    for _ in range(3 if number == 40 else 9):
        while search.at.lo < search.at.width:
            search._chunk()
        search._next_level()
    assert search.produced == search.partitions.distinct - 1


def test_classes_taken_for_apart_that_are_not_lose_states(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [wasteful(drawn_system(seed), FORMS[0]).partitions.distinct for seed in SEEDS]
    monkeypatch.setattr(Classes, "_lean", nothing_touches)
    found = [searched(drawn_system(seed), FORMS[0]).partitions.distinct for seed in SEEDS]
    assert found < whole


def nothing_touches(classes: Classes) -> Lean:
    known = classes.sets
    classes.sets = [np.zeros_like(one) for one in known]
    made = LEAN(classes)
    classes.sets = known
    return made


LEAN = Classes._lean


def cuts() -> Iterator[tuple[int, int, int]]:
    dice = np.random.default_rng(3)
    for seed in SEEDS:
        yield seed, int(dice.integers(1, 9)), int(dice.integers(1, 12))


def chunked(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(Search, "_states_that_fit", lambda _: size)
    monkeypatch.setattr(Search, "_chunk_size", lambda _: size)


def assert_closed(search: Search) -> None:
    """What is expanded leads to what is found, and is what is counted."""
    partitions, rules = search.partitions, search.rules
    known = {tuple(one) for _, states in partitions.states() for one in states.tolist()}
    expanded = partitions.loaded(partitions.between(np.zeros(PARTITIONS, np.int64), search.at.expanded))
    generated, fired = len(rules.starts), np.zeros(len(rules.system.actions), np.int64)
    for state in expanded:
        for number, one in rules.outcomes(state):
            if one.patch is not None:
                keep, put = rules.made.patches[number]
                assert tuple((state & keep | put).tolist()) in known
                generated, fired[one.action] = generated + 1, fired[one.action] + 1
    assert (generated, fired.tolist()) == (search.at.generated, search.at.fired.tolist())


def test_a_search_cut_amid_a_level_holds_all_that_its_states_lead_to(monkeypatch: pytest.MonkeyPatch) -> None:
    amid = 0
    for seed, size, moment in cuts():
        left = iter(range(moment))
        chunked(monkeypatch, size)
        search = searched(drawn_system(seed), FORMS[seed % len(FORMS)], lambda left=left: next(left, None) is None)
        assert_closed(search)
        amid += 0 < search.at.lo < search.at.width
    assert amid > 5


def test_what_memory_does_not_suffice_for_counts_as_not_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    undone, insert = 0, Partitions.insert
    for seed, size, moment in cuts():
        left, search = iter(range(moment)), begun(drawn_system(seed), FORMS[seed % len(FORMS)])

        def fits(own: Partitions, *given: object, left: Iterator[int] = left, **more: bool) -> bool:
            return next(left, None) is not None and insert(own, *given, **more)  # type: ignore[arg-type]

        chunked(monkeypatch, size)
        monkeypatch.setattr(Partitions, "insert", fits)
        monkeypatch.setattr(Partitions, "grow", lambda *_: False)
        search.run(quiet, lambda _: None)
        before, left = search.at.lo, iter(range(seed % 2))
        monkeypatch.setattr(Partitions, "insert", partialmethod(fits, left=left))
        search.finish()
        monkeypatch.undo()
        assert_closed(search)
        undone += search.at.lo < before
    assert undone


def test_classes_end_and_outcomes_beyond_them_are_always_made() -> None:
    search = begun(counters(CLASSES + 20, 1), Form())
    kinds = search.rules.model.lean.kinds
    assert sorted(set(kinds.tolist())) == [*range(CLASSES)]
    assert (kinds == 0).sum() == 21
    assert (search.rules.model.lean.others & np.uint64(1))[:, 0].all()


def test_outcomes_beyond_those_that_are_sorted_are_always_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lean, "SORTED", 3)
    for seed in SEEDS:
        system = drawn_system(seed)
        search = searched(system, Form(runs=0))
        assert not search.rules.model.lean.kinds[64:].any()
        assert levels(search) == levels(wasteful(system, Form(runs=0)))


def test_a_frontier_that_begins_elsewhere_than_was_noted_is_not_known() -> None:
    arrivals = Arrivals()
    found = np.zeros(PARTITIONS, np.int64)
    found[[3, 5]] = 1
    arrivals.turn(found)
    arrivals.fresh[[3, 5], 0] = 7
    before, found = found, found + 1
    arrivals.turn(found)
    assert arrivals.of(before)[[3, 5], 0].tolist() == [7, 7]
    before[3] = 0
    assert arrivals.of(before)[[3, 5], 0].tolist() == [0, 7]
