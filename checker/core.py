"""What a model is made of: slots, actions and the system that they form.

An action is a pure function over the slots that it declares to read; what it declares is the dependency matrix that
every engine compiles from (compare the PINS interface of LTSmin, Blom, van de Pol and Weber, CAV 2010), so reading or
writing anything else is refused, not ignored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from haboot.checker.boundary import (
    LATE,
    NOTHING,
    SLIPS,
    Assumed,
    EngineError,
    Held,
    ModelError,
    Needs,
    amount,
    authored,
    flag,
    held,
    listed,
    members,
    nearest,
    needed,
    plain,
    require_hashable,
    require_held,
    require_known,
    shown,
    spelled_out,
    texts,
    together,
    twins,
    wrong,
)
from haboot.checker.interchange import CopiedBlocks, Interchangeable
from haboot.checker.sheets import html
from haboot.checker.slots import UNSAID, Named, Slot, Unsaid, Value, View, Writes, by_name, require_name, slot_names

__all__ = ["Action", "Constraint", "EngineError", "ModelError", "Outcome", "Slot", "System", "Value", "View", "nearest"]


@spelled_out
@dataclass(frozen=True, slots=True)
class Outcome:
    """One result of an action: the slots that change, and what an observer would have seen.

    With ``bound`` the step would leave what the scenario can hold (a full channel); no engine follows it, and every
    verdict that could depend on it becomes INCOMPLETE. It is a step all the same: its state is no deadlock, and its
    action counts as enabled. What must be assumed for it beside what its action does it ``assumes``.
    """

    writes: Writes
    events: tuple[Hashable, ...] = ()
    bound: str | None = None
    assumes: Needs = field(default=NOTHING, repr=False)

    if TYPE_CHECKING:

        def __init__(
            self,
            writes: Writes,
            events: tuple[Hashable, ...] = (),
            bound: str | None = None,
            assumes: Assumed = (),
        ) -> None: ...


Result: TypeAlias = "Outcome | Writes | Iterable[Outcome | Writes] | None"


@spelled_out
@dataclass(frozen=True, slots=True)
class Action:
    """A named atomic step.

    ``effect`` maps the values of ``reads`` to the new values of some of ``writes``, which are found where they are not
    named, each from what it does: nothing when the action is not
    enabled, one mapping (or Outcome) for one result, several for a choice. A step of the ``environment`` (a fault, an
    adversary, mere stuttering) is no progress: where nothing else can happen is a deadlock, and no goal counts as
    recoverable by it. By its ``tags`` an action is promised fairness together with others. What must be assumed for it
    to happen it ``assumes``, for ``haboot faults``: a name, a set of names, or a tuple of such alternatives.
    """

    name: str
    reads: tuple[str, ...] = UNSAID
    writes: tuple[str, ...] = UNSAID
    effect: Callable[[View], Result] = None  # type: ignore[assignment]  # which is refused
    environment: bool = False
    tags: tuple[str, ...] = ()
    assumes: Needs = field(default=NOTHING, repr=False)
    noted: Held = field(init=False, default=(), compare=False, repr=False)

    if TYPE_CHECKING:

        def __init__(
            self,
            name: str,
            reads: Iterable[Named] = ...,
            writes: Iterable[Named] = ...,
            effect: Callable[[View], Result] = ...,
            environment: bool = False,
            *,
            tags: Iterable[str] = (),
            assumes: Assumed = (),
        ) -> None: ...

    @property
    def is_found(self) -> bool:
        """Whether what it reads is found on the way."""
        return isinstance(self.reads, Unsaid)

    def view(self, values: Mapping[str, Value]) -> View:
        """Return what its effect sees of a state, or of more than it reads."""
        seen = values if self.is_found else {name: values[name] for name in self.reads}
        return View(seen, f"action '{self.name}'", whole=self.is_found)

    def among(self, names: tuple[str, ...]) -> Action:
        """Return it in a system of some slots: all of them are what it may read or write where it names none."""
        made = copy(self)
        for what in ("reads", "writes"):
            if isinstance(getattr(self, what), Unsaid):
                object.__setattr__(made, what, Unsaid(names))
        return made

    def __post_init__(self) -> None:
        require_name("action", self.name)
        for what in ("reads", "writes"):
            object.__setattr__(self, what, slot_names(f"action '{self.name}'", what, getattr(self, what)))
        object.__setattr__(self, "tags", texts(f"action '{self.name}'", "tags", self.tags))
        object.__setattr__(self, "assumes", needed(f"action '{self.name}'", self.assumes))
        object.__setattr__(self, "noted", held(self.effect))
        if not callable(self.effect):
            raise ModelError(f"action '{self.name}': its effect is a function, not {shown(self.effect)}")
        flag(f"action '{self.name}'", "environment", self.environment)


class Mark(str):
    """The text of a bound that is none of the author's."""

    __slots__ = ()


