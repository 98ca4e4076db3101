"""Random systems of interchangeable keys: arrays over them, a matrix over two groups, and values that name them.

What an action does depends on how its keys stand in the state, never on which they are; so all permutations take steps
to steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations, product
from random import Random
from typing import Any, NamedTuple

from haboot import Action, Array, Clause, Interchangeable, Kind, Property, Slot, System, View, array, sequences, subsets

from tests.drawn_systems import chance_of, dice_of


class Pair(NamedTuple):
    """A record that names a key."""

    who: str
    bit: int


@dataclass(frozen=True)
class Note:
    """Another."""

    who: str


Tables = dict[str, Array[Any, Any]]


class Keyed:
    """The parts of a drawn system: two or three keys, perhaps a second group, and slots of several forms."""

    def __init__(self, seed: int) -> None:
        dice = self.dice = dice_of("keyed", seed)
        self.others = ("x", "y") if dice.random() < 0.4 else ()
        self.keys = ("a", "b", "c")[: 2 if self.others and dice.random() < 0.7 else dice.choice((2, 3, 3))]
        k = self.keys
        self.arrays: Tables = {"pc": array("pc", k, ("idle", "busy"))}
        self.shared: dict[str, Slot[Any]] = {}
        forms: dict[str, Callable[[], Any]] = {
            "holder": lambda: Slot("holder", (None, *k)),
            "set": lambda: Slot("set", subsets(k)),
            "queue": lambda: Slot("queue", sequences(k, 2)),
            "pair": lambda: Slot("pair", (None, *(Pair(one, bit) for one in k for bit in (0, 1)))),
            "note": lambda: Slot("note", (None, *map(Note, k))),
        }
        for name in dice.sample(list(forms), 1 if self.others else dice.choice((1, 1, 2))):
            self.shared[name] = forms[name]()
        if dice.random() < 0.4:
            self.arrays["points"] = array("points", k, (None, *k))
        if self.others:
            self.arrays["matrix"] = array("matrix", tuple(product(k, self.others)), (0, 1))
        elif dice.random() < 0.3:
            self.arrays["square"] = array("square", tuple(product(k, k)), (0, 1))
        self.holding = (*self.shared.values(), *self.arrays.get("points", ()))

    @property
    def slots(self) -> tuple[Slot[Any], ...]:
        """All slots, in a drawn order."""
        every = [*(slot for one in self.arrays.values() for slot in one), *self.shared.values()]
        dice_of("order", len(every)).shuffle(every)
        return tuple(every)

    @property
    def symmetry(self) -> tuple[Interchangeable, ...]:
        """The groups."""
        first = Interchangeable(self.keys, self.arrays.values(), self.holding)
        second = [Interchangeable(self.others, [self.arrays["matrix"]])] if self.others else []
        return (first, *second)

    def seen(self, view: Mapping[Any, Any], key: str, other: str) -> tuple[Any, ...]:
        """How a key stands in a state, beside one of the others: the same whatever they are called."""
        found: list[Any] = [view[self.arrays["pc"][key]]]
        for name, slot in self.shared.items():
            value = view[slot]
            found.append((name, *_stands(value, key)))
        if "points" in self.arrays:
            value = view[self.arrays["points"][key]]
            found.append(None if value is None else value == key)
        if "matrix" in self.arrays:
            found.append(view[self.arrays["matrix"][key, other]])
        if "square" in self.arrays:
            found.append(view[self.arrays["square"][key, key]])
        return tuple(found)

    def changed(self, dice: Random, view: Mapping[Any, Any], key: str, other: str) -> dict[Any, Any]:
        """Some changes that speak of a key."""
        deeds: list[tuple[Any, Any]] = [(self.arrays["pc"][key], dice.choice(("idle", "busy")))]
        for name, slot in self.shared.items():
            deeds.append((slot, _put(dice, name, view[slot], key)))
        if "points" in self.arrays:
            holder = view[self.shared["holder"]] if "holder" in self.shared else key
            deeds.append((self.arrays["points"][key], dice.choice((None, key, holder))))
        if "matrix" in self.arrays:
            deeds.append((self.arrays["matrix"][key, other], dice.choice((0, 1))))
        if "square" in self.arrays:
            deeds.append((self.arrays["square"][key, key], dice.choice((0, 1))))
        some = dice.sample(deeds, min(len(deeds), dice.choice((1, 1, 2))))
        return {slot.name: value for slot, value in some}


def _stands(value: Any, key: str) -> tuple[Any, ...]:
    if isinstance(value, frozenset):
        return (key in value, len(value))
    if isinstance(value, Pair):
        return (value.who == key, value.bit)
    if isinstance(value, tuple):
        return tuple(one == key for one in value)
    return (value is None, value in {key, Note(key)})


def _put(dice: Random, name: str, value: Any, key: str) -> Any:
    match name:
        case "holder":
            return dice.choice((None, key))
        case "set":
            return dice.choice((value | {key}, value - {key}))
        case "queue":
            return dice.choice(((*value, key)[:2], value[1:]))
        case "pair":
            return dice.choice((None, Pair(key, dice.choice((0, 1)))))
        case _:
            return dice.choice((None, Note(key)))


def keyed_system(seed: int) -> tuple[System, Keyed]:
    """Return a system with its parts."""
    parts = Keyed(seed)
    dice, slots = parts.dice, parts.slots
    start: dict[Any, Any] = {slot: slot.domain[0] for slot in slots}
    actions = [one for n in range(dice.choice((2, 3, 4))) for one in _alike(parts, f"a{n}", dice.random())]
    return System(f"keyed {seed}", slots, (start,), actions, symmetry=parts.symmetry), parts


def _alike(parts: Keyed, name: str, salt: float) -> Iterator[Action]:
    def effect(view: View, key: str, other: str) -> list[dict[Any, Any]] | None:
        seen = parts.seen(view, key, other)
        dice = dice_of(salt, seen)
        if dice.random() < 0.3:
            return None
        return [parts.changed(dice, view, key, other) for _ in range(dice.choice((1, 1, 2)))]

    for key in parts.keys:
        for other in parts.others or ("",):
            yield Action(f"{name} {key}{other}", effect=lambda v, k=key, o=other: effect(v, k, o))  # type: ignore[misc]


def keyed_properties(seed: int, system: System, parts: Keyed) -> list[Property]:
    """Return properties that tell no key from another: a clause a key, or one over all of the state."""
    dice = dice_of("of keys", seed)
    names = tuple(slot.name for slot in system.slots)
    made = []
    for kind, rarity in ((Kind.ALWAYS, 0.9), (Kind.SOMETIMES, 0.1), (Kind.NO_DEADLOCK, 0.4)):
        salt = dice.random()
        clauses = [
            Clause(
                names,
                lambda v, k=key, o=other, s=salt, r=rarity: chance_of(s, parts.seen(v, k, o)) < r,
                about=f"{key}{other}",
            )
            for key in parts.keys
            for other in parts.others or ("",)
        ]
        made.append(Property(f"{kind} of each", kind, clauses))
        whole = dice.random()
        made.append(
            Property(
                f"{kind} of all",
                kind,
                [Clause(names, lambda v, s=whole, r=rarity: chance_of(s, least(parts, v)) < r)],
            )
        )
    return made


def least(parts: Keyed, state: Mapping[Any, Any]) -> str:
    """Return the text of the least image of a state, by brute force."""
    return min(_image(parts, state))


def _image(parts: Keyed, state: Mapping[Any, Any]) -> Iterator[str]:
    for order in permutations(parts.keys):
        for again in permutations(parts.others):
            new = dict(zip((*parts.keys, *parts.others), (*order, *again), strict=True))
            found: dict[str, Any] = {}
            for name, one in parts.arrays.items():
                for key, slot in one.slots.items():
                    value = state[slot.name]
                    found[f"{name} {_named(key, new)}"] = _named(value, new) if name == "points" else value
            shared = {name: _named(state[slot.name], new) for name, slot in parts.shared.items()}
            yield str(sorted((one, _shown(value)) for one, value in (found | shared).items()))


def _named(value: Any, new: Mapping[str, str]) -> Any:
    match value:
        case frozenset():
            return frozenset(new[one] for one in value)
        case Pair():
            return Pair(new[value.who], value.bit)
        case Note():
            return Note(new[value.who])
        case tuple():
            return tuple(_named(one, new) for one in value)
        case _:
            return new.get(value, value)


def _shown(value: Any) -> str:
    return str(sorted(value)) if isinstance(value, frozenset) else str(value)


def orbits(parts: Keyed, states: list[Mapping[str, Any]]) -> int:
    """Return how many states are left when those that a permutation takes to each other count once."""
    return len({least(parts, state) for state in states})
