"""Seeded faults: each mutant of the model as an implementer's machine, hunted by drawn runs.

Two oracles look on. *Lockstep*: the mutant runs as the machine, the unchanged model as the tables, and they part.
*Property*: the mutant is the model, and a run breaks a property that holds of the unchanged one. The first finds any
difference that a run meets; the second says what it breaks. Neither knows which mutant it has before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import count

from haboot.checker import Answer, Kind, ModelError
from haboot.checker.fuzzing import LOCKSTEP, Fuzzer, Unfolded
from haboot.checker.host import mapped
from haboot.checker.machines import Mutant
from haboot.ledger import excuse, expected
from haboot.model import PARTICIPANTS, composition
from haboot.properties import run_properties
from haboot.studies.mutation import all_mutants, killed_by
from haboot.studies.tried import SCENARIOS

EXAMPLES = 2_000  # in all scenarios together
STEPS = 60
KNOWN = 8  # examples at first where a property is known to notice the mutant
NAMING = 16  # examples spent on the property, once the lockstep has told


@dataclass(frozen=True, slots=True)
class Find:
    """What became of a mutant: in which scenario it was found after how many examples, and by what.

    ``oracle`` is "lockstep", "property" or empty; ``what`` says how the machine parted, ``broken`` which property
    broke and ``spared`` why the mutant need not be found.
    """

    mutant: str
    scenario: str = ""
    oracle: str = ""
    what: str = ""
    broken: str = ""
    examples: int = 0
    spared: str = ""


def finds(examples: int = EXAMPLES, seed: int = 0, workers: int = 2) -> Iterator[Find]:
    """Return the fate of every mutant, in order; neither the number of workers nor their order matters."""
    jobs = [(number, examples, seed) for number in range(len(all_mutants()))]
    yield from mapped(_hunted, jobs, workers)


def _hunted(job: tuple[int, int, int]) -> Find:
    number, examples, seed = job
    return hunted(all_mutants()[number], examples, seed)


def hunted(mutant: Mutant, examples: int, seed: int) -> Find:
    """Hunt one mutant through the scenarios in which its change can show, likely ones first."""
    fuzzers: dict[str, Fuzzer] = {}
    spent = 0
    found = Find(mutant.name, spared=excuse("mutant", mutant.name))
    for name, size in _turns(mutant):
        given = min(size, examples - spent)
        if given <= 0:
            break
        fuzzer = fuzzers.setdefault(name, _lockstep(mutant, name, seed))
        before = fuzzer.tally.examples
        fuzzer.survey(given)
        spent += fuzzer.tally.examples - before
        if LOCKSTEP in fuzzer.tally.seen:
            broken, more = _broken(mutant, name, min(NAMING, examples - spent), seed)
            what, oracle = fuzzer.tally.seen[LOCKSTEP].about, "property" if broken else "lockstep"
            return replace(found, scenario=name, oracle=oracle, what=what, broken=broken, examples=spent + more)
    return replace(found, examples=spent)


def _turns(mutant: Mutant) -> Iterator[tuple[str, int]]:
    """Return scenarios in which a mutant's change can show, each with a number of examples.

    First come those in which some property is known to notice it, then all, the freest first, again and again, with
    twice as many examples in each pass.
    """
    usual = PARTICIPANTS[mutant.participant.name]
    changed = {one.name for one, old in zip(mutant.participant.rows, usual.rows, strict=True) if one != old}
    known = dict.fromkeys(name for rows in killed_by().values() for one, name in rows if one == mutant.name)
    yield from ((name, KNOWN) for name in known)
    names = [name for name in SCENARIOS if _enabled(name, usual.name) & changed]
    names.sort(key=lambda name: -len(SCENARIOS[name].assumptions))
    for turn in count() if names else ():
        yield from ((name, 2**turn) for name in names)


def _lockstep(mutant: Mutant, name: str, seed: int) -> Fuzzer:
    implementation = composition(SCENARIOS[name], {mutant.participant.name: mutant.participant})
    return Fuzzer(_tables(name).against(implementation), (), STEPS, seed)


def _broken(mutant: Mutant, name: str, examples: int, seed: int) -> tuple[str, int]:
    """Return the first sound property that runs of a mutant break, and the number of examples drawn."""
    scenario, changed = SCENARIOS[name], {mutant.participant.name: mutant.participant}
    world = Unfolded(composition(scenario, changed))
    claims = [one for one in run_properties(scenario, world) if one.name in _sound(name)]
    fuzzer = Fuzzer(world, claims, STEPS, seed)
    try:
        fuzzer.survey(examples, stop=frozenset(one.name for one in claims))
    except ModelError:
        return "", fuzzer.tally.examples  # the model refuses such a machine: the lockstep has said so
    return next(iter(sorted(fuzzer.tally.seen)), ""), fuzzer.tally.examples


@cache
def _enabled(name: str, kind: str) -> frozenset[str]:
    """The triggers that some machine of a kind can take in a scenario."""
    machines = [one for one in composition(SCENARIOS[name]).instances if one.participant.name == kind]
    return frozenset(row.name for one in machines for row in one.participant.rows if row.name not in one.disabled)


@cache
def _tables(name: str) -> Unfolded:
    return Unfolded(composition(SCENARIOS[name]))


@cache
def _sound(name: str) -> frozenset[str]:
    """The properties known to hold of the unchanged model in a scenario, and that a run can break."""
    scenario, world = SCENARIOS[name], _tables(name)
    proven = {claim for claim, rows in killed_by().items() if any(where == name for _, where in rows)}
    judged = [one for one in run_properties(scenario, world) if one.kind is not Kind.SOMETIMES]
    held = {one.name for one in judged if expected(scenario, one.name, one.kind) is Answer.HOLDS}
    return frozenset(held | proven & {one.name for one in judged})
