"""``haboot mutants``: weaken the model one guard or effect at a time, and see which property notices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from pathlib import Path

import click
from haboot.checker import amount
from haboot.cli.completion import names as offered
from haboot.cli.console import terminal
from haboot.cli.interrupts import SoFar
from haboot.cli.listing import Listing, json_option, show
from haboot.cli.output import save, writable
from haboot.ledger import Gap, Own, excuse, kills_as_toml, models_of, survivors
from haboot.properties import CLAIMS
from haboot.studies import Fate, all_mutants, fates, kills, mutants_of, own_fates
from rich.progress import Progress


@click.command()
@click.argument("names", nargs=-1, metavar="[FILE.py[:NAME]]...", shell_complete=offered(files=True))
@click.option("--write", type=click.Path(path_type=Path, dir_okay=False), help="Write what each property kills.")
@json_option
def mutants(names: tuple[str, ...], write: Path | None, json_file: Path | None) -> int:
    """Remove each guard and effect of each participant in turn; list the property that each mutant breaks.

    With names, of models of your own; exit status 1 where no property notices a mutant.
    """
    if names and write is not None:
        raise click.UsageError("--write is for the properties that haboot has: what a model's notice is not kept")
    writable(write)
    models = [one for name in names for one in models_of(name)]
    total = sum(1 for one in models for _ in mutants_of(one.model)) if names else len(all_mutants())
    with SoFar() as cut:
        results = list[Fate]()
        for fate in _followed(_own(models) if names else fates(), total):
            results.append(fate)
    what = "model" if names else "scenario"
    table = Listing("mutants", ("mutant", f"in {what}", "killed by"))
    for fate in results:
        reason = excuse("mutant", fate.mutant)
        killers = [claim for claim, _ in fate.killers]
        shown = ", ".join(killers[:3]) + (" …" if len(killers) > 3 else "")
        table.add(fate.mutant, fate.scenario, shown or (f"spared: {reason}" if reason else "ALIVE"))
    lacking = alive(results)
    totals = [_count(results, lacking)]
    if cut.status:
        totals.append(f"INTERRUPTED: {amount(total - len(results), 'mutant')} not tried")
    show([table], json_file, totals)
    if cut.status:
        return cut.status
    if write is not None:
        save(write, kills_as_toml(kills(results, [claim.name for claim in CLAIMS])))
    return 1 if any(not one.reason for one in lacking) else 0


def tried() -> Iterator[Fate]:
    """The fate of each mutant of the protocol in turn, with progress on a terminal."""
    return _followed(fates(), len(all_mutants()))


def _own(models: Iterable[Own]) -> Iterator[Fate]:
    for one in models:
        with one.blamed():
            yield from own_fates(one.model)


def _followed(some: Iterable[Fate], total: int) -> Iterator[Fate]:
    with Progress(console=terminal(stderr=True), transient=True) as bar:
        task = bar.add_task("mutants", total=total)
        for fate in some:
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
