"""Systems as Promela and Murphi text, made from their compiled tables, so that other checkers explore the same states.

Each slot becomes one variable over value indices, so the other checker's state is the same tuple. Each way to a leaf of
an action's decision tree becomes one guarded atomic step of a single process, or a rule in Murphi.
"""

from __future__ import annotations

from typing import TypeAlias

from haboot.checker import Limits, Patch, System
from haboot.checker.packed import Form, Path, Rules, Search

Guarded: TypeAlias = tuple[Path, Patch]


def steps(system: System) -> tuple[Rules, list[Guarded]]:
    """Return all guarded steps of a system, after a search that fills its tables; steps cut by a bound are left out."""
    search = Search(system, Limits(), Form(runs=0), ())
    search.begin()
    search.run(lambda *_: None, lambda _: None)
    return search.rules, [
        (path, made.patch)
        for path, number in search.rules.guarded()
        if (made := search.rules.made[number]).patch is not None
    ]


def promela(system: System) -> str:
    """Return a system as one Promela process; every step is atomic and goes back to the same place."""
    rules, guarded = steps(system)
    lines = [f"/* {system.name}, by value indices, made from its tables. */"]
    for number, slot in enumerate(system.slots):
        kind = "bit" if len(slot.domain) <= 2 else f"unsigned s{number} : {(len(slot.domain) - 1).bit_length()}"
        start = rules.layout.index[slot.name][system.initial[0][slot.name]]
        lines.append(f"bit s{number} = {start};" if kind == "bit" else f"{kind} = {start};")
    lines += ["active proctype system() {", "  do"]
    for path, patch in guarded:
        test = " && ".join(f"s{place} == {index}" for place, index in path) or "true"
        writes = "; ".join(f"s{place} = {index}" for place, index in patch) or "skip"
        lines.append(f"  :: d_step {{ ({test}) -> {writes} }}")
    return "\n".join([*lines, "  od", "}"]) + "\n"


def murphi(system: System) -> str:
    """Return a system in Murphi's language, for Rumur."""
    rules, guarded = steps(system)
    lines = [f"-- {system.name}, by value indices, made from its tables.", "var"]
    lines += [f"  s{number}: 0 .. {len(slot.domain) - 1};" for number, slot in enumerate(system.slots)]
    lines.append("startstate begin")
    lines += [
        f"  s{number} := {rules.layout.index[slot.name][system.initial[0][slot.name]]};"
        for number, slot in enumerate(system.slots)
    ]
    lines.append("end;")
    for path, patch in guarded:
        test = " & ".join(f"s{place} = {index}" for place, index in path) or "true"
        writes = " ".join(f"s{place} := {index};" for place, index in patch)
        lines.append(f"rule {test} ==> begin {writes} end;")
    return "\n".join(lines) + "\n"
