"""Home agents: the initiator of draft section 4, its detector, its binding cache, and the home agent that fails.

Facts of the binding cache follow RFC 3775 section 10.3 (status codes 132, 133, 134 and duplicate address detection),
those of the DNS update option RFC 5026 section 6.
"""

from __future__ import annotations

from haboot.checker.participants import Local, Participant, Row
from haboot.model.messages import (
    BindingAck,
    BindingUpdate,
    CreateChildSaRequest,
    CreateChildSaResponse,
    DnsAnswer,
    DnsUpdate,
    HomeAgentSwitch,
    Identity,
    IkeAuthRequest,
    IkeAuthResponse,
    IkeSaInitRequest,
    IkeSaInitResponse,
)

AGENTS = ("H", "X", "M")
PREFIXES = ("same", "different", "overlapping")
LISTS = ("own", "other", "none", "several")
HOME_ADDRESSES = ("old", *(f"{agent}{lease}" for agent in AGENTS for lease in "12"))
CARE_OF_ADDRESSES = ("a", "b", "home")

# The initiator's session with one mobile node


def suspects_failure(me: Local) -> bool:
    return bool(me.see("suspects failure"))


def slot_is_free(me: Local) -> bool:
    return bool(me.see("slot is free"))


def prefixes_differ(me: Local) -> bool:
    return bool(me.see("prefixes") == "different")


def is_silent(me: Local) -> bool:
    return bool(me.see("silence"))


def is_unanswered(me: Local) -> bool:
    return not me.see("bound here")


def is_refused(me: Local) -> bool:
    return bool(me.message.error)


def take_slot(me: Local) -> None:
    me.acquire()


def give_slot_back(me: Local) -> None:
    me.release()


def lease_address(me: Local) -> None:
    me.leased = True


def withdraw_address(me: Local) -> None:
    me.leased = False


def send_ike_sa_init(me: Local) -> None:
    me.send(me.node, IkeSaInitRequest(initiator=me.agent))


def send_ike_auth(me: Local) -> None:
    me.send(me.node, IkeAuthRequest(me.agent, Identity("ID_IPV6_ADDR", me.agent)))


def send_ike_auth_with_address(me: Local) -> None:
    me.send(me.node, IkeAuthRequest(me.agent, Identity("ID_IPV6_ADDR", me.agent), address=f"{me.agent}1"))


def send_create_child_sa(me: Local) -> None:
    me.send(me.node, CreateChildSaRequest(me.agent, tsr=f"{me.agent}1" if me.leased else "old"))


def send_switch(me: Local) -> None:
    lists = {"own": (me.agent,), "other": (me.other,), "none": (), "several": (me.other, me.agent)}
    me.send(me.node, HomeAgentSwitch(me.agent, bootstrap=True, addresses=lists[me.see("list")], sa=me.agent))


def send_switch_home(me: Local) -> None:
    """Address the switch to the home address: without a binding it goes to the home link (RFC 3775 6.1)."""
    me.send("home link", HomeAgentSwitch(me.agent, bootstrap=True, addresses=(me.agent,), sa=me.agent))


def routes_to_home_link(me: Local) -> bool:
    return bool(me.see("switch goes home"))


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
    variables={"leased": (False, True)},
    inputs={
        "suspects failure": (False, True),
        "slot is free": (False, True),
        "prefixes": PREFIXES,
        "silence": (False, True),
        "list": LISTS,
        "bound here": (False, True),
        "switch goes home": (False, True),
        "lacks authorisation": (False, True),
    },
    rows=(
        Row(
            "starts IKE",
            ("idle",),
            "init_sent",
            (suspects_failure, slot_is_free),
            (take_slot, send_ike_sa_init),
            "4.2, 5",
        ),
        Row(
            IkeSaInitResponse,
            ("init_sent",),
            "auth_sent",
            (prefixes_differ,),
            (lease_address, send_ike_auth_with_address),
            "4.4",
        ),
        Row(IkeSaInitResponse, ("init_sent",), "auth_sent", (), (send_ike_auth,), "4.2"),
        Row(IkeAuthResponse, ("auth_sent",), "refused", (is_refused,), (give_slot_back, withdraw_address), "RFC 4306"),
        Row(IkeAuthResponse, ("auth_sent",), "refused", (lacks_authorisation,), (give_slot_back,), "RFC 4877 4.2"),
        Row(IkeAuthResponse, ("auth_sent",), "child_sent", (), (send_create_child_sa,), "4.2"),
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
        Row(CreateChildSaResponse, ("child_sent",), "notified", (), (give_slot_back, send_switch), "4.3"),
        Row("retransmits", ("init_sent",), "=", (is_silent,), (send_ike_sa_init,), "RFC 4306 2.1"),
        Row("retransmits", ("auth_sent",), "=", (is_silent, has_leased), (send_ike_auth_with_address,), "RFC 4306 2.1"),
        Row("retransmits", ("auth_sent",), "=", (is_silent,), (send_ike_auth,), "RFC 4306 2.1"),
        Row("retransmits", ("child_sent",), "=", (is_silent,), (send_create_child_sa,), "RFC 4306 2.1"),
        Row(
            "gives up",
            ("init_sent", "auth_sent", "child_sent"),
            "idle",
            (is_silent,),
            (give_slot_back, withdraw_address),
            "RFC 4306 2.4",
        ),
        Row("retransmits the switch", ("notified",), "=", (is_silent, is_unanswered), (send_switch,), "RFC 5142 5.2"),
    ),
)

