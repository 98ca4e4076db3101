"""What ``haboot draw`` draws: for each picture its name and the way to make each of its formats."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click
from haboot.checker import Answer, Composition, Limits, Participant, StateGraph, Verdict, nearest, state_graph
from haboot.cli.judging import whole
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
from haboot.ledger import FINDINGS, Judged, OfProtocol, Subject
from haboot.model import PARTICIPANTS

ORDER = ("DNS", "O", "H", "X", "M")


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture by name, with the way to make each format that it has."""

    name: str
    formats: dict[str, Callable[[], str | bytes]]


class Session:
    """Makes drawings of some machines; a scenario or a model is explored once.

    Without names of machines all are drawn.

    ``claim`` is the property whose trace is drawn, ``by`` the slots by which states are merged.
    """

    def __init__(
        self, claim: str | None, by: tuple[str, ...], machines: tuple[str, ...], *, every_finding: bool
    ) -> None:
        self.claim, self.by, self.machines, self.every_finding = claim, by, machines, every_finding
        self.meter, self.known = Meter(), dict[str, Judged]()

    def judged(self, subject: Subject) -> Judged:
        """The results of a subject, explored on first use."""
        if subject.name not in self.known:
            self.known[subject.name] = whole(subject, Limits(), self.meter)
        return self.known[subject.name]

    def drawings(self, what: tuple[str, ...], subjects: tuple[Subject, ...], *, named: bool) -> Iterator[Drawing]:
        """The drawings asked for; without a word what, all that the subjects have."""
        if not what or "participants" in what:
            yield from self.participants(subjects if named else (), asked="participants" in what)
        for subject in subjects:
            if "composition" in what or (not what and subject.composition() is not None):
                yield composed(subject)
            if not what or "space" in what:
                yield self.space(subject)
        findings = [OfProtocol(finding.scenario) for finding in FINDINGS]
        for subject in findings if self.every_finding else subjects:
            if "trace" in what or (not what and self.verdict(subject) is not None):
                yield self.trace(subject)

    def participants(self, subjects: tuple[Subject, ...], *, asked: bool) -> Iterator[Drawing]:
        """Every participant of the protocol; of what was named, those in it, with the rows that never fired marked."""
        if not subjects:
            yield from (participant_drawing(PARTICIPANTS[name]) for name in self.machines or PARTICIPANTS)
        for subject in subjects:
            wired = machines_of(subject) if asked else subject.composition()
            present = {one.participant.name: one.participant for one in (wired.instances if wired else ())}
            fired = fired_rows(graph_of(self.judged(subject)), wired.instances) if wired else {}
            for name in (one for one in self.machines or present if one in present):
                yield participant_drawing(present[name], frozenset(fired[name]), f"{subject.name}-")

    def space(self, subject: Subject) -> Drawing:
        """The state space: every state while they are few, else seen through slots."""
        space, verdict = graph_of(self.judged(subject)), self.verdict(subject)
        default = subject.seen_by if len(space.states) > WHOLE else ()
        broken = violating(space, verdict) if verdict else frozenset[int]()
        dot = space_dot(space, self.by or default, broken, verdict.trace if verdict else None)
        seen = quotient(space, self.by or default, broken, verdict.trace if verdict else None)
        return Drawing(f"space-{subject.name}", _from_dot(dot) | {"mermaid": lambda: space_mermaid(seen)})

    def verdict(self, subject: Subject) -> Verdict | None:
        """The verdict asked for: of the property named, else of the finding's."""
        wanted = self.claim or subject.sought
        if wanted is None:
            return None
        verdicts = {one.property.name: one for one in self.judged(subject).report.verdicts}
        if wanted not in verdicts:
            raise click.UsageError(f"unknown property '{wanted}' in '{subject.name}'{nearest(wanted, verdicts)}")
        return verdicts[wanted]

    def trace(self, subject: Subject) -> Drawing:
        """The chart of the property asked for; raises UsageError where there is no trace."""
        verdict = self.verdict(subject)
        if verdict is None:
            raise click.UsageError(f"'{subject.name}' is a {subject.noun}: name a property as well, with --property")
        if verdict.trace is None:
            raise click.UsageError(f"'{verdict.property.name}' has no trace in '{subject.name}': {verdict.answer}")
        return trace_drawing(subject.name, verdict)


def machines_of(subject: Subject) -> Composition:
    """Return the machines of a subject; raises UsageError for a system that is none of machines."""
    found = subject.composition()
    if found is None:
        raise click.UsageError(f"'{subject.name}' has no machines to draw: it is a System, not a Composition")
    return found


def graph_of(one: Judged) -> StateGraph:
    """Return a scenario's space to go through; raises ModelError for more than 60,000 states."""
    return state_graph(one.report.space, MOST)


def participant_drawing(participant: Participant, fired: frozenset[int] | None = None, prefix: str = "") -> Drawing:
    """Return a participant's state diagram; with ``fired``, all other rows are marked as never fired."""
    numbers = range(1, len(participant.rows) + 1)
    unfired = frozenset() if fired is None else frozenset(numbers) - fired
    slug = "".join(letter if letter.isalnum() else "-" for letter in participant.name.replace("'", ""))
    formats = _from_dot(machine_dot(participant, unfired))
    return Drawing(prefix + slug, formats | {"mermaid": lambda: machine_mermaid(participant, unfired)})


def composed(subject: Subject) -> Drawing:
    """Return the picture of who talks to whom."""
    wired = machines_of(subject)
    formats = _from_dot(composition_dot(wired)) | {"mermaid": lambda: composition_mermaid(wired)}
    return Drawing(f"composition-{subject.name}", formats)


def trace_drawing(where: str, verdict: Verdict) -> Drawing:
    """Return the sequence chart of a verdict's trace."""
    picture = chart_of(verdict)
    dot = sequence_dot(picture, where)
    return Drawing(
        f"trace-{where}",
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
