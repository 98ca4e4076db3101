"""``haboot second-opinion``: what SPIN and Rumur say of the same models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from haboot.checker import amount
from haboot.cli.completion import names as offered
from haboot.cli.console import terminal
from haboot.cli.listing import json_option
from haboot.cli.options import scenario_options
from haboot.cli.output import is_printed, save
from haboot.cli.subjects import FORMS, subjects
from haboot.exports import OtherError
from haboot.studies import WAYS, Opinion, Opinions, all_opinions
from rich.progress import Progress
from rich.text import Text

DISAGREE = 1


@click.command("second-opinion")
@click.argument("names", nargs=-1, metavar=f"[{FORMS}]...", shell_complete=offered("scenarios", files=True))
@scenario_options
@click.option("--way", "ways", type=click.Choice(WAYS), multiple=True, help="How to ask; may be repeated.")
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True, metavar="N", help="Processes.")
@json_option
def second_opinion(
    *,
    names: tuple[str, ...],
    ways: tuple[str, ...],
    workers: int,
    json_file: Path | None,
    assume: tuple[tuple[str, ...], ...],
    **changes: Any,
) -> int:
    """Ask SPIN and Rumur about the same models, and compare; without names, in the standard suite.

    \b
    spin       distinct states, safety and deadlock, shortest lengths
    rumur      the same without lengths
    processes  SPIN again, with the participants as processes
    runs       SPIN, of what holds under weak fairness: it must find
               nothing, and something once a needed promise is gone

    Both programs must be installed, and gcc: apt install spin rumur gcc. The exit code is 1 where they disagree.
    """  # noqa: D301 - click takes \b for a paragraph that it does not wrap
    asked = subjects(names, "standard", changes, assume)
    found, console = list[Opinions](), terminal(stderr=is_printed(json_file))
    with Progress(console=terminal(stderr=True), transient=True) as bar:
        task = bar.add_task("scenarios", total=len(asked))
        try:
            for one in all_opinions(asked, ways or WAYS, workers):
                found.append(one)
                console.print(*_lines(one), sep="\n", soft_wrap=True)
                bar.advance(task)
        except OtherError as error:
            raise click.ClickException(str(error)) from None
    if json_file is not None:
        save(json_file, json.dumps([asdict(one) for one in found], indent=2) + "\n")
    differing = sum(bool(one.differs) for one in found)
    agreed = sum(each.agreed for one in found for each in one.opinions)
    told = f"{amount(differing, 'model')} of them with what differs" if differing else "nothing differs"
    console.print(f"{amount(len(found), 'model')}, {amount(agreed, 'opinion')} that agree; {told}", soft_wrap=True)
    return DISAGREE if differing else 0


def _lines(one: Opinions) -> Iterator[Text]:
    parts = [f"{each.way} {_told(each, one.verdicts)}" for each in one.opinions]
    counted = amount(one.distinct, "state")
    yield Text.assemble((one.name, "bold"), (f"  {counted}; {', '.join(parts)}", "dim"))
    yield from (Text(f"  differs: {text}", style="red") for text in one.differs)


def _told(one: Opinion, verdicts: int) -> str:
    """Return how many verdicts one way of asking agrees with, or why it was not asked."""
    if not one.agreed and not one.differs:
        return f"not asked ({', '.join(one.silent) or 'there is nothing to ask'})"
    return str(one.agreed) if one.distinct is None else f"{one.agreed} of {verdicts}"
