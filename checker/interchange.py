"""Processes, or other keys, that may be exchanged: what a permutation of them makes of slots and of values.

An array goes over the keys, or over tuples and frozensets in which they stand (a matrix); a slot may hold values that
name them. So a permutation moves slots and changes values (compare the scalarsets of Ip and Dill, Better verification
through symmetry, 1996).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import pairwise, permutations
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from haboot.checker.boundary import ModelError, authored, domain, listed, shown, spelled_out, texts, wrong

Renaming: TypeAlias = Mapping[tuple[type, Any], Any]  # by type as well, since 1 equals True


class Called(Protocol):
    """A slot, of which no more need be known here than its name."""

    @property
    def name(self) -> str:
        """Its name."""


class Over(Protocol):
    """An array of slots: a slot for each of some keys."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def slots(self) -> Mapping[Any, Called]:
        """Its slots by key."""

    def __getitem__(self, key: Any) -> Called: ...


@spelled_out
@dataclass(frozen=True)
class Interchangeable:
    """Keys that no step and no property tells apart, for a system's ``symmetry``.

    ``arrays`` go over them, alone or within tuples and frozensets. Slots that are ``holding`` have values that name
    them: themselves, or within tuples, frozensets, named tuples and dataclasses.
    """

    keys: tuple[Any, ...]
    arrays: tuple[Over, ...]
    holding: tuple[str, ...] = ()

    if TYPE_CHECKING:

        def __init__(
            self, keys: Iterable[Any], arrays: Iterable[Over], holding: Iterable[str | Called] = ()
        ) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", domain("interchangeable keys", "the list of them", self.keys))
        place = f"interchangeable {shown(list(self.keys))}"
        object.__setattr__(self, "arrays", listed(place, "arrays", self.arrays))
        for some in self.arrays:
            if not isinstance(getattr(some, "slots", None), Mapping):
                raise wrong(place, "a member of arrays", some, "an array")
        names = (getattr(one, "name", one) for one in listed(place, "holding", self.holding))
        object.__setattr__(self, "holding", texts(place, "holding", tuple(names)))
        turned = self.renaming(self.keys[1:] + self.keys[:1])
        for one in self.arrays:
            if len(self.keys) > 1 and all(renamed(key, turned) == key for key in one.slots):
                over = shown([*one.slots])
                raise ModelError(f"{place}: array '{one.name}' goes over {over}, none of which names a key")

    @property
    def blocks(self) -> tuple[tuple[str, ...], ...] | None:
        """The slots of each key, where every array goes over just the keys and no value names one; else None."""
        if self.holding or not self.arrays or any([*one.slots] != list(self.keys) for one in self.arrays):
            return None
        return tuple(tuple(one[key].name for one in self.arrays) for key in self.keys)

    def renaming(self, order: Iterable[Any]) -> Renaming:
        """Return what a permutation makes of each key."""
        return {(type(key), key): other for key, other in zip(self.keys, order, strict=True)}

    def exchanges(self) -> Iterator[Renaming]:
        """Yield the exchanges of neighbours, from which all permutations follow."""
        for one, other in pairwise(self.keys):
            yield self.renaming(other if key is one else one if key is other else key for key in self.keys)

    def permutations(self) -> Iterator[Renaming]:
        """Yield all permutations, the one that changes nothing first."""
        return map(self.renaming, permutations(self.keys))

    def moved(self, renaming: Renaming) -> dict[str, str]:
        """Return the slots of the arrays, each with where it goes; raise ModelError where that is nowhere."""
        found: dict[str, str] = {}
        for one in self.arrays:
            for key, slot in one.slots.items():
                found[slot.name] = one[renamed(key, renaming)].name
        return found


@dataclass(frozen=True)
class CopiedBlocks:
    """Blocks of slots that are copies of one another, for a system's ``symmetry``: values name their own copy alone.

    ``blocks`` has the slots of each copy, in corresponding order, and ``names`` what the values and events of each call
    what is its own, in corresponding order too. Values correspond by their places in the domains of their slots.
    """

    blocks: tuple[tuple[str, ...], ...]
    names: tuple[tuple[Hashable, ...], ...]

    def renaming(self, order: Iterable[int]) -> Renaming:
        """Return what each name becomes where the copy in each place goes to the one given."""
        pairs = ((self.names[one], self.names[other]) for one, other in enumerate(order))
        return {(type(name), name): new for mine, others in pairs for name, new in zip(mine, others, strict=True)}

    def wrong(self, domains: Mapping[str, Sequence[Any]]) -> str | None:
        """Return the slot whose values are not those of the first copy under other names, None where all are."""
        mine = [domains[name] for name in self.blocks[0]]
        for one, block in enumerate(self.blocks[1:], start=1):
            order = (one if place == 0 else 0 if place == one else place for place in range(len(self.blocks)))
            renaming = self.renaming(order)
            for name, first in zip(block, mine, strict=True):
                if [renamed(value, renaming) for value in first] != list(domains[name]):
                    return name
        return None


def renamed(value: Any, renaming: Renaming) -> Any:
    """Return a value in which keys have other names.

    >>> renamed(("a", frozenset({"a", 1})), {(str, "a"): "b"}) == ("b", frozenset({"b", 1}))
    True
    """
    try:
        return renaming[type(value), value]
    except KeyError:
        pass
    if isinstance(value, tuple):
        parts = [renamed(one, renaming) for one in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if isinstance(value, frozenset):
        return frozenset(renamed(one, renaming) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        held = {one.name: renamed(getattr(value, one.name), renaming) for one in fields(value) if one.init}
        with authored(f"the record {shown(value)} with other names"):
            return replace(value, **held)
    return value
