"""From a trace to a chart: lanes, and a row a step with the messages and changes in it.

A lane is a host, by what the trace's slots say of themselves. Places in channels are left out: what they hold is shown
as messages. How a chart looks is decided by whoever draws it (compare ITU-T Z.120, message sequence charts).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from haboot.checker import Fired, Lost, Message, Received, Sent, Step, Trace, Value
from haboot.checker.machines import slot_of


class Fate(StrEnum):
    """What became of a message: some transition took it, none did, it was lost, or it is still on its way."""

    TAKEN = "taken"
    IGNORED = "ignored"
    LOST = "lost"
    UNDER_WAY = "under way"


@dataclass(frozen=True, slots=True)
class Arrow:
    """A message from lane to lane; ``sent_in`` is the row that sent it, None when it was there from the start.

    ``mark`` is that of the event: "forged" when the message is not from whom it claims, "unprotected" when no
    association covers it.
    """

    source: str
    target: str
    text: str
    fate: Fate
    sent_in: int | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A slot with its old and new value as text; ``label`` is its name within the lane, if it has one.

    A slot that ``is_state`` holds the state of a machine, any other a variable.
    """

    slot: str
    label: str
    old: str
    new: str
    lane: str | None
    is_state: bool = False


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
    nothing did. ``start`` holds what each lane begins with, under "" what belongs to no lane.
    """

    lanes: tuple[str, ...]
    rows: tuple[ChartRow, ...]
    pending: tuple[Arrow, ...] = ()
    loop: int | None = None
    breaks: str = ""
    start: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)


def chart(trace: Trace, breaks: str = "", order: Sequence[str] = ()) -> Chart:
    """Return the chart of a trace.

    ``breaks`` names the property that the trace breaks, if it does; without a loop the last row is marked.
    Lanes named in ``order`` come first, the rest in the order of the slots that hold states.
    """
    reader = _Reader(trace)
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


class _Reader:
    """Reads a trace from its first step to its last; ``open`` holds what is under way."""

    def __init__(self, trace: Trace) -> None:
        self.trace, self.homes = trace, trace.homes
        self.open: list[tuple[Message, Arrow]] = []

    def row(self, number: int, step: Step) -> ChartRow:
        arrows = tuple(self.ended(one, step) for one in step.events if isinstance(one, (Received, Lost)))
        sends = []
        for one in step.events:
            if isinstance(one, Sent) and not one.at_once:
                arrow = Arrow(one.source, one.target, str(one.message), Fate.UNDER_WAY, number, one.mark)
                self.open.append((one.message, arrow))
                sends.append(arrow)
        changed = ((name, pair) for name, pair in step.changes.items() if name not in self.homes.channels)
        changes = tuple(self.change(name, *pair) for name, pair in changed)
        loop = self.trace.loop is not None and number >= self.trace.loop
        return ChartRow(number + 1, step.action, self.actor(step, arrows), arrows, tuple(sends), changes, loop)

    def ended(self, one: Received | Lost, step: Step) -> Arrow:
        """Return the arrow of a message that arrives or is lost; a copy that stays under way is not taken out."""
        fate = Fate.LOST if isinstance(one, Lost) else Fate.TAKEN if one.accepted else Fate.IGNORED
        for place, (message, arrow) in enumerate(self.open):
            if message == one.message and (arrow.source, arrow.target) == (one.source, one.target):
                if self.leaves_channel(step, one):
                    del self.open[place]
                return replace(arrow, fate=fate)
        return Arrow(one.source, one.target, str(one.message), fate, None, one.mark)

    def change(self, name: str, old: Value, new: Value) -> Change:
        lane, is_state = self.homes.hosts.get(name), name in self.homes.states
        bare = name.removesuffix(".state") if is_state else name
        label = bare if lane is None else bare.removeprefix(f"{lane}.")
        return Change(name, label, shown(old), shown(new), lane, is_state)

    def leaves_channel(self, step: Step, one: Received | Lost) -> bool:
        ends = (one.source, one.target)
        return any(self.homes.channels.get(name, ())[:2] == ends for name in step.changes)

    def actor(self, step: Step, arrows: Sequence[Arrow]) -> str | None:
        for one in step.events:
            if isinstance(one, Fired):
                return self.homes.hosts.get(slot_of(one.instance, "state"), one.instance)
        return arrows[0].target if arrows and arrows[0].fate is not Fate.LOST else None

    def lanes(self, rows: Sequence[ChartRow], pending: Sequence[Arrow], order: Sequence[str]) -> tuple[str, ...]:
        used = {one.lane for row in rows for one in row.changes} | {row.actor for row in rows}
        for arrow in (*pending, *(one for row in rows for one in (*row.arrows, *row.sends))):
            used |= {arrow.source, arrow.target}
        names = sorted(self.trace.initial, key=lambda name: name not in self.homes.states)
        known = [lane for name in names if (lane := self.homes.hosts.get(name))]
        found = [lane for lane in dict.fromkeys((*order, *known)) if lane in used]
        return (*found, *sorted(lane for lane in used if lane is not None and lane not in found))

    def start(self, lanes: Sequence[str]) -> dict[str, tuple[Change, ...]]:
        held = ((name, value) for name, value in self.trace.initial.items() if name not in self.homes.channels)
        slots = [self.change(name, value, value) for name, value in held]
        return {lane: tuple(one for one in slots if (one.lane or "") == lane) for lane in (*lanes, "")}
