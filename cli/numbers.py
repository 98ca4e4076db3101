"""``haboot numbers``: what is proven for every number of mobile nodes, beside one, two, three and so on of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from haboot.checker import Answer, amount, nearest
from haboot.cli.completion import names as offered
from haboot.cli.console import terminal
from haboot.cli.interrupts import SoFar
from haboot.cli.options import document_option
from haboot.cli.output import save, writable
from haboot.cli.whole import Whole
from haboot.cli.words import WORDS
from haboot.ledger import SUITES, is_own, scenarios_of
from haboot.model import Scenario
from haboot.studies import Beside, Stand, beside
from rich.progress import Progress

WRONG, CUT = 1, 3  # exit status: a number contradicts, something stays open
TITLE = "# What any number of mobile nodes keeps"


@click.command()
@click.argument("names", nargs=-1, metavar="[SCENARIO]...", shell_complete=offered("scenarios"))
@click.option("--most", type=Whole(3, 8), default=3, show_default=True, metavar="N", help="Up to so many mobile nodes.")
@click.option("--max-states", type=Whole(1), default=60_000, show_default=True, metavar="N", help="Of each, at most.")
@click.option("--workers", type=Whole(1, 64), default=2, show_default=True, metavar="N", help="Processes.")
@document_option
def numbers(*, names: tuple[str, ...], most: int, max_states: int, workers: int, document: Path | None) -> int:
    """Lay what is proven for every number of mobile nodes beside what one, two, three and so on of them do.

    SCENARIO is one of any number, such as any+loss; without one the draft in both flows under no assumption and under
    each one. Each number is explored by itself, from four on up to symmetry. Where it is interrupted, the page
    says of what it is. Exit status: 0, 1 where a number contradicts what is proven, 3 where a property stays open that
    holds with the first three.
    """
    writable(document)
    asked = _asked(names)
    console, found = terminal(stderr=document == Path("-"), highlight=False), list[Beside]()
    bars = terminal(stderr=True)
    with SoFar() as cut, Progress(console=bars, transient=True, disable=not bars.is_terminal) as bar:
        task = bar.add_task("exploring", total=len(asked))
        for one in beside(asked, range(1, most + 1), max_states, workers):
            found.append(one)
            bar.advance(task)
    if cut.status:
        console.print(f"INTERRUPTED: {len(found)} of {len(asked)} scenarios so far", style="bold yellow")
    console.print(*summary(found), sep="\n", soft_wrap=True)
    if document is not None and found:
        save(document, page(found, " ".join(click.get_current_context().meta[WORDS]), len(asked)))
    return cut.status or _status(found)


def _asked(names: Sequence[str]) -> tuple[Scenario, ...]:
    """The scenarios of any number that are named, or all of the suite with one slot."""
    every = tuple(one for one in SUITES["any"] if one.slots == 1)
    if own := next(filter(is_own, names), None):
        raise click.UsageError(f"'{own}' is a model of your own, and this is for scenarios (see 'check --copies any')")
    asked = tuple(one for name in names for one in scenarios_of(name)) or every
    for one in asked:
        if not one.any_number:
            hint = nearest(one.name, (each.name for each in every))
            raise click.UsageError(f"'{one.name}' is of a number of mobile nodes: name one of any, as any+loss{hint}")
    return asked


def _status(found: Sequence[Beside]) -> int:
    stands = [stand for one in found for stand in one.stands]
    if any(one.is_contradicted for one in stands):
        return WRONG
    return CUT if any(one.is_held and one.answer is Answer.INCOMPLETE for one in stands) else 0


def summary(found: Sequence[Beside]) -> Iterator[str]:
    """In lines: how many verdicts are proven, how many of those that few mobile nodes bear out, and what is not."""
    stands = [stand for one in found for stand in one.stands]
    held = [one for one in stands if one.is_held]
    proven = sum(one.is_proven for one in held)
    yield f"{sum(one.is_proven for one in stands):,} of {amount(len(stands), 'verdict')} are proven for every number"
    share = f" ({100 * proven / len(held):.1f} %)" if held else ""
    yield f"{proven:,} of the {len(held):,} that hold with 1, 2 and 3 explored whole{share}"
    odd = [(one, stand) for one in found for stand in one.stands if stand.is_contradicted]
    yield f"{len(odd):,} contradicted by a number"
    yield from (f"CONTRADICTED: {stand.claim} in {one.scenario.name}: {_exact(stand)}" for one, stand in odd)
    yield from (
        f"{stand.claim} in {one.scenario.name} holds with 1, 2 and 3: {stand.answer}, {stand.note}"
        for one in found
        for stand in one.stands
        if stand.is_held and not stand.is_proven
    )


def _exact(stand: Stand) -> str:
    told = (f"{number} {answer}" for number, answer in enumerate(stand.exact, start=1) if answer is not None)
    return f"{stand.answer} for every number, and with {', '.join(told)}"


def page(found: Sequence[Beside], words: str, asked: int) -> str:
    """Return all of it as a page in Markdown; ``words`` are those that the command was given for so many scenarios."""
    left = f"It was interrupted: {len(found)} of {amount(asked, 'scenario')} are here."
    lines = [
        *(TITLE, ""),
        "Each scenario of the draft for every number of mobile nodes ([how](any-number.md)), beside those with so",
        f"many of them, each explored by itself. This page is made by `haboot {words}`.",
        *([left] if len(found) < asked else ()),
        *("", "## In all", ""),
        *(f"- {line}" for line in summary(found)),
        *("", "## What is not proven", ""),
        "The fewest mobile nodes that break it, with the steps of a shortest run of theirs: `haboot trace SCENARIO",
        "PROPERTY` shows it. What is open comes with the way of the abstraction that breaks it.",
        "",
        *_unproven(found),
        *("", "## Scenario by scenario", ""),
        "Of states a plus says that the search was cut; from four mobile nodes on they are orbits.",
        "",
        *_table(found),
    ]
    return "\n".join(lines) + "\n"


def _unproven(found: Sequence[Beside]) -> Iterator[str]:
    where: dict[tuple[str, str], list[str]] = {}
    for one in found:
        for stand in one.stands:
            if not stand.is_proven:
                steps = "" if stand.steps is None else f" ({amount(stand.steps, 'step')})"
                told = f"{stand.note.partition(': ')[0]}" if stand.answer is Answer.VIOLATED else stand.note
                where.setdefault((stand.claim, told), []).append(f"`{one.scenario.name}`{steps}")
    yield from ("| property | for every number | in |", "| --- | --- | --- |")
    for (claim, told), some in sorted(where.items()):
        yield f"| `{claim}` | {told} | {', '.join(some)} |"


def _table(found: Sequence[Beside]) -> Iterator[str]:
    numbers = range(1, 1 + max((len(one.sizes) for one in found), default=0))
    yield f"| scenario | states for every number | {' | '.join(map(str, numbers))} | held by 1, 2, 3 | proven | not |"
    yield f"| --- |{' ---: |' * (len(numbers) + 4)}"
    for one in found:
        sizes = " | ".join(f"{count:,}{'+' if cut else ''}" for count, cut in one.sizes)
        held, proven = (sum(some) for some in zip(*((s.is_held, s.is_proven) for s in one.stands), strict=True))
        row = f"{one.states:,} | {sizes} | {held} | {proven} | {len(one.stands) - proven}"
        yield f"| `{one.scenario.name}` | {row} |"
