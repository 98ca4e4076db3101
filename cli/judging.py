"""Exploring and judging under a command: with progress shown, and ended in order by an interrupt."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from haboot.checker import Limits
from haboot.cli.interrupts import gently, hurry, require_quiet
from haboot.cli.progress import Meter
from haboot.ledger import Judged, OfProtocol, Subject
from haboot.ledger import judged as with_expected
from haboot.model import Scenario


def judged(scenario: Scenario, bounds: Limits, meter: Meter, engine: str = "auto") -> Judged:
    """Explore one scenario and judge its properties; raises Interrupted."""
    return whole(OfProtocol(scenario), bounds, meter, engine)


def whole(subject: Subject, bounds: Limits, meter: Meter, engine: str = "auto") -> Judged:
    """Do the same for whatever can be explored."""
    one = judged_so_far(subject, bounds, meter, engine)
    require_quiet()
    return one


def judged_so_far(
    subject: Subject, bounds: Limits, meter: Meter, engine: str = "auto", only: Collection[str] = ()
) -> Judged:
    """Explore something and judge its properties, or those named; what an interrupt cuts is INCOMPLETE."""
    meter.begin(subject.name)
    try:
        with subject.blamed(), gently(patient=bounds.checkpoint is not None) as stopped:
            found = subject.explored(replace(bounds, stopped=stopped), meter, engine, only)
            hurry()
            return with_expected(subject, found)
    finally:
        meter.end()
