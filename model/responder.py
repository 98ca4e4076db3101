"""The mobile node's side of an IKEv2 exchange that a home agent starts, draft sections 4.2 and 4.4."""

from __future__ import annotations

from haboot.checker import Local, Participant, Row
from haboot.model.messages import (
    CreateChildSaRequest,
    CreateChildSaResponse,
    Identity,
    IkeAuthRequest,
    IkeAuthResponse,
    IkeSaInitRequest,
    IkeSaInitResponse,
)
from haboot.model.words import HOME_ADDRESSES, STACKS


def is_of_this_exchange(me: Local) -> bool:
    return bool(me.message.spi == me.spi)


def is_of_another_exchange(me: Local) -> bool:
    return bool(me.message.spi != me.spi)


def begin_exchange(me: Local) -> None:
    """Whatever was agreed stays until a new exchange that is authenticated replaces it (RFC 4306 2.4)."""
    me.spi = me.message.spi


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
    me.send(me.agent, IkeSaInitResponse(me.agent, me.spi))


def answer_auth(me: Local) -> None:
    me.send(me.agent, IkeAuthResponse(me.agent, Identity("ID_FQDN", me.node), spi=me.spi))


def _refuse(me: Local, error: str) -> None:
    me.send(me.agent, IkeAuthResponse(me.agent, Identity("ID_FQDN", me.node), error=error, spi=me.spi))


def refuse_authentication(me: Local) -> None:
    _refuse(me, "AUTHENTICATION_FAILED")


def refuse_push(me: Local) -> None:
    _refuse(me, "INVALID_SYNTAX")


def answer_child(me: Local) -> None:
    me.send(me.agent, CreateChildSaResponse(me.agent, spi=me.spi))


def refuse_selector(me: Local) -> None:
    me.send(me.agent, CreateChildSaResponse(me.agent, error="TS_UNACCEPTABLE", spi=me.spi))


BEGUN = ("half_open", "authenticated", "protected")

RESPONDER = Participant(
    name="mobile node as IKE responder",
    states=("none", "half_open", "authenticated", "protected"),
    initial="none",
    variables={"assigned": ("", *HOME_ADDRESSES), "selector": ("", *HOME_ADDRESSES), "spi": (0, 1)},
    inputs={"stack": STACKS, "home address": HOME_ADDRESSES},
    rows=(
        Row(IkeSaInitRequest, ("none",), "half_open", (), (begin_exchange, answer_init), "R11"),
        Row(IkeSaInitRequest, BEGUN, "=", (is_of_this_exchange,), (answer_init,), "RFC 4306 2.1"),
        Row(IkeSaInitRequest, BEGUN, "half_open", (), (begin_exchange, answer_init), "R11, RFC 4306 2.4"),
        Row(IkeAuthRequest, BEGUN, "=", (is_of_another_exchange,), (), "RFC 4306 2.21", discards=True),
        Row(CreateChildSaRequest, BEGUN, "=", (is_of_another_exchange,), (), "RFC 4306 2.21", discards=True),
        Row(IkeAuthRequest, ("half_open",), "none", (cannot_authenticate,), (refuse_authentication,), "RFC 4306 2.16"),
        Row(IkeAuthRequest, ("half_open",), "none", (rejects_push,), (refuse_push,), "RFC 4306 2.19"),
        Row(
            IkeAuthRequest,
            ("half_open",),
            "authenticated",
            (accepts_push,),
            (use_address, answer_auth),
            "R10, R13, R24, R25",
        ),
        Row(IkeAuthRequest, ("half_open",), "authenticated", (), (answer_auth,), "R6, R10, R13"),
        Row(IkeAuthRequest, ("authenticated", "protected"), "=", (), (answer_auth,), "RFC 4306 2.1"),
        Row(
            CreateChildSaRequest,
            ("authenticated",),
            "protected",
            (selects_home_address,),
            (install_selector, answer_child),
            "R15",
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
            environment=True,
        ),
    ),
    unexpected="discard",
)
