"""A switch that leads to no binding is repeated after 5, 10 and 20 s, and then IKE begins anew.

How often it was repeated is left open here, as time is: the exchange may begin anew at any silence. The association
that was agreed stays in force until the next one replaces it (RFC 4306 2.8), so that an update that meets the exchange
is taken.
"""

from __future__ import annotations

from haboot.checker import Participant, Row
from haboot.model.amendments.amendment import Amendment
from haboot.model.amendments.associations import ASSOCIATED, BEFORE, accepting, keep_association
from haboot.model.amendments.editing import extended
from haboot.model.binding_cache import BINDING_CACHE
from haboot.model.home_agent import (
    INITIATOR,
    count_exchange,
    is_unanswered,
    send_ike_sa_init,
    slot_is_free,
    take_slot,
)
from haboot.model.wiring import Wiring
from haboot.model.words import is_silent


def _begins_anew(initiator: Participant) -> Participant:
    return extended(
        initiator,
        Row(
            "starts IKE anew",
            ("notified",),
            "init_sent",
            (is_silent, is_unanswered, slot_is_free),
            (take_slot, keep_association, count_exchange, send_ike_sa_init),
            "R11, R16, R31",
        ),
        variables=ASSOCIATED,
    )


SWITCH_REPEATED = Amendment[Wiring](
    name="switch-repeated",
    cites="R16",
    changes="a switch that leads to no binding is repeated, and then IKE begins anew",
    words=(
        "The initiator MUST repeat the switch until it has a binding of the mobile node, after 5, 10 and 20 seconds "
        "(RFC 5142, section 5.2). If there is none then, it MUST begin again with IKE_SA_INIT, as soon as the limit of "
        "section 5 allows, and MUST accept what the earlier association protects until the next one is in place."
    ),
    cannot=(
        "It cannot reach a mobile node that is not where it was, nor one that refuses the switch each time, and says "
        "of neither how often is enough."
    ),
    mends=("lost-switch-is-final",),
    edits={
        INITIATOR.name: _begins_anew,
        BINDING_CACHE.name: accepting,
    },
    sees={BINDING_CACHE.name: BEFORE},
    freed=frozenset({"retransmits the switch"}),
)
