"""Two copies in full among others: what a property says of any two is proven, and no member says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations

import pytest
from haboot.checker import Answer, Clause, Kind, Limits, Property, System, View
from haboot.checker.copies import Replicated, abstraction, for_every_number, pairs

from tests.random_copies import random_family
from tests.test_any_number import ask, contradictions, lock

Test = Callable[[View, str, str], bool]
USUAL = range(6)
BY_TWO = "any two in full among others"


def paired(family: Replicated, holds: Test, *, alone: bool = False, reads: tuple[str, ...] = ()) -> Replicated:
    """Return a family that is also asked ``apart`` of any two workers, and with ``alone`` of one, where it is true."""

    def clauses(number: int) -> Iterator[Clause]:
        states = [f"worker {one}.state" for one in range(1, number + 1)]
        yield from (Clause((one,), lambda _: True) for one in states if alone)
        for one, other in combinations(states, 2):
            yield Clause((one, other, *reads), lambda view, one=one, other=other: holds(view, one, other))

    def claims(number: int, system: System) -> tuple[Property, ...]:
        made = tuple(clauses(number))
        return (*family.claims(number, system), *((Property("apart", Kind.ALWAYS, made),) if made else ()))

    return replace(family, claims=claims, pool={})


def are_not_both(state: str) -> Test:
    return lambda view, one, other: not view[one] == view[other] == state


@pytest.mark.parametrize("alone", [False, True])
def test_what_is_said_of_any_two_is_proven_by_two_among_others(*, alone: bool) -> None:
    family = paired(lock(), are_not_both("in"), alone=alone)
    found = for_every_number(family, ask)["apart"]
    assert found.answer is Answer.HOLDS
    assert found.basis[-1].startswith(f"for every number of copies: {BY_TWO} that take and give back lock")
    assert contradictions(family) == []
    assert for_every_number(paired(lock(limit=2), are_not_both("in"), alone=alone), ask)["apart"].note.startswith(
        "with 2 copies"
    )


def is_free_where_both_are_out(view: View, one: str, other: str) -> bool:
    return view["lock"] == 0 or "in" in {view[one], view[other]}


def is_within(view: View, one: str, other: str) -> bool:
    return view["lock"] <= 5 or not view[one] == view[other] == "in"


def test_others_may_break_what_two_alone_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    family = paired(lock(), is_free_where_both_are_out, reads=("lock",))
    assert for_every_number(family, ask)["apart"].note.startswith("with 3 copies")
    beyond = paired(lock(limit=9), is_within, reads=("lock",))
    assert for_every_number(beyond, ask)["apart"].answer is Answer.INCOMPLETE
    monkeypatch.setattr(abstraction.Abstraction, "deeds", ())
    assert "apart" in pairs.Pairs(family, ask, Limits()).proven


def of_other_numbers(number: int, _: System) -> tuple[Property, ...]:
    """Of three workers it says more than of two."""
    states = [f"worker {one}.state" for one in range(1, number + 1)]
    two = (
        Clause(pair, lambda view, pair=pair: number == 2 or view[pair[0]] == "out") for pair in combinations(states, 2)
    )
    return (Property("apart", Kind.ALWAYS, tuple(two)),) if number > 1 else ()


def of_three(number: int, _: System) -> tuple[Property, ...]:
    """Of three workers it looks at all."""
    states = tuple(f"worker {one}.state" for one in range(1, number + 1))
    one = Clause(states, lambda view: [view[name] for name in states].count("in") < 2)
    return (Property("apart", Kind.ALWAYS, (one,)),) if number > 1 else ()


def test_a_property_that_says_otherwise_of_three_is_not_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    other, whole = (
        replace(lock(), claims=claims, joint=frozenset(), pool={}) for claims in (of_other_numbers, of_three)
    )
    assert for_every_number(other, ask)["apart"].note.startswith("with 3 copies")
    assert for_every_number(whole, ask)["apart"].answer is Answer.INCOMPLETE
    monkeypatch.setattr(pairs.Pairs, "_is_of_two", lambda _, claim: claim.name == "apart")
    assert "apart" in pairs.Pairs(other, ask, Limits()).proven


@pytest.mark.parametrize("seed", [*USUAL, *(pytest.param(one, marks=pytest.mark.slow) for one in range(6, 150))])
def test_random_families_agree_with_what_is_proven_of_any_two(seed: int) -> None:
    for state in "stu":
        assert contradictions(paired(random_family(seed), are_not_both(state), alone=seed % 2 > 0)) == []


def test_some_of_it_is_proven_of_random_families() -> None:
    found = (for_every_number(paired(random_family(seed), are_not_both("t")), ask)["apart"] for seed in range(8))
    assert sum(any(BY_TWO in told for told in one.basis) for one in found) >= 2
