"""From members and abstractions of a model of copies to verdicts for every number of them.

Small members are explored exactly, and refute. What they do not break is proven by the views of one copy, of two, of
three, with the members of so few as the base, or else by counts. Where no proof succeeds, members of more copies are
searched for a run that breaks it, and where none does the verdict is INCOMPLETE, with the way of the abstraction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations
from time import perf_counter
from typing import TYPE_CHECKING, TypeAlias

from haboot.checker.boundary import ModelError, amount, authored, kept, require_extra, require_kept
from haboot.checker.copies.counts import Counts, State
from haboot.checker.copies.declared import Among, Copies, Count, Rule, require_bool
from haboot.checker.copies.locals import Locals, Together
from haboot.checker.copies.members import member
from haboot.checker.copies.reached import way
from haboot.checker.copies.views import View as Viewed
from haboot.checker.copies.views import Views
from haboot.checker.core import System, View
from haboot.checker.limits import Limits
from haboot.checker.properties import Property
from haboot.checker.verdicts import NO_INVARIANT, Answer, Report, Verdict

if TYPE_CHECKING:
    from haboot.checker.copies.invariants import Search

Ask: TypeAlias = Callable[[System, Sequence[Property], Limits], Report]
MOST = 200_000  # states beyond which the search of a member is cut unless the caller says so
STEPS = 15  # times as many steps beyond which that of views or counts is
MOST_MEMBER = 10  # copies beyond which no member is searched
SOURCE = "over steps (Abdulla, Haziza and Holík, STTT 2016)"
FEW = 2  # copies up to which members are explored before anything is proven


def proven(model: Copies, ask: Ask, limits: Limits) -> Report:
    """Return verdicts for every number of copies; the report's space is that of the largest member explored."""
    if limits.invariants:
        require_extra("invariants")
    if not model.properties:
        raise ModelError(f"{model.label} has no properties, so that nothing is to be proven of it")
    noted = [(one, kept(*_functions(one))) for one in (*model.rules, *model.properties)]
    found = _Proving(model, ask, limits).report()
    for one, held in noted:
        require_kept(one.label, held)
    return found


def _functions(one: Rule | Among | Count) -> tuple[object, ...]:
    """The functions of a rule or of a property."""
    if isinstance(one, Rule):
        return one.effect, one.every, one.others
    return (one.of, one.holds) if isinstance(one, Count) else (one.holds, one.premise)


