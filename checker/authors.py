"""What authors hand in: one guard around their code and data, so that what goes wrong names its place and its cause.

Nothing that an author writes may end in a bare TypeError or be dropped in silence; what is refused says what was given
and what is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from functools import wraps
from inspect import signature
from itertools import combinations
from types import FunctionType
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C", bound=type)


class ModelError(Exception):
    """A mistake in a model or a property; the message names the place, what was given and what is allowed.

    ``undeclared`` marks a look at a slot that was not declared, for which a loop's late binding is a likely cause.
    """

    undeclared = False


class EngineError(Exception):
    """Two ways of computing the same thing disagree: a defect of the checker, never of the model."""


def nearest(given: str, allowed: Iterable[str]) -> str:
    """Return a hint such as ``; did you mean 'loss'?``, or nothing when no allowed name is near."""
    match = get_close_matches(given, [str(one) for one in allowed], n=1)
    return f"; did you mean '{match[0]}'?" if match else ""


@contextmanager
def authored(place: str, due: str = "") -> Iterator[None]:
    """Turn whatever an author's code or data raises inside into a ModelError that names the place and what is due."""
    try:
        yield
    except (ModelError, EngineError):
        raise
    except Exception as error:
        more = f"; {due}" if due else ""
        raise ModelError(f"{place} raised {type(error).__name__}: {error}{more}") from error


def several(place: str, given: Any, kind: type[T], due: str) -> tuple[T, ...]:
    """Return what an author gives as a sequence; raise ModelError for a single thing, a text or an odd element.

    >>> several("action 'up', reads", ["n"], str, "names")
    ('n',)
    """
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):
        hint = f"; a comma makes a tuple: ({shown(given)},)" if isinstance(given, (str, kind)) else ""
        raise ModelError(f"{place}: a sequence of {due} is due, not {shown(given)}{hint}")
    with authored(place):
        every = tuple(given)
    for one in every:
        if not isinstance(one, kind):
            raise ModelError(f"{place}: {due} are due, not {shown(one)}")
    return every


def shown(value: object) -> str:
    """Return a value as text of bounded length, whatever its ``repr`` does.

    >>> shown(range(3)), shown("x" * 99)[-3:]
    ('range(0, 3)', 'x…')
    """
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - an author's repr may raise anything
        text = f"<{type(value).__name__} whose repr raises {type(error).__name__}>"
    return text if len(text) <= 60 else f"{text[:60]}…"


def spelled(made: Callable[P, T]) -> Callable[P, T]:
    """Refuse a misspelt, missing or superfluous argument of a function with a ModelError that names the nearest one."""

    @wraps(made)
    def called(*given: P.args, **named: P.kwargs) -> T:
        try:
            return made(*given, **named)
        except TypeError as error:
            _require_bound(made.__name__, made, given, named, error)
            raise

    return called


def spelled_out(made: C) -> C:
    """Do for the constructor of a class what ``spelled`` does for a function."""
    name, built = made.__name__, made.__init__  # type: ignore[misc]

    @wraps(built)
    def called(self: object, *given: Any, **named: Any) -> None:
        try:
            built(self, *given, **named)
        except TypeError as error:
            _require_bound(name, built, (self, *given), named, error)
            raise

    made.__init__ = called  # type: ignore[misc]
    return made


def _require_bound(
    name: str, made: Callable[..., Any], given: tuple[Any, ...], named: Mapping[str, Any], error: TypeError
) -> None:
    known = signature(made)
    try:
        known.bind(*given, **named)
    except TypeError as unfit:
        allowed = [one for one in known.parameters if one != "self"]
        odd = next((one for one in named if one not in allowed), None)
        hint = nearest(odd, allowed) if odd else ""
        raise ModelError(f"{name}: {unfit}{hint} (allowed: {', '.join(allowed)})") from error


def twins(given: Iterable[tuple[str, tuple[object, ...]]]) -> tuple[str, str] | None:
    """Return the names of two rows of functions that were made by one line of a loop and cannot differ, if there are.

    Such functions are made anew each time, yet look up the same variables when they run: in all of them, the loop's
    last value.
    """
    made: dict[object, list[tuple[str, tuple[object, ...]]]] = {}
    for name, row in given:
        code = tuple(one.__code__ if isinstance(one, FunctionType) else id(one) for one in row)
        made.setdefault(code, []).append((name, row))
    for alike in made.values():
        for (one, left), (other, right) in combinations(alike[:50], 2):
            pairs = [(a, b) for a, b in zip(left, right, strict=True) if a is not b]
            if pairs and all(_same(a, b) for a, b in pairs):
                return one, other
    return None


def _same(left: object, right: object) -> bool:
    if not isinstance(left, FunctionType) or not isinstance(right, FunctionType):
        return False
    cells = left.__closure__ or (), right.__closure__ or ()
    free = bool(cells[0]) or bool(left.__code__.co_names)
    defaults = (left.__defaults__, left.__kwdefaults__) == (right.__defaults__, right.__kwdefaults__)
    return free and defaults and all(one is other for one, other in zip(*cells, strict=True))
