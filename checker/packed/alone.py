"""One set of assumptions at a time: what runs reach that use it all, beyond what its parts reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from haboot.checker.core import Value
from haboot.checker.packed import scans, spreading
from haboot.checker.packed.holding import (
    AT,
    NO_FIELDS,
    NONE,
    STATES,
    TAKEN,
    Alone,
    Asked,
    Batch,
    Fixed,
    Lacks,
    Seeds,
    Shared,
    Space,
    empty_table,
    longer,
)
from haboot.checker.packed.layout import Longs, Words, room_for
from haboot.checker.packed.rules import Rules
from haboot.checker.packed.thinned import Thin
from numpy.typing import NDArray

BUDGET = 1 << 20  # states and steps between looks at the limits
ROOM = 1 << 12  # states at first
MISSING = 256  # answers that are noted before they are computed


class Circumstances:
    """The circumstances of a family that may have one value only under some set, and then need not be told; see Fixed.

    ``some`` gives of each its values, each with the sets under which it may be chosen.
    """

    def __init__(self, rules: Rules, some: Mapping[str, Sequence[tuple[Value, Sequence[int]]]]) -> None:
        self.rows: list[tuple[tuple[int, ...], list[int]]] = []
        places = list[int]()
        for name, values in some.items():
            free = [value for value, masks in values if 0 in masks]
            if len(free) == 1:
                place, slot = rules.slots[name]
                row = (*rules.packing.fields[place], rules.layout.index[name][free[0]], len(slot.domain) - 1)
                self.rows.append((row, [mask for _, masks in values for mask in masks if mask]))
                places.append(place)
        self.rest = ~rules.packing.mask(places)
        self.every = _laid(row for row, _ in self.rows)

    def here(self, mask: int) -> Longs:
        """Return those that are fixed under a set."""
        return _laid(row for row, others in self.rows if all(one & ~mask for one in others))


def _laid(rows: Iterable[tuple[int, ...]]) -> Longs:
    return np.array(list(rows), np.int64).reshape(-1, NO_FIELDS.shape[1])


class Explorer:
    """Explores one set after the other, each from the steps that lead into it.

    ``found`` and ``counts`` are as in Asked: what is found is under the set itself, or under larger ones.
    """

    def __init__(self, words: int, found: Words, counts: Longs) -> None:
        self.found, self.counts = found, counts
        self.small = np.zeros((ROOM, words), np.uint64), empty_table(ROOM)
        self.lacks = Lacks(
            np.zeros((MISSING, words), np.uint64),
            np.zeros(MISSING, np.int64),
            np.zeros((scans.SEEN, words + 1), np.uint64),
        )
        self.blank = np.zeros(words, np.uint64)
        self.met = np.zeros(len(counts), bool)
        self.mask: int | None = None
        self.lacking = 0

    def begin(self, mask: int, seeds: Seeds, met: NDArray[np.bool_], here: Longs, thin: Thin) -> None:
        """Turn to a set, given the questions that need not be put, and the circumstances that it fixes.

        ``thin`` are the actions that the set allows.
        """
        self.mask, self.seeds, self.here, self.thin, self.lacking = mask, seeds, here, thin, 0
        self.met[:] = met
        self.lacks.seen[:] = 0
        self.small[1][:] = NONE
        self.alone = Alone(*self.small, np.zeros(7, np.int64))

    @property
    def states(self) -> int:
        """How many states of the set are known."""
        return 0 if self.mask is None else int(self.alone.tally[STATES])

    @property
    def is_done(self) -> bool:
        """Whether the whole set is explored."""
        tally = self.alone.tally
        return not self.lacking and tally[TAKEN] == len(self.seeds.states) and tally[AT] == tally[STATES]

    @property
    def missing(self) -> tuple[Words, Longs]:
        """What is missing: states, and what each lacks."""
        return self.lacks.states[: self.lacking], self.lacks.trees[: self.lacking]

    def asked(self, shared: Shared) -> Asked:
        """Return the questions, and where what is found is noted."""
        return Asked(shared.trees, shared.plan, shared.answers, self.met, self.found, self.counts)

    def advance(self, shared: Shared, space: Space, fixed: Fixed, most: int) -> None:
        """Explore until the set is done, answers are missing, or the budget is spent; ``fixed.here`` is the set's."""
        while True:
            self.lacking = spreading.explore(
                *(shared.shape, self.thin.of(shared.model), shared.labels, space, fixed._replace(here=self.here)),
                *(np.uint64(self.mask or 0), most, self.seeds, self.alone, self.asked(shared), self.lacks, BUDGET),
                *(room_for(len(self.blank), shared.model), self._batch(shared.model.most), self.blank),
            )
            if self.lacking >= 0:
                return
            self._grow(shared.model.most)

    def _batch(self, most: int) -> Batch:
        return Batch(np.empty((most, self.blank.size), np.uint64), np.empty(most, np.uint64))

    def _grow(self, least: int) -> None:
        alone, room = self.alone, 4 * len(self.alone.words) + least
        words, table = longer(alone.words, room), empty_table(room)
        spreading.laid(words, table, alone.tally[STATES], NO_FIELDS, self.blank)
        self.alone = Alone(words, table, alone.tally)

    @property
    def bytes(self) -> int:
        """Bytes that are held."""
        return sum(one.nbytes for one in (*self.alone, *self.seeds)) if self.mask is not None else 0
