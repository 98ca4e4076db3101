"""The outcomes of compiled actions, in lists that grow while a search learns, and how a question tells them apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from haboot.checker.tables import Patch
from numpy.typing import NDArray


class Made(NamedTuple):
    """One outcome: its action and choice by number, its label, and what it writes (None: cut by a bound)."""

    action: int
    choice: int
    label: int
    patch: Patch | None


class Grown:
    """An array that grows at its end, of elements of some shape; ``filled`` is the part in use."""

    def __init__(self, shape: tuple[int, ...], kind: Any) -> None:
        self.count, self.whole = 0, np.zeros((64, *shape), kind)

    @property
    def filled(self) -> NDArray[Any]:
        """What was put in."""
        return self.whole[: self.count]

    def extend(self, more: Sequence[Any] | NDArray[Any]) -> None:
        """Put elements behind those in use."""
        first, self.count = self.count, self.count + len(more)
        if self.count > len(self.whole):
            self.whole = np.concatenate([self.whole, np.zeros((self.count, *self.whole.shape[1:]), self.whole.dtype)])
        if len(more):
            self.whole[first : self.count] = more


class Kinds:
    """Outcomes that are alike to whom looks at some slots: by outcome its kind, by kind its first outcome."""

    def __init__(self) -> None:
        self.of = Grown((), np.int64)
        self.first: list[int] = []
        self._known: dict[tuple[int, int, tuple[tuple[int, int], ...]], int] = {}

    def add(self, made: Sequence[Made], places: frozenset[int]) -> None:
        """Sort the outcomes that have come since, given all of them."""
        found = list[int]()
        for number in range(self.of.count, len(made)):
            action, _, label, patch = made[number]
            key = action, label, tuple([one for one in patch or () if one[0] in places])
            if key not in self._known:
                self._known[key] = len(self.first)
                self.first.append(number)
            found.append(self._known[key])
        self.of.extend(found)
