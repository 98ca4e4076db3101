"""Runs of a model of one's own in files: saved by haboot, or written as ITF by another tool, and taken again.

A file is data and names no code: which model it is of, whoever asks says. What the model does not make is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from haboot.checker import Answer, Kind, ModelError, Verdict, from_itf
from haboot.checker.boundary import plain, told
from haboot.ledger.own import Own
from haboot.ledger.saved import OURS, File, Head, Ours, named, taken_again
from haboot.ledger.structure import built


def verdict_from(data: Any, model: Own, claim: str | None = None) -> Verdict:
    """Return what a run in a file says of a model: that it breaks a property, or witnesses it.

    The property is the one that the file names, or ``claim``; a file of another tool names none. Raises ModelError for
    a run that the model does not make, or that does not show it.
    """
    meta = data.get("#meta") if isinstance(data, Mapping) else None
    about, asked = "", claim
    if isinstance(meta, Mapping) and OURS in meta:
        ours = built(built(meta, Head, "its #meta").haboot, Ours, "its description")
        if ours.model != model.model.name:
            raise ModelError(f"it is of {_whose(ours)}, not of the model '{model.model.name}'")
        about, asked = plain(ours.about), claim or ours.property
    elif asked is not None:
        data = model.record(asked, from_itf(model.model.composed(), data), "")
    if asked is None:
        raise ModelError("it does not say which property it breaks: name one")
    world = model.world()
    stated = named(asked, model.run_properties(world))
    trace = taken_again(built(data, File, "the file"), stated, world)
    return Verdict(stated, Answer.HOLDS if stated.kind is Kind.SOMETIMES else Answer.VIOLATED, trace, about)


def _whose(ours: Ours) -> str:
    return f"the model {told(ours.model)}" if ours.model else "a scenario"
