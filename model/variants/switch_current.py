"""A switch with B=0 from the current home agent before it goes down (draft-haley-mip6-ha-switch-00, RFC 5142).

The mobile node de-registers, then bootstraps with the home agent listed as in RFC 5026; the address is in the switch,
so it need not ask the DNS.
"""

from __future__ import annotations

from collections.abc import Iterator

from haboot.checker import Input, Instance
from haboot.model.failed_agent import RETIRING_AGENT
from haboot.model.observations import shows
from haboot.model.parts import binding_at, of
from haboot.model.variants import switching
from haboot.model.variants.variant import RECOVERY, Variant, held_to, on_one
from haboot.model.wiring import Wiring


def shared(wiring: Wiring) -> Iterator[Instance]:
    """The original home agent, which goes down when all mobile nodes have left it, and H."""
    bindings = tuple(binding_at("O", node).state for node in wiring.scenario.nodes)
    left = Input(bindings, lambda view: all(view[slot] == "empty" for slot in bindings))
    yield switching.retiring(wiring, left, *wiring.scenario.nodes)
    yield from wiring.helpers()


def session(wiring: Wiring, node: str) -> Iterator[Instance]:
    """A mobile node that bootstraps once it is told, and the original home agent that tells it."""
    yield from switching.bootstrapping(wiring, node)
    yield from wiring.own_bootstrap(node, shows(of(node).state, "moving"))
    reason, answered = shows(of("O").state, "serving"), shows(binding_at("O", node).state, "empty")
    yield switching.sender(wiring, node, "O", reason=reason, answered=answered)


SWITCH_CURRENT = Variant(
    name="switch-current",
    summary="the current home agent sends a switch with B=0 before it goes down (haley-00, RFC 5142)",
    source="draft-haley-mip6-ha-switch-00, RFC 5142",
    shared=shared,
    session=session,
    misses=switching.missing("O"),
    assumptions=(
        *switching.NETWORK,
        *switching.FAILURES,
        *switching.NODES,
        *("no-deregistration", "initiator-crash", "forger", "dad-lost", "eap-only"),
    ),
    prefixes=("same", "different"),
    readings=("The original home agent goes down only when every mobile node has left, unless it crashes.",),
    participants=(RETIRING_AGENT, *switching.PARTICIPANTS),
    claims=held_to(
        *RECOVERY,
        *switching.CLAIMS,
        *switching.OF_SWITCHES,
        *("requests-answered", "dns-current"),
        *("deregistration-acknowledged", "bootstrap-when-told", "goes-down-settled"),
    )
    | {"deregistration-insisted-on": ("loss", "crash")},
    tried=(("same", 1, ""), ("different", 1, ""), *on_one("loss", "forger", "movement", "refresh"), ("same", 2, "")),
)
