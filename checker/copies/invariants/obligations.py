"""The obligations of an invariant: it holds at the start, each rule keeps it, and no rule fails where it holds.

Conjuncts are of one copy or two, whichever they are. So a step that breaks one breaks it of at most two copies, which
with the one that takes it are three. These three alone can take the same step to the same end: what all others are
asked is asked of fewer, and what is done to a copy rests on that copy, on what is shared and on who takes the step.
They keep each conjunct before, since any copies do. Where the copies that break it and the one that takes the step are
one and the same, another one joins it. So what no step of two or three copies breaks, no step of more does (a small
model argument, as in Pnueli, Ruah and Zuck, Automatic deductive verification with invisible invariants, TACAS 2001).
Who is named may be none of them. All that one copy alone comes to is gone through.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from haboot.checker.copies.declared import Copies, Rule
from haboot.checker.copies.invariants.conjuncts import Columns, Conjunct, Never, State, alone_states, is_broken, rows_of
from haboot.checker.copies.invariants.encoding import Steps
from haboot.checker.copies.invariants.tabled import Tables
from haboot.checker.copies.locals import Locals
from haboot.checker.copies.views import View

OF_ONE = (2, 3)  # copies, of which the first takes the step
OF_NOBODY = (2,)  # copies, where what is shared takes it


class Obligations:
    """What is asked of conjuncts for some rules of a model, all at once."""

    def __init__(self, tables: Tables, columns: Columns, rules: Sequence[Rule]) -> None:
        self.tables, self.columns, self.rules = tables, columns, rules

    @cached_property
    def steps(self) -> list[Steps]:
        """The steps of two copies and of three."""
        return [*self._steps(shared=False, numbers=OF_ONE), *self._steps(shared=True, numbers=OF_NOBODY)]

    def _steps(self, *, shared: bool, numbers: Sequence[int]) -> Iterator[Steps]:
        rules, taker = [one for one in self.rules if one.shared == shared], None if shared else 0
        for number in numbers if rules else ():
            yield Steps(self.tables, self.columns, number, rules, taker)

    def counterexample(self, held: Sequence[Conjunct]) -> tuple[State, Conjunct | None] | None:
        """Return a state that keeps conjuncts, and of these one that a step breaks there, None where a rule fails."""
        for broken in (*held, None):
            for steps in self.steps:
                state = steps.breaking(held, broken)
                if state is not None:
                    return state, broken
        return None


def refusal(model: Copies, conjuncts: Sequence[Conjunct]) -> tuple[str, Conjunct | None] | None:
    """Return what refuses conjuncts as an invariant of a model, with the one that breaks; None where they are one.

    That is what copies begin with, a rule, or what one alone comes to; no conjunct breaks where the rule fails. Each
    rule is asked by itself, of a solver of its own, so that nothing is shared with what found conjuncts but what rules
    mean. Raises NoInvariantError where that is not known.
    """
    tables, columns, known = Tables(model), Columns(model), Locals(model)
    pair = known.first_shared, (known.first_own, known.first_own)
    for one in conjuncts:
        if not _is_kept(one, [pair], known, tables, columns):
            return "what copies begin with", one
    for rule in model.rules:
        found = Obligations(tables, columns, [rule]).counterexample(conjuncts)
        if found is not None:
            return rule.label, found[1]
    for one in conjuncts:
        if one.copies == 1 and not _is_kept(one, alone_states(known), known, tables, columns):
            return "what one copy alone comes to", one
    return None


def _is_kept(one: Conjunct, views: Sequence[View], known: Locals, tables: Tables, columns: Columns) -> bool:
    """Whether a conjunct is kept by all views of some copies, who are alike where they are several."""
    if isinstance(one, Never):
        return not is_broken(one, rows_of(known, views, columns))
    seen = [known.seen(shared, copies[0]) for shared, copies in views]
    broken = [case for case in tables.kept(one) if not case.answer]
    return not any(all(view[name] == held for (_, name), held in case.seen.items()) for case in broken for view in seen)
