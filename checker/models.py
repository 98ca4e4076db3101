"""A model with its properties and what its author expects of them: what the command and pytest take by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

from haboot.checker.boundary import ModelError, given, members, nearest, spelled_out, wrong
from haboot.checker.core import System
from haboot.checker.families import under
from haboot.checker.machines import Composition, allowing, assumptions, compose
from haboot.checker.properties import Property
from haboot.checker.verdicts import Answer

UNSAID = "its author expects it"


class Expected(NamedTuple):
    """The answer that is expected of a property, and why."""

    answer: Answer
    reason: str = UNSAID


@spelled_out
@dataclass(frozen=True)
class Model:
    """A system or a composition under a name, its properties, and what is expected of them.

    ``expected`` gives by property an answer, or a pair of an answer and the reason; every property that it does not
    name is then expected to hold. Without it nothing is expected. Several sizes are several models.
    Raises ModelError for a name that no property has, and for what is no answer.

    >>> from haboot.checker import Action, Slot, always
    >>> up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 3 else None)
    >>> count = System("count", (Slot("n", range(4)),), ({"n": 0},), (up,))
    >>> small = always("small", ("n",), lambda v: v["n"] < 3)
    >>> Model("count", count, [small], {"small": ("VIOLATED", "it counts to three")}).wanted("small")
    Expected(answer=<Answer.VIOLATED: 'VIOLATED'>, reason='it counts to three')
    """

    name: str
    system: System | Composition
    properties: Sequence[Property] = ()
    expected: Mapping[str, str | tuple[str, str]] | None = None
    summary: str = ""

    def __post_init__(self) -> None:
        place = f"model '{given.text('a model', 'its name', self.name)}'"
        if not isinstance(self.system, (System, Composition)):
            raise wrong(place, "its system", self.system, "a System or a Composition")
        if not isinstance(self.summary, str):
            raise wrong(place, "its summary", self.summary, "a text")
        claims = members(place, "its properties", self.properties, Property, "a Property")
        object.__setattr__(self, "properties", claims)
        if self.expected is not None:
            wanted = given.mapping(place, "expected", self.expected)
            for name, value in wanted.items():
                given.require_known(place, "property", name, (one.name for one in claims))
                wanted[name] = _expected(f"{place}: what is expected of '{name}'", value)
            object.__setattr__(self, "expected", wanted)

    @property
    def composition(self) -> Composition | None:
        """The composition, where it is one."""
        return self.system if isinstance(self.system, Composition) else None

    def composed(self) -> System:
        """Return its system, composed where it is a composition."""
        return compose(self.system) if isinstance(self.system, Composition) else self.system

    @cached_property
    def assumptions(self) -> tuple[str, ...]:
        """The names of all assumptions that some part of it needs, in alphabetical order."""
        wired = frozenset[str]() if self.composition is None else assumptions(self.composition)
        return tuple(sorted({*self.composed().assumptions, *wired}))

    def allowing(self) -> Callable[[frozenset[str]], System]:
        """Return a function from assumptions to what is there of it under exactly these; see ``under``."""
        if isinstance(self.system, Composition):
            return allowing(self.system)
        return partial(under, self.system)

    def require_assumed(self, names: Iterable[str]) -> None:
        """Raise ModelError for an assumption that no part of it needs."""
        known = self.assumptions
        for name in names:
            if name not in known:
                allowed = ", ".join(known) or "none"
                raise ModelError(
                    f"model '{self.name}' assumes no '{name}'{nearest(name, known)} (it has {allowed}; say assumes=…)"
                )

    def wanted(self, claim: str) -> Expected | None:
        """Return what its author expects of a property."""
        if self.expected is None:
            return None
        found = self.expected.get(claim)
        return found if isinstance(found, Expected) else Expected(Answer.HOLDS)


def _expected(place: str, value: object) -> Expected:
    pair = value if isinstance(value, tuple) else (value,)
    if not 1 <= len(pair) <= 2 or not all(isinstance(one, str) for one in pair):
        raise wrong(place, "it", value, f"an answer ({', '.join(Answer)}), or a pair of it and a reason,")
    given.require_known(place, "answer", str(pair[0]), Answer)
    return Expected(Answer(pair[0]), *pair[1:])
