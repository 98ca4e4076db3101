"""The same once for each process, message or place, such that no function can look up a loop's variable too late.

What is made for one is made by a call of its own, whose argument no other call changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from functools import partial
from inspect import signature
from typing import Any, TypeVar, overload

from haboot.checker.boundary import ModelError, authored, called, listed, nearest, require_once, shown, spelled
from haboot.checker.core import Action, Result
from haboot.checker.properties import Property
from haboot.checker.slots import UNSAID, Named, View

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


@overload
def action(effect: Callable[[View], Result], /) -> Action: ...


@overload
def action(
    *,
    name: str = ...,
    reads: Iterable[Named] = ...,
    writes: Iterable[Named] = ...,
    environment: bool = ...,
    tags: Iterable[str] = ...,
) -> Callable[[Callable[[View], Result]], Action]: ...


@overload
def action(
    *,
    over: Iterable[K],
    name: str = ...,
    reads: Iterable[Named] = ...,
    writes: Iterable[Named] = ...,
    environment: bool = ...,
    tags: Iterable[str] = ...,
) -> Callable[[Callable[[View, K], Result]], tuple[Action, ...]]: ...


@spelled
def action(effect: Callable[..., Result] | None = None, /, *, over: Any = None, name: str = "", **more: Any) -> Any:
    """Make an action of an effect, as a decorator; ``over`` some keys, one for each of them.

    It is named as its function, with spaces, unless a ``name`` is given, and the key behind. The effect is called with
    the view, and with the key where there is one. What it reads and writes is found on the way unless it is named.

    >>> @action(over=("ann", "bob"))
    ... def enter(view, pid):
    ...     return {f"at {pid}": "in"}
    >>> [one.name for one in enter]
    ['enter ann', 'enter bob']
    """
    known: dict[str, Any] = {"reads": UNSAID, "writes": UNSAID, "environment": False, "tags": ()}
    if odd := next((one for one in more if one not in known), None):
        allowed = ("over", "name", *known)
        raise ModelError(f"action: no argument '{odd}' (allowed: {', '.join(allowed)}){nearest(odd, allowed)}")
    chosen = known | more

    def made(given: Callable[..., Result]) -> Any:
        if not callable(given):
            raise ModelError(f"action: it stands above a function, not {shown(given)}")
        told = name or called(given).strip("_").replace("_", " ")
        if over is None:
            return Action(told, effect=given, **chosen)
        return for_each(over, lambda key: Action(f"{told} {key}", effect=_bound(told, given, key), **chosen))

    return made if effect is None else made(effect)


def _bound(told: str, effect: Callable[..., Result], key: object) -> Callable[[View], Result]:
    """Return an effect for one key."""
    with authored(f"action '{told}'"):
        names = [*signature(effect).parameters]
    if len(names) != 2:
        raise ModelError(f"action '{told}': over some keys its function takes the view and the key, not {names}")
    return partial(effect, **{names[1]: key})
