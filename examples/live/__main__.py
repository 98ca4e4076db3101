"""``python -m examples.live``: play a bootstrap, and have it judged while it goes on."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from examples.live.network import obstacle
from examples.live.rehearsal import CAPTURING, FAULTS, Play, rehearsed


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--fault", type=click.Choice([*FAULTS]), default=None, help="Seed a fault.")
@click.option("--loss", type=click.IntRange(0, 90), default=0, metavar="PERCENT", help="Lose so many packets.")
@click.option("--prefixes", type=click.Choice(["same", "different"]), default="same", help="Of the home agents.")
@click.option("--nodes", type=click.IntRange(1, 2), default=1, help="How many mobile nodes there are.")
@click.option("--refresh", is_flag=True, help="Bindings are refreshed before the home agent fails.")
@click.option("--capture", type=click.Choice([*CAPTURING]), default=None, help="Capture it as well.")
@click.option("--folder", type=click.Path(file_okay=False, exists=True, path_type=Path), help="Keep files here.")
def main(fault: str | None, capture: str | None, folder: Path | None, **given: object) -> None:
    """Play a bootstrap in network namespaces; end with what haboot conform says of it."""
    lacking = obstacle(*([capture] if capture else []))
    if lacking:
        raise click.ClickException(f"{lacking}; root may, or whoever runs this in: unshare --map-root-user --net")
    with TemporaryDirectory() as made:
        found = rehearsed(Play(fault or "", **given), folder or Path(made), capture or "", click.echo)  # type: ignore[arg-type]
    click.echo(found.told)
    sys.exit(found.status)


if __name__ == "__main__":
    main()
