"""A channel with a handshake of two bits, as Specifying Systems has it: what is sent is acknowledged first.

https://github.com/tlaplus/Examples/blob/master/specifications/SpecifyingSystems/AsynchronousInterface/AsynchInterface.tla
AsynchInterface.cfg: success, 12 distinct states, 30 generated, depth 2.
"""

from collections.abc import Iterator

from haboot import Action, Model, Slot, System, View, Writes, no_deadlock

DATA = ("d1", "d2", "d3")
val, rdy, ack = Slot("val", DATA), Slot("rdy", (0, 1)), Slot("ack", (0, 1))
ALL = (val, rdy, ack)


def send(v: View) -> Iterator[Writes]:
    if v[rdy] == v[ack]:
        yield from ({val: d, rdy: 1 - v[rdy]} for d in DATA)


system = System(
    "AsynchInterface",
    slots=ALL,
    initial=({val: d, rdy: bit, ack: bit} for d in DATA for bit in (0, 1)),
    actions=(
        Action("send", ALL, ALL, send),
        Action("receive", (rdy, ack), (ack,), lambda v: {ack: 1 - v[ack]} if v[rdy] != v[ack] else None),
    ),
)
model = Model(system.name, system, [no_deadlock("it goes on", ALL, lambda _: False)])
