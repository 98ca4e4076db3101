"""Random systems of interchangeable blocks beside shared slots, with properties that tell no block from another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import permutations
from random import Random
from typing import Any

from haboot.checker import Action, Clause, Kind, Outcome, Property, Slot, System, Value, View
from haboot.checker.branches import Part

from tests.drawn_systems import DOMAINS, RARITY, chance_of, dice_of, drawn_effect, drawn_test

Names = Mapping[str, str]  # the slots of a pattern, each with its name in one place


def renamed(view: View, names: Names) -> Part:
    """A view under a pattern's names; what is read is read of the view."""
    return Part(tuple(names), lambda name: view[names[name]])


def symmetric_system(seed: int) -> System:
    """Return two to four identical blocks: what one of them, or two, or all may do, any of them may."""
    dice = dice_of("symmetric", seed)
    count = dice.choice((2, 2, 3, 3, 4))
    small = [domain for domain in DOMAINS if len(domain) < 4]
    own = {name: dice.choice(small[: 2 if count == 4 else None]) for name in ("x", "y")[: dice.choice((1, 2))]}
    shared = {f"g{n}": dice.choice(DOMAINS) for n in range(dice.randint(0, 2))}
    blocks = [{name: f"b{number}.{name}" for name in own} for number in range(count)]
    slots = [Slot(block[name], domain) for block in blocks for name, domain in own.items()]
    slots += [Slot(name, domain) for name, domain in shared.items()]
    dice.shuffle(slots)
    actions = [one for n in range(dice.randint(1, 4)) for one in _alike(dice, f"a{n}", own, shared, blocks)]
    initial = tuple(_initial(dice, own, shared, blocks))
    symmetry = (tuple(tuple(block.values()) for block in blocks),)
    return System(f"symmetric {seed}", tuple(slots), initial, tuple(actions), symmetry=symmetry)


def _initial(
    dice: Random, own: Mapping[str, tuple[Value, ...]], shared: Mapping[str, tuple[Value, ...]], blocks: list[Names]
) -> Iterator[dict[str, Value]]:
    """One state with equal blocks, or all ways of handing a few values out to the blocks."""
    begin = {name: domain[0] for name, domain in shared.items()}
    values = [tuple(dice.choice(domain) for domain in own.values()) for _ in blocks]
    values = values if dice.random() < 0.4 else [values[0]] * len(blocks)
    for order in dict.fromkeys(permutations(values)):
        given = {
            block[name]: value
            for block, some in zip(blocks, order, strict=True)
            for name, value in zip(own, some, strict=True)
        }
        yield {**given, **begin}


def _alike(
    dice: Random,
    name: str,
    own: Mapping[str, tuple[Value, ...]],
    shared: Mapping[str, tuple[Value, ...]],
    blocks: list[Names],
) -> Iterator[Action]:
    """Return one action for every way of putting blocks in the places of a pattern."""
    places = dice.choice((0, 1, 1, 1, 2)) if shared else dice.choice((1, 1, 2))
    domains = {f"{place}.{slot}": domain for place in range(places) for slot, domain in own.items()} | dict(shared)
    reads = tuple(dice.sample(list(domains), dice.randint(1, len(domains))))
    writes = tuple(dice.sample(list(domains), dice.randint(1, min(2, len(domains)))))
    effect = drawn_effect(dice.random(), reads, {one: domains[one] for one in writes}, lazy=dice.random() < 0.5)
    faulty = dice.random() < 0.25
    for chosen in permutations(range(len(blocks)), places):
        names = dict(zip(shared, shared, strict=True))
        names |= {f"{place}.{slot}": blocks[number][slot] for place, number in enumerate(chosen) for slot in own}
        called = " ".join((name, *map(str, chosen)))
        yield Action(called, _named(reads, names), _named(writes, names), _placed(effect, names), environment=faulty)


def _named(slots: tuple[str, ...], names: Names) -> tuple[str, ...]:
    return tuple(names[slot] for slot in slots)


def _placed(effect: Callable[[Any], Any], names: Names) -> Callable[[View], list[Outcome]]:
    def act(view: View) -> list[Outcome]:
        result = effect(renamed(view, names))
        found = [] if result is None else [result] if isinstance(result, Outcome) else list(result)
        return [
            Outcome({names[slot]: value for slot, value in one.writes.items()}, one.events, one.bound) for one in found
        ]

    return act


def symmetric_properties(seed: int, system: System) -> list[Property]:
    """Return properties of the kinds that a reduction preserves: a clause a block, or one over all of them."""
    dice = dice_of("symmetric properties", seed)
    (blocks,) = system.symmetry
    shared = tuple(slot.name for slot in system.slots if not any(slot.name in block for block in blocks))
    kinds = (Kind.ALWAYS, Kind.SOMETIMES, Kind.NO_DEADLOCK)
    made = [Property(f"{kind} of each", kind, _of_each(dice, kind, blocks, shared)) for kind in kinds]
    made += [
        Property(f"{kind} of all", kind, (_of_all(dice, kind, blocks, shared),)) for kind in (*kinds, Kind.RECOVERABLE)
    ]
    return made


def _of_each(
    dice: Random, kind: Kind, blocks: tuple[tuple[str, ...], ...], shared: tuple[str, ...]
) -> tuple[Clause, ...]:
    pattern = (*(f"{n}" for n in range(len(blocks[0]))), *shared)
    premise, holds = (drawn_test(dice, pattern, rarity) for rarity in RARITY[kind])
    conditional = dice.random() < 0.4
    clauses = []
    for number, block in enumerate(blocks):
        names = dict(zip(pattern, (*block, *shared), strict=True))
        asked = {"premise": _seen(premise, names)} if conditional else {}
        clauses.append(Clause((*block, *shared), _seen(holds, names), about=f"{number}", **asked))
    return tuple(clauses)


def _seen(test: Callable[[Any], bool], names: Names) -> Callable[[View], bool]:
    return lambda view: test(renamed(view, names))


def _of_all(dice: Random, kind: Kind, blocks: tuple[tuple[str, ...], ...], shared: tuple[str, ...]) -> Clause:
    """One clause over how many blocks have which values, and over what they share."""
    salt, known = dice.random(), dict[object, bool]()
    _, rarity = RARITY[kind]

    def holds(view: View) -> bool:
        each = sorted(str([view[name] for name in block]) for block in blocks)
        key = (*each, *(view[name] for name in shared))
        if key not in known:
            known[key] = chance_of(salt, key) < rarity
        return known[key]

    return Clause((*(name for block in blocks for name in block), *shared), holds)


def orbits(system: System, states: list[Mapping[str, Value]]) -> int:
    """Return how many states are left when those that differ by an exchange of blocks count once."""
    (blocks,) = system.symmetry
    inner = {name for block in blocks for name in block}
    return len(
        {
            (
                tuple(sorted(str([state[name] for name in block]) for block in blocks)),
                tuple(str(state[slot.name]) for slot in system.slots if slot.name not in inner),
            )
            for state in states
        }
    )
