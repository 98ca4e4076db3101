"""The DNS server's record of one mobile node's name."""

from __future__ import annotations

from haboot.checker import Local, Participant, Row
from haboot.model.messages import DnsAnswer, DnsUpdate
from haboot.model.words import HOME_ADDRESSES


def store_record(me: Local) -> None:
    me.record = me.message.address


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
    inputs={"DNS refuses": (False, True)},
    rows=(
        Row(DnsUpdate, ("answering",), "=", (refuses,), (refuse_update,), "RFC 5026 6.1"),
        Row(DnsUpdate, ("answering",), "=", (), (store_record, answer_update), "R29"),
    ),
    unexpected="discard",
)
