"""Names and finite domains that several participants share."""

from __future__ import annotations

from haboot.checker import Local

AGENTS = ("H", "X", "M")  # the initiator, a second one, a malicious one
ALL_AGENTS = ("O", *AGENTS)  # with the original home agent
PREFIXES = ("same", "different", "overlapping")
LISTS = ("own", "other", "none", "several")
HOME_ADDRESSES = ("old", *(f"{agent}{lease}" for agent in AGENTS for lease in "12"))
CARE_OF_ADDRESSES = ("a", "b", "home")
AUTHORIZERS = ("grants", "refuses", "is down")  # what the service authorizer says of a mobile node
STACKS = ("draft", "ignores push", "rejects push", "eap")


def flags(*names: str) -> dict[str, tuple[bool, bool]]:
    """Return the domains of variables or inputs that are either false, at first, or true."""
    return dict.fromkeys(names, (False, True))


def is_denied(me: Local) -> bool:
    """Whether the service authorizer refuses the mobile node."""
    return bool(me.see("authorizer") == "refuses")


def hears_no_authorizer(me: Local) -> bool:
    return bool(me.see("authorizer") == "is down")


def is_silent(me: Local) -> bool:
    return bool(me.see("silence"))
