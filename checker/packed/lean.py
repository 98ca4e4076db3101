"""Steps that a search counts and need not make, since they lead to what comes by other steps at the same level.

The search is *edge-lean* (Bosnacki, Elkind, Genest and Peled, On commutativity based edge lean search, 2007): all
states are found, each at its level, and of the two orders in which two steps lead to a state one is left out. Outcomes
have classes, in the order in which they are first seen; those of one class look at the same slots and write the same.
Two classes are apart when neither writes what the other looks at or writes.

Say that an outcome of class a led from a state r to a state s. A lesser class b that is apart from a need not be made
at s: it can be made at r, a after it, and both orders lead to the same state t. If r is of a level, then s and what b
makes of r are of the next level at most, so t is found as early, if that step of class a is made. It may be left out
for a greater class in turn, but not for ever: of the steps that lead to t from the level before its own, one of the
greatest class is always made. One outcome by which a state was met is enough to know; without it, all is made.
"""

from __future__ import annotations

import numpy as np
from haboot.checker.packed.kinds import Grown, Outcomes
from haboot.checker.packed.layout import CLASSES, PARTITIONS, WORD, Lean, Longs, Words
from numpy.typing import NDArray

SORTED = 1 << 16  # outcomes that are sorted into classes; what comes after them is always made
ROOM = 64  # states of a partition's level of which it is known at first by what they were met
GROWTH = 4  # times as many as in the level before for which there is room


class Classes:
    """The classes of outcomes, as they come; ``lean`` is what follows from them.

    ``looks`` are the bits that each of the first outcomes looks at, one a row, and ``reads`` those of each action.
    """

    def __init__(self, looks: Words, reads: Words) -> None:
        self.looks, self.reads = looks, reads
        self.kinds = Grown((), np.uint8)
        self.known: dict[bytes, int] = {}
        self.sets: list[Words] = [np.zeros((2, reads.shape[1]), np.uint64)]
        self.lean = self._lean()

    def add(self, made: Outcomes) -> None:
        """Sort the outcomes that have come since, given all of them."""
        begin, end, before = self.kinds.count, len(made), len(self.sets)
        if begin == end:
            return
        self.kinds.extend(np.zeros(end - begin, np.uint8))
        if begin < SORTED:
            looks, writes = self.reads[made.action[begin:end]], ~made.patches[begin:end, 0]
            looks[: max(0, len(self.looks) - begin)] = self.looks[begin:end]
            both = np.stack([looks, writes], axis=1)
            _, first, back = np.unique(both.reshape(end - begin, -1), axis=0, return_index=True, return_inverse=True)
            numbers = np.zeros(first.size, np.uint8)
            for one in np.argsort(first).tolist():
                numbers[one] = self._class(both[first[one]])
            self.kinds.filled[begin:] = numbers[back.reshape(-1)]
        if begin < len(self.looks) or len(self.sets) > before:
            self.lean = self._lean()
        self.lean = self.lean._replace(kinds=self.kinds.filled)

    def _class(self, both: Words) -> int:
        """Return the class of what looks at some bits and writes some; 0 if it writes none, or there is no number."""
        if not both[1].any():
            return 0
        number = self.known.get(both.tobytes(), len(self.sets) % CLASSES)
        if number == len(self.sets):
            self.known[both.tobytes()] = number
            self.sets.append(both)
        return number

    def _lean(self) -> Lean:
        looks, writes = np.array(self.sets).swapaxes(0, 1)
        touched = ((looks | writes)[:, None] & writes).any(axis=2)
        spared = ~(touched | touched.T) & np.tri(len(self.sets), k=-1, dtype=bool)
        spared[:, 0] = False
        kinds = self.kinds.filled
        return Lean(kinds, _made(spared[:, kinds[: len(self.looks)]]), _made(spared))


def _made(spared: NDArray[np.bool_]) -> Words:
    """Return bits for what is not spared, along rows of whole words."""
    classes, count = spared.shape
    bits = np.ones((CLASSES, -(-count // 64) * 64), bool)
    bits[:classes, :count] = ~spared
    return np.packbits(bits, axis=1, bitorder="little").view(np.uint64)


def made(lean: Lean) -> Lean:
    """Return what is made where no step is wanting."""
    return lean


def owed(lean: Lean) -> Lean:
    """Return what was not made, and all where it is not known by what a state was met."""

    def other(made: Words) -> Words:
        rest = ~made
        rest[0] = WORD
        return rest

    return Lean(lean.kinds, other(lean.rows), other(lean.others))


def nothing(lean: Lean) -> Lean:
    """Return that no step is made, so that all are only counted."""
    return Lean(lean.kinds, np.zeros_like(lean.rows), np.zeros_like(lean.others))


class Arrivals:
    """By which class of outcomes states of the frontier were met, ``here``, and those of the level after it, ``fresh``.

    Shape (partitions, states of the level). ``base`` is where the level after the frontier begins, ``since`` where the
    frontier began when it was noted.
    """

    def __init__(self, room: int = ROOM) -> None:
        self.room = room
        self.forget(np.zeros(PARTITIONS, np.int64))

    def forget(self, base: Longs) -> None:
        """Know nothing of either level."""
        self.since, self.base = base.copy(), base.copy()
        self.here, self.fresh = np.zeros((2, PARTITIONS, self.room), np.uint8)

    def follow(self, found: Longs, met: NDArray[np.uint8], counts: Longs) -> None:
        """Note by which class so many items were met that come behind those found, as far as ``met`` tells."""
        for p in np.flatnonzero(counts).tolist():
            at = int(found[p] - self.base[p])
            row = self.fresh[p, at : at + int(counts[p])]
            some = met[p, : row.size]
            row[: some.size], row[some.size :] = some, 0

    def turn(self, found: Longs) -> None:
        """Go on to the next level, when partitions hold so many items."""
        most = GROWTH * int((found - self.base).max())
        self.since, self.base, self.here, self.fresh = self.base, found.copy(), self.fresh, self.here
        if self.fresh.shape[1] < most:
            self.fresh = np.zeros((PARTITIONS, most), np.uint8)

    def of(self, first: Longs) -> NDArray[np.uint8]:
        """Return what is known of a frontier that begins at ``first``: nothing where another beginning was noted."""
        self.here[self.since != first] = 0
        self.since = first.copy()
        return self.here
