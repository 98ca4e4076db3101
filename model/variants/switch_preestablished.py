"""A switch with B=0 from another home agent, under an association set up beforehand (RFC 5142 section 5.1)."""

from __future__ import annotations

from collections.abc import Iterator

from haboot.checker import Instance
from haboot.model.variants import switching
from haboot.model.variants.variant import RECOVERY, Variant, held_to, on_one
from haboot.model.wiring import Wiring


def session(wiring: Wiring, node: str) -> Iterator[Instance]:
    """A mobile node with an association with every home agent, and H, which tells it to switch."""
    yield from switching.associated(wiring, node)
    yield switching.successor(wiring, node)


SWITCH_PREESTABLISHED = Variant(
    name="switch-preestablished",
    summary="another home agent sends a switch with B=0 under an association set up beforehand (RFC 5142)",
    source="RFC 5142 5.1",
    session=session,
    misses=switching.missing("O", "H"),  # H knows where it was when the association was set up
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
    claims=held_to(*RECOVERY, *switching.CLAIMS, *switching.OF_SWITCHES, "deregistration-insisted-on"),
    tried=on_one("", "loss", "no-deregistration", "false-suspicion refresh", "movement", "crash"),
)
