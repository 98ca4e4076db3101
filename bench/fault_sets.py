"""Minimal sets of faults beside brute force: ``python -m bench.fault_sets different 2 --workers 2 --keep FILE``.

Every set of up to so many faults is explored by itself, and the minimal ones among those that break a monotone
property, or reach what is *sometimes* so, are laid beside those of one search. So are those under which a bound cuts.
What each set comes to is kept in a file as it comes, so that a run that was ended goes on from there; the file speaks
of one version of the code.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter

from haboot.checker import Answer, Kind, ModelError, check
from haboot.checker.boundary import minimal
from haboot.checker.host import mapped
from haboot.model import Scenario, system
from haboot.properties import properties
from haboot.studies import MONOTONE, faulty_scenario, minimal_fault_sets, sets_up_to

SEARCH, ALONE = "one search", "each set by itself"
BOUND = "(a bound cuts)"  # stands for a property that breaks where one does
Sets = dict[str, set[frozenset[str]]]


def by_brute_force(
    scenario: Scenario, names: Iterable[str], most: int, workers: int = 1, keep: Path | None = None
) -> Sets:
    """Return by property the minimal sets that settle it; each set is explored by itself, unless its file has it."""
    kept = {} if keep is None else _kept(keep, scenario)
    every = list(sets_up_to(tuple(names), most))
    todo = [given for given in every if given not in kept]
    task = partial(settled, scenario)
    with nullcontext() if keep is None else keep.open("a", encoding="utf-8") as file:
        for given, some in zip(todo, map(task, todo) if workers == 1 else mapped(task, todo, workers), strict=True):
            kept[given] = some
            if file is not None:
                print(json.dumps([sorted(given), some]), file=file, flush=True)
    known: dict[str, list[frozenset[str]]] = {}
    for given in every:
        for name in kept[given]:
            known.setdefault(name, []).append(given)
    return {name: set(minimal(some)) for name, some in known.items()}


def settled(scenario: Scenario, given: frozenset[str]) -> list[str]:
    """Return the properties that one set of faults settles, and BOUND where a bound cuts."""
    here = replace(scenario, assumptions=scenario.assumptions | given)
    product = system(here)
    report = check(product, [one for one in properties(here, product) if one.kind in MONOTONE])
    wanted = {Kind.SOMETIMES: Answer.HOLDS}
    some = [one for one in report.verdicts if one.answer is wanted.get(one.property.kind, Answer.VIOLATED)]
    return [*(one.property.name for one in some), *([BOUND] if report.space.bounds_hit else [])]


def _kept(file: Path, scenario: Scenario) -> dict[frozenset[str], list[str]]:
    """Return what a file has of a scenario, and begin one where there is none; a line without its end is cut off."""
    title = json.dumps([scenario.prefixes, scenario.mobile_nodes, sorted(scenario.assumptions)])
    whole, _, _ = file.read_text(encoding="utf-8").rpartition("\n") if file.exists() else ("", "", "")
    first, *lines = whole.splitlines() or [title]
    if first != title:
        raise ModelError(f"{file} keeps what sets come to in {first}, not in {title}; name another file")
    file.write_text("\n".join((title, *lines, "")), encoding="utf-8")
    return {frozenset(given): some for given, some in map(json.loads, lines)}


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
    parser.add_argument("--workers", type=int, default=1, help="processes that explore sets by themselves")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="keep what each set comes to, and go on from there")
    given = parser.parse_args()
    scenario = Scenario("faults", "", given.prefixes, mobile_nodes=given.mobile_nodes)
    names = faulty_scenario(scenario, [one for one in given.among.split(",") if one]).names
    sides = list[Sets]()
    alone = partial(by_brute_force, workers=given.workers, keep=given.keep)
    for title, side in ((SEARCH, by_search), (ALONE, alone)):
        begun = perf_counter()
        sides.append(side(scenario, names, given.order))
        took, count = perf_counter() - begun, sum(map(len, sides[-1].values()))
        print(f"{title}: {count} minimal sets in {took:.0f} s", flush=True)  # noqa: T201 - the output
    differ = differences(*sides)
    print(*differ, f"{len(differ)} differences", sep="\n")  # noqa: T201 - the output
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
