"""A system as a TLA+ module for TLC: an action a definition, a slot a variable over the places of values.

What TLC is told in a configuration file stands at the module's end: the specification, the invariants and the
properties. A promise of fairness is one of the disjunction of its steps, as TLA+ has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from haboot.checker import Fairness, Kind, ModelError, Property, query, tests
from haboot.exports.compiled import Compiled, Guarded, stem
from haboot.exports.languages import TLA, Speech
from haboot.exports.promela import valued
from haboot.exports.signals import Decided, Role, Signal, Subject

FORMULAS = {
    Kind.LEADS_TO: "{premise} ~> {goal}",
    Kind.EVENTUALLY: "{premise} => <>{goal}",
    Kind.INFINITELY_OFTEN: "[]({premise} => []<>{goal})",
    Kind.STAYS: "[]({premise} => <>[]{goal})",
}


def as_tla(decided: Decided) -> str:
    """Return a system as a TLA+ module, with what can be said there of its properties.

    That is: states, steps and ends that break one as invariants and step formulas, and runs under their promises.
    """
    compiled, say = decided.compiled, Speech(TLA, decided)
    invariants, properties = {}, {}
    for one in decided.signals:
        name = f"{stem(one.claim.name)}_{one.number - 1}"
        if one.role is not Role.BROKEN:
            continue
        if one.subject is Subject.STEP:
            properties[name] = _of_steps(say, one)
        else:
            end = " /\\ ~Own" if one.subject is Subject.END else ""
            invariants[name] = f"~({say.state(one.query)}{end})"
    for claim in decided.claims:
        for number, text in enumerate(_of_runs(say, claim)):
            properties[f"{stem(claim.name)}_run{number}"] = text
    title = stem(compiled.system.name) or "System"
    lines = [
        f"---- MODULE {title} ----",
        "\\* Made by haboot from its compiled tables.",
        "EXTENDS Naturals",
        *_variables(compiled),
        *_behaviour(say),
        *(f"{name} == {text}" for name, text in (*invariants.items(), *properties.items())),
        "====",
        "SPECIFICATION Spec",
        *(f"INVARIANT {name}" for name in invariants),
        *(f"PROPERTY {name}" for name in properties),
    ]
    return "\n".join(lines) + "\n"


def _variables(compiled: Compiled) -> Iterator[str]:
    for slot, name in zip(compiled.system.slots, compiled.names, strict=True):
        yield f"VARIABLE {name} \\* {_line(slot.name)}: {_line(valued(slot.domain))}"
    yield f"vars == <<{', '.join(compiled.names)}>>"


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _whole(compiled: Compiled) -> list[Guarded]:
    return [step for step in compiled.steps if step.patch is not None]


def _behaviour(say: Speech) -> Iterator[str]:
    compiled = say.compiled
    starts = " \\/ ".join(f"({say.path(tuple(enumerate(state)))})" for state in compiled.initial)
    yield f"Init == {starts}"
    named = [(f"A{number}", step) for number, step in enumerate(_whole(compiled))]
    for name, step in named:
        written = dict(step.patch or ())
        writes = [f"{compiled.names[place]}' = {index}" for place, index in written.items()]
        kept = [name for place, name in enumerate(compiled.names) if place not in written]
        unchanged = [f"UNCHANGED <<{', '.join(kept)}>>"] if kept else []
        every = " /\\ ".join([say.path(step.path), *writes, *unchanged])
        yield f"{name} == {every} \\* {_line(compiled.action(step))}"
    yield f"Next == {say.language.some([name for name, _ in named])}"
    yield "Spec == Init /\\ [][Next]_vars"
    yield f"Own == {say.language.some([say.tree(tree) for tree in compiled.enabled()])}"


def _of_steps(say: Speech, one: Signal) -> str:
    """Return the formula that no step is one of those that break a clause."""
    broken = [(number, say.step(one.query, step)) for number, step in enumerate(_whole(say.compiled))]
    some = [f"(A{number} /\\ {test})" for number, test in broken if test != say.language.false]
    return f"[][~{say.language.some(some) if some else '(FALSE)'}]_vars"


def _of_runs(say: Speech, claim: Property) -> Iterator[str]:
    spares = any(clause.unless is not None for clause in claim.clauses)
    if claim.kind not in FORMULAS or spares or any(step.patch is None for step in say.compiled.steps):
        return
    promised = " /\\ ".join(_promise(say, one) for one in claim.fairness)
    for clause in claim.clauses:
        holds, premise = tests(claim, clause)
        said = {"premise": query(claim, clause, premise), "goal": query(claim, clause, holds)}
        texts = {what: f"({say.state(one)})" for what, one in said.items()}
        formula = FORMULAS[claim.kind].format(**texts)
        yield f"({promised}) => ({formula})" if promised else formula


def _promise(say: Speech, promise: Fairness) -> str:
    parts = []
    for number, step in enumerate(_whole(say.compiled)):
        if say.compiled.action(step) in promise.actions and step.patch:
            if promise.where is not None:
                raise ModelError(f"{promise.label}: a test of steps is not said in TLA+")
            parts.append(f"A{number}")
    return f"{'SF' if promise.strong else 'WF'}_vars({say.language.some(parts)})"
