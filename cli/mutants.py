"""``haboot mutants``: weaken the model one guard or effect at a time, and see which property notices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from pathlib import Path

import click
from haboot.checker import amount
from haboot.cli.console import terminal
from haboot.cli.interrupts import SoFar
from haboot.cli.listing import Listing, json_option, show
from haboot.cli.output import save, writable
from haboot.ledger import Gap, excuse, kills_as_toml, survivors
from haboot.properties import CLAIMS
from haboot.studies import Fate, all_mutants, fates, kills
from rich.progress import Progress


@click.command()
@click.option("--write", type=click.Path(path_type=Path, dir_okay=False), help="Write what each property kills.")
@json_option
def mutants(write: Path | None, json_file: Path | None) -> int:
    """Remove each guard and effect of each participant in turn; list the property that each mutant breaks."""
    writable(write)
    with SoFar() as cut:
        results = list[Fate]()
        for fate in tried():
            results.append(fate)
    table = Listing("mutants", ("mutant", "in scenario", "killed by"))
    for fate in results:
        reason = excuse("mutant", fate.mutant)
        names = [claim for claim, _ in fate.killers]
        shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
        table.add(fate.mutant, fate.scenario, shown or (f"spared: {reason}" if reason else "ALIVE"))
    lacking = alive(results)
    totals = [_count(results, lacking)]
    if cut.status:
        totals.append(f"INTERRUPTED: {amount(len(all_mutants()) - len(results), 'mutant')} not tried")
    show([table], json_file, totals)
    if cut.status:
        return cut.status
    if write is not None:
        save(write, kills_as_toml(kills(results, [claim.name for claim in CLAIMS])))
    return 1 if any(not one.reason for one in lacking) else 0


def tried() -> Iterator[Fate]:
    """The fate of each mutant in turn, with progress on a terminal."""
    with Progress(console=terminal(stderr=True), transient=True) as bar:
        task = bar.add_task("mutants", total=len(all_mutants()))
        for fate in fates():
            yield fate
            bar.advance(task)


def alive(results: Iterable[Fate]) -> tuple[Gap, ...]:
    """Return the mutants that no property noticed, with the reason of those that are spared."""
    return survivors(fate.mutant for fate in results if not fate.killers)


def _count(results: Sized, lacking: tuple[Gap, ...]) -> str:
    spared = sum(bool(one.reason) for one in lacking)
    killed = len(results) - len(lacking)
    told = f"{killed} killed, {spared} spared with a reason, {len(lacking) - spared} alive"
    return f"{amount(len(results), 'mutant')}: {told}"
