"""A switch says whom it replaces, and one that replaces somebody else than the present home agent is ignored.

The draft sends the switch "on behalf of the failed home agent", which nothing in the message says. Named, it makes the
switch a comparison before a change: a switch that was overtaken, repeated or replayed replaces nobody any more.
"""

from __future__ import annotations

from dataclasses import replace

from haboot.checker import Local, Row
from haboot.model.adversary import REPLAYER, replay_switch
from haboot.model.amendments.amendment import Amendment
from haboot.model.amendments.editing import behind, stamped
from haboot.model.failed_agent import ORIGINAL, announce_other_agent, reclaim_node
from haboot.model.home_agent import INITIATOR, send_switch, send_switch_home
from haboot.model.messages import HomeAgentSwitch
from haboot.model.mobile_node import MOBILE_NODE, REGISTRATION, is_unprotected
from haboot.model.wiring import Wiring


def replaces_another(me: Local) -> bool:
    """Whether it replaces another home agent than the present one, though not to help a node that nobody serves."""
    again = me.message.sender == me.home_agent and me.state == "unserved"
    return bool(me.home_agent not in {me.message.replaced, "none"} and not again)


def _on_behalf(_: Local, switch: HomeAgentSwitch) -> HomeAgentSwitch:
    return replace(switch, replaced="O")


STALE_SWITCH_IGNORED = Amendment[Wiring](
    name="stale-switch-ignored",
    cites="R16, R19",
    changes="the switch names the home agent that it replaces, and replaces no other",
    words=(
        "The Home Agent Switch message carries the address of the home agent on whose behalf it is sent. A mobile node "
        "MUST silently ignore a switch whose sender it is already registered with, or that names another home agent "
        "than the one it is registered with. One that is registered nowhere follows it."
    ),
    cannot=(
        "A switch that is replayed after the mobile node came back to the home agent that it replaces is taken again; "
        "only a number that never repeats would tell it, and 16 bits of it wrap after 65 536 switches."
    ),
    mends=(
        "two-initiators-strand-node",
        "replayed-switch-calls-back",
        "returned-agent-takes-node-back",
        "two-initiators-fight-for-ever",
        "two-initiators-race-in-dns",
    ),
    edits={
        MOBILE_NODE.name: lambda one: behind(
            one,
            is_unprotected,
            Row(HomeAgentSwitch, REGISTRATION, "=", (replaces_another,), (), "R16, R19", discards=True),
        ),
        INITIATOR.name: lambda one: stamped(stamped(one, send_switch, _on_behalf), send_switch_home, _on_behalf),
        ORIGINAL.name: lambda one: stamped(stamped(one, announce_other_agent, _on_behalf), reclaim_node, _on_behalf),
        REPLAYER.name: lambda one: stamped(one, replay_switch, _on_behalf),
    },
)
