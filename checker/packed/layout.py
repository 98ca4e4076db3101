"""States as 64-bit words: where each slot lies, and the arrays that the compiled loops read.

A slot takes as many bits as its domain needs and never straddles two words. For states of one word the hash is a
bijection on the bits in use (odd multiplications and a shift by half; compare Cleary, Compact hash tables using
bidirectional linear probing, 1984): its top bits choose the partition, so an item need only hold the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from haboot.checker.core import Slot
from haboot.checker.slots import Found
from haboot.checker.tables import Patch, State
from numpy.typing import NDArray

Words: TypeAlias = NDArray[np.uint64]
Longs: TypeAlias = NDArray[np.int64]

PARTITION_BITS = 12
PARTITIONS = 1 << PARTITION_BITS
PIECE = 3  # numbers that say where a piece of a state lies: word, shift and mask
LANES = 16  # entries of a bucket: a line of the processor's cache
ITEM = (1 << 40) - 1  # the part of a state's number that counts within its partition; above it, the partition
UNKNOWN, PENDING = -1, -2  # contents of a cell; from 0 up a node, from -3 down a leaf
NO, YES = -3, -4  # leaves that answer a question
NOTHING = 3  # number of the leaf without outcomes
STATE, STEP, TERMINAL, INTO, KNOWN = range(5)  # kinds of question; the last asks nothing but what a state's steps are
CUT, ENVIRONMENT, OUTSIDE = 1, 2, 4  # marks of an outcome; what is outside of a constraint is cut as well
CLASS = 56  # where the class by which a state of one word was met lies in a buffer, above its hash
CLASSES = 256  # classes of outcomes at most, with that of none
PLANES = 6  # bits in which a loop counts before it adds up
BLOCK = (1 << PLANES) - 1  # states that a search looks at together
ODD_1, ODD_2 = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93
WORD = (1 << 64) - 1


class Shape(NamedTuple):
    """How a state of ``width`` words is hashed and kept.

    ``form`` has one element where an item takes 32 bits, two where it takes a word, and three where it takes several:
    a tuple, since its length is known when the loops are compiled.
    """

    form: tuple[int, ...]
    width: int
    mask: np.uint64
    half: np.uint64
    undo_1: np.uint64
    undo_2: np.uint64
    rest: np.uint64
    below: np.uint64
    drop: np.uint64
    keep: np.uint64
    cap: int

    @property
    def is_lasting(self) -> bool:
        """Whether many calls are given it; see ``calling.taken_apart``."""
        return True


class Lean(NamedTuple):
    """Which steps are made at a state, by the class of the outcome by which it was met; see ``lean``.

    ``kinds`` is the class of each outcome, 0 for none. ``rows`` has a bit for each row, ``others`` one for each class
    of other outcomes; shape (CLASSES, words).
    """

    kinds: NDArray[np.uint8]
    rows: Words
    others: Words


class Model(NamedTuple):
    """The actions of a system; see ``compiled``."""

    chunks: Longs
    slices: Words
    groups: Longs
    buckets: Longs
    entries: Longs
    nodes: Longs
    cells: Longs
    leaves: Longs
    patches: Words
    marks: NDArray[np.uint8]
    most: int
    lean: Lean

    @property
    def is_lasting(self) -> bool:
        """See Shape."""
        return True


class Room(NamedTuple):
    """What a loop writes to while it looks at a state: the state, a successor, its outcomes, and the rows enabled."""

    state: Words
    after: Words
    picks: Longs
    allowed: Words


def room_for(words: int, model: Model) -> Room:
    """Return room for states of so many words."""
    state, after = np.empty((2, words), np.uint64)
    return Room(state, after, np.empty(model.most, np.int64), np.empty(model.slices.shape[2], np.uint64))


class Block(NamedTuple):
    """Room for some states of the frontier: the states, by which class each was met, and the rows that each enables.

    Then which steps are made, as the places of states and outcomes, and room to count in.
    """

    states: Words
    kinds: NDArray[np.uint8]
    allowed: Words
    sources: NDArray[np.int32]
    outcomes: NDArray[np.int32]
    planes: Words


def block_for(words: int, model: Model, steps: int) -> Block:
    """Return room for states of so many words, and for so many steps."""
    sources, outcomes = np.empty((2, steps), np.int32)
    states, allowed = np.empty((BLOCK, words), np.uint64), np.empty((BLOCK, model.slices.shape[2]), np.uint64)
    return Block(states, np.empty(BLOCK, np.uint8), allowed, sources, outcomes, np.empty(PLANES, np.uint64))


class Store(NamedTuple):
    """The states of all partitions, and the table over them: ``buckets`` + 1 of LANES entries for each partition.

    An entry is an item plus 1 where items take 32 bits. Otherwise, and for queries, it is a number in ``bits`` bits.
    """

    items: NDArray[Any]
    table: NDArray[np.uint32]
    buckets: int
    bits: int


class Ask(NamedTuple):
    """A question: a decision tree, or trees by outcome, by their roots, or a set of states by number behind a sieve."""

    nodes: Longs
    cells: Longs
    roots: Longs
    sieve: NDArray[np.bool_]
    numbers: Longs


class Plan(NamedTuple):
    """Questions for a sweep: trees by root, each with the number of its question, in groups.

    Group g is from at[g] to at[g + 1] - 1: the first asks of each state, the second of each state at rest, and then
    there is one for each outcome. ``masks`` says which bits of a state a group reads, shape (groups, words).
    """

    roots: Longs
    owners: Longs
    at: Longs
    masks: Words


class Sizes:
    """How large states are: the words of each, and the bits in use of the fullest word."""

    def __init__(self, words: int, bits: int) -> None:
        self.words, self.bits = words, bits

    def blank(self) -> Words:
        """Return room for one state."""
        return np.empty(self.words, np.uint64)

    def shape(self, memory: int) -> Shape:
        """Return the shape of states for a number of bytes of address space."""
        bits = max(self.bits, 32) if self.words == 1 else 64
        rest = bits - PARTITION_BITS
        mask = (1 << bits) - 1
        return Shape(
            form=(0,) * (3 if self.words > 1 else 2 if rest > 32 else 1),
            width=self.words,
            mask=np.uint64(mask),
            half=np.uint64((bits + 1) // 2),
            undo_1=np.uint64(pow(ODD_1, -1, 1 << 64)),
            undo_2=np.uint64(pow(ODD_2, -1, 1 << 64)),
            rest=np.uint64(rest),
            below=np.uint64((1 << rest) - 1),
            drop=np.uint64(max(rest - 32, 0)),
            keep=np.uint64(min(rest, 32)),
            cap=memory // PARTITIONS // self.item_bytes + 1,
        )

    @property
    def stride(self) -> int:
        """The words that a state takes in a buffer; see ``kernel.deliver``."""
        return 1 if self.words == 1 else self.words + 1

    def buffered(self, items: NDArray[Any], kinds: NDArray[np.uint8]) -> Words:
        """Return items, shape (…, words), as they lie in buffers, with the class by which each was met."""
        words, kind = items.astype(np.uint64), kinds.astype(np.uint64)
        if self.words == 1:
            return np.asarray(words[..., 0] | kind << np.uint64(CLASS))
        return np.concatenate([words, kind[..., None]], axis=-1)

    @property
    def item(self) -> Any:
        """The type in which items are kept: 32 bits where the hash below the partition's bits fits."""
        return np.uint32 if self.words == 1 and self.bits - PARTITION_BITS <= 32 else np.uint64

    @property
    def item_bytes(self) -> int:
        """Bytes of one item."""
        return int(np.dtype(self.item).itemsize) * self.words


