"""``haboot report``: everything that was checked, in one file that opens anywhere."""

from __future__ import annotations

from pathlib import Path

import click
from haboot.checker import Limits, amount
from haboot.checker.boundary import require_extra
from haboot.cli.check import exit_code
from haboot.cli.completion import names as offered
from haboot.cli.console import echo
from haboot.cli.judging import judged
from haboot.cli.options import chosen
from haboot.cli.output import save, writable
from haboot.cli.progress import Meter
from haboot.ledger import distinct


@click.command()
@click.argument("names", nargs=-1, metavar="[SCENARIO|FILE.toml]...", shell_complete=offered("scenarios", files=True))
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
def report(names: tuple[str, ...], output: Path, suite: str, explore: tuple[str, ...]) -> int:
    """Write a report as one self-contained HTML file.

    It holds the scenarios named or in files named; without any the suite, and the alternatives beside the draft. The
    explorer steps through each of them, and through those named with --explore: of one that a page cannot hold it has
    the traces, and 'haboot explore' all of it. Exit status as for check.
    """
    require_extra("draw")
    writable(output)
    scenarios = chosen(names, suite, {}, ())
    named = chosen(explore, suite, {}, ()) if explore else ()
    meter = Meter()
    asked = tuple(dict.fromkeys((*scenarios, *named)))
    every = distinct(asked)
    results = {one.name: judged(one, Limits(), meter) for one in every}
    from haboot.cli.compare import explored as compared  # noqa: PLC0415 - as below
    from haboot.cli.contents import gathered  # noqa: PLC0415 - loads what draws
    from haboot.pages import report_html  # noqa: PLC0415 - as above

    wanted = {one.name for one, given in zip(every, asked, strict=True) if given in named}
    content = gathered(results.values(), wanted, () if names else tuple(compared()))
    save(output, report_html(content))
    echo(f"{output}: {output.stat().st_size / 2**20:.1f} MiB, {amount(len(content.scenarios), 'scenario')}")
    return exit_code(results.values())
