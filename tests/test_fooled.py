"""Models that are no copies, or that count in hidden ways, do not fool the proof for every number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from enum import IntEnum
from itertools import count
from typing import Any

import pytest
from haboot.checker import (
    Answer,
    Clause,
    Composition,
    Input,
    Instance,
    Kind,
    Limits,
    Local,
    ModelError,
    Participant,
    Property,
    Report,
    Resource,
    Row,
    Silence,
    Slot,
    System,
    View,
    Writes,
    check,
)
from haboot.checker.copies import Among, Copies, Locals, Replicated, Rule, for_every_number, member

from tests.random_copies import give, sees, take

LOCK = (
    Row("takes", ("out",), "in", (sees("free", value=True),), (take,)),
    Row("gives", ("in",), "out", (), (give,)),
)
NAMES = ("a", "b", "c", "d")


def ask(system: System, claims: Sequence[Property], limits: Limits) -> Report:
    return check(system, claims, limits, engine="graph")


def worker(rows: Sequence[Row] = LOCK) -> Participant:
    return Participant("worker", ("out", "in"), "out", tuple(rows), {}, {"free": (False, True)})


PLAIN = worker()


def free(limit: int = 1) -> Input:
    return Input(("lock",), lambda view: view["lock"] < limit)


def family(
    one: Callable[[int], dict[str, Any]] = lambda _: {},
    clause: Callable[[str, int, int], Clause] | None = None,
    more: Callable[[int], dict[str, Any]] = lambda _: {},
) -> Replicated:
    """Workers at a lock; ``one`` is what a worker has otherwise, and ``clause`` what is asked of it."""

    def of(number: int) -> Composition:
        made = []
        for n, name in enumerate(NAMES[:number], start=1):
            usual: dict[str, Any] = {"participant": PLAIN, "inputs": {"free": free()}, "resource": "lock"}
            made.append(Instance(**{"name": name, "host": f"host {name}", "session": name, **usual, **one(n)}))
        return Composition("locks", tuple(made), resources=(Resource("lock", number),), **more(number))

    def asked(name: str, n: int, number: int) -> Clause:
        if clause is not None:
            return clause(f"{name}.state", n, number)
        return Clause((f"{name}.state", "lock"), lambda view: view["lock"] <= 1)

    def claims(number: int, _: System) -> tuple[Property, ...]:
        every = tuple(asked(name, n, number) for n, name in enumerate(NAMES[:number], start=1))
        return (Property("kept", Kind.ALWAYS, every),)

    return Replicated("locks", of, claims, most=2)


def fooled(drawn: Replicated) -> list[int]:
    """Return the numbers that contradict what is proven of every number; raises ModelError where it is refused."""
    found = for_every_number(drawn, ask)
    wrong = []
    for number in range(1, 5):
        system = drawn.system(number)
        exact = ask(system, drawn.claims(number, system), Limits())
        answers = {one.property.name: one.answer for one in exact.verdicts}
        proven = {one.property.name for one in found.verdicts if one.answer is Answer.HOLDS}
        broken = {name for name, answer in answers.items() if answer is Answer.VIOLATED}
        violated = {one.property.name for one in found.verdicts if one.answer is Answer.VIOLATED}
        wrong += [number] if proven & broken or broken - violated - proven - _open(found) else []
    return wrong


def _open(found: Report) -> set[str]:
    return {one.property.name for one in found.verdicts if one.answer is Answer.INCOMPLETE}


def numbered(guard: Callable[[Local], bool]) -> Participant:
    return worker((Row("takes", ("out",), "in", (guard,), (take,)), LOCK[1]))


def is_second(me: Local) -> bool:
    return bool(me.see("free")) or me.number == 2


def is_called_b(me: Local) -> bool:
    return bool(me.see("free")) or me.mine == "host b"


SECOND, CALLED = numbered(is_second), numbered(is_called_b)
HOARDER = worker((LOCK[0], Row("gives", ("in",), "in", (), ())))


def hears(n: int) -> Silence:
    return Silence(f"host {NAMES[n - 1]}", (f"host {NAMES[n - 1]}",))


def sees_besides(n: int) -> Input:
    return Input(("lock", "b.state") if n == 2 else ("lock",), lambda view: view["lock"] < 1)


def by_number(limit: Callable[[int], int]) -> Replicated:
    """A lock of which everybody sees more where there are more copies."""

    def of(number: int) -> Composition:
        made = [
            Instance(name, PLAIN, f"host {name}", name, inputs={"free": free(limit(number))}, resource="lock")
            for name in NAMES[:number]
        ]
        return Composition("locks", tuple(made), resources=(Resource("lock", number),))

    return replace(family(), of=of)


def down_at(second: int) -> dict[str, Any]:
    return {"down": {f"host {name}": free(second if name == "b" else 2) for name in NAMES[:2]}}


def asked_of_steps(clause: Callable[[str, int], Clause]) -> Replicated:
    def claims(number: int, _: System) -> tuple[Property, ...]:
        every = tuple(clause(f"{name}.state", n) for n, name in enumerate(NAMES[:number], start=1))
        return (Property("kept", Kind.STEP, every),)

    return replace(family(), claims=claims)


def leaves_out(state: str, n: int) -> Clause:
    return Clause((state,), lambda move: n != 2 or move.before[state] == move.after[state])


def names_one(state: str, n: int) -> Clause:
    return Clause((), lambda move: n != 2 or move.action != state.replace(".state", " takes"))


def several_alone(number: int, _: System) -> tuple[Property, ...]:
    """A property that one copy alone is not asked."""
    states = tuple(f"{name}.state" for name in NAMES[:number])
    out = Clause(states[1:], lambda view: all(view[one] == "out" for one in states[1:]))
    return (*((Property("kept", Kind.ALWAYS, (out,)),) if number > 1 else ()), Property("all", Kind.ALWAYS, (ALL,)))


def not_two_inside(number: int, _: System) -> tuple[Property, ...]:
    states = tuple(f"{name}.state" for name in NAMES[:number])
    few = Clause(states, lambda view: sum(view[one] == "in" for one in states) < 2)
    return (Property("kept", Kind.ALWAYS, (few,)),)


ALL = Clause((), lambda _: True)
ROOMY = replace(family(lambda _: {"inputs": {"free": free(2)}}), claims=not_two_inside)
ATTACKS: dict[str, Replicated] = {
    "a number as a constant": family(lambda n: {"participant": SECOND, "constants": {"number": n}}),
    "a name as a constant": family(lambda n: {"participant": CALLED, "constants": {"mine": f"host {NAMES[n - 1]}"}}),
    "an input of its own": family(lambda n: {"inputs": {"free": free(n)}}),
    "another participant": family(lambda n: {"participant": SECOND if n == 2 else PLAIN, "constants": {"number": n}}),
    "who keeps it": family(lambda n: {"participant": HOARDER if n == 2 else PLAIN}),
    "who begins inside": family(lambda n: {"start": {"state": ("in" if n == 2 else "out",)}}),
    "who is disabled": family(lambda n: {"disabled": frozenset({"gives"} if n == 2 else ())}),
    "a limit by how many there are": by_number(lambda number: number),
    "who is down otherwise": family(more=lambda number: down_at(3) if number > 1 else {"down": {"host a": free(2)}}),
    "a silence for a lock": family(lambda n: {"inputs": {"free": hears(n) if n == 2 else free()}}),
    "what it sees besides": family(lambda n: {"inputs": {"free": sees_besides(n)}}),
    "a step of the second alone": asked_of_steps(leaves_out),
    "a step that is named": asked_of_steps(names_one),
    "what several are asked": replace(family(), claims=several_alone),
    "what all do that none does": replace(ROOMY, joint=frozenset({"kept"})),
    "what does not suffice": replace(ROOMY, suffices=lambda _: {"kept": Property("kept", Kind.ALWAYS, (ALL,))}),
    "a clause of the second alone": family(
        clause=lambda state, n, _: Clause((state,), lambda view: n != 2 or view[state] == "out")
    ),
    "a clause by how many there are": family(
        clause=lambda state, _, number: Clause((state,), lambda view: number < 2 or view[state] == "out")
    ),
}


REFUSED = {
    "a number as a constant": "copies differ: 'a' and 'b' do not the same at 'takes' in ('out',)",
    "a name as a constant": "do not the same at 'takes'",
    "an input of its own": "copies differ: 'a' and 'b' do not see the same in input 'free'",
    "another participant": "'a' and 'b' are not of one participant",
    "who keeps it": "copies differ, at 'a gives' and 'b gives'",
    "who begins inside": "'a' and 'b' have not the same start",
    "who is disabled": "copies differ, at 'a gives' and 'nothing'",
    "a limit by how many there are": "a copy alone is no copy among two: 'a' and 'a' do not see the same",
    "who is down otherwise": "copies differ: 'host a' and 'host b' are not down alike",
    "a silence for a lock": "'a' and 'b' do not see the same in input 'free'",
    "what it sees besides": "'a' and 'b' do not see the same in input 'free'",
    "a clause of the second alone": "property 'kept' says of b.state what it says of no copy alone",
    "a clause by how many there are": "property 'kept' says of a.state what it says of no copy alone",
}
RIGHT = {
    "a step of the second alone": Answer.VIOLATED,
    "a step that is named": Answer.VIOLATED,
    "what several are asked": Answer.VIOLATED,
    "what all do that none does": Answer.VIOLATED,
    "what does not suffice": Answer.VIOLATED,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_are_no_copies_is_refused_with_what_tells_them_apart(name: str) -> None:
    with pytest.raises(ModelError) as error:
        for_every_number(ATTACKS[name], ask)
    assert REFUSED[name] in str(error.value)


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_asked_of_some_copies_alone_is_answered_as_members_do(name: str) -> None:
    assert for_every_number(ATTACKS[name], ask)["kept"].answer is RIGHT[name]
    assert fooled(ATTACKS[name]) == []


def test_every_attack_is_refused_or_right() -> None:
    assert ATTACKS.keys() == REFUSED.keys() | RIGHT.keys()


def test_what_several_are_asked_and_none_breaks_stays_open() -> None:
    def claims(number: int, _: System) -> tuple[Property, ...]:
        more = [Property(str(kind), kind, (ALL,)) for kind in (Kind.ALWAYS, Kind.STEP)] if number > 1 else []
        return (Property("all", Kind.ALWAYS, (ALL,)), *more)

    found = for_every_number(replace(family(), claims=claims), ask)
    assert found[str(Kind.ALWAYS)].answer is Answer.HOLDS
    verdict = found[str(Kind.STEP)]
    told = "open: it is asked of several copies alone; not broken with 1 copy, 2, 3, 4, 5"
    assert (verdict.answer, verdict.note) == (Answer.INCOMPLETE, told)


LETTERS = Slot("at", ("a", "b", "c"))
CALLS: list[int] = []


def goes(to: Callable[[View], str] = lambda _: "b", **more: Any) -> Copies:
    """Copies of which each may go on; two of them are not to have done so."""
    rule = Rule("goes", lambda me: {"at": to(me)} if me["at"] == "a" else None, **more)
    return Copies("goes", [LETTERS], [rule], properties=[ANY_TWO])


ANY_TWO = Among("no two", 2, lambda one, other: {one["at"], other["at"]} != {"b"})


class Tally:
    """Something that counts in an attribute, and remembers what it was asked."""

    def __init__(self) -> None:
        self.number = 0

    def counted(self, *_: object) -> bool:
        self.number += 1
        return True

    def remembered(self, *_: object) -> bool:
        self.last = 3
        return True


def counting_calls(*_: object) -> bool:
    CALLS.append(1)
    return True


def counting_in_a_variable() -> Copies:
    number = 0

    def every(*_: object) -> bool:
        nonlocal number
        number += 1
        return True

    return goes(every=every)


def counting_by_property() -> Copies:
    seen: set[int] = set()
    return replace(goes(), properties=[Among("few", 1, lambda _: seen.add(len(seen)) is None)])


def counting_in_an_object() -> Copies:
    tally = Tally()
    return goes(every=lambda me, _: tally.counted(me))


HIDDEN: dict[str, tuple[Callable[[], Copies], str]] = {
    "a list": (lambda: goes(every=counting_calls), "rule 'goes': its function keeps something between calls"),
    "a variable": (counting_in_a_variable, "in 'number', which has changed"),
    "a set of a property": (counting_by_property, "property 'few': its function keeps something between calls"),
    "an object": (counting_in_an_object, "in 'tally', which has changed"),
    "a slot of the second": (
        lambda: replace(goes(), properties=[Among("second", 1, lambda me: me["at 2"] != "b")]),
        "property 'second' reads slot 'at 2', which does not exist",
    ),
    "what the second has": (lambda: goes(others=lambda *_: {"at 2": "b"}), "rule 'goes' writes slot 'at 2'"),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_what_counts_in_hidden_ways_is_refused_with_the_rule(name: str) -> None:
    made, told = HIDDEN[name]
    with pytest.raises(ModelError) as error:
        for_every_number(made(), ask)
    assert told in str(error.value)


FICKLE: dict[str, Callable[[Iterator[int]], Copies]] = {
    "its effect": lambda asked: goes(lambda _: "b" if next(asked) == 0 else "c"),
    "every": lambda asked: goes(every=lambda *_: next(asked) == 0),
    "others": lambda asked: goes(others=lambda *_: {"at": "b"} if next(asked) == 0 else None),
}


@pytest.mark.parametrize("what", FICKLE)
def test_a_rule_that_answers_otherwise_when_asked_again_is_refused(what: str) -> None:
    known = Locals(FICKLE[what](count()))
    at = known.first_shared, known.first_own
    (move,) = known.moves(*at)
    assert known.admitted(move, *at, known.first_own)
    known.changed(move, *at, known.first_own)
    with pytest.raises(ModelError, match=f"rule 'goes' is not deterministic: {what}, asked the same again"):
        known.require_kept()


def test_what_is_kept_for_good_is_no_count() -> None:
    tally = Tally()
    model = goes(every=lambda me, _: tally.remembered(me))
    assert for_every_number(model, ask)["no two"].answer is Answer.VIOLATED


IDENTITIES: dict[str, Copies] = {
    "who is who": goes(every=lambda me, other: me is not other),
    "what they say": goes(lambda me: "b" if "1" in repr(me) else "c"),
    "what they hold": goes(every=lambda me, other: dict(me) == dict(other) or other["at"] == "b"),
    "all at once": replace(goes(), properties=[Among("apart", 2, lambda one, other: one is not other)]),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_copies_that_are_compared_are_what_members_compare(name: str) -> None:
    found = for_every_number(IDENTITIES[name], ask)
    for number in range(2, 5):
        made = member(IDENTITIES[name], number)
        for one in ask(made.composed(), made.properties, Limits()).verdicts:
            assert one.answer is found[one.property.name].answer


class Level(IntEnum):
    """Values that equal whole numbers, which a rule that counts writes."""

    LOW = 0
    MIDDLE = 1
    HIGH = 2
    TOP = 3


@pytest.mark.parametrize("start", [Level.LOW, 0])
def test_a_value_that_equals_one_of_the_domain_is_that_one(start: int) -> None:
    level, alarm = Slot("level", tuple(Level)), Slot("alarm", (False, True))

    def climbs(me: View) -> Writes | None:
        return {LETTERS: "b", level: me[level] + 1} if me[LETTERS] == "a" and me[level] is not Level.TOP else None

    def rings(me: View) -> Writes | None:
        return {alarm: 1} if me[level] is Level.TOP else None

    rules, silent = [Rule("climbs", climbs), Rule("rings", rings)], Among("silent", 1, lambda me: me[alarm] is False)
    model = Copies("levels", [LETTERS], rules, [level, alarm], properties=[silent], initial={level: start})
    verdict = for_every_number(model, ask)["silent"]
    assert (verdict.answer, verdict.note) == (Answer.VIOLATED, "with 3 copies, the fewest: copy 1")
