"""The same once for each process, message or place, such that no function can look up a loop's variable too late.

What is made for one is made by a call of its own, whose argument no other call changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from typing import TypeVar, overload

from haboot.checker.boundary import ModelError, authored, listed, require_once, shown, spelled
from haboot.checker.properties import Property

K = TypeVar("K")
T = TypeVar("T")


@overload  # a function of a type that is wider than Property may give properties, and is then typed too widely
def for_each(over: Iterable[K], make: Callable[[K], Property]) -> Property: ...  # type: ignore[overload-overlap]


@overload
def for_each(over: Iterable[K], make: Callable[[K], T]) -> tuple[T, ...]: ...


@spelled
def for_each(over: Iterable[K], make: Callable[[K], T]) -> tuple[T, ...] | Property:
    """Return what ``make`` gives for each: slots, actions, promises; properties of one name become one property.

    Its clauses are named by what each was made for, so the verdict says whose broke; of *sometimes* one witness is
    enough. Raises ModelError for properties that differ in more than their clauses.

    >>> from haboot.checker import always
    >>> low = for_each(("a", "b"), lambda pid: always("low", (f"n {pid}",), lambda v: v[f"n {pid}"] < 3))
    >>> [(clause.about, clause.reads) for clause in low.clauses]
    [('a', ('n a',)), ('b', ('n b',))]
    """
    keys = listed("for_each", "what it goes over", over)
    if not callable(make):
        raise ModelError(f"for_each: a function of one of these is due, not {shown(make)}")
    made = list[T]()
    for key in keys:
        with authored(f"for_each, for {shown(key)}"):
            made.append(make(key))
    claims = [one for one in made if isinstance(one, Property)]
    if not claims or len(claims) < len(made):
        return tuple(made)
    return _joined(claims, [str(key) for key in keys])


def _joined(claims: Sequence[Property], keys: Sequence[str]) -> Property:
    first = claims[0]
    for one in claims:
        for part in fields(first):
            mine, other = getattr(first, part.name), getattr(one, part.name)
            if part.name != "clauses" and mine != other:
                raise ModelError(
                    f"for_each: one property is made of them all, and their {part.name} is {shown(mine)} here and "
                    f"{shown(other)} there; give them all the same, or make properties of several names one by one"
                )
    clauses = [
        replace(clause, about=f"{key}: {clause.about}" if clause.about else key)
        for one, key in zip(claims, keys, strict=True)
        for clause in one.clauses
    ]
    require_once(f"property '{first.name}'", "clauses", (one.about for one in clauses))
    return replace(first, clauses=tuple(clauses))
