"""One self-contained HTML file: what was checked, what each verdict rests on, the charts, and an explorer.

The page carries its style, its script and its data; its own policy forbids every request. Every text goes through the
template engine's escaping; only drawings made here are put in as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from haboot.checker import Answer, Kind, Participant, Report, Trace, Verdict
from haboot.diagrams import Chart, Explorable, machine_dot, packed, render, sequence_svg, shown, style, words
from haboot.pages.comparison import Comparison
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """One scenario with its report, and the answers that were expected of it."""

    name: str
    summary: str
    assumptions: tuple[str, ...]
    report: Report
    expected: Mapping[str, Answer | None]

    def differs(self, verdict: Verdict) -> bool:
        """Whether a verdict is another than the expected one."""
        wanted = self.expected.get(verdict.property.name)
        return wanted is not None and verdict.answer not in {wanted, Answer.INCOMPLETE}

    @property
    def tally(self) -> dict[str, int]:
        """How many verdicts there are of each answer."""
        return {str(answer): n for answer, n in sorted(Counter(one.answer for one in self.report.verdicts).items())}


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """A requirement with the properties that express it, each with its answers by scenario, or its waiver."""

    id: str
    section: str
    level: str
    binds: str
    text: str
    reading: str
    waiver: str
    checks: tuple[tuple[str, str, Mapping[str, Answer]], ...]

    @property
    def answer(self) -> str:
        """What the filter goes by: waived, or the gravest answer of its properties."""
        if self.waiver:
            return "waived"
        given = {answer for _, _, answers in self.checks for answer in answers.values()}
        order = (Answer.VIOLATED, Answer.INCOMPLETE, Answer.HOLDS, Answer.UNREACHED)
        return next((str(answer) for answer in order if answer in given), "not checked")


@dataclass(frozen=True, slots=True)
class FindingEntry:
    """A finding with the chart of its trace; ``address`` leads into the explorer, empty where it cannot.

    ``fairness`` says of a loop which promise would end it.
    """

    name: str
    what: str
    fault: str
    property: str
    statement: str
    assumptions: tuple[str, ...]
    trace: Trace
    chart: Chart
    address: str = ""
    fairness: str = ""


@dataclass(frozen=True, slots=True)
class MachineEntry:
    """A participant, and the rows, numbered from 1, that no scenario of the report takes."""

    participant: Participant
    unfired: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Content:
    """All that a report shows; ``made_by`` names the program and its version."""

    title: str
    made_by: str
    scenarios: tuple[ScenarioResult, ...]
    requirements: tuple[RequirementRow, ...] = ()
    findings: tuple[FindingEntry, ...] = ()
    machines: tuple[MachineEntry, ...] = ()
    explorable: tuple[Explorable, ...] = ()
    comparison: Comparison | None = None


def _own(name: str) -> str:
    return files("haboot.pages").joinpath("templates", name).read_text(encoding="utf-8")


def report_html(content: Content) -> str:
    """Return the report as one HTML page.

    Raises ModelError for an explorer scenario that is cut or too large (see ``packed``).
    """
    page = Environment(
        loader=PackageLoader("haboot.pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    page.policies["json.dumps_kwargs"] = {"sort_keys": False}  # slots stay in the order of the model
    page.filters["number"] = lambda count: f"{count:,}"
    return page.get_template("report.html").render(
        content=content,
        styles=Markup("\n".join((style("palette.css"), style("chart.css"), _own("report.css")))),  # noqa: S704 - own files
        script=Markup(_own("report.js")),  # noqa: S704 - an own file
        charts=[Markup(sequence_svg(one.chart, styled=False)) for one in content.findings],  # noqa: S704 - escaped
        flows=_flows(content.comparison),
        steps=[_steps(one.trace) for one in content.findings],
        drawings=[_drawing(place, one) for place, one in enumerate(content.machines)],
        rows=[_rows(one) for one in content.machines],
        spaces=[(one.name, packed(one)) for one in content.explorable],
        totals=_totals(content),
    )


def _flows(comparison: Comparison | None) -> list[Markup | None]:
    """The normal run of each variant, None where it has none."""
    charts = [one.chart for one in comparison.variants] if comparison else []
    return [None if one is None else Markup(sequence_svg(one, styled=False)) for one in charts]  # noqa: S704 - escaped


def _totals(content: Content) -> dict[str, int]:
    verdicts = [(one, verdict) for one in content.scenarios for verdict in one.report.verdicts]
    return {
        "scenarios": len(content.scenarios),
        "verdicts": len(verdicts),
        "states": sum(one.report.space.distinct for one in content.scenarios),
        "surprises": sum(one.differs(verdict) for one, verdict in verdicts),
        "incomplete": sum(verdict.answer is Answer.INCOMPLETE for _, verdict in verdicts),
        "violated": sum(verdict.answer is Answer.VIOLATED for _, verdict in verdicts),
        "holds": sum(v.answer is Answer.HOLDS and v.property.kind is not Kind.SOMETIMES for _, v in verdicts),
        "witnessed": sum(v.answer is Answer.HOLDS and v.property.kind is Kind.SOMETIMES for _, v in verdicts),
        "unreached": sum(verdict.answer is Answer.UNREACHED for _, verdict in verdicts),
    }


def _steps(trace: Trace) -> dict[str, Any]:
    """A trace as the page reads it: the first state, then each action with what it changes."""
    changes = [{name: shown(new) for name, (_, new) in step.changes.items()} for step in trace]
    start = {name: shown(value) for name, value in trace.initial.items()}
    return {"start": start, "actions": [step.action for step in trace], "changes": changes, "loop": trace.loop}


def _drawing(place: int, one: MachineEntry) -> Markup:
    dot = machine_dot(one.participant, one.unfired, legend=False, prefix=f"m{place}-")
    return Markup(render.svg(dot))  # noqa: S704 - Graphviz escapes the labels


def _rows(one: MachineEntry) -> list[dict[str, Any]]:
    """The rows of a participant for its table."""
    return [
        {
            "number": number,
            "trigger": row.name,
            "source": "any" if set(row.source) >= set(one.participant.states) else ", ".join(row.source),
            "dest": "stays" if row.dest == "=" else row.dest,
            "guards": ", ".join(map(words, row.guards)),
            "effects": ", ".join(map(words, row.effects)),
            "cites": row.cites,
            "fired": number not in one.unfired,
        }
        for number, row in enumerate(one.participant.rows, start=1)
    ]
