"""Random systems and properties that use every feature of the checker, for comparing ways of answering.

All is drawn from a seed: what an action does and what a property says are tables, filled as they are asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from math import prod
from random import Random
from typing import Any
from zlib import crc32

from haboot.checker import (
    RUNS,
    Action,
    Clause,
    Constraint,
    Fairness,
    Kind,
    Move,
    Outcome,
    Property,
    Slot,
    System,
    Value,
    View,
)

DOMAINS: tuple[tuple[Value, ...], ...] = (
    (0, 1),
    (False, True),
    (0, 1, 2),
    ("idle", "busy", "done"),
    (None, "a", ("t", 1)),
    (0, 1, 2, 3),
    ("only",),
)
WIDE = tuple(range(20))
STATES = (Kind.ALWAYS, Kind.SOMETIMES, Kind.RECOVERABLE, Kind.NO_DEADLOCK)
RARITY = {  # how often a test is true, for the premise and for the claim
    Kind.ALWAYS: (0.5, 0.93),
    Kind.STEP: (0.5, 0.97),
    Kind.SOMETIMES: (0.5, 0.06),
    Kind.RECOVERABLE: (0.6, 0.2),
    Kind.NO_DEADLOCK: (0.7, 0.3),
    Kind.LEADS_TO: (0.3, 0.3),
    Kind.FINITELY_OFTEN: (0.6, 0.25),
    Kind.EVENTUALLY: (0.6, 0.2),
    Kind.INFINITELY_OFTEN: (0.5, 0.5),
    Kind.STAYS: (0.5, 0.8),
}


def dice_of(*seed: object) -> Random:
    """Return dice that fall the same way in every run."""
    return Random(str(seed))  # noqa: S311 - no secret


def chance_of(*seed: object) -> float:
    """Return a number from 0 to 1 that is the same in every run; sooner than dice would."""
    return crc32(str(seed).encode()) / (1 << 32)


def drawn_system(seed: int) -> System:
    """Return a system of up to some two hundred states."""
    dice = dice_of("system", seed)
    slots = [Slot(f"s{n}", dice.choice(DOMAINS)) for n in range(dice.randint(2, 6))]
    slots += [Slot(f"w{n}", WIDE) for n in range(dice.choice((0, 0, 1, 2)))]
    slots += [Slot(f"p{n}", WIDE) for n in range(dice.choice((0,) * 8 + (13, 26)))]  # states of two and three words
    dice.shuffle(slots)
    most = {slot.name: slot.domain[:4] for slot in slots}
    while prod(map(len, most.values())) > 192:  # the most states there may be: what stays as it starts adds none
        name = dice.choice([name for name, values in most.items() if len(values) > 1])
        most[name] = most[name][:1]
    actions = tuple(_action(dice, f"a{number}", slots, most) for number in range(dice.randint(2, 9)))
    starts = {tuple(dice.choice(slot.domain[:2]) for slot in slots) for _ in range(dice.choice((1, 1, 2, 4)))}
    initial = [dict(zip((slot.name for slot in slots), start, strict=True)) for start in sorted(starts, key=str)]
    constraint = _constraint(dice, slots, initial[0]) if dice.random() < 0.2 else None
    return System(f"drawn {seed}", tuple(slots), tuple(initial), actions, constraint=constraint)


def _constraint(dice: Random, slots: list[Slot], start: Mapping[str, Value]) -> Constraint:
    reads = _some(dice, slots, 2)
    test, spared = drawn_test(dice, reads, 0.8), [start[name] for name in reads]
    return Constraint("kept", reads, lambda view: [view[name] for name in reads] == spared or test(view))


def _some(dice: Random, slots: list[Slot], most: int, least: int = 1) -> tuple[str, ...]:
    return tuple(slot.name for slot in dice.sample(slots, min(dice.randint(least, most), len(slots))))


def _action(dice: Random, name: str, slots: list[Slot], most: Mapping[str, tuple[Value, ...]]) -> Action:
    way = dice.choice(("eager", "eager", "lazy", "lazy", "blind", "open"))
    reads = () if way == "blind" else _some(dice, slots, 3)
    free = [name for name, values in most.items() if len(values) > 1]
    writes = tuple(dice.sample(free, min(dice.choice((0, 1, 1, 1, 2, 2)), len(free))))
    if way == "open":
        reads = tuple(dict.fromkeys((*reads, *_some(dice, slots, 5, 4))))
    drawn = drawn_effect(dice.random(), reads, {name: most[name] for name in writes}, lazy=way == "lazy")
    return Action(name, reads, writes, drawn, environment=dice.random() < 0.25)


def drawn_effect(
    salt: float, reads: tuple[str, ...], writes: Mapping[str, tuple[Value, ...]], *, lazy: bool = False
) -> Callable[[View], Any]:
    """Return an effect that is a drawn table over what it reads: in order and, if ``lazy``, not always all of it."""
    table: dict[tuple[Value, ...], list[Outcome]] = {}
    share, cuts, noisy = (dice_of(salt, what).random() for what in ("share", "cuts", "noisy"))
    form = dice_of(salt, "form").choice((list, tuple, iter, lambda found: found[0] if len(found) == 1 else found))

    def outcome(dice: Random, seen: Mapping[str, Value]) -> Outcome:
        changed = {name: dice.choice(values) for name, values in writes.items() if dice.random() < 0.85}
        if dice.random() < 0.1:  # a write that changes nothing
            changed = {name: seen[name] for name in writes if name in seen}
        events = (dice.choice(("e0", ("e", 1), "e2")),) if noisy < 0.5 and dice.random() < 0.6 else ()
        return Outcome(changed, events, "full" if cuts < 0.15 and dice.random() < 0.1 else None)

    def effect(view: View) -> Any:
        seen: dict[str, Value] = {}
        for name in reads:
            seen[name] = view[name]
            if lazy and seen[name] in {2, True, "done", None}:
                break
        key = tuple(seen.values())
        if key not in table:
            dice = dice_of(salt, key)
            number = 0 if reads and dice.random() < 0.1 + 0.5 * share else dice.choice((1, 1, 1, 1, 1, 1, 2, 3))
            table[key] = [outcome(dice, seen) for _ in range(number)]
        return form(table[key]) if table[key] else None

    return effect


def with_bounds(seed: int, system: System) -> System:
    """Return a system with some of its steps cut by a bound."""
    dice = dice_of("bounds", seed)

    def cut(action: Action, salt: float) -> Action:
        def effect(view: View) -> Iterator[Outcome]:
            result: Any = action.effect(view)
            some: Iterable[Any] = [] if result is None else [result] if isinstance(result, Outcome) else result
            local = dice_of(salt, [view[name] for name in list(view.read)])
            for one in some:
                yield Outcome({}, bound="cut") if local.random() < 0.2 else one

        return replace(action, effect=effect)

    chosen = {action.name for action in system.actions if dice.random() < 0.5}
    actions = (cut(action, dice.random()) if action.name in chosen else action for action in system.actions)
    return replace(system, actions=tuple(actions))


def drawn_test(dice: Random, reads: tuple[str, ...], rarity: float) -> Callable[[View], bool]:
    """Return a test that is a drawn table over what it reads, in order and not always all of it."""
    salt, known, short = dice.random(), dict[tuple[Value, ...], bool](), dice.random() < 0.3

    def test(view: View) -> bool:
        seen: list[Value] = []
        for name in reads:
            seen.append(view[name])
            if short and seen[-1] in {0, "idle"}:
                break
        key = tuple(seen)
        if key not in known:
            known[key] = chance_of(salt, key) < rarity
        return known[key]

    return test


def _move_test(dice: Random, reads: tuple[str, ...], rarity: float) -> Callable[[Move], bool]:
    salt, known = dice.random(), dict[object, bool]()

    def test(move: Move) -> bool:
        key = (*((move.before[name], move.after[name]) for name in reads), move.action, move.events)
        if key not in known:
            known[key] = chance_of(salt, key) < rarity
        return known[key]

    return test


def drawn_properties(seed: int, system: System, number: int = 5) -> list[Property]:
    """Return some properties of different kinds, about states and about steps, with clauses, premises and promises."""
    dice = dice_of("properties", seed)
    kinds = [(kind, steps) for kind in Kind for steps in (False, True) if not steps or kind in {*STATES[:2]}]
    drawn = dice.sample(kinds, number)
    return [_property(dice, f"{kind} {'step' * steps}".strip(), kind, system, steps=steps) for kind, steps in drawn]


def _property(dice: Random, name: str, kind: Kind, system: System, *, steps: bool) -> Property:
    made = _move_test if steps or kind in {Kind.STEP, Kind.FINITELY_OFTEN} else drawn_test
    narrow, clauses = [slot for slot in system.slots if slot.domain != WIDE], []
    for number in range(dice.choice((1, 1, 2, 3))):
        reads = _some(dice, narrow if dice.random() < 0.9 else list(system.slots), 3)
        premise, holds = (made(dice, reads, rarity) for rarity in RARITY[kind])
        conditional = kind is Kind.LEADS_TO or dice.random() < 0.4
        clauses.append(
            Clause(reads, holds, premise, f"{number}") if conditional else Clause(reads, holds, about=f"{number}")
        )
    fair = fairness(dice, system) if kind in RUNS else ()
    rescued = kind is Kind.RECOVERABLE and dice.random() < 0.3
    return Property(name, kind, tuple(clauses), fairness=fair, about_steps=steps, with_environment=rescued)


def fairness(dice: Random, system: System) -> tuple[Fairness, ...]:
    """Return some promises, each over some of a system's actions."""
    actions = [action.name for action in system.actions]
    number = dice.choice((0, 1, 2, 3, len(actions))) if actions else 0
    return tuple(_promise(dice, f"f{n}", actions, system) for n in range(number))


def _promise(dice: Random, name: str, actions: list[str], system: System) -> Fairness:
    some, strong = dice.sample(actions, dice.choice((1, 1, min(2, len(actions))))), dice.random() < 0.5
    if dice.random() < 0.7:
        return Fairness(name, some, strong)
    reads = _some(dice, list(system.slots), 2)
    return Fairness(name, actions if dice.random() < 0.5 else some, strong, _move_test(dice, reads, 0.6), reads)
