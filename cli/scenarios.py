"""``haboot scenarios``: what can be checked, and under which assumptions."""

from __future__ import annotations

import click
from haboot.cli.console import terminal
from haboot.ledger import SUITES
from haboot.model import ASSUMPTIONS, NAMES, VARIANTS
from rich.table import Table


@click.command()
def scenarios() -> None:
    """List the scenarios of the suites and the assumptions that can be added to any of them."""
    console = terminal(soft_wrap=False)
    table = Table(title="Scenarios", title_justify="left", box=None, pad_edge=False)
    for column in ("name", "suite", "variant", "prefixes", "nodes", "slots", "what happens", "assumptions"):
        table.add_column(column, overflow="fold")
    standard = {one.name for one in SUITES["standard"]}
    for one in SUITES["full"]:
        suite = "standard" if one.name in standard else "full"
        counts = (str(one.mobile_nodes), str(one.slots))
        table.add_row(
            one.name, suite, one.variant, one.prefixes, *counts, one.summary, ", ".join(sorted(one.assumptions))
        )
    console.print(table)
    console.print()
    console.print(_variants())
    console.print()
    table = Table(title="Assumptions, for --assume", title_justify="left", box=None, pad_edge=False)
    for column in ("name", "about", "what it allows"):
        table.add_column(column, overflow="fold")
    for assumption in ASSUMPTIONS:
        table.add_row(assumption.name, assumption.group, assumption.allows)
    console.print(table)


def _variants() -> Table:
    table = Table(title="Variants, for --variant", title_justify="left", box=None, pad_edge=False)
    for column in ("name", "how mobile nodes are recovered", "how its source is read", "assumptions"):
        table.add_column(column, overflow="fold")
    for one in VARIANTS.values():
        modelled = "every one but the alternatives'" if one.assumptions == NAMES else ", ".join(one.assumptions)
        table.add_row(one.name, one.summary, " ".join(one.readings), modelled)
    return table
