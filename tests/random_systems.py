"""Random small systems and properties, for comparing engines."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from haboot.checker import (
    Action,
    Clause,
    Fairness,
    Kind,
    Move,
    Outcome,
    Property,
    Slot,
    System,
    Value,
    View,
    always,
    leads_to,
    no_deadlock,
    recoverable,
    sometimes,
    step,
)


def _dice(seed: object) -> Random:
    return Random(str(seed))  # noqa: S311 - the same systems in every run


def random_system(seed: int, padding: int = 0) -> System:
    """Return a small system; ``padding`` more slots, cyclic with the others, make its states wider."""
    dice = _dice(seed)
    slots = [Slot(f"s{n}", range(dice.randint(1, 4))) for n in range(dice.randint(2, 5))]
    slots += [Slot(f"p{n}", range(60)) for n in range(padding)]
    dice.shuffle(slots)
    actions = tuple(_action(dice, number, slots) for number in range(dice.randint(1, 6)))
    initial = tuple({slot.name: dice.choice(slot.domain[:2]) for slot in slots} for _ in range(dice.randint(1, 2)))
    return System(f"random {seed}", tuple(slots), initial, actions)


def _action(dice: Random, number: int, slots: list[Slot]) -> Action:
    reads = tuple(slot.name for slot in dice.sample(slots, dice.randint(1, min(3, len(slots)))))
    written = dice.sample(slots, dice.randint(1, min(2, len(slots))))
    table: dict[tuple[Value, ...], list[Outcome]] = {}
    eager, salt = dice.random() < 0.3, dice.random()

    def result(read: tuple[Value, ...]) -> list[Outcome]:
        if read not in table:
            local = _dice(f"{salt} {read}")
            table[read] = [] if local.random() < 0.4 else [one(local) for _ in range(local.choice((1, 1, 1, 2, 3)))]
        return table[read]

    def one(local: Random) -> Outcome:
        some = local.sample(written, local.randint(0, len(written)))
        bound = "full" if local.random() < 0.02 else None
        events = (f"e{local.randint(0, 2)}",) if local.random() < 0.5 else ()
        return Outcome({slot.name: local.choice(slot.domain[:5]) for slot in some}, events, bound)

    def effect(view: View) -> list[Outcome]:
        if eager:
            return result(tuple(view[name] for name in reads))
        seen: list[Value] = []
        for name in reads:
            seen.append(view[name])
            if isinstance(seen[-1], int) and seen[-1] % 3 == 2:
                break
        return result(tuple(seen))

    return Action(f"a{number}", reads, tuple(slot.name for slot in written), effect)


def random_properties(seed: int, system: System) -> list[Property]:
    """Return one property of every kind."""
    dice = _dice(f"properties {seed}")
    names = [slot.name for slot in system.slots]
    reads = tuple(dice.sample(names, min(2, len(names))))

    def test(rarity: float) -> Callable[[View], bool]:
        salt = dice.random()
        return lambda view: _dice(f"{salt} {[view[name] for name in reads]}").random() < rarity

    def move(rarity: float) -> Callable[[Move], bool]:
        salt = dice.random()

        def holds(move: Move) -> bool:
            seen = [one[name] for name in reads for one in (move.before, move.after)]
            return _dice(f"{salt} {seen} {move.action} {move.events}").random() < rarity

        return holds

    actions = [action.name for action in system.actions]
    fair = tuple(
        Fairness(f"f{n}", frozenset(dice.sample(actions, dice.randint(1, len(actions)))), dice.random() < 0.5)
        for n in range(dice.randint(0, 3))
    )
    often = Clause(reads, move(0.3), move(0.5))
    return [
        always("always", reads, test(0.9)),
        always("conditional", reads, test(0.6), premise=test(0.3)),
        step("step", reads, move(0.95)),
        sometimes("sometimes", reads, test(0.1)),
        sometimes("some step", reads, move(0.05), about_steps=True),
        recoverable("recoverable", reads, test(0.2)),
        no_deadlock("no deadlock", reads, test(0.3)),
        leads_to("leads to", reads, test(0.4), test(0.3), fair),
        Property("finitely often", Kind.FINITELY_OFTEN, (often,), fairness=fair),
    ]
