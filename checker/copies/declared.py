"""A model of any number of copies that are alike: what each one has, what all share, and the rules of their steps.

A rule is the step of one copy, or of what is shared alone. It may ask something of every other copy and do something to
every other copy in the same step, so that the rules say of each number of copies what its steps are (the parameterised
systems with global conditions of Abdulla, Haziza and Holík, Parameterized verification through view abstraction, STTT
2016; guards of this form are those of Cubicle, Conchon and others, CAV 2012).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, TypeAlias

from haboot.checker.boundary import (
    ModelError,
    amount,
    given,
    members,
    nearest,
    require_once,
    shown,
    spelled_out,
    texts,
    wrong,
)
from haboot.checker.core import Slot, Value, View, outside
from haboot.checker.slots import Writes, by_name, require_name

Effect: TypeAlias = Callable[[View], "Writes | Iterable[Writes] | None"]
Asked: TypeAlias = Callable[[View, View], bool]
Done: TypeAlias = Callable[[View, View], "Writes | None"]
MOST_AMONG = 3  # copies that a property may look at together


class Who(Enum):
    """What a slot that names a copy holds, as a copy sees it."""

    ME = "me"
    OTHER = "another"
    NOBODY = "nobody"


@spelled_out
@dataclass(frozen=True)
class Rule:
    """A named step.

    ``effect`` sees what a copy has and what is shared, and returns what it writes of both: nothing when the step cannot
    be taken, one mapping, or several for a choice. With ``every(me, other)`` it is taken only where that is true of
    every other copy; ``others(me, other)`` returns what it writes of what each other copy has. Both see the state
    before the step. A rule that is ``shared`` is no copy's: its effect sees and writes what is shared, and every copy
    is an other.
    """

    name: str
    effect: Effect
    every: Asked | None = None
    others: Done | None = None
    shared: bool = False

    def __post_init__(self) -> None:
        require_name("rule", self.name)
        given.flag(self.label, "shared", self.shared)
        for what in ("effect", "every", "others"):
            one = getattr(self, what)
            if not callable(one) and (what == "effect" or one is not None):
                raise wrong(self.label, what, one, "a function")

    @property
    def label(self) -> str:
        """What stands in messages."""
        return f"rule '{self.name}'"


@spelled_out
@dataclass(frozen=True)
class Among:
    """A property of every so many copies, in whatever order: ``holds(one, other)`` for two.

    Each argument shows what one copy has, and what is shared. With a ``premise`` of the same arguments it is asked
    where that is true.
    """

    name: str
    copies: int
    holds: Callable[..., bool]
    premise: Callable[..., bool] | None = None
    statement: str = ""
    cites: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_name("property", self.name)
        given.count(self.label, "copies", self.copies)
        if self.copies > MOST_AMONG:
            raise ModelError(
                f"{self.label}: it looks at {self.copies} copies together (allowed: 1 to {MOST_AMONG}); for what more "
                "of them are alike in, count them: Count"
            )
        for what in ("holds", "premise"):
            one = getattr(self, what)
            if not callable(one) and (what == "holds" or one is not None):
                raise wrong(self.label, what, one, f"a function of {self.copies} copies")

    @property
    def label(self) -> str:
        """What stands in messages."""
        return f"property '{self.name}'"


@spelled_out
@dataclass(frozen=True)
class Count:
    """A property of how many copies are such as ``of`` says: ``holds(shared, number)``.

    Numbers beyond ``most`` are not told apart: ``most`` + 1 stands for them all. ``shared`` shows what is shared.
    """

    name: str
    of: Callable[[View], bool]
    most: int
    holds: Callable[[View, int], bool]
    statement: str = ""
    cites: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_name("property", self.name)
        given.count(self.label, "most", self.most, least=0)
        for what in ("of", "holds"):
            if not callable(getattr(self, what)):
                raise wrong(self.label, what, getattr(self, what), "a function")

    @property
    def label(self) -> str:
        """What stands in messages."""
        return f"property '{self.name}'"


@spelled_out
@dataclass(frozen=True)
class Copies:
    """A model for each number of copies: their slots, those that are shared, the rules and the properties.

    Each copy has its ``own`` slots. A shared slot in ``naming`` holds one of the copies or nobody, and is seen and
    written as ``Who``. ``initial`` gives the values that all copies and what is shared begin with, by default the first
    of each domain; nobody is named at the start. A copy is called by its ``noun``. ``expected`` is as for a Model, of
    every number of copies; of a number nothing is expected.
    Raises ModelError for what cannot be such a model.

    >>> lock = Copies("lock", own=[Slot("at", ("out", "in"))], shared=[Slot("free", (True, False))], rules=[
    ...     Rule("enters", lambda me: {"at": "in", "free": False} if me["free"] else None),
    ...     Rule("leaves", lambda me: {"at": "out", "free": True} if me["at"] == "in" else None),
    ... ], properties=[Among("one at a time", 2, lambda one, other: {one["at"], other["at"]} != {"in"})])
    >>> lock.start["free"], lock.nouns
    (True, 'copies')
    """

    name: str
    own: Sequence[Slot[Any]]
    rules: Sequence[Rule]
    shared: Sequence[Slot[Any]] = ()
    naming: Sequence[str] = ()
    properties: Sequence[Among | Count] = ()
    initial: Mapping[str, Value] | Mapping[Slot[Any], Value] | None = None
    noun: str = "copy"
    summary: str = ""
    expected: Mapping[str, str | tuple[str, str]] | None = None

    def __post_init__(self) -> None:
        require_name("model of copies", self.name)
        for what, kind, due in (
            ("own", Slot, "a Slot"),
            ("shared", Slot, "a Slot"),
            ("rules", Rule, "a Rule"),
            ("properties", (Among, Count), "an Among or a Count"),
        ):
            object.__setattr__(self, what, members(self.label, what, getattr(self, what), kind, due))
        object.__setattr__(self, "naming", texts(self.label, "naming", self.naming))
        given.text(self.label, "noun", self.noun)
        require_once(self.label, "slots", self.names)
        require_once(self.label, "rules", (one.name for one in self.rules))
        require_once(self.label, "properties", (one.name for one in self.properties))
        if not self.own:
            raise ModelError(f"{self.label}: a copy has no slot of its own, so that nothing is told of it")
        for slot in (*self.own, *self.shared):
            if slot.is_open:
                raise ModelError(f"{self.label}: slot '{slot.name}' needs a domain, the values that it may hold")
        object.__setattr__(self, "initial", self._begun())

    def _begun(self) -> dict[str, Value]:
        """Return the values to begin with; raise ModelError for an unknown name, or a value that it cannot hold."""
        domains = {slot.name: slot.domain for slot in (*self.own, *self.shared)}
        values = {name: domain[0] for name, domain in domains.items()}
        for name, value in by_name(self.initial or {}).items():
            if name not in domains:
                near, known = nearest(name, domains), ", ".join(domains)
                raise ModelError(f"{self.label}: initial names slot '{name}'{near} (there are: {known})")
            values[name] = _of_domain(f"{self.label}, initial", name, value, domains[name])
        return values

    @property
    def start(self) -> Mapping[str, Value]:
        """The values that all copies and what is shared begin with, by name."""
        return by_name(self.initial or {})

    @property
    def label(self) -> str:
        """What stands in messages."""
        return f"model '{self.name}'"

    @cached_property
    def own_names(self) -> frozenset[str]:
        """The slots that each copy has."""
        return frozenset(one.name for one in self.own)

    @cached_property
    def shared_names(self) -> frozenset[str]:
        """The slots that are shared and name no copy."""
        return frozenset(one.name for one in self.shared)

    @property
    def names(self) -> tuple[str, ...]:
        """What a copy sees: its own slots, the shared ones, and those that name a copy."""
        return (*(one.name for one in (*self.own, *self.shared)), *self.naming)

    @property
    def nouns(self) -> str:
        """What several copies are called."""
        return amount(0, self.noun).removeprefix("0 ")

    def allowed(self, rule: Rule, writes: Writes, *, of_other: bool = False) -> dict[str, Value]:
        """Return what a rule writes by the names of slots, each value as its domain has it.

        Raises ModelError for what it may not write.
        """
        known: dict[str, tuple[Value, ...]] = {}
        if not rule.shared or of_other:
            known |= {one.name: tuple(one.domain) for one in self.own}
        if not of_other:
            known |= {one.name: tuple(one.domain) for one in self.shared}
            known |= dict.fromkeys(self.naming, (Who.NOBODY,) if rule.shared else (Who.ME, Who.NOBODY))
        made = by_name(writes)
        for name, value in made.items():
            if name not in known:
                whose = "of another copy" if of_other else "of what is shared" if rule.shared else "of its copy"
                told = f"writes slot '{name}'{nearest(name, known)}, {whose} it may write: {', '.join(known)}"
                raise ModelError(f"{rule.label} {told}")
            made[name] = _of_domain(rule.label, name, value, known[name])
        return made


def _of_domain(place: str, name: str, value: Value, domain: Sequence[Value]) -> Value:
    """Return the value of a domain that equals one (of True 1 does), so that no code tells the two apart."""
    if value not in domain:
        raise outside(place, name, value, domain)
    return domain[domain.index(value)]


def require_bool(place: str, answer: object) -> bool:
    """Return an answer; raise ModelError unless it is True or False."""
    if answer is True or answer is False:
        return answer
    raise ModelError(f"{place} returned {shown(answer)}; True or False is due")
