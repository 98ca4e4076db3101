"""Variables of a state, and the view of them: a state is an assignment of one value to each slot.

A slot may stand wherever its name is due, and brings the type of its values.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, overload

from haboot.checker.boundary import (
    Assumed,
    EngineError,
    ModelError,
    Needs,
    Valued,
    domain,
    listed,
    nearest,
    of_value,
    shown,
    spelled_out,
    texts,
    valued,
    wrong,
)

if TYPE_CHECKING:
    from typing_extensions import TypeVar as DefaultTypeVar  # known to every type checker, installed or not

    V_co = DefaultTypeVar("V_co", covariant=True, default=Any)
else:
    V_co = TypeVar("V_co", covariant=True)

Value: TypeAlias = Hashable
Writes: TypeAlias = Mapping[Any, Value]  # by slot, or by its name
V = TypeVar("V")
LEAST_ROOM = 16  # values that a slot without a domain has room for in a packed state, at least


class Unsaid(tuple[Any, ...]):
    """What an author leaves to be found: the reads or writes of an action, which then are all slots, or a domain."""

    __slots__ = ()


UNSAID = Unsaid()
PLAIN = frozenset({str})  # types of keys that are names as they stand


class OutgrownError(EngineError):
    """More values of a slot were met than its states have room for; a search begins anew with more."""


class Found(Sequence[Any]):
    """The values of a slot whose author lists none: those met so far, in that order.

    With ``room``, which is a power of two, no more than so many may come.
    """

    __slots__ = ("_values", "places", "room")

    def __init__(self, values: Iterable[Value]) -> None:
        self.places: dict[Value, int] = {value: place for place, value in enumerate(dict.fromkeys(values))}
        self._values, self.room = [*self.places], 0

    @overload
    def __getitem__(self, place: int) -> Any: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Any]: ...

    def __getitem__(self, place: int | slice) -> Any:
        return self._values[place]

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[Any]:
        return iter(tuple(self._values))  # it may grow meanwhile

    def reserve(self) -> int:
        """Make room for some times as many values as are known, and return how many that are."""
        self.room = max(LEAST_ROOM, 1 << (4 * len(self) - 1).bit_length())
        return self.room

    def add(self, value: Value) -> int:
        """Take a value that is met for the first time and return its place."""
        if len(self) == self.room:
            raise OutgrownError(f"more than {self.room} values")
        self.places[value] = len(self)
        self._values.append(value)
        return self.places[value]


@spelled_out
@dataclass(frozen=True, slots=True)
class Slot(Generic[V_co]):
    """A named variable with a finite domain, in the order that the author gives.

    Without a domain its values are found on the way. It may stand wherever its name is due; a type checker knows of
    ``view[slot]`` what it knows of the domain.

    What pictures show of it: the ``host`` that it belongs to, whether it ``is_state`` of a machine, and for a place in
    a channel the ends and the session of that ``channel``. ``assumes`` says by value what a run that starts with it
    needs to be assumed; see ``checker.boundary.needs``.
    """

    name: str
    domain: Sequence[V_co] = UNSAID
    host: str = ""
    is_state: bool = False
    channel: tuple[str, ...] = ()
    assumes: Valued = field(default=(), repr=False)

    if TYPE_CHECKING:

        def __init__(
            self,
            name: str,
            domain: Iterable[V_co] = ...,
            host: str = "",
            is_state: bool = False,
            channel: tuple[str, ...] = (),
            assumes: Mapping[Any, Assumed] | Valued = (),
        ) -> None: ...

    def __post_init__(self) -> None:
        require_name("slot", self.name)
        if not self.is_open:
            object.__setattr__(self, "domain", domain(f"slot '{self.name}'", "its domain", self.domain))
            object.__setattr__(self, "assumes", valued(f"slot '{self.name}'", self.assumes, self.domain))
        elif self.assumes:
            raise ModelError(f"slot '{self.name}': its values are found on the way, so none can say what it assumes")

    @property
    def is_open(self) -> bool:
        """Whether its values are found on the way."""
        return isinstance(self.domain, (Unsaid, Found))

    def needs(self, value: Value) -> Needs:
        """Return what a run that starts with a value needs to be assumed."""
        return of_value(self.assumes, value)


Named: TypeAlias = str | Slot[Any]


def slot_names(place: str, what: str, given: object) -> tuple[str, ...]:
    """Return the names of slots, some of which may be given as slots."""
    if isinstance(given, Unsaid):
        return given
    if isinstance(given, Slot):
        raise ModelError(f"{place}: {what} is one slot, '{given.name}'; a tuple is due, such as (slot,)")
    members = listed(place, what, given)
    for one in members:
        if not isinstance(one, (str, Slot)):
            raise wrong(place, f"a member of {what}", one, "a slot or its name (of an array, *array)")
    return texts(place, what, tuple(map(_name, members)))


def by_name(values: Mapping[Any, Value]) -> dict[str, Value]:
    """Return values by the names of slots, some of which may be given as slots."""
    if type(values) is dict and PLAIN.issuperset(map(type, values)):
        return values.copy()
    return {_name(slot): value for slot, value in values.items()}


def _name(slot: Any) -> Any:
    return slot.name if isinstance(slot, Slot) else slot


class View(Mapping[str, Any]):
    """The declared part of a state, by slot or by its name; reading any other slot raises ModelError.

    One is ``whole`` that holds all slots, since its owner declares none. ``read`` lists the slots looked at so far, in
    order: compilers use it to find what a result depends on. ``refused`` is the error of a look at another one.
    """

    __slots__ = ("_owner", "_values", "_whole", "read", "refused")

    def __init__(self, values: Mapping[str, Value], owner: str, *, whole: bool = False) -> None:
        self._values, self._owner, self._whole = values, owner, whole
        self.read: dict[str, None] = {}
        self.refused: ModelError | None = None

    @overload
    def __getitem__(self, name: Slot[V]) -> V: ...

    @overload
    def __getitem__(self, name: str) -> Any: ...

    def __getitem__(self, name: Named) -> Any:
        if isinstance(name, Slot):
            name = name.name
        try:
            value = self._values[name]
        except KeyError:
            allowed = ", ".join(self._values) or "none"
            hint = nearest(str(name), self._values)
            what = "does not exist (there are" if self._whole else "it does not declare (declared"
            fault = f"{self._owner} reads slot '{name}', which {what}: {allowed}){hint}"
            error = ModelError(fault)
            error.undeclared = True
            self.refused = error
            raise error from None
        self.read[name] = None
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        """The same for all that it may show, so that no code tells two of them apart by it."""
        return f"<what {self._owner} sees>"

    def require_declared(self) -> None:
        """Raise the error of a look at what is not declared, which model code may have swallowed."""
        if self.refused is not None:
            raise self.refused


def require_name(what: str, name: object) -> None:
    """Raise ModelError unless a name is given."""
    if not isinstance(name, str) or not name:
        raise ModelError(f"a {what}'s name is a text that is not empty, not {shown(name)}")
