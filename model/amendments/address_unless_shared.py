"""A home address is kept only where the mobile node's own prefix is served on the same link; else one is assigned."""

from __future__ import annotations

from haboot.checker import Local, Participant
from haboot.model.amendments.amendment import Amendment
from haboot.model.amendments.editing import extended, widened
from haboot.model.home_agent import INITIATOR, prefixes_differ
from haboot.model.observations import mirrors
from haboot.model.wiring import Wiring
from haboot.model.words import flags


def is_not_served_for_certain(me: Local) -> bool:
    return bool(me.see("prefixes") == "overlapping" or not me.see("one link"))


def _by_own_prefix(initiator: Participant) -> Participant:
    return extended(widened(initiator, prefixes_differ, is_not_served_for_certain), inputs=flags("one link"))


ADDRESS_UNLESS_SHARED = Amendment[Wiring](
    name="address-unless-shared",
    cites="R9, R22, R23",
    changes="an address is assigned unless the mobile node's own prefix is served on the same link",
    words=(
        "The initiator keeps the mobile node's home address only if it serves the prefix of that address, on the link "
        "of the failed home agent. In every other case it MUST assign a new one during IKE_AUTH."
    ),
    cannot="An initiator that does not know the old home address cannot tell its prefix, and has to assign a new one.",
    mends=("shared-prefix-is-the-wrong-one",),
    edits={INITIATOR.name: _by_own_prefix},
    sees={INITIATOR.name: {"one link": lambda _wiring, _agent, _node: mirrors("one link")}},
    retired=(
        *("address-pushed-iff-prefixes-differ", "address-pushed-unless-link-is-shared"),
        *("address-iff-prefixes-differ", "home-address-kept"),
    ),
)
