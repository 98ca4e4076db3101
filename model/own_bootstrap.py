"""A bootstrap that the mobile node starts itself (RFC 5026) when it finds its home agent dead; both its sides."""

from __future__ import annotations

from haboot.checker import Local, Participant, Row
from haboot.model.messages import Identity, IkeAuthRequest, IkeAuthResponse, IkeSaInitRequest, IkeSaInitResponse
from haboot.model.words import (
    AUTHORIZERS,
    CARE_OF_ADDRESSES,
    HOME_ADDRESSES,
    PREFIXES,
    flags,
    hears_no_authorizer,
    is_denied,
    is_silent,
)


def home_agent_is_dead(me: Local) -> bool:
    return bool(me.see("original is down") and me.see("is served by original"))


def has_rebooted(me: Local) -> bool:
    return bool(me.see("has rebooted"))


def send_own_init(me: Local) -> None:
    me.send(me.agent, IkeSaInitRequest(me.node, care_of=me.see("care of")))


def send_own_auth(me: Local) -> None:
    """It asks for an address unless its own is served there for certain (RFC 5026 5.3)."""
    asks = me.see("prefixes") != "same"
    me.send(me.agent, IkeAuthRequest(me.node, Identity("ID_FQDN", me.node), asks=asks, care_of=me.see("care of")))


def is_refused(me: Local) -> bool:
    return bool(me.message.error)


def use_own_address(me: Local) -> None:
    me.selector = me.message.address or "old"


def forget_own_association(me: Local) -> None:
    me.selector = ""


OWN_BOOTSTRAP = Participant(
    name="mobile node's own bootstrap",
    states=("idle", "init_sent", "auth_sent", "done", "refused"),
    initial="idle",
    variables={"selector": ("", *HOME_ADDRESSES)},
    inputs={
        **flags("original is down", "is served by original", "has rebooted"),
        "prefixes": PREFIXES,
        "silence": (False, True),
        "care of": CARE_OF_ADDRESSES,
    },
    rows=(
        Row("detects the failure itself", ("idle",), "init_sent", (home_agent_is_dead,), (send_own_init,), "RFC 5026"),
        Row("bootstraps anew", ("idle",), "init_sent", (has_rebooted, is_silent), (send_own_init,), "RFC 5026 5"),
        Row(IkeSaInitResponse, ("init_sent",), "auth_sent", (), (send_own_auth,), "RFC 4306 1.2"),
        Row(IkeAuthResponse, ("auth_sent",), "refused", (is_refused,), (), "RFC 4306 2.21"),
        Row(IkeAuthResponse, ("auth_sent",), "done", (), (use_own_address,), "RFC 4877 9"),
        Row("retransmits", ("init_sent",), "=", (is_silent,), (send_own_init,), "RFC 4306 2.1"),
        Row("retransmits", ("auth_sent",), "=", (is_silent,), (send_own_auth,), "RFC 4306 2.1"),
        Row(
            "reboots",
            ("idle", "init_sent", "auth_sent", "done", "refused"),
            "idle",
            (),
            (forget_own_association,),
            "RFC 4306 2.4",
            environment=True,
        ),
    ),
    unexpected="discard",
)


def asks_address(me: Local) -> bool:
    return bool(me.message.asks)


def lacks_authorisation(me: Local) -> bool:
    """Whether no peer authorisation entry links the identity to the address that is kept (RFC 4877 4.2)."""
    return bool(not me.message.asks and me.see("lacks authorisation"))


def note_source(me: Local) -> None:
    """An answer goes to where the request came from (RFC 4306 2.11)."""
    me.care_of = me.message.care_of


def refuse_own_auth(me: Local) -> None:
    me.send(me.node, IkeAuthResponse(me.node, Identity("ID_IPV6_ADDR", me.agent), error="AUTHENTICATION_FAILED"))


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
    variables={"care_of": CARE_OF_ADDRESSES},
    inputs={"lacks authorisation": (False, True), "authorizer": AUTHORIZERS},
    rows=(
        Row(IkeSaInitRequest, ("none",), "half_open", (), (note_source, answer_own_init), "RFC 4306 1.2"),
        Row(IkeSaInitRequest, ("half_open", "established"), "=", (), (note_source, answer_own_init), "RFC 4306 2.1"),
        Row(
            IkeAuthRequest,
            ("half_open", "established"),
            "none",
            (is_denied,),
            (note_source, refuse_own_auth),
            "R6, R10",
        ),
        Row(IkeAuthRequest, ("half_open", "established"), "=", (hears_no_authorizer,), (), "R6, R10", discards=True),
        Row(
            IkeAuthRequest,
            ("half_open", "established"),
            "none",
            (lacks_authorisation,),
            (note_source, refuse_own_auth),
            "RFC 4877 4.2",
        ),
        Row(
            IkeAuthRequest,
            ("half_open", "established"),
            "established",
            (asks_address,),
            (note_source, answer_own_auth_with_address),
            "RFC 4877 9",
        ),
        Row(
            IkeAuthRequest,
            ("half_open", "established"),
            "established",
            (),
            (note_source, answer_own_auth),
            "RFC 4306 1.2",
        ),
    ),
    unexpected="discard",
)
