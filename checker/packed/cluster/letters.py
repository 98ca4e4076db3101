"""What goes from process to process: a head that says what arrays mean, and the arrays as they are.

The head is MessagePack: numbers, texts, and lists marked as what they are. Nothing that is read runs code, and there is
no object for each state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import msgspec
import numpy as np
from haboot.checker.packed.cluster import terms
from haboot.checker.packed.layout import Ask, Lean, Model, Plan
from numpy.typing import NDArray


class Way(NamedTuple):
    """In place of a value: what comes from another process under a number."""

    number: int


RECORDS: dict[str, Callable[..., Any]] = {
    one.__name__: one
    for one in (
        *(Way, Ask, Lean, Model, Plan, terms.Terms, terms.Report, terms.Taken, terms.Closed),
        *(terms.Narrow, terms.Sweeping, terms.Swept, terms.Sought),
    )
}
ARRAY, TUPLE, LIST = "array", "tuple", "list"
NUMBERS = frozenset("biuf")  # kinds of arrays that are sent: numpy's letters of truth values and numbers
Sort: TypeAlias = tuple[str, list[int]]  # the type of an array's elements, and its shape


class Letter(NamedTuple):
    """Values as they are sent: what they are made of, the sort of each array, and the arrays."""

    made: Any
    sorts: list[Sort]
    arrays: list[NDArray[Any]]

    @property
    def octets(self) -> int:
        """Return the bytes of all arrays."""
        return sum(one.nbytes for one in self.arrays)


def written(value: Any) -> Letter:
    """Return a value as a letter, with copies of its arrays; raise TypeError for what none can hold."""
    letter = Letter(None, [], [])
    return letter._replace(made=_taken_apart(value, letter))


def _taken_apart(value: Any, letter: Letter) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in NUMBERS:
            raise TypeError(f"an array of {value.dtype} is not sent")
        letter.sorts.append((value.dtype.str, [*value.shape]))
        letter.arrays.append(value.copy(order="C"))
        return [ARRAY, len(letter.arrays) - 1]
    if not isinstance(value, tuple | list):
        raise TypeError(f"a value of type {type(value).__name__} is not sent")
    kind = LIST if isinstance(value, list) else type(value).__name__
    if kind not in {LIST, TUPLE, *RECORDS}:
        raise TypeError(f"a record of type {kind} is not sent")
    return [kind, *(_taken_apart(one, letter) for one in value)]


def read(letter: Letter) -> Any:
    """Return the value of a letter."""
    return _put_together(letter.made, letter.arrays)


def _put_together(made: Any, arrays: list[NDArray[Any]]) -> Any:
    if not isinstance(made, list):
        return made
    kind, *parts = made
    if kind == ARRAY:
        return arrays[parts[0]]
    values = [_put_together(one, arrays) for one in parts]
    if kind == LIST:
        return values
    return tuple(values) if kind == TUPLE else RECORDS[kind](*values)


NOTHING = written(None)


def head(note: list[Any], letter: Letter) -> bytes:
    """Return what is sent before the arrays of a letter: a note about it, and what it is made of."""
    return msgspec.msgpack.encode((note, letter.made, letter.sorts))


def begun(plain: bytes) -> tuple[list[Any], Letter]:
    """Return the note and the letter of a head, with room for its arrays; raise ValueError for what none can be."""
    note, made, sorts = msgspec.msgpack.decode(plain, type=tuple[list[Any], Any, list[Sort]])
    if any(np.dtype(kind).kind not in NUMBERS for kind, _ in sorts):
        raise ValueError("an array of something other than numbers")
    return note, Letter(made, sorts, [np.empty(shape, kind) for kind, shape in sorts])
