"""All claims in one list, and the properties that they give for a scenario."""

from __future__ import annotations

from haboot.checker import Property, System
from haboot.model.scenarios import Scenario
from haboot.properties.alternatives import ALTERNATIVES
from haboot.properties.beyond import BEYOND
from haboot.properties.claims import Claim, setting
from haboot.properties.flows import FLOWS
from haboot.properties.headline import HEADLINE
from haboot.properties.ike import IKE
from haboot.properties.repetition import REPETITION
from haboot.properties.surroundings import SURROUNDINGS
from haboot.properties.switching import SWITCHING

CLAIMS: tuple[Claim, ...] = (*HEADLINE, *IKE, *SWITCHING, *FLOWS, *REPETITION, *SURROUNDINGS, *BEYOND, *ALTERNATIVES)


def properties(scenario: Scenario, system: System) -> tuple[Property, ...]:
    """Return every property that means something in a scenario."""
    actions = tuple(action.name for action in system.actions)
    here = setting(scenario, system)
    return tuple(claim.instance(here, actions) for claim in CLAIMS if claim.has_subject(here))
