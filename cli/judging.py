"""Exploring and judging under a command: with progress shown, and ended in order by an interrupt."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from haboot.checker import Limits
from haboot.cli.interrupts import gently, hurry, require_quiet
from haboot.cli.progress import Meter
from haboot.ledger import Judged
from haboot.ledger import judged as with_expected
from haboot.model import Scenario
from haboot.properties import explored


def judged(scenario: Scenario, bounds: Limits, meter: Meter, engine: str = "auto") -> Judged:
    """Explore one scenario and judge its properties; raises Interrupted."""
    one = judged_so_far(scenario, bounds, meter, engine)
    require_quiet()
    return one


def judged_so_far(
    scenario: Scenario, bounds: Limits, meter: Meter, engine: str = "auto", only: Collection[str] = ()
) -> Judged:
    """Explore one scenario and judge its properties, or those named; what an interrupt cuts is INCOMPLETE."""
    meter.begin(scenario.name)
    try:
        with gently(patient=bounds.checkpoint is not None) as stopped:
            found = explored(scenario, replace(bounds, stopped=stopped), meter, engine, only=only)
            hurry()
            return with_expected(found)
    finally:
        meter.end()
