"""The verdicts of a check as alerts: each at its author's file, or else at the line that states the property."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from haboot.checker import Answer, Verdict, step_place
from haboot.diagrams import Alert, Weight
from haboot.ledger import Judged, reason
from haboot.properties import participants_of


def alerts(results: Iterable[Judged]) -> Iterator[Alert]:
    """Return an alert for each verdict that does not hold, or that differs."""
    for one in results:
        yield from (_alert(one, each) for each in one.report.verdicts if _is_told(one, each))


def _is_told(one: Judged, verdict: Verdict) -> bool:
    return verdict.answer is not Answer.HOLDS or one.differs(verdict)


def _alert(one: Judged, verdict: Verdict) -> Alert:
    claim, scenario = verdict.property, one.scenario
    wanted, parts = one.expected[claim.name], participants_of(scenario)
    return Alert(
        rule=claim.name,
        answer=str(verdict.answer),
        identity=f"{scenario.name}/{claim.name}",
        weight=_weight(one, verdict),
        text=told(one, verdict),
        places=one.places(claim.name),
        trace=verdict.trace,
        steps=tuple(step_place(step, parts) for step in verdict.trace or ()),
        excuse=reason(scenario, claim.name) if verdict.answer is wanted else "",
        facts={"scenario": scenario.name, "expected": wanted and str(wanted)},
    )


def _weight(one: Judged, verdict: Verdict) -> Weight:
    if verdict.answer is Answer.INCOMPLETE:
        return Weight.OPEN
    if one.fails(verdict):
        return Weight.NEW
    return Weight.KNOWN if verdict.answer is one.expected[verdict.property.name] else Weight.UNFORESEEN


def told(one: Judged, verdict: Verdict) -> str:
    """Return the verdict in a line: property, answer, length of the trace, scenario, and who expects what."""
    length = "" if verdict.trace is None else f" in {len(verdict.trace)} steps"
    assumed = ", ".join(one.scenario.assumed) or "nothing"
    note = f" ({'; '.join(verdict.facts())})" if verdict.facts() else ""
    name, expects = verdict.property.name, one.expects(verdict.property.name)
    return f"{name}: {verdict.answer}{length} in {one.scenario.name}{note}, assuming {assumed}; {expects}"
