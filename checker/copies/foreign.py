"""Steps of another copy, as a property of steps sees them: they leave this copy as it is, but their events are seen.

One copy among others shows what its own steps do to a property. That the steps of the others do nothing to it is asked
here: a second copy acts while the first one rests, and whatever the first one holds, no step of the second may break
what is said of the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from haboot.checker.branches import Part, See, branches
from haboot.checker.copies.abstraction import Abstraction
from haboot.checker.core import Action, System, Value, View
from haboot.checker.machines import SHARED, sessions_of
from haboot.checker.properties import Clause, Kind, Move, Property


@dataclass(frozen=True)
class Foreign:
    """Two copies among others, of which the first rests."""

    abstraction: Abstraction

    @cached_property
    def acting(self) -> frozenset[str]:
        """The actions of the second copy."""
        _, second = sessions_of(self.abstraction.composition)
        return frozenset(one.name for one in self.abstraction.base.actions if self._whose(one) == {second})

    @cached_property
    def system(self) -> System:
        """The system in which the first copy takes no step."""
        first, _ = sessions_of(self.abstraction.composition)
        whole, base = self.abstraction.system(), {one.name: one for one in self.abstraction.base.actions}
        rests = {name for name, one in base.items() if self._whose(one) == {first}}
        return replace(whole, actions=tuple(_resting(one) if one.name in rests else one for one in whole.actions))

    def _whose(self, action: Action) -> set[str]:
        return {self.abstraction.owner[name] for name in (*action.reads, *action.writes)} - {SHARED}

    def claim(self, claim: Property) -> Property:
        """Return that no step of the second copy does anything to what a property says of the first."""
        return Property(claim.name, Kind.STEP, tuple(self._clauses(claim)))

    def _clauses(self, claim: Property) -> Iterator[Clause]:
        first, second = sessions_of(self.abstraction.composition)
        domains = {slot.name: slot.domain for slot in self.abstraction.base.slots}
        owner = self.abstraction.owner
        for number, clause in enumerate(claim.clauses):
            if second in {owner[name] for name in clause.reads}:
                if claim.kind is Kind.STEP:  # what is asked of the second copy, by steps of its own
                    yield replace(clause, about=f"{number}")
                continue
            resting = {name: domains[name] for name in clause.reads if owner[name] == first}
            shared = tuple(name for name in clause.reads if name not in resting)
            yield Clause(shared, self._spared(claim, clause, resting), about=f"{number}")

    def _spared(
        self, claim: Property, clause: Clause, resting: Mapping[str, Sequence[Value]]
    ) -> Callable[[Move], bool]:
        def does(move: Move) -> bool:
            return (
                clause.holds(move)
                if claim.kind is Kind.FINITELY_OFTEN
                else clause.premise(move) and not clause.holds(move)
            )

        def spared(move: Move) -> bool:
            if move.action not in self.acting:
                return True

            def met(see: See) -> bool:
                before, after = (_seen(clause, view, resting, see) for view in (move.before, move.after))
                return does(Move(before, move.action, move.events, after))

            return not any(done for _, done in branches(met, resting))

        return spared


def _resting(action: Action) -> Action:
    """Return an action that is never enabled."""

    def rests(_: View, named: str = action.name) -> None:
        """Do nothing; its name tells one such action from another."""

    return replace(action, effect=rests)


def _seen(clause: Clause, view: View, resting: Mapping[str, Sequence[Value]], see: See) -> View:
    """Return what a clause sees of a state of which a part may hold anything."""
    return View(Part(clause.reads, lambda name: see(name) if name in resting else view[name]), "a clause")