@spelled_out
@dataclass(frozen=True, slots=True)
class Constraint:
    """A test that cuts a space on purpose, as a CONSTRAINT does for TLC: states that break it are not entered.

    A step into such a state is a step, so it is no deadlock and its action is enabled, but it is not followed and leads
    to no goal. Every verdict names the constraint that it rests on.
    """

    name: str
    reads: tuple[str, ...]
    test: Callable[[View], bool]

    if TYPE_CHECKING:

        def __init__(self, name: str, reads: Iterable[Named], test: Callable[[View], bool]) -> None: ...

    def __post_init__(self) -> None:
        require_name("constraint", self.name)
        object.__setattr__(self, "reads", slot_names(self.label, "reads", self.reads))

    @property
    def label(self) -> str:
        """What stands in verdicts."""
        return f"constraint '{self.name}'"

    @property
    def mark(self) -> str:
        """The bound of a step that it cuts, which no author's bound is called."""
        return Mark(f"\0{self.label}")

    def admits(self, values: Mapping[str, Value]) -> bool:
        """Whether a state keeps it, given the values that it reads."""
        view = View(values, self.label)
        with authored(self.label):
            answer = self.test(view)
        view.require_declared()
        if answer is not True and answer is not False:
            raise ModelError(f"{self.label} returned {shown(answer)}; True or False is due")
        return answer


@spelled_out
@dataclass(frozen=True, slots=True, repr=False)
class System:
    """Slots, actions and initial states: a state machine, symbolically.

    ``live`` builds the same system driven by running machines instead of tables; traces are replayed on it. That twin's
    own ``live``, if it has one, is the twin begun anew.
    ``symmetry`` declares what may be exchanged: keys, as Interchangeable, or groups of blocks; a block lists its slots'
    names, in corresponding order. Those of a composition's copies are CopiedBlocks.
    ``constraint`` cuts the space on purpose; see ``constrained``. Without ``slots`` they are those that the first
    initial state names, and their values are found on the way.

    >>> clock = System("clock", (Slot("hour", range(12)),), ({"hour": 0},),
    ...                (Action("tick", ("hour",), ("hour",), lambda v: {"hour": (v["hour"] + 1) % 12}),))
    >>> [slot.name for slot in clock.slots]
    ['hour']
    """

    name: str
    slots: tuple[Slot, ...] = UNSAID
    initial: tuple[Mapping[str, Value], ...] = None  # type: ignore[assignment]  # which is refused
    actions: tuple[Action, ...] = None  # type: ignore[assignment]  # which is refused
    live: Callable[[], System] | None = field(default=None, compare=False)
    symmetry: tuple[tuple[tuple[str, ...], ...] | Interchangeable | CopiedBlocks, ...] = ()
    constraint: Constraint | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            name: str,
            slots: Iterable[Slot[Any]] = ...,
            initial: Iterable[Writes] = ...,
            actions: Iterable[Action] = ...,
            *,
            live: Callable[[], System] | None = None,
            symmetry: Iterable[Iterable[Iterable[Named]] | Interchangeable | CopiedBlocks] = (),
            constraint: Constraint | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        place = f"system '{self.name}'"
        for what, kind, due in (
            ("initial", Mapping, "a mapping from slots' names to values"),
            ("slots", Slot, "a Slot"),
            ("actions", Action, "an Action"),
        ):
            if what == "slots" and isinstance(self.slots, Unsaid):
                object.__setattr__(self, "slots", _named_first(self.initial))
            object.__setattr__(self, what, members(place, what, getattr(self, what), kind, due))
        object.__setattr__(self, "initial", tuple(map(by_name, self.initial)))
        self._require_extras(place)
        names = tuple([slot.name for slot in self.slots])
        object.__setattr__(self, "actions", tuple([action.among(names) for action in self.actions]))
        _refuse_repeats(place, "slot", names)
        _refuse_repeats(place, "action", [action.name for action in self.actions])
        self._require_slots(set(names))
        self._require_initial(place, set(names))
        self._require_bound_names()
        for action in self.actions:
            require_held(f"action '{action.name}'", action.noted)

    def __repr__(self) -> str:
        told = f"{amount(len(self.slots), 'slot')}, {amount(len(self.actions), 'action')}"
        return f"<System '{plain(self.name)}': {told}>"

    @property
    def assumptions(self) -> tuple[str, ...]:
        """The names of all assumptions that some part of it needs, in alphabetical order."""
        values = (some for slot in self.slots for _, some in slot.assumes)
        every = (*values, *(action.assumes for action in self.actions))
        return tuple(sorted({name for some in every for one in some for name in one}))

    def starting(self, state: Mapping[str, Value]) -> Needs:
        """Return what a run that starts with an initial state needs to be assumed."""
        return together(slot.needs(state[slot.name]) for slot in self.slots if slot.assumes)

    def _repr_html_(self) -> str:
        known = ((one.name, one.domain) for one in self.slots)
        slots = [{"slot": name, "values": len(some) or "found", "of them": tuple(some[:8])} for name, some in known]
        actions = [{"action": one.name, "reads": one.reads, "writes": one.writes} for one in self.actions]
        return html(self.name, slots) + html("its actions", actions)

    def _require_extras(self, place: str) -> None:
        if self.constraint is not None and not isinstance(self.constraint, Constraint):
            raise wrong(place, "constraint", self.constraint, "a Constraint")
        if self.live is not None and not callable(self.live):
            raise wrong(place, "live", self.live, "a function that returns the live System")
        groups = listed(place, "symmetry", self.symmetry)
        object.__setattr__(self, "symmetry", tuple(_group(place, one) for one in groups))

    def _require_slots(self, names: set[str]) -> None:
        declared = [(f"action '{one.name}'", (*one.reads, *one.writes)) for one in self.actions]
        if self.constraint is not None:
            declared.append((self.constraint.label, self.constraint.reads))
        for owner, slots in declared:
            for name in slots:
                if name not in names:
                    raise ModelError(f"{owner} declares slot '{name}', which does not exist{nearest(name, names)}")

    def _require_initial(self, place: str, names: set[str]) -> None:
        domains = {slot.name: slot.domain for slot in self.slots if not slot.is_open}
        known = {name: frozenset(domain) for name, domain in domains.items()}
        for state in () if self._starts_within(known, names) else self.initial:
            for name in state:
                require_known(f"{place}, initial state", "slot", name, sorted(names))
            if lacking := sorted(names - set(state)):
                raise ModelError(f"{place}: an initial state gives no value for {', '.join(map(shown, lacking))}")
            for name, value in state.items():
                with authored(f"{place}, initial state, slot '{name}'"):
                    if name not in known:
                        require_hashable(f"{place}, initial state, slot '{name}'", "its value", value)
                    if value in known.get(name, (value,)):
                        continue
                raise outside(f"{place}, initial state", name, value, domains[name])
        if not self.initial:
            raise ModelError(f"{place} has no initial state, so every property would hold of it")

    def _starts_within(self, known: Mapping[str, frozenset[Value]], names: set[str]) -> bool:
        """Whether all initial states give each slot one of the values known, seen at once; False where that fails."""
        try:
            return (
                known.keys() == names
                and all(state.keys() == names for state in self.initial)
                and all(some.issuperset([state[name] for state in self.initial]) for name, some in known.items())
            )
        except SLIPS:
            return False

    def _require_bound_names(self) -> None:
        by_slots: dict[tuple[object, ...], list[tuple[str, tuple[object, ...]]]] = {}
        for action in self.actions:
            kind = action.reads, action.writes, action.environment
            by_slots.setdefault(kind, []).append((action.name, (action.effect,)))
        for alike in by_slots.values():
            if pair := twins(alike):
                raise ModelError(f"actions '{pair[0]}' and '{pair[1]}' can only do the same: {LATE}")


