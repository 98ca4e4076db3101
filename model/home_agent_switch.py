"""The Home Agent Switch as RFC 5142 has it, with B=0: who sends it, and the mobile node that follows it.

The switch is repeated until the mobile node answers (section 5.2). The mobile node de-registers from its home agent
first, which answers the switch, and gives that up when it hears nothing; or, where a choice is left to it, it lets the
binding update to the new home agent answer alone (section 5.1).
"""

from __future__ import annotations

from dataclasses import replace

from haboot.checker import Local, Participant, Row
from haboot.model.messages import BindingAck, HomeAgentSwitch
from haboot.model.mobile_node import (
    MOBILE_NODE,
    REFUSING,
    REGISTERING,
    adopt_home_address,
    change_care_of,
    deregister,
    hears_nothing,
    is_elsewhere,
    register,
)
from haboot.model.words import ALL_AGENTS, flags, is_silent

ON_THE_WAY = ("deregistering", "moving")


def must_deregister(me: Local) -> bool:
    return bool(me.home_agent != "none" and me.see("deregisters"))


def answers_deregistration(me: Local) -> bool:
    """Whether the home agent that is left, under its association, says that it has no binding any more."""
    protected = me.message.sender == me.message.sa == me.home_agent and me.message.home_address == me.home_address
    return bool(protected and (me.message.deregistered or me.message.status == 133))


def is_associated(me: Local) -> bool:
    return bool(me.see(f"selector {me.next}") or me.see(f"own selector {me.next}"))


def note_next(me: Local) -> None:
    me.next = me.message.addresses[0]


def adopt_next(me: Local) -> None:
    me.home_agent, me.next = me.next, ""


SWITCHED_NODE = replace(
    MOBILE_NODE,
    name="mobile node that follows RFC 5142",
    states=(*MOBILE_NODE.states, *ON_THE_WAY),
    variables={**MOBILE_NODE.variables, "next": ("", *ALL_AGENTS)},
    inputs={**MOBILE_NODE.inputs, "deregisters": (False, True)},
    rows=(
        *REFUSING,
        Row(
            HomeAgentSwitch,
            ("bound", "refreshing"),
            "deregistering",
            (must_deregister,),
            (note_next, deregister),
            "RFC 5142 6.1",
        ),
        Row(HomeAgentSwitch, ("bound", "refreshing", "unserved"), "moving", (), (note_next,), "RFC 5142 5.1"),
        Row(BindingAck, ("deregistering",), "moving", (answers_deregistration,), (), "RFC 3775 11.7.1"),
        Row("retransmits", ("deregistering",), "=", (hears_nothing,), (deregister,), "RFC 3775 11.8"),
        Row("gives up the old home agent", ("deregistering",), "moving", (hears_nothing,), (), "RFC 3775 11.8"),
        Row(
            "registers there",
            ("moving",),
            "switching",
            (is_associated,),
            (adopt_next, adopt_home_address, register),
            "RFC 5142 6.2",
        ),
        Row("moves", ON_THE_WAY, "=", (is_elsewhere,), (change_care_of,), "RFC 3775 11.7.1", environment=True),
        *REGISTERING,
    ),
)


def has_reason(me: Local) -> bool:
    return bool(me.see("has a reason"))


def is_protected(me: Local) -> bool:
    return bool(me.see("association"))


def knows_node(me: Local) -> bool:
    return bool(me.see("knows the node"))


def is_unanswered(me: Local) -> bool:
    return not me.see("answered")


def send_plain_switch(me: Local) -> None:
    me.send(me.node, HomeAgentSwitch(me.agent, bootstrap=False, addresses=(me.listed,), sa=me.agent))


SENDER = Participant(
    name="home agent that sends a switch",
    states=("idle", "notified"),
    initial="idle",
    terminal=frozenset({"notified"}),
    inputs=flags("has a reason", "association", "knows the node", "answered", "silence"),
    rows=(
        Row(
            "sends the switch",
            ("idle",),
            "notified",
            (has_reason, is_protected, knows_node),
            (send_plain_switch,),
            "RFC 5142 5.1",
        ),
        Row(
            "retransmits until answered",
            ("notified",),
            "=",
            (is_silent, is_unanswered),
            (send_plain_switch,),
            "RFC 5142 5.2",
        ),
    ),
    unexpected="discard",
)
