"""Options that several subcommands share, and how a scenario is made from them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click
from haboot.checker import CARRIERS, ENGINES, Limits, ModelError, nearest
from haboot.cli.completion import names
from haboot.cli.output import TARGET
from haboot.cli.whole import Mebibytes, Whole
from haboot.ledger import SUITES, distinct, is_own, no_scenario, scenarios_of
from haboot.model import (
    ALL_NAMES,
    AMENDMENTS,
    ANY,
    COUNTED,
    MOST_CAPACITY,
    MOST_NODES,
    MOST_TIMES,
    STANDARD,
    VARIANTS,
    Scenario,
    name_of,
)

F = TypeVar("F", bound=Callable[..., Any])
json_option = click.option(
    "--json", "json_file", type=TARGET, metavar="FILE", help="Write the results here; - to print them."
)
document_option = click.option(
    "--document", type=click.Path(path_type=Path, dir_okay=False), help="Write them up as Markdown."
)
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Print nothing; the exit status tells.")
property_option = click.option(
    "-p",
    "--property",
    "claims",
    multiple=True,
    metavar="NAME",
    shell_complete=names("properties"),
    help="Judge this one; may be repeated.",
)


class Names(click.ParamType[tuple[str, ...]]):
    """A name, or several with commas between."""

    name = "names"

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,  # noqa: ARG002 - see ParamType
        ctx: click.Context | None,  # noqa: ARG002 - as above
    ) -> tuple[str, ...]:
        """Return the names given."""
        return tuple(part.strip() for part in str(value).split(",") if part.strip())


class KnownNames(Names):
    """The same of some kind, of which all are known; ``name`` is what one is called."""

    def __init__(self, name: str, known: Collection[str]) -> None:
        self.name, self.known = name, known

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return the names given; fail with the nearest match for one that is unknown."""
        given = super().convert(value, param, ctx)
        for name in given:
            if name not in self.known:
                hint = f"{nearest(name, self.known)} (see 'haboot {self.name}s')"
                self.fail(f"unknown {self.name} '{name}'{hint}", param, ctx)
        return given


NAMES = Names()
ASSUMPTION, AMENDMENT = KnownNames("assumption", ALL_NAMES), KnownNames("amendment", AMENDMENTS)


def assume_option(said: str) -> Callable[[F], F]:
    """Return the option that names assumptions, with what its help says."""
    offered = names("assumptions", several=True)
    return click.option("--assume", type=ASSUMPTION, multiple=True, metavar="NAME,…", shell_complete=offered, help=said)


