"""Compiled actions without those that a set of assumptions does not allow.

A family has the actions of everything that may be assumed, and most sets allow few of them. Those that are left out are
neither looked up nor evaluated. What single outcomes need is not told here: see ``Labels``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from haboot.checker.packed.layout import Longs, Model, Words
from haboot.checker.packed.rules import Rules
from numpy.typing import NDArray

ROWS = 64  # of a word


class Thin(NamedTuple):
    """Some of the actions, marked, and what is looked up for these; see Model."""

    actions: NDArray[np.bool_]
    slices: Words
    groups: Longs
    buckets: Longs
    entries: Longs

    def of(self, model: Model) -> Model:
        """Return a model with these actions alone; of outcomes it has all."""
        return model._replace(slices=self.slices, groups=self.groups, buckets=self.buckets, entries=self.entries)


class Thinning:
    """What each action of compiled rules needs: by action, alternative sets as words."""

    def __init__(self, rules: Rules, needs: Sequence[Sequence[int]]) -> None:
        self.rules, self.count = rules, len(needs)
        pairs = [(mask, number) for number, some in enumerate(needs) for mask in some]
        self.sets = sorted({mask for mask, _ in pairs})
        self.which = np.searchsorted(np.array(self.sets, np.uint64), np.array([mask for mask, _ in pairs], np.uint64))
        self.owners = np.array([number for _, number in pairs], np.int64)
        self.rows, self.entries = rules.actions

    def under(self, mask: int) -> Thin:
        """Return the actions that a set allows."""
        return self._thin(lambda one: not one & ~mask)

    def above(self, mask: int, most: int) -> Thin:
        """Return the actions that some set of at most so many allows that contains a set."""
        return self._thin(lambda one: (one | mask).bit_count() <= most)

    def _thin(self, allows: Callable[[int], bool]) -> Thin:
        allowed, actions = np.array([allows(one) for one in self.sets], bool), np.zeros(self.count, bool)
        actions[self.owners[allowed[self.which]]] = True
        rules, kept = self.rules, actions[self.entries]
        before = np.concatenate([[0], np.cumsum(kept)])
        buckets = before[rules.buckets]
        last = rules.groups[:, 3] + rules.groups[:, 2] + 1
        full = buckets[last] > buckets[rules.groups[:, 3]]
        return Thin(actions, self._sliced(actions), rules.groups[full], buckets, rules.entries[kept])

    def _sliced(self, actions: NDArray[np.bool_]) -> Words:
        slices = self.rules.slices.copy()
        bits = np.zeros(slices.shape[2] * ROWS, np.uint8)
        bits[: self.rows.size] = actions[self.rows]
        slices[0] &= np.packbits(bits, bitorder="little").view("<u8")
        return slices
