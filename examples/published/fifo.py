"""A queue between two channels with a handshake, as Specifying Systems has it, with at most three messages in it.

https://github.com/tlaplus/Examples/blob/master/specifications/SpecifyingSystems/FIFO/InnerFIFO.tla
MCInnerFIFO.cfg: success, 3,864 distinct states, 9,660 generated, depth 11.
"""

from collections.abc import Iterator

from haboot import Action, Constraint, Model, Slot, System, View, Writes, no_deadlock, sequences

MESSAGES = ("m1", "m2", "m3")
in_val, in_rdy, in_ack = Slot("in val", MESSAGES), Slot("in rdy", (0, 1)), Slot("in ack", (0, 1))
out_val, out_rdy, out_ack = Slot("out val", MESSAGES), Slot("out rdy", (0, 1)), Slot("out ack", (0, 1))
queue = Slot("queue", sequences(MESSAGES, most=3))
ALL = (in_val, in_rdy, in_ack, out_val, out_rdy, out_ack, queue)


def send(v: View) -> Iterator[Writes]:
    if v[in_rdy] == v[in_ack]:
        yield from ({in_val: m, in_rdy: 1 - v[in_rdy]} for m in MESSAGES)


def enter(v: View) -> Writes | None:
    return {in_ack: 1 - v[in_ack], queue: (*v[queue], v[in_val])} if v[in_rdy] != v[in_ack] else None


def leave(v: View) -> Writes | None:
    if not v[queue] or v[out_rdy] != v[out_ack]:
        return None
    return {out_val: v[queue][0], out_rdy: 1 - v[out_rdy], queue: v[queue][1:]}


def receive(v: View) -> Writes | None:
    return {out_ack: 1 - v[out_ack]} if v[out_rdy] != v[out_ack] else None


system = System(
    "InnerFIFO",
    slots=ALL,
    initial=(
        {in_val: m, in_rdy: bit, in_ack: bit, out_val: n, out_rdy: other, out_ack: other, queue: ()}
        for m in MESSAGES
        for n in MESSAGES
        for bit in (0, 1)
        for other in (0, 1)
    ),
    actions=(
        Action("send", ALL, ALL, send),
        Action("enter", ALL, ALL, enter),
        Action("leave", ALL, ALL, leave),
        Action("receive", ALL, ALL, receive),
    ),
    constraint=Constraint("at most 3 in the queue", (queue,), lambda v: len(v[queue]) <= 3),
)
model = Model(system.name, system, [no_deadlock("it goes on", ALL, lambda _: False)])
