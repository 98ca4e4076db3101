"""SARIF 2.1.0 of alerts: a result an alert, where it belongs, and its trace as a code flow.

What is expected is there as well, as an accepted suppression with its reason, so that a page of alerts shows what
changed and nothing else. The baseline of ``baselineState`` is what was expected.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from haboot.checker import Alert, Base, Kind, Place, Trace, Weight

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
WEIGHTS: dict[Weight, dict[str, str]] = {
    Weight.NEW: {"kind": "fail", "level": "error", "baselineState": "new"},
    Weight.OPEN: {"kind": "open", "level": "none"},
    Weight.KNOWN: {"kind": "fail", "level": "warning", "baselineState": "unchanged"},
    Weight.UNFORESEEN: {"kind": "fail", "level": "warning"},
}
ROOTS = {Base.REPOSITORY: "The root of the repository.", Base.PACKAGE: "The folder that packages are installed in."}


def sarif_log(
    version: str, rules: Sequence[dict[str, Any]], results: Iterable[dict[str, Any]], *, whole: bool
) -> dict[str, Any]:
    """Return the log of one run, ready for JSON; ``whole`` says that no bound cut it. Every result needs its rule."""
    numbers = {one["id"]: number for number, one in enumerate(rules)}
    driver = {"name": "haboot", "version": version, "semanticVersion": version, "rules": list(rules)}
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": whole}],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {base: {"description": {"text": text}} for base, text in ROOTS.items()},
        "results": [{**one, "ruleIndex": numbers[one["ruleId"]]} for one in results],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def sarif_rule(
    name: str, kind: Kind, statement: str, cites: Sequence[str] = (), cited: Sequence[str] = ()
) -> dict[str, Any]:
    """Return a property as a rule; ``cited`` are the texts that it cites, whole."""
    stated = _stated(name, statement)
    plain = ("It cites:", *cited) if cited else ()
    listed = ("", "It cites:", "", *(f"- {one}" for one in cited)) if cited else ()
    return {
        "id": name,
        "name": "".join(word.capitalize() for word in name.replace("-", " ").split()),
        "shortDescription": {"text": stated},
        "fullDescription": {"text": f"{stated} A property of kind '{kind}'."},
        "help": {"text": "\n".join((stated, *plain)), "markdown": "\n".join((stated, *listed))},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["model-checking", str(kind)], "cites": list(cites)},
    }


def _stated(name: str, statement: str) -> str:
    text = statement or name
    return f"{text[:1].upper()}{text[1:]}."


def sarif_result(alert: Alert) -> dict[str, Any]:
    """Return an alert as a result, but for the number of its rule."""
    first, *others = alert.places
    claim = alert.verdict.property
    named = {"name": claim.name, "fullyQualifiedName": alert.identity, "kind": "member"}
    made: dict[str, Any] = {
        "ruleId": claim.name,
        **WEIGHTS[alert.weight],
        "message": {"text": f"{alert.text}. {_stated(claim.name, claim.statement)}"},
        "locations": [{"physicalLocation": _physical(first), "logicalLocations": [named]}],
        "partialFingerprints": _fingerprints(alert.identity),
        "properties": {"verdict": str(alert.verdict.answer), **alert.facts},
    }
    if others:
        made["relatedLocations"] = [
            {"id": count, "physicalLocation": _physical(one), "message": {"text": "the property is stated here"}}
            for count, one in enumerate(others, start=1)
        ]
    if alert.excuse:
        made["suppressions"] = [{"kind": "external", "status": "accepted", "justification": alert.excuse}]
    if alert.verdict.trace is not None:
        made["codeFlows"] = [_flow(alert.verdict.trace, alert.steps, first)]
    return made


def _fingerprints(identity: str) -> dict[str, str]:
    """What tells two results apart: GitHub knows only the second, without which one line would be one alert."""
    digest = sha256(identity.encode()).hexdigest()[:16]
    return {"scenarioAndProperty/v1": identity, "primaryLocationLineHash": f"{digest}:1"}


def _flow(trace: Trace, places: Sequence[Place | None], first: Place) -> dict[str, Any]:
    """Return a trace as a code flow; what nobody wrote, such as a loss, is shown where the alert belongs."""
    begin = {"message": {"text": "the initial state"}, "physicalLocation": _physical(first)}
    steps: list[dict[str, Any]] = [{"location": begin, "executionOrder": 1}]
    for number, (step, place) in enumerate(zip(trace, places, strict=True), start=1):
        told = {"message": {"text": f"{number}. {step.action}"}, "physicalLocation": _physical(place or first)}
        changed = {name: {"text": str(new)} for name, (_, new) in step.changes.items()}
        steps.append({"location": told, "executionOrder": number + 1, "state": changed})
    flow: dict[str, Any] = {"threadFlows": [{"locations": steps}]}
    if trace.loop is not None:
        flow["message"] = {"text": f"The steps after step {trace.loop} repeat for ever."}
    return flow


def _physical(place: Place) -> dict[str, Any]:
    base, file = place.base, place.file
    at = {"uri": quote(file), "uriBaseId": str(base)} if base else {"uri": place.path.absolute().as_uri()}
    return {"artifactLocation": at, "region": {"startLine": place.line}}
