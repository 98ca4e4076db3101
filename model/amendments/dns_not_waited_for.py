"""The acknowledgement waits for the DNS one time-out at most, and says whether the name was updated."""

from __future__ import annotations

from haboot.model.amendments.amendment import Amendment
from haboot.model.amendments.editing import released
from haboot.model.binding_cache import BINDING_CACHE, gives_dns_up
from haboot.model.wiring import Wiring

DNS_NOT_WAITED_FOR = Amendment[Wiring](
    name="dns-not-waited-for",
    cites="R29",
    changes="a binding is acknowledged without the DNS where that does not answer",
    words=(
        "If the DNS does not answer within the time that the mobile node waits for its acknowledgement, the home agent "
        "MUST send that with status 130 in the DNS update option (RFC 5026, section 8.1), and SHOULD go on updating."
    ),
    cannot="The name points to the old address until an update succeeds; who knows the node by name misses it.",
    mends=("dns-down-blocks-registration",),
    edits={BINDING_CACHE.name: lambda one: released(one, gives_dns_up)},
    retired=("acknowledged-after-dns",),
)
