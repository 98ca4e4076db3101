"""The alert of a verdict: at its author's file, or else at the line that states the property."""

from __future__ import annotations

from haboot.checker import Alert, Answer, Verdict, in_words, weight
from haboot.ledger.subject import Subject


def alert(subject: Subject, verdict: Verdict, wanted: Answer | None, *, strict: bool = False) -> Alert | None:
    """Return what is to be told of a verdict, None where there is nothing; ``strict`` as the option of the command."""
    heavy = weight(verdict.answer, wanted, strict=strict)
    if heavy is None:
        return None
    name, assumed = verdict.property.name, subject.assumed
    assuming = "" if assumed is None else f", assuming {', '.join(assumed) or 'nothing'}"
    return Alert(
        verdict,
        identity=f"{subject.name}/{name}",
        weight=heavy,
        text=f"{in_words(verdict, subject.name)}{assuming}; {subject.expects(name, wanted)}",
        places=subject.places(name),
        steps=tuple(subject.steps(verdict.trace)) if verdict.trace is not None else (),
        excuse=subject.reason(name) if verdict.answer is wanted else "",
        facts={subject.noun: subject.name, "expected": wanted and str(wanted)},
    )
