"""From the verdicts on one copy among others to verdicts for every number of copies.

The abstraction may prove and never refutes: what breaks there is looked for in the family's members, and stays open
where none breaks it. A small member refutes and never proves, but for a witness: a run of one copy is a run of every
member in which the other copies stay where they began.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from time import perf_counter
from typing import TypeAlias

from haboot.checker.boundary import amount
from haboot.checker.copies.abstraction import Abstraction
from haboot.checker.copies.declared import Copies
from haboot.checker.copies.following import follow_each_other
from haboot.checker.copies.foreign import Foreign
from haboot.checker.copies.pairs import Pairs
from haboot.checker.copies.proving import proven
from haboot.checker.copies.replicated import Replicated
from haboot.checker.core import System
from haboot.checker.limits import Limits
from haboot.checker.properties import RUNS, Fairness, Kind, Property
from haboot.checker.traces import Trace
from haboot.checker.verdicts import Answer, Report, Verdict

Ask: TypeAlias = Callable[[System, Sequence[Property], Limits], Report]
SAME = frozenset({Answer.HOLDS, Answer.UNREACHED})  # answers of a property that no run breaks
Lemma: TypeAlias = tuple[tuple[Fairness, ...], str]  # that a copy which keeps some promises gives a resource back
CIRCLE = "what is used of others being proven of the one, by induction over steps (McMillan, CHARME 1999)"
TRIED = (2, 3)  # numbers of copies in which a run is looked for that breaks what the abstraction does
MORE = (4, 5)  # the same where the members before are whole and two in full prove nothing
MOST = 30_000  # states of a member that is searched for one
MOST_TRUSTED = 3_000  # of two copies that are asked what their author says of all


def for_every_number(family: Replicated | Copies, ask: Ask, limits: Limits | None = None) -> Report:
    """Return verdicts that hold for every number of copies, at least one; ``ask`` explores and judges, as ``check``.

    Raises ModelError where copies touch more than what is theirs and what is shared, or break the contract by which
    others are replaced. The report's space is that of the abstraction.
    """
    if isinstance(family, Copies):
        return proven(family, ask, limits or Limits())
    bounds = limits or Limits()
    return _Concluding(family, ask, replace(bounds, invariants=False), tells=bounds.invariants).report()


@dataclass
class _Concluding:
    family: Replicated
    ask: Ask
    limits: Limits
    tells: bool = False  # of the simulation
    members: dict[int, Report] = field(default_factory=dict)
    many: frozenset[str] = frozenset()  # resources of which others may hold more than is counted
    kept: frozenset[Lemma] | None = None  # what was found of the lemmas

    def report(self) -> Report:
        """Judge one copy alone, one among others, and what is left open in members."""
        began = perf_counter()
        self.family.require_apart()
        self.alone = self.ask(self.family.single, self.family.claims(1, self.family.single), self.limits)
        few = {one: self.abstraction.few(one) for one in self.abstraction.resources}
        among = self.ask(self.system, (*self.claims(), *self.lemmas.values(), *few.values()), self.limits)
        self.many = frozenset(one for one, lemma in few.items() if among[lemma.name].answer not in SAME)
        self.kept = frozenset(what for what, lemma in self.lemmas.items() if among[lemma.name].answer in SAME)
        if len(self.kept) < len(self.lemmas):
            among = self.ask(self.system, tuple(self.claims()), self.limits)
        self.abstract = {one.property.name: one for one in among.verdicts}
        several = (one for name, one in self.of_several.items() if name not in self.stated_alone)
        verdicts = (*map(self.concluded, self.alone.verdicts), *map(self._of_several_alone, several))
        return Report(among.space, verdicts, perf_counter() - began)

    @cached_property
    def abstraction(self) -> Abstraction:
        """One copy among others."""
        return Abstraction(self.family, 1)

    @cached_property
    def given_back(self) -> frozenset[str]:
        """The resources that a copy, wherever it is, can give back by steps of its own."""
        found = set[str]()
        for one in self.abstraction.lent:
            lemma = self.abstraction.gives_back(one, Kind.RECOVERABLE)
            (verdict,) = self.ask(self.abstraction.settling(one), (lemma,), self.limits).verdicts
            found |= {one} if verdict.answer in SAME else set()
        return frozenset(found)

    @cached_property
    def system(self) -> System:
        """The abstraction."""
        return self.abstraction.system(self.given_back)

    def promised(self, fair: tuple[Fairness, ...]) -> tuple[Fairness, ...]:
        """What the others promise who keep some promises: not to hold a unit for ever that they may give back."""
        kept = [one for one in self.abstraction.lent if self.kept is None or (fair, one) in self.kept]
        return tuple(map(self.abstraction.promise, kept))

    @cached_property
    def lemmas(self) -> dict[Lemma, Property]:
        """By a property's own fairness and a resource: a copy that keeps these promises gives the resource back."""
        kinds = dict.fromkeys(one.fairness for one in self.alone_claims if one.kind in RUNS)
        return {
            (fair, one): replace(lemma, name=f"{lemma.name} ({number})")
            for number, fair in enumerate(kinds)
            for one in self.abstraction.lent
            for lemma in [self.abstraction.gives_back(one, Kind.LEADS_TO, fair)]
        }

    @cached_property
    def foreign(self) -> dict[str, Verdict]:
        """Of the properties of steps, whether steps of another copy leave them alone."""
        pair = Foreign(Abstraction(self.family, 2))
        every = (one for one in self.family.claims(2, pair.system) if one.of_steps and one.name in self.stated)
        asked = [pair.claim(one) for one in every if one.kind is not Kind.SOMETIMES]
        return {one.property.name: one for one in self.ask(pair.system, asked, self.limits).verdicts}

    @cached_property
    def of_several(self) -> dict[str, Property]:
        """The properties of two copies."""
        return {one.name: one for one in self.family.claims(2, self.family.pair)}

    @property
    def stated_alone(self) -> frozenset[str]:
        """The names of the properties of one copy alone."""
        return frozenset(one.name for one in self.alone_claims)

    def _of_several_alone(self, claim: Property) -> Verdict:
        """Return the verdict on what one copy alone is not asked: nothing proves it, and members may break it."""
        return self._searched(claim, None, f"it is asked of several {self.family.nouns} alone")

    @cached_property
    def pairs(self) -> Pairs:
        """What two copies among others answer."""
        return Pairs(self.family, self.ask, self.limits)

    def _of_pairs(self, name: str, alone: Verdict | None) -> Verdict | None:
        """Return the verdict that two copies in full among others prove, if they do, with that of few as its base."""
        base = alone or self._member(2, name)
        if base is None or base.answer not in SAME or name not in self.pairs.proven:
            return None
        return self._resting(base, 2 if alone is None else 1, self.pairs.abstraction)

    @property
    def alone_claims(self) -> tuple[Property, ...]:
        """The properties of one copy alone."""
        return tuple(one.property for one in self.alone.verdicts)

    @cached_property
    def stated(self) -> dict[str, Property]:
        """The properties that say of one copy among others what they say of every member, as they are stated there."""
        every = {one.name: one for one in self.family.claims(1, self.system)}
        every.update(self.family.suffices(self.system))
        several = self.family.together - self.trusted
        return {one.name: every[one.name] for one in self.alone_claims if one.name not in several}

    def claims(self) -> Iterator[Property]:
        """Yield these with what is promised: by the copy what it promises alone, and by the others what it keeps."""
        fair = {one.name: one.fairness for one in self.alone_claims}
        for name, one in self.stated.items():
            promised = (*fair[name], *self.promised(fair[name])) if one.kind in RUNS else ()
            yield replace(one, fairness=promised)

    def concluded(self, alone: Verdict) -> Verdict:
        """Return the verdict for every number of copies."""
        name = alone.property.name
        if name not in self.family.asked_of_several:
            told = f"open: it is asked of one {self.family.noun} alone"
            return Verdict(alone.property, Answer.INCOMPLETE, note=told)
        if alone.answer in {Answer.VIOLATED, Answer.INCOMPLETE}:
            return self._of_member(alone, 1)
        if alone.property.kind is Kind.SOMETIMES:
            return self._witnessed(alone)
        why = self._gap(alone.property)
        if not why:
            return self._refuted(name) or self._proven(alone)
        return self._searched(alone.property, alone, why)

    def _searched(self, claim: Property, alone: Verdict | None, why: str) -> Verdict:
        """Return the verdict by a member that breaks a property, or by two in full; else it is open, and why."""
        found = self._broken(claim.name, TRIED) or self._of_pairs(claim.name, alone)
        return found or self._broken(claim.name, MORE) or self._left(claim, why)

    @cached_property
    def trusted(self) -> frozenset[str]:
        """The properties of which it is their author's word that each copy's part is enough."""
        return self.family.joint | self.family.suffices(self.system).keys()

    @cached_property
    def two(self) -> Report:
        """What two copies say of these properties, as far as a few states tell."""
        most = min(self.limits.max_states or MOST_TRUSTED, MOST_TRUSTED)
        claims = [one for name, one in self.of_several.items() if name in self.trusted]
        return self.ask(self.family.pair, claims, replace(self.limits, max_states=most))

    def _refuted(self, name: str) -> Verdict | None:
        """Return the verdict of two copies that break what is taken from each one's part, None where they do not."""
        found = self.two[name] if name in self.trusted else None
        return self._of_member(found, 2) if found is not None and found.answer is Answer.VIOLATED else None

    def _broken(self, name: str, tried: Sequence[int]) -> Verdict | None:
        """Return the verdict by a member that breaks a property, None where none of those tried does."""
        for number in tried:
            if number in MORE and self.members[number - 1].space.bounds_hit:
                return None
            member = self._member(number, name)
            if member is not None and member.answer is Answer.VIOLATED:
                return self._of_member(member, number)
        return None

    def _left(self, claim: Property, why: str) -> Verdict:
        few = ", ".join(self._tried())
        return Verdict(claim, Answer.INCOMPLETE, note=f"open: {why}; not broken with {few}")

    def _tried(self) -> Iterator[str]:
        """Tell in which members a run was looked for, and how far."""
        yield amount(1, self.family.noun)
        for number, member in sorted(self.members.items()):
            cut = f" ({', '.join(member.space.bounds_hit)})" if member.space.bounds_hit else ""
            yield f"{number}{cut}"

    def _gap(self, claim: Property) -> str:
        """Return why the abstraction does not prove a property; empty where it does."""
        return next(self._gaps(claim), "")

    def _gaps(self, claim: Property) -> Iterator[str]:
        found = self.abstract.get(claim.name)
        if found is None:
            yield f"it speaks of several {self.family.nouns} at once"
        elif found.answer is Answer.INCOMPLETE:
            yield found.note
        elif found.answer is Answer.VIOLATED:
            yield f"one among others breaks it ({_told(found.trace)})"
        reads = {name for clause in claim.clauses for name in clause.reads}
        if many := sorted(self.many & reads) if claim.name not in self.family.suffices(self.system) else []:
            yield f"it looks at {many[0]}, of which more than {self.family.most} may be held"
        if claim.with_environment and (self.abstraction.resources or self.abstraction.counters):
            yield "it counts ways by what others do, of whom there may be none"
        if claim.of_steps and self.foreign[claim.name].answer not in SAME:
            yield f"a step of another {self.family.noun} may break it"
        if claim.name not in self.family.promised_alike:
            yield f"it rests on a promise that several {self.family.nouns} keep together"

    def _proven(self, alone: Verdict) -> Verdict:
        return self._resting(alone, 1, self.abstraction)

    def _resting(self, found: Verdict, number: int, abstraction: Abstraction) -> Verdict:
        """Return the verdict of so many copies as one for every number, with what that rests on."""
        told = [f"{'one' if abstraction.detailed == 1 else 'any two'} in full among others"]
        if abstraction.resources:
            told.append(f"that take and give back {', '.join(abstraction.resources)} as its own table does")
        if found.property.kind in RUNS and self.promised(found.property.fairness):
            told.append("and give back in the end, as it does")
        if found.property.name in self.trusted and abstraction.detailed == 1:
            told.append("(that each one's part is enough being the author's word, tried with two)")
        rests = f"{self.family.nouns}: {' '.join(told)}, {CIRCLE}"
        if found.answer is Answer.UNREACHED:
            note = f"{found.note} with {f'one {self.family.noun}' if number == 1 else amount(number, self.family.noun)}"
            return replace(found, note=note, basis=(f"broken for no number of {rests}",))
        simulation = abstraction.relation if self.tells else ""
        return replace(found, basis=(*found.basis, f"for every number of {rests}"), simulation=simulation)

    def _of_member(self, found: Verdict, number: int) -> Verdict:
        noun = f"with {amount(number, self.family.noun)}"
        return replace(found, note=f"{noun}: {found.note}" if found.note else noun)

    def _member(self, number: int, name: str) -> Verdict | None:
        """Return the verdict of a member on a property, None where it has none."""
        if number not in self.members:
            system = self.family.system(number)
            names = {one.name for one in self.alone_claims if one.kind is not Kind.SOMETIMES and self._gap(one)}
            names |= self.of_several.keys() - self.stated_alone
            claims = [one for one in self.family.claims(number, system) if one.name in names]
            most = min(self.limits.max_states or MOST, MOST)
            self.members[number] = self.ask(system, claims, replace(self.limits, max_states=most))
        return next((one for one in self.members[number].verdicts if one.property.name == name), None)

    def _witnessed(self, alone: Verdict) -> Verdict:
        """A witness of one copy is one of every member; of all copies at once, where they can follow one another."""
        if alone.answer is Answer.UNREACHED:
            return self._of_member(alone, 1)
        if alone.property.name not in self.family.together:
            rests = f"for every number of {self.family.nouns}: a run of one is a run of all in which the others rest"
            return replace(alone, basis=(*alone.basis, rests))
        if alone.property.name in self.family.joint and follow_each_other(self.family, alone, self._run):
            told = "one after another goes this way, each as the first left it"
            return replace(alone, basis=(*alone.basis, f"for every number of {self.family.nouns}: {told}"))
        return Verdict(alone.property, Answer.INCOMPLETE, note="open: a witness is known of one alone")

    def _run(self, system: System, claim: Property) -> Trace | None:
        (verdict,) = self.ask(system, (claim,), self.limits).verdicts
        return verdict.trace


def _told(trace: Trace | None) -> str:
    return " → ".join(step.action for step in trace or ()) or "at the start"
