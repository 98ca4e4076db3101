"""What holds when a run of a composition begins: its facts, the ways to begin, and what is under way then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from haboot.checker.boundary import given, valued
from haboot.checker.core import Value
from haboot.checker.machines.channels import Pair
from haboot.checker.machines.events import Message


@dataclass(frozen=True, slots=True)
class Fact:
    """A circumstance that never changes during a run: one initial state a value. Pictures show it at a ``host``.

    ``assumes`` says by value what must be assumed for it; see ``checker.boundary.needs``.
    """

    name: str
    values: tuple[Value, ...]
    host: str = ""
    assumes: Any = ()

    def __post_init__(self) -> None:
        place = f"fact '{given.text('a fact', 'its name', self.name)}'"
        object.__setattr__(self, "values", given.domain(place, "it", self.values))
        object.__setattr__(self, "assumes", valued(place, self.assumes, self.values))


@dataclass(frozen=True, slots=True)
class Start:
    """One way to begin: values of several parts that belong together, by slot, and what is then under way.

    What it does not name starts as its instance, fact or resource says. ``under_way`` is as in a Composition.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    under_way: tuple[tuple[Any, ...], ...] = ()

    def __post_init__(self) -> None:
        named = given.mapping("a Start", "its values", self.values, lambda one: given.text("a Start", "a slot", one))
        object.__setattr__(self, "values", named)
        object.__setattr__(self, "under_way", tuple(letters("a Start", self.under_way)))

    @property
    def begun(self) -> Iterator[tuple[Pair, Message]]:
        """What is under way, in order, by channel."""
        return by_channel(self.under_way)


def letters(place: str, under_way: object) -> Iterator[tuple[Any, ...]]:
    """Yield what is under way at the start; raise ModelError for what is none."""
    for one in given.listed(place, "under_way", under_way):
        if not isinstance(one, tuple) or len(one) not in {3, 4} or one[-1] is None:
            due = "(source, target, message) or (source, target, session, message)"
            raise given.wrong(place, "a member of under_way", one, due)
        for what, name in zip(("source", "target", "session"), one[:-1], strict=False):
            if not isinstance(name, str):
                raise given.wrong(place, f"the {what} of what is under way", name, "a text")
        given.require_hashable(place, "a message under way", one[-1])
        yield one


def by_channel(under_way: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Pair, Message]]:
    """Yield what is under way at the start, in order, by channel."""
    for source, target, *rest in under_way:
        *session, message = rest
        yield Pair(source, target, *session or [""]), message
