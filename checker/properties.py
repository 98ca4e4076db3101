"""What can be asked of a system: the kinds of property, and what one consists of.

A property is a conjunction of clauses, usually one a mobile node, so that each clause reads few slots; for *sometimes*
the clauses are alternatives, and a witness of any of them suffices. A clause may have a premise; when no reachable
state or step meets it, the property is vacuous and its verdict is UNREACHED.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from haboot.checker.boundary import (
    LATE,
    Held,
    ModelError,
    collected,
    flag,
    held,
    members,
    nearest,
    shown,
    spelled_out,
    twins,
    wrong,
)
from haboot.checker.core import View
from haboot.checker.slots import Named, slot_names

StateTest: TypeAlias = Callable[[View], bool]


class Kind(StrEnum):
    """What a property reads and when it holds."""

    ALWAYS = "always"
    STEP = "step"
    SOMETIMES = "sometimes"
    RECOVERABLE = "recoverable"
    LEADS_TO = "leads-to"
    FINITELY_OFTEN = "finitely often"
    EVENTUALLY = "eventually"
    INFINITELY_OFTEN = "infinitely often"
    STAYS = "stays"
    NO_DEADLOCK = "no deadlock"


RUNS = frozenset(  # kinds that speak of whole runs, and so of fairness
    {Kind.LEADS_TO, Kind.FINITELY_OFTEN, Kind.EVENTUALLY, Kind.INFINITELY_OFTEN, Kind.STAYS}
)
OF_STEPS = frozenset({Kind.STEP, Kind.FINITELY_OFTEN})


class ActionName(str):
    """The name of an action that refuses to be compared with one that does not exist: a slip would hold for ever."""

    __slots__ = ("known",)
    known: frozenset[str]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str) and other not in self.known:
            raise ModelError(f"no action is named '{other}'{nearest(other, self.known)}")
        return str.__eq__(self, other) is True

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def action_names(names: Iterable[str]) -> dict[str, str]:
    """Return the names of a system's actions as predicates see them."""
    known = frozenset(names)
    made = {}
    for name in known:
        made[name] = ActionName(name)
        made[name].known = known
    return dict(made)


@dataclass(frozen=True, slots=True)
class Move:
    """A step as a step property sees it: the declared slots before and after, the action's name and its events."""

    before: View
    action: str
    events: tuple[Hashable, ...]
    after: View


StepTest: TypeAlias = Callable[[Move], bool]
Test: TypeAlias = Callable[..., bool]


def anything(_: Any) -> bool:
    """Answer yes: the premise of what has none."""
    return True


