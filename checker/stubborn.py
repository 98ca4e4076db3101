"""Stubborn sets: of each state some actions whose steps suffice to answer what is asked; all others wait.

A set T of actions does at a state s when these three hold. They speak of s alone, not of how a search came there or of
what it found before, so no order of states matters and nothing need be done about ignored actions or cycles.

1. An action of T that has a step at s is touched by no action outside of T: while what it looked at stays as it is, the
   others change neither that nor what it writes, nor look at what it writes. (So it commutes with them: D1 of Valmari
   and Hansen, Stubborn set intuition explained, ToPNoC 12, 2017.)
2. For an action of T without a step at s, T holds what could give it one: all that may change a slot without whose
   change it has none, or anything it looked at. (A necessary enabling set: Godefroid, 1996.)
3. T holds an action of every way from s to an answer. (An up-set: Kristensen and Valmari, Improved question-guided
   stubborn set methods for state properties, ICATPN 2000; compare Schmidt, Stubborn sets for standard properties,
   ICATPN 1999.) For an answer over some slots these are all that write them. For an end, a state where only the
   environment may act, they are all that may change what some action of the system with a step at s looked at; at an
   end itself they are all that have a step.

Of a way from s to an answer take the first action that is in T. By 2 it has a step at s, by 1 it can be taken at once,
with the same outcomes, and the others after it. What is left to the answer is one step shorter. So the least number of
steps to each answer is that of the whole space (where a proviso against ignoring, as of Valmari, 1990, or for
breadth-first search of Bosnacki and Holzmann, 2005, would only keep that there is a way).

Conditions are decided from declared reads and writes, and from the run of each action at s: what it looked at and what
it gave. A step that a bound cuts counts as one that writes all that its action declares; so where no step of T is cut,
what holds of the reduced space holds without the bound as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial, reduce
from operator import or_
from typing import TypeAlias

from haboot.checker.boundary import ModelError
from haboot.checker.branches import Part, branches
from haboot.checker.core import Action, System, Value, View
from haboot.checker.evaluating import evaluate
from haboot.checker.properties import Kind, Property

Actions: TypeAlias = int  # a set of actions, a bit each
Patch: TypeAlias = Sequence[tuple[int, int]]  # slots' positions and values' indices
Entry: TypeAlias = Sequence[tuple[Patch | None, int]]  # as actions are tabulated: None is a step that was cut
RUNS = 64  # runs of an action that are tried to find that it has no step while a slot holds a value
UNKEPT = "partial-order reduction does not preserve properties of steps, of runs and of ways back; check it without"
ANSWERED = frozenset({Kind.ALWAYS, Kind.SOMETIMES, Kind.NO_DEADLOCK})


@dataclass(frozen=True, slots=True)
class Met:
    """An action at a state: whether it has a ``step``, and the sets of actions one of which joins it in a stubborn set.

    ``stirring`` are the actions that may change what it looked at.
    """

    step: bool
    joining: tuple[Actions, ...]
    stirring: Actions


class Relations:
    """Which actions may enable, disable or conflict with which, given what an action looked at and what it changes."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.slots = {slot.name: slot for slot in system.slots}
        self.writers = {name: self._those(name in one.writes for one in system.actions) for name in self.slots}
        self.touching = {
            name: self._those(name in one.reads or name in one.writes for one in system.actions) for name in self.slots
        }
        self.idle_while = cache(self._idle_while)

    @staticmethod
    def _those(fits: Iterable[bool]) -> Actions:
        return sum(1 << number for number, one in enumerate(fits) if one)

    def _idle_while(self, name: str, value: Value) -> Actions:
        """The actions known to have no step while a slot holds a value."""
        return self._those(name in one.reads and self._is_idle(one, name, value) for one in self.system.actions)

    def _is_idle(self, action: Action, name: str, value: Value) -> bool:
        domains = {one: self.slots[one].domain if one != name else (value,) for one in action.reads}
        owner = f"action '{action.name}'"
        runs = branches(lambda see: evaluate(action, View(Part(action.reads, see), owner)), domains)
        try:
            return all(number < RUNS and not made for number, (_, made) in enumerate(runs))
        except ModelError:
            return False

    def able(self, looked: Mapping[str, Value]) -> Actions:
        """The actions that may have a step while some slots hold some values."""
        every = (1 << len(self.system.actions)) - 1
        return every & ~_union(self.idle_while(name, value) for name, value in looked.items())

    def changing(self, looked: Mapping[str, Value]) -> Actions:
        """The actions that may change the first of some slots to change."""
        return self.able(looked) & _union(self.writers[name] for name in looked)

    def met(self, number: int, looked: Mapping[str, Value], changed: Iterable[str], *, step: bool) -> Met:
        """Return an action at a state, given what it looked at, which slots its outcomes change, whether it has any."""
        own, changed = 1 << number, frozenset(changed)
        if not step:
            alone = ({name: value} for name, value in looked.items() if own & self.idle_while(name, value))
            return Met(step, tuple(map(self.changing, alone)) or (self.changing(looked),), 0)
        others = self.changing(looked) & ~own
        conflicting = others | (self.able(looked) & ~own & _union(self.touching[name] for name in changed))
        return Met(step, (conflicting,), others | (0 if changed.isdisjoint(looked) else own))


