"""The scenarios of the draft, and how any scenario is composed from its participants."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from haboot.checker import Composition, Family, ModelError, Participant, System, compose
from haboot.checker.machines import Pool, families
from haboot.model.adversary import FORGER, REPLAYER
from haboot.model.amendments import amended, amendments
from haboot.model.binding_cache import BINDING_CACHE
from haboot.model.dns import DNS_SERVER
from haboot.model.failed_agent import DETECTOR, FAILED_AGENT, HOME_LINK, ORIGINAL
from haboot.model.home_agent import INITIATOR
from haboot.model.mobile_node import LINK, MOBILE_NODE
from haboot.model.own_bootstrap import ACCEPTOR, OWN_BOOTSTRAP
from haboot.model.responder import RESPONDER
from haboot.model.scenario import Scenario
from haboot.model.variants import variants
from haboot.model.wiring import Wiring

VARIANTS = variants()
AMENDMENTS = amendments()
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


@cache
def _known(_: frozenset[str]) -> Pool:
    """The tables of participants under some amendments, which compositions share."""
    return {}


@cache
def _amended(amendments: frozenset[str]) -> Mapping[str, Participant]:
    """The participants under some amendments: the same ones each time, as tables are known by them."""
    return amended(PARTICIPANTS, amendments)


def system(scenario: Scenario, participants: Mapping[str, Participant] | None = None) -> System:
    """Return the product of a scenario; ``participants`` replaces some by name, as a mutant does."""
    pool = _known(scenario.amendments)
    pool = pool if participants is None else dict(pool)  # tables of what is replaced are not kept
    return compose(composition(scenario, participants), pool=pool)


def composition(scenario: Scenario, participants: Mapping[str, Participant] | None = None) -> Composition:
    """Return a scenario's participants, wired to each other; raise ModelError where their number is left open."""
    _require_number(scenario)
    known = _amended(scenario.amendments)
    if participants is not None:
        known = amended({**PARTICIPANTS, **participants}, scenario.amendments)
    return Wiring(scenario, VARIANTS[scenario.variant], known).composition()


def _require_number(scenario: Scenario) -> None:
    if scenario.any_number:
        fault = "is of any number of mobile nodes, which 'haboot check' answers alone; give a number"
        raise ModelError(f"scenario '{scenario.name}' {fault}")


def families_of(scenario: Scenario, most: int, given: frozenset[str] = frozenset()) -> tuple[Family, ...]:
    """Return the families that do all that up to ``most`` of a scenario's assumptions allow, beside those given.

    Raises ModelError where the number of mobile nodes is left open.
    """
    _require_number(scenario)
    known = _amended(scenario.amendments)
    whole = Wiring(scenario, VARIANTS[scenario.variant], known, optional=True).composition()
    return tuple(families(whole, most, given, _known(scenario.amendments)))


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
    ("moving", "a moving node's updates overtake each other", "same", 1, 1, "crash movement refresh reordering"),
    ("lossy", "messages are lost", "different", 1, 1, "loss"),
    ("duplicated", "messages are delivered several times", "different", 1, 1, "duplication"),
    ("reordered", "messages are lost and overtake each other", "different", 1, 1, "loss reordering"),
    ("silent-node", "an initiator gives up a mobile node that went out of reach", "same", 1, 1, "unreachable"),
    ("repeated-switch", "a lost switch is repeated", "same", 1, 1, "loss switch-retransmission"),
    ("moving-own-bootstrap", "a mobile node that moved helps itself", "same", 1, 1, "movement own-detection"),
    ("own-bootstrap", "the mobile node helps itself while messages are lost", "different", 1, 1, "own-detection loss"),
)
