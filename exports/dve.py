"""A system in the DVE language of DiVinE, LTSmin and ITS-tools: one process, a step a transition, a slot a byte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from haboot.checker import ModelError
from haboot.exports.compiled import Compiled
from haboot.exports.languages import DVE, Speech
from haboot.exports.promela import commented, valued
from haboot.exports.signals import Decided, Role, Subject

INT = 1 << 15  # values that DVE's largest type holds


def as_dve(decided: Decided) -> str:
    """Return a system in DVE; what states that break its properties look like are its assertions.

    More than one initial state is chosen by a first transition. Raises ModelError for a slot of too many values.
    """
    compiled, say = decided.compiled, Speech(DVE, decided)
    if max(compiled.sizes) > INT:
        raise ModelError(f"system '{compiled.system.name}': DVE has no type of {max(compiled.sizes):,} values")
    broken = [
        say.language.negated(say.state(one.query)) for one in decided.about(Subject.STATE) if one.role is Role.BROKEN
    ]
    lines = [
        f"/* {commented(compiled.system.name)}, made by haboot from its compiled tables. */",
        *_variables(compiled),
        "process system_ {",
        "state start, run;",
        f"init {'start' if len(compiled.initial) > 1 else 'run'};",
        *([f"assert {', '.join(f'run: {test}' for test in broken)};"] if broken else []),
        "trans",
        ",\n".join(_transitions(say)) + ";",
        "}",
        "system async;",
    ]
    return "\n".join(lines) + "\n"


def _variables(compiled: Compiled) -> Iterator[str]:
    first = compiled.initial[0]
    for slot, name, size, start in zip(compiled.system.slots, compiled.names, compiled.sizes, first, strict=True):
        kind = "byte" if size <= 256 else "int"
        yield f"{kind} {name} = {start}; /* {commented(slot.name)}: {commented(valued(slot.domain))} */"


def _transitions(say: Speech) -> Iterator[str]:
    compiled = say.compiled
    yield f"  run -> run {{ guard {say.language.false}; }}"
    if len(compiled.initial) > 1:
        for state in compiled.initial:
            yield f"  start -> run {{ effect {_effects(compiled, tuple(enumerate(state)))}; }}"
    for step in compiled.steps:
        if step.patch is not None:
            effect = f"effect {_effects(compiled, step.patch)}; " if step.patch else ""
            yield f"  run -> run {{ guard {say.path(step.path)}; {effect}}}"


def _effects(compiled: Compiled, patch: Sequence[tuple[int, int]]) -> str:
    return ", ".join(f"{compiled.names[place]} = {index}" for place, index in patch)
