"""All claims in one list, and the properties that they give for a scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from haboot.checker import Homes, Property, System, Value
from haboot.checker.fuzzing import World, started
from haboot.model import Scenario
from haboot.properties.alternatives import ALTERNATIVES
from haboot.properties.beyond import BEYOND
from haboot.properties.claims import Claim, Setting, setting, setting_of
from haboot.properties.flows import FLOWS
from haboot.properties.headline import HEADLINE
from haboot.properties.ike import IKE
from haboot.properties.numbers import NUMBERS
from haboot.properties.repetition import REPETITION
from haboot.properties.sources import SOURCES
from haboot.properties.surroundings import SURROUNDINGS
from haboot.properties.switching import SWITCHING

CLAIMS: tuple[Claim, ...] = (
    *HEADLINE,
    *IKE,
    *SWITCHING,
    *FLOWS,
    *REPETITION,
    *NUMBERS,
    *SURROUNDINGS,
    *SOURCES,
    *BEYOND,
    *ALTERNATIVES,
)

Slots: TypeAlias = Mapping[str, tuple[tuple[str, ...], Value]]  # by name: its channel's ends, its first value


def properties(scenario: Scenario, system: System) -> tuple[Property, ...]:
    """Return every property that means something in a scenario."""
    return stated(setting(scenario, system), tuple(action.name for action in system.actions))


def run_properties(scenario: Scenario, world: World) -> tuple[Property, ...]:
    """Return the same for runs through a world, which has no list of all actions to be fair to."""
    first: dict[str, Value] = {**started(world), **world.empty}
    return stated(setting_of(scenario, first, world.homes), ())


def properties_over(scenario: Scenario, slots: Slots, actions: Sequence[str]) -> tuple[Property, ...]:
    """Return the same for states that somebody else made, by their slots and the names of the actions."""
    first = {name: value for name, (_, value) in slots.items()}
    places = Homes(channels={name: ends for name, (ends, _) in slots.items() if ends})
    return stated(setting_of(scenario, first, places), tuple(actions))


def stated(here: Setting, actions: tuple[str, ...]) -> tuple[Property, ...]:
    """Return the properties of a setting."""
    return tuple(claim.instance(here, actions) for claim in CLAIMS if claim.has_subject(here))
