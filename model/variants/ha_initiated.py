"""The draft itself: a home agent that detects the failure starts IKEv2 toward the mobile node, then sends B=1."""

from __future__ import annotations

from collections.abc import Iterator

from haboot.checker import Input, Instance
from haboot.model.assumptions import NAMES
from haboot.model.failed_agent import HOME_LINK, ORIGINAL
from haboot.model.observations import constant, shows, stale
from haboot.model.parts import acceptor_of, of, session_at
from haboot.model.variants.variant import Variant
from haboot.model.wiring import Wiring


def session(wiring: Wiring, node: str) -> Iterator[Instance]:
    """All that serves one mobile node."""
    scenario = wiring.scenario
    yield wiring.mobile_node(node)
    yield wiring.link(node)
    for agent in scenario.agents:
        yield wiring.responder(node, agent)
    for agent in scenario.initiators:
        yield wiring.initiator(node, agent)
    for agent in scenario.agents:
        yield wiring.binding(node, agent, _associated(wiring, node, agent))
    yield wiring.dns(node)
    if scenario.assumes("planned-switch", "reclaim"):
        elsewhere = Input((of(node).home_agent,), lambda view: view[of(node).home_agent] not in {"O", "none"})
        inputs = {"node is elsewhere": elsewhere}
        yield wiring.instance(
            session_at("O", node), ORIGINAL, "O", session=node, constants={"node": node}, inputs=inputs
        )
    yield wiring.instance(session_at("home link", node), HOME_LINK, "home link", session=node)
    if scenario.bootstraps_itself:
        detected = scenario.detects_itself
        dead = shows(of("O").state, "failed") if detected else constant(value=False)
        yield from wiring.own_bootstrap(node, dead, "own-detection" if scenario.assumes("own-detection") else "")


def _associated(wiring: Wiring, node: str, agent: str) -> dict[str, str]:
    if agent == "O":
        return {}
    by_itself = {acceptor_of(node).state: "established"} if agent == "H" else {}
    return {session_at(agent, node).state: "notified"} | (by_itself if wiring.scenario.bootstraps_itself else {})


def misses(wiring: Wiring, node: str) -> dict[str, Input]:
    """Every home agent knows the care-of address of a binding, or from which the mobile node itself started IKE."""
    scenario = wiring.scenario
    own = {"H": acceptor_of(node).care_of} if scenario.bootstraps_itself else {}
    return {agent: stale(node, agent, own.get(agent, "")) for agent in scenario.agents}


HA_INITIATED = Variant(
    name="ha-initiated",
    summary="another home agent bootstraps the mobile node, then sends a switch with B=1 (the draft)",
    source="draft-li-mip6-ha-init-bootstrap-00",
    session=session,
    misses=misses,
    assumptions=NAMES,
    prefixes=("same", "different"),
    choices=("switch-retransmission",),
    bootstrap=True,
    initiates=True,
    broken={"": ("old-agent-told",), "switch-retransmission": ("old-agent-told",)},
    tried=(
        ("same", 1, ""),
        ("different", 1, ""),
        ("same", 2, ""),
        ("same", 1, "forger"),
        ("same", 1, "crash refresh"),
        ("same", 1, "crash refresh false-suspicion"),
        ("different", 1, "loss switch-retransmission"),
        ("same", 1, "loss switch-retransmission"),
        ("same", 1, "duplication refresh"),
        ("same", 2, "unreachable"),
        ("different", 1, "unreachable"),
        ("same", 1, "eap-only"),
        ("different", 1, "ignores-push"),
        ("different", 1, "rejects-push"),
        ("same", 1, "at-home"),
        ("same", 1, "multi-prefix"),
        ("same", 1, "false-suspicion"),
        ("different", 1, "false-suspicion"),
        ("different", 1, "dns-cleanup false-suspicion"),
        ("same", 1, "reboot"),
        ("different", 1, "reboot"),
        ("same", 1, "movement"),
        ("same", 1, "no-b-bit"),
        ("different", 1, "no-b-bit"),
        ("same", 1, "no-b-bit false-suspicion"),
        ("same", 1, "no-b-bit false-suspicion duplication"),
        ("same", 1, "movement false-suspicion"),
        ("same", 1, "lists-none"),
        ("same", 1, "lists-other second-initiator"),
        ("same", 1, "lists-other no-b-bit second-initiator"),
        ("same", 1, "expiry second-initiator"),
        ("different", 1, "expiry second-initiator"),
        ("same", 1, "return-kept"),
        ("same", 1, "return-lost"),
        ("different", 1, "own-detection loss"),
        ("same", 1, "own-detection"),
        ("different", 1, "own-detection reboot"),
        ("same", 1, "home-routed"),
        ("same", 1, "no-authorisation"),
        ("different", 1, "dns-authorisation"),
        ("same", 1, "dns-cleanup return-kept"),
        ("different", 1, "dns-down"),
        ("same", 1, "planned-switch"),
        ("same", 1, "reclaim return-kept"),
        ("same", 1, "no-switch-support"),
        ("different", 1, "replay"),
        ("same", 1, "expiry second-initiator switch-retransmission"),
        ("same", 1, "crash movement refresh reordering"),
        ("same", 1, "reclaim return-kept stale-numbers"),
        ("same", 1, "early-timers loss"),
        ("same", 1, "no-b-bit stale-numbers"),
        ("same", 1, "own-detection stale-numbers"),
        ("same", 1, "reboot stale-numbers"),
        ("same", 1, "at-home crash refresh"),
        ("same", 1, "home-routed loss switch-retransmission"),
        ("same", 1, "other-link"),
        ("same", 1, "loss no-give-up"),
        ("different", 1, "dns-refuses"),
        ("same", 1, "authorizer-refuses own-detection"),
        ("different", 1, "authorizer-down authorizer-refuses"),
        ("different", 1, "authorizer-down own-detection"),
        ("different", 1, "dns-authorisation reboot"),
        ("same", 1, "movement multi-prefix"),
        ("same", 1, "at-home false-suspicion no-b-bit"),
        ("same", 1, "movement own-detection"),
        ("same", 1, "no-authorisation own-detection"),
        ("same", 1, "multi-prefix own-detection"),
        ("different", 1, "dns-down dns-waits"),
        ("different", 1, "dns-cleanup return-kept"),
    ),
)
