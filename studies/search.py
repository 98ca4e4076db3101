"""Search for what breaks: every set of assumptions up to a size, reduced to the minimal ones.

Each set is explored in each flow of each variant; a violation is minimal when no part of its assumptions breaks the
same property.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import combinations

from haboot.checker import Answer, Kind, Limits
from haboot.checker.host import mapped
from haboot.ledger import FINDINGS, Violation
from haboot.model import DRAFT, VARIANTS
from haboot.properties import explored

SIZES = ((1, 1), (2, 1))  # mobile nodes and slots


def candidates(most: int, variants: Iterable[str] = tuple(VARIANTS)) -> Iterator[Violation]:
    """Return all sets of up to ``most`` assumptions in each flow of each variant, small ones first.

    Two mobile nodes have at most one assumption, and in other variants than the draft's none. The sets of the findings
    that are larger come last.
    """
    chosen = [VARIANTS[name] for name in variants]
    for count in range(most + 1):
        for nodes, slots in SIZES:
            for variant in chosen:
                if nodes == 1 or count <= (variant.name == DRAFT):
                    for prefixes in variant.prefixes:
                        for given in combinations(sorted(variant.assumptions), count):
                            yield Violation("", prefixes, nodes, slots, given, 0, variant.name)
    for one in FINDINGS:
        if len(one.assumptions) > most and VARIANTS[one.variant] in chosen:
            given = tuple(sorted(one.assumptions))
            yield Violation("", one.prefixes, one.mobile_nodes, one.slots, given, 0, one.variant)


def broken(candidate: Violation, max_states: int = 8_000) -> dict[str, int]:
    """Return the properties that a candidate breaks, each with the length of its shortest trace."""
    report = explored(candidate.scenario, Limits(max_states), engine="graph").report()
    violated = (one for one in report.verdicts if one.answer is Answer.VIOLATED)
    return {one.property.name: len(one.trace or ()) for one in violated if one.property.kind is not Kind.SOMETIMES}


def minimal(
    tried: Iterable[Violation], done: Callable[[int], None] = lambda _: None, workers: int = 2
) -> Iterator[Violation]:
    """Explore candidates in parallel and yield the minimal violations; ``done`` hears how many are explored."""
    found: list[Violation] = []
    every = list(tried)
    answers = mapped(broken, every, workers, chunksize=4)
    for number, (one, breaks) in enumerate(zip(every, answers, strict=True), start=1):
        done(number)
        for claim, length in breaks.items():
            here = replace(one, claim=claim, length=length)
            if not any(known.claim == claim and known.within(here.scenario) for known in found):
                found.append(here)
                yield here
