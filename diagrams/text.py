"""A sequence chart as text: time runs downward, a column a lane, a block a step.

The first line of a block says what happened, arrows show the messages that ended in it, and the last lines what it sent
and changed; before the first step stands what it starts from. Lanes are as far apart as their labels need. Colour comes
from rich, which leaves it out where there is no terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import ceil
from sys import maxsize
from textwrap import TextWrapper

from haboot.checker import Trace
from haboot.diagrams.charts import Arrow, Change, Chart, ChartRow, Fate, chart
from rich.text import Text

GUTTER = 5
LEAST = 40  # columns of a chart
APART = 24  # columns between lanes, where labels need no more
LONGEST = 100  # columns of notes in a line, each of which stays whole
SILENT = frozenset({"no", "none", "empty", "0"})  # values that say nothing of where a variable starts


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The characters that a chart is made of."""

    lane: str
    line: str
    right: str
    left: str
    hollow: tuple[str, str]
    forged: str
    lost: str
    to: str
    dot: str
    loop: str
    broken: str
    more: str


UNICODE = Glyphs("│", "─", "▶", "◀", ("▷", "◁"), "═", "✗", "→", "·", "↻", "✗", "…")
ASCII = Glyphs("|", "-", ">", "<", (")", "("), "=", "x", "->", "*", "@", "!", "~")


def text_chart(trace: Trace, width: int | None = 80, breaks: str = "", *, ascii_only: bool = False) -> Text:
    """Return a trace as a sequence chart for a terminal of ``width`` columns; see ``drawn`` for a chart at hand.

    Without a width nothing is wrapped or cut.

    >>> from haboot.checker import Homes, Step, Trace
    >>> fall = Step("a falls", (), {"a.state": "up"}, {"a.state": "down"})
    >>> print(text_chart(Trace({"a.state": "up"}, (fall,), homes=Homes({"a.state": "a"})), 40).plain.splitlines()[5])
       1 a falls     │
    """
    return drawn(chart(trace, breaks), width, ASCII if ascii_only else UNICODE)


def drawn(picture: Chart, width: int | None = 80, glyphs: Glyphs = UNICODE) -> Text:
    """Return a chart as text; below about six columns a lane the labels become unreadable, never wrong.

    Without a width nothing is wrapped or cut.
    """
    lines = list(_Canvas(picture, maxsize if width is None else max(width, LEAST), glyphs).lines())
    return Text("\n").join(lines)


