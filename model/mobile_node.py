"""The mobile node: its registration, its side of the IKEv2 exchanges, and a bootstrap of its own.

The registration follows draft section 4.3, with RFC 3775 section 11.7 for what the draft leaves to Mobile IPv6.
"""

from __future__ import annotations

from haboot.checker.participants import Local, Participant, Row
from haboot.model.home_agent import AGENTS, CARE_OF_ADDRESSES, HOME_ADDRESSES, is_silent
from haboot.model.messages import (
    BindingAck,
    BindingUpdate,
    CreateChildSaRequest,
    CreateChildSaResponse,
    HomeAgentSwitch,
    Identity,
    IkeAuthRequest,
    IkeAuthResponse,
    IkeSaInitRequest,
    IkeSaInitResponse,
)

ALL_AGENTS = ("O", *AGENTS)
REGISTRATION = ("bound", "refreshing", "switching", "unserved")
STACKS = ("draft", "ignores push", "rejects push", "eap")

# Registration


def is_unknown(me: Local) -> bool:
    return not me.see("knows switches")


def is_unprotected(me: Local) -> bool:
    """Whether no association with the sender protects the switch."""
    return not (me.message.sa == me.message.sender and _covered(me, me.message.sender))


def is_from_another(me: Local) -> bool:
    return bool(me.message.sender != me.home_agent)


def is_in_the_clear(me: Local) -> bool:
    return bool(me.message.sa != me.message.sender)


def _covered(me: Local, agent: str) -> str:
    """The home address that an association with a home agent covers, empty when there is none."""
    return "" if agent == "none" else str(me.see(f"selector {agent}") or me.see(f"own selector {agent}"))


def _target(me: Local) -> str:
    return str(me.message.addresses[0]) if me.message.addresses else ""


def sees_bootstrap(me: Local) -> bool:
    return bool(me.message.bootstrap and me.see("knows B"))


def is_current(me: Local) -> bool:
    return bool(_target(me) == me.home_agent)


def is_news(me: Local) -> bool:
    return bool(_target(me) != me.home_agent)


def can_register_there(me: Local) -> bool:
    return bool(_target(me) and _covered(me, _target(me)))


def is_acceptance(me: Local) -> bool:
    return bool(me.message.status == 0)


def hears_nothing(me: Local) -> bool:
    return bool(me.home_agent != "none" and me.see(f"silence {me.home_agent}"))


def has_own_association(me: Local) -> bool:
    return bool(me.home_agent == "O" and me.see("own selector H"))


def is_elsewhere(me: Local) -> bool:
    return bool(me.care_of == "a")


def leave_silently(me: Local) -> None:
    me.left, me.home_agent = me.home_agent, "none"


def deregister(me: Local) -> None:
    me.send(me.home_agent, BindingUpdate(me.home_address, me.care_of, sa=me.home_agent, deregister=True))


def adopt_home_agent(me: Local) -> None:
    me.home_agent = _target(me) or "none"


def adopt_home_address(me: Local) -> None:
    me.home_address = _covered(me, me.home_agent) or me.home_address


def register(me: Local) -> None:
    if me.home_agent == "none":
        return
    associated = (me.see(f"selector {me.home_agent}"), me.see(f"own selector {me.home_agent}"))
    covered = me.home_address in associated
    update = me.home_address != "old"
    me.send(
        me.home_agent,
        BindingUpdate(me.home_address, me.care_of, sa=me.home_agent if covered else "", dns_update=update),
    )


def adopt_own(me: Local) -> None:
    me.home_agent, me.home_address = "H", me.see("own selector H") or me.home_address


def forget_binding(me: Local) -> None:
    me.home_agent = "none"


def change_care_of(me: Local) -> None:
    me.care_of = "b"


def _selectors(name: str, lease: str) -> dict[str, tuple[str, ...]]:
    return {f"{name} {agent}": ("", "old", *([f"{agent}{lease}"] if agent in AGENTS else [])) for agent in ALL_AGENTS}


