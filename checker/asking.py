"""What a property asks of a state space: for each clause the questions that settle it, and the run that breaks it."""

from __future__ import annotations

from collections.abc import Callable

from haboot.checker.constraints import constrained
from haboot.checker.core import View
from haboot.checker.properties import RUNS, Clause, Kind, Property, Strict, Test, anything
from haboot.checker.spaces import Missing, Query, RunQuery, StateSpace
from haboot.checker.tables import asked
from haboot.checker.traces import Trace

MISSES = {Kind.INFINITELY_OFTEN: (Missing.IN_LOOP,), Kind.STAYS: (Missing.IN_LOOP, Missing.AGAIN)}


class Asked:
    """A clause of a property, as questions to a space: what settles it, and whether its premise comes true.

    For *sometimes* a witness settles it, for every other kind what breaks it. Liveness has a question of its own.
    """

    def __init__(self, claim: Property, clause: Clause) -> None:
        self.claim, self.clause = claim, clause
        holds, premise = tests(claim, clause)
        self.goal, self.premise = query(claim, clause, holds), query(claim, clause, premise)
        wants_witness = claim.kind is Kind.SOMETIMES
        witness = query(claim, clause, lambda subject: premise(subject) and holds(subject))
        spared = None if clause.unless is None else Strict(f"property '{claim.name}'", clause.unless)
        self.spared = None if spared is None else query(claim, clause, spared)
        within = self.premise if clause.conditional else None
        self.settling = witness if wants_witness else query(claim, clause, breaking(claim, clause), within)

    @property
    def is_settled_alone(self) -> bool:
        """Whether one state, step or end settles it; if not, all steps are needed at once."""
        return self.claim.kind in {Kind.SOMETIMES, Kind.ALWAYS, Kind.STEP, Kind.NO_DEADLOCK}

    @property
    def is_premised_at_start(self) -> bool:
        """Whether its premise is asked of initial states alone."""
        return self.claim.kind is Kind.EVENTUALLY

    def find(self, space: StateSpace) -> Trace | None:
        """Return the trace that settles it: a witness for *sometimes*, a counterexample for every other kind."""
        claim = self.claim
        match claim.kind:
            case Kind.SOMETIMES | Kind.ALWAYS | Kind.STEP:
                return space.first_step(self.settling) if claim.of_steps else space.first_state(self.settling)
            case Kind.NO_DEADLOCK:
                return space.first_terminal(self.settling)
            case Kind.RECOVERABLE:
                return space.first_unable(self.goal, self.premise, with_environment=claim.with_environment)
            case (  # pragma: no branch - every kind is named
                Kind.LEADS_TO | Kind.FINITELY_OFTEN | Kind.EVENTUALLY | Kind.INFINITELY_OFTEN | Kind.STAYS
            ):
                found = [space.first_lasso(one) for one in self.runs]
                return min((one for one in found if one is not None), key=lambda one: one.loop or 0, default=None)

    @property
    def runs(self) -> tuple[RunQuery, ...]:
        """What kinds of fair run break it; none where it does not speak of runs."""
        kind, premise, goal, fair = self.claim.kind, self.premise, self.goal, self.claim.fairness
        if kind not in RUNS:
            return ()
        if kind is Kind.FINITELY_OFTEN:
            anywhere, nowhere = (query(self.claim, self.clause, one) for one in (anything, nothing))
            return (RunQuery(anywhere, nowhere, fair, goal),)
        from_start, misses = kind is Kind.EVENTUALLY, MISSES.get(kind, (Missing.AFTER,))
        return tuple(RunQuery(premise, goal, fair, None, from_start, one, self.spared) for one in misses)

    def applies(self, space: StateSpace) -> bool:
        """Whether its premise comes true."""
        if not self.clause.conditional:
            return True
        if self.is_premised_at_start:
            starts = [{name: one[name] for name in self.clause.reads} for one in constrained(space.system).initial]
            return any(asked(self.premise, View(one, self.premise.owner), one) for one in starts)
        return space.is_met(self.premise, by_step=self.claim.of_steps)


def nothing(_: object) -> bool:
    """Refuse all states."""
    return False


def tests(claim: Property, clause: Clause) -> tuple[Test, Test]:
    """Return what a clause says and its premise, each refusing to answer otherwise than with True or False."""
    owner = f"property '{claim.name}'"
    return Strict(owner, clause.holds), Strict(owner, clause.premise)


def breaking(claim: Property, clause: Clause) -> Test:
    """Return the test whether a state or a step breaks a part of a property."""
    holds, premise = tests(claim, clause)
    return lambda subject: premise(subject) and not holds(subject)


def query(claim: Property, clause: Clause, test: Callable[..., bool], within: Query | None = None) -> Query:
    """Return a test as a question that names the property and the part that it is about; see Query for ``within``."""
    about = f" ({clause.about})" if clause.about else ""
    return Query(f"property '{claim.name}'{about}", clause.reads, test, within)
