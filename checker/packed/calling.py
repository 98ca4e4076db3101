"""How compiled loops are called: by numba's own convention, which takes each argument apart.

A loop gets a place for its result, one for an error, and then its arguments: an array as two addresses that are none,
its size, the bytes of an item, its address, shape and strides; a tuple as its parts. The result comes back as numbers.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from haboot.checker.boundary import EngineError

Kind: TypeAlias = "str | tuple[Any, ...]"  # what an argument is to the compiler; of a tuple its type, then its parts
BYTE = ctypes.c_char
MOST = 8  # values that are held since many calls are given them
_known: dict[int, tuple[object, Kind, list[Any]]] = {}
ADDRESS, LONG = ctypes.c_void_p, ctypes.c_int64
PLAIN = {"q": LONG, "Q": ctypes.c_uint64, "?": ctypes.c_bool, "n": ADDRESS}
FINE = frozenset({0, -2})  # what a loop returns that ended well, with a result and without


class Written:
    """A loop as it is written; ``options`` are the compiler's."""

    def __init__(self, function: Callable[..., Any], **options: Any) -> None:
        self.function, self.options = function, options
        self.name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        self.__doc__ = function.__doc__


class Primitive:
    """A function that is an instruction of the processor in compiled loops; ``plain`` says the same in Python."""

    def __init__(self, plain: Callable[..., Any]) -> None:
        self.plain, self.name = plain, plain.__name__

    def __call__(self, *given: Any) -> Any:
        """Do the same in Python."""
        return self.plain(*given)


def taken_apart(value: Any, values: list[Any]) -> Kind:
    """Append a value, as loops take it, to ``values``, and return its kind.

    A tuple that ``is_lasting`` is given to many calls.
    """
    if isinstance(value, np.ndarray):
        values += (None, None, value.size, value.itemsize, _address(value), *value.shape, *value.strides)
        return _kind(value.dtype, value.ndim, is_dense=value.flags.c_contiguous)
    if isinstance(value, tuple):
        return (_laid if getattr(value, "is_lasting", False) else _parts)(value, values)
    if value is None:
        values.append(None)
        return "n"
    if isinstance(value, bool | np.bool_):
        values.append(bool(value))
        return "?"
    values.append(int(value))
    return "Q" if isinstance(value, np.uint64) else "q"


def _address(array: Any) -> int:
    """Return where the elements of an array begin; the shorter way is not for all arrays."""
    try:
        return ctypes.addressof(BYTE.from_buffer(array))
    except (TypeError, ValueError):  # it is empty, not to be written, or has gaps
        return int(array.__array_interface__["data"][0])


@cache
def _kind(element: Any, axes: int, *, is_dense: bool) -> str:
    return f"{element.str} {axes} {'C' if is_dense else 'A'}"


def _parts(value: tuple[Any, ...], values: list[Any]) -> Kind:
    return type(value), *[taken_apart(one, values) for one in value]


def _laid(value: tuple[Any, ...], values: list[Any]) -> Kind:
    """Do what ``_parts`` does, once for a value that many calls are given; its arrays stay where they are."""
    known = _known.get(id(value))
    if known is None or known[0] is not value:
        own = list[Any]()
        known = value, _parts(value, own), own
        if len(_known) >= MOST:
            _known.clear()
        _known[id(value)] = known
    values += known[2]
    return known[1]


def types_of(kind: Kind) -> list[Any]:
    """Return the types in C of a value of some kind, taken apart."""
    if isinstance(kind, tuple):
        return [one for part in kind[1:] for one in types_of(part)]
    if kind in PLAIN:
        return [PLAIN[kind]]
    return [ADDRESS, ADDRESS, LONG, LONG, ADDRESS, *[LONG] * (2 * int(kind.split()[1]))]


class Code:
    """Machine code at an address, as a function of arguments that are taken apart; ``held`` keeps it in memory."""

    def __init__(self, name: str, kinds: tuple[Kind, ...], address: int, returns: str, held: object) -> None:
        self.name, self.held, self.single = name, held, len(returns) == 1
        types = [one for kind in kinds for one in types_of(kind)]
        fields = [(f"_{number}", PLAIN[one]) for number, one in enumerate(returns)]
        self.result = type("Result", (ctypes.Structure,), {"_fields_": fields})
        self.fields = [field for field, _ in fields]
        self.call = ctypes.CFUNCTYPE(ctypes.c_int32, ADDRESS, ADDRESS, *types)(address)

    def __call__(self, values: list[Any]) -> Any:
        """Run the code, without the interpreter's lock."""
        result, error = self.result(), ADDRESS()
        status = self.call(ctypes.addressof(result), ctypes.addressof(error), *values)
        if status not in FINE:
            raise EngineError(f"the compiled loop {self.name} failed with status {status}")
        found = tuple([getattr(result, field) for field in self.fields])
        return found[0] if self.single else found or None
