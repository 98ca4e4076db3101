"""A run as a capture: every message when it is sent, with comments of what became of it.

Sequence numbers increase with each binding update that a mobile node sends to a home agent (RFC 3775 11.7.1), and an
acknowledgement has the one that it answers. A capture has no room for what nobody sends: timers, failures and moves are
told in the comments of the next packet.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from haboot.checker import Composition, Lost, Message, ModelError, Received, Step, Trace, View
from haboot.model import BindingAck, BindingUpdate, of, responder_at
from haboot.wire.building import Envelope, built
from haboot.wire.emissions import Emission, emissions, sessions
from haboot.wire.plan import Plan
from scapy.packet import Packet
from scapy.utils import PcapNgWriter

EPOCH = 1_121_040_000  # the day of the draft, in seconds; each step takes one
ETHERNET = 1
HELD = 1000  # the sequence number of the binding at the home agent that served the mobile node before
BEHIND = 500
NOTE = (
    "written by haboot from a run of its model, captured nowhere",
    "ESP has a NULL cipher and no integrity check value",
    "IKEv2 and experimental Mobility Headers are stand-ins: their payloads are in the clear",
)


@dataclass
class Written:
    """A packet with its comments, which grow as the run goes on; ``sequence`` is that of a binding update."""

    packet: Packet
    time: float
    message: Message
    comments: list[str]
    sequence: int = 0
    fate: str = "still under way at the end"


@dataclass
class _Writer:
    """The packets of a run, and what is under way."""

    composition: Composition
    plan: Plan
    packets: list[Written] = field(default_factory=list)
    under_way: dict[tuple[str, str, str], list[int]] = field(default_factory=dict)
    sequences: dict[tuple[str, str], int] = field(default_factory=dict)
    heard: dict[tuple[str, str, int], int] = field(default_factory=dict)
    esp: Counter[str] = field(default_factory=Counter)
    between: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.served = sessions(self.composition)

    def take(self, number: int, step: Step) -> None:
        """Add what a step sends, and note what it makes of what was sent before."""
        sent = emissions(step.events, self.served)
        for event in step.events:
            if isinstance(event, Received | Lost):
                self._arrives(event, sent)
        for one in sent:
            self._sends(number, step, one)
        if not sent:
            self.between.append(f"before, in step {number}: {step.action}")

    def _arrives(self, event: Received | Lost, sent: tuple[Emission, ...]) -> None:
        lines = [key for key in self.under_way if key[:2] == (event.source, event.target)]
        for key in lines:
            for place, number in enumerate(self.under_way[key]):
                one = self.packets[number]
                if one.message == event.message:
                    del self.under_way[key][place]
                    self._fares(one, event, [1 + other for other in self.under_way[key][:place]])
                    self._note(event, one)
                    return
        again = [one for one in self.packets if one.message == event.message]
        if again and not any(one.message == event.message for one in sent):
            again[-1].comments.append("received once more")

    def _fares(self, one: Written, event: Received | Lost, overtaken: list[int]) -> None:
        if isinstance(event, Lost):
            one.fate = "lost"
        else:
            one.fate = "" if event.accepted else "received and thrown away"
            if overtaken:
                one.comments.append(f"reordered: overtakes packet {', '.join(map(str, overtaken))}")

    def _note(self, event: Received | Lost, one: Written) -> None:
        if isinstance(event, Received) and isinstance(event.message, BindingUpdate):
            node = self._node(event.source, event.target)
            self.heard[event.target, node, event.message.number] = one.sequence

    def _node(self, *ends: str) -> str:
        return next((end for end in ends if end in self.plan.nodes), next(iter(self.plan.nodes)))

    def _sends(self, number: int, step: Step, one: Emission) -> None:
        self.esp[one.source] += 1
        where = Envelope(
            one.source,
            one.target,
            one.node,
            self._care_of(step, one),
            str(step.after.get(responder_at(one.node, one.source).selector) or "old"),
            self._sequence(one),
            self.esp[one.source],
        )
        comments = [f"step {number}: {one.message}", *([one.mark] if one.mark else []), *self.between]
        self.between.clear()
        packet = built(one.form, where, self.plan)
        self.under_way.setdefault((one.source, one.target, one.node), []).append(len(self.packets))
        self.packets.append(Written(packet, EPOCH + number, one.message, comments, where.sequence))

    def _care_of(self, step: Step, one: Emission) -> str:
        """Where the mobile node is reached: where it is, or where a home agent believes that it is."""
        missing = self.composition.down.get((one.source, one.node))
        slot = of(one.node).care_of
        if slot not in step.after or (missing is not None and missing.value(View(step.after, "where it is"))):
            return "a"
        return str(step.after[slot])

    def _sequence(self, one: Emission) -> int:
        if isinstance(one.message, BindingUpdate):
            ends = one.source, one.target
            last = self.sequences.get(ends, HELD if one.target == "O" else 0)
            self.sequences[ends] = BEHIND if one.message.behind else last + 1
            return self.sequences[ends]
        if isinstance(one.message, BindingAck):
            return self.heard.get((one.source, one.node, one.message.number), HELD)
        return 0


def packets(trace: Trace, composition: Composition, plan: Plan) -> tuple[Written, ...]:
    """Return the packets of a run of a composition between the addresses of a plan."""
    writer = _Writer(composition, plan)
    for number, step in enumerate(trace.steps, start=1):
        writer.take(number, step)
    return tuple(writer.packets)


def pcapng(trace: Trace, composition: Composition, plan: Plan, title: str) -> bytes:
    """Return a run as a capture in pcapng; raise ModelError for one in which nothing is sent."""
    every = packets(trace, composition, plan)
    if not every:
        raise ModelError(f"{title}: nobody sends a message in this run, so there is no capture of it")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "run.pcapng"
        writer = PcapNgWriter(str(path))
        notes = [title, *NOTE]
        for one in every:
            comments = [*notes, *one.comments, *([one.fate] if one.fate else [])]
            one.packet.comments = [text.encode() for text in comments]
            one.packet.time = one.time
            writer.write(one.packet)
            notes = []
        writer.close()
        return path.read_bytes()
