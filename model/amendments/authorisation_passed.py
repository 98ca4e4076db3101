"""The entry that links the mobile node's identity to its home address comes with the service authorizer's answer."""

from __future__ import annotations

from haboot.model.amendments.amendment import Amendment
from haboot.model.amendments.editing import without
from haboot.model.home_agent import INITIATOR, lacks_authorisation
from haboot.model.own_bootstrap import ACCEPTOR
from haboot.model.own_bootstrap import lacks_authorisation as lacks_own_authorisation
from haboot.model.wiring import Wiring

AUTHORISATION_PASSED = Amendment[Wiring](
    name="authorisation-passed",
    cites="R6, R28",
    changes="the service authorizer vouches for the mobile node's old home address as well",
    words=(
        "When the mobile node keeps its home address, the service authorizer MUST tell the initiator, with its "
        "authorisation, for which home address the identity in IDr is authorised. The initiator MUST enter that pair "
        "into its peer authorization database (RFC 4877, section 4.2) before it answers, and remove it with the lease."
    ),
    cannot="Where the service authorizer is down, or never knew the address, nobody else may vouch for it.",
    mends=("no-link-from-identity-to-address",),
    edits={
        INITIATOR.name: lambda one: without(one, lacks_authorisation),
        ACCEPTOR.name: lambda one: without(one, lacks_own_authorisation),
    },
    retired=("own-exchange-authorised",),
)
