"""The mobile node's registration and its link.

It follows draft section 4.3, with RFC 3775 section 11.7 for what the draft leaves to Mobile IPv6.
"""

from __future__ import annotations

from haboot.checker import Local, Participant, Row
from haboot.model.messages import BindingAck, BindingUpdate, HomeAgentSwitch, number_of
from haboot.model.words import AGENTS, ALL_AGENTS, CARE_OF_ADDRESSES, HOME_ADDRESSES, flags

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


def is_duplicate(me: Local) -> bool:
    return bool(me.message.status == 134)


def give_address_up(me: Local) -> None:
    """A home address that another node defends must not be used again (RFC 3775 11.7.1)."""
    me.refused = me.home_address


def may_use_address(me: Local) -> bool:
    return bool(not me.refused or _covered(me, _target(me)) != me.refused)


def is_for_another_address(me: Local) -> bool:
    return bool(me.message.home_address != me.home_address)


def answers_another(me: Local) -> bool:
    """Whether it answers an update before the last one; status 135 names the number that is held instead."""
    return bool(me.message.status != 135 and me.message.number != number_of(me.care_of))


def is_behind(me: Local) -> bool:
    return bool(me.message.status == 135)


def is_acceptance(me: Local) -> bool:
    return bool(me.message.status == 0)


def hears_nothing(me: Local) -> bool:
    return bool(me.home_agent != "none" and me.see(f"silence {me.home_agent}"))


def has_own_association(me: Local) -> bool:
    return bool(me.home_agent == "O" and me.see("own selector H"))


def has_rebooted(me: Local) -> bool:
    """Whether it knows of no home agent, and has not left one either."""
    return bool(me.home_agent == "none" and not me.left)


def may_register_anew(me: Local) -> bool:
    return bool(has_rebooted(me) and me.see("own selector H"))


def is_elsewhere(me: Local) -> bool:
    return bool(me.care_of == "a")


def leave_silently(me: Local) -> None:
    me.left, me.home_agent = me.home_agent, "none"


def deregister(me: Local) -> None:
    me.send(me.home_agent, BindingUpdate(me.home_address, me.care_of, sa=me.home_agent, deregister=True))


def adopt_home_agent(me: Local) -> None:
    me.home_agent = _target(me) or "none"


def begin_numbers(me: Local) -> None:
    """Without a list entry for a home agent, its sequence numbers begin at random (RFC 3775 11.7.1)."""
    me.behind = me.see("numbers begin behind")


def keep_numbers(me: Local) -> None:
    me.behind = False


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
        BindingUpdate(me.home_address, me.care_of, me.home_agent if covered else "", update, behind=me.behind),
    )


def adopt_own(me: Local) -> None:
    me.home_agent, me.home_address = "H", me.see("own selector H") or me.home_address


def forget_binding(me: Local) -> None:
    me.home_agent, me.left, me.refused = "none", "", ""


def is_away(me: Local) -> bool:
    return bool(me.care_of != "home")


def is_with_original(me: Local) -> bool:
    return bool(me.home_agent == "O")


def come_home(me: Local) -> None:
    me.care_of = "home"


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
        (is_current, may_use_address),
        (register,),
        "R19",
    ),
    Row(HomeAgentSwitch, ("bound", "refreshing", "unserved"), "=", (is_current,), (), "RFC 3775 11.7.1", discards=True),
)
FOLLOWING = (
    Row(
        HomeAgentSwitch,
        REGISTRATION,
        "switching",
        (is_news, sees_bootstrap, can_register_there, may_use_address),
        (leave_silently, adopt_home_agent, adopt_home_address, begin_numbers, register),
        "R17, R18, R19",
    ),
    Row(HomeAgentSwitch, REGISTRATION, "unserved", (is_news, sees_bootstrap), (leave_silently,), "R18"),
    Row(
        HomeAgentSwitch,
        ("bound", "refreshing"),
        "switching",
        (can_register_there,),
        (deregister, adopt_home_agent, adopt_home_address, begin_numbers, register),
        "RFC 5142 6.1",
    ),
)
REGISTERING = (
    Row(BindingAck, ("switching", "refreshing"), "=", (is_from_another,), (), "RFC 3775 11.7.3", discards=True),
    Row(BindingAck, ("switching", "refreshing"), "=", (is_in_the_clear,), (), "RFC 3775 11.7.3", discards=True),
    Row(BindingAck, ("switching", "refreshing"), "=", (is_for_another_address,), (), "RFC 3775 11.7.3", discards=True),
    Row(BindingAck, ("switching", "refreshing"), "=", (answers_another,), (), "RFC 3775 11.7.3", discards=True),
    Row(BindingAck, ("switching", "refreshing"), "=", (is_behind,), (keep_numbers, register), "RFC 3775 11.7.3"),
    Row(BindingAck, ("switching", "refreshing"), "bound", (is_acceptance,), (keep_numbers,), "R29"),
    Row(BindingAck, ("switching", "refreshing"), "unserved", (is_duplicate,), (give_address_up,), "RFC 3775 11.7.1"),
    Row(BindingAck, ("switching", "refreshing"), "unserved", (), (), "RFC 3775 11.7.3"),
    Row("retransmits", ("switching", "refreshing"), "=", (hears_nothing,), (register,), "RFC 3775 11.8"),
    Row("refreshes its binding", ("bound",), "refreshing", (is_away,), (register,), "RFC 3775 11.7.1"),
    Row(
        "registers by itself",
        ("bound", "refreshing"),
        "switching",
        (has_own_association,),
        (adopt_own, begin_numbers, register),
        "RFC 5026",
    ),
    Row(
        "registers anew",
        ("unserved",),
        "switching",
        (may_register_anew,),
        (adopt_own, begin_numbers, register),
        "RFC 5026",
    ),
    Row("comes home", ("bound",), "=", (is_away, is_with_original), (come_home,), "RFC 3775 11.5.4", environment=True),
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
        "behind": (False, True),
        "refused": ("", *HOME_ADDRESSES),
    },
    inputs={
        **_selectors("selector", "1"),
        **_selectors("own selector", "2"),
        **{f"silence {agent}": (False, True) for agent in ALL_AGENTS},
        **flags("knows B", "knows switches", "numbers begin behind"),
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
