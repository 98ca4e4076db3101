"""Beside B=1 the mobile node tells the home agent that it leaves, once, and waits for the answer one time-out at most.

It waits because the two updates would race: where the old home agent still lives, the one to the initiator meets its
defence of the home address before the other one ends that.
"""

from __future__ import annotations

from haboot.checker import Local, Participant, Row
from haboot.model.amendments.amendment import Amendment
from haboot.model.amendments.editing import behind, extended
from haboot.model.messages import BindingAck, HomeAgentSwitch
from haboot.model.mobile_node import (
    MOBILE_NODE,
    REGISTRATION,
    adopt_home_address,
    adopt_home_agent,
    begin_numbers,
    can_register_there,
    change_care_of,
    deregister,
    forget_binding,
    is_elsewhere,
    is_news,
    is_unprotected,
    leave_silently,
    may_use_address,
    register,
    sees_bootstrap,
)
from haboot.model.wiring import Wiring

PARTING = ("leaving",)


def has_agent_to_leave(me: Local) -> bool:
    return bool(me.home_agent != "none" and me.state != "unserved")


def ends_old_binding(me: Local) -> bool:
    """Whether the home agent that is left says, under its association, that it has no binding any more."""
    protected = me.message.sender == me.message.sa == me.left
    return bool(protected and (me.message.deregistered or me.message.status == 133))


def left_is_silent(me: Local) -> bool:
    return bool(me.see(f"silence {me.left}"))


def _tells(node: Participant) -> Participant:
    leaves = Row(
        HomeAgentSwitch,
        REGISTRATION,
        "leaving",
        (has_agent_to_leave, is_news, sees_bootstrap, can_register_there, may_use_address),
        (deregister, leave_silently, adopt_home_agent, adopt_home_address, begin_numbers),
        "R8, R19",
    )
    return behind(extended(node, *_WAITING, states=PARTING), is_unprotected, leaves)


_WAITING = (
    Row(BindingAck, PARTING, "switching", (ends_old_binding,), (register,), "R8, R19"),
    Row("gives up the old home agent", PARTING, "switching", (left_is_silent,), (register,), "R8, RFC 3775 11.8"),
    Row("moves", PARTING, "=", (is_elsewhere,), (change_care_of,), "RFC 3775 11.7.1", environment=True),
    Row("reboots", PARTING, "unserved", (), (forget_binding,), "2", environment=True),
)

BEST_EFFORT_DEREGISTRATION = Amendment[Wiring](
    name="best-effort-deregistration",
    cites="R8, R17, R18",
    changes="the mobile node de-registers from the home agent that it leaves, once, before it registers",
    words=(
        "Upon a switch with B=1 the mobile node SHOULD send one binding update with lifetime zero to its original home "
        "agent. It MUST NOT repeat it, and MUST register with the initiator once that is acknowledged, or after "
        "INITIAL_BINDACK_TIMEOUT without an answer."
    ),
    cannot=(
        "A de-registration that is lost leaves the old binding to a home agent that lives, and one that is down hears "
        "none: it may return with the binding. A dead home agent costs every switch one time-out."
    ),
    mends=(
        "deregister-or-not",
        "healthy-agent-strands-node",
        "split-brain-without-probe",
        "two-initiators-strand-node",
    ),
    edits={MOBILE_NODE.name: _tells},
    retired=("no-update-to-left-agent", "update-to-listed-agent"),
)
