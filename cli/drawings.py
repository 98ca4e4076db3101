"""What ``haboot draw`` draws: for each picture its name and the way to make each of its formats."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click
from haboot.checker import Answer, Limits, StateGraph, Verdict, nearest, state_graph
from haboot.cli.judging import judged
from haboot.cli.progress import Meter
from haboot.diagrams import (
    MOST,
    WHOLE,
    Chart,
    chart,
    chart_mermaid,
    composition_dot,
    composition_mermaid,
    drawn,
    fired_rows,
    machine_dot,
    machine_mermaid,
    quotient,
    render,
    sequence_dot,
    sequence_svg,
    space_dot,
    space_mermaid,
    violating,
)
from haboot.ledger import BY_NAME, FINDINGS, Judged
from haboot.model import PARTICIPANTS, Scenario, composition, of, session_at

ORDER = ("DNS", "O", "H", "X", "M")


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture by name, with the way to make each format that it has."""

    name: str
    formats: dict[str, Callable[[], str | bytes]]


class Session:
    """Makes drawings of some machines; a scenario is explored once.

    ``claim`` is the property whose trace is drawn, ``by`` the slots by which states are merged.
    """

    def __init__(
        self, claim: str | None, by: tuple[str, ...], machines: tuple[str, ...], *, every_finding: bool
    ) -> None:
        self.claim, self.by, self.machines, self.every_finding = claim, by, machines, every_finding
        self.meter, self.known = Meter(), dict[str, Judged]()

    def judged(self, scenario: Scenario) -> Judged:
        """The results of a scenario, explored on first use."""
        if scenario.name not in self.known:
            self.known[scenario.name] = judged(scenario, Limits(), self.meter)
        return self.known[scenario.name]

    def drawings(self, what: tuple[str, ...], scenarios: tuple[Scenario, ...], *, named: bool) -> Iterator[Drawing]:
        """The drawings asked for; without a word what, all that the scenarios have."""
        if not what or "participants" in what:
            yield from self.participants(scenarios if named else ())
        for scenario in scenarios:
            if not what or "composition" in what:
                yield composed(scenario)
            if not what or "space" in what:
                yield self.space(scenario)
        for scenario in [finding.scenario for finding in FINDINGS] if self.every_finding else scenarios:
            if "trace" in what or (not what and self.verdict(scenario) is not None):
                yield self.trace(scenario)

    def participants(self, scenarios: tuple[Scenario, ...]) -> Iterator[Drawing]:
        """Every participant; for scenarios that were named, those in them, with the rows that never fired marked."""
        if not scenarios:
            yield from (participant_drawing(name) for name in self.machines)
        for scenario in scenarios:
            space = graph_of(self.judged(scenario))
            instances = composition(scenario).instances
            fired = fired_rows(space, instances)
            present = {one.participant.name for one in instances}
            for name in (one for one in self.machines if one in present):
                yield participant_drawing(name, frozenset(fired[name]), f"{scenario.name}-")

    def space(self, scenario: Scenario) -> Drawing:
        """The state space: every state while they are few, else seen through slots."""
        space, verdict = graph_of(self.judged(scenario)), self.verdict(scenario)
        default = (session_at("H", "MN1").state, of("MN1").state) if len(space.states) > WHOLE else ()
        broken = violating(space, verdict) if verdict else frozenset[int]()
        dot = space_dot(space, self.by or default, broken, verdict.trace if verdict else None)
        seen = quotient(space, self.by or default, broken, verdict.trace if verdict else None)
        return Drawing(f"space-{scenario.name}", _from_dot(dot) | {"mermaid": lambda: space_mermaid(seen)})

    def verdict(self, scenario: Scenario) -> Verdict | None:
        """The verdict asked for: of the property named, else of the finding's."""
        finding = BY_NAME.get(scenario.name)
        wanted = self.claim or (finding.claim if finding and finding.scenario == scenario else None)
        if wanted is None:
            return None
        verdicts = {one.property.name: one for one in self.judged(scenario).report.verdicts}
        if wanted not in verdicts:
            raise click.UsageError(f"unknown property '{wanted}' in '{scenario.name}'{nearest(wanted, verdicts)}")
        return verdicts[wanted]

    def trace(self, scenario: Scenario) -> Drawing:
        """The chart of the property asked for; raises UsageError where there is no trace."""
        verdict = self.verdict(scenario)
        if verdict is None:
            raise click.UsageError(f"'{scenario.name}' is a scenario: name a property as well, with --property")
        if verdict.trace is None:
            raise click.UsageError(f"'{verdict.property.name}' has no trace in '{scenario.name}': {verdict.answer}")
        return trace_drawing(scenario, verdict)


def graph_of(one: Judged) -> StateGraph:
    """Return a scenario's space to go through; raises ModelError for more than 60,000 states."""
    return state_graph(one.report.space, MOST)


def participant_drawing(name: str, fired: frozenset[int] | None = None, prefix: str = "") -> Drawing:
    """Return a participant's state diagram; with ``fired``, all other rows are marked as never fired."""
    participant = PARTICIPANTS[name]
    numbers = range(1, len(participant.rows) + 1)
    unfired = frozenset() if fired is None else frozenset(numbers) - fired
    slug = "".join(letter if letter.isalnum() else "-" for letter in name.replace("'", ""))
    formats = _from_dot(machine_dot(participant, unfired))
    return Drawing(prefix + slug, formats | {"mermaid": lambda: machine_mermaid(participant, unfired)})


def composed(scenario: Scenario) -> Drawing:
    """Return the picture of who talks to whom in a scenario."""
    wired = composition(scenario)
    formats = _from_dot(composition_dot(wired)) | {"mermaid": lambda: composition_mermaid(wired)}
    return Drawing(f"composition-{scenario.name}", formats)


def trace_drawing(scenario: Scenario, verdict: Verdict) -> Drawing:
    """Return the sequence chart of a verdict's trace."""
    picture = chart_of(verdict)
    dot = sequence_dot(picture, scenario.name)
    return Drawing(
        f"trace-{scenario.name}",
        {
            "svg": lambda: sequence_svg(picture),
            "png": lambda: render.png(dot),
            "dot": lambda: dot,
            "mermaid": lambda: chart_mermaid(picture),
            "text": lambda: drawn(picture).plain + "\n",
        },
    )


def chart_of(verdict: Verdict) -> Chart:
    """Return the chart of a verdict's trace, its lanes in the order of the draft's figures."""
    assert verdict.trace is not None  # noqa: S101 - the caller has seen to it
    breaks = verdict.property.name if verdict.answer is Answer.VIOLATED else ""
    return chart(verdict.trace, breaks, ORDER)


def _from_dot(dot: str) -> dict[str, Callable[[], str | bytes]]:
    return {"svg": lambda: render.svg(dot), "png": lambda: render.png(dot), "dot": lambda: dot}
