"""SARIF 2.1.0 of a check: a result a violated property, placed at the line that states it, its trace a code flow.

What the ledger expects is there as well, as an accepted suppression with its reason, so that a page of alerts shows
what changed and nothing else. The baseline of ``baselineState`` is the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from importlib.metadata import version
from typing import Any

from haboot.checker import Answer, Step, Trace, Verdict
from haboot.ledger import Judged, reason
from haboot.properties import CLAIMS, REQUIREMENTS, Place, claim_places, participants_of, step_place

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
RULES = {claim.name: number for number, claim in enumerate(CLAIMS)}


def sarif(results: Iterable[Judged]) -> dict[str, Any]:
    """Return the log, ready for JSON."""
    every = list(results)
    driver = {
        "name": "haboot",
        "version": version("haboot"),
        "semanticVersion": version("haboot"),
        "rules": [_rule(number) for number in range(len(CLAIMS))],
    }
    whole = not any(one.report.space.bounds_hit for one in every)
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": whole}],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository."}}},
        "results": [
            _result(one, verdict) for one in every for verdict in one.report.verdicts if _is_told(one, verdict)
        ],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _is_told(one: Judged, verdict: Verdict) -> bool:
    return verdict.answer is not Answer.HOLDS or one.differs(verdict)


def _rule(number: int) -> dict[str, Any]:
    claim = CLAIMS[number]
    rows = {row.id: row for row in REQUIREMENTS}
    cited = [
        f"{rows[cite].id}, section {rows[cite].section}: {rows[cite].paraphrase}"
        for cite in claim.cites
        if cite in rows
    ]
    cited += [cite for cite in claim.cites if cite not in rows]
    return {
        "id": claim.name,
        "name": "".join(word.capitalize() for word in claim.name.split("-")),
        "shortDescription": {"text": _sentence(claim.statement)},
        "fullDescription": {"text": f"{_sentence(claim.statement)} A property of kind '{claim.kind}'."},
        "help": {
            "text": "\n".join((_sentence(claim.statement), "It cites:", *cited)),
            "markdown": "\n".join((_sentence(claim.statement), "", "It cites:", "", *(f"- {one}" for one in cited))),
        },
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["model-checking", str(claim.kind)], "cites": list(claim.cites)},
    }


def _result(one: Judged, verdict: Verdict) -> dict[str, Any]:
    claim, scenario = verdict.property, one.scenario
    wanted, place = one.expected[claim.name], claim_places()[claim.name]
    made: dict[str, Any] = {
        "ruleId": claim.name,
        "ruleIndex": RULES[claim.name],
        **_weight(one, verdict),
        "message": {"text": f"{told(one, verdict)}. {_sentence(claim.statement)}"},
        "locations": [{"physicalLocation": _physical(place), "logicalLocations": _logical(scenario.name, claim.name)}],
        "partialFingerprints": _fingerprints(f"{scenario.name}/{claim.name}"),
        "properties": {"scenario": scenario.name, "verdict": str(verdict.answer), "expected": wanted and str(wanted)},
    }
    if verdict.answer is wanted:
        why = {"kind": "external", "status": "accepted", "justification": reason(scenario, claim.name)}
        made["suppressions"] = [why]
    if verdict.trace is not None:
        made["codeFlows"] = [_flow(one, verdict.trace, place)]
    return made


def _fingerprints(identity: str) -> dict[str, str]:
    """What tells two results apart: GitHub knows only the second, without which one line would be one alert."""
    digest = sha256(identity.encode()).hexdigest()[:16]
    return {"scenarioAndProperty/v1": identity, "primaryLocationLineHash": f"{digest}:1"}


def _weight(one: Judged, verdict: Verdict) -> dict[str, str]:
    """How much a result matters: one that fails is an error, a cut one is open, all others are known or unforeseen."""
    if verdict.answer is Answer.INCOMPLETE:
        return {"kind": "open", "level": "none"}
    if one.fails(verdict):
        return {"kind": "fail", "level": "error", "baselineState": "new"}
    known = verdict.answer is one.expected[verdict.property.name]
    return {"kind": "fail", "level": "warning"} | ({"baselineState": "unchanged"} if known else {})


def told(one: Judged, verdict: Verdict) -> str:
    """Return the verdict in a line: property, answer, length of the trace, scenario, and what the ledger expects."""
    wanted, length = one.expected[verdict.property.name], ""
    if verdict.trace is not None:
        length = f" in {len(verdict.trace)} steps"
    assumed = ", ".join(one.scenario.assumed) or "nothing"
    note = f" ({'; '.join(verdict.facts())})" if verdict.facts() else ""
    expects = f"the ledger expects {wanted}" if wanted else "the ledger expects nothing of it"
    return (
        f"{verdict.property.name}: {verdict.answer}{length} in {one.scenario.name}{note}, assuming {assumed}; {expects}"
    )


def _flow(one: Judged, trace: Trace, place: Place) -> dict[str, Any]:
    """Return a trace as a code flow; what no row takes, such as a loss, is shown where the property is stated."""
    begin = {"message": {"text": "the initial state"}, "physicalLocation": _physical(place)}
    steps = [_flow_step(one, step, number, place) for number, step in enumerate(trace, start=1)]
    flow: dict[str, Any] = {"threadFlows": [{"locations": [{"location": begin, "executionOrder": 1}, *steps]}]}
    if trace.loop is not None:
        flow["message"] = {"text": f"The steps after step {trace.loop} repeat for ever."}
    return flow


def _flow_step(one: Judged, step: Step, number: int, default: Place) -> dict[str, Any]:
    place = step_place(step, participants_of(one.scenario)) or default
    location = {"message": {"text": f"{number}. {step.action}"}, "physicalLocation": _physical(place)}
    changed = {name: {"text": str(new)} for name, (_, new) in step.changes.items()}
    return {"location": location, "executionOrder": number + 1, "state": changed}


def _physical(place: Place) -> dict[str, Any]:
    return {
        "artifactLocation": {"uri": place.file, "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": place.line},
    }


def _logical(scenario: str, claim: str) -> list[dict[str, str]]:
    return [{"name": claim, "fullyQualifiedName": f"{scenario}/{claim}", "kind": "member"}]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def annotated(results: Iterable[Judged]) -> Iterator[tuple[str, Place, str, str]]:
    """The verdicts that change the outcome, or that nobody expected: level, place, title and text of each."""
    for one in results:
        for verdict in one.report.verdicts:
            place = claim_places()[verdict.property.name]
            if one.fails(verdict):
                yield "error", place, f"{verdict.property.name}: {verdict.answer}", told(one, verdict)
            elif verdict in one.cut or one.is_unforeseen(verdict):
                yield "warning", place, f"{verdict.property.name}: {verdict.answer}", told(one, verdict)
