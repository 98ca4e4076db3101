"""The address is pushed by CFG_SET, which IKEv2 has for it, and the mobile node answers with CFG_ACK.

A stack that rejects a reply that it has not asked for takes this; one that ignores it says so by its silence.
"""

from __future__ import annotations

from dataclasses import replace

from haboot.checker import Local, Participant, Row
from haboot.model.amendments.amendment import Amendment
from haboot.model.amendments.editing import behind, stamped, widened, without
from haboot.model.home_agent import (
    INITIATOR,
    give_slot_back,
    has_leased,
    send_ike_auth_with_address,
    withdraw_address,
)
from haboot.model.messages import IkeAuthRequest, IkeAuthResponse
from haboot.model.responder import RESPONDER, accepts_push, answer_auth, rejects_push
from haboot.model.wiring import Wiring
from haboot.model.words import is_denied


def is_set(me: Local) -> bool:
    """Whether an address is set, and the stack takes what IKEv2 has a request for."""
    return bool(me.message.address and me.message.cfg == "CFG_SET" and me.see("stack") == "rejects push")


def lacks_acknowledgement(me: Local) -> bool:
    return not me.message.address


def _setting(_: Local, request: IkeAuthRequest) -> IkeAuthRequest:
    return replace(request, cfg="CFG_SET")


def _acknowledging(me: Local, response: IkeAuthResponse) -> IkeAuthResponse:
    return replace(response, address=me.assigned, cfg="CFG_ACK") if me.assigned else response


def _takes_sets(responder: Participant) -> Participant:
    return stamped(without(widened(responder, accepts_push, is_set), rejects_push), answer_auth, _acknowledging)


def _sets(initiator: Participant) -> Participant:
    ends = Row(
        IkeAuthResponse,
        ("auth_sent",),
        "refused",
        (has_leased, lacks_acknowledgement),
        (give_slot_back, withdraw_address),
        "R24, R25",
    )
    return behind(stamped(initiator, send_ike_auth_with_address, _setting), is_denied, ends)


ADDRESS_BY_CFG_SET = Amendment[Wiring](
    name="address-by-cfg-set",
    cites="R24, R25",
    changes="the address is set with CFG_SET, and taken for assigned once CFG_ACK has come",
    words=(
        "The initiator pushes the home address with CFG_SET (RFC 4306, section 3.15). The mobile node MUST answer with "
        "CFG_ACK in IKE_AUTH. Without it the initiator MUST NOT create the association for that address; it withdraws "
        "the address, and ends the exchange."
    ),
    cannot="RFC 4306 lets a stack ignore CFG_SET: such a mobile node gets no address, though the initiator knows.",
    mends=("push-is-rejected",),
    edits={RESPONDER.name: _takes_sets, INITIATOR.name: _sets},
    retired=("assigned-in-ike-auth", "child-sa-follows-auth", "stack-obeyed"),
)
