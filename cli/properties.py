"""``haboot properties``: every claim that is checked, one line each."""

from __future__ import annotations

import click
from haboot.cli.console import terminal
from haboot.properties import CLAIMS
from rich.table import Table


@click.command()
def properties() -> None:
    """List the properties: name, kind, what it says, and the requirements or sources it cites."""
    table = Table(box=None, pad_edge=False)
    for column in ("name", "kind", "what it says", "cites"):
        table.add_column(column, overflow="fold")
    for claim in CLAIMS:
        table.add_row(claim.name, str(claim.kind), claim.statement, ", ".join(claim.cites))
    terminal().print(table)
