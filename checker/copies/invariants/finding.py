"""An inductive invariant that implies a property, found from the views of two that are reached.

The property is the first conjunct. A state that keeps all conjuncts, and from which a step breaks one, has a row that
is not reached, since views are closed under the steps of three; conjuncts that leave that row out come from what is
reached, and the one that leaves out most of such states is taken (endive: Schultz, Dardik and Tripakis, FMCAD 2022).
Once no such state is left, conjuncts are dropped as long as the rest is inductive, and those with a literal in common
are told as one. What is found does not rest on views: its obligations are discharged by themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from haboot.checker.boundary import EngineError, amount
from haboot.checker.copies.declared import Among
from haboot.checker.copies.invariants.blocking import Blocking, left_out
from haboot.checker.copies.invariants.conjuncts import (
    Columns,
    Conjunct,
    Literal,
    Never,
    State,
    Within,
    alone_states,
    is_broken,
    rows_of,
)
from haboot.checker.copies.invariants.obligations import Obligations, refusal
from haboot.checker.copies.invariants.tabled import NoInvariantError, Tables
from haboot.checker.copies.invariants.telling import told
from haboot.checker.copies.locals import Locals
from haboot.checker.copies.views import Views
from haboot.checker.verdicts import NO_INVARIANT

MOST = 10  # conjuncts that are readable
MOST_FOUND = 150  # conjuncts beyond which the search is given up
MOST_ROWS = 100_000  # reached rows beyond which it is not begun


@dataclass(frozen=True)
class Invariant:
    """Conjuncts that are inductive: the property that they imply, and what never is, those of one premise together."""

    columns: Columns
    claim: Among
    groups: tuple[tuple[Literal, tuple[Never, ...]], ...]

    @property
    def conjuncts(self) -> tuple[Conjunct, ...]:
        """What is to be proven: the property, and each that never is."""
        return (self.claim, *(one for _, some in self.groups for one in some))

    def told(self) -> tuple[str, ...]:
        """Return a line for each of them that is told as one."""
        mine = self.claim.statement or f"property '{self.claim.name}'"
        return (mine, *(told(premise, some, self.columns) for premise, some in self.groups))


@dataclass
class Search:
    """What is known of a model for the invariants of its properties."""

    known: Locals
    views: Views
    stopped: Callable[[], bool]

    @cached_property
    def columns(self) -> Columns:
        """The columns of rows."""
        return Columns(self.known.model)

    @cached_property
    def blocking(self) -> Blocking:
        """The rows that are reached."""
        rows = rows_of(self.known, (*alone_states(self.known), *self.views.found), self.columns)
        if len(rows) > MOST_ROWS:
            raise NoInvariantError(
                f"any two of them may look like {len(rows):,} things, and at most {MOST_ROWS:,} are read"
            )
        return Blocking(self.columns, frozenset(rows))

    def told(self, claim: Among) -> tuple[tuple[str, ...], str]:
        """Return the conjuncts of an invariant, none where none is found, and how that was proven or why not."""
        model = self.known.model
        try:
            found = self.invariant(claim)
        except NoInvariantError as error:
            return (), f"{NO_INVARIANT} in at most {MOST} conjuncts: {error}"
        lines, rules = found.told(), amount(len(model.rules), "rule")
        what = f"{amount(len(lines), 'conjunct')}, {amount(len(found.conjuncts), 'clause')}"
        stand = f"by {rules} of 2 and 3 {model.nouns}, who stand for every number beyond one (z3)"
        return lines, f"an inductive invariant ({what}): begun with, kept by all that one comes to, and {stand}"

    def invariant(self, claim: Among) -> Invariant:
        """Return an invariant that implies a property which the views prove; raise NoInvariantError for none."""
        obligations = Obligations(Tables(self.known.model), self.columns, self.known.model.rules)
        least = self._least(self._inductive([claim], obligations), obligations)
        found = Invariant(self.columns, claim, self._grouped(_nevers(least)))
        if refused := refusal(self.known.model, found.conjuncts):
            raise EngineError(
                f"{self.known.model.label}, '{claim.name}': {refused[0]} breaks the invariant that was found"
            )
        if (many := len(found.told())) > MOST:
            raise NoInvariantError(f"the fewest conjuncts found are {many}, and {MOST} are readable")
        return found

    def _inductive(self, conjuncts: list[Conjunct], obligations: Obligations) -> list[Conjunct]:
        """Return conjuncts with more, until no step breaks any."""
        met = list[State]()
        while (found := obligations.counterexample(conjuncts)) is not None:
            met.append(found[0])
            conjuncts = [*conjuncts, self._best(met, _nevers(conjuncts))]
            if len(conjuncts) > MOST_FOUND or self.stopped():
                raise NoInvariantError(f"{len(conjuncts):,} conjuncts were not enough")
        return conjuncts

    def _best(self, met: Sequence[State], so_far: Sequence[Never]) -> Never:
        """Return what leaves out the last state, of fewest literals, of these what leaves out most others, and so on.

        That is what has a premise of one that there is so far, and what says it of most values.
        """
        rows = [one.rows(self.columns) for one in met]
        premises = {premise for one in so_far for premise in self._premises(one)}
        options = dict.fromkeys(left_out(rows[-1], self.blocking))
        if not options:
            raise NoInvariantError("what is not reached takes too many literals to tell from what is")

        def worth(one: Never) -> tuple[int, int, bool, int]:
            leaves_out = sum(is_broken(one, some) for some in rows)
            return -len(one.literals), leaves_out, not premises.isdisjoint(self._premises(one)), _width(one)

        return max(options, key=worth)

    def _least(self, conjuncts: list[Conjunct], obligations: Obligations) -> list[Conjunct]:
        """Return conjuncts without those that the rest needs not, those told alone tried first."""
        alike = {one: len(some) for _, some in self._grouped(_nevers(conjuncts)) for one in some}
        left = 0
        while left != len(conjuncts):  # what is needed may be so by what goes later
            left = len(conjuncts)
            for one in sorted(_nevers(conjuncts), key=lambda one: (alike[one], -len(one.literals))):
                rest = [other for other in conjuncts if other is not one]
                if obligations.counterexample(rest) is None:
                    conjuncts = rest
        return conjuncts

    def _grouped(self, left: list[Never]) -> tuple[tuple[Literal, tuple[Never, ...]], ...]:
        """Return conjuncts with those of one premise together, the premise that most have first."""
        groups = list[tuple[Literal, tuple[Never, ...]]]()
        while left:
            counted = Counter(literal for one in left for literal in self._premises(one))
            premise = max(counted, key=counted.__getitem__)
            some = tuple(one for one in left if premise in self._premises(one))
            groups.append((premise, some))
            left = [one for one in left if one not in some]
        return tuple(groups)

    def _premises(self, one: Never) -> dict[Literal, None]:
        """Return the literals of a conjunct as they are said of the first copy."""
        every = (*one.literals, *map(self.columns.turned, one.literals)) if one.copies > 1 else one.literals
        return dict.fromkeys(every)


def _nevers(conjuncts: Sequence[Conjunct]) -> list[Never]:
    return [one for one in conjuncts if isinstance(one, Never)]


def _width(one: Never) -> int:
    return sum(len(literal.values) for literal in one.literals if isinstance(literal, Within))
