"""The binding cache entry of one mobile node, at any home agent.

Status codes 132, 133 and 134 and duplicate address detection follow RFC 3775 section 10.3, the DNS update option RFC
5026 section 6.
"""

from __future__ import annotations

from haboot.checker import Local, Participant, Row
from haboot.model.messages import BindingAck, BindingUpdate, DnsAnswer, DnsUpdate
from haboot.model.words import CARE_OF_ADDRESSES, HOME_ADDRESSES, PREFIXES, is_silent


def is_unprotected(me: Local) -> bool:
    return not (me.message.sa == me.agent and me.see("association"))


def deregisters(me: Local) -> bool:
    return bool(me.message.deregister)


def is_at_home(me: Local) -> bool:
    return bool(me.message.care_of == "home")


def is_off_link(me: Local) -> bool:
    return bool(me.message.home_address == "old" and me.see("prefixes") != "same")


def is_defended(me: Local) -> bool:
    return bool(me.message.home_address == "old" and me.see("defended elsewhere"))


def wants_dns_update(me: Local) -> bool:
    return bool(me.message.dns_update)


def may_update_dns(me: Local) -> bool:
    """Whether the identity that authenticated allows to update the mobile node's name (RFC 5026 9.5)."""
    return not me.see("DNS needs the node as initiator")


def is_unwanted(me: Local) -> bool:
    return bool(me.see("unwanted"))


def store_binding(me: Local) -> None:
    me.home_address, me.care_of = me.message.home_address, me.message.care_of


def acknowledge(me: Local) -> None:
    me.send(me.node, BindingAck(me.agent, 0, me.agent))


def acknowledge_with_dns(me: Local) -> None:
    me.send(me.node, BindingAck(me.agent, 0, me.agent, dns_updated=True))


def acknowledge_deregistration(me: Local) -> None:
    me.send(me.node, BindingAck(me.agent, 0, me.agent, deregistered=True))


def refuse_off_link(me: Local) -> None:
    me.send(me.node, BindingAck(me.agent, 132, me.agent))


def refuse_not_here(me: Local) -> None:
    me.send(me.node, BindingAck(me.agent, 133, me.agent))


def refuse_duplicate(me: Local) -> None:
    me.send(me.node, BindingAck(me.agent, 134, me.agent))


def send_dns_removal(me: Local) -> None:
    me.send("DNS", DnsUpdate(me.agent, ""))


def send_dns_update(me: Local) -> None:
    me.send("DNS", DnsUpdate(me.agent, me.home_address))


BINDING_CACHE = Participant(
    name="binding cache",
    states=("empty", "updating_dns", "bound", "lost"),
    initial="empty",
    terminal=frozenset({"bound"}),
    variables={"home_address": HOME_ADDRESSES, "care_of": CARE_OF_ADDRESSES},
    inputs={
        "association": (False, True),
        "prefixes": PREFIXES,
        "defended elsewhere": (False, True),
        "unwanted": (False, True),
        "DNS needs the node as initiator": (False, True),
        "silence": (False, True),
    },
    rows=(
        Row(BindingUpdate, ("empty", "updating_dns", "bound"), "=", (is_unprotected,), (), "R2, R20", discards=True),
        Row(
            BindingUpdate,
            ("bound", "updating_dns"),
            "empty",
            (deregisters,),
            (acknowledge_deregistration,),
            "RFC 3775 10.3.2",
        ),
        Row(BindingUpdate, ("empty",), "=", (deregisters,), (refuse_not_here,), "RFC 3775 10.3.2"),
        Row(BindingUpdate, ("empty",), "=", (is_at_home,), (refuse_not_here,), "RFC 3775 10.3.2"),
        Row(BindingUpdate, ("empty",), "=", (is_off_link,), (refuse_off_link,), "RFC 3775 10.3.1"),
        Row(BindingUpdate, ("empty",), "=", (is_defended,), (refuse_duplicate,), "RFC 3775 10.3.1"),
        Row(
            BindingUpdate,
            ("empty",),
            "updating_dns",
            (wants_dns_update, may_update_dns),
            (store_binding, send_dns_update),
            "R29",
        ),
        Row(BindingUpdate, ("empty", "bound"), "bound", (), (store_binding, acknowledge), "R29"),
        Row(DnsAnswer, ("updating_dns",), "bound", (), (acknowledge_with_dns,), "R29"),
        Row("retransmits the DNS update", ("updating_dns",), "=", (is_silent,), (send_dns_update,), "RFC 5026 6.1"),
        Row(
            "lets the binding expire and clears the DNS",
            ("bound", "updating_dns"),
            "empty",
            (is_unwanted,),
            (send_dns_removal,),
            "RFC 5026 6.2",
        ),
        Row("lets the binding expire", ("bound", "updating_dns"), "empty", (is_unwanted,), (), "RFC 3775 10.3.1"),
        Row(
            "returns without its bindings",
            ("empty", "updating_dns", "bound", "lost"),
            "lost",
            (),
            (),
            "RFC 3775 10.3.1",
            environment=True,
        ),
    ),
    unexpected="discard",
)
