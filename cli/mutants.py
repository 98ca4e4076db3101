"""``haboot mutants``: weaken the model one guard or effect at a time, and see which property notices."""

from __future__ import annotations

from pathlib import Path

import click
from haboot.cli.options import writable
from haboot.properties.catalogue import CLAIMS
from haboot.properties.mutation import SPARED, Fate, fates, kills
from rich.console import Console
from rich.progress import Progress
from rich.table import Table


@click.command()
@click.option("--write", type=click.Path(path_type=Path, dir_okay=False), help="Write what each property kills.")
def mutants(write: Path | None) -> int:
    """Remove each guard and effect of each participant in turn; list the property that each mutant breaks."""
    writable(write)
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
        names = [claim for claim, _ in fate.killers]
        shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
        table.add_row(fate.mutant, shown or (f"spared: {reason}" if reason else "ALIVE"), fate.scenario)
    console.print(table)
    alive = [fate for fate in results if not fate.killers and fate.mutant not in SPARED]
    spared = sum(not fate.killers for fate in results) - len(alive)
    killed = len(results) - spared - len(alive)
    console.print(f"\n{len(results)} mutants: {killed} killed, {spared} spared with a reason, {len(alive)} alive")
    if write is not None:
        write.write_text(_written(kills(results, [claim.name for claim in CLAIMS])), encoding="utf-8")
    return 1 if alive else 0


def _written(found: dict[str, list[tuple[str, str]]]) -> str:
    lines = ["# Written by `haboot mutants --write`: mutants that each property kills, and the scenario of each.", ""]
    for claim, rows in found.items():
        lines.append(f'"{claim}" = [')
        lines += [f'    ["{mutant}", "{scenario}"],' for mutant, scenario in rows]
        lines.append("]")
    return "\n".join(lines) + "\n"
