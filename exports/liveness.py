"""What a property says of runs, as Promela with a formula of linear temporal logic and a process for each promise.

SPIN's weak fairness is of processes: one that can move for ever without pause moves again and again. With a process for
each promise, which has the steps that count for it, that is what the promises say. A process beside them has every
step, and one that changes nothing, so nothing else is promised, and a run may stutter. A step that counts for several
promises stands in the process of each: the labels of a run may be shared out among them.
"""

from __future__ import annotations

from collections.abc import Iterator

from haboot.checker import Clause, Fairness, Kind, ModelError, Property, Query, View, anything, query, tests
from haboot.checker import counting as counted_by
from haboot.exports.compiled import Compiled, Guarded
from haboot.exports.languages import C_LIKE, Speech
from haboot.exports.promela import assigned, commented, variables
from haboot.exports.signals import Decided

FORMULAS = {
    Kind.LEADS_TO: "[] (trigger -> <> goal)",
    Kind.EVENTUALLY: "<> goal",
    Kind.INFINITELY_OFTEN: "[] (trigger -> [] <> goal)",
    Kind.STAYS: "[] (trigger -> <> [] goal)",
    Kind.FINITELY_OFTEN: "! [] <> hit",
}
# their negations as automata, since the tests of triggers and goals are longer than SPIN's own translator takes
WAIT = "  wait: if :: trigger -> goto after :: true -> goto wait fi;"
NEVER = {
    Kind.LEADS_TO: (
        "  wait: if :: trigger && !goal -> goto accept_missed :: true -> goto wait fi;",
        "  accept_missed: if :: !goal -> goto accept_missed fi",
    ),
    Kind.EVENTUALLY: ("  accept_missed: if :: !goal -> goto accept_missed fi",),
    Kind.INFINITELY_OFTEN: (
        WAIT,
        "  after: if :: !goal -> goto accept_missed :: true -> goto after fi;",
        "  accept_missed: if :: !goal -> goto accept_missed fi",
    ),
    Kind.STAYS: (
        WAIT,
        "  after: if :: !goal -> goto accept_missed :: true -> goto after fi;",
        "  accept_missed: if :: !goal -> goto accept_missed :: true -> goto after fi",
    ),
    Kind.FINITELY_OFTEN: (
        "  after: if :: hit -> goto accept_hit :: true -> goto after fi;",
        "  accept_hit: if :: hit -> goto accept_hit :: true -> goto after fi",
    ),
}


def inexact(compiled: Compiled, claim: Property) -> str:
    """Return why SPIN cannot be asked a property of runs as it is meant, empty where it can."""
    if claim.kind not in FORMULAS:
        return f"'{claim.kind}' is no property of runs"
    if any(one.strong for one in claim.fairness):
        return "SPIN has no strong fairness"
    if any(step.patch is None for step in compiled.steps):
        return "a bound cuts steps"
    if any(clause.unless is not None for clause in claim.clauses):
        return "what spares a run is not said in Promela"
    return ""


def as_liveness(decided: Decided, claim: Property) -> Iterator[str]:
    """Yield a Promela model for each clause of a property of runs; it has an error where the clause does not hold.

    Raises ModelError where the meaning would not be the same; see ``inexact``.
    """
    if why := inexact(decided.compiled, claim):
        raise ModelError(f"property '{claim.name}': {why}")
    for clause in claim.clauses:
        if starts := list(_starts(decided.compiled, claim, clause)):
            yield "\n".join(_model(Speech(C_LIKE, decided), claim, clause, starts)) + "\n"


def _starts(compiled: Compiled, claim: Property, clause: Clause) -> Iterator[tuple[int, ...]]:
    """Yield the initial states of the runs that a clause is about."""
    _, premise = tests(claim, clause)
    slots = compiled.system.slots
    for state in compiled.initial:
        values = {slot.name: slot.domain[index] for slot, index in zip(slots, state, strict=True)}
        read = {name: values[name] for name in clause.reads}
        if claim.kind is not Kind.EVENTUALLY or premise(View(read, claim.name)):
            yield state


def _model(say: Speech, claim: Property, clause: Clause, starts: list[tuple[int, ...]]) -> Iterator[str]:
    compiled = say.compiled
    holds, premise = tests(claim, clause)
    goal = query(claim, clause, holds)
    yield f"/* {commented(compiled.system.name)}: {commented(claim.name)}, made by haboot. */"
    yield "/* spin -search -a -f -DNOREDUCE -DNFAIR=9 FILE: an error is a weakly fair run that breaks the property. */"
    yield from variables(compiled, compiled.initial[0])
    yield "bit begun, hit;"
    of_steps = claim.kind is Kind.FINITELY_OFTEN
    if not of_steps:
        trigger = anything if claim.kind is Kind.EVENTUALLY else premise
        yield f"#define trigger (begun && ({say.state(query(claim, clause, trigger))}))"
        yield f"#define goal (begun && ({say.state(goal)}))"
    yield f"never {{ /* ! ({FORMULAS[claim.kind]}) */"
    yield from NEVER[claim.kind]
    yield "}"
    yield "active proctype free() {"
    yield "  do"
    for state in starts:
        yield f"  :: d_step {{ (!begun) -> {assigned(compiled, tuple(enumerate(state)))}; begun = 1 }}"
    yield "  :: begun -> hit = 0"
    counted = goal if of_steps else None
    yield from (f"  :: {_step(say, step, counted)}" for step in compiled.steps)
    yield from ("  od", "}")
    for number, one in enumerate(claim.fairness):
        yield f"/* {commented(one.name)} */"
        yield f"active proctype promise{number}() {{"
        yield "  do"
        yield "  :: false -> skip"
        for step in compiled.steps:
            if compiled.action(step) in one.actions and step.patch:
                yield f"  :: {_step(say, step, counted, one)}"
        yield from ("  od", "}")


def _step(say: Speech, step: Guarded, counted: Query | None, promise: Fairness | None = None) -> str:
    """Return a step as a statement; of a promise's, only where it counts for that. ``counted`` steps set ``hit``.

    A step that changes nothing neither keeps a promise nor is counted.
    """
    where = counted_by(promise) if promise else None
    known, patch = dict(step.path), step.patch or ()
    differs = [f"{say.compiled.names[place]} != {index}" for place, index in patch if known.get(place) != index]
    changes = say.language.true if any(place in known for place, _ in patch) else say.language.some(differs)
    tests = ["begun", say.path(step.path), *([say.step(where, step)] if where else [])]
    if promise:
        tests.append(changes)
    hit = say.step(counted, step) if counted else ""
    noted = f"hit = (({hit}) && {changes} -> 1 : 0); " if counted else ""
    return f"d_step {{ ({say.language.every(tests)}) -> {noted}{assigned(say.compiled, patch)} }}"