@spelled_out
@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a property: where ``premise`` is true, ``holds`` must be true as well.

    ``about`` names what the clause speaks of (a mobile node), for the line that says which part broke.
    For leads-to the premise is the trigger and ``holds`` the goal. A witness of *sometimes* meets both. For *finitely
    often* ``holds`` picks the steps that are counted, and where the premise never comes true there is nothing to count.
    *Eventually* asks the premise of the initial state alone, *infinitely often* and *stays* of the states of a run so
    far: once it came true, the goal is met again and again, or from some state on for good. These two spare a run that
    takes steps which meet ``unless`` again and again.
    """

    reads: tuple[str, ...]
    holds: Test
    premise: Test = anything
    about: str = ""
    unless: StepTest | None = None
    noted: Held = field(init=False, default=(), compare=False, repr=False)

    if TYPE_CHECKING:

        def __init__(
            self,
            reads: Iterable[Named],
            holds: Test,
            premise: Test = anything,
            about: str = "",
            unless: StepTest | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "noted", held(self.holds, self.premise, self.unless))
        object.__setattr__(self, "reads", slot_names("a clause", "reads", self.reads))
        if not isinstance(self.about, str):
            raise wrong(f"a clause over {self.reads}", "about", self.about, "a text")
        for test in (self.holds, self.premise, *(() if self.unless is None else (self.unless,))):
            if not callable(test):
                raise ModelError(f"a clause over {self.reads}: a predicate is a function, not {shown(test)}")

    @property
    def conditional(self) -> bool:
        """Whether the clause has a premise that could fail to occur."""
        return self.premise is not anything


@spelled_out
@dataclass(frozen=True, slots=True)
class Fairness:
    """A promise about a run: the named actions are not neglected for ever.

    Weak: enabled from some point on without pause implies taken again and again. Strong: enabled again and again
    implies taken again and again. The actions of one constraint count together, as a disjunction does in TLA+. A step
    that changes nothing neither counts as taken nor as enabled. With ``where``, a test of steps over the slots that it
    ``reads``, only steps that meet it count; one that a bound cuts is taken to be enabled.
    """

    name: str
    actions: frozenset[str]
    strong: bool = False
    where: StepTest | None = None
    reads: tuple[str, ...] = ()
    noted: Held = field(init=False, default=(), compare=False, repr=False)

    if TYPE_CHECKING:

        def __init__(
            self,
            name: str,
            actions: Iterable[str],
            strong: bool = False,
            where: StepTest | None = None,
            reads: Iterable[Named] = (),
        ) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "actions", collected(self.label, "actions", self.actions))
        flag(self.label, "strong", self.strong)
        object.__setattr__(self, "reads", slot_names(self.label, "reads", self.reads))
        object.__setattr__(self, "noted", held(self.where))
        if self.where is not None and not callable(self.where):
            raise ModelError(f"{self.label}: a predicate is a function, not {shown(self.where)}")
        if self.reads and self.where is None:
            raise ModelError(f"{self.label}: reads has no effect without where, the test of steps that reads them")

    @property
    def label(self) -> str:
        """What stands in messages."""
        return f"fairness '{self.name}'"


@spelled_out
@dataclass(frozen=True, slots=True)
class Property:
    """A named claim with the sections that it comes from.

    ``about_steps`` lets *always* and *sometimes* speak of steps. *Recoverable* asks for a way by the system's own
    steps, unless ``with_environment`` lets those of the environment count as well. What has no effect is refused.
    """

    name: str
    kind: Kind
    clauses: tuple[Clause, ...]
    statement: str = ""
    cites: tuple[str, ...] = ()
    fairness: tuple[Fairness, ...] = ()
    about_steps: bool = False
    with_environment: bool = False

    if TYPE_CHECKING:

        def __init__(
            self,
            name: str,
            kind: Kind,
            clauses: Iterable[Clause],
            statement: str = "",
            cites: Iterable[str] = (),
            fairness: Iterable[Fairness] = (),
            *,
            about_steps: bool = False,
            with_environment: bool = False,
        ) -> None: ...

    def __post_init__(self) -> None:
        place = f"property '{self.name}'"
        if not isinstance(self.name, str) or not self.name:
            raise ModelError(f"a property's name is a text that is not empty, not {shown(self.name)}")
        if self.kind not in list(Kind):
            raise ModelError(f"{place}: no kind {shown(self.kind)} (allowed: {', '.join(Kind)})")
        object.__setattr__(self, "kind", Kind(self.kind))
        for what, kind, due in (
            ("clauses", Clause, "a Clause"),
            ("cites", str, "a text"),
            ("fairness", Fairness, "a Fairness"),
        ):
            object.__setattr__(self, what, members(place, what, getattr(self, what), kind, due))
        if not isinstance(self.statement, str):
            raise wrong(place, "statement", self.statement, "a text")
        for what in ("about_steps", "with_environment"):
            flag(place, what, getattr(self, what))
        if not self.clauses:
            raise ModelError(f"{place} has no clause, so it would hold of everything")
        self._require_effect(place)

    def _require_effect(self, place: str) -> None:
        idle = {
            "fairness": self.fairness and self.kind not in RUNS,
            "about_steps": self.about_steps and self.kind not in {Kind.ALWAYS, Kind.SOMETIMES, *OF_STEPS},
            "with_environment": self.with_environment and self.kind is not Kind.RECOVERABLE,
            "unless": any(one.unless is not None for one in self.clauses)
            and self.kind not in {Kind.INFINITELY_OFTEN, Kind.STAYS},
        }
        for what, given in idle.items():
            if given:
                raise ModelError(f"{place}: {what} has no effect on '{self.kind}'")
        require_told_apart(place, "clause", ((str(n), one) for n, one in enumerate(self.clauses, start=1)))

    @property
    def of_steps(self) -> bool:
        """Whether its clauses speak of steps."""
        return self.about_steps or self.kind in OF_STEPS


@dataclass(frozen=True, slots=True)
class Strict:
    """A test that refuses an answer other than True or False: ``not`` would swallow it."""

    owner: str
    test: Test

    def __call__(self, subject: object) -> bool:
        """Return what the test answers."""
        answer = self.test(subject)
        if answer is not True and answer is not False:
            raise ModelError(f"{self.owner} returned {shown(answer)}; True or False is due")
        return answer


def require_told_apart(place: str, what: str, given: Iterable[tuple[str, Clause]]) -> None:
    """Raise ModelError where two clauses over the same slots can only say the same, by a slip in a loop."""
    by_reads: dict[tuple[str, ...], list[tuple[str, tuple[object, ...]]]] = {}
    for name, clause in given:
        by_reads.setdefault(clause.reads, []).append((name, (clause.holds, clause.premise, clause.unless)))
    for reads, some in by_reads.items():
        if pair := twins(some):
            raise ModelError(
                f"{place}, {what} {pair[0]} and {what} {pair[1]} over {reads} can only say the same: {LATE}"
            )
