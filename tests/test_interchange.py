"""Keys that are interchangeable: their orbits are the true ones, and no verdict or length changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import pytest
from haboot import (
    Action,
    Interchangeable,
    Limits,
    ModelError,
    Property,
    Slot,
    System,
    View,
    action,
    always,
    array,
    check,
    for_each,
    sequences,
)

from tests.agreement import against_textbook
from tests.keyed_systems import keyed_properties, keyed_system, orbits
from tests.slips import Slips, require_told
from tests.test_differential import summary
from tests.textbook import explored_system

REDUCED = Limits(symmetry=True, workers=1)


FEW, BATCHES, COMPARED = (
    250,
    50,
    6,
)  # states that are few enough, tests, and systems of so few states that each compares


@pytest.mark.parametrize("batch", [pytest.param(n, marks=() if n < 3 else pytest.mark.slow) for n in range(BATCHES)])
def test_keys_in_arrays_and_in_values_make_true_orbits_and_change_no_verdict(batch: int) -> None:
    compared, seeds = 0, count(batch, BATCHES)
    while compared < COMPARED:
        system, parts = keyed_system(seed := next(seeds))
        if not 2 < check(system, [], Limits(max_states=FEW), engine="graph").space.distinct <= FEW:
            continue
        claims = keyed_properties(seed, system, parts)
        space = explored_system(system)
        whole, reduced = check(system, claims, engine="graph"), check(system, claims, REDUCED)
        assert {seed: against_textbook(whole, space)} == {seed: []}
        distinct = orbits(parts, space.states)
        assert {seed: (reduced.space.distinct, summary(reduced))} == {seed: (distinct, summary(whole))}
        told = f"{distinct:,} orbits stand for {len(space.states):,} states"
        assert {seed: reduced.space.reductions} == {seed: (f"symmetry (proven): {told}",)}
        compared += 1


PIDS = ("ann", "bob", "cid")


def lock(pids: tuple[str, ...] = PIDS, *, fair: bool = True) -> System:
    """Return a lock that is handed on in the order of a queue; if unfair, the first process passes the others."""
    pc, queue = (
        array("pc", pids, ("idle", "waiting", "critical")),
        Slot("queue", sequences(pids, len(pids), distinct=True)),
    )

    @action(over=pids)
    def ask(v: View, pid: str) -> dict[Any, Any] | None:
        behind = (pid, *v[queue]) if pid == pids[0] and not fair else (*v[queue], pid)
        return {pc[pid]: "waiting", queue: behind} if v[pc[pid]] == "idle" and len(v[queue]) < len(pids) else None

    @action(over=pids)
    def enter(v: View, pid: str) -> dict[Any, Any] | None:
        free = "critical" not in pc.of(v).values()
        return {pc[pid]: "critical", queue: v[queue][1:]} if v[queue][:1] == (pid,) and free else None

    @action(over=pids)
    def leave(v: View, pid: str) -> dict[Any, Any] | None:
        return {pc[pid]: "idle"} if v[pc[pid]] == "critical" else None

    symmetry = (Interchangeable(pids, [pc], [queue]),)
    return System("lock", (*pc, queue), ({**pc.filled("idle"), queue: ()},), (*ask, *enter, *leave), symmetry=symmetry)


def exclusion(pids: tuple[str, ...]) -> Property:
    names = [f"pc {pid}" for pid in pids]
    return always("exclusion", (*names, "queue"), lambda v: [v[one] for one in names].count("critical") < 2)


@pytest.mark.parametrize("number", [2, 3, 4, 5])
def test_an_invariant_over_all_slots_is_judged_however_many_processes_there_are(number: int) -> None:
    pids = tuple("abcde"[:number])
    report = check(lock(pids), [exclusion(pids)], REDUCED)
    assert str(report["exclusion"].answer) == "HOLDS"
    # idle ones and the order of those who wait, with or without one inside
    distinct = sum(1 + (waiting < number) for waiting in range(number + 1))
    assert report.space.distinct == distinct
    assert report.space.reductions[0].startswith(f"symmetry (proven): {distinct} orbits")


def test_values_that_tell_keys_apart_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match="its symmetry is none"):
        check(lock(fair=False), [], REDUCED)
    monkeypatch.setattr("haboot.checker.packed.space.UNREDUCED", 0)
    ann = always("ann waits behind", ("queue",), lambda v: v["queue"][:1] != ("ann",))
    verdict = check(lock(), [ann], REDUCED).verdicts[0]
    assert (str(verdict.answer), "tells interchangeable blocks apart" in verdict.note) == ("INCOMPLETE", True)


def test_keys_that_no_value_names_are_blocks() -> None:
    pc = array("pc", PIDS, (0, 1))
    up = for_each(PIDS, lambda pid: Action(f"up {pid}", effect=lambda _: {pc[pid]: 1}))
    system = System("up", pc, (pc.filled(0),), up, symmetry=(Interchangeable(PIDS, [pc]),))
    assert system.symmetry == ((("pc ann",), ("pc bob",), ("pc cid",)),)
    assert check(system, [], REDUCED).space.distinct == 4


def test_states_of_several_words_have_true_orbits() -> None:
    wide = array("wide", PIDS, range(1 << 15))
    more, holder = [Slot(f"more {n}", range(1 << 15)) for n in range(10)], Slot("holder", (None, *PIDS))

    @action(over=PIDS)
    def turn(v: View, pid: str) -> dict[Any, Any] | None:
        return {wide[pid]: v[wide[pid]] + 1, holder: pid} if v[wide[pid]] < 3 else None

    slots = (*wide, *more, holder)
    start: dict[Any, Any] = {**wide.filled(0), **dict.fromkeys(more, 77), holder: None}
    made = System("wide", slots, (start,), turn, symmetry=(Interchangeable(PIDS, [wide], [holder]),))
    states = check(replace(made, symmetry=()), [], engine="packed").space.distinct
    space = check(made, [], REDUCED).space
    assert space.reductions == (f"symmetry (proven): {space.distinct:,} orbits stand for {states:,} states",)
    assert space.distinct < states / 4
    most = {Slot(f"most {n}", range(1 << 15)): 0 for n in range(8)}
    with pytest.raises(ModelError, match=r"is one of states of 6 words \(at most 4\)"):
        check(replace(made, slots=(*slots, *most), initial=({**start, **most},)), [], REDUCED)


def system(*groups: Any, slots: tuple[Slot[Any], ...] = ()) -> Callable[[], object]:
    """Return a check of a system of one array over three keys, and of more slots, by some symmetry."""
    pc = array("pc", PIDS, (0, 1))
    every = (*pc, *slots)
    made = {slot: slot.domain[0] for slot in every}
    return lambda: check(System("s", every, (made,), (), symmetry=groups), [], REDUCED)


PC, NAMES = array("pc", PIDS, (0, 1)), Slot("holder", (None, *PIDS))
MATRIX = array("m", [(one, two) for one in PIDS for two in PIDS], (0, 1))
SLIPS: Slips = {
    "an array over nothing": (
        lambda: Interchangeable(PIDS, [array("n", (1, 2), (0, 1))]),
        "array 'n' goes over [1, 2], none of which names a key",
    ),
    "no array": (lambda: Interchangeable(PIDS, [NAMES]), "a member of arrays is"),  # type: ignore[list-item]
    "keys twice": (lambda: Interchangeable(("a", "a"), []), "has the value 'a' twice"),
    "an array with a gap": (
        system(Interchangeable(PIDS, [array("pc", PIDS[:2], (0, 1))], [NAMES]), slots=(NAMES,)),
        "array 'pc' has no 'cid' (there are: ['ann', 'bob'])",
    ),
    "no slot": (
        system(Interchangeable(PIDS, [PC], ["holdr"])),
        "its symmetry names slot 'holdr', which does not exist",
    ),
    "a value that cannot be": (
        system(Interchangeable(PIDS, [PC], ["few"]), slots=(Slot("few", (None, "ann")),)),
        "its symmetry is none: it makes of 'ann' in slot 'few' 'bob', which slot 'few' cannot hold",
    ),
    "a slot in blocks and in an array": (
        system(Interchangeable(PIDS, [PC], [NAMES]), (("pc ann",), ("pc bob",)), slots=(NAMES,)),
        "its symmetry names slot 'pc ann', in more than one place",
    ),
    "one key in two groups": (
        system(Interchangeable(PIDS, [MATRIX, PC]), Interchangeable(PIDS, [MATRIX]), slots=tuple(MATRIX)),
        "has two groups with the key 'ann', and both name slot 'm ('ann', 'ann')'; name keys apart",
    ),
    "one holds keys, one does not": (
        system(Interchangeable(PIDS, [PC], ["pc ann"])),
        "exchanges slots 'pc ann' and 'pc bob', of which one alone holds keys",
    ),
    "domains that differ": (
        lambda: check(
            System(
                "s",
                (Slot("pc ann", (0, 1)), Slot("pc bob", (0,)), Slot("pc cid", (0,)), NAMES),
                ({"pc ann": 0, "pc bob": 0, "pc cid": 0, "holder": None},),
                (),
                symmetry=(Interchangeable(PIDS, [PC], [NAMES]),),
            ),
            [],
            REDUCED,
        ),
        "exchanges slots 'pc ann' and 'pc bob', whose domains differ",
    ),
    "too many": (
        system(Interchangeable(tuple("abcdefgh"), [], ["named"]), slots=(Slot("named", tuple("abcdefgh")),)),
        "has 40,320 permutations to try of each state (at most 5,040)",
    ),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_told_in_one_line(name: str) -> None:
    require_told(SLIPS[name])


def test_images_that_would_take_too_much_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haboot.checker.packed.permuting.ROOM", 1000)
    with pytest.raises(ModelError, match="takes more than 1,000 bytes; give fewer keys, or slots fewer values"):
        check(lock(), [], REDUCED)


def test_a_record_that_refuses_another_name_is_told() -> None:
    @dataclass(frozen=True)
    class Picky:
        who: str

        def __post_init__(self) -> None:
            if self.who != "ann":
                raise ValueError("only ann")

    held = Slot("held", (None, Picky("ann")))
    with pytest.raises(ModelError, match="with other names raised ValueError: only ann"):
        system(Interchangeable(PIDS, [PC], [held]), slots=(held,))()
