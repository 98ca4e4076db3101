"""From a trace to a chart: lanes, and a row a step with the messages and changes in it.

A lane is a host. It is learned from the events of the trace and from the names of the slots (``H.MN1.state`` belongs to
``H``), unless the caller says where each instance lives. Slots of channels are left out: what they hold is shown as
messages. How a chart looks is decided by whoever draws it (compare ITU-T Z.120, message sequence charts).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from haboot.checker import Fired, Lost, Message, Received, Sent, Step, Trace, Value

_CHANNEL = re.compile(r"^[^>:]+>[^>:]+?(\[[^\]]*\])?(\.\d+|: .*)$", re.DOTALL)


class Fate(StrEnum):
    """What became of a message: some transition took it, none did, it was lost, or it is still on its way."""

    TAKEN = "taken"
    IGNORED = "ignored"
    LOST = "lost"
    UNDER_WAY = "under way"


@dataclass(frozen=True, slots=True)
class Arrow:
    """A message from lane to lane; ``sent_in`` is the row that sent it, None when it was there from the start.

    ``mark`` is "forged" when the message is not from whom it claims, "unprotected" when no association covers it.
    """

    source: str
    target: str
    text: str
    fate: Fate
    sent_in: int | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A slot with its old and new value as text; ``label`` is its name within the lane, if it has one."""

    slot: str
    label: str
    old: str
    new: str
    lane: str | None

    @property
    def is_state(self) -> bool:
        """Whether the slot holds the state of a machine, not one of its variables."""
        return self.slot.endswith(".state")


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One step: its action, the lane that acts, messages that end in it, messages it sends, what it changes."""

    number: int
    action: str
    actor: str | None
    arrows: tuple[Arrow, ...]
    sends: tuple[Arrow, ...]
    changes: tuple[Change, ...]
    in_loop: bool = False
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """What a sequence chart shows; ``pending`` are the messages still under way at the end.

    ``loop`` is the number of the first row that repeats for ever, ``breaks`` the name of what broke, empty when
    nothing did.
    """

    lanes: tuple[str, ...]
    rows: tuple[ChartRow, ...]
    pending: tuple[Arrow, ...] = ()
    loop: int | None = None
    breaks: str = ""
    start: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)


def chart(
    trace: Trace,
    breaks: str = "",
    hosts: Mapping[str, str] | None = None,
    order: Sequence[str] = (),
    forgers: frozenset[str] = frozenset({"forger"}),
) -> Chart:
    """Return the chart of a trace.

    ``breaks`` names the property that the trace breaks, if it does; without a loop the last row is marked.
    ``hosts`` maps instances to hosts. Lanes named in ``order`` come first, the rest in the order of the slots that
    hold states.
    """
    reader = _Reader(trace, hosts or {}, forgers)
    rows = [reader.row(number, step) for number, step in enumerate(trace.steps)]
    if breaks and trace.loop is None and rows:
        rows[-1] = replace(rows[-1], broken=True)
    pending = tuple(arrow for _, arrow in reader.open)
    lanes = reader.lanes(rows, pending, order)
    loop = None if trace.loop is None else trace.loop + 1
    return Chart(lanes, tuple(rows), pending, loop, breaks, reader.start(lanes))


def shown(value: Value) -> str:
    """Return a value as short text.

    >>> shown(""), shown(None), shown(True), shown(("a", 1))
    ('empty', 'none', 'yes', '(a, 1)')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == "":
        return "none" if value is None else "empty"
    if isinstance(value, tuple):
        return f"({', '.join(map(shown, value))})"
    if isinstance(value, frozenset):
        return "{" + ", ".join(sorted(map(shown, value))) + "}"
    return str(value)


def is_channel(slot: str) -> bool:
    """Whether a slot is a place in a channel.

    >>> is_channel("H>MN1.0"), is_channel("H>DNS[MN1]: BU (old)"), is_channel("H.MN1.state")
    (True, True, False)
    """
    return _CHANNEL.match(slot) is not None


