"""The outcomes of compiled actions, in columns that grow while a search learns, and how a question tells them apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, overload

import numpy as np
from haboot.checker.packed.layout import WORD, Longs, Packing, Words
from haboot.checker.tables import Patch
from numpy.typing import NDArray

BLOCK = 1 << 14  # outcomes that are sorted into kinds at a time


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


class Outcomes(Sequence[Made]):
    """Outcomes by number, each as a Made when it is asked for.

    Those that come one by one wait as they are until a column is asked for; those that come as columns are never held
    as objects, since a search may learn a million of them.
    """

    def __init__(self, packing: Packing) -> None:
        self.packing = packing
        self._action, self._choice, self._label = (Grown((), np.int64) for _ in range(3))
        self._patches = Grown((2, packing.words), np.uint64)
        self._cut = Grown((), np.bool_)
        self._held: list[Made | None] = []
        self._waiting: list[Made] = []

    def __len__(self) -> int:
        return len(self._held)

    @overload
    def __getitem__(self, number: int) -> Made: ...

    @overload
    def __getitem__(self, number: slice) -> Sequence[Made]: ...

    def __getitem__(self, number: int | slice) -> Made | Sequence[Made]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        return self._held[number] or self._drawn(number)

    def _drawn(self, number: int) -> Made:
        """Return an outcome that came in columns."""
        action, choice, label = (int(one.whole[number]) for one in (self._action, self._choice, self._label))
        keep, put = self._patches.whole[number].tolist()
        patch = tuple(
            (place, put[word] >> shift & mask)
            for place, (word, shift, mask) in enumerate(self.packing.fields)
            if mask and not keep[word] >> shift & mask
        )
        return Made(action, choice, label, patch)

    def add(self, more: Sequence[Made]) -> None:
        """Take outcomes one by one."""
        self._held += more
        self._waiting += more

    def add_columns(self, action: int, choice: Longs, label: Longs, patches: Words) -> None:
        """Take outcomes of one action that no bound cuts; see ``Packing.patched`` for the patches."""
        self._settle()
        self._held += [None] * len(choice)
        self._put(np.full(len(choice), action), choice, label, np.zeros(len(choice), bool), patches)

    def _settle(self) -> None:
        if self._waiting:
            action, choice, label, patches = zip(*self._waiting, strict=True)
            cut = [patch is None for patch in patches]
            self._put(action, choice, label, cut, self.packing.patched([patch or () for patch in patches]))
            self._waiting = []

    def _put(self, *columns: Any) -> None:
        every = self._action, self._choice, self._label, self._cut, self._patches
        for column, more in zip(every, columns, strict=True):
            column.extend(more)

    @property
    def action(self) -> Longs:
        """The number of each outcome's action."""
        self._settle()
        return self._action.filled

    @property
    def choice(self) -> Longs:
        """Which of its action's results each outcome is."""
        self._settle()
        return self._choice.filled

    @property
    def label(self) -> Longs:
        """The number of what an observer sees of each outcome."""
        self._settle()
        return self._label.filled

    @property
    def cut(self) -> NDArray[np.bool_]:
        """Which outcomes a bound cuts."""
        self._settle()
        return self._cut.filled

    @property
    def patches(self) -> Words:
        """What each outcome keeps and sets, shape (outcomes, 2, words)."""
        self._settle()
        return self._patches.filled


class Kinds:
    """Outcomes that are alike to whom looks at some bits of a state: by outcome its kind, by kind its first outcome."""

    def __init__(self, mask: Words) -> None:
        self.mask = mask
        self.of = Grown((), np.int64)
        self.first: list[int] = []
        self._known: dict[bytes, int] = {}

    def add(self, made: Outcomes, most: int = WORD) -> None:
        """Sort the outcomes that have come since, given all of them, until there are more than ``most`` kinds."""
        while self.of.count < len(made) and len(self.first) <= most:
            begin, end = self.of.count, min(len(made), self.of.count + BLOCK)
            keep, put = (made.patches[begin:end, side] & self.mask for side in (0, 1))
            named = np.column_stack([made.action[begin:end], made.label[begin:end]]).astype(np.uint64)
            keys = np.ascontiguousarray(np.concatenate([named, keep, put], axis=1))
            whole = keys.view(np.dtype((np.void, keys.shape[1] * keys.itemsize))).reshape(-1)
            _, first, kind = np.unique(whole, return_index=True, return_inverse=True)
            number = np.empty(first.size, np.int64)
            for one in np.argsort(first).tolist():
                number[one] = self._known.setdefault(whole[first[one]].tobytes(), len(self.first))
                if number[one] == len(self.first):
                    self.first.append(begin + int(first[one]))
            self.of.extend(number[kind])