class _Canvas:
    def __init__(self, picture: Chart, width: int, glyphs: Glyphs) -> None:
        self.picture, self.width, self.glyphs = picture, width, glyphs
        self.span = max(min(self.needed(), (width - GUTTER) // max(len(picture.lanes), 1)), 4)
        self.column = {lane: GUTTER + self.span // 2 + place * self.span for place, lane in enumerate(picture.lanes)}

    def needed(self) -> int:
        """Columns from lane to lane in which no label has to be cut."""
        chart_, place = self.picture, {lane: number for number, lane in enumerate(self.picture.lanes)}
        room = max(map(len, chart_.lanes), default=0) + 1
        for row, lane in product((*chart_.rows, self.start), place):
            room = max(room, len(_state(row, lane)) + 3)
        for arrow in (*chart_.pending, *(one for row in chart_.rows for one in row.arrows)):
            if apart := abs(place[arrow.source] - place[arrow.target]):
                head = len(self.head(arrow, rightward=True))
                room = max(room, ceil((len(arrow.text) + head + 6) / apart))
        return max(room, APART)

    @property
    def start(self) -> ChartRow:
        """What the first step starts from, as a row: each machine's state, and each variable that says something."""
        every = not self.picture.lanes
        held = [one for some in self.picture.start.values() for one in some if every or _says(one)]
        return ChartRow(0, "initial state", None, (), (), tuple(held))

    def lines(self) -> Iterator[Text]:
        if self.picture.lanes:
            yield self.heads()
            yield self.blank(looping=False)
        yield from self.block(self.start)
        for row in self.picture.rows:
            yield self.blank(looping=row.in_loop)
            yield from self.block(row)
        yield self.blank(looping=False)
        for arrow in self.picture.pending:
            yield self.arrow(arrow, looping=False)
        yield from self.ending()

    def heads(self) -> Text:
        line = list[str]()
        for lane, column in self.column.items():
            name = self.fitted(lane, self.span - 1)
            _put(line, max(column - len(name) // 2, 0), name)
        return self.text(line, "bold")

    def lane_row(self, *, looping: bool) -> list[str]:
        line = list[str]()
        for column in self.column.values():
            _put(line, column, self.glyphs.lane)
        if looping:
            _put(line, 0, self.glyphs.loop)
        return line

    def text(self, line: Sequence[str], style: str = "") -> Text:
        """A line, cut where the chart ends."""
        return Text("".join(line[: self.width]).rstrip(), style)

    def blank(self, *, looping: bool) -> Text:
        return self.text(self.lane_row(looping=looping))

    def block(self, row: ChartRow) -> Iterator[Text]:
        broken = f"{self.glyphs.broken} " if row.broken else ""
        title = broken + row.action + _told(row) + (f": breaks {self.picture.breaks}" if row.broken else "")
        for number, part in enumerate(self.wrapped(title)):
            head = f"{row.number:>3}" if number == 0 else ""
            yield self.words(part, row, "bold red" if row.broken else "bold", head)
        for arrow in row.arrows:
            yield self.arrow(arrow, looping=row.in_loop)
        if any(self.marker(row, lane) for lane in self.column):
            yield self.states(row)
        for part in self.folded(self.notes(row)):
            yield self.words(part, row, "dim")

    def words(self, text: str, row: ChartRow, style: str, head: str = "") -> Text:
        """A line of text over the lanes, which go on beside it."""
        line = self.lane_row(looping=row.in_loop)
        _put(line, GUTTER, f"{text} ")
        _put(line, 1, head)
        drawn_line = self.text(line)
        drawn_line.stylize(style, 0, GUTTER + len(text))
        return drawn_line

    def notes(self, row: ChartRow) -> list[str]:
        to = self.glyphs.to
        sends = [
            f"sends {one.text} {to} {one.target}{' (forged)' if one.mark == 'forged' else ''}" for one in row.sends
        ]
        came = [f"{one.old} {to} " if one.old != one.new else "" for one in row.changes]
        pairs = zip(row.changes, came, strict=True)
        return sends + [f"{one.slot.removesuffix('.state')}: {before}{one.new}" for one, before in pairs]

    def wrapped(self, text: str) -> list[str]:
        """Text in lines beside the gutter; no word is cut that fits into one."""
        return TextWrapper(self.width - GUTTER - 1, break_on_hyphens=False).wrap(text)

    def folded(self, notes: Sequence[str]) -> Iterator[str]:
        """Notes joined into lines, each note whole where it fits."""
        room, line = min(self.width - GUTTER - 1, LONGEST), ""
        for note in notes:
            joined = f"{line} {self.glyphs.dot} {note}" if line else note
            if line and len(joined) > room:
                yield from self.wrapped(line)
                joined = note
            line = joined
        yield from self.wrapped(line)

    def marker(self, row: ChartRow, lane: str) -> str:
        """The new state of the lane's machine that moved, in brackets."""
        state = _state(row, lane)
        return f"[{self.fitted(state, self.span - 3)}]" if state else ""

    def states(self, row: ChartRow) -> Text:
        line = self.lane_row(looping=row.in_loop)
        for lane, column in self.column.items():
            text = self.marker(row, lane)
            _put(line, max(column - len(text) // 2, GUTTER), text)
        return self.text(line)

    def arrow(self, arrow: Arrow, *, looping: bool) -> Text:
        line, glyphs = self.lane_row(looping=looping), self.glyphs
        start, end = self.column[arrow.source], self.column[arrow.target]
        if start == end:
            label = self.fitted(arrow.text, self.width - start - 4)
            _put(line, start + 1, f" {glyphs.to} {label}"[: self.width - start - 1])
            return self.text(line)
        low, high = min(start, end) + 1, max(start, end) - 1
        head = self.head(arrow, rightward=end > start)
        text = f" {self.fitted(arrow.text, high - low - 3 - len(head))} "
        _put(line, low, (glyphs.forged if arrow.mark == "forged" else glyphs.line) * (high - low + 1))
        middle = (low + high + 1 + (-len(head) if end > start else len(head))) // 2
        _put(line, middle - len(text) // 2, text)
        _put(line, high + 1 - len(head) if end > start else low, head)
        style = {Fate.LOST: "yellow", Fate.IGNORED: "dim", Fate.UNDER_WAY: "dim"}.get(arrow.fate, "cyan")
        drawn_line = self.text(line)
        drawn_line.stylize("red" if arrow.mark == "forged" else style, low, high + 1)
        return drawn_line

    def head(self, arrow: Arrow, *, rightward: bool) -> str:
        """What stands at the end of an arrow: a lost message stops short of the lane with a cross."""
        glyphs = self.glyphs
        if arrow.fate is Fate.LOST:
            return f"{glyphs.lost}   " if rightward else f"   {glyphs.lost}"
        if arrow.fate is Fate.UNDER_WAY:
            return glyphs.dot * 3
        if arrow.fate is Fate.IGNORED:
            return glyphs.hollow[0 if rightward else 1]
        return glyphs.right if rightward else glyphs.left

    def fitted(self, text: str, room: int) -> str:
        return text if len(text) <= room else text[: max(room - 1, 0)] + self.glyphs.more

    def ending(self) -> Iterator[Text]:
        chart_, glyph, indent = self.picture, self.glyphs.loop, " " * GUTTER
        if chart_.loop is not None:
            stays = chart_.loop > len(chart_.rows)
            words = "stays here for ever" if stays else f"repeats for ever from step {chart_.loop}"
            yield Text(f"{indent}{glyph} {words}{f': breaks {chart_.breaks}' if chart_.breaks else ''}", "bold red")
        elif not chart_.rows and chart_.breaks:
            told = f"no step is taken: the initial state breaks {chart_.breaks}"
            yield Text(f"{indent}{self.glyphs.broken} {told}", "bold red")
        elif not chart_.rows:
            yield Text(f"{indent}no step is taken: the initial state shows it", "bold")


def _state(row: ChartRow, lane: str) -> str:
    """The new state of the first machine of a lane that moved."""
    return next((one.new for one in row.changes if one.lane == lane and one.is_state), "")


def _says(one: Change) -> bool:
    return one.is_state or one.new not in SILENT


def _told(row: ChartRow) -> str:
    """What a title adds about its messages: that one is forged, or that it met nobody or nobody who took it."""
    more = ["forged"] if any(one.mark == "forged" for one in row.arrows) else []
    more += ["not taken"] if any(one.fate is Fate.IGNORED for one in row.arrows) else []
    more += ["lost"] if any(one.fate is Fate.LOST for one in row.arrows) and " loses " not in row.action else []
    return f" ({', '.join(more)})" if more else ""


def _put(line: list[str], column: int, text: str) -> None:
    """Write over a line from a column on; it grows as far as it is written to."""
    line.extend(" " * (column + len(text) - len(line)))
    line[column : column + len(text)] = text
