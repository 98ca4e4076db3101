"""What permutations make of states: where each slot goes, and which value each of its values becomes.

Blocks of slots are exchanged as they are; keys that are interchangeable move the slots of their arrays and change the
values that name them. Several groups are permuted independently, so a matrix may lie over two of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise, permutations
from itertools import product as combined
from math import factorial, prod
from typing import TypeAlias

import numpy as np
from haboot.checker.boundary import ModelError
from haboot.checker.core import System, Value
from haboot.checker.interchange import CopiedBlocks, Interchangeable, Renaming, renamed
from haboot.checker.packed.layout import PIECE, Longs, Packing, Words
from haboot.checker.tables import State

WORDS = 4  # of a state whose least image is sought, at most
MOST_IMAGES = 5040  # permutations of all groups together that a search may try of each state
ROOM = 1 << 27  # bytes that their images may take
Group: TypeAlias = "tuple[tuple[str, ...], ...] | Interchangeable | CopiedBlocks"
Change: TypeAlias = "tuple[dict[str, str], frozenset[str], Renaming]"  # slots moved; those that hold names; new names


@dataclass(frozen=True)
class Exchange:
    """A permutation: ``names`` has where slots go, ``onto`` the same by position, ``values`` what values become there.

    The values of a slot are those of the slot that goes there, by index; None where they stay. Slots that are
    ``holding`` have such that change. ``renamings`` say what becomes of names elsewhere, as in events.
    """

    names: Mapping[str, str]
    onto: tuple[int, ...]
    values: tuple[tuple[int, ...] | None, ...]
    renamings: tuple[Renaming, ...] = ()
    holding: frozenset[str] = frozenset()

    @cached_property
    def changed(self) -> frozenset[str]:
        """The slots that it moves, or in which values become others."""
        return self.holding.union(self.names)

    @cached_property
    def _back(self) -> tuple[int, ...]:
        """The position from which the value of each slot comes."""
        back = [0] * len(self.onto)
        for place, other in enumerate(self.onto):
            back[other] = place
        return tuple(back)

    def state(self, state: State) -> State:
        """Return the image of a state."""
        return tuple(self.at(place, state[place])[1] for place in self._back)

    def at(self, place: int, index: int) -> tuple[int, int]:
        """Return where a slot goes, by position, and what its value becomes there, by index."""
        other = self.onto[place]
        changed = self.values[other]
        return other, index if changed is None else changed[index]

    def named(self, value: Value) -> Value:
        """Return a value that is no slot's with other names."""
        for renaming in self.renamings:
            value = renamed(value, renaming)
        return value


