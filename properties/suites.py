"""The suites: what ``haboot check`` runs without arguments, and the fuller one."""

from __future__ import annotations

from collections.abc import Mapping

from haboot.model.assumptions import NAMES
from haboot.model.scenarios import STANDARD, Scenario
from haboot.properties.findings import FINDINGS

MORE: tuple[Scenario, ...] = (
    Scenario(
        "reordered-duplicates",
        "messages are delivered several times and overtake each other",
        "different",
        assumptions=frozenset({"duplication", "reordering"}),
    ),
    Scenario(
        "two-initiators-bad-network",
        "two initiators over a network that loses, duplicates and reorders",
        "same",
        assumptions=frozenset({"second-initiator", "loss", "duplication", "reordering"}),
    ),
    Scenario("three-nodes", "three mobile nodes contend for two IKE slots", "same", 3, 2),
    Scenario("three-nodes-new-prefix", "three mobile nodes contend for one IKE slot", "different", 3, 1),
)


def _alone() -> tuple[Scenario, ...]:
    """Each assumption by itself, in both flows, where no finding's scenario is the same."""
    known = {(one.prefixes, one.assumptions, one.mobile_nodes) for one in _standard()}
    made = (
        Scenario(f"{name}-{prefixes}", f"{name} alone", prefixes, assumptions=frozenset({name}))
        for name in NAMES
        for prefixes in ("same", "different")
    )
    return tuple(one for one in made if (one.prefixes, one.assumptions, one.mobile_nodes) not in known)


def _standard() -> tuple[Scenario, ...]:
    return (*STANDARD, *(finding.scenario for finding in FINDINGS))


SUITES: Mapping[str, tuple[Scenario, ...]] = {
    "standard": _standard(),
    "full": (*_standard(), *_alone(), *MORE),
}
