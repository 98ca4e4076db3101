"""The alert of a verdict on a scenario: at its author's file, or else at the line that states the property."""

from __future__ import annotations

from haboot.checker import Alert, Answer, Verdict, in_words, step_place, weight
from haboot.ledger.origins import expects, places
from haboot.ledger.reasons import reason
from haboot.model import Scenario
from haboot.properties import participants_of


def alert(scenario: Scenario, verdict: Verdict, wanted: Answer | None, *, strict: bool = False) -> Alert | None:
    """Return what is to be told of a verdict, None where there is nothing; ``strict`` as the option of the command."""
    heavy = weight(verdict.answer, wanted, strict=strict)
    if heavy is None:
        return None
    name, parts = verdict.property.name, participants_of(scenario)
    assumed = ", ".join(scenario.assumed) or "nothing"
    return Alert(
        verdict,
        identity=f"{scenario.name}/{name}",
        weight=heavy,
        text=f"{in_words(verdict, scenario.name)}, assuming {assumed}; {expects(scenario, name, wanted)}",
        places=places(scenario, name),
        steps=tuple(step_place(step, parts) for step in verdict.trace or ()),
        excuse=reason(scenario, name) if verdict.answer is wanted else "",
        facts={"scenario": scenario.name, "expected": wanted and str(wanted)},
    )
