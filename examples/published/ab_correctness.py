"""What the alternating bit protocol is to achieve, as Specifying Systems has it: values cross, one after the other.

https://github.com/tlaplus/Examples/blob/master/specifications/SpecifyingSystems/TLC/ABCorrectness.tla
ABCorrectness.cfg: success, 20 distinct states, 36 generated, depth 3.
"""

from collections.abc import Iterator

from haboot import Action, Model, Slot, System, View, Writes, no_deadlock

DATA = ("d1", "d2")
sent_bit, acked, got_bit = Slot("sent bit", (0, 1)), Slot("acked", (0, 1)), Slot("got bit", (0, 1))
sent, rcvd = Slot("sent", DATA), Slot("rcvd", DATA)
ALL = (sent_bit, acked, got_bit, sent, rcvd)
STARTS = [{sent_bit: b, acked: b, got_bit: b, sent: d, rcvd: e} for b in (0, 1) for d in DATA for e in DATA]


def send(v: View) -> Iterator[Writes]:
    if v[acked] == v[sent_bit]:
        yield from ({sent: d, sent_bit: 1 - v[sent_bit]} for d in DATA)


def receive(v: View) -> Writes | None:
    return {got_bit: v[sent_bit], rcvd: v[sent]} if v[got_bit] != v[sent_bit] else None


def hear(v: View) -> Writes | None:
    return {acked: v[got_bit]} if v[got_bit] != v[acked] else None


system = System(
    "ABCorrectness",
    slots=ALL,
    initial=STARTS,
    actions=(
        Action("send", ALL, ALL, send),
        Action("receive", ALL, ALL, receive),
        Action("hear", ALL, ALL, hear),
    ),
)
model = Model(system.name, system, [no_deadlock("it goes on", ALL, lambda _: False)])
