"""What a report holds: the results of a run, the ledgers, and the state graphs to step through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import version

from haboot.checker import Answer, ModelError, Verdict, state_graph
from haboot.cli.alternatives import comparison
from haboot.cli.drawings import ORDER, chart_of, graph_of
from haboot.cli.trace import missing
from haboot.diagrams import MOST, Explorable, fired_rows, path, violating
from haboot.ledger import FINDINGS, Finding, Judged
from haboot.model import PARTICIPANTS, Scenario, composition
from haboot.pages import Content, FindingEntry, MachineEntry, RequirementRow, ScenarioResult
from haboot.properties import CLAIMS, REQUIREMENTS, Requirement
from haboot.studies import Line

STATEMENTS = {claim.name: claim.statement for claim in CLAIMS}


def gathered(results: Iterable[Judged], explored: Iterable[str], lines: Sequence[Line] = ()) -> Content:
    """Return the content of a report; raises ModelError when a scenario to be explored is too large for a page."""
    every, wanted = list(results), set(explored)
    spaces = {one.scenario.name: one for one in every if one.scenario.name in wanted}
    return Content(
        title="Home Agent Initiated Bootstrap for Mobile IPv6: what was checked",
        made_by=f"haboot {version('haboot')}",
        scenarios=tuple(_scenario(one) for one in every),
        requirements=tuple(_requirement(row, every) for row in REQUIREMENTS),
        findings=tuple(_finding(one, spaces) for one in FINDINGS if one.name in spaces),
        machines=_machines(every),
        explorable=tuple(_explorable(one) for one in spaces.values()),
        comparison=comparison(lines) if lines else None,
    )


def _scenario(one: Judged) -> ScenarioResult:
    scenario = one.scenario
    return ScenarioResult(scenario.name, scenario.summary, scenario.assumed, one.report, one.expected)


def _requirement(row: Requirement, results: Iterable[Judged]) -> RequirementRow:
    claims = {claim.name: claim for claim in row.claims}
    answers: dict[str, dict[str, Answer]] = {name: {} for name in claims}
    for one in results:
        for verdict in one.report.verdicts:
            claim = claims.get(verdict.property.name)
            if claim is not None and claim.speaks_of_draft(one.scenario):
                answers[claim.name][one.scenario.name] = verdict.answer
    checks = tuple((claim.name, claim.statement, answers[claim.name]) for claim in row.claims)
    return RequirementRow(row.id, row.section, row.level, row.binds, row.paraphrase, row.reading, row.waiver, checks)


def _finding(finding: Finding, results: dict[str, Judged]) -> FindingEntry:
    one = results[finding.name]
    verdict = one.report[finding.claim]
    if verdict.trace is None:
        raise ModelError(f"finding '{finding.name}' has no trace any more: {finding.claim} is {verdict.answer}")
    return FindingEntry(
        finding.name,
        finding.what,
        finding.fault,
        finding.claim,
        STATEMENTS[finding.claim],
        finding.assumptions,
        verdict.trace,
        chart_of(verdict),
        f"{finding.name}/{path(graph_of(one), verdict.trace)}",
        "" if verdict.trace.loop is None else missing(verdict),
    )


def fits(one: Judged) -> bool:
    """Whether a page can hold the whole state graph."""
    space = one.report.space
    return space.distinct <= MOST and not space.bounds_hit and not space.reductions


def _explorable(one: Judged) -> Explorable:
    space = graph_of(one)
    broken = [verdict for verdict in one.report.verdicts if verdict.answer is Answer.VIOLATED]
    marks = {_mark(verdict): violating(space, verdict) for verdict in broken}
    return Explorable(one.scenario.name, _told(one.scenario), space, composition(one.scenario), marks, ORDER)


def _mark(verdict: Verdict) -> str:
    return f"breaks {verdict.property.name}: {verdict.property.statement}"


def _told(scenario: Scenario) -> str:
    assumed = ", ".join(scenario.assumed) or "nothing"
    return f"{scenario.summary}; {scenario.prefixes} prefix; assuming {assumed}"


def _machines(results: Iterable[Judged]) -> tuple[MachineEntry, ...]:
    """Every participant, with the rows that no scenario took; where a space cannot tell, its rows count as taken."""
    numbers = {name: frozenset(range(1, len(one.rows) + 1)) for name, one in PARTICIPANTS.items()}
    fired: dict[str, set[int]] = {name: set() for name in PARTICIPANTS}
    for one in results:
        instances, space = composition(one.scenario).instances, one.report.space
        known = fired_rows(state_graph(space, 0), instances) if space.engine == "graph" else numbers
        for name in {instance.participant.name for instance in instances}:
            fired[name] |= known[name]
    return tuple(MachineEntry(one, numbers[name] - fired[name]) for name, one in PARTICIPANTS.items())
