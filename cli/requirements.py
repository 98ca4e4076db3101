"""``haboot requirements``: the draft's sentences with what became of each."""

from __future__ import annotations

import click
from haboot.checker import Answer, Limits
from haboot.cli.console import terminal
from haboot.cli.interrupts import SoFar
from haboot.cli.judging import judged
from haboot.cli.progress import Meter
from haboot.ledger import Judged
from haboot.model import BENCHES, DRAFT, STANDARD, alternative
from haboot.properties import REQUIREMENTS, Claim, Requirement
from haboot.studies import killed_by
from rich.table import Table


@click.command()
def requirements() -> int:
    """List the requirements with their verdicts in fair weather, the mutants their properties kill, or the waiver."""
    meter, fair = Meter(), list[Judged]()
    others = (alternative(bench.variant) for bench in BENCHES if bench.variant != DRAFT and not bench.choices)
    with SoFar() as cut:
        for one in (*STANDARD, *others):
            if not one.assumptions:
                fair.append(judged(one, Limits(), meter))
    rest = f"{Answer.INCOMPLETE}: interrupted" if cut.status else f"{Answer.UNREACHED}: not in fair weather"
    table = Table(box=None, pad_edge=False)
    for column in ("row", "section", "level", "binds", "what it asks", "property", "fair weather", "kills"):
        table.add_column(column, overflow="fold")
    for row in REQUIREMENTS:
        first = (row.id, row.section, row.level, row.binds, _told(row))
        if row.waiver:
            table.add_row(*first, f"waived: {row.waiver}", "", "")
        for number, claim in enumerate(row.claims):
            kills = killed_by().get(claim.name, ())
            shown = f"{len(kills)}, e.g. {kills[0][0]}" if kills else "0"
            table.add_row(*(first if not number else ("",) * 5), claim.name, _verdicts(fair, claim) or rest, shown)
    console = terminal()
    console.print(table)
    waived = sum(bool(row.waiver) for row in REQUIREMENTS)
    scored = sum(bool(killed_by().get(claim.name)) for row in REQUIREMENTS for claim in row.claims)
    total = sum(len(row.claims) for row in REQUIREMENTS)
    console.print(
        f"\n{len(REQUIREMENTS)} requirements: {len(REQUIREMENTS) - waived} with properties, {waived} waived; "
        f"{scored} of {total} citations by properties that kill a mutant"
    )
    return cut.status or 0


def _told(row: Requirement) -> str:
    return f"{row.paraphrase} (read as: {row.reading})" if row.reading else row.paraphrase


def _verdicts(fair: list[Judged], claim: Claim) -> str:
    mine = (one for one in fair if claim.speaks_of_draft(one.scenario))
    answers = {v.answer for one in mine for v in one.report.verdicts if v.property.name == claim.name}
    return ", ".join(sorted(answers))
