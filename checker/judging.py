"""From a state space to verdicts: one rule a kind of property, the same for every engine.

Every trace is replayed before it is shown; the rules of honesty (vacuous, cut, exhaustive) are applied here alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from time import perf_counter

from haboot.checker.boundary import ModelError, members, nearest, require_once, shown, spelled
from haboot.checker.core import Action, System, Value, View, evaluate
from haboot.checker.engines import explore
from haboot.checker.limits import LimitError, Limits, Progress, quiet
from haboot.checker.properties import Clause, Kind, Property, Test, require_told_apart
from haboot.checker.replaying import replay
from haboot.checker.verdicts import Answer, Query, Report, StateSpace, Trace, Verdict


@spelled
def check(
    system: System,
    properties: Iterable[Property],
    limits: Limits | None = None,
    progress: Progress = quiet,
    engine: str = "auto",
) -> Report:
    """Explore a system and judge its properties; every counterexample shown has been replayed.

    ``engine`` is "graph", "packed", or "auto", which chooses by size.

    >>> from haboot.checker import Action, Slot, System, always
    >>> up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 3 else None)
    >>> small = always("small", ("n",), lambda v: v["n"] < 3)
    >>> verdict = check(System("count", (Slot("n", range(4)),), ({"n": 0},), (up,)), [small])["small"]
    >>> str(verdict.answer), len(verdict.trace)
    ('VIOLATED', 3)
    """
    start = perf_counter()
    claims = required(system, properties)
    space = explore(system, limits or Limits(), progress, engine, claims)
    verdicts = tuple(judge(space, one) for one in claims)
    return Report(space, verdicts, perf_counter() - start)


def required(system: System, properties: Iterable[Property]) -> tuple[Property, ...]:
    """Return properties that may be asked of a system together; raise ModelError for a slip in any of them."""
    claims = members(f"system '{system.name}'", "properties", properties, Property, "a Property")
    require_once(f"system '{system.name}'", "properties", (one.name for one in claims))
    by_kind: dict[Kind, list[tuple[str, Clause]]] = {}
    for one in claims:
        _require_names(system, one)
        if len(one.clauses) == 1 and not one.fairness:
            by_kind.setdefault(one.kind, []).append((f"'{one.name}'", one.clauses[0]))
    for alike in by_kind.values():
        require_told_apart(f"system '{system.name}'", "property", alike)
    return claims


def judge(space: StateSpace, claim: Property) -> Verdict:
    """Answer one property on an explored state space.

    What a bound cut can add is states and steps. So a trace to a state or step stands, a deadlock stands where no step
    was cut, a state without a way back stands where nothing that it reaches was cut, and a fair run stands that is fair
    though every step cut counts as enabled. Whatever else is INCOMPLETE.
    """
    _require_names(space.system, claim)
    basis = _basis(space, claim)
    if refusal := space.refusal(claim):
        return Verdict(claim, Answer.INCOMPLETE, note=f"not judged: {refusal}", basis=basis)
    try:
        return replace(_judged(space, claim), basis=basis)
    except LimitError as error:
        return Verdict(claim, Answer.INCOMPLETE, note=f"cut by {error}", basis=basis)


def _judged(space: StateSpace, claim: Property) -> Verdict:
    traces = [(clause, _find(space, claim, clause)) for clause in claim.clauses]
    found = [(len(trace), clause, trace) for clause, trace in traces if trace is not None]
    wants_witness = claim.kind is Kind.SOMETIMES
    if found:
        _, clause, trace = min(found, key=lambda item: item[0])
        replay(space.system, trace)
        answer = Answer.HOLDS if wants_witness else Answer.VIOLATED
        neglected = () if trace.loop is None else _neglected(space.system, claim, trace)
        return Verdict(claim, answer, trace, clause.about, neglected)
    if space.bounds_hit:
        return Verdict(claim, Answer.INCOMPLETE, note="cut by " + ", ".join(space.bounds_hit))
    if wants_witness:
        return Verdict(claim, Answer.UNREACHED, note="no reachable state or step is a witness")
    if not any(_premise_occurs(space, claim, clause) for clause in claim.clauses):
        return Verdict(claim, Answer.UNREACHED, note="vacuous: its premise never comes true")
    return Verdict(claim, Answer.HOLDS)


def _basis(space: StateSpace, claim: Property) -> tuple[str, ...]:
    """Return what a verdict rests on beside the model, in words."""
    told = [] if space.system.constraint is None else [f"within {space.system.constraint.label}"]
    if any(action.environment for action in space.system.actions):
        if claim.kind is Kind.NO_DEADLOCK:
            told.append("a step of the environment is no progress")
        elif claim.kind is Kind.RECOVERABLE:
            also = "also" if claim.with_environment else "not"
            told.append(f"by the system's own steps, {also} by the environment's")
    return (*told, *([space.sampled] if space.sampled else []))


def _find(space: StateSpace, claim: Property, clause: Clause) -> Trace | None:
    """Return the trace that settles a clause: a witness for *sometimes*, a counterexample for every other kind."""
    holds, premise = (strict(claim, test) for test in (clause.holds, clause.premise))
    goal = query(claim, clause, holds)
    broken = query(claim, clause, breaking(claim, clause))
    match claim.kind:
        case Kind.SOMETIMES | Kind.ALWAYS | Kind.STEP:
            witness = query(claim, clause, lambda subject: premise(subject) and holds(subject))
            wanted = witness if claim.kind is Kind.SOMETIMES else broken
            return space.first_step(wanted) if claim.of_steps else space.first_state(wanted)
        case Kind.NO_DEADLOCK:
            return space.first_terminal(broken)
        case Kind.RECOVERABLE:
            where = query(claim, clause, premise)
            return space.first_unable(goal, where, with_environment=claim.with_environment)
        case Kind.LEADS_TO:
            return space.first_lasso(query(claim, clause, premise), goal, claim.fairness)
        case Kind.FINITELY_OFTEN:  # pragma: no branch - every kind is named
            anywhere = query(claim, clause, lambda _: True)
            return space.first_lasso(anywhere, query(claim, clause, lambda _: False), claim.fairness, again=goal)


def _premise_occurs(space: StateSpace, claim: Property, clause: Clause) -> bool:
    if not clause.conditional:
        return True
    premise = query(claim, clause, strict(claim, clause.premise))
    trace = space.first_step(premise) if claim.of_steps else space.first_state(premise)
    return trace is not None


def _neglected(system: System, claim: Property, trace: Trace) -> tuple[str, ...]:
    """Return the actions enabled on a loop, never taken there, and promised no fairness: one may be missing."""
    start = trace.loop or 0
    states = [step.before for step in trace.steps[start:]] or [trace.final]
    spared = {step.action for step in trace.steps[start:]}.union(*(one.actions for one in claim.fairness))
    return tuple(
        action.name
        for action in system.actions
        if action.name not in spared and any(_changes_something(action, state) for state in states)
    )


def _changes_something(action: Action, state: Mapping[str, Value]) -> bool:
    view = View({name: state[name] for name in action.reads}, f"action '{action.name}'")
    written = (result.writes for result in evaluate(action, view) if result.bound is None)
    return any(state[name] != value for writes in written for name, value in writes.items())


def strict(claim: Property, test: Test) -> Test:
    """Return a test that refuses an answer other than True or False: ``not`` would swallow it."""

    def ask(subject: object) -> bool:
        answer = test(subject)
        if answer is not True and answer is not False:
            raise ModelError(f"property '{claim.name}' returned {shown(answer)}; True or False is due")
        return answer

    return ask


def breaking(claim: Property, clause: Clause) -> Test:
    """Return the test whether a state or a step breaks a part of a property."""
    holds, premise = strict(claim, clause.holds), strict(claim, clause.premise)
    return lambda subject: premise(subject) and not holds(subject)


def query(claim: Property, clause: Clause, test: Callable[..., bool]) -> Query:
    """Return a test as a question that names the property and the part that it is about."""
    about = f" ({clause.about})" if clause.about else ""
    return Query(f"property '{claim.name}'{about}", clause.reads, test)


def _require_names(system: System, claim: Property) -> None:
    actions, slots = {action.name for action in system.actions}, {slot.name for slot in system.slots}
    for one in claim.fairness:
        for name in sorted(one.actions - actions):
            fault = f"names action '{name}', which '{system.name}' does not have"
            raise ModelError(f"property '{claim.name}': fairness '{one.name}' {fault}{nearest(name, actions)}")
    for clause in claim.clauses:
        for name in clause.reads:
            if name not in slots:
                fault = f"declares slot '{name}', which does not exist"
                raise ModelError(f"property '{claim.name}' {fault}{nearest(name, slots)}")
