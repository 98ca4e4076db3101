"""``haboot amend``: the smallest sets of amendments under which the draft holds, whatever faults occur together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

import click
from haboot.checker import amount, nearest
from haboot.checker.boundary import missing_extra, require_extra
from haboot.cli.amended import document, every_number
from haboot.cli.completion import names as offered
from haboot.cli.console import terminal
from haboot.cli.interrupts import SoFar
from haboot.cli.options import AMENDMENT, ASSUMPTION, assume_option, json_option, scenarios_named
from haboot.cli.output import TARGET, is_printed, save, writable
from haboot.cli.words import WORDS
from haboot.model import AMENDMENTS, DRAFT, Scenario
from haboot.properties import CLAIMS
from haboot.studies import FAULTS, Amending, Faulted, Proposal, Proven, Wish, proven, screen, why_beyond
from rich.progress import Progress
from rich.text import Text

FLOWS = ("same+1x1", "different+1x1")
NONE = 1  # exit status where no set of amendments will do


@dataclass
class _Result:
    """What was found so far, and whether that is all there is."""

    search: Amending
    proposals: list[Proposal]
    complete: bool = True
    proven: dict[tuple[str, ...], list[Proven]] = field(default_factory=dict)

    @property
    def mends_nothing(self) -> bool:
        """Whether all that breaks was set aside, and what is left asks for no amendment."""
        aside = bool(self.search.beyond) and not self.search.traded
        return aside and bool(self.proposals) and not any(one.amendments for one in self.proposals)


@click.command()
@click.argument(
    "words", nargs=-1, metavar="[SCENARIO] [PROPERTY]...", shell_complete=offered("scenarios", "properties")
)
@assume_option("Under these together, and no other faults; may be repeated.")
@click.option(
    "--order", type=click.IntRange(0, 4), metavar="K", help="Under every set of up to K faults; 1 by default."
)
@click.option(
    "--faults",
    type=ASSUMPTION,
    metavar="NAME,…",
    default=",".join(FAULTS),
    show_default=True,
    shell_complete=offered("assumptions", several=True),
    help="The faults of --order.",
)
@click.option(
    "--from",
    "allowed",
    type=AMENDMENT,
    metavar="NAME,…",
    shell_complete=offered("amendments", several=True),
    help="Choose from these amendments; all by default.",
)
@click.option(
    "--two-nodes",
    "two",
    type=click.IntRange(0, 4),
    metavar="K",
    help="With two mobile nodes as well, under every set of up to K faults.",
)
@click.option(
    "--every-number", "every", is_flag=True, help="Tell what each set gives any number of nodes, under up to one fault."
)
@click.option("--trade", is_flag=True, help="Of wishes at odds give up the one under most faults, and go on.")
@click.option("--first", is_flag=True, help="Stop at the first, which is a smallest one.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, metavar="N", help="Processes.")
@click.option("--document", "page", type=TARGET, metavar="FILE", help="Write the amended draft, in Markdown.")
@json_option
def amend(
    *,
    words: tuple[str, ...],
    first: bool,
    every: bool,
    trade: bool,
    allowed: tuple[str, ...] | None,
    workers: int,
    page: Path | None,
    json_file: Path | None,
    **faults: Any,
) -> int:
    """Find the smallest sets of amendments under which every property holds, or those named.

    SCENARIO says flow, sizes and what is assumed in any case; without it both flows, with one mobile node. Each set
    that is proposed is explored whole, under all sets of faults, and what breaks without each of its members is shown.
    What no amendment mends is set aside and listed. From two faults on one search gives all sets of them that break a
    property of states or steps, where the packed engine is installed.

    Exit status: 0 there is a set, 1 there is none, 2 wrong usage, 130 or 143 interrupted; what is known by then is
    shown.
    """
    require_extra("amend")
    for target in (page, json_file):
        writable(target)
    bases, claims = _asked(words)
    asked, together = _under(bases, **faults)
    scenarios = sorted((one for each in asked for one in each.scenarios()), key=_size)
    at_once = screen(() if missing_extra("fast") else asked, claims)
    search = Amending(scenarios, claims, allowed or tuple(AMENDMENTS), workers, screen=at_once, trading=trade)
    console, start = terminal(stderr=is_printed(json_file) or is_printed(page)), perf_counter()
    result, status = _search(search, _any_number(asked) if every else [], first=first)
    for line in _lines(result, len(scenarios), together):
        console.print(line, soft_wrap=True)
    took = f"{amount(search.explorations, 'exploration')}, {perf_counter() - start:.1f} s"
    console.print(Text(took, style="dim"), soft_wrap=True)
    if page is not None and not status:
        save(page, document(search, result.proposals, _words(), result.proven))
    if json_file is not None:
        save(json_file, json.dumps(_data(result), indent=2) + "\n")
    return status or (0 if result.proposals and not result.mends_nothing else NONE)


def _asked(words: Sequence[str]) -> tuple[tuple[Scenario, ...], tuple[str, ...]]:
    """The scenarios and the properties that words name."""
    known = {claim.name for claim in CLAIMS}
    claims = tuple(word for word in words if word in known)
    others = [word for word in words if word not in known]
    if len(others) > 1:
        raise click.UsageError(f"unknown property '{others[1]}'{nearest(others[1], known)} (see 'haboot properties')")
    bases = tuple(one for word in others or FLOWS for one in scenarios_named(word))
    for one in bases:
        if one.variant != DRAFT:
            raise click.UsageError(f"an amendment is of the draft: variant '{one.variant}' has none")
        if one.amendments:
            raise click.UsageError(f"'{one.name}' is amended already: the search chooses the amendments")
    return bases, claims


def _under(
    bases: Sequence[Scenario],
    assume: tuple[tuple[str, ...], ...],
    order: int | None,
    two: int | None,
    faults: tuple[str, ...],
) -> tuple[list[Faulted], tuple[str, ...]]:
    """The scenarios under the faults that options name, and those that are assumed together."""
    if assume and (order is not None or two is not None):
        means = "--order" if two is None else "--two-nodes"
        raise click.UsageError(f"--assume names one set of faults and {means} means many: give one of them")
    together = tuple(name for some in assume for name in some)
    bases = [replace(one, assumptions=one.assumptions.union(together)) for one in bases]
    most = 0 if together else 1 if order is None else order
    asked = [Faulted(one, most, faults) for one in bases]
    if two is not None:
        asked += [Faulted(replace(one, mobile_nodes=2), two, faults) for one in bases]
    return asked, together


def _size(scenario: Scenario) -> tuple[int, int]:
    """What a scenario is explored before: larger ones, and those under more faults."""
    return scenario.mobile_nodes, len(scenario.assumptions)


def _any_number(asked: Sequence[Faulted]) -> list[Scenario]:
    """The scenarios of which it is told what holds for any number of mobile nodes: under one fault or none."""
    alike = {replace(one.base, name="", mobile_nodes=1): one.faults for one in asked}
    return [some for base, faults in alike.items() for some in Faulted(base, 1, faults).scenarios()]


def _words() -> str:
    """The words that the command was given, but for where it writes to."""
    words = click.get_current_context().meta[WORDS]
    return " ".join(word for word in words if not word.endswith(".json") and word != "--json")


def _search(search: Amending, every: Sequence[Scenario], *, first: bool) -> tuple[_Result, int]:
    """Run a search with its progress shown; an interrupt leaves what is known by then.

    Of each set it is proven what ``every`` scenario gives any number of mobile nodes, as far as it can be.
    """
    result = _Result(search, [])
    with SoFar() as cut, Progress(console=terminal(stderr=True), transient=True) as bar:
        task = bar.add_task("explored", total=None)

        def told(what: str) -> None:
            bar.update(task, description=f"{search.explorations:,} explored, {len(search.refuted)} clauses: {what}")

        search.told = told
        for one in search.proposals():
            result.proposals.append(one)
            result.proven[one.amendments] = list(proven(one.amendments, every, search.workers))
            if first:
                result.complete = False
                break
    result.complete = result.complete and not cut.status
    return result, cut.status or 0


def _lines(result: _Result, scenarios: int, together: tuple[str, ...]) -> list[Text]:
    under = f"under {' and '.join(together)}" if together else f"in {amount(scenarios, 'scenario')}"
    lines = []
    for one in result.proposals if not result.mends_nothing else ():
        told = f"{amount(len(one.amendments), 'amendment')} will do {under}, {one.states:,} states"
        lines.append(Text.assemble((f"{told}: ", "bold green"), ", ".join(one.amendments) or "none"))
        for name, need in one.needs:
            lines.append(Text.assemble("  without ", (name, "bold"), f": {need.wish} ({_steps(need.broken.length)})"))
        lines += [Text(f"  {told}", style="dim") for told in every_number(result.proven.get(one.amendments, ()))]
    lines += _ending(result)
    for given in result.search.traded:
        against = " and ".join(map(str, given.against))
        lines.append(Text.assemble(("given up: ", "bold"), f"{given.wish}, at odds with {against}"))
    if result.search.beyond:
        lines.append(Text("no amendment mends:", style="bold"))
    for wish in result.search.beyond:
        lines.append(Text.assemble("  ", str(wish), (f": {why_beyond(wish)}", "dim")))
    return lines


def _ending(result: _Result) -> list[Text]:
    if result.mends_nothing:
        return [Text("no set of amendments mends what breaks; all else that is asked holds without any", "bold red")]
    if result.complete and result.proposals:
        return [Text("there is no other set of which each member is needed", style="dim")]
    if result.proposals:
        return [Text("there may be more", style="dim")]
    if not result.complete:
        return [Text("INTERRUPTED: no set was found by then", style="bold yellow")]
    at_odds = " and ".join(map(str, result.search.conflict))
    return [Text(f"no set of amendments will do: each breaks {at_odds}, one or the other", style="bold red")]


def _steps(length: int) -> str:
    return amount(length, "step") if length else "no trace"


def _data(result: _Result) -> dict[str, Any]:
    def told(wish: Wish) -> dict[str, str]:
        return {"property": wish.claim, "scenario": wish.scenario.name}

    return {
        "haboot": version("haboot"),
        "complete": result.complete,
        "explorations": result.search.explorations,
        "sets": [
            {
                "amendments": list(one.amendments),
                "scenarios": one.scenarios,
                "states": one.states,
                "every_number": [_proven_data(each) for each in result.proven.get(one.amendments, ())],
                "without": {name: {**told(need.wish), "steps": need.broken.length} for name, need in one.needs},
            }
            for one in result.proposals
        ],
        "beyond": [{**told(wish), "why": why_beyond(wish)} for wish in result.search.beyond],
        "given_up": [
            {**told(one.wish), "at_odds_with": [told(wish) for wish in one.against]} for one in result.search.traded
        ],
        "at_odds": [told(wish) for wish in result.search.conflict],
    }


def _proven_data(one: Proven) -> dict[str, Any]:
    return {"scenario": one.scenario.name, "proven": one.proven, "broken": list(one.broken), "open": list(one.open)}