MOBILE_NODE = Participant(
    name="mobile node",
    states=REGISTRATION,
    initial="bound",
    terminal=frozenset({"bound"}),
    variables={
        "home_agent": (*ALL_AGENTS, "none"),
        "home_address": HOME_ADDRESSES,
        "care_of": CARE_OF_ADDRESSES,
        "left": ("", *ALL_AGENTS, "none"),
    },
    inputs={
        **_selectors("selector", "1"),
        **_selectors("own selector", "2"),
        **{f"silence {agent}": (False, True) for agent in ALL_AGENTS},
        "knows B": (False, True),
        "knows switches": (False, True),
    },
    rows=(
        Row(HomeAgentSwitch, REGISTRATION, "=", (is_unknown,), (), "RFC 5142 6.1", discards=True),
        Row(HomeAgentSwitch, REGISTRATION, "=", (is_unprotected,), (), "4.3", discards=True),
        Row(
            HomeAgentSwitch,
            ("bound", "refreshing", "unserved"),
            "switching",
            (is_current,),
            (register,),
            "4.3",
        ),
        Row(
            HomeAgentSwitch,
            REGISTRATION,
            "switching",
            (is_news, sees_bootstrap, can_register_there),
            (leave_silently, adopt_home_agent, adopt_home_address, register),
            "4.3",
        ),
        Row(
            HomeAgentSwitch,
            REGISTRATION,
            "unserved",
            (is_news, sees_bootstrap),
            (leave_silently,),
            "4.3",
        ),
        Row(
            HomeAgentSwitch,
            ("bound", "refreshing"),
            "switching",
            (can_register_there,),
            (deregister, adopt_home_agent, adopt_home_address, register),
            "RFC 5142 6.1",
        ),
        Row(BindingAck, ("switching", "refreshing"), "=", (is_from_another,), (), "RFC 3775 11.7.3", discards=True),
        Row(BindingAck, ("switching", "refreshing"), "=", (is_in_the_clear,), (), "RFC 3775 11.7.3", discards=True),
        Row(BindingAck, ("switching", "refreshing"), "bound", (is_acceptance,), (), "4.1"),
        Row(BindingAck, ("switching", "refreshing"), "unserved", (), (), "RFC 3775 11.7.3"),
        Row("retransmits", ("switching", "refreshing"), "=", (hears_nothing,), (register,), "RFC 3775 11.8"),
        Row("refreshes its binding", ("bound",), "refreshing", (), (register,), "RFC 3775 11.7.1"),
        Row(
            "registers by itself",
            ("bound", "refreshing"),
            "switching",
            (has_own_association,),
            (adopt_own, register),
            "RFC 5026",
        ),
        Row("moves", ("bound",), "refreshing", (is_elsewhere,), (change_care_of, register), "RFC 3775 11.7.1"),
        Row("moves", ("refreshing", "switching"), "=", (is_elsewhere,), (change_care_of, register), "RFC 3775 11.7.1"),
        Row("moves", ("unserved",), "=", (is_elsewhere,), (change_care_of,), "RFC 3775 11.7.1"),
        Row("reboots", REGISTRATION, "unserved", (), (forget_binding,), "2"),
    ),
)

# Its side of an IKEv2 exchange that a home agent starts


def cannot_authenticate(me: Local) -> bool:
    return bool(me.see("stack") == "eap")


def rejects_push(me: Local) -> bool:
    return bool(me.message.address and me.see("stack") == "rejects push")


def accepts_push(me: Local) -> bool:
    return bool(me.message.address and me.see("stack") == "draft")


def selects_home_address(me: Local) -> bool:
    return bool(me.message.tsr == (me.assigned or me.see("home address")))


def use_address(me: Local) -> None:
    me.assigned = me.message.address


def install_selector(me: Local) -> None:
    me.selector = me.message.tsr


def forget_association(me: Local) -> None:
    me.assigned, me.selector = "", ""


def answer_init(me: Local) -> None:
    me.send(me.agent, IkeSaInitResponse(me.agent))


def answer_auth(me: Local) -> None:
    me.send(me.agent, IkeAuthResponse(me.agent, Identity("ID_FQDN", me.node)))


def refuse_authentication(me: Local) -> None:
    me.send(me.agent, IkeAuthResponse(me.agent, Identity("ID_FQDN", me.node), error="AUTHENTICATION_FAILED"))


def refuse_push(me: Local) -> None:
    me.send(me.agent, IkeAuthResponse(me.agent, Identity("ID_FQDN", me.node), error="INVALID_SYNTAX"))


