"""A sequence chart as text: time runs downward, a column a lane, a block a step.

The first line of a block says what happened, arrows show the messages that ended in it, and the last lines what it sent
and changed. Colour comes from rich, which leaves it out where there is no terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

from haboot.checker import Trace
from haboot.diagrams.charts import Arrow, Chart, ChartRow, Fate, chart
from rich.text import Text

GUTTER = 5


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


def text_chart(trace: Trace, width: int = 80, breaks: str = "", *, ascii_only: bool = False) -> Text:
    """Return a trace as a sequence chart for a terminal of ``width`` columns; see ``drawn`` for a chart at hand.

    >>> from haboot.checker import Homes, Step, Trace
    >>> fall = Step("a falls", (), {"a.state": "up"}, {"a.state": "down"})
    >>> print(text_chart(Trace({"a.state": "up"}, (fall,), homes=Homes({"a.state": "a"})), 40).plain.splitlines()[2])
       1 a falls          │
    """
    return drawn(chart(trace, breaks), width, ASCII if ascii_only else UNICODE)


def drawn(picture: Chart, width: int = 80, glyphs: Glyphs = UNICODE) -> Text:
    """Return a chart as text; below about six columns a lane the labels become unreadable, never wrong."""
    lines = list(_Canvas(picture, max(width, 40), glyphs).lines())
    return Text("\n").join(lines)


class _Canvas:
    def __init__(self, picture: Chart, width: int, glyphs: Glyphs) -> None:
        self.picture, self.width, self.glyphs = picture, width, glyphs
        count = max(len(picture.lanes), 1)
        self.span = max((width - GUTTER) // count, 4)
        self.column = {lane: GUTTER + self.span // 2 + place * self.span for place, lane in enumerate(picture.lanes)}

    def lines(self) -> Iterator[Text]:
        if self.picture.lanes:
            yield self.heads()
        for row in self.picture.rows:
            yield self.blank(looping=row.in_loop)
            yield from self.block(row)
        yield self.blank(looping=False)
        for arrow in self.picture.pending:
            yield self.arrow(arrow, looping=False)
        yield from self.ending()

    def heads(self) -> Text:
        line = [" "] * self.width
        for lane, column in self.column.items():
            name = self.fitted(lane, self.span - 1)
            _put(line, max(column - len(name) // 2, 0), name)
        return Text("".join(line).rstrip(), "bold")

    def lane_row(self, *, looping: bool) -> list[str]:
        line = [" "] * self.width
        for column in self.column.values():
            _put(line, column, self.glyphs.lane)
        if looping:
            _put(line, 0, self.glyphs.loop)
        return line

    def blank(self, *, looping: bool) -> Text:
        return _text(self.lane_row(looping=looping))

    def block(self, row: ChartRow) -> Iterator[Text]:
        broken = f"{self.glyphs.broken} " if row.broken else ""
        title = broken + row.action + _told(row) + (f": breaks {self.picture.breaks}" if row.broken else "")
        for number, part in enumerate(wrap(title, self.width - GUTTER - 1)):
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
        drawn_line = _text(line)
        drawn_line.stylize(style, 0, GUTTER + len(text))
        return drawn_line

    def notes(self, row: ChartRow) -> list[str]:
        to = self.glyphs.to
        sends = [
            f"sends {one.text} {to} {one.target}{' (forged)' if one.mark == 'forged' else ''}" for one in row.sends
        ]
        return sends + [f"{one.slot.removesuffix('.state')}: {one.old} {to} {one.new}" for one in row.changes]

    def folded(self, notes: Sequence[str]) -> Iterator[str]:
        """Notes joined into lines, each note whole where it fits."""
        room, line = self.width - GUTTER - 1, ""
        for note in notes:
            joined = f"{line} {self.glyphs.dot} {note}" if line else note
            if line and len(joined) > room:
                yield from wrap(line, room)
                joined = note
            line = joined
        yield from wrap(line, room)

    def marker(self, row: ChartRow, lane: str) -> str:
        """The new state of the lane's machine that moved, in brackets."""
        found = [one.new for one in row.changes if one.lane == lane and one.is_state]
        return f"[{self.fitted(found[0], self.span - 3)}]" if found else ""

    def states(self, row: ChartRow) -> Text:
        line = self.lane_row(looping=row.in_loop)
        for lane, column in self.column.items():
            text = self.marker(row, lane)
            _put(line, max(column - len(text) // 2, GUTTER), text)
        return _text(line)

    def arrow(self, arrow: Arrow, *, looping: bool) -> Text:
        line, glyphs = self.lane_row(looping=looping), self.glyphs
        start, end = self.column[arrow.source], self.column[arrow.target]
        if start == end:
            label = self.fitted(arrow.text, self.width - start - 4)
            _put(line, start + 1, f" {glyphs.to} {label}"[: self.width - start - 1])
            return _text(line)
        low, high = min(start, end) + 1, max(start, end) - 1
        head = self.head(arrow, rightward=end > start)
        text = f" {self.fitted(arrow.text, high - low - 3 - len(head))} "
        _put(line, low, (glyphs.forged if arrow.mark == "forged" else glyphs.line) * (high - low + 1))
        middle = (low + high + 1 + (-len(head) if end > start else len(head))) // 2
        _put(line, middle - len(text) // 2, text)
        _put(line, high + 1 - len(head) if end > start else low, head)
        style = {Fate.LOST: "yellow", Fate.IGNORED: "dim", Fate.UNDER_WAY: "dim"}.get(arrow.fate, "cyan")
        drawn_line = _text(line)
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
        elif chart_.breaks and not chart_.rows:
            yield Text(f"{indent}{self.glyphs.broken} the initial state breaks {chart_.breaks}", "bold red")


def _told(row: ChartRow) -> str:
    """What a title adds about its messages: that one is forged, or that it met nobody or nobody who took it."""
    more = ["forged"] if any(one.mark == "forged" for one in row.arrows) else []
    more += ["not taken"] if any(one.fate is Fate.IGNORED for one in row.arrows) else []
    more += ["lost"] if any(one.fate is Fate.LOST for one in row.arrows) and " loses " not in row.action else []
    return f" ({', '.join(more)})" if more else ""


def _put(line: list[str], column: int, text: str) -> None:
    for place, letter in enumerate(text, start=column):
        if 0 <= place < len(line):
            line[place] = letter


def _text(line: Sequence[str]) -> Text:
    return Text("".join(line).rstrip())
