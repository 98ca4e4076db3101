"""A system as a Promela model for SPIN: one process, a step an atomic statement, a slot a variable over its values.

A signal stands where it is seen: as an assertion in what an author checks, or noted with the length of the way to it
where SPIN counts all states. Lengths are those of a breadth-first search.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from haboot.checker.packed import Path
from haboot.exports.compiled import Compiled, Guarded
from haboot.exports.languages import C_LIKE, Speech
from haboot.exports.signals import Decided, Role, Signal, Subject

NOTES = """#ifdef NOTES
c_decl {
  static char noted[NOTED];
  static void note(int k, long length) { if (!noted[k]) { noted[k] = 1; printf("NOTED %d %ld\\n", k, length); } }
}
#define SEEN(k, more) c_code { note(k, depth + more); }
#define BROKEN(k, more) SEEN(k, more)
#else
#ifndef ONLY
#define ONLY 0
#endif
#define SEEN(k, more) skip
#define BROKEN(k, more) assert(ONLY != 0 && ONLY != k)
#endif"""
USE = """/* spin -DONLY=K -run -DBFS -DNOREDUCE FILE searches for the shortest way to what breaks K below; without
   -DONLY=K, to what breaks any. More than one initial state is chosen by a first step. */"""


def variables(compiled: Compiled, starts: Sequence[int]) -> Iterator[str]:
    """Yield the declarations of all variables with their first values, each with what its numbers stand for."""
    for slot, name, size, start in zip(compiled.system.slots, compiled.names, compiled.sizes, starts, strict=True):
        kind = f"bit {name}" if size <= 2 else f"unsigned {name} : {(size - 1).bit_length()}"
        yield f"{kind} = {start}; /* {commented(slot.name)}: {valued(slot.domain)} */"


def valued(domain: Sequence[object]) -> str:
    """Return what the numbers of a slot stand for, the first twelve of them."""
    more = ", …" if len(domain) > 12 else ""
    return ", ".join(f"{index} {commented(str(value))}" for index, value in enumerate(domain[:12])) + more


def commented(text: str) -> str:
    """Return a text that ends no comment."""
    return text.replace("*/", "* /").replace("\n", " ")


def headed(asked: Sequence[Signal]) -> Iterator[str]:
    """Yield what comes first in a model: how it is used, which signals it has, and what notes or asserts them."""
    yield USE
    yield from (f"/* {one.told} */" for one in asked)
    yield f"#define NOTED {max((one.number for one in asked), default=0) + 1}"
    yield NOTES


def as_promela(decided: Decided) -> str:
    """Return a system as one Promela process, with what single states, steps and ends say of its properties."""
    compiled, say = decided.compiled, Speech(C_LIKE, decided)
    lines = [
        f"/* {commented(compiled.system.name)}, made by haboot from its compiled tables. */",
        *headed(decided.signals),
        *variables(compiled, compiled.initial[0]),
        "active proctype system() {",
        *chosen(compiled),
        "  do",
        "  :: false -> skip",
        *(f"  :: {one}" for one in steps(say)),
        *(f"  :: {one}" for one in watches(say)),
        "  od",
        "}",
    ]
    return "\n".join(lines) + "\n"


def chosen(compiled: Compiled) -> Iterator[str]:
    """Yield the first step, which chooses among initial states where there are several."""
    if len(compiled.initial) > 1:
        yield "  if"
        for state in compiled.initial:
            yield f"  :: d_step {{ true -> {assigned(compiled, tuple(enumerate(state)))} }}"
        yield "  fi;"


def assigned(compiled: Compiled, patch: Path) -> str:
    """Return the statements that write some places."""
    return "; ".join(f"{compiled.names[place]} = {index}" for place, index in patch) or "skip"


def steps(say: Speech) -> Iterator[str]:
    """Yield every step that no bound cuts, with the signals that it may give."""
    of_steps = say.decided.about(Subject.STEP)
    for step in say.compiled.steps:
        if step.patch is not None:
            signalled = "".join(_signalled(say, one, step) for one in of_steps)
            yield f"d_step {{ ({say.path(step.path)}) -> {signalled}{assigned(say.compiled, step.patch)} }}"


def _signalled(say: Speech, one: Signal, step: Guarded) -> str:
    test = say.step(one.query, step)
    if test == say.language.false:
        return ""
    note = f"{macro(one)}({one.number}, 1)"
    return f"{note}; " if test == say.language.true else f"if :: {test} -> {note} :: else fi; "


def watches(say: Speech) -> Iterator[str]:
    """Yield a step that changes nothing for each signal of states or ends."""
    for one in say.decided.about(Subject.STATE, Subject.END):
        test = say.signal(one)
        if test != say.language.false:
            yield f"d_step {{ ({test}) -> {macro(one)}({one.number}, 0) }}"


def macro(one: Signal) -> str:
    """Return the macro that stands where a signal is seen."""
    return "BROKEN" if one.role is Role.BROKEN else "SEEN"