class Times(click.ParamType[tuple[tuple[str, int], ...]]):
    """How often faults recur: ``reboot=2``, or several with commas between."""

    name = "fault=n"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[tuple[str, int], ...]:
        """Return the faults given, each with its number; fail for what is none."""
        return tuple(self._pair(part.strip(), param, ctx) for part in str(value).split(",") if part.strip())

    def _pair(self, given: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        fault, _, times = given.partition("=")
        if fault not in COUNTED:
            allowed = ", ".join(COUNTED)
            self.fail(f"'{fault}' is nothing that is counted{nearest(fault, COUNTED)} (allowed: {allowed})", param, ctx)
        if not times:
            self.fail(f"'{given}' does not say how often: {fault}=1", param, ctx)
        return fault, Whole(1, MOST_TIMES).convert(times, param, ctx)


class Nodes(Whole):
    """How many mobile nodes there are: a number, or ``any`` for every number."""

    other = f", nor '{ANY}' for every number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return what the option says as fields of a scenario."""
        if value == ANY:
            return {"mobile_nodes": 1, "any_number": True}
        return {"mobile_nodes": super().convert(value, param, ctx), "any_number": False}


MOST_COPIES = 100  # whose pairs and threes can all be asked about


class Number(Whole):
    """How many copies there are: a number, or ``any`` for every number."""

    other = Nodes.other

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number, or the word."""
        return value if value == ANY else super().convert(value, param, ctx)


def scenario_options(function: F) -> F:
    """Add the options that make a scenario on the spot."""
    for option in reversed(
        (
            click.option("--variant", type=click.Choice([*VARIANTS]), metavar="NAME", help="See haboot variants."),
            click.option("--prefixes", type=click.Choice(["same", "different"]), help="One prefix at O and H, or two."),
            click.option("--mobile-nodes", type=Nodes(1, MOST_NODES), metavar="N|any", help="How many there are."),
            click.option("--copies", type=Number(1, MOST_COPIES), metavar="N|any", help="How many copies a model has."),
            click.option("--slots", type=Whole(1), metavar="N", help="IKE exchanges at once."),
            assume_option("See haboot assumptions; may be repeated."),
            click.option(
                "--at-most",
                type=Times(),
                multiple=True,
                metavar="FAULT=N",
                callback=lambda _context, _option, given: given or None,  # as with other options that are not given
                shell_complete=names("faults", after="=1"),
                help="Assume a fault, so often at most; may be repeated.",
            ),
            click.option(
                "--amend",
                type=AMENDMENT,
                multiple=True,
                metavar="NAME,…",
                callback=lambda _context, _option, given: frozenset(one for some in given for one in some) or None,
                shell_complete=names("amendments", several=True),
                help="See haboot amendments; may be repeated.",
            ),
            click.option("--capacity", type=Whole(1, MOST_CAPACITY), metavar="N", help="Messages in a channel."),
        )
    ):
        function = option(function)
    return function


def search_options(function: F) -> F:
    """Add the options that say how to search, and how far."""
    for option in reversed(
        (
            click.option(
                "--engine", type=click.Choice(ENGINES), default="auto", show_default=True, help="What explores."
            ),
            click.option("--address", metavar="ADDRESS", help="Of a cluster; by default one of this machine."),
            click.option("--carrier", type=click.Choice(CARRIERS), help="Of a cluster's messages; mpi under mpiexec."),
            click.option("--actors", type=Whole(1), metavar="N", help="That share a cluster's states out."),
            click.option(
                "--workers",
                type=Whole(1),
                metavar="N",
                help="Threads, or scenarios at once; no result depends on it.",
            ),
            click.option("--max-states", type=Whole(1), metavar="N", help="Stop beyond so many states."),
            click.option(
                "--max-memory",
                type=Mebibytes(),
                metavar="SIZE",
                help="In MiB, or as 2GiB: beyond, go on by --disk, or stop.",
            ),
            click.option(
                "--disk",
                type=click.Path(path_type=Path, file_okay=False),
                metavar="DIR",
                help="Keep states here when memory nears its end.",
            ),
            click.option("--reduce", "reduction", is_flag=True, help="Explore less: what deadlocks and states need."),
            click.option("--symmetry", is_flag=True, help="Explore one state of those alike but for who is who."),
            click.option("--checkpoint", type=click.Path(path_type=Path, file_okay=False), help="Save it here."),
            click.option("--resume", type=click.Path(path_type=Path, file_okay=False), help="Go on from a checkpoint."),
        )
    ):
        function = option(function)
    return function


def limits(search: dict[str, Any]) -> tuple[Limits, str]:
    """Take the options that say how to search out of the others; return them as limits and the engine's name."""
    memory, checkpoint, resume = (search.pop(name) for name in ("max_memory", "checkpoint", "resume"))
    if checkpoint and resume:
        raise click.UsageError("--checkpoint starts a search and --resume goes on with one: give one of them")
    disk = search.pop("disk")
    if disk and (checkpoint or resume):
        raise click.UsageError("states go to disk where the checkpoint is: give no --disk beside it")
    if resume and not resume.is_dir():
        raise click.UsageError(f"cannot resume: there is no directory '{resume}'")
    made = Limits(
        max_states=search.pop("max_states"),
        max_memory=memory and memory * 2**20,
        workers=search.pop("workers"),
        reduction=search.pop("reduction"),
        symmetry=search.pop("symmetry"),
        checkpoint=resume or checkpoint,
        resume=resume is not None,
        disk=disk,
        actors=search.pop("actors"),
        address=search.pop("address"),
        carrier=search.pop("carrier"),
    )
    return made, search.pop("engine")


def scenarios_named(name: str) -> tuple[Scenario, ...]:
    """Return the scenarios that a word names; raise a usage error for a model of somebody's own."""
    if is_own(name):
        raise click.UsageError(no_scenario(name))
    return scenarios_of(name)


def chosen(
    names: tuple[str, ...], suite: str, changes: dict[str, Any], assume: tuple[tuple[str, ...], ...]
) -> tuple[Scenario, ...]:
    """Return the scenarios named or in files named (by default a suite's), each changed as the options say."""
    these = tuple(one for name in names for one in scenarios_named(name))
    given = {key: value for key, value in changes.items() if value is not None}
    times = dict(pair for group in given.pop("at_most", ()) for pair in group)
    added = frozenset(name for group in assume for name in group) | times.keys()
    if not given and not added:
        return distinct(these) or SUITES[suite]
    return distinct(_changed(one, given, added, times) for one in these or (STANDARD[0],))


def several(name: str | None, count: int) -> click.UsageError:
    """Return the error of a name that means so many scenarios where one is asked for."""
    return click.UsageError(f"'{name}' holds {count} scenarios: name one, or keep it in a file alone")


def _changed(scenario: Scenario, given: dict[str, Any], added: frozenset[str], times: dict[str, int]) -> Scenario:
    known = {**dict(scenario.at_most), **times}
    changes = {name: value for name, value in given.items() if name not in {"amend", "mobile_nodes"}}
    changes |= given.get("mobile_nodes", {})
    amended = scenario.amendments | given.get("amend", frozenset())
    more = {**changes, "assumptions": scenario.assumptions | added, "amendments": amended}
    try:
        made = replace(scenario, **more, at_most=tuple(known.items()))
    except ModelError as error:
        raise click.UsageError(str(error)) from error
    return replace(made, name=name_of(made), summary="made on the spot", expected=None)
