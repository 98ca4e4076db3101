"""``haboot promises``: what each liveness property silently relies on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from haboot.checker import amount
from haboot.cli.completion import names as offered
from haboot.cli.console import terminal
from haboot.cli.options import chosen, scenario_options
from haboot.cli.output import save, writable
from haboot.ledger import Needed, needed_as_toml
from haboot.model import Scenario
from haboot.studies import EverySet, all_needs, all_sets
from rich.progress import Progress
from rich.text import Text


@click.command()
@click.argument("names", nargs=-1, metavar="[SCENARIO|FILE.toml]...", shell_complete=offered("scenarios", files=True))
@scenario_options
@click.option("--write", type=click.Path(path_type=Path, dir_okay=False), help="Write what was found as a ledger.")
@click.option("--every", is_flag=True, help="Find all such sets, and what would mend a property that fails.")
def promises(
    *, names: tuple[str, ...], assume: tuple[tuple[str, ...], ...], write: Path | None, every: bool, **changes: Any
) -> int:
    """Show the promises of fairness that each liveness property needs; without names, in the standard suite.

    Of a property that holds a smallest set of promises is found, none of which can be spared beside the others, and
    weak ones are preferred; there may be other such sets. What it would answer if all promises were weak stands first.
    """
    writable(write)
    scenarios = chosen(names, "standard", changes, assume)
    if every:
        if write is not None:
            raise click.UsageError("--write keeps one set of each property, and --every finds all: give one of them")
        return _every(scenarios)
    found = list[tuple[Scenario, tuple[Needed, ...]]]()
    console = terminal()
    with Progress(console=terminal(stderr=True), transient=True) as bar:
        task = bar.add_task("scenarios", total=len(scenarios))
        for scenario, some in zip(scenarios, all_needs(scenarios), strict=True):
            found.append((scenario, some))
            console.print(*_lines(scenario, some), sep="\n", soft_wrap=True)
            bar.advance(task)
    count = sum(len(some) for _, some in found)
    strong = sum(bool(one.strong) for _, some in found for one in some)
    console.print(f"{count} liveness verdicts that hold: {strong} need strong promises")
    if write is not None:
        save(write, needed_as_toml(found))
    return 0


def _every(scenarios: Sequence[Scenario]) -> int:
    """Show all minimal sets of each liveness property."""
    console = terminal()
    with Progress(console=terminal(stderr=True), transient=True) as bar:
        task = bar.add_task("scenarios", total=len(scenarios))
        for scenario, some in zip(scenarios, all_sets(scenarios), strict=True):
            console.print(Text(scenario.name, style="bold"), *_sets(some), Text(), sep="\n", soft_wrap=True)
            bar.advance(task)
    return 0


def _sets(some: Iterable[EverySet]) -> Iterator[Text]:
    for one in some:
        count = amount(len(one.sets), "minimal set")
        if one.holds:
            told = f"holds under {count} of promises"
        else:
            told = f"fails; {count} more would mend it" if one.sets else "fails; no promise about actions would mend it"
        yield Text(f"  {one.claim:<30} {told}{'' if one.whole else ', and perhaps under others'}")
        for number, (weak, strong) in enumerate(one.sets, start=1):
            yield Text(f"    {number}. {amount(len(weak), 'weak promise')}, {len(strong)} strong", style="dim")
            for kind, names in (("weak", weak), ("strong", strong)):
                yield from (Text(f"       {kind:<7}{name}", style="dim") for name in names)


def _lines(scenario: Scenario, some: tuple[Needed, ...]) -> list[Text]:
    lines = [Text(scenario.name, style="bold")]
    for one in some:
        lines.append(Text.assemble(f"  {one.claim:<30} {one}", (f"; under weak ones {one.answer}", "dim")))
        for kind, names in (("weak", one.weak), ("strong", one.strong)):
            lines += [Text(f"    {kind:<7}{name}", style="dim") for name in names]
    return [*lines, Text()]
