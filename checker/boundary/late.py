"""Variables that functions look up when they run: what they held when the function was handed in, and hold later.

A function that is made in a loop looks its loop's variable up when it runs, and finds the last value. So what is handed
in notes what its functions' variables hold, and before it is used they must hold the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from copy import copy
from dis import get_instructions
from enum import Enum
from functools import cache, partial
from types import CodeType, FunctionType, ModuleType
from typing import TypeAlias

from haboot.checker.boundary.authors import ModelError, shown

LATE = "made in a loop? its variable is looked up when the function runs; bind it at once: lambda v, name=name: …"
PLAIN = (str, int, float, bytes, tuple, frozenset, Enum)  # what a loop's variable holds; a helper may come later
CONTAINERS = (list, dict, set, bytearray, deque)
MAY_CHANGE = (*PLAIN, *CONTAINERS)
Held: TypeAlias = tuple[tuple[FunctionType, str, object], ...]


class Attributes(dict[str, object]):
    """Those attributes of an object that may change."""


def held(*functions: object) -> Held:
    """Return the plain values that functions look up, as they are now: each with its function and its name."""
    return tuple(
        (function, name, value)
        for one in functions
        for function in _functions(one)
        if _may_hold(function)
        for name, value in _looked_up(function)
        if isinstance(value, PLAIN)
    )


def require_held(place: str, noted: Held) -> None:
    """Raise ModelError where a variable that functions look up holds another value than when they were handed in."""
    for function, name, value in noted:
        now = dict(_looked_up(function)).get(name, value)
        if now is not value and not (type(now) is type(value) and now == value):
            raise ModelError(
                f"{place}: its function looks up '{name}', which was {shown(value)} when it was handed in and is "
                f"{shown(now)} now; {LATE}"
            )


def kept(*functions: object) -> Held:
    """Return what functions may keep something in between calls, each with what it holds: containers and attributes."""
    return tuple(
        (function, name, _content(value))
        for one in functions
        for function in _functions(one)
        for name, value in _looked_up(function)
        if _content(value) is not None
    )


def require_kept(place: str, noted: Held) -> None:
    """Raise ModelError where what functions look up has changed since: then they are none of what they are shown."""
    for function, name, content in noted:
        now = _content(dict(_looked_up(function)).get(name))
        if isinstance(now, Attributes) and isinstance(content, Attributes):
            now = {one: now.get(one) for one in content}  # what is there for the first time may be kept for good
        if now != content:
            raise ModelError(f"{place}: its function keeps something between calls, in '{name}', which has changed")


def _content(value: object) -> object:
    """Return a copy of what a value holds that may change, None where it holds nothing of the kind."""
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, CONTAINERS):
        return copy(value)
    if isinstance(value, (type, FunctionType, ModuleType)):
        return None
    held = getattr(value, "__dict__", {}).items()
    return Attributes((name, copy(one)) for name, one in held if isinstance(one, MAY_CHANGE))


def _functions(given: object) -> Iterator[FunctionType]:
    if isinstance(given, partial):
        yield from _functions(given.func)
        for argument in (*given.args, *given.keywords.values()):
            yield from _functions(argument)
    elif isinstance(given, FunctionType):
        yield given
        yield from _functions(getattr(given, "__wrapped__", None))


def _may_hold(function: FunctionType) -> bool:
    """Whether a function may look up a plain value; to tell names of globals from attributes takes far longer."""
    names = _names(function.__code__)
    return bool(function.__closure__) or any(isinstance(function.__globals__.get(one), PLAIN) for one in names)


def _looked_up(function: FunctionType) -> Iterator[tuple[str, object]]:
    """Yield the variables that a function closes over, and the globals that it names, as far as they hold something."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:
            continue
    for name in _globals(function.__code__):
        if name in function.__globals__:
            yield name, function.__globals__[name]


@cache
def _names(code: CodeType) -> frozenset[str]:
    """Return the names of globals and of attributes in some code, and in the functions within it."""
    return frozenset(code.co_names).union(*(_names(const) for const in code.co_consts if isinstance(const, CodeType)))


@cache
def _globals(code: CodeType) -> frozenset[str]:
    """Return the globals that some code looks up, in the functions within it as well; attributes are none."""
    own = {one.argval for one in get_instructions(code) if one.opname == "LOAD_GLOBAL"}
    return frozenset(own).union(*(_globals(const) for const in code.co_consts if isinstance(const, CodeType)))
