"""``haboot mutants``: weaken the model one guard or effect at a time, and see which property notices."""

from __future__ import annotations

import click
from haboot.properties.mutation import SPARED, Fate, fates
from rich.console import Console
from rich.progress import Progress
from rich.table import Table


@click.command()
def mutants() -> int:
    """Remove each guard and effect of each participant in turn; list the property that each mutant breaks."""
    console, results = Console(), list[Fate]()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("mutants", total=None)
        for fate in fates():
            results.append(fate)
            bar.update(task, completed=len(results))
    table = Table(box=None, pad_edge=False)
    for column in ("mutant", "killed by", "in scenario"):
        table.add_column(column, overflow="fold")
    for fate in results:
        reason = SPARED.get(fate.mutant)
        shown = ", ".join(fate.killers[:3]) + (" …" if len(fate.killers) > 3 else "")
        table.add_row(fate.mutant, shown or (f"spared: {reason}" if reason else "ALIVE"), fate.scenario)
    console.print(table)
    alive = [fate for fate in results if not fate.killers and fate.mutant not in SPARED]
    spared = sum(not fate.killers for fate in results) - len(alive)
    killed = len(results) - spared - len(alive)
    console.print(f"\n{len(results)} mutants: {killed} killed, {spared} spared with a reason, {len(alive)} alive")
    return 1 if alive else 0
