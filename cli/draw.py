"""``haboot draw``: state diagrams, compositions, state spaces and sequence charts as files."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Any

import click
from haboot.checker import nearest
from haboot.cli.completion import names as offered
from haboot.cli.console import echo
from haboot.cli.options import scenario_options
from haboot.cli.output import filename, save
from haboot.cli.subjects import is_made_up, subjects
from haboot.ledger import Own, Subject
from haboot.model import PARTICIPANTS, STANDARD

KINDS = ("participants", "composition", "space", "trace")
FORMATS = {"svg": "svg", "png": "png", "dot": "dot", "mermaid": "mmd", "text": "txt"}


class Kind(click.Choice[str]):
    """A kind of picture; what is none may be meant as what is drawn."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the kind given; fail for what is none."""
        if value in self.choices:
            return super().convert(value, param, ctx)
        hint = nearest(value, KINDS) or f"; a scenario, finding or model is named by -s {quote(value)}"
        return self.fail(f"'{value}' is none of {', '.join(KINDS)}{hint}", param, ctx)


@click.command()
@click.argument("what", nargs=-1, type=Kind(KINDS), metavar="[participants|composition|space|trace]...")
@click.option(
    "-s",
    "--scenario",
    "names",
    multiple=True,
    metavar="NAME",
    shell_complete=offered("scenarios", files=True),
    help="A scenario, a finding or FILE.py[:NAME]; may be repeated.",
)
@click.option(
    "-m",
    "--machine",
    "machines",
    multiple=True,
    metavar="NAME",
    help="Only this machine; may be repeated.",
)
@click.option(
    "-p",
    "--property",
    "claim",
    metavar="NAME",
    shell_complete=offered("properties"),
    help="The property whose trace is drawn; by default the finding's.",
)
@click.option("--by", multiple=True, metavar="SLOT", help="Merge states that agree on these slots; may be repeated.")
@click.option(
    "-f",
    "--format",
    "formats",
    multiple=True,
    type=click.Choice([*FORMATS]),
    default=("svg",),
    help="A form; may be repeated.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default="pictures",
    show_default=True,
    help="A folder.",
)
@scenario_options
def draw(
    *,
    what: tuple[str, ...],
    names: tuple[str, ...],
    machines: tuple[str, ...],
    claim: str | None,
    by: tuple[str, ...],
    formats: tuple[str, ...],
    output: Path,
    assume: tuple[tuple[str, ...], ...],
    **changes: Any,
) -> None:
    """Draw participants, compositions, state spaces and traces into a folder.

    Without arguments everything is drawn: all participants, composition and space of a scenario, each finding's trace.
    """
    made_up = is_made_up(changes, assume)
    asked = subjects(names or (() if made_up else (STANDARD[0].name,)), "standard", changes, assume)
    _require_machines(machines, asked)
    from haboot.cli.drawings import Session  # noqa: PLC0415 - loads what draws, which no other command needs

    session = Session(claim, by, machines, every_finding=not names and not made_up)
    try:
        for drawing in session.drawings(what, asked, named=bool(names) or made_up):
            for kind in formats:
                if kind not in drawing.formats:
                    raise click.UsageError(f"'{drawing.name}' has no format '{kind}' (it has {[*drawing.formats]})")
                _write(output / f"{filename(drawing.name)}.{FORMATS[kind]}", drawing.formats[kind]())
    except OSError as error:
        raise click.UsageError(f"cannot write to '{output}': {error.strerror}") from error


def _require_machines(names: tuple[str, ...], asked: tuple[Subject, ...]) -> None:
    wired = [one.composition() for one in asked if isinstance(one, Own)]
    own = [one.participant.name for each in wired if each is not None for one in each.instances]
    known = own if len(wired) == len(asked) else [*PARTICIPANTS, *own]
    for name in names:
        if name not in known:
            every = ", ".join(known) or "none"
            raise click.UsageError(f"unknown machine '{name}'{nearest(name, known)} (known: {every})")


def _write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    save(path, content)
    echo(str(path))
