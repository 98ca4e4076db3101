"""``haboot properties``: every claim that is checked, one line each."""

from __future__ import annotations

from pathlib import Path

import click
from haboot.cli.listing import Listing, json_option, matching, show, words_argument
from haboot.properties import CLAIMS, Claim


@click.command()
@words_argument("properties")
@json_option
def properties(words: tuple[str, ...], json_file: Path | None) -> None:
    """List the properties, or those that words name or speak of: name, kind, what it cites, and what it says."""
    table = Listing("properties", ("name", "kind", "cites", "what it says"))
    for claim in matching(CLAIMS, words, _texts, "property"):
        table.add(claim.name, str(claim.kind), ", ".join(claim.cites), claim.statement)
    show([table], json_file)


def _texts(claim: Claim) -> tuple[str, ...]:
    return claim.name, str(claim.kind), *claim.cites, claim.statement