class Permutations:
    """The permutations of a system's groups."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.place = {slot.name: place for place, slot in enumerate(system.slots)}
        self._require_fitting()
        self.number = prod(factorial(len(_members(one))) for one in system.symmetry)

    @property
    def is_plain(self) -> bool:
        """Whether blocks are exchanged as they are."""
        return not any(isinstance(one, Interchangeable) for one in self.system.symmetry)

    @property
    def blocks(self) -> list[list[list[int]]]:
        """The blocks of each group by position, where they are exchanged as they are."""
        groups = [_blocks(one) for one in self.system.symmetry if any(_blocks(one))]
        return [[[self.place[name] for name in block] for block in group] for group in groups] if self.is_plain else []

    def exchanges(self) -> tuple[Exchange, ...]:
        """Return the exchanges of neighbours, from which all permutations follow."""
        return tuple(self._made([change]) for group in self.system.symmetry for change in _neighbours(group))

    def all(self) -> Iterator[Exchange]:
        """Yield all permutations, first the one that changes nothing."""
        for changes in combined(*(_orders(group) for group in self.system.symmetry)):
            yield self._made(changes)

    def normal(self, packing: Packing, state: State) -> Exchange:
        """Return a permutation that takes a state to its normal form."""
        if not self.is_plain:
            return min(self.all(), key=lambda one: packing.encoded([one.state(state)])[0].tolist())
        words, changes = packing.encoded([state])[0], list[Change]()
        for group, laid in zip((one for one in self.system.symmetry if any(_blocks(one))), packing.groups, strict=True):
            held = [[int(words[word]) >> shift & mask for word, shift, mask in fields] for fields in laid]
            order = sorted(range(len(held)), key=held.__getitem__)
            changes.append(_ordered(group, [order.index(place) for place in range(len(order))]))
        return self._made(changes)

    def _made(self, changes: Sequence[Change]) -> Exchange:
        """Return the permutation that makes some changes, each of another group."""
        moved = {name: name for name in self.place}
        for moves, _, _ in changes:
            moved = {name: moves.get(other, other) for name, other in moved.items()}
        onto = tuple(self.place[other] for other in moved.values())
        values: list[tuple[int, ...] | None] = [None] * len(onto)
        for name, other in moved.items():
            renamings = [renaming for _, holding, renaming in changes if name in holding]
            if renamings:
                values[self.place[other]] = self._changed(name, other, renamings)
        names = {name: other for name, other in moved.items() if name != other}
        holding = frozenset().union(*(some for _, some, _ in changes))
        return Exchange(names, onto, tuple(values), tuple(one for _, _, one in changes if one), holding)

    def _changed(self, name: str, other: str, renamings: Sequence[Renaming]) -> tuple[int, ...]:
        """Return what the values of a slot become in the slot to which it goes."""
        target = {value: index for index, value in enumerate(self.system.slots[self.place[other]].domain)}
        found = []
        for value in self.system.slots[self.place[name]].domain:
            new: Value = value
            for renaming in renamings:
                new = renamed(new, renaming)
            if new not in target:
                raise ModelError(
                    f"system '{self.system.name}': its symmetry is none: it makes of {value!r} in slot '{name}' "
                    f"{new!r}, which slot '{other}' cannot hold"
                )
            found.append(target[new])
        return tuple(found)

    def _require_fitting(self) -> None:
        for group in self.system.symmetry:
            names = [*_moved_slots(group), *(group.holding if isinstance(group, Interchangeable) else ())]
            for name in names:
                if name not in self.place:
                    raise self._wrong(f"names slot '{name}', which does not exist")
            if isinstance(group, Interchangeable):
                self._require_arrays(group)
            elif isinstance(group, CopiedBlocks):
                self._require_copies(group)
            else:
                self._require_blocks(group)
        keyed = [one for one in self.system.symmetry if isinstance(one, Interchangeable)]
        plain = [name for one in self.system.symmetry if one not in keyed for name in _moved_slots(one)]
        counts = Counter([*plain, *{name for one in keyed for name in _moved_slots(one)}])
        for name, count in counts.items():
            if count > 1:
                raise self._wrong(f"names slot '{name}', in more than one place")
        for one, other in combinations(keyed, 2):
            self._require_apart(one, other)

    def _require_blocks(self, group: Sequence[Sequence[str]]) -> None:
        domains = [[self.system.slots[self.place[name]].domain for name in block] for block in group]
        for block, some in zip(group, domains, strict=True):
            if some != domains[0]:
                raise ModelError(
                    f"system '{self.system.name}': blocks {group[0]} and {block} differ in number or domains"
                )

    def _require_copies(self, group: CopiedBlocks) -> None:
        if {len(block) for block in group.blocks} != {len(group.blocks[0])}:
            raise self._wrong("has copies that differ in number")
        if wrong := group.wrong({slot.name: slot.domain for slot in self.system.slots}):
            raise self._wrong(f"has copies that differ: slot '{wrong}' holds other values than that of the first one")

    def _require_arrays(self, group: Interchangeable) -> None:
        for renaming in group.exchanges():
            for name, other in group.moved(renaming).items():
                one, two = (self.system.slots[self.place[some]].domain for some in (name, other))
                if name not in group.holding and one != two:
                    raise self._wrong(f"exchanges slots '{name}' and '{other}', whose domains differ")
                for held in (known.holding for known in self.system.symmetry if isinstance(known, Interchangeable)):
                    if (name in held) != (other in held):
                        raise self._wrong(f"exchanges slots '{name}' and '{other}', of which one alone holds keys")

    def _require_apart(self, one: Interchangeable, other: Interchangeable) -> None:
        """Raise ModelError where the same keys stand for different things in one place."""
        common = [key for key in one.keys if any(type(key) is type(two) and key == two for two in other.keys)]
        places = {*_moved_slots(one), *one.holding} & {*_moved_slots(other), *other.holding}
        if common and places:
            where = f"and both name slot '{min(places)}'; name keys apart"
            raise self._wrong(f"has two groups with the key {common[0]!r}, {where}")

    def _wrong(self, fault: str) -> ModelError:
        return ModelError(f"system '{self.system.name}': its symmetry {fault}")

    def images(self, packing: Packing) -> Words:
        """Return what all permutations make of states of a packing; see ``Packing.blocks``.

        Raises ModelError where there are too many permutations, or states are too wide.
        """
        if self.number > MOST_IMAGES:
            raise self._wrong(f"has {self.number:,} permutations to try of each state (at most {MOST_IMAGES:,})")
        if packing.words > WORDS:
            raise self._wrong(f"is one of states of {packing.words} words (at most {WORDS})")
        every = list(self.all())
        places = [
            place
            for place in range(len(packing.slots))
            if any(one.onto[place] != place or one.values[place] is not None for one in every)
        ]
        most = max((len(packing.slots[place].domain) for place in places), default=1)
        shape = (1 + len(every), max(1, len(places)), 1 + most, max(WORDS, PIECE + 1))
        if 8 * prod(shape) > ROOM:
            raise self._wrong(f"takes more than {ROOM:,} bytes; give fewer keys, or slots fewer values")
        laid = np.zeros(shape, np.uint64)
        laid[0, 0, 1, : packing.words] = ~packing.mask(places)
        for number, place in enumerate(places):
            laid[0, number, 0, :PIECE] = packing.fields[place]
            for index in range(len(packing.slots[place].domain)):
                for p, one in enumerate(every, start=1):
                    other, became = one.at(place, index)
                    word, shift, _ = packing.fields[other]
                    laid[p, number, 1 + index, word] = np.uint64(became << shift)
        return laid


def _blocks(group: Group) -> tuple[tuple[str, ...], ...]:
    """Return the blocks of a group that has some."""
    return group.blocks if isinstance(group, CopiedBlocks) else () if isinstance(group, Interchangeable) else group


def _members(group: Group) -> Sequence[object]:
    return group.keys if isinstance(group, Interchangeable) else _blocks(group)


def _moved_slots(group: Group) -> list[str]:
    if isinstance(group, Interchangeable):
        return [slot.name for one in group.arrays for slot in one.slots.values()]
    return [name for block in _blocks(group) for name in block]


def _neighbours(group: Group) -> Iterator[Change]:
    if isinstance(group, Interchangeable):
        yield from (_change(group, renaming) for renaming in group.exchanges())
        return
    every = range(len(_blocks(group)))
    for one, other in pairwise(every):
        yield _ordered(group, [other if place == one else one if place == other else place for place in every])


def _orders(group: Group) -> Iterator[Change]:
    if isinstance(group, Interchangeable):
        yield from (_change(group, renaming) for renaming in group.permutations())
        return
    for order in permutations(range(len(_blocks(group)))):
        yield _ordered(group, order)


def _ordered(group: Group, order: Sequence[int]) -> Change:
    """Return what takes the block in each place to the place given."""
    blocks = _blocks(group)
    moves = {
        name: new
        for block, place in zip(blocks, order, strict=True)
        for name, new in zip(block, blocks[place], strict=True)
    }
    return moves, frozenset(), group.renaming(order) if isinstance(group, CopiedBlocks) else {}


def _change(group: Interchangeable, renaming: Renaming) -> Change:
    return group.moved(renaming), frozenset(group.holding), renaming


def orbits(images: Words, states: Words) -> Longs:
    """Return how many states each stands for: its different images; states of shape (states, words)."""
    found = []
    for first in range(0, len(states), 1 << 12):
        some = states[first : first + (1 << 12)]
        still = some & images[0, 0, 1, : some.shape[1]]
        every = np.repeat(still[None], len(images) - 1, axis=0)
        for number, (word, shift, mask, *_) in enumerate(images[0, :, 0]):
            index = ((some[:, int(word)] >> shift) & mask).astype(np.int64) + 1
            every |= images[1:, number, index, : some.shape[1]]
        parts = every.transpose(1, 0, 2)
        found += [len(np.unique(part, axis=0)) for part in parts]
    return np.array(found, np.int64)
