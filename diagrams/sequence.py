"""Sequence charts as SVG: a lane a host, time downward, drawn by hand so that nothing overlaps.

An arrow stands in the step that ends it; one that was sent earlier than the step before says in which. Colours come
from style sheets, so that a chart follows its page into the dark and onto paper.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from textwrap import wrap

from haboot.diagrams.chart import Arrow, Change, Chart, ChartRow, Fate

GUTTER, HEAD, LINE, PAD = 46, 40, 14, 9
LETTER = 5.6  # mean width of a letter of the labels, in pixels


def style(name: str) -> str:
    """Return a style sheet of the drawings."""
    return files("haboot.diagrams").joinpath("templates", name).read_text(encoding="utf-8")


def sequence_svg(picture: Chart, *, styled: bool = True) -> str:
    """Return a chart as an SVG element, with its style sheets inside unless the page around it has them."""
    return _Drawing(picture).svg(styled=styled)


@dataclass(frozen=True, slots=True)
class _Block:
    """Elements of a row, drawn as if it began at zero, and its height."""

    elements: tuple[str, ...]
    height: float


class _Drawing:
    def __init__(self, picture: Chart) -> None:
        self.picture = picture
        longest = max((len(one.text) for row in picture.rows for one in row.arrows), default=0)
        roomy = 300 if len(picture.lanes) < 3 else 200 if len(picture.lanes) < 5 else 160
        self.span = max(140, min(roomy, longest * LETTER + 40))
        count = max(len(picture.lanes), 1)
        self.width = max(GUTTER + self.span * count, 360.0)
        self.x = {lane: GUTTER + self.span * (place + 0.5) for place, lane in enumerate(picture.lanes)}

    def svg(self, *, styled: bool) -> str:
        body, marks, y = [], [], HEAD + 10.0
        top, loop_top = y, None
        for row in self.picture.rows:
            if row.number == self.picture.loop:
                loop_top = y
            block = self.block(row)
            if row.broken:
                marks.append(
                    f'<rect class="broken" x="0" y="{y:.0f}" width="{self.width:.0f}" height="{block.height:.0f}"/>'
                )
            body.append(f'<g class="row" transform="translate(0 {y:.0f})">{"".join(block.elements)}</g>')
            y += block.height
        if loop_top is not None:
            marks.append(f'<path class="loop" d="M14 {loop_top:.0f}H6V{y - 4:.0f}H14"/>')
        for arrow in self.picture.pending:
            block = self.arrow(arrow, 0, len(self.picture.rows))
            body.append(f'<g class="row" transform="translate(0 {y:.0f})">{"".join(block.elements)}</g>')
            y += block.height
        end = y + 6
        lanes = [f'<path class="lane" d="M{x:.0f} {top - 10:.0f}V{end:.0f}"/>' for x in self.x.values()]
        foot = list(self.ending(end + 18))
        height = end + 10 + (20 if foot else 0)
        sheet = f"<style>{style('palette.css')}{style('chart.css')}</style>" if styled else ""
        paper = f'<rect class="paper" width="{self.width:.0f}" height="{height:.0f}"/>'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" width="{self.width:.0f}" '
            f'height="{height:.0f}" viewBox="0 0 {self.width:.0f} {height:.0f}">{sheet}{paper}'
            + "\n".join([*marks, *lanes, *self.heads(), *body, *foot])
            + "</svg>"
        )

    def heads(self) -> Iterator[str]:
        for lane, x in self.x.items():
            half = min(max(len(lane) * 8 + 16, 44), self.span - 8) / 2
            yield f'<rect class="headbox" rx="6" x="{x - half:.0f}" y="8" width="{2 * half:.0f}" height="26"/>'
            yield _text("head", x, 26, lane)

    def ending(self, y: float) -> Iterator[str]:
        picture = self.picture
        if picture.loop is not None:
            stays = picture.loop > len(picture.rows)
            words = "stays here for ever" if stays else f"repeats for ever from step {picture.loop}"
            yield _text("breaks", 10, y, f"↻ {words}" + (f": {picture.breaks}" if picture.breaks else ""))
        elif picture.breaks:
            where = f"step {len(picture.rows)}" if picture.rows else "the initial state"
            yield _text("breaks", 10, y, f"✗ {where}: {picture.breaks}")

    def block(self, row: ChartRow) -> _Block:
        """One row: the messages that end in it, what fires by itself, then what changes at each lane."""
        elements, y = [_text("number", GUTTER - 14, 22, str(row.number))], 4.0
        for arrow in row.arrows:
            block = self.arrow(arrow, y, row.number)
            elements += block.elements
            y += block.height
        if not row.arrows:
            block = self.act(row, y)
            elements += block.elements
            y += block.height
        heights = [0.0]
        for lane in self.x:
            block = self.changes(lane, [one for one in row.changes if one.lane == lane], y)
            elements += block.elements
            heights.append(block.height)
        return _Block(tuple(elements), y + max(heights) + PAD)

    def act(self, row: ChartRow, y: float) -> _Block:
        """What a lane does by itself, in a box on it; without a lane, as a line of its own."""
        if row.actor not in self.x:
            return _Block((_text("faint", GUTTER, y + 18, row.action),), 24)
        lines, x = _lines(row.action, self.span - 24), self.x[row.actor]
        half = max(len(line) for line in lines) * LETTER / 2 + 8
        height = LINE * len(lines) + 6
        box = f'<rect class="actbox" x="{x - half:.0f}" y="{y + 4:.0f}" width="{2 * half:.0f}" height="{height}"/>'
        words = [_text("act", x, y + 4 + LINE * (place + 1), line) for place, line in enumerate(lines)]
        return _Block((box, *words), height + 8)

    def changes(self, lane: str, changes: Sequence[Change], y: float) -> _Block:
        """The new states at a lane in boxes, then the new values of variables."""
        elements, x, start = [], self.x[lane], y
        for one in sorted(changes, key=lambda change: not change.is_state):
            own = one.label == one.slot.removesuffix(".state") or one.label in {"", "state"}
            text = one.new if own and one.is_state else f"{one.label} → {one.new}"
            for line in _lines(text, self.span - 14):
                if one.is_state:
                    half = len(line) * LETTER * 1.08 / 2 + 7
                    size = f'x="{x - half:.0f}" y="{y + 1:.0f}" width="{2 * half:.0f}" height="{LINE + 3}"'
                    elements.append(f'<rect class="statebox" rx="8" {size}/>')
                elements.append(_text("state" if one.is_state else "value", x, y + LINE - 1, line))
                y += LINE + (5 if one.is_state else 0)
        return _Block(tuple(elements), y - start)

    def arrow(self, arrow: Arrow, y: float, number: int) -> _Block:
        start, end = self.x[arrow.source], self.x[arrow.target]
        lines = _lines(arrow.text, max(abs(end - start), self.span) - 18)
        at = y + LINE * len(lines) + 8
        told = [arrow.mark] if arrow.mark else []
        told += [] if arrow.fate is Fate.TAKEN else [_FATE[arrow.fate]]
        if arrow.sent_in is not None and arrow.fate is not Fate.UNDER_WAY and number - arrow.sent_in > 2:
            told.append(f"sent in step {arrow.sent_in + 1}")
        if arrow.sent_in is not None and arrow.fate is Fate.UNDER_WAY:
            told.append(f"since step {arrow.sent_in + 1}")
        middle = (start + end) / 2
        words = [_text("label", middle, y + LINE * (place + 1), line) for place, line in enumerate(lines)]
        words += [_text("aside", middle, at + 13, ", ".join(told))] if told else []
        classes = " ".join(["message", str(arrow.fate).replace(" ", "-"), *([arrow.mark] if arrow.mark else [])])
        shape = "".join(_shape(arrow, start, end, at))
        group = f'<g class="{classes}">{shape}{"".join(words)}</g>'
        return _Block((group,), LINE * len(lines) + 14 + (14 if told else 0))


_FATE = {Fate.IGNORED: "not taken", Fate.LOST: "lost", Fate.UNDER_WAY: "still under way"}


def _shape(arrow: Arrow, start: float, end: float, y: float) -> Iterator[str]:
    """The line with its tip, or with a cross before the lane that a lost message never reaches."""
    way = 1 if end >= start else -1
    if start == end:
        yield f'<path class="line" d="M{start:.0f} {y - 8:.0f}h26v8H{start + 6:.0f}"/>'
        yield _tip(start + 2, y, -1)
        return
    reach = {Fate.LOST: 0.8, Fate.UNDER_WAY: 0.7}.get(arrow.fate, 1.0)
    stop = start + (end - start) * reach
    yield f'<path class="line" d="M{start:.0f} {y:.0f}H{stop - way * (0 if arrow.fate is Fate.LOST else 8):.0f}"/>'
    if arrow.fate is Fate.LOST:
        yield f'<path class="cross" d="M{stop - 6:.0f} {y - 6:.0f}l12 12m0 -12l-12 12"/>'
    else:
        yield _tip(stop - way, y, way)


def _tip(x: float, y: float, way: int) -> str:
    return f'<path class="tip" d="M{x:.0f} {y:.0f}l{-9 * way} -4.5v9z"/>'


def _text(kind: str, x: float, y: float, words: str) -> str:
    return f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}">{escape(words)}</text>'


def _lines(text: str, width: float) -> list[str]:
    """Text in lines of at most some pixels, broken before a parenthesis where that helps."""
    room = max(int(width / LETTER), 8)
    if len(text) <= room:
        return [text]
    head, bracket, tail = text.partition(" (")
    if bracket and len(head) <= room:
        return [head, *wrap(f"({tail}", room)]
    return wrap(text, room) or [""]
