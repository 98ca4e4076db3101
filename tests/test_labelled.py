"""The labelled search says of each property what exploring every set of assumptions by itself says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from haboot.checker import Action, Fact, Limits, ModelError, Network, Property, Slot, System, View, always, quiet
from haboot.checker.families import UNCHOSEN, family, under
from haboot.checker.packed import Bits, Form, Found, LabelledSearch

from tests.labelled_systems import NAMES, TIGHT, asked_of, broken, labelled_system, safety


def found_in(system: System, claims: Sequence[Property], most: int, limits: Limits | None = None) -> Found:
    asked, groups = asked_of(claims)
    return LabelledSearch(family(system), asked, Bits(NAMES), most, groups).run(limits or Limits(), quiet)


@pytest.mark.parametrize("seed", range(30))
def test_all_minimal_sets_are_those_of_brute_force(seed: int) -> None:
    system = labelled_system(seed)
    claims, most = safety(seed, system), 4
    found = found_in(system, claims, most)
    known, cut = broken(system, claims, most)
    _, groups = asked_of(claims)
    assert found.order == most
    for one, group in zip(claims, groups, strict=True):
        sets = {some for number in group for some in found.sets[number]}
        assert {some for some in sets if not any(other < some for other in sets)} == known[one.name], one.name
    alone = found_in(system, claims[:1], most)  # where a set that breaks the only property is grown no further
    assert {some for number in groups[0] for some in alone.sets[number]} >= known[claims[0].name] if claims else True
    assert cut == set(found.bounded) or claims == []


def told(found: Found) -> tuple[object, ...]:
    """Return what does not depend on how the search went."""
    return tuple(map(set, found.sets)), set(found.bounded), found.order, found.cut, found.states


@pytest.mark.parametrize("seed", range(8))
def test_what_is_found_depends_on_no_room_budget_or_number_of_workers(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = labelled_system(seed)
    claims = safety(seed, system)
    one, several = (found_in(system, claims, 3, Limits(workers=count)) for count in (1, 3))
    for name, value in TIGHT.items():
        monkeypatch.setattr(f"haboot.checker.packed.{name}", value)
    tight = found_in(system, claims, 3, Limits(workers=2))
    assert told(one) == told(several) == told(tight)


@pytest.mark.parametrize("seed", range(12))
def test_a_set_with_too_many_states_is_named_and_all_that_lies_outside_is_found(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("haboot.checker.packed.alone.BUDGET", 1)
    monkeypatch.setattr("haboot.checker.packed.labelled.MOST_STATES", 3)
    system = labelled_system(seed)
    claims, most = safety(seed, system), 3
    found, (known, _) = found_in(system, claims, most), broken(system, claims, most)
    _, groups = asked_of(claims)
    assert found.order == most
    for claim, group in zip(claims, groups, strict=True):
        sets = {some for number in group for some in found.sets[number]}
        for one in known[claim.name]:
            assert one in sets or any(large <= one for large in found.large)
        for one in sets:
            assert any(some <= one for some in known[claim.name])


def test_some_set_is_too_large_where_few_states_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haboot.checker.packed.alone.BUDGET", 1)
    monkeypatch.setattr("haboot.checker.packed.labelled.MOST_STATES", 1)
    up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 9 else None)
    start = Action("start", ("n",), ("n",), lambda v: {"n": 1} if not v["n"] else None, assumes="a")
    more = Action("more", ("n",), ("n",), lambda v: {"n": 9} if v["n"] == 1 else None, assumes="b")
    moved = replace(up, effect=lambda v: {"n": v["n"] + 1} if 0 < v["n"] < 9 else None)
    system = System("counts", (Slot("n", range(10)),), ({"n": 0},), (moved, start, more))
    found = found_in(system, [always("below", ("n",), lambda v: v["n"] != 9)], 2)
    assert found.large == (frozenset("a"),)
    assert (found.order, found.sets) == (2, ((),))


def chain(length: int) -> System:
    """Return steps that need an assumption each, one after the other."""
    steps = tuple(
        Action(f"step {n}", ("n",), ("n",), lambda v, n=n: {"n": n + 1} if v["n"] == n else None, assumes=NAMES[n])
        for n in range(length)
    )
    return System("chain", (Slot("n", range(length + 1)),), ({"n": 0},), steps)


def test_a_search_that_is_cut_is_complete_up_to_an_order_and_says_so() -> None:
    claims = [always("not three", ("n",), lambda v: v["n"] != 3)]
    assert found_in(chain(4), claims, 4).sets == ((frozenset("abc"),),)
    cut = found_in(chain(4), claims, 4, Limits(max_states=3))
    assert (cut.order, cut.cut, cut.sets) == (2, "max-states 3", ((frozenset("abc"),),))


def test_more_sets_than_there_is_room_for_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haboot.checker.packed.labelled.MOST_SETS", 0)
    found = found_in(chain(1), [always("not one", ("n",), lambda v: v["n"] != 1)], 1)
    assert (found.order, found.cut) == (-1, "0 sets of one question")


def test_a_circumstance_that_nobody_reads_is_neither_state_nor_used() -> None:
    idle = Slot("idle", (0, 1), assumes={1: "b"})
    up = Action("up", ("n",), ("n",), lambda v: {"n": 1} if not v["n"] else None, assumes="a")
    starts = tuple({"n": 0, "idle": value} for value in (0, 1))
    whole = family(System("idle", (Slot("n", (0, 1)), idle), starts, (up,)))
    assert [dict(one) for one in whole.system.initial] == [{"n": 0, "idle": UNCHOSEN}]
    found = found_in(System("idle", (Slot("n", (0, 1)), idle), starts, (up,)), [], 2)
    assert found.states == 2


def test_an_action_is_not_evaluated_where_it_takes_more_faults_than_are_asked_together() -> None:
    asked, groups = asked_of([always("not three", ("n",), lambda v: v["n"] != 3)])
    seen = set[tuple[str, object]]()

    def noting(one: Action) -> Action:
        def effect(view: View) -> object:
            seen.add((one.name, view["n"]))
            return one.effect(view)

        return replace(one, effect=effect)

    plain = chain(4)
    both = replace(plain.actions[1], name="both", assumes={"a", "e"})
    whole = family(replace(plain, actions=tuple(noting(one) for one in (*plain.actions, both))))
    for most in (1, 2):
        seen.clear()
        search = LabelledSearch(whole, asked, Bits(NAMES), most, groups, Form(runs=0))
        assert search.run(Limits()).order == most
        there = {name for name, number in seen if number == 1}
        assert there == ({"step 0"} if most == 1 else {one.name for one in whole.system.actions})


def test_what_is_given_does_not_count_and_what_is_not_named_is_not_there() -> None:
    asked, groups = asked_of([always("not three", ("n",), lambda v: v["n"] != 3)])
    less = LabelledSearch(family(chain(4)), asked, Bits(("b", "c"), given=("a",)), 2, groups).run(Limits())
    assert less.sets == ((frozenset("bc"),),)
    none = LabelledSearch(family(chain(4)), asked, Bits(("b", "c")), 2, groups).run(Limits())
    assert none.sets == ((),)


def test_a_word_of_faults_is_searched_and_no_more() -> None:
    names = [f"fault {number}" for number in range(65)]

    def go(number: int) -> Action:
        return Action(f"{number}", ("n",), ("n",), lambda v: {"n": 1} if not v["n"] else None, assumes=names[number])

    system = System("wide", (Slot("n", (0, 1)),), ({"n": 0},), tuple(map(go, range(64))))
    asked, groups = asked_of([always("zero", ("n",), lambda v: v["n"] == 0)])
    found = LabelledSearch(family(system), asked, Bits(names[:64]), 1, groups).run(Limits())
    assert set(found.sets[0]) == {frozenset({name}) for name in names[:64]}
    with pytest.raises(ModelError, match="65 faults are more than the 64 that one search takes; choose among them"):
        Bits(names)


def test_a_slip_in_what_is_assumed_is_told() -> None:
    with pytest.raises(ModelError, match="what it assumes is 3"):
        Action("x", (), (), lambda _: None, assumes=3)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="what it assumes is 3, of type int; the name of an assumption"):
        Action("x", (), (), lambda _: None, assumes=(3,))  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="a text that is not empty, not ''"):
        Action("x", (), (), lambda _: None, assumes={""})
    with pytest.raises(ModelError, match="7 is none of its values"):
        Slot("n", (0, 1), assumes={7: "a"})
    with pytest.raises(ModelError, match="none of its values"):
        Fact("n", (0, 1), assumes={7: "a"})
    with pytest.raises(ModelError, match="unknown deed 'los'"):
        Network(loss=True, assumes={"los": "loss"})
    with pytest.raises(ModelError, match="no initial state where nothing is assumed"):
        under(System("s", (Slot("n", (0,), assumes={0: "a"}),), ({"n": 0},), ()), frozenset())
