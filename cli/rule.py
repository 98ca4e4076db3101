"""``haboot rule``: one sentence of the draft with all that states, keeps and breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import click
from haboot.checker import ModelError, Participant, Row, nearest, place_of
from haboot.cli.completion import names as offered
from haboot.cli.console import terminal
from haboot.ledger import FINDINGS
from haboot.model import AMENDMENTS, PARTICIPANTS, changed
from haboot.properties import CLAIMS, REQUIREMENTS, Citation, Claim, Requirement, citations
from haboot.studies import killed_by
from rich.text import Text

SHORTEST = 2  # letters of a word worth looking for


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="R18|4.3|WORD...", shell_complete=offered("requirements"))
def rule(words: tuple[str, ...]) -> int:
    """Show a sentence of the draft: what states it, which rows follow it, which mutants it kills, and what breaks it.

    A rule is named by its requirement (R18), by its section (4.3), or by words of it; a place in another document, as
    RFC 5142 6.1, shows what rests on that.
    """
    console = terminal()
    for number, lines in enumerate(_shown(" ".join(words))):
        if number:
            console.print()
        console.print(*lines, sep="\n", soft_wrap=True)
    return 0


def _shown(asked: str) -> Iterator[list[Text]]:
    found = tuple(_requirements(asked))
    for one in found:
        yield _lines(_title(one), Citation("", one.section, one.id), one.id)
    if not found:
        place = _elsewhere(asked)
        yield _lines([Text(str(place), "bold")], place, str(place))


def _requirements(asked: str) -> Iterator[Requirement]:
    """The requirements that somebody means: by R18, else by section, else by 18, else by words of them."""
    by_id = [one for one in REQUIREMENTS if one.id.lower() == asked.lower()]
    by_section = [one for one in REQUIREMENTS if one.section.split()[0] == asked]
    by_number = [one for one in REQUIREMENTS if one.id == f"R{asked}"]
    words = asked.lower().split()
    texts = {one: f"{one.paraphrase} {one.reading}".lower() for one in REQUIREMENTS}
    by_words = [one for one in REQUIREMENTS if all(word in texts[one] for word in words)]
    yield from by_id or by_section or by_number or (by_words if any(len(word) >= SHORTEST for word in words) else ())


def _elsewhere(asked: str) -> Citation:
    """The place in another document that somebody means; raises ModelError where nothing rests on it."""
    known = [*dict.fromkeys(str(one) for one in _all_cited())]
    try:
        (place,) = citations(asked)
    except (ModelError, ValueError):
        place = Citation("", "")
    if not any(place.covers(one) for one in _all_cited()) or not str(place):
        hint = nearest(asked, (*(one.id for one in REQUIREMENTS), *known))
        raise ModelError(f"no rule says '{asked}', and nothing cites it{hint} (see 'haboot requirements')")
    return place


def _all_cited() -> Iterator[Citation]:
    for participant in PARTICIPANTS.values():
        for row in participant.rows:
            yield from citations(row.cites)
    for claim in CLAIMS:
        yield from citations(claim.cites)
    for finding in FINDINGS:
        yield from citations(finding.cites)
    for name, one in AMENDMENTS.items():
        yield from citations(one.cites)
        for change in changed(PARTICIPANTS, name):
            yield from citations(change.row.cites)


def _title(one: Requirement) -> list[Text]:
    lines = [Text.assemble((one.id, "bold"), f"  section {one.section}, {one.level}, binds {one.binds}")]
    lines.append(Text(f"  {one.paraphrase}"))
    if one.reading:
        lines.append(Text(f"  read as: {one.reading}", "dim"))
    if one.waiver:
        lines.append(Text(f"  waived: {one.waiver}", "dim"))
    return lines


def _lines(title: list[Text], place: Citation, name: str) -> list[Text]:
    def cites(texts: str | Iterable[str]) -> bool:
        return any(place.covers(one) for one in citations(texts))

    claims = [claim for claim in CLAIMS if cites(claim.cites)]
    lines = [*title, *(line for claim in claims for line in _property(claim))]
    for participant in PARTICIPANTS.values():
        lines += _rows(participant, [number for number, row in enumerate(participant.rows) if cites(row.cites)])
    for finding in FINDINGS:
        if cites(finding.cites):
            lines.append(Text.assemble("  finding   ", (finding.name, "red"), f": {finding.headline}"))
    lines += _amended(cites)
    if len(lines) == len(title):
        lines.append(Text(f"  nothing cites {name}", "dim"))
    return lines


def _amended(cites: Callable[[str], bool]) -> Iterator[Text]:
    """The amendments that change a sentence, and the rows of others that follow it, each as it would be."""
    for name, one in AMENDMENTS.items():
        rows = [
            Text(f"    {'row' if change.added else 'not'}     {change.participant}: {_row(change.row)}", "dim")
            for change in changed(PARTICIPANTS, name)
            if cites(change.row.cites)
        ]
        if rows or cites(one.cites):
            yield Text.assemble("  amendment ", (name, "green"), f": {one.changes}")
            yield from rows


def _property(claim: Claim) -> Iterator[Text]:
    yield Text.assemble("  property  ", (claim.name, "bold"), f" ({claim.kind}): {claim.statement}  {place_of(claim)}")
    for mutant, scenario in killed_by().get(claim.name, ()):
        yield Text(f"    kills   {mutant}, in {scenario}", "dim")
    if broken := [finding.name for finding in FINDINGS if finding.claim == claim.name]:
        yield Text.assemble("    broken  ", (", ".join(broken), "red"))


def _rows(participant: Participant, numbers: list[int]) -> Iterator[Text]:
    for number in numbers:
        row = participant.rows[number]
        yield Text(f"  row       {participant.name}: {_row(row)}  {place_of(row)}")


def _row(row: Row) -> str:
    names = [one.__name__ for one in row.guards], [one.__name__ for one in row.effects]
    guards, effects = (", ".join(group) for group in names)
    asks = f" [{guards}]" if guards else ""
    does = f" / {effects}" if effects else ""
    return f"{row.name}{asks}{does}, {' | '.join(row.source)} to {'itself' if row.dest == '=' else row.dest}"
