"""``haboot fuzz --mutants``: faults seeded in the machines, and which of them drawn runs find."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

from haboot.cli.console import terminal
from haboot.cli.interrupts import SoFar
from haboot.cli.listing import Listing, show
from haboot.cli.output import is_printed, save
from haboot.studies import EXAMPLES, Find, all_mutants, finds
from rich.progress import Progress

ENOUGH = 0.9  # of the mutants


def faults(examples: int | None, seed: int, json_file: Path | None, workers: int) -> int:
    """Hunt every mutant, list what became of each, and return 1 when fewer than nine in ten are found."""
    console, start, results = terminal(stderr=is_printed(json_file)), perf_counter(), list[Find]()
    with SoFar() as cut, Progress(console=terminal(stderr=True), transient=True) as bar:
        task = bar.add_task("mutants", total=len(all_mutants()))
        for find in finds(examples or EXAMPLES, seed, workers):
            results.append(find)
            bar.update(task, completed=len(results))
    if cut.status:
        told = f"{sum(bool(one.oracle) for one in results)} of {len(results)} seeded faults found so far"
        console.print(f"INTERRUPTED: {told}; {len(all_mutants()) - len(results)} left", style="bold yellow")
        return cut.status
    missed = [one for one in results if not one.oracle and not one.spared]
    due = [one for one in results if one.oracle or not one.spared]
    by = {oracle: sum(one.oracle == oracle for one in results) for oracle in ("property", "lockstep")}
    console.print(
        f"{len(due) - len(missed)} of {len(due)} seeded faults found ({(len(due) - len(missed)) / len(due):.0%}), "
        f"{len(missed)} missed, {len(results) - len(due)} spared with a reason",
        style="bold",
    )
    told = f"{by['property']} break a property that a run shows, {by['lockstep']} part from the tables alone"
    console.print(f"  {told}; seed {seed}; {perf_counter() - start:.1f} s\n", style="dim", highlight=False)
    if not is_printed(json_file):
        show([_listing(results)])
    if json_file is not None:
        data = {"haboot": version("haboot"), "seed": seed, "faults": [asdict(one) for one in results]}
        save(json_file, json.dumps(data, indent=2) + "\n")
    return 1 if len(missed) > (1 - ENOUGH) * len(due) else 0


def _listing(results: list[Find]) -> Listing:
    table = Listing("faults", ("mutant", "examples", "in scenario", "found by"))
    for one in sorted(results, key=lambda each: bool(each.oracle)):
        missed = f"spared: {one.spared}" if one.spared else "MISSED"
        table.add(one.mutant, str(one.examples or ""), one.scenario, one.broken or one.oracle or missed)
    return table
