"""The smallest sets of amendments under which properties hold whatever faults occur together, up to a number of them.

A set is proposed, a smallest one that hits every clause known so far; each proposal is explored whole, under every set
of faults. Whatever breaks gives a clause: amendments of which one must be made, or of which one must not, for a set to
do better. In it are those that mend it in addition, those that do when more and more of the others are made, and those
that are made already. Only such are tried whose rows the counterexample meets (``touching``): without the others it is
one all the same. When no clause is left to be hit, all smallest sets are found; sets that hold a found one are left
out. After the implicit hitting sets of Moreno-Centeno and Karp (2013); the solver is RC2 (Ignatiev, Morgado,
Marques-Silva 2019).

Each set that is yielded was explored whole, and without any of its members something breaks, which was explored as
well. That there are no others rests on one thing more: where a set breaks a property, and a larger one does so too, a
set between the two does not break it only where one amendment in addition to the smaller one is enough.

What breaks whatever amendments are made is no reason to give up the rest: it is set aside, and so is the same property
under more faults.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TypeAlias

from haboot.checker import Answer, Kind, Limits
from haboot.checker.host import mapped
from haboot.ledger import OfProtocol
from haboot.model import AMENDMENTS, DRAFT, VARIANTS, Scenario, name_of
from haboot.properties import explored
from haboot.studies.hitting import smallest
from haboot.studies.touching import touching

MOST = 300_000  # states of one scenario
ROOM = (2, 5)  # messages more that channels may hold, at first and where a scenario overflows them
FEW = 12  # scenarios that are explored sooner than other processes have begun
AT_ONCE = 12  # scenarios that broke earlier proposals, tried first
FAULTS = (  # what a way to recover has to live with: a network, a home agent that may be well or return, two that help
    *("loss", "duplication", "crash", "return-kept", "return-lost", "false-suspicion"),
    *("second-initiator", "dad-lost"),
)
Literals: TypeAlias = frozenset[tuple[str, bool]]  # amendments, each made or not; a set of amendments meets one of them


@dataclass(frozen=True, slots=True)
class Broken:
    """A property that a scenario breaks, how long its shortest trace is, and the amendments that it touches."""

    claim: str
    answer: Answer
    length: int
    touched: frozenset[str]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to hold: a property, in a flow and size, under some faults."""

    claim: str
    scenario: Scenario  # without amendments

    def within(self, other: Wish) -> bool:
        """Whether another wish is the same under more faults."""
        here, there = self.scenario, other.scenario
        same = replace(there, name=here.name, assumptions=here.assumptions) == here
        return self.claim == other.claim and same and here.assumptions <= there.assumptions

    def __str__(self) -> str:
        return f"{self.claim} in {self.scenario.name}"


