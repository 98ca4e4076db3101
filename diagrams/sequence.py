"""Sequence charts at fixed places: a lane a host, time downward, laid out by hand so that nothing overlaps.

An arrow stands in the step that ends it; one that was sent earlier than the step before says in which. Colours of the
SVG come from style sheets, so that a chart follows its page into the dark and onto paper.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap

from haboot.diagrams.canvas import LETTER, Box, Group, Line, Shape, Words, as_dot, as_svg
from haboot.diagrams.charts import Arrow, Change, Chart, ChartRow, Fate

GUTTER, HEAD, LINE, PAD = 46.0, 40.0, 14.0, 9.0
_FATE = {Fate.IGNORED: "not taken", Fate.LOST: "lost", Fate.UNDER_WAY: "still under way"}


@dataclass(frozen=True, slots=True)
class Lanes:
    """Lanes side by side; ``longest`` is the number of letters of the longest message between them."""

    names: tuple[str, ...]
    longest: int = 0

    @property
    def span(self) -> float:
        """Pixels from one lane to the next."""
        roomy = 300 if len(self.names) < 3 else 200 if len(self.names) < 5 else 160
        return max(140.0, min(roomy, self.longest * LETTER + 40))

    @property
    def width(self) -> float:
        """Pixels of the whole chart."""
        return max(GUTTER + self.span * len(self.names), 360.0)

    @property
    def x(self) -> dict[str, float]:
        """The place of each lane."""
        return {lane: GUTTER + self.span * (place + 0.5) for place, lane in enumerate(self.names)}


def sequence_svg(picture: Chart, *, styled: bool = True, label: str = "") -> str:
    """Return a chart as an SVG element, with its style sheets inside unless the page around it has them.

    ``label`` is what screen readers say of it.
    """
    drawing = _Drawing(picture)
    return as_svg(drawing.shapes, drawing.lanes.width, drawing.height, styled=styled, label=label)


def sequence_dot(picture: Chart, name: str) -> str:
    """Return a chart as DOT with pinned positions, from which Graphviz makes other formats."""
    return as_dot(_Drawing(picture).shapes, name)


def row_svg(row: ChartRow, lanes: Lanes) -> str:
    """Return one row as an SVG element of its own: a page puts rows beneath each other, each under its own words.

    So number and action are left out.
    """
    rows = _Rows(lanes)
    shapes = [*rows.row(replace(row, number=0, action="", in_loop=False, broken=False))]
    return as_svg(shapes, lanes.width, rows.y, styled=False, alone=False)


def head_svg(lanes: Lanes) -> str:
    """Return the heads of lanes as an SVG element of its own, to stand above rows."""
    return as_svg(_heads(lanes), lanes.width, HEAD, styled=False, alone=False)


def lanes_svg(lanes: Lanes) -> str:
    """Return the lanes alone as an SVG element that is stretched over the height of the rows."""
    lines = [Line("lane", ((x, 0), (x, HEAD))) for x in lanes.x.values()]
    return as_svg(lines, lanes.width, HEAD, styled=False, alone=False, stretched=True)


class _Drawing:
    """Lays a chart out: ``shapes`` on ``lanes.width`` by ``height`` pixels."""

    def __init__(self, picture: Chart) -> None:
        self.picture = picture
        texts = [one.text for row in picture.rows for one in row.arrows]
        self.lanes = Lanes(picture.lanes, max(map(len, texts), default=0))
        drawn = _Rows(self.lanes, HEAD + 10)
        rows = [shape for row in picture.rows for shape in drawn.row(row)]
        bands = [shape for shape in rows if isinstance(shape, Box) and shape.kind == "broken"]
        loop = [shape for shape in rows if isinstance(shape, Line) and shape.kind == "loop"]
        rows = [shape for shape in rows if shape not in bands and shape not in loop]
        rows += [drawn.arrow(arrow, len(picture.rows)) for arrow in picture.pending]
        end = drawn.y + 6
        lines = [Line("lane", ((x, HEAD), (x, end))) for x in self.lanes.x.values()]
        foot = list(self.ending(end + 18))
        self.height = end + (30 if foot else 10)
        self.shapes: list[Shape] = [*bands, *_joined(loop), *lines, *_heads(self.lanes), *rows, *foot]

    def ending(self, y: float) -> Iterator[Shape]:
        picture = self.picture
        if picture.loop is not None:
            stays = picture.loop > len(picture.rows)
            words = "stays here for ever" if stays else f"repeats for ever from step {picture.loop}"
            yield Words("breaks", 10, y, f"↻ {words}" + (f": breaks {picture.breaks}" if picture.breaks else ""))
        elif picture.breaks:
            where = f"step {len(picture.rows)}" if picture.rows else "the initial state"
            yield Words("breaks", 10, y, f"✗ {where} breaks {picture.breaks}")


class _Rows:
    """Draws rows at some lanes, each beneath the last; ``y`` moves down as they are added."""

    def __init__(self, lanes: Lanes, y: float = 0.0) -> None:
        self.y, self.x, self.span, self.width = y, lanes.x, lanes.span, lanes.width

    def row(self, row: ChartRow) -> Iterator[Shape]:
        """One row: the messages that end in it, what fires by itself, then what changes at each lane."""
        start = self.y
        if row.number:
            yield Words("number", GUTTER - 14, start + 22, str(row.number))
        self.y += 4
        for arrow in row.arrows:
            yield self.arrow(arrow, row.number)
        if row.action and not row.arrows:
            yield from self.act(row)
        top, deepest = self.y, self.y
        for lane in self.x:
            self.y = top
            yield from self.changes(lane, [one for one in row.changes if one.lane == lane])
            deepest = max(deepest, self.y)
        self.y = deepest + PAD
        if row.broken:
            yield Box("broken", 0, start, self.width, self.y - start)
        if row.in_loop:
            yield Line("loop", ((6, start), (6, self.y)))

    def act(self, row: ChartRow) -> Iterator[Shape]:
        """What a lane does by itself, in a box on it; without a lane, as a line of its own."""
        if row.actor not in self.x:
            yield Words("faint", GUTTER, self.y + 18, row.action)
            self.y += 24
            return
        lines, x = _lines(row.action, self.span - 24), self.x[row.actor]
        half, height = max(map(len, lines)) * LETTER / 2 + 8, LINE * len(lines) + 6
        yield Box("actbox", x - half, self.y + 4, 2 * half, height)
        for place, line in enumerate(lines, start=1):
            yield Words("act", x, self.y + 4 + LINE * place, line)
        self.y += height + 8

    def changes(self, lane: str, changes: Sequence[Change]) -> Iterator[Shape]:
        """The new states at a lane in boxes, then the new values of variables."""
        x = self.x[lane]
        for one in sorted(changes, key=lambda change: not change.is_state):
            text = one.new if one.is_state and one.label == lane else f"{one.label} → {one.new}"
            for line in _lines(text, self.span - 14):
                if one.is_state:
                    half = len(line) * LETTER * 0.54 + 7
                    yield Box("statebox", x - half, self.y + 1, 2 * half, LINE + 3)
                yield Words("state" if one.is_state else "value", x, self.y + LINE - 1, line)
                self.y += LINE + (5 if one.is_state else 0)

    def arrow(self, arrow: Arrow, number: int) -> Group:
        """A message: its words, its line, and beneath what became of it."""
        start, end = self.x[arrow.source], self.x[arrow.target]
        lines = _lines(arrow.text, max(abs(end - start), self.span) - 18)
        at, middle = self.y + LINE * len(lines) + 8, (start + end) / 2 + (30 if start == end else 0)
        shapes: list[Words | Box | Line] = [_line(arrow.fate, start, end, at)]
        shapes += [Words("label", middle, self.y + LINE * place, line) for place, line in enumerate(lines, start=1)]
        told = ", ".join(_told(arrow, number))
        if told:
            shapes.append(Words("aside", middle, at + 13, told))
        self.y = at + (20 if told else 6)
        classes = ("message", str(arrow.fate).replace(" ", "-"), *([arrow.mark] if arrow.mark else []))
        return Group(classes, tuple(shapes))


def _heads(lanes: Lanes) -> Iterator[Shape]:
    for lane, x in lanes.x.items():
        half = min(max(len(lane) * 8 + 16, 44), lanes.span - 8) / 2
        yield Box("headbox", x - half, 8, 2 * half, 26)
        yield Words("head", x, 26, lane)


def _told(arrow: Arrow, number: int) -> Iterator[str]:
    """What is said of a message beneath its arrow."""
    if arrow.mark:
        yield arrow.mark
    if arrow.fate in _FATE:
        yield _FATE[arrow.fate]
    if arrow.sent_in is not None and arrow.fate is Fate.UNDER_WAY:
        yield f"since step {arrow.sent_in + 1}"
    elif arrow.sent_in is not None and number - arrow.sent_in > 2:
        yield f"sent in step {arrow.sent_in + 1}"


def _line(fate: Fate, start: float, end: float, y: float) -> Line:
    """The line of a message; one that is lost or under way never reaches its lane."""
    if start == end:
        return Line("line", ((start, y - 8), (start + 26, y - 8), (start + 26, y), (start + 2, y)), tip=True)
    reach = {Fate.LOST: 0.8, Fate.UNDER_WAY: 0.7}.get(fate, 1.0)
    stop = start + (end - start) * reach
    return Line("line", ((start, y), (stop, y)), tip=fate is not Fate.LOST, cross=fate is Fate.LOST)


def _joined(pieces: Sequence[Line]) -> list[Line]:
    """The bracket beside the rows of a loop."""
    if not pieces:
        return []
    (x, top), (_, end) = pieces[0].points[0], pieces[-1].points[-1]
    return [Line("loop", ((x + 8, top), (x, top), (x, end - 4), (x + 8, end - 4)))]


def _lines(text: str, width: float) -> list[str]:
    """Text in lines of at most some pixels, broken before a parenthesis where that helps."""
    room = max(int(width / LETTER), 8)
    if len(text) <= room:
        return [text]
    head, bracket, tail = text.partition(" (")
    if bracket and len(head) <= room:
        return [head, *wrap(f"({tail}", room)]
    return wrap(text, room) or [""]
