"""The DNS server's record of one mobile node's name."""

from __future__ import annotations

from haboot.checker import Local, Participant, Row
from haboot.model.messages import DnsAnswer, DnsUpdate
from haboot.model.words import HOME_ADDRESSES, flags


def removes(me: Local) -> bool:
    return bool(me.message.remove)


def store_record(me: Local) -> None:
    me.record = me.message.address


def remove_record(me: Local) -> None:
    """Only the entry that is named goes; a later one of the same name stays."""
    me.record = "" if me.record == me.message.address else me.record


def answer_removal(me: Local) -> None:
    me.send(me.message.agent, DnsAnswer(me.message.agent, me.message.address, removed=True))


def answer_update(me: Local) -> None:
    me.send(me.message.agent, DnsAnswer(me.message.agent, me.message.address))


def refuses(me: Local) -> bool:
    return bool(me.see("DNS refuses"))


def refuse_update(me: Local) -> None:
    me.send(me.message.agent, DnsAnswer(me.message.agent, me.message.address, refused=True))


DNS_SERVER = Participant(
    name="DNS server",
    states=("answering",),
    initial="answering",
    terminal=frozenset({"answering"}),
    variables={"record": (*HOME_ADDRESSES, "")},
    inputs=flags("DNS refuses"),
    rows=(
        Row(DnsUpdate, ("answering",), "=", (refuses,), (refuse_update,), "RFC 5026 6"),
        Row(DnsUpdate, ("answering",), "=", (removes,), (remove_record, answer_removal), "RFC 5026 6"),
        Row(DnsUpdate, ("answering",), "=", (), (store_record, answer_update), "R29"),
    ),
    unexpected="discard",
)
