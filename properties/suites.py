"""The suites: what ``haboot check`` runs without arguments, and the fuller one."""

from __future__ import annotations

from collections.abc import Mapping

from haboot.model.alternatives import BENCHES, alternative
from haboot.model.assumptions import NAMES
from haboot.model.scenarios import DRAFT, STANDARD, Scenario
from haboot.model.variants import VARIANTS
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
        "two initiators over a network that loses and duplicates",
        "different",
        assumptions=frozenset({"second-initiator", "loss", "duplication"}),
    ),
    Scenario("three-nodes", "three mobile nodes contend for two IKE slots", "same", 3, 2),
    Scenario("three-nodes-new-prefix", "three mobile nodes contend for one IKE slot", "different", 3, 1),
)


def _alone() -> tuple[Scenario, ...]:
    """Each assumption by itself, in both flows, where no finding's scenario is the same."""
    known = {(one.prefixes, one.assumptions, one.mobile_nodes) for one in _standard() if one.variant == DRAFT}
    made = (
        Scenario(f"{name}-{prefixes}", f"{name} alone", prefixes, assumptions=frozenset({name}))
        for name in NAMES
        for prefixes in ("same", "different")
    )
    return tuple(one for one in made if (one.prefixes, one.assumptions, one.mobile_nodes) not in known)


def _standard() -> tuple[Scenario, ...]:
    """What the draft describes, each variant in fair weather, two of them in foul, and every finding."""
    benches = (alternative(one.variant, one.choices) for one in BENCHES if one.variant != DRAFT)
    foul = (
        alternative("haha", ("loss", "movement")),
        alternative("mn-initiated", ("loss", "own-detection")),
    )
    return (*STANDARD, *benches, *foul, *(finding.scenario for finding in FINDINGS))


def _varied() -> tuple[Scenario, ...]:
    """Each assumption by itself on each variant but the draft's, and the other flow where a variant has it."""
    made = []
    for bench in BENCHES:
        variant = VARIANTS[bench.variant]
        if bench.variant != DRAFT:
            rest = [name for name in variant.assumptions if name not in bench.choices]
            made += [alternative(variant.name, (*bench.choices, name)) for name in rest]
            made += [alternative(variant.name, bench.choices, prefixes=other) for other in variant.prefixes[1:]]
    known = {one.name for one in _standard()}
    return tuple({one.name: one for one in made if one.name not in known}.values())


SUITES: Mapping[str, tuple[Scenario, ...]] = {
    "standard": _standard(),
    "full": (*_standard(), *_alone(), *_varied(), *MORE),
}