class Reduction:
    """A reduction for some properties: which actions of a state suffice, and which properties it preserves.

    Without properties that it can preserve it keeps the ends. Raises ModelError where there are others alone.
    """

    def __init__(self, system: System, claims: Iterable[Property]) -> None:
        self.system, self.relations = system, Relations(system)
        every = tuple(claims)
        preserved = [one for one in every if not self._unfit(one)]
        if every and not preserved:
            raise ModelError(f"system '{system.name}': {self._unfit(every[0])}")
        self.ends = not every or any(one.kind is Kind.NO_DEADLOCK for one in preserved)
        self.visible = _union(map(self._writing, preserved))
        self.own = Relations._those(not action.environment for action in system.actions)

    def _writing(self, claim: Property) -> Actions:
        """The actions that may change an answer to a question about single states, which a property asks."""
        asked = (one for one in claim.clauses if claim.kind is not Kind.NO_DEADLOCK or one.conditional)
        return _union(self.relations.writers[name] for one in asked for name in one.reads)

    def _unfit(self, claim: Property) -> str:
        if claim.kind not in ANSWERED or claim.of_steps:
            return UNKEPT
        count = len(self.system.actions)
        if self._writing(claim).bit_count() == count > 0:
            return f"all {count} actions write what it reads, so nothing would be left out; check it without reduction"
        return ""

    def met(self, number: int, looked: Mapping[str, Value], entry: Entry) -> Met:
        """Return an action at a state, given the values that it looked at and what it gave."""
        changed = set[str]()
        for patch, _ in entry:
            if patch is None:
                changed.update(self.system.actions[number].writes)
            for place, index in patch or ():
                slot = self.system.slots[place]
                if slot.name not in looked or looked[slot.name] != slot.domain[index]:
                    changed.add(slot.name)
        return self.relations.met(number, looked, changed, step=bool(entry))

    def refusal(self, claim: Property) -> str:
        """Return why a property is not preserved, empty where it is."""
        if reason := self._unfit(claim):
            return reason
        kept = not self._writing(claim) & ~self.visible and (self.ends or claim.kind is not Kind.NO_DEADLOCK)
        return "" if kept else "it was not among the properties for which the space was reduced"

    @staticmethod
    def told(distinct: int) -> str:
        """Return what stands in verdicts."""
        return f"partial-order reduction: {distinct:,} states explored"

    def chosen(self, met: Sequence[Met]) -> Actions:
        """Return a stubborn set of a state, given all actions in order; those of it without a step are of no matter."""
        live = sum(1 << number for number, one in enumerate(met) if one.step)
        base = _closed(self.visible, met, live)
        if not self.ends or not live & ~base:
            return base
        found = [_closed(base | met[number].stirring, met, live) for number in _numbers(live & self.own)]
        return min(found, key=lambda some: (some & live).bit_count(), default=base | live)


def _closed(chosen: Actions, met: Sequence[Met], live: Actions) -> Actions:
    """Return a set with all that must join its actions, the lowest first; see ``_cost`` for which of several ways."""
    done = 0
    while todo := chosen & ~done:
        done |= todo & -todo
        chosen |= min(met[_lowest(todo)].joining, key=partial(_cost, chosen, live))
    return chosen


def _cost(chosen: Actions, live: Actions, joining: Actions) -> tuple[int, int]:
    """How many actions join a set: those that have a step, then all."""
    fresh = joining & ~chosen
    return (fresh & live).bit_count(), fresh.bit_count()


def _lowest(some: Actions) -> int:
    return (some & -some).bit_length() - 1


def _numbers(some: Actions) -> Iterator[int]:
    while some:
        yield _lowest(some)
        some &= some - 1


def _union(some: Iterable[Actions]) -> Actions:
    return reduce(or_, some, 0)
