"""Steps of a few copies as formulas: the one door to ``z3``.

A slot is a bit vector that holds the place of its value. Before and after a step there is one of each; each rule says
how they belong together, from its tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations
from typing import Any, TypeAlias

import z3  # type: ignore[import-untyped]
from haboot.checker.copies.declared import Among, Rule, Who
from haboot.checker.copies.invariants.conjuncts import (
    ELSE,
    NAMING,
    NOBODY,
    SHARED,
    Columns,
    Compared,
    Conjunct,
    Literal,
    State,
)
from haboot.checker.copies.invariants.tabled import Case, NoInvariantError, Tables
from haboot.checker.core import Value

Term: TypeAlias = Any  # of z3, which has no types
MOST_WORK = 100_000_000  # units of z3's own in which it answers, or does not know
UNSIGNED = {"<": z3.ULT, ">": z3.UGT, "≤": z3.ULE, "≥": z3.UGE}


@dataclass(frozen=True)
class Variables:
    """The variables of a state of so many copies. A name is a copy, their number for nobody, one more for others."""

    columns: Columns
    context: Term  # of its own, so that what z3 answers does not depend on what it was asked before
    mark: str
    number: int

    @cached_property
    def shared(self) -> dict[str, Term]:
        """What is shared, by name."""
        return {one.name: self._of(one.name, len(one.domain)) for one in self.columns.model.shared}

    @cached_property
    def named(self) -> dict[str, Term]:
        """Who is named."""
        return {one: self._of(one, self.number + 2) for one in self.columns.model.naming}

    @cached_property
    def copies(self) -> list[dict[str, Term]]:
        """What each copy has."""
        own = [(one.name, len(one.domain)) for one in self.columns.model.own]
        return [{name: self._of(f"{name} {copy}", size) for name, size in own} for copy in range(self.number)]

    def _of(self, name: str, size: int) -> Term:
        return z3.BitVec(f"{self.mark} {name}", max(size - 1, 1).bit_length(), self.context)

    def typed(self) -> Term:
        """Say that variables hold places of their domains."""
        sizes = {name: len(domain) for name, domain in self.columns.domains.items()}
        most = [(term, sizes[name] - 1) for some in (self.shared, *self.copies) for name, term in some.items()]
        most += [(term, self.number + 1) for term in self.named.values()]
        return self.all(z3.ULE(term, top) for term, top in most)

    def all(self, terms: Iterable[Term]) -> Term:
        """Say that all of these are so."""
        return z3.And(*terms, self.context)

    def any(self, terms: Iterable[Term]) -> Term:
        """Say that one of these is."""
        return z3.Or(*terms, self.context)

    def sees(self, who: int | None, name: str, value: Value) -> Term:
        """Say that a copy, or nobody in particular, sees a value."""
        if name in self.named:
            nobody = self.named[name] == self.number
            if value is Who.NOBODY:
                return nobody
            mine = self.any(() if who is None else [self.named[name] == who])
            return mine if value is Who.ME else z3.Not(self.any([mine, nobody]))
        term = self.shared[name] if name in self.shared or who is None else self.copies[who][name]
        return term == self.columns.domains[name].index(value)

    def met(self, case: Case[Any], *whom: int | None) -> Term:
        """Say that all that a case sees is so, of those who see it."""
        return self.all(self.sees(whom[int(who or 0)], name, value) for (who, name), value in case.seen.items())

    def holds(self, one: Literal, chosen: tuple[int, ...]) -> Term:
        """Say that a literal holds of some copies."""
        if isinstance(one, Compared):
            left, right = (self._column(at, chosen) for at in (one.left, one.right))
            if one.sign in UNSIGNED:
                return UNSIGNED[one.sign](left, right)
            return left == right if one.sign == "=" else left != right
        whose, name = self.columns.whose[one.column]
        if whose == NAMING:
            return self.any(self._is_named(self.named[name], value, chosen) for value in one.values)
        return self.any(self._column(one.column, chosen) == value for value in one.values)

    def _is_named(self, named: Term, value: int, chosen: tuple[int, ...]) -> Term:
        if value == NOBODY:
            return named == self.number
        if value == ELSE:
            return self.all(named != one for one in (*chosen, self.number))
        return self.any(named == one for one in chosen[value : value + 1])

    def _column(self, at: int, chosen: tuple[int, ...]) -> Term:
        whose, name = self.columns.whose[at]
        return self.shared[name] if whose == SHARED else self.copies[chosen[int(whose)]][name]

    def kept(self, one: Conjunct, tables: Tables) -> Term:
        """Say that a conjunct is kept by any of the copies."""
        every = permutations(range(self.number), one.copies)
        if isinstance(one, Among):
            broken = [case for case in tables.kept(one) if not case.answer]
            return self.all(z3.Not(self.met(case, *chosen)) for chosen in every for case in broken)
        return self.all(z3.Not(self.all(self.holds(each, chosen) for each in one.literals)) for chosen in every)

    def read(self, model: Term) -> State:
        """Return the state that a solution of z3 has."""

        def places(some: Mapping[str, Term]) -> dict[str, int]:
            return {name: model.eval(term, model_completion=True).as_long() for name, term in some.items()}

        return State(places(self.shared), places(self.named), [*map(places, self.copies)])


class Steps:
    """What steps of some rules do to so many copies, of which the first takes them, or nobody in particular."""

    def __init__(self, tables: Tables, columns: Columns, number: int, rules: Sequence[Rule], taker: int | None) -> None:
        self.tables, self.columns, self.taker = tables, columns, taker
        self.context = z3.Context()
        self.before, self.after = (Variables(columns, self.context, mark, number) for mark in ("before", "after"))
        self.solver, self.is_step, self.fails = (
            z3.SolverFor("QF_FD", self.context),
            self._mark("step"),
            self._mark("fails"),
        )
        self.solver.set("rlimit", MOST_WORK)
        self.held, self.broken = dict[Conjunct, Term](), dict[Conjunct, Term]()
        parts = [self._rule(one) for one in rules]
        self.solver.add(self.before.typed())
        self.solver.add(z3.Implies(self.is_step, self.before.any(taken for taken, _ in parts)))
        self.solver.add(z3.Implies(self.fails, self.before.any(failing for _, failing in parts)))

    def breaking(self, held: Sequence[Conjunct], broken: Conjunct | None) -> State | None:
        """Return a state in which conjuncts hold and a step breaks one; or, for None, in which a rule fails.

        Raises NoInvariantError where z3 does not know.
        """
        asked = [self._assumed(one) for one in held]
        asked += [self.fails] if broken is None else [self.is_step, self._refuted(broken)]
        answer = self.solver.check(*asked)
        if answer == z3.unknown:
            raise NoInvariantError(f"z3 does not know of a step ({self.solver.reason_unknown()})")
        return self.before.read(self.solver.model()) if answer == z3.sat else None

    def _mark(self, name: str) -> Term:
        return z3.Bool(name, self.context)

    def _assumed(self, one: Conjunct) -> Term:
        if one not in self.held:
            self.held[one] = self._mark(f"held {len(self.held)}")
            self.solver.add(z3.Implies(self.held[one], self.before.kept(one, self.tables)))
        return self.held[one]

    def _refuted(self, one: Conjunct) -> Term:
        if one not in self.broken:
            self.broken[one] = self._mark(f"broken {len(self.broken)}")
            self.solver.add(z3.Implies(self.broken[one], z3.Not(self.after.kept(one, self.tables))))
        return self.broken[one]

    def _rule(self, rule: Rule) -> tuple[Term, Term]:
        """Say that a step of a rule is taken, and that a function of the rule fails."""
        asked = [] if rule.every is None else self.tables.admitted(rule)
        done = [] if rule.others is None else self.tables.done(rule)
        others = [one for one in range(self.before.number) if one != self.taker]
        effects = [(case, self.before.met(case, self.taker)) for case in self.tables.effects(rule)]
        both = [pair for some in (asked, done) for pair in self._of_both(some, others)]
        all_of, any_of = self.before.all, self.before.any
        written = (all_of([met, self._written(writes)]) for case, met in effects for writes in case.answer or ())
        admitted = (z3.Not(met) for case, met in self._of_both(asked, others) if not case.answer)
        changed = (one for other in others for one in self._changed(done, other))
        enabled = any_of(met for case, met in effects if case.answer)
        fails = (met for case, met in effects if case.answer is None)
        fails_of_both = any_of(met for case, met in both if case.answer is None)
        return all_of([any_of(written), *admitted, *changed]), any_of([*fails, all_of([enabled, fails_of_both])])

    def _of_both(self, cases: Sequence[Case[Any]], others: Sequence[int]) -> Iterator[tuple[Case[Any], Term]]:
        """Yield cases of the taker and each other copy, with what says that each is met."""
        for other in others:
            yield from ((case, self.before.met(case, self.taker, other)) for case in cases)

    def _written(self, writes: Mapping[str, Value]) -> Term:
        """Say that what is shared, who is named, and what the taker has is after a step as before, but for writes."""
        shared = self._equal(self.before.shared, self.after.shared, writes)
        return self.before.all([*shared, *self._names(writes), *self._mine(writes)])

    def _names(self, writes: Mapping[str, Value]) -> Iterator[Term]:
        for name, after in self.after.named.items():
            held = self.taker if writes.get(name) is Who.ME else self.before.number
            yield after == (held if name in writes else self.before.named[name])

    def _mine(self, writes: Mapping[str, Value]) -> Iterator[Term]:
        if self.taker is not None:
            yield from self._equal(self.before.copies[self.taker], self.after.copies[self.taker], writes)

    def _equal(
        self, before: Mapping[str, Term], after: Mapping[str, Term], writes: Mapping[str, Value]
    ) -> Iterator[Term]:
        for name, term in after.items():
            yield term == (self.columns.domains[name].index(writes[name]) if name in writes else before[name])

    def _changed(self, done: Sequence[Case[dict[str, Value]]], other: int) -> Iterator[Term]:
        """Say what a step makes of another copy."""
        before, after = self.before.copies[other], self.after.copies[other]
        if not done:
            yield from self._equal(before, after, {})
        for case in done:
            met = self.before.met(case, self.taker, other)
            yield z3.Implies(met, self.before.all(self._equal(before, after, case.answer or {})))
