"""The labelled search says of each property what exploring every set of assumptions by itself says."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from haboot.checker import Action, Fact, Limits, ModelError, Network, Property, Slot, System, always, quiet
from haboot.checker.asking import Asked
from haboot.checker.families import UNCHOSEN, family, under
from haboot.checker.packed import Bits, Found, LabelledSearch
from haboot.checker.spaces import Query

from tests.labelled_systems import NAMES, broken, labelled_system, safety


def asked_of(claims: Sequence[Property]) -> tuple[list[tuple[bool, Query]], list[list[int]]]:
    """Return the questions of properties, and by property their numbers."""
    asked: list[tuple[bool, Query]] = []
    groups: list[list[int]] = []
    for one in claims:
        groups.append([])
        for clause in one.clauses:
            groups[-1].append(len(asked))
            asked.append((one.of_steps, Asked(one, clause).settling))
    return asked, groups


def found_in(system: System, claims: Sequence[Property], most: int, limits: Limits | None = None) -> Found:
    asked, groups = asked_of(claims)
    search = LabelledSearch(family(system), asked, Bits(NAMES), most)
    return search.run(limits or Limits(), groups, quiet)


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
    assert (cut.order, cut.cut, cut.sets) == (1, "max-states 3", ((),))


def test_a_circumstance_that_nobody_reads_is_neither_state_nor_used() -> None:
    idle = Slot("idle", (0, 1), assumes={1: "b"})
    up = Action("up", ("n",), ("n",), lambda v: {"n": 1} if not v["n"] else None, assumes="a")
    starts = tuple({"n": 0, "idle": value} for value in (0, 1))
    whole = family(System("idle", (Slot("n", (0, 1)), idle), starts, (up,)))
    assert [dict(one) for one in whole.system.initial] == [{"n": 0, "idle": UNCHOSEN}]
    found = found_in(System("idle", (Slot("n", (0, 1)), idle), starts, (up,)), [], 2)
    assert found.states == 2


def test_what_is_given_does_not_count_and_what_is_not_named_is_not_there() -> None:
    asked, groups = asked_of([always("not three", ("n",), lambda v: v["n"] != 3)])
    less = LabelledSearch(family(chain(4)), asked, Bits(("b", "c"), given=("a",)), 2).run(Limits(), groups)
    assert less.sets == ((frozenset("bc"),),)
    none = LabelledSearch(family(chain(4)), asked, Bits(("b", "c")), 2).run(Limits(), groups)
    assert none.sets == ((),)


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
