"""Certificates written and checked within one process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from haboot.certify import Certificate, RefusedError
from haboot.checker import Answer, Composition, Limits, Property, Report, System, compose, graph, judge, quiet
from haboot.checker.certificates import certify
from haboot.checker.packed import Form, explore

ABOUT = {"name": "it", "model": "it", "version": "0", "sources": ""}
WHOLE = "*"


def answered(model: System | Composition, claims: Sequence[Property], engine: str, limits: Limits) -> Report:
    """Explore a model with an engine, and judge its properties."""
    system, every = model if isinstance(model, System) else compose(model), tuple(claims)
    space = graph.explore(system, limits, quiet) if engine == "graph" else explore(system, limits, quiet, Form(), every)
    return Report(space, tuple(judge(space, one) for one in every), 0.0)


def written(folder: Path, report: Report, model: System | Composition) -> Path:
    """Write a certificate of a report, and return where."""
    certify(folder, report, ABOUT, model if isinstance(model, Composition) else None)
    return folder


def refused(folder: Path, model: System | Composition, claims: Sequence[Property]) -> dict[str, str]:
    """Return what is refused of a certificate and why, by property; all of it under WHOLE."""
    try:
        one = Certificate(folder, model, lambda *_: claims)
    except RefusedError as error:
        return {WHOLE: str(error)}
    why = one.why | one.checked(one.places)
    found = {name: why.get(name) or (why.get("", "") if one.rests(name) else "") for name in one.verdicts}
    return {name: said for name, said in found.items() if said}


def claimed(report: Report) -> int:
    """Return how many verdicts say anything."""
    return sum(one.answer is not Answer.INCOMPLETE for one in report.verdicts)
