"""``haboot requirements``: the draft's sentences with what became of each."""

from __future__ import annotations

from pathlib import Path

import click
from haboot.checker import Answer, Limits, amount
from haboot.cli.interrupts import SoFar
from haboot.cli.judging import judged
from haboot.cli.listing import Listing, json_option, matching, show, words_argument
from haboot.cli.progress import Meter
from haboot.ledger import Judged
from haboot.model import BENCHES, DRAFT, STANDARD, alternative
from haboot.properties import REQUIREMENTS, Claim, Requirement
from haboot.studies import killed_by


@click.command()
@words_argument("requirements")
@json_option
def requirements(words: tuple[str, ...], json_file: Path | None) -> int:
    """List the requirements, or those that words name or speak of.

    Of each: the properties that state it, their verdicts in fair weather, and how many mutants they kill.
    """
    rows = matching(REQUIREMENTS, words, _texts, "requirement")
    meter, fair = Meter(), list[Judged]()
    others = (alternative(bench.variant) for bench in BENCHES if bench.variant != DRAFT and not bench.choices)
    with SoFar() as cut:
        for one in (*STANDARD, *others):
            if not one.assumptions:
                fair.append(judged(one, Limits(), meter))
    rest = f"{Answer.INCOMPLETE}: interrupted" if cut.status else f"{Answer.UNREACHED}: not in fair weather"
    table = Listing(
        "requirements", ("name", "section", "level", "binds", "property", "fair weather", "kills", "what it asks")
    )
    for row in rows:
        first = row.id, row.section, row.level, row.binds
        if row.waiver:
            table.add(*first, "", "", "", f"{_told(row)} (waived: {row.waiver})")
        for claim in row.claims:
            kills = str(len(killed_by().get(claim.name, ())))
            table.add(*first, claim.name, _verdicts(fair, claim) or rest, kills, _told(row))
    waived = sum(bool(row.waiver) for row in rows)
    scored = sum(bool(killed_by().get(claim.name)) for row in rows for claim in row.claims)
    total = sum(len(row.claims) for row in rows)
    told = f"{amount(len(rows), 'requirement')}: {len(rows) - waived} with properties, {waived} waived"
    show([table], json_file, [f"{told}; {scored} of {amount(total, 'citation')} by properties that kill a mutant"])
    return cut.status or 0


def _texts(row: Requirement) -> tuple[str, ...]:
    return row.id, row.section, row.level, row.binds, *(claim.name for claim in row.claims), _told(row), row.waiver


def _told(row: Requirement) -> str:
    return f"{row.paraphrase} (read as: {row.reading})" if row.reading else row.paraphrase


def _verdicts(fair: list[Judged], claim: Claim) -> str:
    mine = (one for one in fair if claim.speaks_of_draft(one.scenario))
    answers = {v.answer for one in mine for v in one.report.verdicts if v.property.name == claim.name}
    return ", ".join(sorted(answers))
