"""Scenarios: finite instances of the protocol, and how one is composed from its participants.

The baseline is what the draft describes: the original home agent O has failed, and home agent H, which serves the same
prefix or another one, bootstraps the mobile nodes. Assumptions add to that.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from haboot.checker.composition import Composition
from haboot.checker.core import ModelError, System, nearest
from haboot.checker.participants import Participant
from haboot.checker.product import compose
from haboot.model.adversary import FORGER, REPLAYER
from haboot.model.assumptions import ALL_NAMES
from haboot.model.binding_cache import BINDING_CACHE
from haboot.model.dns import DNS_SERVER
from haboot.model.failed_agent import DETECTOR, FAILED_AGENT, HOME_LINK, ORIGINAL
from haboot.model.home_agent import INITIATOR
from haboot.model.mobile_node import LINK, MOBILE_NODE
from haboot.model.own_bootstrap import ACCEPTOR, OWN_BOOTSTRAP
from haboot.model.responder import RESPONDER
from haboot.model.variants import VARIANTS
from haboot.model.wiring import Wiring

DRAFT = "ha-initiated"
PARTICIPANTS: Mapping[str, Participant] = {
    one.name: one
    for one in (
        MOBILE_NODE,
        RESPONDER,
        INITIATOR,
        BINDING_CACHE,
        FAILED_AGENT,
        DETECTOR,
        DNS_SERVER,
        LINK,
        OWN_BOOTSTRAP,
        ACCEPTOR,
        ORIGINAL,
        HOME_LINK,
        FORGER,
        REPLAYER,
        *(own for variant in VARIANTS.values() for own in variant.participants),
    )
}


MOST_NODES, MOST_CAPACITY = 20, 1000  # beyond what any search could finish


class Expectation(NamedTuple):
    """What the author of a scenario expects of a property, and why: an answer other than HOLDS."""

    claim: str
    answer: str
    reason: str


@dataclass(frozen=True)
class Scenario:
    """Which flow of draft section 4.1, how many mobile nodes and IKE slots, and under which assumptions.

    ``prefixes`` is "same" when O and H serve one prefix on one link, "different" otherwise. ``capacity`` bounds how
    many messages are under way in one direction; hitting it makes verdicts INCOMPLETE. ``variant`` is the way in which
    mobile nodes are recovered, by default the draft's. With ``expected`` every property that it does not name is
    expected to hold; without, the ledger says what to expect.
    """

    name: str
    summary: str
    prefixes: str = "same"
    mobile_nodes: int = 1
    slots: int = 1
    assumptions: frozenset[str] = frozenset()
    capacity: int = 3
    variant: str = DRAFT
    expected: tuple[Expectation, ...] | None = None

    def __post_init__(self) -> None:
        if self.variant not in VARIANTS:
            allowed = ", ".join(VARIANTS)
            raise ModelError(f"unknown variant '{self.variant}'{nearest(self.variant, VARIANTS)} (allowed: {allowed})")
        variant = VARIANTS[self.variant]
        for given in sorted(self.assumptions):
            if given not in ALL_NAMES:
                allowed = ", ".join(variant.assumptions)
                raise ModelError(f"unknown assumption '{given}'{nearest(given, ALL_NAMES)} (allowed: {allowed})")
            if given not in variant.assumptions:
                allowed = ", ".join(variant.assumptions)
                raise ModelError(f"variant '{variant.name}' does not model the assumption '{given}' (it has {allowed})")
        if self.prefixes not in variant.prefixes:
            allowed = " or ".join(f"'{one}'" for one in variant.prefixes)
            raise ModelError(f"prefixes are {allowed} in variant '{variant.name}', not '{self.prefixes}'")
        for what, count, most in (
            ("mobile nodes", self.mobile_nodes, MOST_NODES),
            ("slots", self.slots, sys.maxsize),
            ("capacity", self.capacity, MOST_CAPACITY),
        ):
            if not 1 <= count <= most:
                raise ModelError(f"{what}: {count} given, from 1 to {most} are allowed")

    @property
    def nodes(self) -> tuple[str, ...]:
        """Names of the mobile nodes."""
        return tuple(f"MN{number}" for number in range(1, self.mobile_nodes + 1))

    @property
    def initiators(self) -> tuple[str, ...]:
        """Names of the home agents that may bootstrap."""
        more = {"X": "second-initiator", "M": "malicious-agent"}
        return ("H", *(agent for agent, needed in more.items() if needed in self.assumptions))

    @property
    def agents(self) -> tuple[str, ...]:
        """Names of all home agents, the original one first."""
        return ("O", *self.initiators)

    def assumes(self, *names: str) -> bool:
        """Whether any of the assumptions is made."""
        return not self.assumptions.isdisjoint(names)


def system(scenario: Scenario, participants: Mapping[str, Participant] | None = None) -> System:
    """Return the product of a scenario; ``participants`` replaces some by name, as a mutant does."""
    return compose(composition(scenario, participants))


def composition(scenario: Scenario, participants: Mapping[str, Participant] | None = None) -> Composition:
    """Return a scenario's participants, wired to each other."""
    known = {**PARTICIPANTS, **(participants or {})}
    return Wiring(scenario, VARIANTS[scenario.variant], known).composition()


def _suite(*entries: tuple[str, str, str, int, int, str]) -> tuple[Scenario, ...]:
    return tuple(
        Scenario(name, summary, prefixes, nodes, slots, frozenset(assumptions.split()))
        for name, summary, prefixes, nodes, slots, assumptions in entries
    )


STANDARD: tuple[Scenario, ...] = _suite(
    ("same-prefix", "one mobile node keeps its home address", "same", 1, 1, ""),
    ("new-prefix", "one mobile node is given a new home address", "different", 1, 1, ""),
    ("contention", "two mobile nodes contend for one IKE slot", "same", 2, 1, ""),
    ("contention-new-prefix", "two mobile nodes contend for one IKE slot, with new addresses", "different", 2, 1, ""),
    ("forger", "an off-path host forges messages", "same", 1, 1, "forger"),
    ("refresh-crash", "a refresh is under way when the home agent fails", "same", 1, 1, "refresh crash"),
    ("lossy", "messages are lost", "different", 1, 1, "loss"),
    ("duplicated", "messages are delivered several times", "different", 1, 1, "duplication"),
    ("reordered", "messages are lost and overtake each other", "different", 1, 1, "loss reordering"),
    ("silent-node", "an initiator gives up a mobile node that went out of reach", "same", 1, 1, "unreachable give-up"),
    ("repeated-switch", "a lost switch is repeated", "same", 1, 1, "loss switch-retransmission"),
    ("own-bootstrap", "the mobile node helps itself while messages are lost", "different", 1, 1, "own-detection loss"),
)
