"""Two copies in full detail among others: what a property of states says of any two copies at once.

A property whose clauses look at two copies is none of one among others. Where each of its clauses, with three copies,
says of its two what one says of the two that there are, it is asked of two among others: each two copies of a member
are such two, so that what holds of them holds of all (the same simulation as of one). That clauses of four copies and
more are made as those of three is what the family's author promises, as that copies are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations
from typing import TypeAlias

from haboot.checker.copies.abstraction import Abstraction
from haboot.checker.copies.likeness import Half, Pairing, asks_alike, halves, pairing
from haboot.checker.copies.replicated import Replicated
from haboot.checker.core import System
from haboot.checker.limits import Limits
from haboot.checker.properties import Clause, Kind, Property
from haboot.checker.verdicts import Answer, Report

Ask: TypeAlias = Callable[[System, Sequence[Property], Limits], Report]
MEMBER = 3  # copies of the member in which clauses are looked at


@dataclass(frozen=True)
class Pairs:
    """The properties of a family that two copies among others answer."""

    family: Replicated
    ask: Ask
    limits: Limits

    @cached_property
    def proven(self) -> frozenset[str]:
        """The properties that hold of any two copies, whatever the others do, by name."""
        asked = [one for one in self.family.claims(2, self.abstraction.base) if self._is_of_two(one)]
        if not asked:
            return frozenset()
        few = {one: self.abstraction.few(one) for one in self.abstraction.resources}
        found = self.ask(self.abstraction.system(), (*asked, *few.values()), self.limits)
        many = {one for one, lemma in few.items() if found[lemma.name].answer is not Answer.HOLDS}
        return frozenset(
            one.name
            for one in asked
            if found[one.name].answer in {Answer.HOLDS, Answer.UNREACHED}
            and not any(many.intersection(clause.reads) for clause in one.clauses)
        )

    @cached_property
    def abstraction(self) -> Abstraction:
        """Two copies among others."""
        return Abstraction(self.family, 2)

    def _is_of_two(self, claim: Property) -> bool:
        """Whether each clause says with three copies what one says with two."""
        if claim.kind is not Kind.ALWAYS or claim.name in self.family.joint:
            return False
        wider = [one for other in self._of_three if other.name == claim.name for one in other.clauses]
        return bool(wider) and all(self._says(clause, claim) for clause in wider)

    def _says(self, wide: Clause, claim: Property) -> bool:
        return any(
            set(wide.reads) <= set(both.slots.values())
            and any(asks_alike(both, one, wide, claim) for one in claim.clauses)
            for both in self._pairings
        )

    @cached_property
    def _of_three(self) -> tuple[Property, ...]:
        return self.family.claims(MEMBER, self.family.system(MEMBER))

    @cached_property
    def _pairings(self) -> tuple[Pairing, ...]:
        """How the two copies correspond to each two of three."""
        two = self._halves(2)
        return tuple(_joined(zip(two, some, strict=True)) for some in permutations(self._halves(MEMBER), 2))

    def _halves(self, number: int) -> list[Half]:
        return halves(self.family.of(number), self.family.system(number), self.family.pool)


def _joined(pairs: Iterator[tuple[Half, Half]]) -> Pairing:
    """Return what corresponds in two copies and in two others, from what does in each."""
    one, other = (pairing(*pair) for pair in pairs)
    return Pairing({**one.slots, **other.slots}, {**one.names, **other.names}, {**one.domains, **other.domains})
