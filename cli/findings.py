"""``haboot findings``: the known flaws, and the search that finds the minimal violations behind them."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import click
from haboot.checker import Answer, Limits, Verdict, amount
from haboot.cli.console import terminal
from haboot.cli.interrupts import SoFar
from haboot.cli.judging import judged
from haboot.cli.listing import Listing, json_option, matching, show, words_argument
from haboot.cli.options import document_option
from haboot.cli.output import save, writable
from haboot.cli.progress import Meter
from haboot.cli.sharing import all_results
from haboot.cli.whole import Whole
from haboot.cli.writeup import flow, write_up
from haboot.ledger import FINDINGS, SUITES, Finding, OfProtocol, Violation
from haboot.ledger import violation as ledger
from haboot.studies import Search, candidates, mechanisms
from rich.console import Console
from rich.progress import Progress


@click.command()
@words_argument("findings")
@json_option
@click.option("--verify", is_flag=True, help="Explore each again, and fail where one is gone.")
@click.option("--all", "every", is_flag=True, help="List every minimal violation of the ledger as well.")
@click.option(
    "--minimal", "show_minimal", is_flag=True, help="Drop each assumption of each finding and show what holds."
)
@click.option("--mechanisms", "ways", is_flag=True, help="List every way in which each finding's property breaks.")
@document_option
@click.option("--search", type=Whole(0), metavar="N", help="Search all sets of up to N assumptions again.")
@click.option("--write", type=click.Path(path_type=Path, dir_okay=False), help="Write what --search found as a ledger.")
def findings(
    *,
    words: tuple[str, ...],
    json_file: Path | None,
    document: Path | None,
    search: int | None,
    write: Path | None,
    **wanted: bool,
) -> int:
    """List the findings, or those that words name or speak of.

    Of each: the property, the assumptions that it needs, and the length of its shortest trace, as the ledger has it.
    """
    if search is not None or write is not None:
        return _search(search, write, terminal())
    writable(document)
    if document is not None:
        save(document, write_up())
        return 0
    every = sorted(FINDINGS, key=lambda one: (one.claim, one.name))
    asked = matching(every, words, _texts, "finding", due=not wanted["every"])
    if wanted["ways"]:
        return _list_mechanisms(asked, json_file)
    meter, missing, shown = Meter(), 0, 0
    table = Listing("findings", ("finding", "property", "assumptions", "flow", "nodes", "trace", "what goes wrong"))
    open_ones = [one for one in asked if wanted["verify"] or not ledger.known_length(one)]
    with SoFar() as cut, closing(_verdicts(open_ones, meter)) as verdicts:
        for finding in asked:
            known = 0 if wanted["verify"] else ledger.known_length(finding)
            length = str(known)
            if not known:
                verdict = next(verdicts)
                missing += verdict.answer is not Answer.VIOLATED
                length = str(len(verdict.trace)) if verdict.trace else str(verdict.answer)
            assumed = ", ".join(finding.assumptions) or "none"
            facts = (flow(finding), f"{finding.mobile_nodes}", length)
            table.add(finding.name, finding.claim, assumed, *facts, finding.what)
            shown += 1
    if cut.status:
        told = f"{shown} of {amount(len(asked), 'finding')} so far, {missing} of them gone"
        show([table], json_file, [f"INTERRUPTED: {told}"])
        return cut.status
    tables = [table]
    if wanted["show_minimal"]:
        less, still = _dropped(asked, meter)
        tables, missing = [*tables, less], missing + still
    if wanted["every"]:
        tables += _of_ledger(words)
    show(tables, json_file, _totals(asked, missing))
    return 1 if missing else 0


def _verdicts(some: Sequence[Finding], meter: Meter) -> Generator[Verdict]:
    """Explore the scenario of each finding, and return the verdicts on their properties."""
    found = all_results([OfProtocol(one.scenario) for one in some], Limits(), meter)
    for finding, one in zip(some, found, strict=True):
        if one.subject != OfProtocol(finding.scenario):  # what finished in spite of an interrupt, out of turn
            deque(found, maxlen=0)  # which is raised at the end of it
        yield next(verdict for verdict in one.verdicts if verdict.property.name == finding.claim)


def _texts(one: Finding) -> tuple[str, ...]:
    return one.name, one.claim, *one.assumptions, one.headline, one.what


def _of_ledger(words: tuple[str, ...]) -> list[Listing]:
    open_ones = ledger.left_open()
    tables = [_rows("minimal violations", ledger.violations(), words)]
    return [*tables, _rows("left open by a bound", open_ones, words)] if open_ones else tables


def _totals(asked: Sequence[Finding], missing: int) -> list[str]:
    gone = f", {missing} of them gone" if missing else ""
    told = f"{amount(len(asked), 'finding')}{gone}"
    if len(asked) < len(FINDINGS):
        return [told]  # what is known beside is of the others as well
    unsettled = len(ledger.left_open())
    were = f"{amount(unsettled, 'property')} {'was' if unsettled == 1 else 'were'} left open by a bound"
    known = f"{told}; {amount(len(ledger.violations()), 'minimal violation')}"
    return [known, f"{were} (--all lists them)"] if unsettled else [known]


def _dropped(asked: Iterable[Finding], meter: Meter) -> tuple[Listing, int]:
    """Return, for each finding and each of its assumptions, the verdict without it; and how many still break."""
    table, still = Listing("without one assumption", ("finding", "property", "without", "verdict")), 0
    for finding in asked:
        for assumption, answer in dropped(finding, meter):
            still += answer == Answer.VIOLATED
            table.add(finding.name, finding.claim, assumption, answer)
    return table, still


def dropped(finding: Finding, meter: Meter) -> list[tuple[str, str]]:
    """Return the answer to a finding's property without each of its assumptions in turn."""
    answers = []
    for assumption in finding.assumptions:
        rest = frozenset(finding.assumptions) - {assumption}
        less = replace(finding.scenario, name="without", assumptions=rest)
        report = judged(less, Limits(), meter).report
        known = {one.property.name: str(one.answer) for one in report.verdicts}
        answers.append((assumption, known.get(finding.claim, "no subject")))
    return answers


