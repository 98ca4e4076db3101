"""A family of compositions, one for each number of copies, and the check that its copies keep to themselves.

All that serves one session is a copy. It may touch its own slots, look at what is shared, and change of that only the
resources and what the network may still do; what is shared looks at no copy. Where that is so, every step of one copy
leaves every other copy as it is, which is what the abstraction rests on (compare the data-independent processes of
Pnueli, Xu and Zuck, Liveness with (0, 1, infinity)-counter abstraction, CAV 2002).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest

from haboot.checker.boundary import ModelError, amount
from haboot.checker.copies.likeness import halves, require_asked_alike, require_same
from haboot.checker.core import Action, System
from haboot.checker.machines import SHARED, Composition, Input, Instance, Pool, Silence, compose, owners, sessions_of
from haboot.checker.properties import Property


@dataclass(frozen=True)
class Replicated:
    """A composition for each number of copies, and what is asked of each.

    ``of`` returns the composition with so many sessions, and ``claims`` the properties of its system; both by one rule,
    whatever the number. ``joint`` names the properties that say of all copies what they say of each: with several
    copies, just that each one meets it. ``suffices`` returns, for the system of one copy among others, what of that
    copy is enough for properties that add up over copies, by name; the slot that counts what the others hold of a
    resource is named by ``others_of``. ``most`` is the highest count of a resource worth telling apart, and a copy is
    called by its ``noun``.
    """

    name: str
    of: Callable[[int], Composition]
    claims: Callable[[int, System], tuple[Property, ...]]
    joint: frozenset[str] = frozenset()
    suffices: Callable[[System], Mapping[str, Property]] = lambda _: {}
    most: int = 3
    noun: str = "copy"
    pool: Pool = field(default_factory=dict, compare=False, repr=False)

    @property
    def nouns(self) -> str:
        """What several copies are called."""
        return amount(0, self.noun).removeprefix("0 ")

    def system(self, number: int) -> System:
        """Return the exact system with a number of copies."""
        return compose(self.of(number), pool=self.pool)

    @cached_property
    def single(self) -> System:
        """The exact system of one copy."""
        return self.system(1)

    @cached_property
    def pair(self) -> System:
        """The exact system of two copies."""
        return self.system(2)

    @cached_property
    def asked_of_several(self) -> frozenset[str]:
        """The properties that two copies are asked."""
        return frozenset(one.name for one in self.claims(2, self.pair))

    @cached_property
    def promised_alike(self) -> frozenset[str]:
        """The properties of which one copy is promised just what each of two is: no promise counts steps of both."""
        several = {one.name: one for one in self.claims(2, self.pair)}
        return frozenset(
            one.name
            for one in self.claims(1, self.single)
            if one.name in several and set(one.fairness) <= set(several[one.name].fairness)
        )

    @cached_property
    def together(self) -> frozenset[str]:
        """The properties of which a clause looks at two copies at once."""
        owner = owners(self.of(2), self.pair.slots)
        every = self.claims(2, self.pair)
        return frozenset(
            one.name for one in every if any(len(_copies(owner, clause.reads)) > 1 for clause in one.clauses)
        )

    def require_apart(self) -> None:
        """Raise ModelError, with the slot at fault, unless copies keep to themselves and are alike."""
        composition = self.of(2)
        owner, sessions = owners(composition, self.pair.slots), sessions_of(composition)
        if len(sessions) != 2 or len(sessions_of(self.of(1))) != 1:
            raise ModelError(
                f"family '{self.name}': a copy is a session, but with two copies there are {len(sessions)} sessions"
            )
        for one in composition.instances:
            _require_looks(self.name, one, owner)
        if composition.starts:
            raise ModelError(f"family '{self.name}': it has starts that fit together, which are no copy's own")
        if any(one.together for one in composition.joint if f"{one.leader} {one.trigger}" in broadcasts(composition)):
            raise ModelError(f"family '{self.name}': what all copies undergo in one step would wait for each one's row")
        if broadcasts(composition) and composition.network.full == "wait":
            raise ModelError(
                f"family '{self.name}': what all copies undergo in one step would wait for each one's channels"
            )
        resources = {one.name for one in composition.resources}
        counters = {f"network.{deed} left" for who, deed in composition.counters if who == "network"}
        for action in self.pair.actions:
            _require_apart(self.name, action, owner, broadcasts(composition), resources | counters)
        _require_alike(self, owner, sessions)
        self._require_same()

    def _require_same(self) -> None:
        """Raise ModelError unless copies do the same, whether alone or not, and are asked the same."""
        place, (alone,) = f"family '{self.name}'", halves(self.of(1), self.single, self.pool)
        two = halves(self.of(2), self.pair, self.pool)
        require_same(place, alone, two)
        several = {one.name: one for one in self.claims(2, self.pair)}
        for claim in self.claims(1, self.single):
            if claim.name in several and claim.name not in self.joint:
                require_asked_alike(place, alone, two, claim, several[claim.name])


def broadcasts(composition: Composition) -> frozenset[str]:
    """Return the actions that what is shared fires and copies undergo, all in one step."""
    session = {one.name: one.session for one in composition.instances}
    return frozenset(
        f"{one.leader} {one.trigger}"
        for one in composition.joint
        if session[one.leader] == SHARED and any(session[name] != SHARED for name in one.followers)
    )


def _copies(owner: Mapping[str, str], slots: Iterable[str]) -> set[str]:
    return {owner[name] for name in slots} - {SHARED}


def _require_looks(family: str, one: Instance, owner: Mapping[str, str]) -> None:
    """Raise ModelError where an instance looks at a copy that is not its own."""
    for name, source in one.inputs.items():
        place = f"family '{family}': instance '{one.name}', input '{name}'"
        if isinstance(source, Silence) and source.every_session:
            raise ModelError(f"{place}, listens to every session; a copy may listen to its own")
        for slot in _read(source):
            if owner[slot] not in {SHARED, one.session}:
                raise ModelError(f"{place}, looks at slot '{slot}', which is of copy '{owner[slot]}' and not shared")


def _read(source: Input | Silence) -> tuple[str, ...]:
    """The slots that an observation reads beside channels."""
    if isinstance(source, Input):
        return source.reads
    return (source.early,) if source.early else ()


def _require_apart(
    family: str, action: Action, owner: Mapping[str, str], every: frozenset[str], may_change: set[str]
) -> None:
    place = f"family '{family}': action '{action.name}'"
    touched = {owner[name]: name for name in (*action.reads, *action.writes) if owner[name] != SHARED}
    changed = [name for name in action.writes if owner[name] == SHARED]
    if action.name in every:
        for name in changed:
            if name in may_change:
                raise ModelError(f"{place} changes '{name}', and copies undergo it: one step may take one unit")
        return
    if len(touched) > 1:
        (one, _), (other, slot) = list(touched.items())[:2]
        raise ModelError(f"{place} of copy '{one}' touches slot '{slot}' of copy '{other}', which is not shared")
    for name in changed if touched else ():
        if name not in may_change:
            raise ModelError(f"{place} changes slot '{name}', which is shared but no resource")


def _require_alike(family: Replicated, owner: Mapping[str, str], sessions: tuple[str, ...]) -> None:
    """Raise ModelError unless both copies have the same slots and actions, and one copy alone has them too."""
    resources = {one.name for one in family.of(1).resources}
    alone = owners(family.of(1), family.single.slots)
    (only,) = sessions_of(family.of(1))
    shapes = [
        _shape(family.pair, owner, sessions[0], resources),
        _shape(family.pair, owner, sessions[1], resources),
        _shape(family.single, alone, only, resources),
    ]
    for one, other in zip_longest(shapes[0], shapes[1], fillvalue=("nothing",)):
        if one[1:] != other[1:]:
            raise ModelError(f"family '{family.name}': copies differ, at '{one[0]}' and '{other[0]}'")
    if [one[1:] for one in shapes[0]] != [one[1:] for one in shapes[2]]:
        raise ModelError(f"family '{family.name}': a copy alone is no copy among two: their slots or actions differ")


def _shape(system: System, owner: Mapping[str, str], session: str, resources: set[str]) -> list[tuple[object, ...]]:
    """Return what a copy and what is shared consist of: slots by their sizes, actions by the slots they touch."""
    seen = [slot for whose in (SHARED, session) for slot in system.slots if owner[slot.name] == whose]
    place = {slot.name: number for number, slot in enumerate(seen)}
    made: list[tuple[object, ...]] = [
        (slot.name, 0 if slot.name in resources else len(slot.domain), owner[slot.name] == SHARED) for slot in seen
    ]
    for action in system.actions:
        copies = _copies(owner, (*action.reads, *action.writes))
        if not copies or session in copies:
            touched = (frozenset(place.keys() & {*some}) for some in (action.reads, action.writes))
            places = (frozenset(place[name] for name in some) for some in touched)
            made.append((action.name, *places, action.environment))
    return made
