"""Numbers that states have in a certificate, and what they must be so that they prove a property."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from haboot.certify.reading import require
from haboot.certify.worlds import Fate, Memo, Outcome, State, World, is_true
from haboot.checker import Clause, Kind, Property

Found = list[tuple[Outcome, int | None]]  # the steps of a state, each with the place of the state that it leads to
OWN = -1  # the promise of a class in which what is to happen finitely often never does, or the goal is met for good


class Counts:
    """What a step counts for, as bits of a number: those of its tests that it passes.

    Each test has its bit, the actions that it is about (None: all), what is asked (None: nothing), and what that reads.
    A step that is not taken is asked nothing; if not ``still``, one that changes nothing counts for nothing.
    """

    still = True

    def __init__(self, world: World, tests: Sequence[tuple[int, Any, Any, Any]], key: object) -> None:
        self.world, self.tests = world, tests
        self.key = world.counted.setdefault(key, len(world.counted))

    def counted(self, one: Outcome, state: State) -> int:
        """Return what a step counts for; of one that is not taken, what is enabled by it."""
        known = one.counts.get(self.key)
        if known is None:
            known = one.counts[self.key] = self._counting(one)
        made: int = known(state) if isinstance(known, Memo) else known
        return made

    def _counting(self, one: Outcome) -> int | Memo:
        some = [each for each in self.tests if each[1] is None or one.action in each[1]]
        if one.fate in {Fate.CUT, Fate.OUTSIDE}:
            some = [(bit, actions, None, ()) for bit, actions, _, _ in some if actions is not None]
        elif not one.changes and not self.still:
            some = []
        plain: int = sum(bit for bit, _, where, _ in some if where is None)
        tests, move = [(bit, where, reads) for bit, _, where, reads in some if where is not None], self.world.move
        if not tests:
            return plain
        return Memo(
            lambda look: plain + sum(bit * is_true(where(move(one.made, reads, look))) for bit, where, reads in tests)
        )


class Promises(Counts):
    """What a run owes; the last bit is that it breaks the property itself, where steps tell that."""

    still = False

    def __init__(self, world: World, claim: Property, clause: Clause) -> None:
        self.fairness, again = claim.fairness, claim.kind is Kind.FINITELY_OFTEN
        self.own = 1 << len(claim.fairness)
        self.always = self.own if again else 0
        every: list[Any] = [(1 << at, one.actions, one.where, one.reads) for at, one in enumerate(claim.fairness)]
        every += [(self.own, None, clause.holds, clause.reads)] if again else []
        super().__init__(world, every, (claim.fairness, clause if again else None))

    def enabled(self, state: State, steps: Sequence[Outcome]) -> int:
        """Return what is enabled in a state."""
        found = self.always
        for one in steps:
            found |= self.counted(one, state)
        return found

    def kept(self, enabled: Sequence[int], met: int) -> bool:
        """Whether a run keeps its promises that takes steps counting for some, and visits states enabling some."""
        never, ever = -1, 0
        for bits in enabled:
            never, ever = never & bits, ever | bits
        owed = self.always
        for at, one in enumerate(self.fairness):
            owed |= (ever if one.strong else never) & 1 << at
        return not owed & ~met


def meeting(world: World, clause: Clause) -> Memo:
    """Return what tells of a state whether it meets the premise (1) and the goal (2)."""
    tests = (1, clause.premise), (2, clause.holds)
    return Memo(lambda look: sum(bit * is_true(test(world.seen(clause.reads, look))) for bit, test in tests))


class Ranks:
    """Numbers that no step raises: 0 is none, 1 is at the goal, from 2 on there are classes, those within others last.

    Each class has a promise that breaks whoever stays there. ``first`` are the places of the initial states.
    """

    def __init__(
        self, world: World, claim: Property, clause: Clause, values: Sequence[int], classes: Any, first: frozenset[int]
    ) -> None:
        kind, self.values, self.promises = claim.kind, values, Promises(world, claim, clause)
        self.first, self.stays = first if kind is Kind.EVENTUALLY else None, kind is Kind.STAYS
        self.goes_on = kind in {Kind.INFINITELY_OFTEN, Kind.STAYS}
        self.meets = Memo(lambda _: 1) if kind is Kind.FINITELY_OFTEN else meeting(world, clause)
        self.chains, self.broken = [list[int](), list[int]()], [0, 0]
        self._forbidden = dict[tuple[int, int], int]()
        for at, (parent, promise) in enumerate(classes):
            least = OWN if kind in {Kind.FINITELY_OFTEN, Kind.STAYS} else 0
            known = -1 <= parent < at and least <= promise < len(claim.fairness)
            require(known, "a class of its numbers is within none, or has no promise")
            around = classes[parent][1] if parent >= 0 else OWN
            strong = parent < 0 or (around != OWN and claim.fairness[around].strong)
            require(strong, "a class of its numbers is within one whose promise is not strong")
            self.chains.append([*(self.chains[parent + 2] if parent >= 0 else ()), at])
            self.broken.append(self.promises.own if promise == OWN else 1 << promise)
        require(max(values, default=0) < len(self.broken), "a number has no class")

    def fault(self, at: int, state: State, steps: Found) -> str:
        """Return what is wrong with the number of a state, empty where nothing is."""
        value, met = self.values[at], self.meets(state)
        if not value:
            return "a state has no number" if met & 1 and (self.first is None or at in self.first) else ""
        if value == 1 and (self.stays or not self.goes_on or not met & 2):
            return (
                "" if met & 2 and not self.stays else "a state is told to be at the goal, and is not, or to stay there"
            )
        enabled = self.promises.always | (self.promises.own if self.stays and met & 2 else 0)
        for one, target in steps:
            counts = self.promises.counted(one, state)
            enabled |= counts
            other = 1 if target is None else self.values[target]
            forbidden = self.forbidden(value, other) if value > 1 < other else 0
            if not other or forbidden < 0:
                return f"a step of '{one.action}' raises its number, or leads to a state without one"
            if forbidden & counts:
                return f"a step of '{one.action}' keeps the promise that is said to be broken"
        return "" if value == 1 or enabled & self.broken[value] else "a broken promise asks for nothing in a state"

    def forbidden(self, value: int, other: int) -> int:
        """Return what no step from one class to another may count for; -1 where there may be no step at all."""
        found = self._forbidden.get((value, other))
        if found is None:
            found = 0
            for one, two in zip(self.chains[value], self.chains[other], strict=False):
                if one != two:
                    found = -1 if two > one else found
                    break
                found |= self.broken[one + 2]
            self._forbidden[value, other] = found
        return found


class Distances:
    """How far states are from a goal: 1 is there, and from any other a step that counts leads nearer."""

    def __init__(self, world: World, claim: Property, clause: Clause, values: Sequence[int]) -> None:
        self.values, self.every, self.meets = values, claim.with_environment, meeting(world, clause)

    def fault(self, at: int, state: State, steps: Found) -> str:
        """Return what is wrong with the number of a state, empty where nothing is."""
        value, met = self.values[at], self.meets(state)
        if value == 0:
            return "a state has no distance" if met & 1 else ""
        if value == 1:
            return "" if met & 2 else "a state is told to be at the goal, and is not"
        some = (self.values[to] for one, to in steps if to is not None and (one.own or self.every))
        return "" if any(0 < other < value for other in some) else "from a state no step leads nearer to the goal"


class Stuck(Distances):
    """States without a way to a goal, which have 1: none is there, and no step that counts leads out of them."""

    def fault(self, at: int, state: State, steps: Found) -> str:
        """Return what is wrong with the number of a state, empty where nothing is."""
        if self.values[at] != 1:
            return ""
        some = [to for one, to in steps if one.fate is not Fate.OUTSIDE and (one.own or self.every)]
        closed = all(to is not None and self.values[to] == 1 for to in some)
        return "" if closed and not self.meets(state) & 2 else "a state is told to have no way to the goal, and has one"
