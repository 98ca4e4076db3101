"""Functions of an author lifted to terms: the same code, in a world of which all is known.

A function is lifted where all the code that it can reach is plain Python that changes nothing which outlives a call,
catches nothing, repeats nothing but for each member of something, and looks up such functions, a few functions of the
language and constants alone. Then what it does to a number is done by operators, which terms follow or refuse, with one
exception: ``int``, which lifted code finds replaced. What can tell apart two objects that are equal is left out
(``is``, ``id``, ``type``). Whatever is not known to be harmless is not lifted.
"""

from __future__ import annotations

import builtins
import dis
import sys
from collections.abc import Callable, Iterator
from types import CellType, CodeType, FunctionType
from typing import Any

from haboot.checker.core import Outcome
from haboot.checker.properties import Strict
from haboot.checker.slots import Slot
from haboot.checker.symbolic.terms import whole

KNOWN = sys.version_info < (3, 15)  # versions whose instructions were gone through for those denied
LOOKS_FAR = frozenset({"IMPORT_NAME", "IMPORT_FROM", "IMPORT_STAR", "LOAD_BUILD_CLASS", "LOAD_NAME", "LOAD_CLASSDEREF"})
LOOKS_UP = frozenset({"LOAD_LOCALS", "LOAD_SUPER_ATTR", "LOAD_FROM_DICT_OR_DEREF", "LOAD_FROM_DICT_OR_GLOBALS"})
CHANGES = frozenset({"STORE_NAME", "STORE_GLOBAL", "STORE_ATTR", "DELETE_NAME", "DELETE_GLOBAL", "DELETE_ATTR"})
CATCHES = frozenset({"PUSH_EXC_INFO", "CLEANUP_THROW", "BEFORE_WITH", "BEFORE_ASYNC_WITH", "LOAD_SPECIAL"})
WAITS = frozenset({"GET_AWAITABLE", "GET_AITER", "GET_ANEXT", "SEND"})
DENIED = {"IS_OP", "MATCH_CLASS", "DELETE_SUBSCR", "PRINT_EXPR"} | LOOKS_FAR | LOOKS_UP | CHANGES | CATCHES | WAITS
OUTER = frozenset({"STORE_DEREF", "DELETE_DEREF"})  # denied for variables of a function around
READS = frozenset({"before", "after", "action", "events", "get", "keys", "values", "items", "count", "index"})
ATTRIBUTES = READS | {"append", "extend", "union", "startswith", "endswith"}
CONSTANTS = frozenset({int, bool, str, bytes, type(None), type(...), range, Slot})
OF_MANY = (all, any, dict, enumerate, len, list, max, min, range, reversed, sorted, sum, tuple, zip)
OFFERED = (abs, bool, *OF_MANY, Outcome)


class _UnknownError(Exception):
    """A function reaches what none may that is lifted."""


def lifted(function: Callable[..., Any]) -> Callable[..., Any] | None:
    """Return a function as it works on terms, None where it is not lifted."""
    try:
        found: Callable[..., Any] = _Lifting().of(function)
    except _UnknownError:
        return None
    return found if KNOWN else None


class _Lifting:
    """What was lifted so far, by the functions that it was made of; a function may call itself."""

    def __init__(self) -> None:
        self.made: dict[int, FunctionType] = {}

    def of(self, value: Any) -> Any:
        """Return what stands for a value in lifted code."""
        if type(value) is FunctionType:
            return self.made.get(id(value)) or self._function(value)
        if type(value) is Strict:
            return Strict(value.owner, self.of(value.test))
        if value is int:
            return whole
        if not is_constant(value) and not any(value is one for one in OFFERED):
            raise _UnknownError
        return value

    def _function(self, function: FunctionType) -> FunctionType:
        code, world = function.__code__, dict[str, Any]()
        cells = tuple(CellType() for _ in function.__closure__ or ())
        world["__builtins__"] = {}
        made = FunctionType(code, world, function.__name__, self._all(function.__defaults__), cells)
        self.made[id(function)] = made
        named = function.__kwdefaults__ or {}
        made.__kwdefaults__ = {name: self.of(value) for name, value in named.items()}
        for name in _globals(code):
            world[name] = self.of(function.__globals__.get(name, getattr(builtins, name, self)))
        for cell, given in zip(cells, function.__closure__ or (), strict=True):
            cell.cell_contents = self.of(_content(given))
        return made

    def _all(self, values: tuple[Any, ...] | None) -> tuple[Any, ...]:
        return tuple(self.of(value) for value in values or ())


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        raise _UnknownError from None


def is_constant(value: Any) -> bool:
    """Whether a value is of a few types that never change, and so is all that it holds."""
    if type(value) in {tuple, frozenset}:
        return all(map(is_constant, value))
    return type(value) in CONSTANTS


def _globals(code: CodeType) -> Iterator[str]:
    """Return the globals that some code looks up, that of functions within it as well."""
    every = list(dis.get_instructions(code))
    heads = {one.offset for one in every if one.opname == "FOR_ITER"}
    for one in every:
        name = str(one.argval)
        denied = one.opname in DENIED or (one.opname in OUTER and name in code.co_freevars)
        odd = one.opname in {"LOAD_ATTR", "LOAD_METHOD"} and name not in ATTRIBUTES
        turns = one.opcode in dis.hasjrel and one.argval < one.offset and one.argval not in heads
        if denied or odd or turns:
            raise _UnknownError
        if one.opname == "LOAD_GLOBAL":
            yield name
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _globals(const)
