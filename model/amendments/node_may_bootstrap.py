"""A mobile node that finds its home agent dead may bootstrap by itself, as RFC 5026 has it."""

from __future__ import annotations

from haboot.model.amendments.amendment import Amendment
from haboot.model.wiring import Wiring

NODE_MAY_BOOTSTRAP = Amendment[Wiring](
    name="node-may-bootstrap",
    cites="R11, RFC 5026 5",
    changes="a mobile node that finds its home agent dead may bootstrap by itself",
    words=(
        "A mobile node that gets no answer to its binding updates MAY start a bootstrap of its own (RFC 5026), whether "
        "or not a home agent has started one with it."
    ),
    cannot=(
        "Its exchange runs beside the limit of section 5, and where an address is assigned it may get two. It notices "
        "only after its binding updates went unanswered, up to a minute."
    ),
    mends=(
        "switch-is-unknown",
        "eap-cannot-answer",
        "stale-care-of-address",
        "lost-switch-is-final",
        "unreachable-nodes-starve-others",
        "push-is-rejected",
        "push-is-ignored",
        "switch-goes-to-the-home-link",
    ),
    freed=frozenset({"registers by itself"}),
    bootstraps=True,
    retired=("exchange-initiated-by-agent",),
)
