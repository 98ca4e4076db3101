"""What authors hand in: one guard around their code and data, so that what goes wrong names its place and its cause.

Nothing that an author writes may end in a bare TypeError or be dropped in silence; what is refused says what was given
and what is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import wraps
from inspect import currentframe, signature, unwrap
from itertools import combinations
from reprlib import Repr
from types import FunctionType
from typing import Any, ParamSpec, TypeVar

_REPR = Repr()
_REPR.maxstring = _REPR.maxother = 80

SLIPS = (Exception, SystemExit)  # what an author's code may raise; an interrupt is none of it
MOST_SEEN = 8  # slots that an error shows the values of
P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C", bound=type)


class ModelError(Exception):
    """A mistake in a model or a property; the message names the place, what was given and what is allowed.

    ``undeclared`` marks a look at a slot that was not declared, for which a loop's late binding is a likely cause;
    ``way`` says how a run comes to where the mistake shows, and ``looked`` which slots were looked at there.
    """

    undeclared = False
    way = ""
    looked: tuple[str, ...] = ()

    def seen(self, values: Mapping[str, object]) -> str:
        """Return what the slots that were looked at hold, to stand behind the way."""
        told = [f"{name}={shown(values[name])}" for name in self.looked]
        more = ", …" if len(told) > MOST_SEEN else ""
        return f", where {', '.join(told[:MOST_SEEN])}{more}" if told else ""

    def __str__(self) -> str:
        said = super().__str__()
        return f"{said} ({self.way})" if self.way else said


class EngineError(Exception):
    """Two ways of computing the same thing disagree: a defect of the checker, never of the model."""


def nearest(given: str, allowed: Iterable[str]) -> str:
    """Return a hint such as ``; did you mean 'loss'?``, or nothing when no allowed name is near."""
    match = get_close_matches(given, [str(one) for one in allowed], n=1)
    return f"; did you mean '{match[0]}'?" if match else ""


def written() -> tuple[str, int]:
    """Return the file and line where the author makes the value whose ``__post_init__`` asks; ("", 0) if unknown."""
    frame = currentframe()
    for _ in range(3):  # this function, __post_init__ and __init__ stand between
        frame = frame and frame.f_back
    return (frame.f_code.co_filename, frame.f_lineno) if frame else ("", 0)


class _Guard:
    """See ``authored``; a class, since it is entered for every value that an author's code gives."""

    __slots__ = ("due", "place")

    def __init__(self, place: str, due: str) -> None:
        self.place, self.due = place, due

    def __enter__(self) -> None:
        """Nothing needs to be done beforehand."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, SLIPS) and not isinstance(error, (ModelError, EngineError)):
            more = f"; {self.due}" if self.due else ""
            raise ModelError(f"{self.place} raised {type(error).__name__}: {error}{more}") from error


def authored(place: str, due: str = "") -> _Guard:
    """Turn whatever an author's code or data raises inside into a ModelError that names the place and what is due."""
    return _Guard(place, due)


def shown(value: object) -> str:
    """Return a value's text for an error, cut where it is long; never raises.

    >>> shown(range(3)), len(shown("x" * 999))
    ('range(0, 3)', 80)
    """
    return _REPR.repr(value)


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
    for name, wrapped in given:
        row = tuple(unwrap(one) if isinstance(one, FunctionType) else one for one in wrapped)
        code = tuple(one.__code__ if isinstance(one, FunctionType) else id(one) for one in row)
        made.setdefault(code, []).append((name, row))
    for alike in made.values():
        for (one, left), (other, right) in combinations(alike[:50], 2):
            pairs = [
                (a, b)
                for a, b in zip(left, right, strict=True)
                if a is not b and isinstance(a, FunctionType) and isinstance(b, FunctionType)  # all else is one object
            ]
            if any(_looks_up(a) for a, _ in pairs) and all(_same(a, b) for a, b in pairs):
                return one, other
    return None


def _looks_up(function: FunctionType) -> bool:
    return bool(function.__closure__) or bool(function.__code__.co_names)


def _same(left: FunctionType, right: FunctionType) -> bool:
    cells = left.__closure__ or (), right.__closure__ or ()
    defaults = (left.__defaults__, left.__kwdefaults__) == (right.__defaults__, right.__kwdefaults__)
    return defaults and all(one is other for one, other in zip(*cells, strict=True))
