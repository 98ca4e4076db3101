"""Adversaries: an off-path forger without any association, and one who replays a switch that it recorded."""

from __future__ import annotations

from haboot.checker import Local, Participant, Row
from haboot.model.messages import BindingAck, BindingUpdate, HomeAgentSwitch
from haboot.model.words import flags

HOST = "forger"
OWNERS = {"X": "second-initiator", "M": "malicious-agent", HOST: "forger", "replayer": "replay"}  # what hosts assume


def mark(source: str, message: object) -> str:
    """Return how pictures show a message: a forger's, or one that names another sender, is forged."""
    if source == HOST or getattr(message, "sender", source) != source:
        return "forged"
    return "unprotected" if getattr(message, "sa", None) == "" else ""


def is_quiet(me: Local) -> bool:
    return bool(me.see("silence"))


def all_is_quiet(me: Local) -> bool:
    """With two switches in hand it would fill channels without end, did it not wait for what each brings about."""
    return bool(me.see("silence") and (me.see("others are silent") or me.see("is alone")))


def saw_switch(me: Local) -> bool:
    return bool(me.see("switch was sent"))


def forge_switch(me: Local) -> None:
    me.send(me.node, HomeAgentSwitch(me.agent, bootstrap=me.bootstrap, addresses=(me.agent,), sa=""))


def forge_update(me: Local) -> None:
    me.send(me.agent, BindingUpdate("old", "b", sa=""))


def forge_deregistration(me: Local) -> None:
    me.send(me.agent, BindingUpdate("old", "a", sa="", deregister=True))


def forge_acknowledgement(me: Local) -> None:
    me.send(me.node, BindingAck(me.agent, 0, "", "old", 1))


def replay_switch(me: Local) -> None:
    me.send(me.node, HomeAgentSwitch(me.agent, bootstrap=me.bootstrap, addresses=(me.agent,), sa=me.agent))


FORGER = Participant(
    name="off-path forger",
    states=("lurking",),
    initial="lurking",
    inputs=flags("silence"),
    rows=(
        Row("forges a switch", ("lurking",), "=", (is_quiet,), (forge_switch,), "R1"),
        Row("forges an update", ("lurking",), "=", (is_quiet,), (forge_update,), "R2"),
        Row("forges a de-registration", ("lurking",), "=", (is_quiet,), (forge_deregistration,), "R2"),
        Row("forges an acknowledgement", ("lurking",), "=", (is_quiet,), (forge_acknowledgement,), "R2"),
    ),
    unexpected="discard",
)

REPLAYER = Participant(
    name="replaying adversary",
    states=("lurking",),
    initial="lurking",
    inputs=flags("silence", "others are silent", "is alone", "switch was sent"),
    rows=(Row("replays a switch", ("lurking",), "=", (all_is_quiet, saw_switch), (replay_switch,), "RFC 5142 10"),),
    unexpected="discard",
)
