"""The comparison of the alternatives as a page of Markdown, and the witnesses that its cells link to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from haboot.checker import Trace
from haboot.cli.drawings import ORDER
from haboot.diagrams import chart, text_chart
from haboot.model import VARIANTS, Bench
from haboot.pages import CompareCell, CompareRow, CompareVariant, Comparison, Run
from haboot.studies import MESSAGES, QUESTIONS, Cell, Line

WIDTH = 100
BRIEFLY = """Each way to recover the mobile nodes of a failed home agent is a variant of one model, run through the same
properties under the same assumptions. Every cell was read off an exploration and links to the run that shows it; a yes
without a link holds of all states."""
INTRODUCTION = """# The alternatives that the draft argues against

Each way to recover the mobile nodes of a failed home agent is a variant of one model, run through the same properties
under the same assumptions. Every cell was read off an exploration and links to the run that shows it; a figure is that
of the cheapest run. A message counts when it is sent, data packets do not, and waiting costs nothing here: the minute
that a mobile node may wait for a dead home agent is no message. Two flights on the mobile node's link are a round trip.
A `yes` without a link holds of all states, which the last column counts. This page is made by
`haboot compare --document docs/alternatives.md`.

How long the throttle of section 5 makes the draft's home agent take, `haboot throttle` shows, from one mobile node to
ten thousand: `haboot throttle -o docs/throttle.svg`.

![Turns of the home agent against mobile nodes, at best and at worst](throttle.svg)
"""


@dataclass(frozen=True, slots=True)
class Witness:
    """A run that some cells link to, under the name of the first of them."""

    anchor: str
    scenario: str
    claim: str
    trace: Trace


def witnesses(lines: Iterable[Line]) -> dict[tuple[str, str], Witness]:
    """Return the witness of each cell, by scenario and claim; equal runs of one variant are one witness."""
    known: dict[tuple[object, ...], Witness] = {}
    found = {}
    for line in lines:
        for cell in line.cells:
            if cell.trace is None:
                continue
            run = (line.bench, cell.trace.loop, tuple(step.action for step in cell.trace), _circumstances(cell.trace))
            anchor = f"{cell.scenario}-{cell.claim}".replace("+", "-")
            known.setdefault(run, Witness(anchor, cell.scenario, cell.claim, cell.trace))
            found[cell.scenario, cell.claim] = known[run]
    return found


def _circumstances(trace: Trace) -> object:
    """What is special where nothing happens: the whole first state of a run without a step."""
    return None if len(trace) else tuple(sorted((name, str(value)) for name, value in trace.initial.items()))


def steps(trace: Trace) -> tuple[str, ...]:
    """Return a run as one line a step."""
    told = [step.action for step in trace]
    if trace.loop is not None:
        told.append(
            f"and again from step {trace.loop + 1}" if trace.loop < len(trace) else "and nothing more, for ever"
        )
    return tuple(told or ["nothing happens: the first state shows it"])


def page(lines: Sequence[Line]) -> str:
    """Return the whole page."""
    shown = witnesses(lines)
    parts = [INTRODUCTION, *_legend()]
    for bench in dict.fromkeys(line.bench for line in lines):
        parts += _section(bench, [line for line in lines if line.bench == bench], shown)
    return "\n".join([*parts, *_runs(shown)]) + "\n"


def _legend() -> Iterator[str]:
    yield "| column | asks | property or measure |"
    yield "| --- | --- | --- |"
    for one in QUESTIONS:
        yield f"| {one.heading} | {one.asks} | `{one.claim}` |"
    yield ""


def _section(bench: Bench, lines: Sequence[Line], shown: dict[tuple[str, str], Witness]) -> Iterator[str]:
    variant = VARIANTS[bench.variant]
    yield f"## {bench.name}"
    yield ""
    yield f"{bench.summary[0].upper()}{bench.summary[1:]}."
    yield ""
    yield f"- Source: {variant.source}."
    yield f"- Needs beforehand: {lines[0].needs}."
    yield from (f"- Read as: {reading}" for reading in variant.readings)
    yield ""
    yield "| assuming | " + " | ".join(one.heading for one in QUESTIONS) + " | states |"
    yield "| --- |" + " --- |" * (len(QUESTIONS) + 1)
    for line in lines:
        cells = [_cell(cell, shown) for cell in line.cells] or ["not modelled", *[""] * (len(QUESTIONS) - 1)]
        cells.append(f"{line.states:,}" if line.cells else "")
        yield f"| {line.assuming} | {' | '.join(cells)} |"
    yield ""
    yield from _normal_run(lines)


def _cell(cell: Cell, shown: dict[tuple[str, str], Witness]) -> str:
    witness = shown.get((cell.scenario, cell.claim))
    text = f"**{cell.shown}**" if cell.good is False else cell.shown
    return text if witness is None else f"[{text}](#{witness.anchor})"


def _normal_run(lines: Sequence[Line]) -> Iterator[str]:
    """The cheapest run without any assumption, as a chart."""
    run = normal_run(lines)
    if run is None:
        yield "No run recovers a mobile node."
    else:
        yield "```text"
        yield from (row.rstrip() for row in text_chart(run, WIDTH).plain.splitlines())
        yield "```"
    yield ""


def normal_run(lines: Sequence[Line]) -> Trace | None:
    """Return the run with fewest messages of the first line of a variant."""
    cells = (cell for line in lines[:1] for cell in line.cells if cell.claim == MESSAGES.claim)
    return next((cell.trace for cell in cells), None)


def _runs(shown: dict[tuple[str, str], Witness]) -> Iterator[str]:
    yield "## The runs"
    yield ""
    yield "`haboot trace SCENARIO PROPERTY` draws each of them."
    yield ""
    for one in {each.anchor: each for each in shown.values()}.values():
        yield f'<a id="{one.anchor}"></a>**{one.scenario}** `{one.claim}`'
        yield ""
        yield from (f"{number}. {text}" for number, text in enumerate(steps(one.trace), start=1))
        yield ""


def comparison(lines: Sequence[Line]) -> Comparison:
    """Return the comparison as the report shows it."""
    shown = witnesses(lines)
    benches = dict.fromkeys(line.bench for line in lines)
    variants = (_variant(bench, [line for line in lines if line.bench == bench], shown) for bench in benches)
    runs = {one.anchor: Run(one.anchor, f"{one.scenario}: {one.claim}", steps(one.trace)) for one in shown.values()}
    columns = tuple((one.heading, f"{one.asks} ({one.claim})") for one in QUESTIONS)
    return Comparison(BRIEFLY, columns, tuple(variants), tuple(runs.values()))


def _variant(bench: Bench, lines: Sequence[Line], shown: dict[tuple[str, str], Witness]) -> CompareVariant:
    variant, run = VARIANTS[bench.variant], normal_run(lines)
    return CompareVariant(
        bench.name,
        bench.summary,
        variant.source,
        lines[0].needs,
        variant.readings,
        tuple(_row(line, shown) for line in lines),
        None if run is None else chart(run, "", ORDER),
    )


def _row(line: Line, shown: dict[tuple[str, str], Witness]) -> CompareRow:
    return CompareRow(line.assuming, tuple(_compare_cell(cell, shown) for cell in line.cells), line.states)


def _compare_cell(cell: Cell, shown: dict[tuple[str, str], Witness]) -> CompareCell:
    witness = shown.get((cell.scenario, cell.claim))
    mark = "" if cell.good is None else "good" if cell.good else "bad"
    return CompareCell(cell.shown, mark, witness.anchor if witness else "")
