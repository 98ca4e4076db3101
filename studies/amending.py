"""The smallest sets of amendments under which properties hold whatever faults occur together, up to a number of them.

A set is proposed, a smallest one that hits every clause known so far; each proposal is explored whole, under every set
of faults. Whatever breaks gives a clause: amendments of which one must be made, or of which one must not, for a set to
do better (implicit hitting sets, Moreno-Centeno and Karp 2013; the solver is RC2, Ignatiev, Morgado and Marques-Silva
2019). When no clause is left to be hit, all smallest sets are found; sets that hold a found one are left out.

A clause is learnt on the least that breaks as the proposal does: nothing, one of its amendments, or all of them. Those
that mend that in addition are tried one by one, but only such whose rows the counterexample meets (``touching``):
without the others it is one all the same. The rest is tried together, and by halves where together they mend it.

Each set that is yielded was explored whole, and without any of its members something breaks, which was explored as
well. That there are no others rests on one thing more: where a set breaks a property, and a larger one does so too, a
set between the two does not break it only where one amendment in addition to the smaller one is enough.

What breaks whatever amendments are made is no reason to give up the rest: it is set aside, and so is the same property
under more faults. Wishes may also be at odds: each is granted by some set, and no set grants all. Then there is no set,
unless the search is ``trading``: it gives up the one under most faults, and says for which others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from haboot.checker import Answer
from haboot.checker.host import mapped
from haboot.model import AMENDMENTS, Scenario, name_of
from haboot.properties import CLAIMS
from haboot.studies.attempts import MOST, SOME, Broken, Found, Job, Wish, attempt
from haboot.studies.hitting import smallest
from haboot.studies.screening import SCREENED, Screen, Screened

FEW = 12  # scenarios that are explored sooner than other processes have begun
CLAIMED = tuple(claim.name for claim in CLAIMS)
Literals: TypeAlias = frozenset[tuple[str, bool]]  # amendments, each made or not; a set of amendments meets one of them


@dataclass(frozen=True, slots=True)
class Refuted:
    """A wish that a set of amendments does not grant, and the clause that says which sets might."""

    wish: Wish
    made: frozenset[str]
    broken: Broken
    clause: Literals = frozenset()


@dataclass(frozen=True, slots=True)
class Traded:
    """A wish that is given up for others, with which it is at odds."""

    wish: Wish
    against: tuple[Wish, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A smallest set that holds, and for each member what breaks without it."""

    amendments: tuple[str, ...]
    scenarios: int
    states: int
    needs: tuple[tuple[str, Refuted], ...]


def _ease(one: Refuted) -> tuple[int, int]:
    """How little there is to try of what is refuted: under few faults, and with few amendments that may matter."""
    return len(one.wish.scenario.assumptions), len(one.broken.touched)


