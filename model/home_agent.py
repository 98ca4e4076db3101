"""The initiator home agent's session with one mobile node, as draft sections 4.2 to 4.4 and 5 have it."""

from __future__ import annotations

from haboot.checker import Local, Participant, Row
from haboot.model.messages import (
    CreateChildSaRequest,
    CreateChildSaResponse,
    HomeAgentSwitch,
    Identity,
    IkeAuthRequest,
    IkeAuthResponse,
    IkeSaInitRequest,
    IkeSaInitResponse,
)
from haboot.model.words import AUTHORIZERS, LISTS, PREFIXES, flags, hears_no_authorizer, is_denied, is_silent


def suspects_failure(me: Local) -> bool:
    return bool(me.see("suspects failure"))


def slot_is_free(me: Local) -> bool:
    return bool(me.see("slot is free"))


def prefixes_differ(me: Local) -> bool:
    return bool(me.see("prefixes") == "different")


def is_unanswered(me: Local) -> bool:
    return not me.see("bound here")


def is_of_another_exchange(me: Local) -> bool:
    return bool(me.message.spi != me.spi)


def is_refused(me: Local) -> bool:
    return bool(me.message.error)


def take_slot(me: Local) -> None:
    me.acquire()


def give_slot_back(me: Local) -> None:
    me.release()


def count_exchange(me: Local) -> None:
    me.spi = 1 - me.spi


def lease_address(me: Local) -> None:
    me.leased = True


def withdraw_address(me: Local) -> None:
    me.leased = False


def send_ike_sa_init(me: Local) -> None:
    me.send(me.node, IkeSaInitRequest(me.agent, me.spi))


def send_ike_auth(me: Local) -> None:
    me.send(me.node, IkeAuthRequest(me.agent, Identity("ID_IPV6_ADDR", me.agent), spi=me.spi))


def send_ike_auth_with_address(me: Local) -> None:
    identity = Identity("ID_IPV6_ADDR", me.agent)
    me.send(me.node, IkeAuthRequest(me.agent, identity, address=f"{me.agent}1", spi=me.spi))


def send_create_child_sa(me: Local) -> None:
    me.send(me.node, CreateChildSaRequest(me.agent, tsr=f"{me.agent}1" if me.leased else "old", spi=me.spi))


def send_switch(me: Local) -> None:
    lists = {"own": (me.agent,), "other": (me.other,), "none": (), "several": (me.other, me.agent)}
    me.send(me.node, HomeAgentSwitch(me.agent, bootstrap=True, addresses=lists[me.see("list")], sa=me.agent))


def send_switch_home(me: Local) -> None:
    """Address the switch to the home address: without a binding it goes to the home link (RFC 3775 6.1)."""
    me.send("home link", HomeAgentSwitch(me.agent, bootstrap=True, addresses=(me.agent,), sa=me.agent))


def routes_to_home_link(me: Local) -> bool:
    return bool(me.see("switch goes home"))


def gives_exchanges_up(me: Local) -> bool:
    return bool(me.see("gives exchanges up"))


def lacks_authorisation(me: Local) -> bool:
    """Whether no peer authorisation entry links the mobile node's identity to the address (RFC 4877 4.2)."""
    return bool(not me.leased and me.see("lacks authorisation"))


def has_leased(me: Local) -> bool:
    return bool(me.leased)


INITIATOR = Participant(
    name="initiator home agent",
    states=("idle", "init_sent", "auth_sent", "child_sent", "notified", "refused"),
    initial="idle",
    terminal=frozenset({"notified"}),
    variables={"leased": (False, True), "spi": (0, 1)},
    inputs={
        **flags("suspects failure", "slot is free"),
        "prefixes": PREFIXES,
        "silence": (False, True),
        "list": LISTS,
        **flags("bound here", "switch goes home", "gives exchanges up", "lacks authorisation"),
        "authorizer": AUTHORIZERS,
    },
    rows=(
        Row(
            "starts IKE",
            ("idle",),
            "init_sent",
            (suspects_failure, slot_is_free),
            (take_slot, send_ike_sa_init),
            "R3, R11, R31",
        ),
        Row(IkeSaInitResponse, ("init_sent",), "=", (is_of_another_exchange,), (), "RFC 4306 2.6", discards=True),
        Row(
            IkeSaInitResponse,
            ("init_sent",),
            "auth_sent",
            (prefixes_differ,),
            (lease_address, send_ike_auth_with_address),
            "R9, R12, R22, R23, R24, R26, R27",
        ),
        Row(IkeSaInitResponse, ("init_sent",), "auth_sent", (), (send_ike_auth,), "R9, R12, R28"),
        Row(IkeAuthResponse, ("auth_sent",), "=", (is_of_another_exchange,), (), "RFC 4306 2.6", discards=True),
        Row(IkeAuthResponse, ("auth_sent",), "refused", (is_refused,), (give_slot_back, withdraw_address), "RFC 4306"),
        Row(IkeAuthResponse, ("auth_sent",), "refused", (is_denied,), (give_slot_back, withdraw_address), "R6, R10"),
        Row(IkeAuthResponse, ("auth_sent",), "=", (hears_no_authorizer,), (), "R6, R10", discards=True),
        Row(IkeAuthResponse, ("auth_sent",), "refused", (lacks_authorisation,), (give_slot_back,), "RFC 4877 4.2"),
        Row(IkeAuthResponse, ("auth_sent",), "child_sent", (), (send_create_child_sa,), "R3, R14"),
        Row(CreateChildSaResponse, ("child_sent",), "=", (is_of_another_exchange,), (), "RFC 4306 2.6", discards=True),
        Row(
            CreateChildSaResponse,
            ("child_sent",),
            "refused",
            (is_refused,),
            (give_slot_back, withdraw_address),
            "RFC 4306",
        ),
        Row(
            CreateChildSaResponse,
            ("child_sent",),
            "notified",
            (routes_to_home_link,),
            (give_slot_back, send_switch_home),
            "RFC 3775 6.1",
        ),
        Row(
            CreateChildSaResponse,
            ("child_sent",),
            "notified",
            (),
            (give_slot_back, send_switch),
            "R16, R16b, R21a, R21b, R31",
        ),
        Row("retransmits", ("init_sent",), "=", (is_silent,), (send_ike_sa_init,), "RFC 4306 2.1"),
        Row("retransmits", ("auth_sent",), "=", (is_silent, has_leased), (send_ike_auth_with_address,), "RFC 4306 2.1"),
        Row("retransmits", ("auth_sent",), "=", (is_silent,), (send_ike_auth,), "RFC 4306 2.1"),
        Row("retransmits", ("child_sent",), "=", (is_silent,), (send_create_child_sa,), "RFC 4306 2.1"),
        Row(
            "gives up",
            ("init_sent", "auth_sent", "child_sent"),
            "idle",
            (is_silent, gives_exchanges_up),
            (give_slot_back, withdraw_address, count_exchange),
            "RFC 4306 2.4",
        ),
        Row(
            "retransmits the switch",
            ("notified",),
            "=",
            (is_silent, is_unanswered, routes_to_home_link),
            (send_switch_home,),
            "RFC 5142 5.2, RFC 3775 6.1",
        ),
        Row("retransmits the switch", ("notified",), "=", (is_silent, is_unanswered), (send_switch,), "RFC 5142 5.2"),
    ),
    unexpected="discard",
)