def mark(source: str, message: Message, forgers: frozenset[str] = frozenset({"forger"})) -> str:
    """Return how a message is to be marked: "forged", "unprotected" or not at all."""
    if source in forgers or getattr(message, "sender", source) != source:
        return "forged"
    return "unprotected" if getattr(message, "sa", None) == "" else ""


class _Reader:
    """Reads a trace from its first step to its last; ``open`` holds what is under way."""

    def __init__(self, trace: Trace, hosts: Mapping[str, str], forgers: frozenset[str]) -> None:
        self.trace, self.hosts, self.forgers = trace, hosts, forgers
        self.open: list[tuple[Message, Arrow]] = []

    def row(self, number: int, step: Step) -> ChartRow:
        arrows = tuple(self.ended(one, step) for one in step.events if isinstance(one, (Received, Lost)))
        sends = []
        for one in step.events:
            if isinstance(one, Sent):
                marked = mark(one.source, one.message, self.forgers)
                arrow = Arrow(one.source, one.target, str(one.message), Fate.UNDER_WAY, number, marked)
                self.open.append((one.message, arrow))
                sends.append(arrow)
        changes = tuple(
            self.change(name, old, new) for name, (old, new) in step.changes.items() if not is_channel(name)
        )
        loop = self.trace.loop is not None and number >= self.trace.loop
        return ChartRow(number + 1, step.action, self.actor(step, arrows), arrows, tuple(sends), changes, loop)

    def ended(self, one: Received | Lost, step: Step) -> Arrow:
        """Return the arrow of a message that arrives or is lost; a copy that stays under way is not taken out."""
        fate = Fate.LOST if isinstance(one, Lost) else Fate.TAKEN if one.accepted else Fate.IGNORED
        for place, (message, arrow) in enumerate(self.open):
            if message == one.message and (arrow.source, arrow.target) == (one.source, one.target):
                if _leaves_channel(step, one):
                    del self.open[place]
                return replace(arrow, fate=fate)
        marked = mark(one.source, one.message, self.forgers)
        return Arrow(one.source, one.target, str(one.message), fate, None, marked)

    def change(self, name: str, old: Value, new: Value) -> Change:
        lane = self.lane_of(name)
        bare = name.removesuffix(".state")
        label = bare if lane is None else bare.removeprefix(f"{lane}.")
        return Change(name, label, shown(old), shown(new), lane)

    def lane_of(self, name: str) -> str | None:
        """The host of a slot or an instance: that of the longest instance in its name, else its first part."""
        parts = name.split(".")
        for end in range(len(parts), 0, -1):
            host = self.hosts.get(".".join(parts[:end]))
            if host is not None:
                return host
        return parts[0] if len(parts) > 1 and parts[0] else None

    def actor(self, step: Step, arrows: Sequence[Arrow]) -> str | None:
        for one in step.events:
            if isinstance(one, Fired):
                return self.lane_of(one.instance) or one.instance
        return arrows[0].target if arrows and arrows[0].fate is not Fate.LOST else None

    def lanes(self, rows: Sequence[ChartRow], pending: Sequence[Arrow], order: Sequence[str]) -> tuple[str, ...]:
        used = {one.lane for row in rows for one in row.changes} | {row.actor for row in rows}
        for arrow in (*pending, *(one for row in rows for one in (*row.arrows, *row.sends))):
            used |= {arrow.source, arrow.target}
        names = sorted(self.trace.initial, key=lambda name: not name.endswith(".state"))
        known = [lane for name in names if not is_channel(name) and (lane := self.lane_of(name))]
        found = [lane for lane in dict.fromkeys((*order, *known)) if lane in used]
        return (*found, *sorted(lane for lane in used if lane is not None and lane not in found))

    def start(self, lanes: Sequence[str]) -> dict[str, tuple[Change, ...]]:
        slots = [self.change(name, value, value) for name, value in self.trace.initial.items() if not is_channel(name)]
        return {lane: tuple(one for one in slots if one.lane == lane) for lane in lanes}


def _leaves_channel(step: Step, one: Received | Lost) -> bool:
    stem = f"{one.source}>{one.target}"
    return any(name.startswith(stem) and is_channel(name) for name in step.changes)
