"""Faults of drawn compositions, beside the same compositions written by hand without what a set does not allow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations, product
from random import Random
from typing import Literal

import pytest
from haboot.checker import (
    Answer,
    Composition,
    Fact,
    Input,
    Instance,
    Local,
    Model,
    Network,
    Participant,
    Property,
    Report,
    Row,
    always,
    check,
    compose,
    no_deadlock,
    recoverable,
    sometimes,
)
from haboot.checker.boundary import Needs, met, minimal
from haboot.studies import FaultSets, faulty_model, minimal_fault_sets

NAMES = ("a", "b", "c")
DEEDS = ("loss", "duplication", "reordering")
FULL: tuple[Literal["lose", "wait", "bound"], ...] = ("lose", "wait", "bound")
Drawn = Callable[[frozenset[str] | None], Composition]


@dataclass(frozen=True)
class Item:
    """What is sent."""

    number: int

    def __str__(self) -> str:
        return f"item {self.number}"


def first(me: Local) -> None:
    me.send("far", Item(1))


def second(me: Local) -> None:
    me.send("far", Item(2))


def take(me: Local) -> None:
    me.late = me.late or me.message.number < me.last
    me.last = me.message.number
    me.got = min(me.got + 1, 3)


def hears(me: Local) -> bool:
    return bool(me.see("open"))


SENDER = Participant(
    "sender",
    ("0", "1", "2"),
    "0",
    terminal=frozenset({"2"}),
    rows=(
        Row("sends", ("0",), "1", (), (first,)),
        Row("repeats", ("1",), "1", (), (first,)),
        Row("ends", ("1",), "2", (), (second,)),
        Row("falls", ("1", "2"), "0"),
    ),
)
RECEIVER = Participant(
    "receiver",
    ("on",),
    "on",
    variables={"got": (0, 1, 2, 3), "last": (0, 1, 2), "late": (False, True)},
    terminal=frozenset({"on"}),
    inputs={"open": (False, True)},
    rows=(Row(Item, ("on",), "=", (hears,), (take,)),),
    unexpected="discard",
)
CLAIMS: tuple[Property, ...] = (
    always("in order", ("R.late",), lambda v: not v["R.late"]),
    always("few", ("R.got",), lambda v: v["R.got"] < 3),
    sometimes("some", ("R.got",), lambda v: v["R.got"] == 2),
    sometimes("falls back", ("S.state", "R.got"), lambda v: v["S.state"] == "0" and v["R.got"] > 0),
    recoverable("may get", ("R.got",), lambda v: v["R.got"] > 1),
    no_deadlock("gets", ("R.got",), lambda v: v["R.got"] > 0),
)


def drawn(seed: int) -> Drawn:
    """Return a function that gives a composition with what each part needs, or what a set of assumptions leaves."""
    dice = Random(f"composition {seed}")  # noqa: S311 - no secret

    def needs() -> Needs:
        if dice.random() < 0.4:
            return (frozenset(),)
        return minimal(frozenset(dice.sample(NAMES, dice.choice((1, 1, 2)))) for _ in range(dice.choice((1, 1, 2))))

    triggers = {name: needs() for name in ("repeats", "ends", "falls")}
    deeds = {name: needs() for name in DEEDS if dice.random() < 0.8}
    shut, begun = needs(), needs()
    capacity, full = dice.choice((1, 2)), dice.choice(FULL)
    bounds = {name: 1 for name in ("loss", "duplication") if name in deeds and dice.random() < 0.3}

    def made(given: frozenset[str] | None) -> Composition:
        whole, given = given is None, given or frozenset()
        there = [name for name, some in deeds.items() if whole or met(some, given)]
        network = Network(
            **dict.fromkeys(there, True),
            capacity=capacity,
            full=full,
            at_most={name: most for name, most in bounds.items() if name in there},
            assumes=deeds if whole else {},
        )
        sender = Instance(
            "S",
            SENDER,
            "near",
            assumes=triggers if whole else {},
            disabled=frozenset(name for name, some in triggers.items() if not whole and not met(some, given)),
        )
        receiver = Instance(
            "R",
            RECEIVER,
            "far",
            inputs={"open": Input(("shut",), lambda v: not v["shut"])},
            start={"last": (0, 2) if whole or met(begun, given) else (0,)},
            start_assumes={"last": {2: begun}} if whole else {},
        )
        values = (False, True) if whole or met(shut, given) else (False,)
        fact = Fact("shut", values, assumes={True: shut} if whole else {})
        return Composition("drawn", (sender, receiver), network, facts=(fact,))

    return made


def every_set() -> list[frozenset[str]]:
    return [frozenset(some) for size in range(len(NAMES) + 1) for some in combinations(NAMES, size)]


def explored(whole: Composition) -> Report:
    return check(compose(whole), CLAIMS, engine="graph")


def is_cut(whole: Composition) -> bool:
    """Whether a bound cuts runs, also where the network does less than it may."""
    network = whole.network
    less = product({network.duplication, False}, {network.reordering, False})
    here = (replace(network, duplication=one, reordering=other, at_most={}) for one, other in less)
    return any(explored(replace(whole, network=one)).space.bounds_hit for one in here)


def tells(found: FaultSets, name: str, given: frozenset[str]) -> bool:
    """Whether the intervals of a property say that it breaks under a set."""
    some = found.intervals.found.get(name, ())
    return any(given >= {*one.faults} and not any(given >= {*one.faults, *more} for more in one.unless) for one in some)


@pytest.mark.parametrize("seed", range(20))
def test_faults_of_a_composition_are_those_of_compositions_without_what_nobody_assumes(seed: int) -> None:
    made = drawn(seed)
    whole = faulty_model(Model("drawn", made(None), CLAIMS))
    reports = {given & {*whole.names}: explored(made(given)) for given in every_set()}
    found = minimal_fault_sets(whole, len(NAMES), [one.name for one in CLAIMS])
    for name, wanted in (("in order", "VIOLATED"), ("few", "VIOLATED"), ("some", "HOLDS"), ("falls back", "HOLDS")):
        lengths = {given: len(one[name].steps()) for given, one in reports.items() if one[name].answer == wanted}
        told = {**found.sets, **found.reached}.get(name, ())
        assert {frozenset(one.faults): one.length for one in told} == {one: lengths[one] for one in minimal(lengths)}
    for name in ("may get", "gets"):
        for given, report in reports.items():
            is_open = report[name].answer is Answer.INCOMPLETE
            assert is_open == (given in found.intervals.open.get(name, ())), (name, given)
            assert is_open or tells(found, name, given) == (report[name].answer is Answer.VIOLATED), (name, given)
    settled = [{frozenset(one.faults) for one in some} for some in (found.sets | found.reached).values()]
    for given, report in reports.items():
        known = len(settled) == 4 and all(any(one <= given for one in some) for some in settled)
        assert known or not report.space.bounds_hit or any(one <= given for one in found.bounded), given
    assert all(is_cut(made(given)) for given in found.bounded)


def test_what_needs_more_than_duplication_is_there_where_the_network_duplicates() -> None:
    network = Network(duplication=True, capacity=2, full="lose", assumes={"duplication": "a"})
    sender = Instance("S", SENDER, "near", assumes={"ends": {"a", "b"}}, disabled=frozenset({"falls"}))
    receiver = Instance("R", RECEIVER, "far", inputs={"open": Input((), lambda _: True)})
    held = ("near>far.0", "near>far.1")
    full = sometimes(
        "two wait at the end", ("S.state", *held), lambda v: v["S.state"] == "2" and v[held[0]] == v[held[1]] == Item(1)
    )
    found = minimal_fault_sets(faulty_model(Model("full", Composition("full", (sender, receiver), network), [full])), 2)
    assert (found.order, found.reached) == (2, {})
