"""A switch with B=0 from another home agent, under an association set up beforehand (RFC 5142 section 5.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from haboot.checker import Input, Instance
from haboot.model.observations import shows, stale
from haboot.model.parts import detector_at
from haboot.model.variants import switching
from haboot.model.variants.variant import RECOVERY, Variant, held_to
from haboot.model.wiring import Wiring


def session(wiring: Wiring, node: str) -> Iterator[Instance]:
    """A mobile node with an association with every home agent, and H, which tells it to switch."""
    yield switching.node_of(wiring, node, ("O", "H"))
    yield wiring.link(node)
    for agent in ("O", "H"):
        yield wiring.responder(node, agent, established=True)
        yield wiring.binding(node, agent)
    yield wiring.dns(node)
    yield switching.sender(
        wiring,
        node,
        "H",
        reason=shows(detector_at("H").state, "suspecting"),
        answered=wiring.bound(node, "H"),
    )


def misses(_: Wiring, node: str) -> Mapping[str, Input]:
    """H knows where the mobile node was when the association was set up."""
    return {agent: stale(node, agent) for agent in ("O", "H")}


SWITCH_PREESTABLISHED = Variant(
    name="switch-preestablished",
    summary="another home agent sends a switch with B=0 under an association set up beforehand (RFC 5142)",
    source="RFC 5142 5.1",
    session=session,
    misses=misses,
    assumptions=(
        *switching.NETWORK,
        *switching.FAILURES,
        *switching.NODES,
        *("false-suspicion", "no-deregistration", "initiator-crash", "forger", "replay", "dad-lost"),
    ),
    choices=("no-deregistration",),
    readings=(
        "A mobile node told by another home agent de-registers from its own first, and gives that up when it hears "
        "nothing; under no-deregistration it may as well let the new registration answer alone.",
    ),
    participants=switching.PARTICIPANTS,
    claims=held_to(
        *RECOVERY,
        *switching.CLAIMS,
        "switch-sent-rightly",
        "switch-repeated-until-answered",
        "old-agent-left-first",
        "registers-under-association",
        "deregistration-insisted-on",
    ),
    tried=(
        ("same", 1, ""),
        ("same", 1, "loss"),
        ("same", 1, "no-deregistration"),
        ("same", 1, "false-suspicion refresh"),
        ("same", 1, "movement"),
        ("same", 1, "crash"),
    ),
)