@dataclass(frozen=True, slots=True)
class Refuted:
    """A wish that a set of amendments does not grant, and the clause that says which sets might."""

    wish: Wish
    made: frozenset[str]
    broken: Broken
    clause: Literals = frozenset()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A smallest set that holds, and for each member what breaks without it."""

    amendments: tuple[str, ...]
    scenarios: int
    states: int
    needs: tuple[tuple[str, Refuted], ...]


def fault_sets(
    base: Scenario, order: int, faults: Iterable[str] = FAULTS, always: Iterable[str] = ()
) -> Iterator[Scenario]:
    """Return a scenario under every set of up to ``order`` further faults, few first; some are ``always`` assumed."""
    base = replace(base, assumptions=base.assumptions | {*always})
    known = [one for one in faults if one in VARIANTS[DRAFT].assumptions and one not in base.assumptions]
    for count in range(order + 1):
        for some in combinations(known, count):
            made = replace(base, assumptions=base.assumptions | set(some))
            yield replace(made, name=name_of(made))


@dataclass(frozen=True, slots=True)
class Job:
    """A scenario to explore with some amendments, and the properties that are asked; all where none is named.

    Where it is ``traced``, what breaks is told with the amendments that the counterexample touches.
    """

    scenario: Scenario
    made: frozenset[str]
    claims: tuple[str, ...] = ()
    traced: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """What an exploration shows: its states, and what breaks."""

    states: int
    broken: tuple[Broken, ...]


def attempt(job: Job) -> Found:
    """Explore a scenario with amendments; where channels were too small, with more room.

    What the amended draft does not say any more is not asked.
    """
    made = replace(job.scenario, amendments=job.made)
    made = replace(made, name=name_of(made))
    asked = tuple(claim.name for claim in OfProtocol(made).asked() if not job.claims or claim.name in job.claims)
    if not asked:
        return Found(0, ())
    for more in ROOM:
        here = replace(made, capacity=made.capacity + more)
        report = explored(here, Limits(MOST), only=asked).report()
        if not report.space.bounds_hit:
            break
    broken = tuple(
        Broken(one.property.name, one.answer, len(one.trace or ()), touching(here, one) if job.traced else frozenset())
        for one in report.verdicts
        if _fails(one.property.kind, one.answer)
    )
    return Found(report.space.distinct, broken)


def _fails(kind: Kind, answer: Answer) -> bool:
    """Whether an answer is none to be content with; where nothing is said, nothing is broken."""
    return answer in {Answer.VIOLATED, Answer.INCOMPLETE} or (kind is Kind.SOMETIMES and answer is Answer.UNREACHED)


@dataclass
class Amending:
    """The search for the smallest sets: every proposal, what refutes it, and what no set can mend.

    ``scenarios`` are what is to be survived, without amendments; ``claims`` what is to hold, all that is asked where
    none is named; ``allowed`` the amendments to choose from. ``explore`` says what scenarios come to, lazily and in
    their order, so that another search for what breaks can take its place.
    """

    scenarios: Sequence[Scenario]
    claims: tuple[str, ...] = ()
    allowed: Collection[str] = tuple(AMENDMENTS)
    workers: int = 2
    told: Callable[[str], None] = lambda _: None
    explore: Callable[[Sequence[Job]], Iterator[Found]] | None = None
    refuted: list[Refuted] = field(default_factory=list)
    beyond: list[Wish] = field(default_factory=list)
    conflict: tuple[Wish, ...] = ()
    explorations: int = 0
    _known: dict[Job, Found] = field(default_factory=dict)
    _telling: Counter[Scenario] = field(default_factory=Counter)
    _done: list[frozenset[str]] = field(default_factory=list)

    def proposals(self) -> Iterator[Proposal]:
        """Yield the smallest sets that hold, the smallest first; when it ends there are no more."""
        while (made := self._next()) is not None:
            self.told(f"{len(made)} amendments: {', '.join(sorted(made)) or 'none'}")
            found = list(self._refutations(made))
            if not found:
                self._done.append(made)
                yield self._proposal(made)
            self.refuted += [self._learnt(min(found, key=lambda one: len(one.broken.touched)))] if found else []

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
        return bool(new)

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
            (found,) = self._explored([wish.scenario], made, 1)
            broken = [one for one in found.broken if one.claim == wish.claim]
            if not broken:
                return True
            self.refuted += [self._learnt(Refuted(wish, made, one)) for one in broken]
        return False

    def _learnt(self, found: Refuted) -> Refuted:
        """What is refuted, with the clause that says which sets might do better."""
        wish, made = found.wish, found.made
        touched = found.broken.touched.intersection(self.allowed)
        more = {name: made | {name} for name in sorted(touched - made)}
        self._explore_all([self._trial(wish, one) for one in more.values()])
        clause = {(name, True) for name, one in more.items() if not self._breaks(wish, one)}
        clause |= {(name, False) for name in touched & made}
        grown = made
        for name in sorted(touched - made - {name for name, _ in clause}):
            if self._breaks(wish, grown | {name}):
                grown |= {name}
            else:
                clause.add((name, True))
        return replace(found, clause=frozenset(clause))

    def _breaks(self, wish: Wish, made: frozenset[str]) -> bool:
        """Whether a set of amendments breaks a wish; where it leaves nothing of it to ask, it does not grant it."""
        (found,) = self._results([self._trial(wish, made)], 1)
        return bool(found.broken)

    @staticmethod
    def _trial(wish: Wish, made: frozenset[str]) -> Job:
        return Job(wish.scenario, made, (wish.claim,), traced=False)

    def _is_beyond(self, wish: Wish) -> bool:
        return any(one.within(wish) for one in self.beyond)

    def _refutations(self, made: frozenset[str]) -> Iterator[Refuted]:
        """Return what breaks in the first scenario that breaks anything, of those that may tell most first."""
        usual = [one for one, _ in self._telling.most_common(AT_ONCE)]
        rest = [one for one in self.scenarios if one not in set(usual)]
        for some, workers in ((usual, 1), (rest, self.workers)):
            for scenario, found in zip(some, self._explored(some, made, workers), strict=False):
                wishes = ((Wish(one.claim, scenario), one) for one in found.broken)
                broken = [Refuted(wish, made, one) for wish, one in wishes if not self._is_beyond(wish)]
                if broken:
                    self._telling[scenario] += 1
                    yield from broken
                    return

    def _explored(self, scenarios: Sequence[Scenario], made: frozenset[str], workers: int) -> Iterator[Found]:
        yield from self._results([Job(one, made, self.claims) for one in scenarios], workers)

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
            (first, *_) = known or [*self._refutations(less)]
            needs.append((name, first))
        states = sum(self._known[Job(one, made, self.claims)].states for one in self.scenarios)
        return Proposal(tuple(sorted(made)), len(self.scenarios), states, tuple(needs))
