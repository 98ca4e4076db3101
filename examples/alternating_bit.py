"""The alternating bit protocol (Bartlett, Scantlebury and Wilkinson, 1969): two machines over a network that loses.

The sender repeats an item until its acknowledgement carries the same bit; the receiver delivers an item when its bit is
the one that it waits for, and acknowledges every item, also one that it has seen. To check it, and to see what a
receiver that looks at no bit would deliver: ``python -m examples.alternating_bit``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from haboot import (
    Composition,
    Fairness,
    Instance,
    Local,
    Move,
    Network,
    Participant,
    Property,
    Row,
    accepted,
    check,
    compose,
    leads_to,
    step,
)

BITS = (0, 1)


@dataclass(frozen=True)
class Item:
    """What the sender hands over, with its bit."""

    bit: int

    def __str__(self) -> str:
        return f"item {self.bit}"


@dataclass(frozen=True)
class Ack:
    """The receiver's answer, with the bit of the item that it answers."""

    bit: int

    def __str__(self) -> str:
        return f"ack {self.bit}"


def send_item(me: Local) -> None:
    me.send("receiver", Item(me.bit))


def next_bit(me: Local) -> None:
    me.bit = 1 - me.bit


def is_answer(me: Local) -> bool:
    return bool(me.message.bit == me.bit)


def is_awaited(me: Local) -> bool:
    return bool(me.message.bit == me.awaited)


def take_item(me: Local) -> None:
    me.awaited = 1 - me.awaited


def send_ack(me: Local) -> None:
    me.send("sender", Ack(me.message.bit))


SENDER = Participant(
    name="sender",
    states=("ready", "waiting"),
    initial="ready",
    variables={"bit": BITS},
    rows=(
        Row("sends", ("ready",), "waiting", (), (send_item,)),
        Row("repeats", ("waiting",), "=", (), (send_item,)),
        Row(Ack, ("waiting",), "ready", (is_answer,), (next_bit,)),
    ),
    unexpected="discard",
)
RECEIVER = Participant(
    name="receiver",
    states=("listening",),
    initial="listening",
    variables={"awaited": BITS},
    terminal=frozenset({"listening"}),
    rows=(
        Row(Item, ("listening",), "=", (is_awaited,), (take_item, send_ack)),
        Row(Item, ("listening",), "=", (), (send_ack,), discards=True),
    ),
    unexpected="discard",
)
NETWORK = Network(loss=True, duplication=True, capacity=1, full="lose")


def alternating_bit(receiver: Participant = RECEIVER) -> Composition:
    """Return the protocol, with a receiver of one's own."""
    return Composition(
        "alternating bit", (Instance("S", SENDER, "sender"), Instance("R", receiver, "receiver")), NETWORK
    )


def is_new(move: Move) -> bool:
    """Whether an item that is delivered is the sender's and was not delivered before."""
    (item,) = accepted(move.events, Item)
    return item.message == Item(move.before["S.bit"]) and move.before["S.bit"] == move.before["R.awaited"]


PROMISED = (
    "S repeats",
    *(f"R receives item {bit} from sender" for bit in BITS),
    *(f"S receives ack {bit} from receiver" for bit in BITS),
)
PROPERTIES: tuple[Property, ...] = (
    step(
        "each item is delivered once",
        ("S.bit", "R.awaited"),
        is_new,
        premise=lambda move: bool(accepted(move.events, Item)),
    ),
    leads_to(
        "each item is answered",
        ("S.state",),
        lambda v: v["S.state"] == "waiting",
        lambda v: v["S.state"] == "ready",
        fairness=tuple(Fairness(name, frozenset({name}), strong=True) for name in PROMISED),
    ),
)


def careless() -> Participant:
    """Return a receiver that takes every item for a new one."""
    first, *_ = RECEIVER.rows
    return replace(RECEIVER, rows=(replace(first, guards=(), effects=(send_ack,)),))


if __name__ == "__main__":
    for one in (RECEIVER, careless()):
        report = check(compose(alternating_bit(one)), PROPERTIES)
        for verdict in report.verdicts:
            print(f"{verdict.answer:<10} {verdict.property.name}")  # noqa: T201 - an example that shows
            if verdict.trace is not None:
                for taken in verdict.trace:
                    print(f"    {taken.action}")  # noqa: T201 - as above
