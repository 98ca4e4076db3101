"""``haboot report``: everything that was checked, in one file that opens anywhere."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path

import click
from haboot.checker import Limits
from haboot.checker.boundary import missing_extra, require_extra
from haboot.checker.host import processors
from haboot.cli.certifying import certificates, certified
from haboot.cli.check import exit_code
from haboot.cli.completion import names as offered
from haboot.cli.console import echo
from haboot.cli.fault_sets import fault_sets_of
from haboot.cli.judging import whole
from haboot.cli.output import save, writable
from haboot.cli.progress import Meter
from haboot.cli.subjects import FORMS, require_claims, require_suite_alone, subjects
from haboot.cli.summary import scope
from haboot.ledger import Subject, told_apart
from haboot.model import DRAFT, Scenario


@click.command()
@click.argument("names", nargs=-1, metavar=f"[{FORMS}]...", shell_complete=offered("scenarios", files=True))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file to write."
)
@click.option(
    "--suite", type=click.Choice(["standard", "full"]), default="standard", show_default=True, help="What to check."
)
@click.option(
    "--explore",
    "explore",
    multiple=True,
    metavar="SCENARIO",
    help="Explore one more; may be repeated.",
    shell_complete=offered("scenarios", files=True),
)
@click.option(
    "--faults",
    "order",
    type=click.IntRange(0, 8),
    metavar="K",
    help="Show which sets of up to K faults break what, as trees; 1 for the suite, else 0, which shows none.",
)
@click.option(
    "--certificates",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Check those that check wrote there, and show what became of each.",
)
def report(
    *,
    names: tuple[str, ...],
    output: Path,
    suite: str,
    explore: tuple[str, ...],
    order: int | None,
    folder: Path | None,
) -> int:
    """Write a report as one self-contained HTML file.

    It holds the scenarios and models that are named, or in files named; without any the suite, and the alternatives
    beside the draft. The explorer steps through each of them, and through those named with --explore: of one that a
    page cannot hold it has the traces, and 'haboot explore' all of it. Sets of faults are those of what is named, or of
    the suite those of the draft in both flows, with one mobile node. Exit status as for check.
    """
    require_suite_alone(names, is_suite=not names)
    require_extra("draw")
    writable(output)
    named = subjects(explore, suite, {}, ()) if explore else ()
    meter = Meter()
    asked = tuple(dict.fromkeys((*subjects(names, suite, {}, ()), *named)))
    every = told_apart(asked)
    require_claims((), every)
    results = {one.name: whole(one, Limits(), meter) for one in every}
    proofs = {} if folder is None else _proofs(folder, every, meter)
    from haboot.cli.compare import explored as compared  # noqa: PLC0415 - as below
    from haboot.cli.contents import gathered  # noqa: PLC0415 - loads what draws
    from haboot.pages import report_html  # noqa: PLC0415 - as above

    wanted = {one.name for one, given in zip(every, asked, strict=True) if given in named}
    most = order if order is not None else 0 if names or missing_extra("fast") else 1
    faulty = [one for one in every if most and (names or _is_plain(one))]
    searched = {one.name: fault_sets_of(one, most, meter) for one in faulty}
    trees = {name: (most, found) for name, found in searched.items() if found is not None}
    content = gathered(results.values(), wanted, () if names else tuple(compared()), proofs, trees)
    save(output, report_html(content))
    told = [one.results() for one in results.values()]
    echo(f"{output}: {output.stat().st_size / 2**20:.1f} MiB, {scope(told)}")
    return exit_code(told)


def _is_plain(subject: Subject) -> bool:
    """Whether it is the draft with one mobile node and nothing assumed."""
    plain = DRAFT, 1, frozenset[str]()
    return subject.of_protocol and plain == _kind(subject.scenario)


def _kind(here: Scenario) -> tuple[str, int, frozenset[str]]:
    return here.variant, here.mobile_nodes, here.assumptions


def _proofs(folder: Path, every: Iterable[Subject], meter: Meter) -> dict[str, dict[str, str]]:
    """Return by scenario and property what became of the certificates in a folder."""
    words = {one.name: shlex.split(one.asked_as)[0] for one in every}
    results = certified(certificates(folder, words, each=False), 1.0, processors(), meter)
    return {one.name: {row["property"]: row["status"] for row in one.rows()} for one in results}