def _rows(title: str, rows: tuple[Violation, ...], words: tuple[str, ...]) -> Listing:
    """The rows of the ledger in whose property or assumptions all words occur."""
    table = Listing(title, ("property", "nodes", "trace", "flow", "assumptions"))
    for one in rows:
        assumed = ", ".join(one.assumptions) or "none"
        if all(word.lower() in f"{one.claim} {assumed}" for word in words):
            table.add(one.claim, str(one.mobile_nodes), str(one.length or "-"), flow(one), assumed)
    return table


def _list_mechanisms(asked: Sequence[Finding], json_file: Path | None) -> int:
    """List every way in which the property of each finding breaks in its scenario, shortest first."""
    table, meter = Listing("mechanisms", ("finding", "property", "trace", "breaks when")), Meter()
    with SoFar() as cut:
        for finding in asked:
            report = judged(finding.scenario, Limits(), meter).report
            for way in mechanisms(report.space, report[finding.claim].property):
                table.add(finding.name, finding.claim, str(len(way.trace)), way.step)
    told = f"{amount(len(table.rows), 'mechanism')} of {amount(len(asked), 'finding')}"
    show([table], json_file, [f"{'INTERRUPTED: ' if cut.status else ''}{told}"])
    return cut.status or 0


def _search(most: int | None, write: Path | None, console: Console) -> int:
    """Search, then compare with the ledger, or write a new one."""
    if most is None:
        raise click.UsageError("--write goes with --search")
    writable(write)
    search = Search(candidates(most))
    tried = search.tried
    with Progress(console=terminal(stderr=True), transient=True) as bar:
        task = bar.add_task(f"{len(tried):,} sets of assumptions", total=len(tried))
        found, explored = list[Violation](), 0

        def done(number: int) -> None:
            nonlocal explored
            explored = number
            bar.update(task, completed=number)

        with SoFar() as cut:
            for one in search.minimal(done):
                found.append(one)
    if cut.status:
        console.print(
            f"INTERRUPTED: {explored:,} of {len(tried):,} scenarios explored, {amount(len(found), 'minimal violation')}"
        )
        return cut.status
    tried_sets = {(one.variant, one.prefixes, one.mobile_nodes, one.assumptions) for one in tried}
    known = {
        one
        for one in ledger.violations()
        if (one.variant, one.prefixes, one.mobile_nodes, one.assumptions) in tried_sets
    }
    new, gone = set(found) - known, known - set(found)
    console.print(
        f"{amount(len(tried), 'scenario')} explored, {amount(len(found), 'minimal violation')}; "
        f"{len(new)} new, {len(gone)} gone"
    )
    for sign, some in (("+", new), ("-", gone)):
        for one in sorted(some, key=lambda v: (v.claim, v.assumptions)):
            assumed = ", ".join(one.assumptions) or "none"
            console.print(f"{sign} {one.claim}: {assumed} ({flow(one)}, {amount(one.length, 'step')})")
    _tell_cut(search.cut, console)
    if write is None:
        return 1 if new or gone else 0
    save(write, ledger.written(found, _answers(), search.cut))
    return 0


def _tell_cut(cut: list[Violation], console: Console) -> None:
    """Say what the search does not know, since a bound cut it: those sets may break more than is listed."""
    by_set: dict[tuple[str, str], list[str]] = {}
    for one in cut:
        where = ", ".join(one.assumptions) or "none"
        by_set.setdefault((where, flow(one)), []).append(one.claim)
    if by_set:
        sets = amount(len(by_set), "scenario")
        console.print(f"INCOMPLETE: a bound cut {sets}, which may break more than is listed:")
    for (where, what), claims in by_set.items():
        console.print(f"? {where} ({what}): {amount(len(claims), 'property')} left open")


def _answers() -> dict[str, tuple[str, dict[str, str]]]:
    """Return, for each scenario of the suites, what it is and every answer that is not HOLDS."""
    meter, answers = Meter(), {}
    for scenario in SUITES["full"]:
        report = judged(scenario, Limits(), meter).report
        odd = {one.property.name: str(one.answer) for one in report.verdicts if one.answer is not Answer.HOLDS}
        answers[scenario.name] = (ledger.signature(scenario), odd)
    return answers
