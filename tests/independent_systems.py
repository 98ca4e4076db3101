"""Random systems of several parts with slots of their own and few shared ones, with properties over few slots."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from haboot.checker import Action, Clause, Kind, Property, Slot, System, Value

from tests.drawn_systems import DOMAINS, RARITY, dice_of, drawn_effect, drawn_test

KINDS = (Kind.ALWAYS, Kind.SOMETIMES, Kind.NO_DEADLOCK)
Domains = dict[str, tuple[Value, ...]]


def independent_system(seed: int) -> System:
    """Return two to four parts that act mostly on their own slots, and at times on a shared one."""
    dice = dice_of("independent", seed)
    small = [domain for domain in DOMAINS if 1 < len(domain) < 5]
    parts = [
        {f"p{part}.{name}": dice.choice(small) for name in ("x", "y")[: dice.choice((1, 1, 2))]}
        for part in range(dice.choice((2, 3, 3, 4)))
    ]
    shared = {f"g{number}": dice.choice(small) for number in range(dice.choice((0, 1, 1, 2)))}
    every = {name: domain for part in (*parts, shared) for name, domain in part.items()}
    actions = [one for number, part in enumerate(parts) for one in _acting(dice, number, part, shared)]
    initial = {name: domain[0] for name, domain in every.items()}
    slots = [Slot(name, domain) for name, domain in every.items()]
    dice.shuffle(slots)
    dice.shuffle(actions)
    return System(f"independent {seed}", tuple(slots), (initial,), tuple(actions))


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
