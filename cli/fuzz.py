"""``haboot fuzz``: hypothesis drives the machines through interleavings, also where no exhaustive search can go."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any

import click
from haboot.cli.completion import names as offered
from haboot.cli.console import columns, terminal
from haboot.cli.options import json_option, property_option, scenario_options
from haboot.cli.output import is_printed, save, writable
from haboot.cli.progress import Meter
from haboot.cli.subjects import is_made_up, one_subject
from haboot.cli.tracefile import write
from haboot.cli.whole import Whole
from haboot.model import STANDARD
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from haboot.cli.fuzzing import Fuzzed

EXAMPLES = 100
STEPS = 1000  # what hypothesis can hold of one run: it stops drawing at 8 KiB of choices


@click.command()
@click.argument(
    "name", metavar="[SCENARIO|FILE.py[:NAME]]", required=False, shell_complete=offered("scenarios", files=True)
)
@scenario_options
@click.option("--examples", type=Whole(1), help=f"How many runs to draw; by default {EXAMPLES}.")
@click.option("--steps", type=Whole(1, STEPS), default=60, show_default=True, help="How long an example is.")
@click.option("--seed", type=Whole(0), default=0, show_default=True, help="The same seed, the same runs.")
@property_option
@click.option("--mutants", is_flag=True, help="Seed faults in the machines, one at a time, and say which are found.")
@click.option("--workers", type=Whole(1), default=2, show_default=True, help="Processes, with --mutants.")
@click.option("--save", "save_file", type=click.Path(path_type=Path), help="Write the first chart's trace here.")
@json_option
def fuzz(
    *,
    name: str | None,
    claims: tuple[str, ...],
    mutants: bool,
    save_file: Path | None,
    json_file: Path | None,
    assume: tuple[tuple[str, ...], ...],
    **options: Any,
) -> int:
    """Draw interleavings with hypothesis and run them on live machines, in lockstep with the tables.

    Silence is no proof: what was not violated may still be. Exit status: 0 nothing but what was to be expected, 1
    another violation (with --mutants: fewer than 90 % found), 2 wrong usage, 4 the machines part from their tables.
    """
    writable(save_file, json_file)
    from hypothesis.configuration import set_hypothesis_home_dir  # noqa: PLC0415 - takes long, as what follows

    set_hypothesis_home_dir(Path(gettempdir()) / "haboot-hypothesis")  # else it leaves a folder where the user stands
    examples, steps, seed, workers = (options.pop(option) for option in ("examples", "steps", "seed", "workers"))
    if mutants:
        if name or claims or save_file or is_made_up(options, assume):
            raise click.UsageError("--mutants chooses scenarios and properties itself")
        from haboot.cli.faults import faults  # noqa: PLC0415 - loads hypothesis, which no other command needs

        return faults(examples, seed, json_file, workers)
    subject = one_subject(name or STANDARD[0].name, "full", options, assume)
    from haboot.cli import fuzzing  # noqa: PLC0415 - loads hypothesis, which no other command needs

    one = fuzzing.fuzzed(subject, claims, fuzzing.Size(examples or EXAMPLES, steps, seed), Meter())
    console = terminal(stderr=is_printed(json_file))
    console.print(*fuzzing.lines(one), sep="\n", soft_wrap=True)
    for sighting in one.shown:
        console.print(Text(), *fuzzing.chart(one, sighting, console), sep="\n", soft_wrap=columns(console) is None)
    if save_file is not None:
        _save(save_file, one, console)
    if json_file is not None:
        save(json_file, json.dumps(fuzzing.as_data(one), indent=2) + "\n")
    return one.cut.status or int(bool(one.unexpected))


def _save(path: Path, one: Fuzzed, console: Console) -> None:
    if not one.shown:
        console.print(f"\nnothing to write to {path}: no violation was met", soft_wrap=True)
        return
    first = one.shown[0]
    write(path, one.subject.record(first.claim, first.trace, first.about))
    console.print(f"\nwritten to {path}: '{one.subject.reading(str(path))}' shows it again", soft_wrap=True)
