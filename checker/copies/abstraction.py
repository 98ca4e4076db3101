"""One copy, or a few, in full detail among any number of others that take what is shared and give it back.

Each step of a family's member is a step here: of a copy in detail or of what is shared as it is, of another copy as
what it does to the resources, and else none. So what no run here breaks, no member breaks (simulation; Clarke, Grumberg
and Long, Model checking and abstraction, 1994). That another copy holds one unit at most is proven of the copy's own
table, and that it gives the unit back of the copy in detail, and both are then used of the others: each step keeps what
the next one rests on, by induction over steps (McMillan, Circular compositional reasoning about liveness, 1999).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from haboot.checker.boundary import amount
from haboot.checker.copies.contract import Deed, deeds, looked_at, require_alike_beyond
from haboot.checker.copies.replicated import Replicated, broadcasts
from haboot.checker.core import Action, Slot, System, View
from haboot.checker.machines import SHARED, Composition, close, compose, owners, sessions_of
from haboot.checker.properties import Clause, Fairness, Kind, Property


def others_of(resource: str) -> str:
    """Return the slot that counts what the copies that are not in detail hold of a resource."""
    return f"others hold {resource}"


@dataclass(frozen=True)
class Abstraction:
    """So many copies of a family in detail, and what all others may do."""

    family: Replicated
    detailed: int

    @cached_property
    def composition(self) -> Composition:
        """The copies in detail, with resources that count what they and the others hold."""
        given = self.family.of(self.detailed)
        users = [one.resource for one in given.instances]
        made = (replace(one, most=self.top + users.count(one.name)) for one in given.resources)
        return replace(given, resources=tuple(made))

    @property
    def top(self) -> int:
        """What stands for all counts of what the others hold that nobody tells apart."""
        return self.family.most + 1

    @cached_property
    def base(self) -> System:
        """The system of the copies in detail alone."""
        return compose(self.composition, pool=self.family.pool)

    @cached_property
    def owner(self) -> dict[str, str]:
        """The copy that owns each slot."""
        return owners(self.composition, self.base.slots)

    @cached_property
    def contended(self) -> frozenset[str]:
        """The resources whose count somebody looks at."""
        return looked_at(self.composition)

    @cached_property
    def deeds(self) -> tuple[Deed, ...]:
        """What others may do to resources that matter."""
        require_alike_beyond(self.composition, self.base, self.top)
        every = deeds(close(self.composition, self.family.pool), self.owner, self.family.name)
        return tuple(one for one in every if one.resource in self.contended)

    @cached_property
    def resources(self) -> tuple[str, ...]:
        """The resources that others take."""
        return tuple(dict.fromkeys(one.resource for one in self.deeds))

    @property
    def relation(self) -> str:
        """The simulation relation between members and this."""
        noun, more = self.family.noun, f"{self.top} for so many and more"
        held = (f", what all others hold of {one} in '{others_of(one)}' ({more})" for one in self.resources)
        left = (f", how often {what} may still happen, or less" for what in self.counters)
        few = noun if self.detailed == 1 else f"{self.detailed} {self.family.nouns}"
        return (
            f"for each {few} of it a state of any number goes with the state here in which they and all that is shared "
            f"are as there ({amount(len(self.base.slots), 'slot')}){''.join((*held, *left))}; a step of theirs or of "
            "what is shared is the same step here, one of another what others do, or none"
        )

    def system(self, given_back: frozenset[str] = frozenset()) -> System:
        """Return the system with the others.

        That they give back a resource is a step of the system's own for those ``given_back``; all else that they do is
        the environment's.
        """
        slots = [Slot(others_of(one), range(self.top + 1)) for one in self.resources]
        initial = [{**state, **{slot.name: 0 for slot in slots}} for state in self.base.initial]
        actions = list(self.base.actions)
        actions += [self._deed(one, own=one.taken < 0 and one.resource in given_back) for one in self.deeds]
        actions += self._used_up()
        return System(f"{self.base.name}, among others", (*self.base.slots, *slots), initial, actions)

    def settling(self, resource: str) -> System:
        """Return the system in which only what a copy does itself without taking a unit counts as a step of its own."""
        mine = {
            one.name
            for one in self.base.actions
            if not one.environment
            and not {name for name in one.writes if self.owner[name] == SHARED} - {resource}
            and any(self.owner[name] != SHARED for name in (*one.reads, *one.writes))
            and one.name not in broadcasts(self.composition)
        }
        whole = self.system()
        return replace(whole, actions=tuple(replace(one, environment=one.name not in mine) for one in whole.actions))

    def _deed(self, deed: Deed, *, own: bool) -> Action:
        used, others, top = deed.resource, others_of(deed.resource), self.top

        def effect(view: View) -> dict[str, int] | None:
            held = view[others] + deed.taken  # beyond the top one more or less makes no difference
            if not 0 <= held <= top or not deed.is_met(view):
                return None
            return {used: view[used] + deed.taken, others: held}

        slots = (used, others)
        reads = tuple(dict.fromkeys((*slots, *deed.reads)))
        return Action(f"others {'take' if deed.taken > 0 else 'give back'} {used}", reads, slots, effect, not own)

    def promise(self, resource: str) -> Fairness:
        """Return the promise that others do not hold units for ever that they may give back.

        It counts steps below the top alone: beyond, they may give and take without any change that is seen here.
        """
        name, others = f"others give back {resource}", others_of(resource)
        return Fairness(name, frozenset({name}), where=lambda move: move.before[others] < self.top, reads=(others,))

    def _used_up(self) -> Iterator[Action]:
        """What the network may still do is used up by the others as well."""
        for what in self.counters:
            left = f"network.{what} left"
            yield Action(f"others meet {what}", (left,), (left,), _one_less(left), environment=True)

    @property
    def counters(self) -> tuple[str, ...]:
        """What the network may do to all copies together so often only."""
        return tuple(what for who, what in self.composition.counters if who == "network")

    def few(self, resource: str) -> Property:
        """Return the lemma that the others never hold so much that it is not counted."""
        others = others_of(resource)
        return Property(f"few hold {resource}", Kind.ALWAYS, (Clause((others,), lambda view: view[others] < self.top),))

    def gives_back(self, resource: str, kind: Kind, fairness: tuple[Fairness, ...] = ()) -> Property:
        """Return the lemma that a copy gives its unit back, as far as the shared part lets others do so."""
        (deed,) = [one for one in self.deeds if one.resource == resource and one.taken < 0]
        used, others = resource, others_of(resource)
        reads = tuple(dict.fromkeys((used, others, *deed.reads)))

        def holds(view: View) -> bool:
            return bool(view[used] > view[others])

        def waits(view: View) -> bool:
            return holds(view) and deed.is_met(view)

        goal = waits if kind is Kind.LEADS_TO else holds
        clause = Clause(reads, lambda view: not goal(view), waits)
        return Property(f"a copy gives {resource} back", kind, (clause,), fairness=fairness)

    @property
    def lent(self) -> tuple[str, ...]:
        """The resources that one instance of a copy takes and gives back, of which the lemma can be asked."""
        users = [one.resource for one in self.composition.instances if one.session == sessions_of(self.composition)[0]]
        back = {one.resource for one in self.deeds if one.taken < 0}
        return tuple(one for one in self.resources if one in back and users.count(one) == 1)


def _one_less(left: str) -> Callable[[View], dict[str, int] | None]:
    return lambda view: {left: view[left] - 1} if view[left] else None
