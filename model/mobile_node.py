"""The mobile node's registration and its link.

It follows draft section 4.3, with RFC 3775 section 11.7 for what the draft leaves to Mobile IPv6.
"""

from __future__ import annotations

from haboot.checker import Local, Participant, Row
from haboot.model.messages import BindingAck, BindingUpdate, HomeAgentSwitch
from haboot.model.words import AGENTS, ALL_AGENTS, CARE_OF_ADDRESSES, HOME_ADDRESSES

REGISTRATION = ("bound", "refreshing", "switching", "unserved")


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


REFUSING = (
    Row(HomeAgentSwitch, REGISTRATION, "=", (is_unknown,), (), "RFC 5142 6.1", discards=True),
    Row(HomeAgentSwitch, REGISTRATION, "=", (is_unprotected,), (), "R1, R20", discards=True),
    Row(
        HomeAgentSwitch,
        ("bound", "refreshing", "unserved"),
        "switching",
        (is_current,),
        (register,),
        "R19",
    ),
)
FOLLOWING = (
    Row(
        HomeAgentSwitch,
        REGISTRATION,
        "switching",
        (is_news, sees_bootstrap, can_register_there),
        (leave_silently, adopt_home_agent, adopt_home_address, register),
        "R17, R18, R19",
    ),
    Row(
        HomeAgentSwitch,
        REGISTRATION,
        "unserved",
        (is_news, sees_bootstrap),
        (leave_silently,),
        "R18",
    ),
    Row(
        HomeAgentSwitch,
        ("bound", "refreshing"),
        "switching",
        (can_register_there,),
        (deregister, adopt_home_agent, adopt_home_address, register),
        "RFC 5142 6.1",
    ),
)
REGISTERING = (
    Row(BindingAck, ("switching", "refreshing"), "=", (is_from_another,), (), "RFC 3775 11.7.3", discards=True),
    Row(BindingAck, ("switching", "refreshing"), "=", (is_in_the_clear,), (), "RFC 3775 11.7.3", discards=True),
    Row(BindingAck, ("switching", "refreshing"), "bound", (is_acceptance,), (), "R29"),
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
    Row(
        "moves",
        ("bound",),
        "refreshing",
        (is_elsewhere,),
        (change_care_of, register),
        "RFC 3775 11.7.1",
        environment=True,
    ),
    Row(
        "moves",
        ("refreshing", "switching"),
        "=",
        (is_elsewhere,),
        (change_care_of, register),
        "RFC 3775 11.7.1",
        environment=True,
    ),
    Row("moves", ("unserved",), "=", (is_elsewhere,), (change_care_of,), "RFC 3775 11.7.1", environment=True),
    Row("reboots", REGISTRATION, "unserved", (), (forget_binding,), "2", environment=True),
)

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
    rows=(*REFUSING, *FOLLOWING, *REGISTERING),
    unexpected="discard",
)


LINK = Participant(
    name="mobile node's link",
    states=("up", "down"),
    initial="up",
    rows=(Row("goes out of reach", ("up",), "down", (), (), "R32", environment=True),),
    unexpected="discard",
)
