"""A family: one system with all assumptions made at once, whose circumstances are chosen when they are first read.

A circumstance is a slot that no action writes and whose initial value is free of all others. Where a run does not look
at it, it makes no difference; so a run begins without its value, and the first step that reads it chooses one, which
stays. An outcome carries what must be assumed for it: what its action needs, what it needs itself, and what the values
that it chose need (compare featured transition systems, Classen et al., IEEE TSE 2013).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

from haboot.checker.boundary import NOTHING, ModelError, Needs, met, of_value, together
from haboot.checker.branches import Part, See, branches
from haboot.checker.constraints import constrained
from haboot.checker.core import Action, Outcome, System, Value, View
from haboot.checker.evaluating import as_steady, evaluate

T = TypeVar("T")


class _Unchosen:
    """The value of a circumstance that nobody has looked at."""

    def __repr__(self) -> str:
        return "not chosen"


UNCHOSEN = _Unchosen()


class Beyond(BaseException):
    """A step takes more assumptions together than are looked at: it counts as none, whatever model code catches."""


class Marked(NamedTuple):
    """The one event of an outcome that is more than it shows: its own events, what it needs, and what cuts it."""

    events: tuple[Hashable, ...]
    needs: Needs
    bound: str | None


def unmarked(events: tuple[Hashable, ...]) -> Marked:
    """Return what an outcome of a family is, by its events."""
    return events[0] if len(events) == 1 and isinstance(events[0], Marked) else Marked(events, NOTHING, None)


@dataclass(frozen=True)
class Family:
    """A system with its circumstances open: by slot, the values that may be chosen, each with what it needs.

    ``starts`` says by initial state what it needs, and ``needs`` by action what it needs whatever it looks at.
    """

    system: System
    circumstances: Mapping[str, tuple[tuple[Value, Needs], ...]]
    starts: tuple[Needs, ...]
    needs: tuple[Needs, ...]

    def choices(self, reads: Iterable[str]) -> dict[str, tuple[Value, ...]]:
        """Return the values of the circumstances among some slots."""
        some = [name for name in reads if name in self.circumstances]
        return {name: tuple(value for value, _ in self.circumstances[name]) for name in some}

    def chosen(self, values: Mapping[str, Value]) -> Needs:
        """Return what is needed for some circumstances to be as given."""
        return together(
            of_value(self.circumstances[name], value) for name, value in values.items() if name in self.circumstances
        )


def under(system: System, assumed: frozenset[str]) -> System:
    """Return the part of a system that is there under some assumptions; raise ModelError where no run begins.

    Actions that are not there stay as such that never happen: what is promised of them is kept by every run.
    """
    kept = tuple(state for state in system.initial if met(system.starting(state), assumed))
    if not kept:
        named = ", ".join(sorted(assumed)) or "nothing"
        raise ModelError(f"system '{system.name}' has no initial state where {named} is assumed")
    return replace(
        system,
        initial=kept,
        actions=tuple(_under(one, assumed) for one in system.actions),
        live=None,
    )


def _under(action: Action, assumed: frozenset[str]) -> Action:
    if not met(action.assumes, assumed):
        return replace(action, effect=lambda _: None)

    def effect(view: View) -> tuple[Outcome, ...]:
        return tuple(one for one in evaluate(action, view) if met(one.assumes, assumed))

    return replace(action, effect=effect)


def family(system: System) -> Family:
    """Return a system with its circumstances open."""
    kept = constrained(system)
    order = [slot.name for slot in kept.slots]
    starts = {tuple(state[name] for name in order) for state in kept.initial}
    written = {name for action in kept.actions for name in action.writes}
    free = [place for place, name in enumerate(order) if name not in written and _is_free(starts, place)]
    names = {order[place] for place in free}
    circumstances = {
        slot.name: tuple((value, slot.needs(value)) for value in slot.domain if _begins(starts, place, value))
        for place, slot in enumerate(kept.slots)
        if slot.name in names
    }
    return opened(kept, {name: some for name, some in circumstances.items() if is_open(some)})


def is_open(values: Sequence[tuple[Value, Needs]]) -> bool:
    """Whether a circumstance may be left open: there is a choice, and a value that needs nothing."""
    return len(values) > 1 and any(some == NOTHING for _, some in values)


def _begins(starts: set[tuple[Value, ...]], place: int, value: Value) -> bool:
    return any(state[place] == value for state in starts)


def _is_free(starts: set[tuple[Value, ...]], place: int) -> bool:
    """Whether each initial state is one with every value that a slot begins with."""
    values = {state[place] for state in starts}
    return all((*state[:place], value, *state[place + 1 :]) in starts for state in starts for value in values)


def opened(system: System, circumstances: Mapping[str, tuple[tuple[Value, Needs], ...]]) -> Family:
    """Return a system with these circumstances open; its initial states that differ in them alone become one."""
    whole = Family(system, circumstances, (), ())
    left = dict.fromkeys(circumstances, UNCHOSEN)
    order = [slot.name for slot in system.slots]
    initial = {tuple(state[name] for name in order): state for one in system.initial for state in [{**one, **left}]}
    slots = tuple(
        replace(one, domain=(*one.domain, UNCHOSEN)) if one.name in left else replace(one) for one in system.slots
    )
    closed = [slot for slot in system.slots if slot.name not in left and slot.assumes]
    starts = tuple(together(slot.needs(one[slot.name]) for slot in closed) for one in initial.values())
    actions = tuple(_opened(whole, one) for one in system.actions)
    made = replace(
        system, slots=slots, initial=tuple(initial.values()), actions=actions, live=None, constraint=None, symmetry=()
    )
    return Family(made, circumstances, starts, tuple(one.assumes for one in system.actions))


def _opened(whole: Family, action: Action) -> Action:
    """Return an action that chooses the circumstances that it looks at and nobody chose."""
    choices = whole.choices(action.reads)
    owner = f"action '{action.name}'"

    def effect(view: View) -> Iterator[Outcome]:
        def run(look: See) -> tuple[Outcome, ...]:
            try:
                return evaluate(action, View(Part(action.reads, look), owner))
            except Beyond:
                return ()

        for fixed, results in each_choice(run, view, choices):
            need = together((action.assumes, whole.chosen(fixed)))
            yield from (_marked(one, need, fixed) for one in results if not is_purpose(one.bound))

    writes = (*dict.fromkeys((*action.writes, *choices)),)
    return replace(action, writes=writes, effect=as_steady(effect, action.effect), assumes=())


def is_purpose(bound: str | None) -> bool:
    """Whether what cuts a step is a constraint, on purpose, rather than a bound."""
    return bound is not None and bound.startswith("\0")


def _marked(one: Outcome, need: Needs, fixed: Mapping[str, Value]) -> Outcome:
    needed = together((need, one.assumes))
    if needed == NOTHING and one.bound is None:
        return Outcome({**one.writes, **fixed}, one.events)
    return Outcome({**one.writes, **fixed}, (Marked(one.events, needed, one.bound),))


def each_choice(
    run: Callable[[See], T], view: Mapping[str, Value], choices: Mapping[str, Sequence[Value]]
) -> Iterator[tuple[dict[str, Value], T]]:
    """Run what looks at a state for each way to choose the circumstances that it looks at and nobody chose."""

    def over_open(see: See) -> T:
        def look(name: str) -> Value:
            value = view[name]
            return see(name) if value is UNCHOSEN else value

        return run(look)

    return branches(over_open, choices)
