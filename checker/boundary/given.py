"""The forms of what an author hands in: names that must exist, lists, mappings and functions, each refused by place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from functools import partial
from inspect import isawaitable, isgenerator
from itertools import islice
from typing import Any

from haboot.checker.boundary.authors import ModelError, authored, nearest, shown

MOST = 10_000_000  # members of one list: beyond it never ends, or is none that could be tabulated


def called(function: object) -> str:
    """Return the name of a guard or an effect, also of a callable object and of one that ``partial`` makes."""
    if isinstance(function, partial):
        return called(function.func)
    name = getattr(function, "__name__", None)
    return name if isinstance(name, str) else type(function).__name__


def wrong(place: str, what: str, given: object, due: str) -> ModelError:
    """Return the error for something of a wrong form."""
    return ModelError(f"{place}: {what} is {shown(given)}, of type {type(given).__name__}; {due} is due")


def require_known(place: str, what: str, given: object, allowed: Iterable[object]) -> None:
    """Raise ModelError, with the nearest allowed name, where a name matches nothing."""
    names = [one if isinstance(one, str) else shown(one) for one in allowed]
    if not isinstance(given, str) or given not in names:
        name = given if isinstance(given, str) else shown(given)
        hint = nearest(name, names)
        raise ModelError(f"{place}: unknown {what} '{name}' (allowed: {', '.join(names) or 'none'}){hint}")


def require_once(place: str, what: str, names: Iterable[str]) -> None:
    """Raise ModelError where a name is given twice."""
    met: set[str] = set()
    for name in names:
        if name in met:
            raise ModelError(f"{place}: two {what} are named '{name}'; each needs a name of its own")
        met.add(name)


def text(place: str, what: str, given: object) -> str:
    """Return a name; raise ModelError unless it is a text and not empty."""
    if not isinstance(given, str) or not given:
        raise wrong(place, what, given, "a text that is not empty")
    return given


def flag(place: str, what: str, given: object) -> None:
    """Raise ModelError unless True or False is given."""
    if given is not True and given is not False:
        raise wrong(place, what, given, "True or False")


def count(place: str, what: str, given: object, *, least: int = 1) -> None:
    """Raise ModelError unless a whole number from ``least`` on is given."""
    if not isinstance(given, int) or isinstance(given, bool) or given < least:
        raise wrong(place, what, given, f"a whole number from {least} on")


def listed(place: str, what: str, given: object) -> tuple[Any, ...]:
    """Return the members of a list in their order; a text, a mapping or a set is none."""
    if type(given) is tuple and len(given) <= MOST:
        return given
    if isinstance(given, str | bytes | Mapping | Set) or not isinstance(given, Iterable):
        hint = f", such as ({given!r},)" if isinstance(given, str) else ""
        raise wrong(place, what, given, f"a tuple{hint}")
    with authored(f"{place}: {what}"):
        found = tuple(islice(given, MOST + 1))
    if len(found) > MOST:
        raise ModelError(f"{place}: {what} has more than {MOST:,} members, or never ends")
    return found


def texts(place: str, what: str, given: object) -> tuple[str, ...]:
    """Return a list's members, each a name."""
    found = listed(place, what, given)
    for one in found:
        if not isinstance(one, str) or not one:
            text(place, f"a member of {what}", one)
    return found


def collected(place: str, what: str, given: object) -> frozenset[str]:
    """Return the names in a set or list."""
    return frozenset(texts(place, what, tuple(given) if isinstance(given, Set) else given))


def members(place: str, what: str, given: object, kind: type | tuple[type, ...], due: str) -> tuple[Any, ...]:
    """Return a list's members, each of a type."""
    found = listed(place, what, given)
    for one in found:
        if not isinstance(one, kind):
            raise wrong(place, f"a member of {what}", one, due)
    return found


def functions(place: str, what: str, given: object) -> tuple[Callable[..., Any], ...]:
    """Return guards or effects; raise ModelError for what cannot be called, such as a function's name."""
    found = listed(place, what, given)
    for one in found:
        if not callable(one):
            raise wrong(place, f"one of the {what}", one, "a function of what the participant sees, not its name,")
    return found


def mapping(place: str, what: str, given: object, most: Callable[[Any], object] = lambda _: None) -> dict[Any, Any]:
    """Return a mapping's items by name; ``most`` looks at each key."""
    if not isinstance(given, Mapping):
        raise wrong(place, what, given, "a mapping from names")
    for key in given:
        most(key)
    return dict(given)


def counts(place: str, what: str, given: object, of: str, known: Iterable[object]) -> dict[str, int]:
    """Return a mapping from known names to whole numbers from 1 on; ``of`` says what is named."""
    allowed = tuple(known)
    found = mapping(place, what, given, lambda one: require_known(f"{place}, {what}", of, one, allowed))
    for name, most in found.items():
        count(place, f"{what} of '{name}'", most)
    return found


def domain(place: str, what: str, given: object) -> tuple[Any, ...]:
    """Return the values that something may have, in order; raise ModelError for none, two alike or unhashable ones."""
    values = listed(place, what, given)
    if not values:
        raise ModelError(f"{place}: {what} has no value, so it could hold none")
    met: set[Any] = set()
    for one in values:
        require_hashable(place, f"a value of {what}", one)
        with authored(f"{place}: comparing values of {what}"):
            size = len(met)
            met.add(one)
        if len(met) == size:
            raise ModelError(f"{place}: {what} has the value {shown(one)} twice, or one that equals it")
    return values


def require_hashable(place: str, what: str, given: object) -> None:
    """Raise ModelError for a value that may change, or that no table can hold."""
    try:
        hash(given)
    except Exception as error:
        cause = "lists, sets and dictionaries change; a tuple, a frozenset or a frozen dataclass does not"
        raise ModelError(f"{place}: {what} is {shown(given)}, which cannot be hashed ({error}); {cause}") from error


def require_done(place: str, result: object) -> None:
    """Raise ModelError where an effect gave back work that was not done."""
    if isawaitable(result) or isgenerator(result):
        result.close() if hasattr(result, "close") else None
        raise ModelError(f"{place} gave {type(result).__name__}, of which nothing was done; a plain function is due")
