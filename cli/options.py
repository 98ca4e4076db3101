"""Options that several subcommands share, and how a scenario is made from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import click
from haboot.checker import Limits, ModelError, nearest
from haboot.checker.engines import ENGINES
from haboot.model import alternatives
from haboot.model.assumptions import ALL_NAMES
from haboot.model.scenarios import DRAFT, MOST_CAPACITY, MOST_NODES, STANDARD, Scenario
from haboot.model.variants import VARIANTS
from haboot.properties.scenario_files import is_file, scenarios_in
from haboot.properties.suites import SUITES

F = TypeVar("F", bound=Callable[..., Any])


class AssumptionName(click.ParamType[tuple[str, ...]]):
    """The name of an assumption, or several with commas between."""

    name = "assumption"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return the names given; fail with the nearest match for one that is unknown."""
        given = tuple(part.strip() for part in str(value).split(",") if part.strip())
        for name in given:
            if name not in ALL_NAMES:
                self.fail(f"unknown assumption '{name}'{nearest(name, ALL_NAMES)} (see 'haboot scenarios')", param, ctx)
        return given


def scenario_options(function: F) -> F:
    """Add the options that make a scenario on the spot."""
    for option in reversed(
        (
            click.option("--variant", type=click.Choice([*VARIANTS]), help="How mobile nodes are recovered."),
            click.option("--prefixes", type=click.Choice(["same", "different"]), help="One prefix at O and H, or two."),
            click.option("--mobile-nodes", type=click.IntRange(1, MOST_NODES), help="How many mobile nodes."),
            click.option(
                "--slots", type=click.IntRange(min=1), help="How many IKE exchanges an initiator runs at once."
            ),
            click.option("--assume", type=AssumptionName(), multiple=True, help="Add an assumption; may be repeated."),
            click.option("--capacity", type=click.IntRange(1, MOST_CAPACITY), help="Messages that fit into a channel."),
        )
    ):
        function = option(function)
    return function


def search_options(function: F) -> F:
    """Add the options that say how to search, and how far."""
    for option in reversed(
        (
            click.option("--engine", type=click.Choice(ENGINES), default="auto", show_default=True),
            click.option("--workers", type=click.IntRange(min=1), help="Threads; no result depends on their number."),
            click.option("--max-states", type=click.IntRange(min=1), help="Stop beyond so many states."),
            click.option("--max-memory", type=click.IntRange(min=1), metavar="MIB", help="Stop beyond so much memory."),
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
    if resume and not resume.is_dir():
        raise click.UsageError(f"cannot resume: there is no directory '{resume}'")
    made = Limits(
        max_states=search.pop("max_states"),
        max_memory=memory and memory * 2**20,
        workers=search.pop("workers"),
        checkpoint=resume or checkpoint,
        resume=resume is not None,
    )
    return made, search.pop("engine")


def chosen(
    names: tuple[str, ...], suite: str, changes: dict[str, Any], assume: tuple[tuple[str, ...], ...]
) -> tuple[Scenario, ...]:
    """Return the scenarios named or in files named (by default a suite's), each changed as the options say."""
    these = tuple(one for name in names for one in named(name))
    given = {key: value for key, value in changes.items() if value is not None}
    added = frozenset(name for group in assume for name in group)
    if not given and not added:
        return distinct(these) or SUITES[suite]
    return distinct(_changed(one, given, added) for one in these or (STANDARD[0],))


def distinct(scenarios: Iterable[Scenario]) -> tuple[Scenario, ...]:
    """Return all scenarios, each under a name of its own: the second of a name is numbered, and so on.

    >>> [one.name for one in distinct([STANDARD[0], STANDARD[1], STANDARD[0]])]
    ['same-prefix', 'new-prefix', 'same-prefix#2']
    """
    every, made = tuple(scenarios), dict[str, Scenario]()
    taken = {one.name for one in every}
    for one in every:
        name = one.name
        if name in made:
            name = next(new for number in count(2) if (new := f"{one.name}#{number}") not in taken)
            taken.add(name)
        made[name] = one if name == one.name else replace(one, name=name)
    return tuple(made.values())


def named(name: str) -> tuple[Scenario, ...]:
    """Return the scenario of a name, or those in a file; raises UsageError or ModelError for anything else."""
    known = {one.name: one for one in SUITES["full"]}
    if name in known:
        return (known[name],)
    if is_file(name):
        return scenarios_in(Path(name))
    return (_varied(name, known),)


def _varied(name: str, known: Iterable[str]) -> Scenario:
    """Return the scenario that a name such as ``vhar+crash`` stands for."""
    try:
        made = alternatives.named(name)
    except ModelError as error:
        raise click.UsageError(f"scenario '{name}': {error}") from error
    if made is None:
        raise click.UsageError(f"unknown scenario '{name}'{nearest(name, known)} (see 'haboot scenarios')")
    return made


def _changed(scenario: Scenario, given: dict[str, Any], added: frozenset[str]) -> Scenario:
    try:
        made = replace(scenario, **given, assumptions=scenario.assumptions | added)
    except ModelError as error:
        raise click.UsageError(str(error)) from error
    return replace(made, name=on_the_spot(made), summary="made on the spot", expected=None)


def on_the_spot(scenario: Scenario) -> str:
    """Return a name that says what a scenario is."""
    variant = [] if scenario.variant == DRAFT else [scenario.variant]
    parts = [*variant, scenario.prefixes, f"{scenario.mobile_nodes}x{scenario.slots}", *sorted(scenario.assumptions)]
    return "+".join(parts)
