"""The switch is sent to the care-of address, with the home address in a type 2 routing header."""

from __future__ import annotations

from haboot.model.amendments.amendment import Amendment
from haboot.model.amendments.editing import without
from haboot.model.home_agent import INITIATOR, routes_to_home_link
from haboot.model.wiring import Wiring

SWITCH_TO_CARE_OF = Amendment[Wiring](
    name="switch-to-care-of",
    cites="R16, R20",
    changes="the switch is sent to the care-of address, as a binding acknowledgement is",
    words=(
        "The switch is sent to the care-of address from which the mobile node answered IKE, with a type 2 routing "
        "header that holds its home address, as RFC 3775, section 6.1, allows for binding acknowledgements."
    ),
    cannot="A mobile node that has moved since IKE is missed all the same.",
    mends=("switch-goes-to-the-home-link",),
    edits={INITIATOR.name: lambda one: without(one, routes_to_home_link)},
    retired=("switch-repeated-until-bound",),
)
