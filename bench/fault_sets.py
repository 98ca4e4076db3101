"""Minimal sets of faults beside brute force: ``python -m bench.fault_sets different 2 --mobile-nodes 1``.

Every set of up to so many faults is explored by itself, and the minimal ones among those that break a monotone
property, or reach what is *sometimes* so, are laid beside those of one search. So are those under which a bound cuts.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from dataclasses import replace
from time import process_time

from haboot.checker import Answer, Kind, check
from haboot.checker.boundary import minimal
from haboot.model import Scenario, system
from haboot.properties import properties
from haboot.studies import MONOTONE, faulty_scenario, minimal_fault_sets, sets_up_to

SEARCH, ALONE = "one search", "each set by itself"
BOUND = "(a bound cuts)"  # stands for a property that breaks where one does
Sets = dict[str, set[frozenset[str]]]


def by_brute_force(scenario: Scenario, names: Iterable[str], most: int) -> Sets:
    """Return by property the minimal sets that settle it; each set is explored by itself."""
    known: dict[str, list[frozenset[str]]] = {}
    for given in sets_up_to(tuple(names), most):
        here = replace(scenario, assumptions=scenario.assumptions | given)
        product = system(here)
        report = check(product, [one for one in properties(here, product) if one.kind in MONOTONE])
        if report.space.bounds_hit:
            known.setdefault(BOUND, []).append(given)
        for one in report.verdicts:
            wanted = Answer.HOLDS if one.property.kind is Kind.SOMETIMES else Answer.VIOLATED
            if one.answer is wanted:
                known.setdefault(one.property.name, []).append(given)
    return {name: set(minimal(some)) for name, some in known.items()}


def by_search(scenario: Scenario, names: Iterable[str], most: int) -> Sets:
    """Return the same from one search."""
    found = minimal_fault_sets(faulty_scenario(scenario, names), most)
    every = {**found.sets, **found.reached}
    sets = {name: {frozenset(one.faults) for one in some} for name, some in every.items()}
    return {**sets, BOUND: set(found.bounded)} if found.bounded else sets


def differences(one: Sets, other: Sets) -> list[str]:
    """Return what one side alone has, a line each."""
    told = list[str]()
    for name in sorted(one.keys() | other.keys()):
        for title, sets, others in ((SEARCH, one, other), (ALONE, other, one)):
            alone = minimal(sets.get(name, set()) - others.get(name, set()))
            told += [f"{title} alone: {name} under {', '.join(sorted(some)) or 'nothing'}" for some in alone]
    return told


def main() -> int:
    """Print what each side took and found; 1 where they differ."""
    parser = argparse.ArgumentParser(prog="bench.fault_sets", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("prefixes", choices=("same", "different"))
    parser.add_argument("order", type=int, help="the most faults in a set")
    parser.add_argument("--mobile-nodes", type=int, default=1)
    parser.add_argument("--among", default="", help="only these faults, with commas between")
    given = parser.parse_args()
    scenario = Scenario("faults", "", given.prefixes, mobile_nodes=given.mobile_nodes)
    names = faulty_scenario(scenario, [one for one in given.among.split(",") if one]).names
    sides = list[Sets]()
    for title, side in ((SEARCH, by_search), (ALONE, by_brute_force)):
        begun = process_time()
        sides.append(side(scenario, names, given.order))
        took, count = process_time() - begun, sum(map(len, sides[-1].values()))
        print(f"{title}: {count} minimal sets in {took:.0f} s of processor time", flush=True)  # noqa: T201 - the output
    differ = differences(*sides)
    print(*differ, f"{len(differ)} differences", sep="\n")  # noqa: T201 - the output
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
