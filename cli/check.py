"""``haboot check``: explore, judge, compare with the ledger, and say what each verdict rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click
from haboot.cli.certificates import require_folder
from haboot.cli.completion import names as offered
from haboot.cli.console import terminal
from haboot.cli.expected import kept, require_kept
from haboot.cli.files import Files
from haboot.cli.interrupts import SoFar
from haboot.cli.options import json_option, limits, property_option, quiet_option, scenario_options, search_options
from haboot.cli.outcome import lines, news
from haboot.cli.output import TARGET
from haboot.cli.progress import Meter
from haboot.cli.sharing import all_results
from haboot.cli.subjects import (
    FORMS,
    is_made_up,
    require_claims,
    require_every_number,
    require_one_number,
    require_suite_alone,
    subjects,
)
from haboot.cli.summary import summary
from haboot.cli.watching import watched
from haboot.cli.words import WORDS
from haboot.ledger import SUITES, Gap, Results, Subject, gaps
from rich.text import Text

if TYPE_CHECKING:
    from haboot.studies import Fate

DIFFERS, CUT = 1, 3
UNEXCUSED = "no reason is given in ledger/excused.toml"


@click.command()
@click.argument("names", nargs=-1, metavar=f"[{FORMS}]...", shell_complete=offered("scenarios", files=True))
@scenario_options
@click.option("--suite", type=click.Choice([*SUITES]), default="standard", show_default=True, help="What to check.")
@search_options
@property_option
@click.option(
    "--strict", is_flag=True, help="Fail as well where something does not hold that nobody expected to break."
)
@click.option(
    "--invariant", is_flag=True, help="Tell why it holds for every number: a simulation, and an inductive invariant."
)
@click.option("--mutants", "with_mutants", is_flag=True, help="Fail as well when a mutant of the model goes unnoticed.")
@json_option
@click.option("--junit", "junit_file", type=TARGET, metavar="FILE", help="Write them as JUnit XML.")
@click.option(
    "--sarif", "sarif_file", type=TARGET, metavar="FILE", help="Write them as SARIF 2.1.0, each trace as a code flow."
)
@click.option(
    "--certificate",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write there what proves each verdict; 'haboot certify DIR' checks it.",
)
@click.option(
    "--update-expected", "update", is_flag=True, help="Write what a model of your own came to into FILE.expected.toml."
)
@click.option("--watch", is_flag=True, help="Check again whenever a file beside those that are named changes.")
@click.option("-v", "--verbose", is_flag=True, help="Show every property and every action that never fired.")
@quiet_option
def check(
    *,
    names: tuple[str, ...],
    suite: str,
    with_mutants: bool,
    json_file: Path | None,
    junit_file: Path | None,
    sarif_file: Path | None,
    verbose: bool,
    assume: tuple[tuple[str, ...], ...],
    **options: Any,
) -> int:
    """Explore scenarios or models exhaustively and judge every property; without names, the standard suite.

    Of several scenarios what is new or wrong is shown, of one what does not hold, with the command that shows a trace.

    FILE.py or package.module:NAME is a model of your own: a System, Composition or haboot.Model, or a function that
    returns one; without NAME all that are public. What FILE.expected.toml or a Model expects is compared; where nothing
    is expected, a property that does not hold fails. --update-expected writes that file.

    A name that ends in .toml is a file of your own scenarios. Under assumptions that no suite has, nothing is expected
    of some properties: those that break are counted, and fail with --strict. A whole suite also fails when an action
    never fires in any of its scenarios or a property says nothing in all of them, unless excused.toml gives the reason.

    Exit status: 0 all as expected, 1 a verdict differs, 2 wrong usage, 3 a bound was hit, 4 internal error,
    130 or 143 interrupted; what is known by then is shown and written.
    """
    strict, quiet, claims, update = (options.pop(name) for name in ("strict", "quiet", "claims", "update"))
    certificate, invariant = options.pop("certificate"), options.pop("invariant")
    if options.pop("watch"):
        watched(names, click.get_current_context().meta[WORDS])
    bounds, engine = limits(options)
    is_suite = not names and not is_made_up(options, assume)
    require_suite_alone(names, is_suite=is_suite)
    asked = subjects(names, suite, options, assume, every=True)
    if bounds.checkpoint is not None and len(asked) != 1:
        raise click.UsageError("a checkpoint holds one search: name one scenario")
    require_claims(claims, asked)
    bounds = replace(bounds, invariants=require_every_number(asked, meant=invariant))
    _require_meant(asked, with_mutants=with_mutants, update=update)
    require_folder(certificate, reduced=bounds.reduction)
    require_one_number(asked, meant=certificate is not None)
    files = Files(json_file, junit_file, sarif_file)
    files.require()
    console, meter, start = terminal(stderr=files.are_printed, quiet=quiet), Meter(), perf_counter()
    results, lacking = list[Results](), tuple[Gap, ...]()
    fates: list[Fate] = []
    with SoFar() as cut:
        for found in all_results(asked, bounds, meter, engine, claims, certificate):
            one = replace(found, strict=strict)
            results.append(kept(one, whole=not claims) if update else one)
            told = lines(results[-1], verbose=verbose) if verbose or invariant or len(asked) == 1 else news(results[-1])
            for line in told:
                console.print(line, soft_wrap=True)
            if cut.asked:
                break
        else:
            lacking = _gaps(results) if is_suite and not claims else ()
            for fate in _tried() if with_mutants else ():
                fates.append(fate)  # noqa: PERF402 - what an interrupt leaves counts
    lacking += _alive(fates) if fates else ()
    for gap in lacking:
        if verbose or not gap.reason:
            console.print(
                Text(f"{gap}: {gap.reason or UNEXCUSED}", style="dim" if gap.reason else "red"), soft_wrap=True
            )
    if bounds.symmetry and not any(one.counts.reductions for one in results):
        console.print(Text("no symmetry was used: nothing that was checked declares copies", style="dim"))
    text = summary(results, lacking, len(asked), cut)
    console.print(text, Text(f"({perf_counter() - start:.1f} s)", style="dim"), soft_wrap=True)
    status = cut.status or exit_code(results, lacking)
    files.save(results, lacking, text.plain, status)
    return status


def _require_meant(asked: Iterable[Subject], *, with_mutants: bool, update: bool) -> None:
    """Raise a usage error for an option that is for scenarios or for models alone, beside the other."""
    if with_mutants and not all(one.of_protocol for one in asked):
        raise click.UsageError("--mutants is for scenarios; 'haboot mutants FILE.py' weakens a model of your own")
    if update:
        require_kept(asked)


def _tried() -> Iterator[Fate]:
    from haboot.cli.mutants import tried  # noqa: PLC0415 - loads the studies, which few checks need

    return tried()


def _alive(fates: Iterable[Fate]) -> tuple[Gap, ...]:
    from haboot.cli.mutants import alive  # noqa: PLC0415 - as above

    return alive(fates)


def _gaps(results: list[Results]) -> tuple[Gap, ...]:
    """What a whole suite lacks; a search that was cut or reduced cannot tell, nor one for every number."""
    cut = any(one.counts.bounds_hit or one.counts.reductions for one in results)
    return () if cut or any(one.subject.scenario.any_number for one in results) else gaps(results)


def exit_code(results: Iterable[Results], lacking: Iterable[Gap] = ()) -> int:
    """Return 1 when a verdict differs or something lacks without a reason, 3 when a verdict is cut, else 0."""
    every = list(results)
    if any(one.failures for one in every) or any(not one.reason for one in lacking):
        return DIFFERS
    return CUT if any(one.cut for one in every) else 0