class Packing(Sizes):
    """Where each slot lies: word, shift and mask; slots of ``blocks`` first, a block's pieces alike in every block.

    A slot whose values are found on the way has room for more than are known.
    """

    def __init__(
        self,
        slots: Sequence[Slot],
        blocks: Iterable[Iterable[Sequence[int]]] = (),
        images: Callable[[Packing], Words] | None = None,
    ) -> None:
        self.slots = slots
        self.rooms = [one.reserve() if isinstance(one, Found) else len(one) for one in (slot.domain for slot in slots)]
        self.used: list[int] = []
        self.where: dict[int, tuple[int, int, int]] = {}
        self.groups = [self._group(list(group)) for group in blocks]
        for position in sorted(set(range(len(slots))) - set(self.where), key=lambda place: -self._width(place)):
            self.where[position] = self._field(self._width(position))
        self.fields = [self.where[position] for position in range(len(slots))]
        super().__init__(max(1, len(self.used)), max(self.used, default=0))
        self.images = None if images is None else images(self)

    def _width(self, position: int) -> int:
        return (self.rooms[position] - 1).bit_length()

    def _field(self, width: int) -> tuple[int, int, int]:
        word = next((word for word, used in enumerate(self.used) if used + width <= 64), len(self.used))
        if word == len(self.used):
            self.used.append(0)
        shift = min(self.used[word], 63)
        self.used[word] += width
        return word, shift, (1 << width) - 1

    def _group(self, blocks: list[Sequence[int]]) -> list[list[tuple[int, int, int]]]:
        """Lay out the blocks of one group; a block is cut into pieces of at most 64 bits, each a field of its own."""
        pieces: list[list[int]] = []
        for number, position in enumerate(blocks[0]):
            if not pieces or sum(self._width(blocks[0][n]) for n in pieces[-1]) + self._width(position) > 64:
                pieces.append([])
            pieces[-1].append(number)
        laid = []
        for block in blocks:
            fields = []
            for piece in pieces:
                word, shift, mask = self._field(sum(self._width(block[n]) for n in piece))
                fields.append((word, shift, mask))
                for n in piece:
                    self.where[block[n]] = (word, min(shift, 63), (1 << self._width(block[n])) - 1)
                    shift += self._width(block[n])
            laid.append(fields)
        return laid

    @property
    def blocks(self) -> Words:
        """The interchangeable blocks, shape (groups, 1 + blocks, pieces, PIECE), or the images of all permutations.

        A piece is (word, shift, mask), with mask 0 where a group has fewer; the first entry of a group is its count.
        Images are of shape (1 + permutations, slots, 1 + values, more than PIECE): first, of each slot that moves or
        changes, where it lies, and beside the first of them which bits never change, by word; then, by permutation,
        slot and value, the bits to set, by word.
        """
        if self.images is not None:
            return self.images
        most = max(map(len, self.groups), default=0)
        pieces = max((len(group[0]) for group in self.groups), default=1)
        laid = np.zeros((len(self.groups), 1 + most, pieces, 3), np.uint64)
        for number, group in enumerate(self.groups):
            laid[number, 0, 0, 0] = len(group)
            laid[number, 1 : 1 + len(group), : len(group[0])] = group
        return laid

    @property
    def is_symmetric(self) -> bool:
        """Whether one state stands for others."""
        return bool(self.groups) or self.images is not None

    def encoded(self, states: Sequence[State]) -> Words:
        """Return states of domain indices as words, shape (states, words)."""
        return self.joined(list(zip(*states, strict=True)), len(states))

    def joined(self, columns: Sequence[Sequence[int]], count: int) -> Words:
        """Return a number of states, given as a column of domain indices a slot, as words, shape (states, words)."""
        words = np.zeros((count, self.words), np.uint64)
        for (word, shift, _), indices in zip(self.fields, columns, strict=True):
            words[:, word] |= np.array(indices, np.uint64) << np.uint64(shift)
        return words

    def decoded(self, words: Words) -> State:
        """Return words as domain indices, in the order of the system's slots."""
        plain = [int(word) for word in words]
        return tuple((plain[word] >> shift) & mask for word, shift, mask in self.fields)

    def all_decoded(self, states: Words) -> list[State]:
        """Return several states, shape (states, words), as ``decoded`` does each."""
        columns = [self.column(states, place).tolist() for place in range(len(self.fields))]
        return list(zip(*columns, strict=True))

    def column(self, states: Words, place: int) -> Longs:
        """Return what a slot holds in several states, shape (states, words), as domain indices."""
        word, shift, mask = self.fields[place]
        return (states[:, word] >> np.uint64(shift) & np.uint64(mask)).astype(np.int64)

    def mask(self, places: Iterable[int]) -> Words:
        """Return the bits in which some slots lie."""
        bits = [0] * self.words
        for word, shift, mask in (self.fields[place] for place in places):
            bits[word] |= mask << shift
        return np.array(bits, np.uint64)

    def patched(self, patches: Sequence[Patch]) -> Words:
        """Return patches as what to keep and what to set, shape (patches, 2, words)."""
        laid = list[list[list[int]]]()
        for patch in patches:
            keep, put = [WORD] * self.words, [0] * self.words
            for place, index in patch:
                word, shift, mask = self.fields[place]
                keep[word] &= ~(mask << shift)
                put[word] |= index << shift
            laid.append([keep, put])
        return np.array(laid, np.uint64).reshape(-1, 2, self.words)
