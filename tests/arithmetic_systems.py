"""Systems drawn by chance whose effects and tests are arithmetic on whole numbers, put together of small functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from haboot.checker import Action, Outcome, Property, Slot, System, View, always, leads_to, sometimes, step

NAMES = ("a", "b", "c")
SIZES = {"a": 7, "b": 5, "c": 4}
WORDS = ("red", "green")
Number = Callable[[Any], int]
Test = Callable[[Any], bool]


@dataclass(frozen=True)
class Seen:
    """An event of a class of the author's own."""

    what: int


def arithmetic_system(seed: int, *, slips: bool = False) -> System:
    """Return a system of three numbers and a word; with ``slips`` effects may give what no slot holds."""
    dice = Random(seed)  # noqa: S311 - not for secrets
    slots = (Slot("a", range(7)), Slot("b", range(-1, 4)), Slot("c", (3, 1, 9, 4)), Slot("word", WORDS))
    initial = tuple(
        {"a": dice.randrange(7), "b": dice.randrange(-1, 4), "c": dice.choice((3, 1, 9, 4)), "word": WORDS[0]}
        for _ in range(6)
    )
    every = (*NAMES, "word")
    actions = [Action(f"act {n}", every, every, _effect(dice)) for n in range(4)]
    actions += [
        Action("seen", every, every, _seen(_test(dice, 1), ("seen", Seen(1)))) for _ in range(dice.randrange(2))
    ]
    actions.append(Action("told", every, every, _seen(_test(dice, 1), ("told",))))
    if slips:
        actions[1] = Action("act 1", every, ("a", "c"), _slip(dice))
    return System(f"arithmetic {seed}", slots, initial, actions)


def arithmetic_properties(seed: int) -> tuple[Property, ...]:
    """Return properties of such a system."""
    dice, every = Random(seed), (*NAMES, "word")  # noqa: S311 - the same
    tests = [_test(dice, 2) for _ in range(5)]
    moves = [_of_move(_number(dice, 1), _number(dice, 1)) for _ in range(3)]
    return (
        always("kept", every, tests[0]),
        always("kept with a premise", every, tests[1], premise=tests[2]),
        sometimes("met", every, tests[3]),
        step("each step", every, moves[0]),
        step("each step with a premise", every, moves[1], premise=moves[2]),
        leads_to("led to", every, tests[4], tests[3]),
    )


def _of_move(one: Number, other: Number) -> Test:
    return lambda m: (
        one(m.before) <= other(m.after)
        or (m.action == "act 0" and m.before["a"] == m.after["a"])
        or ("told" in m.events and m.after["b"] < 2)
    )


def _slip(dice: Random) -> Callable[[View], Any]:
    where, one = _test(dice, 2), _number(dice, 2)
    kinds: tuple[Callable[[View], Any], ...] = (
        lambda v: {"a": one(v)} if where(v) else None,
        lambda v: {"a": 99} if where(v) else {"a": v["a"]},
        lambda v: {"a": 1, "b": 2} if where(v) else {"a": one(v) % 7},
        lambda v: {"c": 3 // (v["a"] * 0 + 1)} if where(v) else {"c": "red"},
    )
    return dice.choice(kinds)


def _effect(dice: Random) -> Callable[[View], Any]:
    where, one, other = _test(dice, 2), _number(dice, 2), _number(dice, 2)
    kind, place = dice.randrange(6), dice.randrange(2)
    if kind == 0:
        return lambda v: [{"a": one(v) % 7}, {"b": other(v) % 5 - 1}] if where(v) else []
    if kind == 1:
        return lambda v: {"word": WORDS[place], "a": abs(one(v)) % 7} if where(v) else {"b": min(3, max(other(v), -1))}
    if kind == 2:
        return lambda v: {"c": 9 if other(v) > 2 else 4, "a": v["a"] - 1} if v["a"] > 0 and where(v) else None
    if kind == 3:
        return _yielding(where, one)
    if kind == 4:
        return lambda v: {"c": 9.0 if other(v) > 2 else 4, "b": True} if where(v) else {"b": 0}
    return lambda v: {"a": int(v["word"] == "red") + 2 * int(where(v)), "word": WORDS[1 - place]}


def _seen(where: Test, events: tuple[Any, ...]) -> Callable[[View], Outcome | None]:
    return lambda v: Outcome({"b": v["a"] % 4}, events) if where(v) else None


def _yielding(where: Test, one: Number) -> Callable[[View], Any]:
    def effect(v: View) -> Any:
        for more in (0, 1, 2):
            if where(v) or more == 1:
                yield {"a": (one(v) + more) % 7}

    return effect


def _number(dice: Random, depth: int) -> Number:
    name, constant = dice.choice(NAMES), dice.choice((-3, -2, 1, 2, 3, 5))
    if not depth:
        return dice.choice((lambda v: v[name], lambda _: constant))
    one, other = _number(dice, depth - 1), _number(dice, depth - 1)
    kinds: tuple[Number, ...] = (
        lambda v: one(v) + other(v),
        lambda v: one(v) - other(v),
        lambda v: one(v) * other(v),
        lambda v: one(v) // constant,
        lambda v: one(v) % constant,
        lambda v: -one(v),
        lambda v: ~one(v),
        lambda v: abs(one(v)) & 5,
        lambda v: abs(one(v)) | abs(other(v)) ^ 3,
        lambda v: max(one(v), constant),
        lambda v: sum((one(v), other(v))),
        lambda v: int(one(v)) if other(v) else constant,
    )
    return dice.choice(kinds)


def _test(dice: Random, depth: int) -> Test:
    one, other = _number(dice, 1), _number(dice, 1)
    if not depth:
        kinds: tuple[Test, ...] = (
            lambda v: one(v) < other(v),
            lambda v: one(v) >= other(v) > -2,
            lambda v: one(v) == other(v),
            lambda v: one(v) in {1, 3} if isinstance(one(v), str) else one(v) != 2,
            lambda v: one(v) in (0, 2, other(v)),
            lambda v: v["word"] == "red" and one(v) <= 3,
            lambda v: v["a"] == 1 or v == {"a": 2, "b": 0, "c": 3, "word": "red"},
            lambda v: all(v[name] > 0 for name in NAMES),
            lambda v: v.get("a", 0) > one(v),
            lambda v: f"{one(v)}" != "2",
        )
        return dice.choice(kinds)
    left, right = _test(dice, depth - 1), _test(dice, depth - 1)
    return dice.choice((lambda v: left(v) and right(v), lambda v: left(v) or not right(v), lambda v: not left(v)))