def _group(place: str, given: object) -> tuple[tuple[str, ...], ...] | Interchangeable | CopiedBlocks:
    """Return a group of what may be exchanged: blocks of slots, or keys where more than that is to be moved."""
    if isinstance(given, CopiedBlocks):
        return given
    if isinstance(given, Interchangeable):
        return given.blocks or given
    blocks = listed(place, "a group of interchangeable blocks", given)
    return tuple(slot_names(place, "an interchangeable block", one) for one in blocks)


def _named_first(initial: tuple[Mapping[Any, Value], ...]) -> tuple[Slot, ...]:
    """Return the slots that the first initial state names; those that are named by text have no domain."""
    names = initial[0] if initial else ()
    return tuple(one if isinstance(one, Slot) else Slot(one) for one in names)


def counted(value: Value) -> int:
    """Return the value of a slot that holds a count; raise ModelError for any other."""
    if not isinstance(value, int):
        raise ModelError(f"a count is due, not {value!r}")
    return value


def _refuse_repeats(place: str, what: str, names: Sequence[str]) -> None:
    repeated = sorted(name for name, count in Counter(names).items() if count > 1)
    if repeated:
        raise ModelError(f"{place}: {what} named twice: {', '.join(repeated)}")


def outside(place: str, name: str, value: Value, domain: Sequence[Value]) -> ModelError:
    """Return the error for a value that a slot cannot hold."""
    allowed = ", ".join(map(shown, domain[:12])) + (", …" if len(domain) > 12 else "")
    return ModelError(f"{place}: slot '{name}' cannot hold {shown(value)} (allowed: {allowed})")
