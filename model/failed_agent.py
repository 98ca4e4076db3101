"""The home agent that fails, what it may say by itself, how an initiator learns of it, and the link it was on.

How the failure is detected is out of the draft's scope (section 1), so a detector may be wrong under an assumption.
"""

from __future__ import annotations

from haboot.checker import Local, Participant, Row
from haboot.model.messages import HomeAgentSwitch
from haboot.model.words import flags, is_silent

FAILED_AGENT = Participant(
    name="failed home agent",
    states=("serving", "failed"),
    initial="serving",
    rows=(
        Row("fails", ("serving",), "failed", (), (), "2", environment=True),
        Row("returns with its bindings", ("failed",), "serving", (), (), "RFC 3775 10.3.1", environment=True),
        Row("returns without its bindings", ("failed",), "serving", (), (), "RFC 3775 10.3.1", environment=True),
    ),
    unexpected="discard",
)


def is_settled(me: Local) -> bool:
    return bool(me.see("settled"))


RETIRING_AGENT = Participant(
    name="retiring home agent",
    states=FAILED_AGENT.states,
    initial="serving",
    inputs=flags("settled", "silence"),
    rows=(Row("goes down", ("serving",), "failed", (is_settled, is_silent), (), "RFC 5142 1"), *FAILED_AGENT.rows),
    unexpected="discard",
)


def original_has_failed(me: Local) -> bool:
    return bool(me.see("original is down"))


DETECTOR = Participant(
    name="failure detector",
    states=("trusting", "suspecting"),
    initial="trusting",
    inputs=flags("original is down"),
    rows=(
        Row("suspects the failed home agent", ("trusting",), "suspecting", (original_has_failed,), (), "R5, R7"),
        Row("suspects a healthy home agent", ("trusting",), "suspecting", (), (), "R5, R7", environment=True),
    ),
    unexpected="discard",
)


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
    inputs=flags("node is elsewhere"),
    rows=(
        Row("announces another home agent", ("ready",), "sent", (), (announce_other_agent,), "R18"),
        Row("reclaims the mobile node", ("ready",), "sent", (node_is_elsewhere,), (reclaim_node,), "R18, R19"),
    ),
    unexpected="discard",
)


HOME_LINK = Participant(
    name="home link",
    states=("silent",),
    initial="silent",
    rows=(Row(HomeAgentSwitch, ("silent",), "=", (), (), "RFC 3775 6.1", discards=True),),
    unexpected="discard",
)
