"""Variables of a state, and the view of them: a state is an assignment of one value to each slot.

A slot may stand wherever its name is due, and brings the type of its values.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, overload

from haboot.checker.boundary import ModelError, domain, listed, nearest, shown, spelled_out, texts, wrong

if TYPE_CHECKING:
    from typing_extensions import TypeVar as DefaultTypeVar  # known to every type checker, installed or not

    V_co = DefaultTypeVar("V_co", covariant=True, default=Any)
else:
    V_co = TypeVar("V_co", covariant=True)

Value: TypeAlias = Hashable
Writes: TypeAlias = Mapping[Any, Value]  # by slot, or by its name
V = TypeVar("V")


@spelled_out
@dataclass(frozen=True, slots=True)
class Slot(Generic[V_co]):
    """A named variable with a finite domain, in the order that the author gives.

    It may stand wherever its name is due; a type checker knows of ``view[slot]`` what it knows of the domain.

    What pictures show of it: the ``host`` that it belongs to, whether it ``is_state`` of a machine, and for a place in
    a channel the ends and the session of that ``channel``.
    """

    name: str
    domain: Sequence[V_co]
    host: str = ""
    is_state: bool = False
    channel: tuple[str, ...] = ()

    if TYPE_CHECKING:

        def __init__(
            self,
            name: str,
            domain: Iterable[V_co],
            host: str = "",
            is_state: bool = False,
            channel: tuple[str, ...] = (),
        ) -> None: ...

    def __post_init__(self) -> None:
        require_name("slot", self.name)
        object.__setattr__(self, "domain", domain(f"slot '{self.name}'", "its domain", self.domain))


Named: TypeAlias = str | Slot[Any]


def slot_names(place: str, what: str, given: object) -> tuple[str, ...]:
    """Return the names of slots, some of which may be given as slots."""
    if isinstance(given, Slot):
        raise ModelError(f"{place}: {what} is one slot, '{given.name}'; a tuple is due, such as (slot,)")
    members = listed(place, what, given)
    for one in members:
        if not isinstance(one, (str, Slot)):
            raise wrong(place, f"a member of {what}", one, "a slot or its name (of an array, *array)")
    return texts(place, what, tuple(map(_name, members)))


def by_name(values: Mapping[Any, Value]) -> dict[str, Value]:
    """Return values by the names of slots, some of which may be given as slots."""
    return {_name(slot): value for slot, value in values.items()}


def _name(slot: Any) -> Any:
    return slot.name if isinstance(slot, Slot) else slot


class View(Mapping[str, Any]):
    """The declared part of a state, by slot or by its name; reading any other slot raises ModelError.

    ``read`` lists the slots looked at so far, in order: compilers use it to find what a result depends on. ``refused``
    is the error of a look at another one.
    """

    __slots__ = ("_owner", "_values", "read", "refused")

    def __init__(self, values: Mapping[str, Value], owner: str) -> None:
        self._values, self._owner = values, owner
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
            fault = f"{self._owner} reads slot '{name}', which it does not declare (declared: {allowed}){hint}"
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

    def require_declared(self) -> None:
        """Raise the error of a look at what is not declared, which model code may have swallowed."""
        if self.refused is not None:
            raise self.refused


def require_name(what: str, name: object) -> None:
    """Raise ModelError unless a name is given."""
    if not isinstance(name, str) or not name:
        raise ModelError(f"a {what}'s name is a text that is not empty, not {shown(name)}")
