"""From a state space to verdicts: one rule a kind of property, the same for every engine.

Every trace is replayed before it is shown; the rules of honesty (vacuous, cut, exhaustive) are applied here alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from time import perf_counter

from haboot.checker.asking import Asked
from haboot.checker.boundary import ModelError, members, nearest, require_held, require_once, spelled, wrong
from haboot.checker.core import Action, System, Value
from haboot.checker.engines import explore
from haboot.checker.evaluating import evaluate
from haboot.checker.limits import LimitError, Limits, Progress, quiet
from haboot.checker.properties import Clause, Kind, Property, require_told_apart
from haboot.checker.replaying import Replays
from haboot.checker.spaces import Due, StateSpace
from haboot.checker.traces import Trace
from haboot.checker.verdicts import Answer, Report, Verdict


@spelled
def check(
    system: System,
    properties: Iterable[Property],
    limits: Limits | None = None,
    progress: Progress = quiet,
    engine: str = "auto",
) -> Report:
    """Explore a system and judge its properties; every counterexample shown has been replayed.

    ``engine`` is "graph", "packed", "cluster", or "auto", which chooses by size.

    >>> from haboot.checker import Action, Slot, System, always
    >>> up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 3 else None)
    >>> small = always("small", ("n",), lambda v: v["n"] < 3)
    >>> verdict = check(System("count", (Slot("n", range(4)),), ({"n": 0},), (up,)), [small])["small"]
    >>> str(verdict.answer), len(verdict.trace)
    ('VIOLATED', 3)
    """
    start = perf_counter()
    if not isinstance(system, System):
        raise wrong("a check", "the system", system, "a System")
    claims = required(system, properties)
    space = explore(system, limits or Limits(), progress, engine, claims)
    return Report(space, tuple(judge_all(space, claims)), perf_counter() - start)


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
    """Answer one property on an explored state space; see ``judge_all``."""
    return next(judge_all(space, [claim]))


def judge_all(space: StateSpace, claims: Iterable[Property]) -> Iterator[Verdict]:
    """Answer properties on an explored state space, in that order, from one pass over its states and steps.

    What a bound cut can add is states and steps. So a trace to a state or step stands, a deadlock stands where no step
    was cut, a state without a way back stands where nothing that it reaches was cut, and a fair run stands that is fair
    though every step cut counts as enabled. Whatever else is INCOMPLETE.
    """
    every = tuple(claims)
    for claim in every:
        _require_names(space.system, claim)
    refusals = [space.refusal(claim) for claim in every]
    asked = [[Asked(claim, clause) for clause in claim.clauses] for claim in every]
    _settle(space, [one for part, refusal in zip(asked, refusals, strict=True) if not refusal for one in part])
    replays = Replays(space.system)
    left = [claim for claim, refusal in zip(every, refusals, strict=True) if refusal]
    whole = space.unreduced() if left else None
    others = iter(()) if whole is None else judge_all(whole, left)
    for claim, refusal, part in zip(every, refusals, asked, strict=True):
        if refusal and whole is not None:
            other = next(others)
            yield replace(other, basis=(*other.basis, f"without symmetry, on all {whole.distinct:,} states"))
            continue
        yield replace(_judged(space, claim, part, refusal, replays), basis=_basis(space, claim, refused=bool(refusal)))


def _settle(space: StateSpace, asked: Iterable[Asked]) -> None:
    """Ask a space in one pass all that single states, steps and ends answer."""
    due = Due()
    for one in asked:
        due.ways |= one.claim.kind is Kind.RECOVERABLE
        due.runs += one.runs
        of_its_kind = due.steps if one.claim.of_steps else due.states
        if one.is_settled_alone:
            (due.ends if one.claim.kind is Kind.NO_DEADLOCK else of_its_kind).append(one.settling)
        if one.clause.conditional and one.claim.kind is not Kind.SOMETIMES and not one.is_premised_at_start:
            of_its_kind.append(one.premise)
    space.settle(due)


def _judged(space: StateSpace, claim: Property, asked: Sequence[Asked], refusal: str, replays: Replays) -> Verdict:
    if refusal:
        return Verdict(claim, Answer.INCOMPLETE, note=f"not judged: {refusal}")
    try:
        return _answered(space, claim, asked, replays)
    except LimitError as error:
        return Verdict(claim, Answer.INCOMPLETE, note=f"cut by {error}")


def _answered(space: StateSpace, claim: Property, asked: Sequence[Asked], replays: Replays) -> Verdict:
    traces = [(one, one.find(space)) for one in asked]
    found = [(len(trace), one, trace) for one, trace in traces if trace is not None]
    wants_witness = claim.kind is Kind.SOMETIMES
    if found:
        _, one, trace = min(found, key=lambda item: item[0])
        replays.confirm(trace)
        answer = Answer.HOLDS if wants_witness else Answer.VIOLATED
        neglected = () if trace.loop is None else _neglected(space.system, claim, trace)
        return Verdict(claim, answer, trace, one.clause.about, neglected)
    if space.bounds_hit:
        return Verdict(claim, Answer.INCOMPLETE, note="cut by " + ", ".join(space.bounds_hit))
    if wants_witness:
        return Verdict(claim, Answer.UNREACHED, note="no reachable state or step is a witness")
    if not any(one.applies(space) for one in asked):
        return Verdict(claim, Answer.UNREACHED, note="vacuous: its premise never comes true")
    return Verdict(claim, Answer.HOLDS)


def _basis(space: StateSpace, claim: Property, *, refused: bool) -> tuple[str, ...]:
    """Return what a verdict rests on beside the model, in words."""
    told = [] if space.system.constraint is None else [f"within {space.system.constraint.label}"]
    if any(action.environment for action in space.system.actions):
        if claim.kind is Kind.NO_DEADLOCK:
            told.append("a step of the environment is no progress")
        elif claim.kind is Kind.RECOVERABLE:
            also = "also" if claim.with_environment else "not"
            told.append(f"by the system's own steps, {also} by the environment's")
    reductions = () if refused else space.reductions
    return (*told, *reductions, *([space.sampled] if space.sampled else []))


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
    written = (result.writes for result in evaluate(action, action.view(state)) if result.bound is None)
    return any(state[name] != value for writes in written for name, value in writes.items())


def _require_names(system: System, claim: Property) -> None:
    actions, slots = {action.name for action in system.actions}, {slot.name for slot in system.slots}
    for one in claim.fairness:
        for name in sorted(one.actions - actions):
            fault = f"names action '{name}', which '{system.name}' does not have"
            raise ModelError(f"property '{claim.name}': {one.label} {fault}{nearest(name, actions)}")
        require_held(one.label, one.noted)
        _require_actions(one.label, one.where, actions)
        _require_slots(f"property '{claim.name}': {one.label}", one.reads, slots)
    for clause in claim.clauses:
        require_held(f"property '{claim.name}'", clause.noted)
        for test in (clause.holds, clause.premise) if claim.of_steps else (clause.unless,):
            _require_actions(f"property '{claim.name}'", test, actions)
        _require_slots(f"property '{claim.name}'", clause.reads, slots)


def _require_slots(place: str, reads: Iterable[str], slots: AbstractSet[str]) -> None:
    for name in reads:
        if name not in slots:
            raise ModelError(f"{place} declares slot '{name}', which does not exist{nearest(name, slots)}")


def _require_actions(place: str, test: object, actions: AbstractSet[str]) -> None:
    """Raise ModelError for a set of names, none of them an action's, in code that looks at a step's action.

    A set compares by hash first, so that no name of it is ever held against the actions that there are.
    """
    code = getattr(test, "__code__", None)
    for const in code.co_consts if code is not None and "action" in code.co_names else ():
        names = const if isinstance(const, frozenset) else ()
        if names and all(isinstance(one, str) for one in names) and not names & actions:
            hint = nearest(sorted(names)[0], actions)
            raise ModelError(f"{place} compares a step's action with {sorted(names)}: none is one{hint}")
