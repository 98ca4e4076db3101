"""The haboot command: one file a subcommand, and one place that turns errors into one line and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib.metadata import version

import click
from haboot.checker import EngineError, ModelError
from haboot.checker.checkpoint import CheckpointError
from haboot.cli.check import check
from haboot.cli.draw import draw
from haboot.cli.findings import findings
from haboot.cli.fuzz import fuzz
from haboot.cli.mutants import mutants
from haboot.cli.properties import properties
from haboot.cli.report import report
from haboot.cli.requirements import requirements
from haboot.cli.scenarios import scenarios
from haboot.cli.trace import trace

USAGE, INCOMPLETE, INTERNAL = 2, 3, 4


class _Group(click.Group):
    """A group that suggests the nearest command for one that it does not know."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            near = get_close_matches(args[0], self.list_commands(ctx), n=1)
            hint = f" Did you mean '{near[0]}'?" if near else f" Known: {', '.join(self.list_commands(ctx))}."
            raise click.UsageError(f"No such command '{args[0]}'.{hint}", ctx) from None


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("haboot"), prog_name="haboot")
def haboot() -> None:
    """Check Home Agent Initiated Bootstrap for Mobile IPv6, exhaustively and with shortest witnesses."""


for command in (check, scenarios, properties, requirements, findings, mutants, fuzz, trace, draw, report):
    haboot.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; exit 0 as expected, 1 a verdict differs, 2 wrong usage, 3 incomplete, 4 internal error."""
    try:
        sys.exit(haboot.main(arguments, standalone_mode=False) or 0)
    except click.ClickException as error:
        click.echo(f"haboot: {error.format_message()}", err=True)
        sys.exit(USAGE)
    except (ModelError, CheckpointError) as error:
        click.echo(f"haboot: {error}", err=True)
        sys.exit(USAGE)
    except EngineError as error:
        click.echo(f"haboot: internal error: {error}", err=True)
        sys.exit(INTERNAL)
    except (KeyboardInterrupt, click.Abort):
        click.echo("haboot: interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(USAGE)
    except OSError as error:
        click.echo(f"haboot: {error.strerror}: '{error.filename}'", err=True)
        sys.exit(USAGE)
