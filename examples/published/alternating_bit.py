"""The alternating bit protocol over two queues that lose messages (Specifying Systems), at most two in each.

https://github.com/tlaplus/Examples/blob/master/specifications/SpecifyingSystems/TLC/AlternatingBit.tla
MCAlternatingBit.cfg: success, 240 distinct states, 1,392 generated, depth 10.
"""

from collections.abc import Iterator

from haboot import (
    Action,
    Constraint,
    Model,
    Property,
    Slot,
    System,
    View,
    Writes,
    for_each,
    leads_to,
    refines,
    sequences,
    strong,
    weak,
)

from examples.published import ab_correctness
from examples.published.ab_correctness import DATA, STARTS, acked, got_bit, rcvd, sent, sent_bit

MESSAGES = tuple((bit, d) for bit in (0, 1) for d in DATA)
msgs, acks = Slot("msgs", sequences(MESSAGES, 2)), Slot("acks", sequences((0, 1), 2))
ALL = (*ab_correctness.ALL, msgs, acks)


def new(v: View) -> Iterator[Writes]:
    if v[acked] == v[sent_bit]:
        bit = 1 - v[sent_bit]
        yield from ({sent: d, sent_bit: bit, msgs: (*v[msgs], (bit, d))} for d in DATA)


def again(v: View) -> Writes | None:
    return {msgs: (*v[msgs], (v[sent_bit], v[sent]))} if v[acked] != v[sent_bit] else None


def receive(v: View) -> Writes | None:
    return {msgs: v[msgs][1:], got_bit: v[msgs][0][0], rcvd: v[msgs][0][1]} if v[msgs] else None


def acknowledge(v: View) -> Writes:
    return {acks: (*v[acks], v[got_bit])}


def hear(v: View) -> Writes | None:
    return {acks: v[acks][1:], acked: v[acks][0]} if v[acks] else None


def lose(v: View) -> Iterator[Writes]:
    yield from ({msgs: v[msgs][:i] + v[msgs][i + 1 :]} for i in range(len(v[msgs])))
    yield from ({acks: v[acks][:i] + v[acks][i + 1 :]} for i in range(len(v[acks])))


system = System(
    "AlternatingBit",
    slots=ALL,
    initial=({**start, msgs: (), acks: ()} for start in STARTS),
    actions=(
        Action("send a value", ALL, ALL, new),
        Action("send again", ALL, ALL, again),
        Action("receive", ALL, ALL, receive),
        Action("acknowledge", ALL, ALL, acknowledge),
        Action("hear", ALL, ALL, hear),
        Action("lose", ALL, ALL, lose),
    ),
    constraint=Constraint("at most 2 in a queue", (msgs, acks), lambda v: len(v[msgs]) <= 2 and len(v[acks]) <= 2),
)
fair = (weak(system, "send again"), weak(system, "acknowledge"), strong(system, "receive"), strong(system, "hear"))


def crosses(d: str) -> Property:
    return leads_to(
        "what is sent is received",
        ALL,
        lambda v: v[sent] == d and v[sent_bit] != v[acked],
        lambda v: v[rcvd] == d,
        fair,
    )


model = Model(
    system.name,
    system,
    [
        for_each(DATA, crosses),
        *refines(
            "ABCorrectness",
            system,
            ab_correctness.system,
            ALL,
            lambda v: {slot: v[slot] for slot in ab_correctness.ALL},
        ),
    ],
)
