"""Random systems of several parts: programs that run side by side and meet at shared slots, and parts drawn at large.

For what leaves out interleavings: most of what such parts do is independent, and some of it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import TypeAlias

from haboot.checker import Action, Clause, Kind, Outcome, Property, Slot, System, Value, View

from tests.drawn_systems import DOMAINS, RARITY, dice_of, drawn_effect, drawn_test

KINDS = (Kind.ALWAYS, Kind.SOMETIMES, Kind.NO_DEADLOCK)
Domains: TypeAlias = dict[str, tuple[Value, ...]]
Writes: TypeAlias = dict[str, Value]


def independent_system(seed: int) -> System:
    """Return programs, and every fourth time parts drawn at large."""
    dice = dice_of("independent", seed)
    return drawn_parts(dice, seed) if seed % 4 == 0 else programs(dice, seed)


def programs(dice: Random, seed: int) -> System:
    """Return two to four programs of a few lines, each an action: it waits for, tests, sets or copies a shared slot."""
    shared = {f"g{number}": tuple(range(dice.choice((2, 2, 3)))) for number in range(dice.choice((1, 1, 2)))}
    actions, slots = list[Action](), [Slot(name, domain) for name, domain in shared.items()]
    for part in range(dice.choice((2, 3, 3, 4))):
        lines = dice.randint(1, 3)
        slots.append(Slot(f"pc{part}", range(lines + 1)))
        actions += [_line(dice, f"pc{part}", at, lines, shared) for at in range(lines)]
    dice.shuffle(slots)
    dice.shuffle(actions)
    initial = {slot.name: slot.domain[0] for slot in slots}
    return System(f"programs {seed}", tuple(slots), (initial,), tuple(actions))


def _line(dice: Random, counter: str, at: int, lines: int, shared: Domains) -> Action:
    """Return one line: from ``at`` it goes on to the next, seldom to another."""
    name, other = dice.choice(list(shared)), dice.choice(list(shared))
    value, to = dice.choice(shared[name]), at + 1 if dice.random() < 0.8 else dice.randrange(lines + 1)
    does: dict[str, tuple[bool, Callable[[View], Writes | None]]] = {
        "go": (False, lambda _: {counter: to}),
        "set": (True, lambda _: {counter: to, name: value}),
        "wait": (False, lambda v: {counter: to} if v[name] == value else None),
        "test": (False, lambda v: {counter: to if v[name] == value else lines}),
        "take": (True, lambda v: {counter: to, name: value} if v[name] != value else None),
        "copy": (True, lambda v: {counter: to, name: v[other] if v[other] in shared[name] else value}),
    }
    what = dice.choice(list(does))
    writes_shared, act = does[what]
    reads = () if what in {"go", "set"} else (other,) if what == "copy" else (name,)
    writes = (counter, name) if writes_shared else (counter,)

    def effect(view: View) -> Outcome | None:
        found = act(view) if view[counter] == at else None
        return None if found is None else Outcome(found)

    return Action(f"{counter}.{at} {what}", (counter, *reads), writes, effect, environment=dice.random() < 0.1)


def drawn_parts(dice: Random, seed: int) -> System:
    """Return two to four parts that act mostly on their own slots, and at times on a shared one."""
    small = [domain for domain in DOMAINS if 1 < len(domain) < 5]
    parts = [
        {f"p{part}.{name}": dice.choice(small) for name in ("x", "y")[: dice.choice((1, 1, 2))]}
        for part in range(dice.choice((2, 3, 3, 4)))
    ]
    shared = {f"g{number}": dice.choice(small) for number in range(dice.choice((0, 1, 1, 2)))}
    every = {name: domain for part in (*parts, shared) for name, domain in part.items()}
    actions = [one for number, part in enumerate(parts) for one in _acting(dice, number, part, shared)]
    slots = [Slot(name, domain) for name, domain in every.items()]
    dice.shuffle(slots)
    dice.shuffle(actions)
    initial = {name: domain[0] for name, domain in every.items()}
    return System(f"parts {seed}", tuple(slots), (initial,), tuple(actions))


def _acting(dice: Random, number: int, part: Domains, shared: Domains) -> Iterator[Action]:
    for act in range(dice.randint(1, 3)):
        near = part | (shared if dice.random() < 0.35 else {})
        reads = tuple(dice.sample(list(near), dice.randint(1, min(3, len(near)))))
        writes = {name: near[name] for name in dice.sample(list(near), dice.randint(1, min(2, len(near))))}
        effect = drawn_effect(dice.random(), reads, writes, lazy=dice.random() < 0.5)
        yield Action(f"a{number}.{act}", reads, tuple(writes), effect, environment=dice.random() < 0.15)


def independent_properties(seed: int, system: System) -> list[Property]:
    """Return properties of the kinds that a reduction may preserve, over one to three slots."""
    dice = dice_of("independent properties", seed)
    return [_property(dice, f"{kind} {number}", kind, system) for kind in KINDS for number in range(2)]


def _property(dice: Random, name: str, kind: Kind, system: System) -> Property:
    clauses = []
    for number in range(dice.choice((1, 1, 2))):
        reads = tuple(slot.name for slot in dice.sample(system.slots, min(len(system.slots), dice.randint(1, 3))))
        premise, holds = (drawn_test(dice, reads, rarity) for rarity in RARITY[kind])
        conditional = {"premise": premise} if dice.random() < 0.4 else {}
        clauses.append(Clause(reads, holds, about=f"{number}", **conditional))
    return Property(name, kind, tuple(clauses))
