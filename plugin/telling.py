"""What is to be told of an item's verdict beside that it passes or fails, as data that workers can send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from haboot.checker import (
    Alert,
    Answer,
    Participant,
    System,
    Verdict,
    defined_at,
    in_words,
    stated_at,
    step_place,
    weight,
)
from haboot.diagrams import annotated, sarif_result, sarif_rule
from haboot.plugin.ids import TOLD


def tell(item: pytest.Item, alert: Alert | None) -> None:
    """Keep what is to be told of an item, if anything."""
    if alert is not None:
        claim, place = alert.verdict.property, alert.places[0]
        item.stash[TOLD] = {
            "rule": sarif_rule(claim.name, claim.kind, claim.statement, claim.cites, claim.cites),
            "result": sarif_result(alert),
            "note": annotated(alert),
            "text": alert.text,
            "whole": alert.verdict.answer is not Answer.INCOMPLETE,
            "place": [str(place.path), place.line],
        }


def own_alert(
    nodeid: str,
    verdict: Verdict,
    system: System,
    parts: Mapping[str, Participant],
    maker: Callable[..., Any],
    reason: str | None,
) -> Alert | None:
    """Return what is to be told of a verdict on a system of one's own; ``reason`` says why it is to be violated."""
    claim, trace = verdict.property, verdict.trace
    wanted = Answer.HOLDS if reason is None else Answer.VIOLATED
    heavy, place = weight(verdict.answer, wanted), stated_at(claim) or defined_at(maker)
    if heavy is None or place is None:
        return None
    actions = {one.name: one for one in system.actions}
    return Alert(
        verdict,
        identity=nodeid,
        weight=heavy,
        text=f"{in_words(verdict, system.name)}; {maker.__name__} expects {wanted}",
        places=(place,),
        steps=tuple(step_place(step, parts, actions) for step in trace or ()),
        excuse=reason if reason and verdict.answer is wanted else "",
        facts={"system": system.name, "expected": str(wanted)},
    )


def log(kept: list[dict[str, Any]]) -> dict[str, Any]:
    """Return all that was kept as SARIF."""
    from importlib.metadata import version  # noqa: PLC0415 - takes a while

    from haboot.diagrams import sarif_log  # noqa: PLC0415

    rules = {one["rule"]["id"]: one["rule"] for one in kept}
    whole = all(one["whole"] for one in kept)
    return sarif_log(version("haboot"), list(rules.values()), (one["result"] for one in kept), whole=whole)