def answer_child(me: Local) -> None:
    me.send(me.agent, CreateChildSaResponse(me.agent))


def refuse_selector(me: Local) -> None:
    me.send(me.agent, CreateChildSaResponse(me.agent, error="TS_UNACCEPTABLE"))


RESPONDER = Participant(
    name="mobile node as IKE responder",
    states=("none", "half_open", "authenticated", "protected"),
    initial="none",
    variables={"assigned": ("", *HOME_ADDRESSES), "selector": ("", *HOME_ADDRESSES)},
    inputs={"stack": STACKS, "home address": HOME_ADDRESSES},
    rows=(
        Row(IkeSaInitRequest, ("none",), "half_open", (), (answer_init,), "4.2"),
        Row(IkeSaInitRequest, ("half_open", "authenticated", "protected"), "=", (), (answer_init,), "RFC 4306 2.1"),
        Row(IkeAuthRequest, ("half_open",), "none", (cannot_authenticate,), (refuse_authentication,), "RFC 4306 2.16"),
        Row(IkeAuthRequest, ("half_open",), "none", (rejects_push,), (refuse_push,), "RFC 4306 2.19"),
        Row(
            IkeAuthRequest,
            ("half_open",),
            "authenticated",
            (accepts_push,),
            (use_address, answer_auth),
            "4.4",
        ),
        Row(IkeAuthRequest, ("half_open",), "authenticated", (), (answer_auth,), "4.2"),
        Row(IkeAuthRequest, ("authenticated", "protected"), "=", (), (answer_auth,), "RFC 4306 2.1"),
        Row(
            CreateChildSaRequest,
            ("authenticated",),
            "protected",
            (selects_home_address,),
            (install_selector, answer_child),
            "4.2",
        ),
        Row(CreateChildSaRequest, ("authenticated",), "=", (), (refuse_selector,), "RFC 4306 2.9"),
        Row(CreateChildSaRequest, ("protected",), "=", (), (answer_child,), "RFC 4306 2.1"),
        Row(
            "reboots",
            ("none", "half_open", "authenticated", "protected"),
            "none",
            (),
            (forget_association,),
            "RFC 4306 2.4",
        ),
    ),
)

# A bootstrap that the mobile node starts itself (RFC 5026), when it finds its home agent dead


def home_agent_is_dead(me: Local) -> bool:
    return bool(me.see("original is down") and me.see("is served by original"))


def send_own_init(me: Local) -> None:
    me.send(me.agent, IkeSaInitRequest(me.node))


def send_own_auth(me: Local) -> None:
    me.send(me.agent, IkeAuthRequest(me.node, Identity("ID_FQDN", me.node), asks=me.see("prefixes") == "different"))


def use_own_address(me: Local) -> None:
    me.selector = me.message.address or "old"


def forget_own_association(me: Local) -> None:
    me.selector = ""


OWN_BOOTSTRAP = Participant(
    name="mobile node's own bootstrap",
    states=("idle", "init_sent", "auth_sent", "done"),
    initial="idle",
    variables={"selector": ("", *HOME_ADDRESSES)},
    inputs={
        "original is down": (False, True),
        "is served by original": (False, True),
        "prefixes": ("same", "different", "overlapping"),
        "silence": (False, True),
    },
    rows=(
        Row("detects the failure itself", ("idle",), "init_sent", (home_agent_is_dead,), (send_own_init,), "RFC 5026"),
        Row(IkeSaInitResponse, ("init_sent",), "auth_sent", (), (send_own_auth,), "RFC 4306 1.2"),
        Row(IkeAuthResponse, ("auth_sent",), "done", (), (use_own_address,), "RFC 4877 9"),
        Row("retransmits", ("init_sent",), "=", (is_silent,), (send_own_init,), "RFC 4306 2.1"),
        Row("retransmits", ("auth_sent",), "=", (is_silent,), (send_own_auth,), "RFC 4306 2.1"),
        Row(
            "reboots", ("idle", "init_sent", "auth_sent", "done"), "idle", (), (forget_own_association,), "RFC 4306 2.4"
        ),
    ),
)


# Its attachment to the network

LINK = Participant(
    name="mobile node's link",
    states=("up", "down"),
    initial="up",
    rows=(Row("goes out of reach", ("up",), "down", (), (), "5"),),
)