@dataclass
class Amending:
    """The search for the smallest sets: every proposal, what refutes it, and what no set can mend.

    ``scenarios`` are what is to be survived, without amendments; ``claims`` what is to hold, all that is asked where
    none is named; ``allowed`` the amendments to choose from. ``explore`` says what scenarios come to, lazily and in
    their order; ``screen`` what breaks in all of them at once.
    """

    scenarios: Sequence[Scenario]
    claims: tuple[str, ...] = ()
    allowed: Collection[str] = tuple(AMENDMENTS)
    workers: int = 2
    told: Callable[[str], None] = lambda _: None
    explore: Callable[[Sequence[Job]], Iterator[Found]] | None = None
    screen: Screen = lambda _: Screened()
    refuted: list[Refuted] = field(default_factory=list)
    beyond: list[Wish] = field(default_factory=list)
    conflict: tuple[Wish, ...] = ()
    trading: bool = False
    traded: list[Traded] = field(default_factory=list)
    explorations: int = 0
    _known: dict[Job, Found] = field(default_factory=dict)
    _screened: dict[frozenset[str], Screened] = field(default_factory=dict)
    _telling: dict[Scenario, set[str]] = field(default_factory=dict)
    _done: list[frozenset[str]] = field(default_factory=list)

    def proposals(self) -> Iterator[Proposal]:
        """Yield the smallest sets that hold, the smallest first; when it ends there are no more."""
        while (made := self._next()) is not None:
            self.told(f"{len(made)} amendments: {', '.join(sorted(made)) or 'none'}")
            found = self._refutations(made)
            if not found:
                self._done.append(made)
                yield self._proposal(made)
            self.refuted += [self._learnt(min(found, key=_ease))] if found else []

    def _next(self) -> frozenset[str] | None:
        """A smallest set that hits all clauses; wishes that nothing grants are set aside first."""
        while True:
            hard = [one.clause for one in self.refuted if not self._is_beyond(one.wish)]
            done = [frozenset((name, False) for name in made) for made in self._done]
            found = smallest(self.allowed, [*hard, *done])
            if found is not None:
                return found
            if not self._give_up():
                return None

    def _give_up(self) -> bool:
        """Set aside what no set grants, of wishes that together no set grants; tell whether there was any."""
        at_odds = self._at_odds()
        new = [wish for wish in at_odds if not self._is_grantable(wish)]
        self.beyond += new
        self.conflict = () if new or self._done else at_odds
        return bool(new) or (self.trading and self._trade())

    def _trade(self) -> bool:
        """Give up one wish of those at odds: the one under most faults, if that is one alone."""
        ranked = sorted(self.conflict, key=lambda one: len(one.scenario.assumptions))
        if len(ranked) < 2 or len(ranked[-2].scenario.assumptions) == len(ranked[-1].scenario.assumptions):
            return False
        self.traded.append(Traded(ranked[-1], tuple(ranked[:-1])))
        self.conflict = ()
        return True

    def _at_odds(self) -> tuple[Wish, ...]:
        """A smallest number of wishes, none of which can be left out, that no set grants together."""
        wishes = list(dict.fromkeys(one.wish for one in self.refuted if not self._is_beyond(one.wish)))
        done = [frozenset((name, False) for name in made) for made in self._done]
        for one in tuple(wishes):
            less = [wish for wish in wishes if wish != one]
            if smallest(self.allowed, [*self._clauses(less), *done]) is None:
                wishes = less
        return tuple(wishes)

    def _clauses(self, wishes: Collection[Wish]) -> list[Literals]:
        return [one.clause for one in self.refuted if one.wish in wishes]

    def _is_grantable(self, wish: Wish) -> bool:
        """Whether some set grants a wish, whatever becomes of the others."""
        while (made := smallest(self.allowed, self._clauses([wish]))) is not None:
            (found,) = self._results([self._trial(wish, made, traced=True)], 1)
            if not found.broken:
                return True
            self.refuted += [self._learnt(Refuted(wish, made, one)) for one in found.broken]
        return False

    def _learnt(self, found: Refuted) -> Refuted:
        """What is refuted, with the clause that says which sets might do better."""
        wish, made = found.wish, found.made
        low, touched = self._low(found)
        more = sorted(touched - made)
        self._explore_all([self._trial(wish, low | {name}) for name in more])
        others = [name for name in more if self._breaks(wish, low | {name})]
        kept = self._grown(wish, made, others)
        clause = {(name, True) for name in more if name not in kept} | {(name, False) for name in touched & low}
        return replace(found, clause=frozenset(clause))

    def _low(self, found: Refuted) -> tuple[frozenset[str], frozenset[str]]:
        """The least within a refuted set that breaks the same, and the amendments that its counterexample touches.

        None of what is left out mends it alone: nothing is made in it, or one amendment, or else all.
        """
        wish, made = found.wish, found.made
        touched = found.broken.touched.intersection(self.allowed)
        for low in (frozenset[str](), *(frozenset({name}) for name in sorted(touched & made))):
            if low < made and self._breaks(wish, low) and all(self._breaks(wish, low | {one}) for one in made - low):
                (one,) = self._results([self._trial(wish, low, traced=True)], 1)
                return low, one.broken[0].touched.intersection(self.allowed)
        return made, touched

    def _grown(self, wish: Wish, made: frozenset[str], names: Sequence[str]) -> frozenset[str]:
        """A set that breaks a wish with as many of some names as leave it broken together; halved where all do not."""
        if not names or self._breaks(wish, made.union(names)):
            return made.union(names)
        if len(names) == 1:
            return made
        half = len(names) // 2
        return self._grown(wish, self._grown(wish, made, names[:half]), names[half:])

    def _breaks(self, wish: Wish, made: frozenset[str]) -> bool:
        """Whether a set of amendments is known to break a wish; one that leaves nothing of it to ask does not."""
        (found,) = self._results([self._trial(wish, made)], 1)
        return any(one.answer is not Answer.INCOMPLETE for one in found.broken)

    @staticmethod
    def _trial(wish: Wish, made: frozenset[str], *, traced: bool = False) -> Job:
        return Job(wish.scenario, made, (wish.claim,), traced, MOST if traced else SOME)

    def _is_beyond(self, wish: Wish) -> bool:
        return any(one.within(wish) for one in (*self.beyond, *(each.wish for each in self.traded)))

    def _refutations(self, made: frozenset[str]) -> list[Refuted]:
        """What breaks in the first scenario that breaks anything; what broke with other amendments is tried first."""
        usual = [Job(one, made, (*sorted(self._telling[one]),)) for one in self.scenarios if one in self._telling]
        if found := self._broken(usual, 1):
            return found
        screened = self._screen(made)
        wishes = [one for one in screened.broken if not self._is_beyond(one)]
        if found := [one for wish in wishes for one in self._broken([self._trial(wish, made, traced=True)], 1)]:
            return found
        left = (self._left(one, made, screened) for one in self.scenarios)
        return self._broken([job for job in left if job is not None], self.workers)

    def _screen(self, made: frozenset[str]) -> Screened:
        if made not in self._screened:
            self._screened[made] = self.screen(made)
        return self._screened[made]

    def _left(self, scenario: Scenario, made: frozenset[str], screened: Screened) -> Job | None:
        """What is left to explore of a scenario, if anything is."""
        if scenario not in screened.settled:
            return Job(scenario, made, self.claims)
        claims = tuple(name for name in self.claims or CLAIMED if name not in SCREENED)
        return Job(scenario, made, claims) if claims else None

    def _broken(self, jobs: Sequence[Job], workers: int) -> list[Refuted]:
        """What breaks in the first of some explorations in which anything does."""
        for job, found in zip(jobs, self._results(jobs, workers), strict=True):
            wishes = ((Wish(one.claim, job.scenario), one) for one in found.broken)
            broken = [Refuted(wish, job.made, one) for wish, one in wishes if not self._is_beyond(wish)]
            if broken:
                self._telling.setdefault(job.scenario, set()).update(one.wish.claim for one in broken)
                return broken
        return []

    def _explore_all(self, jobs: Sequence[Job]) -> None:
        """Explore what is to be asked soon, by several processes where it is much."""
        for _ in self._results(jobs, self.workers if len(jobs) > FEW else 1):
            pass

    def _results(self, jobs: Sequence[Job], workers: int) -> Iterator[Found]:
        new = [job for job in jobs if job not in self._known]
        if self.explore is not None:
            results = self.explore(new)
        else:
            results = map(attempt, new) if workers == 1 or len(new) < FEW else mapped(attempt, new, workers)
        for job in jobs:
            if job not in self._known:
                self._known[job] = next(results)
                self.explorations += 1
                self.told(name_of(replace(job.scenario, amendments=job.made)))
            yield self._known[job]

    def _proposal(self, made: frozenset[str]) -> Proposal:
        """A set that holds, with what breaks without each of its members."""
        needs = []
        for name in sorted(made):
            less = made - {name}
            known = [one for one in self.refuted if one.made == less and not self._is_beyond(one.wish)]
            (first, *_) = known or self._refutations(less)
            needs.append((name, first))
        states = {job.scenario: found.states for job, found in self._known.items() if job.made == made}
        searched = self._screen(made).states + sum(states.values())
        return Proposal(tuple(sorted(made)), len(self.scenarios), searched, tuple(needs))
