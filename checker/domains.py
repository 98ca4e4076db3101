"""Domains of slots: whole numbers, subsets, sequences and records, and a slot for each process.

Each is a tuple or a range in an order that can be foretold; the first value is the one to start from. What would be too
large to tabulate is refused before it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, combinations, permutations, product
from math import comb, perm, prod
from typing import Any, Generic, TypeVar

from haboot.checker.boundary import ModelError, authored, domain, given, require_hashable, shown, spelled, wrong
from haboot.checker.slots import Slot, View

K = TypeVar("K")
V = TypeVar("V")
R = TypeVar("R")


@spelled
def integers(first: int, last: int) -> range:
    """Return the whole numbers from the first to the last, both among them.

    >>> list(integers(1, 3))
    [1, 2, 3]
    """
    for what, one in (("the first", first), ("the last", last)):
        if not isinstance(one, int) or isinstance(one, bool):
            raise wrong("integers", what, one, "a whole number")
    if last < first:
        raise ModelError(f"integers: none from {first} to {last}; the smaller one comes first")
    return range(first, last + 1)


@spelled
def subsets(of: Iterable[V], least: int = 0, most: int | None = None) -> tuple[frozenset[V], ...]:
    """Return the sets of values with so many members, the small ones first.

    >>> [sorted(one) for one in subsets((1, 2))]
    [[], [1], [2], [1, 2]]
    """
    values = domain("subsets", "what they are made of", of)
    sizes = _sizes("subsets", least, len(values) if most is None else most, len(values))
    _require_few("subsets", sum(comb(len(values), size) for size in sizes))
    return tuple(frozenset(one) for one in chain.from_iterable(combinations(values, size) for size in sizes))


@spelled
def sequences(of: Iterable[V], most: int, least: int = 0, *, distinct: bool = False) -> tuple[tuple[V, ...], ...]:
    """Return the tuples of values with so many members, the short ones first; a value may recur unless ``distinct``.

    >>> sequences("ab", 1), len(sequences((0, 1), 3)), sequences("ab", 2, 2, distinct=True)
    (((), ('a',), ('b',)), 15, (('a', 'b'), ('b', 'a')))
    """
    given.flag("sequences", "distinct", distinct)
    values = domain("sequences", "what they are made of", tuple(of) if isinstance(of, str) else of)
    sizes = _sizes("sequences", least, most, len(values) if distinct else None)
    _require_few("sequences", sum(perm(len(values), size) if distinct else len(values) ** size for size in sizes))
    every = (permutations(values, size) if distinct else product(values, repeat=size) for size in sizes)
    return tuple(chain.from_iterable(every))


@spelled
def records(kind: Callable[..., R], /, **parts: Iterable[Any]) -> tuple[R, ...]:
    """Return the records of a kind, a frozen dataclass or named tuple, with each combination of its parts' values.

    >>> from typing import NamedTuple
    >>> class Ack(NamedTuple):
    ...     bit: int
    ...     last: bool
    >>> records(Ack, bit=(0, 1), last=(False,))
    (Ack(bit=0, last=False), Ack(bit=1, last=False))
    """
    if not callable(kind):
        raise wrong("records", "their kind", kind, "a frozen dataclass, a NamedTuple or another function of its parts")
    values = {name: domain("records", f"the part '{name}'", given) for name, given in parts.items()}
    _require_few("records", prod(map(len, values.values())))
    made = []
    for row in product(*values.values()):
        with authored(f"records of {shown(kind)}", f"its parts are {', '.join(values) or 'none'}"):
            made.append(kind(**dict(zip(values, row, strict=True))))
        require_hashable("records", "one of them", made[-1])
    return tuple(made)


@dataclass(frozen=True, slots=True)
class Array(Generic[K, V]):
    """A slot for each process, message or place: ``pc[pid]`` is one, iteration gives all; see ``array``."""

    name: str
    slots: dict[K, Slot[V]]

    def __getitem__(self, key: K) -> Slot[V]:
        try:
            return self.slots[key]
        except (KeyError, TypeError):
            raise ModelError(f"array '{self.name}' has no {shown(key)} (there are: {shown([*self.slots])})") from None

    def __iter__(self) -> Iterator[Slot[V]]:
        return iter(self.slots.values())

    def __len__(self) -> int:
        return len(self.slots)

    def of(self, view: View) -> dict[K, V]:
        """Return what all of it holds, by key; all of its slots count as read."""
        return {key: view[slot] for key, slot in self.slots.items()}

    def filled(self, value: V) -> dict[Slot[V], V]:
        """Return one value for all of its slots, for an initial state or what an action writes."""
        return dict.fromkeys(self, value)

    def assignments(self, values: Iterable[V] | None = None) -> tuple[dict[Slot[V], V], ...]:
        """Return each assignment to its slots of values of its domain, or of those given: a choice of initial states.

        >>> [list(one.values()) for one in array("up", ("a", "b"), (False, True)).assignments()]
        [[False, False], [False, True], [True, False], [True, True]]
        """
        place = f"array '{self.name}'"
        chosen = [one.domain if values is None else domain(place, "what it may hold", values) for one in self]
        _require_few(f"the assignments of {place}", prod(map(len, chosen)))
        return tuple(dict(zip(self, row, strict=True)) for row in product(*chosen))


@spelled
def array(name: str, over: Iterable[K], of: Iterable[V]) -> Array[K, V]:
    """Return a slot for each of some keys, over one domain; the slot of ``a`` in an array ``pc`` is named ``pc a``.

    >>> pc = array("pc", (1, 2), ("idle", "busy"))
    >>> pc[2].name, [slot.name for slot in pc], list(pc.filled("idle").values())
    ('pc 2', ['pc 1', 'pc 2'], ['idle', 'idle'])
    """
    given.text("an array", "its name", name)
    values = domain(f"array '{name}'", "its domain", of)
    keys = domain(f"array '{name}'", "what it goes over", over)
    return Array(name, {key: Slot(f"{name} {key}", values) for key in keys})


def _sizes(place: str, least: int, most: int, top: int | None = None) -> range:
    for what, one in (("least", least), ("most", most)):
        given.count(place, what, one, least=0)
    if most < least or (top is not None and most > top):
        allowed = f"from {least} on" if top is None else f"from {least} to {top}"
        raise ModelError(f"{place}: at most {most} members are asked for (allowed: {allowed})")
    return range(least, most + 1)


def _require_few(place: str, number: int) -> None:
    if number > given.MOST:
        raise ModelError(f"{place}: {number:,} of them are too many to list (at most {given.MOST:,})")