@dataclass
class _Proving:
    model: Copies
    ask: Ask
    limits: Limits
    members: dict[int, Report] = field(default_factory=dict)
    settled: dict[str, Verdict] = field(default_factory=dict)
    search: Search | None = None  # for invariants
    ways: dict[str, str] = field(default_factory=dict)  # of what was not proven, how the abstraction breaks it

    def report(self) -> Report:
        began = perf_counter()
        self.known = Locals(self.model)
        for number in range(1, FEW + 1):
            self._explore(number)
        cheap = self._by_views(FEW)
        self._search()
        self._by_views(FEW + 1 if cheap else 1)  # there are fewer views of one, and they tell less
        self._by_counts()
        self.known.require_kept()
        verdicts = tuple(self.settled.get(one.name) or self._left_open(one) for one in self.model.properties)
        return Report(self.members[max(self.members)].space, verdicts, perf_counter() - began)

    @property
    def most(self) -> int:
        """How many states the search of a member may reach."""
        return self.limits.max_states or MOST

    @property
    def steps(self) -> int:
        """How many steps a search for views or counts may take."""
        return self.most * STEPS

    def _enough(self, taken: int) -> bool:
        return taken > self.steps or self.limits.stopped()

    def _open(self) -> tuple[Among | Count, ...]:
        return tuple(one for one in self.model.properties if one.name not in self.settled)

    def _explore(self, number: int) -> None:
        """Explore a member; what it breaks is settled, by the fewest copies where all fewer were explored whole."""
        names, fewest = {one.name for one in self._open()}, all(self._is_whole(few) for few in range(1, number))
        made = member(self.model, number)
        claims = [one for one in made.properties if one.name in names]
        self.members[number] = self.ask(
            made.composed(), claims, replace(self.limits, max_states=self.most, invariants=False)
        )
        for one in self.members[number].verdicts:
            if one.answer is Answer.VIOLATED:
                noun = f"with {amount(number, self.model.noun)}{', the fewest' if fewest and number > 1 else ''}"
                self.settled[one.property.name] = replace(one, note=f"{noun}: {one.note}" if one.note else noun)

    def _search(self) -> None:
        """Explore larger members, as long as they are small and something is open."""
        while self._open() and self._grow():
            pass

    def _grow(self) -> bool:
        """Explore a member of one copy more, where the largest so far is whole and none too many; return whether so."""
        number = max(self.members)
        if number >= MOST_MEMBER or not self._is_whole(number):
            return False
        self._explore(number + 1)
        return True

    def _is_whole(self, number: int) -> bool:
        if number not in self.members:
            self._explore(number)
        return not self.members[number].space.bounds_hit

    def _by_views(self, size: int) -> bool:
        """Prove what views of so many copies do; return whether there is hope in views of more."""
        asked = [one for one in self._open() if isinstance(one, Count) or one.copies <= size]
        if not asked or not all(self._is_whole(number) for number in range(1, size + 1)):
            return True
        try:
            views = Views(self.known, size, self._enough)
        except ModelError as error:
            return self._left_out(asked, f"views of {size} of them", error)
        among = "one" if size == 1 else str(size)
        told = f"what any {among} of them look like together ({len(views.found):,} views), by induction {SOURCE}"
        for one in asked:
            bad = next((at for at in views.found if not self._holds(self._holds_viewed, one, *at)), None)
            if isinstance(one, Count) and (bad is not None or not views.whole):
                continue  # counts tell what views do not
            if bad is not None:
                few, steps = amount(size, self.model.noun), _told(way(views.found, bad))
                self.ways.setdefault(one.name, f"{few} among others break it ({steps})")
            elif views.whole:
                self._prove(one, told, views.found)
                self._justify(one, views)
            else:
                self.ways.setdefault(one.name, f"views of {size} of them take more than {self.steps:,} steps to find")
        return views.whole

    def _justify(self, claim: Among | Count, views: Views) -> None:
        """Tell the simulation relation of what views proved, and an invariant that proves it again, where asked to."""
        verdict = self.settled[claim.name]
        if not self.limits.invariants or verdict.answer is not Answer.HOLDS:
            return
        if isinstance(claim, Count):
            basis = (*verdict.basis, f"{NO_INVARIANT} is told of how many there are")
            self.settled[claim.name] = replace(verdict, simulation=views.relation, basis=basis)
            return
        if self.search is None:
            from haboot.checker.copies.invariants import Search  # noqa: PLC0415 - loads z3, which few need

            self.search = Search(self.known, views, self.limits.stopped)
        invariant, told = self.search.told(claim)
        basis = (*verdict.basis, told)
        self.settled[claim.name] = replace(verdict, simulation=views.relation, invariant=invariant, basis=basis)

    def _by_counts(self) -> None:
        """Ask counts of what is left, which tell as many copies apart as some property does."""
        asked = self._open()
        if not asked:
            return
        many = max(one.copies if isinstance(one, Among) else one.most + 1 for one in asked)
        try:
            counts = Counts(self.known, max(many, 2), self._enough)
        except ModelError as error:
            self._left_out(asked, "counts of them", error)
            return
        told = f"how many of them have what, up to {counts.many} and many ({len(counts.found):,} states)"
        for one in asked:
            bad = next((at for at in counts.found if not self._holds(self._holds_counted, one, at)), None)
            if bad is not None:
                steps = _told(way(counts.found, bad))
                self.ways.setdefault(one.name, f"counted up to {counts.many} they break it ({steps})")
            elif counts.whole:
                why = f", and {NO_INVARIANT} is told of counts" if self.limits.invariants else ""
                self._prove(one, f"{told}{why}", (self._apart(one, at) for at in counts.found))
            else:
                self.ways.setdefault(one.name, f"how many have what takes more than {self.steps:,} steps to find")

    def _left_out(self, asked: Iterable[Among | Count], what: str, error: ModelError) -> bool:
        """Leave properties open where an abstraction comes to what no rule is made for, as perhaps no member does."""
        for one in asked:
            self.ways.setdefault(one.name, f"{what} come to where {error}")
        return True

    def _holds(self, test: Callable[..., bool], claim: Among | Count, *at: object) -> bool:
        """Whether a property holds of what an abstraction found; it does not where it fails, as it may in no member."""
        try:
            return test(claim, *at)
        except ModelError:
            return False

    def _seen(self, claim: Among | Count, shared: int, own: int) -> View:
        return View(self.known.seen(shared, own), claim.label, whole=True)

    def _holds_among(self, claim: Among, shared: int, copies: Together) -> bool:
        every = self._orders(claim, shared, copies)
        return all(not _is_met(claim, seen) or _said(f"{claim.label}, holds,", claim.holds, *seen) for seen in every)

    def _may_be_met(self, claim: Among | Count, found: Iterable[Viewed]) -> bool:
        """Whether the premise of a property is true of some copies that are together in what was found."""
        if isinstance(claim, Count):
            return True
        return any(_is_met(claim, seen) for at in found for seen in self._orders(claim, *at))

    def _orders(self, claim: Among, shared: int, copies: Together) -> Iterator[list[View]]:
        """Yield as many copies as a property looks at, in each order, as it sees them."""
        for some in dict.fromkeys(permutations(copies, claim.copies)):
            yield [self._seen(claim, shared, one) for one in some]

    def _holds_counted(self, claim: Among | Count, state: State) -> bool:
        shared, counted = state
        if isinstance(claim, Among):
            return self._holds_among(claim, *self._apart(claim, state))
        such = sum(number for one, number in counted if self._is_such(claim, shared, one))
        return self._holds_for(claim, shared, such)

    def _holds_viewed(self, claim: Among | Count, shared: int, copies: Together) -> bool:
        """Whether a property holds of all states that have a view.

        Of fewer copies than a view has some view holds all that are such; where all in a view are, there may be more.
        """
        if isinstance(claim, Among):
            return self._holds_among(claim, shared, copies)
        such = sum(self._is_such(claim, shared, one) for one in copies)
        most = max(such, claim.most + 1) if such == len(copies) else such
        return all(self._holds_for(claim, shared, number) for number in range(such, most + 1))

    def _holds_for(self, claim: Count, shared: int, number: int) -> bool:
        here = self._seen(claim, shared, -1)
        return _said(f"{claim.label}, holds,", claim.holds, here, min(number, claim.most + 1))

    def _apart(self, claim: Among | Count, state: State) -> Viewed:
        """Return the copies of a state of counts that a property may look at together."""
        shared, counted = state
        most = claim.copies if isinstance(claim, Among) else 1
        return shared, tuple(one for one, number in counted for _ in range(min(number, most)))

    def _is_such(self, claim: Count, shared: int, own: int) -> bool:
        return _said(f"{claim.label}, of,", claim.of, self._seen(claim, shared, own))

    def _prove(self, claim: Among | Count, told: str, found: Iterable[Viewed]) -> None:
        """Settle what is proven; it is UNREACHED where no member that was explored meets its premise.

        Where some of what the abstraction ``found`` does, larger members are explored as well.
        """
        rests = f"for every number of {self.model.nouns}: {told}"
        reached = self._reached(claim)
        may_be = reached is None and self._may_be_met(claim, found)
        while may_be and reached is None and self._grow():
            reached = self._reached(claim)
        if reached is not None:
            self.settled[claim.name] = replace(reached, basis=(*reached.basis, rests))
            return
        vacuous = self._asked(claim)[0]
        note = f"{vacuous.note} with {', '.join(self._tried()) if may_be else f'any number of {self.model.nouns}'}"
        basis = (f"broken for no number of {self.model.nouns}: {told}",)
        self.settled[claim.name] = replace(vacuous, note=note, basis=basis)

    def _reached(self, claim: Among | Count) -> Verdict | None:
        """Return the verdict of a member that meets the premise of what it keeps, None where none so far does."""
        return next((one for one in self._asked(claim) if one.answer is Answer.HOLDS), None)

    def _asked(self, claim: Among | Count) -> list[Verdict]:
        """Return what members that were explored say of a property, one of as many copies as it looks at among them."""
        if isinstance(claim, Among) and claim.copies not in self.members:
            self._explore(claim.copies)
        every = (one for report in self.members.values() for one in report.verdicts)
        return [one for one in every if one.property.name == claim.name]

    def _left_open(self, claim: Among | Count) -> Verdict:
        found = self._asked(claim)[0].property
        told = f"open: {self.ways[claim.name]}; not broken with {', '.join(self._tried())}"
        left = Verdict(found, Answer.INCOMPLETE, note=told)
        return self.settled.get(claim.name, left)  # a member that is explored to ask it may break it

    def _tried(self) -> Iterator[str]:
        """Tell which members were explored, and how far."""
        for number, found in sorted(self.members.items()):
            cut = f" ({', '.join(found.space.bounds_hit)})" if found.space.bounds_hit else ""
            yield f"{amount(1, self.model.noun) if number == 1 else number}{cut}"


def _is_met(claim: Among, seen: Sequence[View]) -> bool:
    return claim.premise is None or _said(f"{claim.label}, premise,", claim.premise, *seen)


def _said(place: str, test: Callable[..., bool], *seen: object) -> bool:
    """Return what a test of the author's says; raise ModelError where it fails."""
    with authored(place):
        return require_bool(place, test(*seen))


def _told(rules: Sequence[str]) -> str:
    return " → ".join(rules) or "at the start"
