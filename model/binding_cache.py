"""The binding cache entry of one mobile node, at any home agent.

Status codes 132, 133 and 134 and duplicate address detection follow RFC 3775 section 10.3, sequence numbers and status
135 section 9.5.1, the DNS update option RFC 5026 section 6.
"""

from __future__ import annotations

from dataclasses import replace

from haboot.checker import Local, Participant, Row
from haboot.model.messages import BindingAck, BindingUpdate, DnsAnswer, DnsUpdate, number_of
from haboot.model.words import CARE_OF_ADDRESSES, HOME_ADDRESSES, PREFIXES, flags, is_silent


def is_unprotected(me: Local) -> bool:
    return not (me.message.sa == me.agent and me.see("association"))


def deregisters(me: Local) -> bool:
    return bool(me.message.deregister)


def is_at_home(me: Local) -> bool:
    """Whether the care-of address is the home address, which it is on the link of the old one alone."""
    return bool(me.message.care_of == "home" and me.message.home_address == "old")


def is_off_link(me: Local) -> bool:
    return bool(me.message.home_address == "old" and me.see("prefixes") != "same")


def is_defended(me: Local) -> bool:
    return bool(me.message.home_address == "old" and me.see("defended elsewhere"))


def wants_dns_update(me: Local) -> bool:
    return bool(me.message.dns_update)


def may_update_dns(me: Local) -> bool:
    """Whether the identity that authenticated allows to update the mobile node's name (RFC 5026 9.5)."""
    return not me.see("DNS needs the node as initiator")


def is_for_another_address(me: Local) -> bool:
    return bool(me.message.home_address != me.home_address)


def gives_dns_up(me: Local) -> bool:
    return bool(me.see("gives the DNS up"))


def is_unwanted(me: Local) -> bool:
    return bool(me.see("unwanted"))


def store_binding(me: Local) -> None:
    me.home_address, me.care_of = me.message.home_address, me.message.care_of


def note_source(me: Local) -> None:
    """An answer goes to where the update came from, also one that refuses it."""
    me.care_of = me.message.care_of


def _answer(me: Local, status: int) -> BindingAck:
    """An answer to the update that is being taken."""
    return BindingAck(me.agent, status, me.agent, me.message.home_address, me.message.number)


def acknowledge(me: Local) -> None:
    me.send(me.node, _answer(me, 0))


def acknowledge_with_dns(me: Local) -> None:
    number = number_of(me.care_of)
    me.send(me.node, BindingAck(me.agent, 0, me.agent, me.home_address, number, dns_updated=True))


def dns_refused(me: Local) -> bool:
    return bool(me.message.refused)


def acknowledge_without_dns(me: Local) -> None:
    """The binding stands, and the option's status says that the name was not updated (RFC 5026 8.1)."""
    me.send(me.node, BindingAck(me.agent, 0, me.agent, me.home_address, number_of(me.care_of)))


def acknowledge_deregistration(me: Local) -> None:
    me.send(me.node, replace(_answer(me, 0), deregistered=True))


def refuse_off_link(me: Local) -> None:
    me.send(me.node, _answer(me, 132))


def refuse_not_here(me: Local) -> None:
    me.send(me.node, _answer(me, 133))


def refuse_duplicate(me: Local) -> None:
    me.send(me.node, _answer(me, 134))


def is_old(me: Local) -> bool:
    """Whether the sequence number is behind the one that the binding holds (RFC 3775 9.5.1); an equal one repeats."""
    return bool(me.message.number < number_of(me.care_of) or me.message.behind)


def refuse_number(me: Local) -> None:
    me.send(me.node, BindingAck(me.agent, 135, me.agent, me.message.home_address, number_of(me.care_of)))


def send_dns_removal(me: Local) -> None:
    """Remove the entry of this name and this home address, no other (RFC 5026 6)."""
    me.send("DNS", DnsUpdate(me.agent, me.home_address, remove=True))


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
        **flags("defended elsewhere", "unwanted", "DNS needs the node as initiator", "gives the DNS up", "silence"),
    },
    rows=(
        Row(BindingUpdate, ("empty", "updating_dns", "bound"), "=", (is_unprotected,), (), "R2, R20", discards=True),
        Row(BindingUpdate, ("bound", "updating_dns"), "=", (is_old,), (refuse_number,), "RFC 3775 9.5.1"),
        Row(
            BindingUpdate,
            ("bound", "updating_dns"),
            "empty",
            (deregisters,),
            (acknowledge_deregistration,),
            "RFC 3775 10.3.2",
        ),
        Row(BindingUpdate, ("empty",), "=", (deregisters,), (note_source, refuse_not_here), "RFC 3775 10.3.2"),
        Row(BindingUpdate, ("empty",), "=", (is_at_home,), (note_source, refuse_not_here), "RFC 3775 10.3.2"),
        Row(BindingUpdate, ("empty",), "=", (is_off_link,), (note_source, refuse_off_link), "RFC 3775 10.3.1"),
        Row(BindingUpdate, ("bound",), "=", (is_off_link,), (refuse_off_link,), "RFC 3775 10.3.1"),
        Row(BindingUpdate, ("empty",), "=", (is_defended,), (note_source, refuse_duplicate), "RFC 3775 10.3.1"),
        Row(
            BindingUpdate,
            ("empty",),
            "updating_dns",
            (wants_dns_update, may_update_dns),
            (store_binding, send_dns_update),
            "R29",
        ),
        Row(
            BindingUpdate,
            ("bound",),
            "updating_dns",
            (is_for_another_address, wants_dns_update, may_update_dns),
            (store_binding, send_dns_update),
            "R29",
        ),
        Row(BindingUpdate, ("empty", "bound"), "bound", (), (store_binding, acknowledge), "R29"),
        Row(DnsAnswer, ("updating_dns",), "bound", (dns_refused,), (acknowledge_without_dns,), "RFC 5026 6"),
        Row(DnsAnswer, ("updating_dns",), "bound", (), (acknowledge_with_dns,), "R29"),
        Row("retransmits the DNS update", ("updating_dns",), "=", (is_silent,), (send_dns_update,), "RFC 5026 6"),
        Row(
            "gives up the DNS update",
            ("updating_dns",),
            "bound",
            (is_silent, gives_dns_up),
            (acknowledge_without_dns,),
            "RFC 5026 8.1",
        ),
        Row(
            "lets the binding expire and clears the DNS",
            ("bound", "updating_dns"),
            "empty",
            (is_unwanted,),
            (send_dns_removal,),
            "RFC 5026 6",
        ),
        Row("lets the binding expire", ("bound", "updating_dns"), "empty", (is_unwanted,), (), "RFC 3775 10.3.1"),
        Row("comes home", ("empty", "updating_dns", "bound"), "empty", (), (), "RFC 3775 11.5.4", environment=True),
        Row("comes home", ("lost",), "=", (), (), "RFC 3775 11.5.4", environment=True),
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
