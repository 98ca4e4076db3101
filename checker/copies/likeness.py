"""Whether copies are alike in what they do, and not in their shape alone: tables, observations and properties.

What a copy is declared to be, all that its tables hold, and what its inputs see are compared with those of another copy
under its names, and with those of a copy that is alone. A property has to say of each copy what it says of one alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, TypeAlias

from haboot.checker.boundary import ModelError, shown
from haboot.checker.branches import Part, branches
from haboot.checker.core import System, Value, View
from haboot.checker.interchange import Renaming, renamed
from haboot.checker.machines import (
    SHARED,
    Closure,
    Composition,
    Input,
    Instance,
    Pool,
    Silence,
    close,
    copies_of,
    owners,
    sessions_of,
    title,
)
from haboot.checker.properties import Clause, Property, anything

WAYS = 256  # ways through a function of what slots hold, in which two functions are compared
Holds: TypeAlias = Callable[[Any], object]


@dataclass(frozen=True)
class Pairing:
    """What corresponds in two systems: slots by name, and what values call a copy's own; with the values of the first.

    Of slots that hold other values there the first ones are compared.
    """

    slots: Mapping[str, str]
    names: Renaming
    domains: Mapping[str, Sequence[Value]]

    def parts(self, one: Holds, reads: Sequence[str], other: Holds) -> Mapping[str, Value] | None:
        """Return values for which two functions of slots differ, None where none are found."""

        def run(see: Callable[[str], Value]) -> object:
            return _said(one, Part(reads, see))

        back = {self.slots[name]: name for name in reads}
        for read, said in islice(branches(run, {name: self.domains[name] for name in reads}), WAYS):
            held = {name: renamed(read[mine], self.names) for name, mine in back.items() if mine in read}
            if renamed(said, self.names) != _said(other, held):  # which may look at more, and then says nothing
                return read
        return None


def _said(asked: Holds, held: Mapping[str, Value]) -> object:
    """Return what a function says of some values, and where it fails just that."""
    try:
        return asked(View(held, "a copy"))
    except Exception:  # noqa: BLE001 - whatever it raises, it gives no answer; where a state has these, that is told
        return None


@dataclass(frozen=True)
class Half:
    """A copy of a composition, with its system and its tables."""

    composition: Composition
    system: System
    closure: Closure
    session: str

    @property
    def instances(self) -> list[Instance]:
        """The instances of the copy and of what is shared."""
        return [one for one in self.composition.instances if one.session in {SHARED, self.session}]

    def slots(self, whose: str) -> list[str]:
        """The slots of the copy, or of what is shared."""
        owner = owners(self.composition, self.system.slots)
        return [slot.name for slot in self.system.slots if owner[slot.name] == whose]


def halves(composition: Composition, system: System, pool: Pool) -> list[Half]:
    """Return the copies of a composition, each with what is shared."""
    closure = close(composition, pool)
    return [Half(composition, system, closure, one) for one in sessions_of(composition)]


def require_same(place: str, alone: Half, two: Sequence[Half]) -> None:
    """Raise ModelError where a copy alone, or the second of two, is not as the first of two is."""
    whole = two[0].composition
    copies_of(replace(whole, copies=sessions_of(whole)), two[0].system.slots)
    for one, other, told in ((two[0], two[1], "copies differ"), (alone, two[0], "a copy alone is no copy among two")):
        for what, why in _differences(one, other):
            raise ModelError(f"{place}: {told}: {what} {why}")


def pairing(one: Half, other: Half) -> Pairing:
    """Return what corresponds in two halves; in those of one composition either way."""
    mine, theirs = ([*half.slots(half.session), *half.slots(SHARED)] for half in (one, other))
    slots, names = dict(zip(mine, theirs, strict=True)), [(one.session, other.session)]
    for each, there in zip(one.instances, other.instances, strict=True):
        names += [(each.name, there.name), (each.host, there.host)]
    if one.composition is other.composition:
        slots, names = {**dict(zip(theirs, mine, strict=True)), **slots}, [*((b, a) for a, b in names), *names]
    domain = {slot.name: slot.domain for slot in other.system.slots}
    kept = [slot for slot in one.system.slots if slot.name in slots]
    domains = {slot.name: slot.domain[: len(domain[slots[slot.name]])] for slot in kept}
    return Pairing(slots, {(str, a): b for a, b in names}, domains)


def _differences(one: Half, other: Half) -> Iterator[tuple[str, str]]:
    """Yield what is not the same of two halves, and how so."""
    both = pairing(one, other)
    for mine, theirs in zip(one.instances, other.instances, strict=True):
        what = f"'{mine.name}' and '{theirs.name}'"
        for there in _cells(other.closure, theirs).items() ^ {
            (renamed(key, both.names), renamed(value, both.names)) for key, value in _cells(one.closure, mine).items()
        }:
            (config, trigger, _, _), _ = there
            yield what, f"do not the same at '{title(trigger)}' in {shown(config)}"
        for name, source in mine.inputs.items():
            grows = mine.session == SHARED and isinstance(source, Silence)  # it may listen to more where there are more
            if not grows and not _see_alike(both, source, theirs.inputs[name]):
                yield what, f"do not see the same in input '{name}'"
    for host, source in one.composition.down.items():
        there = renamed(host, both.names)
        if there not in other.composition.down or not _see_alike(both, source, other.composition.down[there]):
            yield f"{shown(host)} and {shown(there)}", "are not down alike"


def _cells(closure: Closure, one: Instance) -> dict[Any, Any]:
    """Return what an instance does, by configuration, trigger, message and what it sees of its inputs."""
    found: dict[Any, Any] = {}
    for trigger, message in closure.triggers(one):
        for config in tuple(closure.configs[one.name]):
            for seen, reaction in closure.tables.of[one.name].cell(config, trigger, message):
                found[config, trigger, message, frozenset(seen.items())] = reaction
    return found


def _see_alike(both: Pairing, one: Input | Silence, other: Input | Silence) -> bool:
    if isinstance(one, Silence) or isinstance(other, Silence):
        if not (isinstance(one, Silence) and isinstance(other, Silence)):
            return False
        plain = replace(one, early=both.slots.get(one.early, one.early))
        return bool(renamed(plain, both.names) == other)
    if tuple(both.slots.get(name) for name in one.reads) != other.reads:
        return False
    return both.parts(one.value, one.reads, other.value) is None


def require_asked_alike(place: str, alone: Half, two: Sequence[Half], claim: Property, other: Property) -> None:
    """Raise ModelError where a property says of one of two copies what it does not say of one alone.

    Clauses over several copies are none of one. Properties of steps are compared by what they read.
    """
    for half in two:
        both, theirs = pairing(alone, half), {*half.slots(half.session), *half.slots(SHARED)}
        for clause in (one for one in other.clauses if theirs.issuperset(one.reads)):
            if not any(asks_alike(both, one, clause, claim) for one in claim.clauses):
                told = f"property '{claim.name}' says of {', '.join(clause.reads) or 'steps'}"
                raise ModelError(f"{place}: {told} what it says of no copy alone")


def asks_alike(both: Pairing, one: Clause, other: Clause, claim: Property) -> bool:
    """Whether two clauses of a property say the same of what corresponds."""
    if {both.slots[name] for name in one.reads} != set(other.reads):
        return False
    if claim.of_steps:
        return True
    tests = (one.holds, other.holds), (one.premise, other.premise), (one.unless or anything, other.unless or anything)
    return all(both.parts(mine, one.reads, theirs) is None for mine, theirs in tests)
