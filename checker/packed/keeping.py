"""What a labelled search keeps: states with the sets under which they were met, and steps that lead to larger sets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from haboot.checker.packed import spreading
from haboot.checker.packed.holding import (
    AT,
    ENTRIES,
    NO_FIELDS,
    NONE,
    SEEDS,
    STATES,
    Alone,
    Seeds,
    Space,
    empty_table,
    longer,
)
from haboot.checker.packed.layout import Longs, Packing, Words
from numpy.typing import NDArray

ROOM = 1 << 16  # states at first
NOTED = 1 << 18  # steps to larger sets that are sorted at a time


class Kept:
    """States of sets smaller than the largest asked, and the steps to larger sets, by their sizes."""

    def __init__(self, packing: Packing, starts: Sequence[tuple[Words, int]], cuts: int) -> None:
        self.packing, room = packing, max(ROOM, 2 * len(starts))
        self.space = Space(
            words=np.zeros((room, packing.words), np.uint64),
            table=empty_table(room),
            head=np.full(room, NONE, np.int32),
            masks=np.zeros(2 * room, np.uint64),
            owner=np.zeros(2 * room, np.int32),
            after=np.zeros(2 * room, np.int32),
            cuts=np.zeros(cuts, np.uint64),
            tally=np.zeros(7, np.int64),
        )
        self.seeds = self._room_for_seeds(NOTED)
        self.waiting: dict[int, list[Seeds]] = {}
        for state, mask in starts:
            s = spreading.number_of(self.space, state)
            self._wait(Seeds(*(np.array([one]) for one in (np.int32(s), np.int32(NONE), np.uint64(mask)))))

    @staticmethod
    def _room_for_seeds(room: int) -> Seeds:
        return Seeds(np.zeros(room, np.int32), np.zeros(room, np.int32), np.zeros(room, np.uint64))

    @property
    def bytes(self) -> int:
        """Bytes that are held."""
        waiting = [one for some in self.waiting.values() for part in some for one in part]
        return sum(one.nbytes for one in (*self.space, *self.seeds, *waiting))

    def take(self, alone: Alone, mask: int) -> None:
        """Keep the states of a set, each a new entry, with AT at the first of these."""
        count = int(alone.tally[STATES])
        self._make_room(count)
        self.space.tally[AT] = self.space.tally[ENTRIES]
        spreading.kept(self.space, alone, np.uint64(mask), self.packing.blank())

    def _make_room(self, count: int) -> None:
        space, states, entries = self.space, int(self.space.tally[STATES]), int(self.space.tally[ENTRIES])
        if states + count > len(space.words):
            room = 2 * len(space.words) + count
            space = space._replace(words=longer(space.words, room), head=longer(space.head, room))
            space = space._replace(table=self.table(space, NO_FIELDS))
        if entries + count > space.masks.size:
            room = 2 * space.masks.size + count
            more = {name: longer(getattr(space, name), room) for name in ("masks", "owner", "after")}
            space = space._replace(**more)
        self.space = space

    def table(self, space: Space, settled: Longs) -> NDArray[np.int32]:
        """Return a table over all states, with some circumstances as if not chosen; see Fixed."""
        table = empty_table(len(space.words))
        spreading.laid(space.words, table, space.tally[STATES], settled, self.packing.blank())
        return table

    def flush(self, widest: int) -> None:
        """Put the steps noted to those that wait, and make room for at least ``widest`` others."""
        count = int(self.space.tally[SEEDS])
        self._wait(Seeds._make(one[:count].copy() for one in self.seeds))
        self.space.tally[SEEDS] = 0
        if widest > self.seeds.masks.size:
            self.seeds = self._room_for_seeds(2 * widest)

    def _wait(self, seeds: Seeds) -> None:
        """Let steps wait for the size of the sets to which they lead."""
        some, which = np.unique(seeds.masks, return_inverse=True)
        sizes = np.array([mask.bit_count() for mask in some.tolist()], np.int64)[which]
        for size in np.unique(sizes).tolist():
            here = sizes == size
            self.waiting.setdefault(size, []).append(Seeds._make(one[here] for one in seeds))

    def of_size(self, size: int) -> list[tuple[int, Seeds]]:
        """Return the sets of a size to which steps lead, each with these; they wait no longer."""
        self.flush(0)
        parts = self.waiting.pop(size, [])
        if not parts:
            return []
        states, outcomes, masks = (np.concatenate(some) for some in zip(*parts, strict=True))
        order = np.argsort(masks, kind="stable")
        ordered = Seeds(states[order], outcomes[order], masks[order])
        some, first = np.unique(ordered.masks, return_index=True)
        ends = [*first[1:].tolist(), masks.size]
        return [
            (mask, Seeds._make(one[lo:hi] for one in ordered))
            for mask, lo, hi in zip(some.tolist(), first.tolist(), ends, strict=True)
        ]
