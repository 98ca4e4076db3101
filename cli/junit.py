"""JUnit XML of a check: a suite a scenario, a case a property, as Jenkins' ``junit-10.xsd`` has it.

A verdict that differs from what was expected is a failure, one that a bound or an interrupt cut is an error, and one
that is expected not to hold is skipped, with the reason. So is one that does not hold where nothing was expected,
unless the check is strict. A case has two attributes more than the schema, which CI systems read: the file and the line
where it belongs. One exploration answers all properties of a scenario, so each case has an equal share of its time.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version

from haboot.checker import Answer, Place, Verdict
from haboot.diagrams import text_chart
from haboot.ledger import Gap, Results
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

WIDTH = 100


def junit(results: Iterable[Results], gaps: Iterable[Gap]) -> str:
    """Return the file's content."""
    every, report = list(results), JUnitXml("haboot")
    for one in every:
        report.add_testsuite(_suite(one))
    lacking = TestSuite("coverage")
    for gap in gaps:
        lacking.add_testcase(_gap(gap))
    if len(lacking):
        report.add_testsuite(lacking)
    report.update_statistics()  # type: ignore[no-untyped-call]
    for suite, one in zip(report, every, strict=False):
        suite.time = round(one.seconds, 3)
    report.time = round(sum(one.seconds for one in every), 3)
    root = report._elem
    root.attrib.pop("skipped", None)
    text: bytes = report.tostring()  # type: ignore[no-untyped-call]
    return text.decode()


def _suite(one: Results) -> TestSuite:
    suite, counts = TestSuite(one.subject.name), one.counts
    facts = {
        "haboot": version("haboot"),
        "engine": counts.engine,
        "distinct": counts.distinct,
        "generated": counts.generated,
        "depth": counts.depth,
        "assumptions": " ".join(one.subject.assumed or ()),
        "bounds hit": ", ".join(counts.bounds_hit),
    }
    for name, value in facts.items():
        suite.add_property(name, str(value))
    for verdict in one.verdicts:
        suite.add_testcase(_case(one, verdict))
    return suite


def _case(one: Results, verdict: Verdict) -> TestCase:
    claim, wanted = verdict.property, one.expected[verdict.property.name]
    share = one.seconds / len(one.verdicts)
    case = _placed(TestCase(claim.name, f"haboot.{one.subject.name}", round(share, 4)), one.places(claim.name)[0])
    told = f"{verdict.answer}{''.join(f', {fact}' for fact in verdict.facts())}; {one.expects(claim.name)}"
    if verdict.answer is wanted and wanted is not Answer.HOLDS:
        case.result = [Skipped(f"{verdict.answer} as expected: {one.subject.reason(claim.name)}")]
    elif verdict.answer is Answer.INCOMPLETE:
        case.result = [Error(told, str(verdict.answer))]
    elif one.fails(verdict):
        failure = Failure(told, str(verdict.answer))
        failure.text = details(verdict)
        case.result = [failure]
    elif verdict.answer is not Answer.HOLDS:
        case.result = [Skipped(told)]
    return case


def _placed(case: TestCase, place: Place) -> TestCase:
    case._elem.set("file", place.file)
    case._elem.set("line", str(place.line))
    return case


def details(verdict: Verdict) -> str:
    """Return what a verdict says and rests on: statement, citations and the chart of its trace."""
    claim = verdict.property
    parts = [f"{claim.statement} ({', '.join(claim.cites)})" if claim.cites else claim.statement]
    if verdict.trace is not None:
        breaks = claim.name if verdict.answer is Answer.VIOLATED else ""
        parts.append(text_chart(verdict.trace, WIDTH, breaks).plain)
    return "\n\n".join(filter(None, parts))


def _gap(gap: Gap) -> TestCase:
    case = _placed(TestCase(gap.name, f"haboot.coverage.{gap.what}", 0.0), gap.place)
    case.result = [Skipped(gap.reason) if gap.reason else Failure(str(gap), gap.what)]
    return case