# Its detector: how it learns of the failure is out of the draft's scope


def original_has_failed(me: Local) -> bool:
    return bool(me.see("original is down"))


DETECTOR = Participant(
    name="failure detector",
    states=("trusting", "suspecting"),
    initial="trusting",
    inputs={"original is down": (False, True)},
    rows=(
        Row("suspects the failed home agent", ("trusting",), "suspecting", (original_has_failed,), (), "1"),
        Row("suspects a healthy home agent", ("trusting",), "suspecting", (), (), "1"),
    ),
)

# A home agent as a host that may fail

FAILED_AGENT = Participant(
    name="failed home agent",
    states=("serving", "failed"),
    initial="serving",
    rows=(
        Row("fails", ("serving",), "failed", (), (), "2"),
        Row("returns with its bindings", ("failed",), "serving", (), (), "RFC 3775 10.3.1"),
        Row("returns without its bindings", ("failed",), "serving", (), (), "RFC 3775 10.3.1"),
    ),
)

# The binding cache entry for one mobile node, at any home agent


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
        Row(BindingUpdate, ("empty", "updating_dns", "bound"), "=", (is_unprotected,), (), "4.3", discards=True),
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
            "4.1",
        ),
        Row(BindingUpdate, ("empty", "bound"), "bound", (), (store_binding, acknowledge), "4.1"),
        Row(DnsAnswer, ("updating_dns",), "bound", (), (acknowledge_with_dns,), "4.1"),
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
        ),
    ),
)

# The original home agent acting on its own


def announce_other_agent(me: Local) -> None:
    me.send(me.node, HomeAgentSwitch("O", bootstrap=True, addresses=("H",), sa="O"))


def reclaim_node(me: Local) -> None:
    me.send(me.node, HomeAgentSwitch("O", bootstrap=True, addresses=("O",), sa="O"))


def node_is_elsewhere(me: Local) -> bool:
    return bool(me.see("node is elsewhere"))


ORIGINAL = Participant(
    name="original home agent's switch",
    states=("ready", "sent"),
    initial="ready",
    inputs={"node is elsewhere": (False, True)},
    rows=(
        Row("announces another home agent", ("ready",), "sent", (), (announce_other_agent,), "4.3"),
        Row("reclaims the mobile node", ("ready",), "sent", (node_is_elsewhere,), (reclaim_node,), "4.3"),
    ),
)

# The home link, where nobody answers for an address without a binding

HOME_LINK = Participant(
    name="home link",
    states=("silent",),
    initial="silent",
    rows=(Row(HomeAgentSwitch, ("silent",), "=", (), (), "RFC 3775 6.1", discards=True),),
)

# A mobile node's own bootstrap, at the home agent


def asks_address(me: Local) -> bool:
    return bool(me.message.asks)


def answer_own_init(me: Local) -> None:
    me.send(me.node, IkeSaInitResponse(initiator=me.node))


def answer_own_auth(me: Local) -> None:
    me.send(me.node, IkeAuthResponse(me.node, Identity("ID_IPV6_ADDR", me.agent)))


def answer_own_auth_with_address(me: Local) -> None:
    me.send(me.node, IkeAuthResponse(me.node, Identity("ID_IPV6_ADDR", me.agent), address=f"{me.agent}2"))


ACCEPTOR = Participant(
    name="home agent as IKE responder",
    states=("none", "half_open", "established"),
    initial="none",
    rows=(
        Row(IkeSaInitRequest, ("none",), "half_open", (), (answer_own_init,), "RFC 4306 1.2"),
        Row(IkeSaInitRequest, ("half_open", "established"), "=", (), (answer_own_init,), "RFC 4306 2.1"),
        Row(
            IkeAuthRequest,
            ("half_open", "established"),
            "established",
            (asks_address,),
            (answer_own_auth_with_address,),
            "RFC 4877 9",
        ),
        Row(IkeAuthRequest, ("half_open", "established"), "established", (), (answer_own_auth,), "RFC 4306 1.2"),
    ),
)
