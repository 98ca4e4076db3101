"""A system as a Promela model for SPIN: one process, a step an atomic statement, a slot a variable over its values.

A signal stands where it is seen: as an assertion in what an author checks, or noted with the length of the way to it
where SPIN counts all states. Lengths are those of a breadth-first search.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from haboot.checker import Property
from haboot.checker.packed import Path
from haboot.exports.compiled import Compiled, Guarded
from haboot.exports.languages import C_LIKE, Speech
from haboot.exports.signals import Decided, Role, Signal, Subject, signals_of

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


def variables(compiled: Compiled) -> Iterator[str]:
    """Yield the declarations of all variables, each with what its numbers stand for."""
    first = compiled.initial[0]
    for slot, name, size, start in zip(compiled.system.slots, compiled.names, compiled.sizes, first, strict=True):
        kind = f"bit {name}" if size <= 2 else f"unsigned {name} : {(size - 1).bit_length()}"
        yield f"{kind} = {start}; /* {commented(slot.name)}: {valued(slot.domain)} */"


def valued(domain: Sequence[object]) -> str:
    """Return what the numbers of a slot stand for, the first twelve of them."""
    more = ", …" if len(domain) > 12 else ""
    return ", ".join(f"{index} {commented(str(value))}" for index, value in enumerate(domain[:12])) + more


def commented(text: str) -> str:
    """Return a text that ends no comment."""
    return text.replace("*/", "* /").replace("\n", " ")


def as_promela(compiled: Compiled, claims: Sequence[Property] = ()) -> str:
    """Return a system as one Promela process, with what single states, steps and ends say of some properties."""
    asked, decided, say = signals_of(claims), Decided(compiled), Speech(C_LIKE, compiled.names, compiled.sizes)
    lines = [
        f"/* {commented(compiled.system.name)}, made by haboot from its compiled tables. */",
        USE,
        *(f"/* {one.told} */" for one in asked),
        f"#define NOTED {len(asked) + 1}",
        NOTES,
        *variables(compiled),
        "active proctype system() {",
        *chosen(compiled),
        "  do",
        "  :: false -> skip",
        *(f"  :: {one}" for one in steps(compiled, say, decided, asked)),
        *(f"  :: {one}" for one in watches(compiled, say, decided, asked)),
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


def steps(compiled: Compiled, say: Speech, decided: Decided, asked: Sequence[Signal]) -> Iterator[str]:
    """Yield every step that no bound cuts, with the signals that it may give."""
    of_steps = [one for one in asked if one.subject is Subject.STEP]
    for step in compiled.steps:
        if step.patch is not None:
            signalled = "".join(_signalled(say, decided, one, step) for one in of_steps)
            yield f"d_step {{ ({say.path(step.path)}) -> {signalled}{assigned(compiled, step.patch)} }}"


def _signalled(say: Speech, decided: Decided, one: Signal, step: Guarded) -> str:
    test = say.tree(decided.step(one.query, step))
    if test == say.language.false:
        return ""
    note = f"{macro(one)}({one.number}, 1)"
    return f"{note}; " if test == say.language.true else f"if :: {test} -> {note} :: else fi; "


def watches(compiled: Compiled, say: Speech, decided: Decided, asked: Sequence[Signal]) -> Iterator[str]:
    """Yield a step that changes nothing for each signal of states or ends."""
    for one in asked:
        if one.subject is not Subject.STEP:
            test = say.tree(decided.state(one.query))
            if one.subject is Subject.END:
                stuck = [say.language.negated(say.tree(tree)) for tree in compiled.enabled()]
                test = say.language.every([f"({test})", *stuck])
            if test != say.language.false:
                yield f"d_step {{ ({test}) -> {macro(one)}({one.number}, 0) }}"


def macro(one: Signal) -> str:
    """Return the macro that stands where a signal is seen."""
    return "BROKEN" if one.role is Role.BROKEN else "SEEN"
