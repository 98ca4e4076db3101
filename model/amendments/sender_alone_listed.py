"""A switch lists its sender's address and no other, and one that lists anything else is ignored."""

from __future__ import annotations

from dataclasses import replace

from haboot.checker import Local, Row
from haboot.model.amendments.amendment import Amendment
from haboot.model.amendments.editing import behind, stamped
from haboot.model.home_agent import INITIATOR, send_switch
from haboot.model.messages import HomeAgentSwitch
from haboot.model.mobile_node import MOBILE_NODE, REGISTRATION, is_unprotected
from haboot.model.wiring import Wiring


def lists_another(me: Local) -> bool:
    return bool(me.message.addresses != (me.message.sender,))


def _alone(me: Local, switch: HomeAgentSwitch) -> HomeAgentSwitch:
    return replace(switch, addresses=(me.agent,))


SENDER_ALONE_LISTED = Amendment[Wiring](
    name="sender-alone-listed",
    cites="R19, R21b",
    changes="the switch lists its sender alone, and the mobile node ignores any other",
    words=(
        "The initiator MUST include its own address in the switch, and MUST NOT include any other. A mobile node MUST "
        "silently ignore a switch with B=1 whose list is not the one address of the security association's peer."
    ),
    cannot=(
        "A home agent that serves can no longer hand a mobile node over to another one by a switch with B=1: it asks "
        "that one to initiate."
    ),
    mends=(
        *("switch-names-a-stranger", "switch-names-nobody", "switch-names-several"),
        "planned-switch-strands-node",
    ),
    edits={
        INITIATOR.name: lambda one: stamped(one, send_switch, _alone),
        MOBILE_NODE.name: lambda one: behind(
            one,
            is_unprotected,
            Row(HomeAgentSwitch, REGISTRATION, "=", (lists_another,), (), "R19, R21b", discards=True),
        ),
    },
)
