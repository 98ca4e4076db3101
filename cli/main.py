"""The haboot command: one file a subcommand, and one place that turns errors into one line and an exit code."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click
from click.shell_completion import CompletionItem, shell_complete
from haboot.checker import EngineError, ModelError
from haboot.checker.boundary import told
from haboot.cli.completion import ASKED
from haboot.cli.examples import epilog
from haboot.cli.interrupts import behind
from haboot.cli.unforeseen import INTERNAL, internal
from haboot.cli.words import WORDS

COMMANDS = {
    "check": ("check", "Explore scenarios and judge every property."),
    "certify": ("certify", "Check the certificates that check wrote."),
    "new": ("new", "Write a model of your own to start from."),
    "scenarios": ("scenarios", "List what can be checked."),
    "assumptions": ("scenarios", "List the assumptions that --assume takes."),
    "amendments": ("scenarios", "List what the draft might say instead, for --amend."),
    "variants": ("scenarios", "List the ways to recover mobile nodes."),
    "properties": ("properties", "List what must hold."),
    "requirements": ("requirements", "List the draft's sentences, with what became of each."),
    "rule": ("rule", "Show a sentence with all that states, keeps and breaks it."),
    "findings": ("findings", "List what breaks, under the fewest assumptions."),
    "amend": ("amend", "Find the least that must change for the draft to hold."),
    "faults": ("fault_sets", "Tell which combinations of faults break what."),
    "compare": ("compare", "Compare the draft with its alternatives."),
    "numbers": ("numbers", "Lay what any number of nodes keeps beside few of them."),
    "throttle": ("throttle", "Tell how long a throttled home agent takes."),
    "mutants": ("mutants", "Weaken the model, and see which property notices."),
    "promises": ("promises", "Show what each liveness property relies on."),
    "fuzz": ("fuzz", "Draw runs where no search can go."),
    "trace": ("trace", "Draw a trace step by step."),
    "conform": ("conform", "Judge a capture: is it a run of the model?"),
    "draw": ("draw", "Write pictures of machines, spaces and traces."),
    "explore": ("explore", "Step through a scenario in a browser."),
    "report": ("report", "Write one page with everything."),
    "export": ("export", "Write a model for another checker."),
    "second-opinion": ("opinion", "Ask SPIN and Rumur about the same models."),
}  # each with the module that holds it, loaded when it is asked for, and its line in the help
USAGE = 2
CLOSED = "standard output was closed before everything was written"


class _Interrupted(click.ClickException):
    """An interrupt, in a form that click leaves alone; ``status`` is the exit code."""

    status = 130


class _Closed(click.ClickException):
    """A reader of standard output that has gone, in a form that click leaves alone."""


@contextmanager
def _heard() -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        heard = behind(error)
        if heard is None:
            raise
        told = _Interrupted("interrupted")
        told.status = getattr(heard, "status", told.status)
        raise told from heard


@contextmanager
def _unmistaken() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise _Closed(CLOSED) from error
    except EOFError as error:  # which click takes for the end of what somebody types
        raise EngineError(f"EOFError: {error}") from error
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # rich ends with 1 then, which here means something else
            raise _Closed(CLOSED) from error
        raise


class _Group(click.Group):
    """A group that suggests the nearest command for an unknown one, and lets no signal or pipe be mistold."""

    def list_commands(self, _: click.Context) -> list[str]:
        """See click."""
        return [*COMMANDS]

    def get_command(self, _: click.Context, cmd_name: str) -> click.Command | None:
        """See click."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = getattr(import_module(f"haboot.cli.{COMMANDS[cmd_name][0]}"), cmd_name.replace("-", "_"))
        found.epilog = epilog(cmd_name)
        return found

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """See click; loads no command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """See click; loads no command."""
        found = [CompletionItem(name, help=told) for name, (_, told) in COMMANDS.items() if name.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def make_context(self, info_name: str | None, args: list[str], *given: Any, **more: Any) -> click.Context:
        """See click; notes the words of the command."""
        words = tuple(args)
        with _unmistaken(), _heard():
            made = super().make_context(info_name, args, *given, **more)
        made.meta[WORDS] = words
        return made

    def invoke(self, ctx: click.Context) -> Any:
        """See click."""
        with _unmistaken(), _heard():
            return super().invoke(ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            if not args:  # "--" and nothing behind it
                raise
            near = get_close_matches(args[0], self.list_commands(ctx), n=1)
            hint = f" Did you mean '{near[0]}'?" if near else f" Known: {', '.join(self.list_commands(ctx))}."
            raise click.UsageError(f"No such command '{args[0]}'.{hint}", ctx) from None


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="haboot", prog_name="haboot")
def haboot() -> None:
    """Check Home Agent Initiated Bootstrap for Mobile IPv6, exhaustively and with shortest witnesses."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command; whatever goes wrong is told in one line.

    Returns the exit code: 0 as expected, 1 a verdict differs, 2 wrong usage, 3 incomplete, 4 internal error.
    """
    try:
        if sys.stdout is None:
            raise _Closed(CLOSED)
        _require_possible(arguments or ())
        if arguments is None and (asked := os.environ.get(ASKED)):
            return shell_complete(haboot, {}, "haboot", ASKED, asked)
        status = int(haboot.main(arguments, prog_name="haboot", standalone_mode=False) or 0)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return USAGE
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - nothing may end in a traceback
        ending = _ending(error)
        if ending is None:
            return internal(error)
        status, line = ending
        from haboot.cli.console import one_line  # noqa: PLC0415 - loads what draws tables

        with suppress(OSError, ValueError):
            click.echo(f"haboot: {one_line(line)}", err=True)
    return status


def _require_possible(arguments: Iterable[str]) -> None:
    """Raise a usage error for a word that no system hands over, which callers in Python may."""
    for one in arguments:
        try:
            impossible = b"\0" in os.fsencode(one)
        except UnicodeEncodeError:
            impossible = True
        if impossible:
            raise click.UsageError(f"{told(one)} cannot be a word of a command")


def _ending(error: BaseException) -> tuple[int, str] | None:
    """Return the exit code and the line for what went wrong, None where nobody foresaw it."""
    from concurrent.futures import BrokenExecutor  # noqa: PLC0415 - seldom needed

    status, line = USAGE, str(error)
    match error:
        case _Interrupted():
            status, line = error.status, error.message
        case _Closed() | BrokenPipeError():
            line = CLOSED
            _discard_output()
        case click.ClickException():
            line = error.format_message()
        case ModelError():
            pass
        case EngineError():
            status, line = INTERNAL, f"internal error: {error}"
        case MemoryError() | OSError(errno=errno.ENOMEM):
            line = "out of memory: bound the search with --max-states or --max-memory"
        case BrokenExecutor():
            killed = "a process that shares the work was killed; the system may be short of memory"
            status, line = INTERNAL, f"internal error: {killed}"
        case OSError(filename=None) if _is_of_output(error):
            line = f"cannot write to standard output: {error.strerror}"
            _discard_output()
        case OSError(filename=str() | bytes()):
            line = f"{error.strerror}: '{os.fsdecode(error.filename)}'"
        case _:
            return None
    return status, line


def _is_of_output(error: OSError) -> bool:
    """Whether an error comes from a stream that is written to, rather than from the system otherwise."""
    *_, (last, _) = traceback.walk_tb(error.__traceback__)
    return last.f_globals.get("__name__", "").split(".")[0] in {"rich", "click"} or last.f_code is run.__code__


def _discard_output() -> None:
    """Throw away what is left to write, which would fail once more when Python ends."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
