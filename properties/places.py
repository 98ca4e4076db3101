"""Where claims are stated, and who takes the steps of a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from haboot.checker import Participant, Place, place_of
from haboot.model import Scenario, composition
from haboot.properties.catalogue import CLAIMS


@cache
def claim_places() -> dict[str, Place]:
    """Return where each claim is stated, by its name."""
    return {claim.name: place_of(claim) for claim in CLAIMS}


@cache
def participants_of(scenario: Scenario) -> Mapping[str, Participant]:
    """Return each instance's participant."""
    return {one.name: one.participant for one in composition(scenario).instances}
