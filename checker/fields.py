"""States by attributes: a class says which slots there are and of which type, for a type checker and for readers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from inspect import get_annotations
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from haboot.checker.boundary import ModelError, nearest, shown
from haboot.checker.slots import UNSAID, Slot, Value, View

F = TypeVar("F", bound="Fields")
R = TypeVar("R")


class Fields:
    """The base of a class whose annotated attributes are slots; what a function of it reads is read of the view.

    >>> class Jugs(Fields):
    ...     small: int = 0
    ...     big: int = 0
    >>> Jugs.see(lambda jugs: jugs.small + jugs.big)(View({"small": 1, "big": 2}, "it"))
    3
    >>> [slot.name for slot in Jugs.slots(small=range(4))], Jugs.start(big=5)
    (['small', 'big'], {'small': 0, 'big': 5})
    """

    _first: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        names = [name for name in get_annotations(cls) if not name.startswith("_")]
        for name in names:
            if hasattr(Fields, name):
                raise ModelError(f"fields '{cls.__name__}': '{name}' is what all fields have; name the slot otherwise")
        cls._first = {**cls._first, **{name: vars(cls).get(name, UNSAID) for name in names}}
        for name in names:
            if name in vars(cls):
                delattr(cls, name)  # so that it is looked up in the view

    def __init__(self, view: View) -> None:
        object.__setattr__(self, "_view", view)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(name)
            return self._view[name]

    def __setattr__(self, name: str, value: object) -> None:
        raise ModelError(f"fields '{type(self).__name__}': '{name}' is assigned; an effect returns what changes")

    @classmethod
    def see(cls: type[F], told: Callable[[F], R]) -> Callable[[View], R]:
        """Return an effect or a predicate that is told of fields as one that is handed a view."""

        @wraps(told)
        def seen(view: View) -> R:
            return told(cls(view))

        return seen

    @classmethod
    def slots(cls, **domains: Iterable[Any]) -> tuple[Slot[Any], ...]:
        """Return the slots, with their domains where these are given."""
        cls._require(domains)
        return tuple(Slot(name, domains.get(name, UNSAID)) for name in cls._first)

    @classmethod
    def start(cls, **values: Value) -> dict[str, Value]:
        """Return an initial state: the values given, and the defaults of all other fields."""
        cls._require(values)
        found = {**cls._first, **values}
        if lacking := [name for name, value in found.items() if value is UNSAID]:
            raise ModelError(f"fields '{cls.__name__}': no value is given for {', '.join(map(shown, lacking))}")
        return found

    @classmethod
    def _require(cls, given: Iterable[str]) -> None:
        for name in given:
            if name not in cls._first:
                hint = nearest(name, cls._first)
                known = ", ".join(cls._first) or "none"
                raise ModelError(f"fields '{cls.__name__}': there is no '{name}' (there are: {known}){hint}")
