"""A few shapes at fixed places, and their two renderings: SVG with style sheets, and DOT with pinned positions.

The DOT rendering exists for formats that Graphviz makes and SVG readers do not; its colours are those of the palette.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from itertools import pairwise
from typing import TypeAlias

from haboot.checker.boundary import page
from haboot.diagrams import palette
from haboot.diagrams.render import Dot, bare, plain

LETTER = 5.6  # mean width of a letter of the labels, in pixels


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text; its kind says how it looks and where it is anchored."""

    kind: str
    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its upper left corner."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points; with ``tip`` it ends in an arrow's head, with ``cross`` in a cross."""

    kind: str
    points: tuple[tuple[float, float], ...]
    tip: bool = False
    cross: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Shapes that share classes, such as all of one message."""

    classes: tuple[str, ...]
    shapes: tuple[Words | Box | Line, ...]


Shape: TypeAlias = Words | Box | Line | Group

_ROUND = frozenset({"headbox", "statebox"})
_START = frozenset({"breaks", "faint"})


def template(name: str) -> str:
    """Return a style sheet, a script or markup that pages put drawings into."""
    return files("haboot.diagrams").joinpath("templates", name).read_text(encoding="utf-8")


def as_svg(
    shapes: Iterable[Shape],
    width: float,
    height: float,
    *,
    styled: bool = True,
    alone: bool = True,
    stretched: bool = False,
    label: str = "",
) -> str:
    """Return shapes as an SVG element, with the style sheets inside unless the page around it has them.

    One that is not ``alone`` is a part of a larger picture: it has no paper of its own and is no image to screen
    readers; any other one says its ``label``. One that is ``stretched`` takes the height of what it stands in.
    """
    size = f'width="{width:.0f}" height="{"100%" if stretched else f"{height:.0f}"}"'
    size += f' viewBox="0 0 {width:.0f} {height:.0f}"'
    body = page("\n".join("".join(_svg(shape)) for shape in shapes))  # a character that XML lacks would spoil it all
    root = '<svg xmlns="http://www.w3.org/2000/svg" class="chart"'
    if not alone:
        more = ' preserveAspectRatio="none"' if stretched else ""
        return f'{root} aria-hidden="true" {size}{more}>{body}</svg>'
    sheet = f"<style>{template('palette.css')}{template('chart.css')}</style>" if styled else ""
    size += f' style="min-width:{0.7 * width:.0f}px"'  # narrower, the letters would be too small to read
    paper = f'<rect class="paper" width="{width:.0f}" height="{height:.0f}"/>'
    size += f' aria-label="{escape(label)}"' if label else ""
    return f'{root} role="img" {size}>{sheet}{paper}\n{body}\n</svg>\n'


def _svg(shape: Shape) -> Iterator[str]:
    match shape:
        case Group(classes, parts):
            yield f'<g class="{escape(" ".join(classes))}">'
            for part in parts:
                yield from _svg(part)
            yield "</g>"
        case Words(kind, x, y, text):
            yield f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}">{escape(text)}</text>'
        case Box(kind, x, y, width, height):
            corner = ' rx="7"' if kind in _ROUND else ""
            size = f'width="{width:.0f}" height="{height:.0f}"'
            yield f'<rect class="{kind}" x="{x:.0f}" y="{y:.0f}" {size}{corner}/>'
        case _:
            way = "L".join(f"{x:.0f} {y:.0f}" for x, y in shape.points)
            yield f'<path class="{shape.kind}" d="M{way}"/>'
            (x, y), back = shape.points[-1], 9 if shape.points[-1][0] < shape.points[-2][0] else -9
            if shape.tip:
                yield f'<path class="tip" d="M{x:.0f} {y:.0f}l{back} -4.5v9z"/>'
            if shape.cross:
                yield f'<path class="cross" d="M{x - 6:.0f} {y - 6:.0f}l12 12m0 -12l-12 12"/>'


def as_dot(shapes: Iterable[Shape], name: str) -> str:
    """Return shapes as DOT whose positions are pinned."""
    graph = bare(name)
    graph.attr(
        "graph", layout="neato", inputscale="72", outputorder="edgesfirst", splines="line", bgcolor=palette.PAPER
    )
    graph.attr(
        "node", fontname=palette.FONT, fontsize="11", fontcolor=palette.INK, margin="0.01", height="0", width="0"
    )
    for number, (classes, shape) in enumerate(_flat(shapes)):
        _pin(graph, f"n{number}", classes, shape)
    return str(graph.source)


def _flat(shapes: Iterable[Shape]) -> Iterator[tuple[tuple[str, ...], Words | Box | Line]]:
    for shape in shapes:
        if isinstance(shape, Group):
            yield from ((shape.classes, part) for part in shape.shapes)
        else:
            yield (), shape


def _pin(graph: Dot, name: str, classes: tuple[str, ...], shape: Words | Box | Line) -> None:
    match shape:
        case Words(kind, x, y, text):
            shift = len(text) * LETTER / 2 * (1 if kind in _START else -1 if kind == "number" else 0)
            ink = palette.BAD if kind == "breaks" or "forged" in classes else palette.INK
            paper = {"style": "filled", "fillcolor": palette.PAPER} if kind in {"label", "aside", "value"} else {}
            size = {"fontsize": "9"} if kind in {"aside", "value"} else {}
            look = {"shape": "plaintext", "fontcolor": ink, **paper, **size}
            graph.node(name, label=plain(text), pos=_at(x + shift, y - 4), **look)
        case Box(kind, x, y, width, height):
            fill = "transparent" if kind == "broken" else palette.PAPER if kind == "actbox" else palette.FILL
            ink = palette.BAD if kind == "broken" else palette.MUTED
            size = {"width": f"{width / 72:.3f}", "height": f"{height / 72:.3f}", "fixedsize": "true"}
            shown = "rounded,filled" if kind in _ROUND else "filled"
            look = {"shape": "box", "label": "", "style": shown, "fillcolor": fill, "color": ink}
            graph.node(name, pos=_at(x + width / 2, y + height / 2), **look, **size)
        case _:
            _pin_line(graph, name, classes, shape)


def _pin_line(graph: Dot, name: str, classes: tuple[str, ...], line: Line) -> None:
    ink = {"lane": palette.FAINT, "loop": palette.BAD}.get(line.kind, palette.ACCENT)
    marked = {"forged": palette.BAD, "lost": palette.WARN, "ignored": palette.MUTED, "under-way": palette.MUTED}
    ink = next((colour for mark, colour in marked.items() if mark in classes), ink)
    for place, (x, y) in enumerate(line.points):
        graph.node(f"{name}.{place}", shape="point", style="invis", pos=_at(x, y))
    ends = list(pairwise(range(len(line.points))))
    for start, end in ends:
        head = ("empty" if "ignored" in classes else "normal") if line.tip and (start, end) == ends[-1] else "none"
        dashes = "dashed" if {"forged", "under-way"} & set(classes) else "solid"
        look = {"color": ink, "arrowhead": head, "arrowsize": "0.7", "style": dashes}
        graph.edge(f"{name}.{start}", f"{name}.{end}", **look)
    if line.cross:
        x, y = line.points[-1]
        graph.node(f"{name}.cross", shape="plaintext", label="✗", fontcolor=ink, fontsize="18", pos=_at(x, y))


def _at(x: float, y: float) -> str:
    return f"{x:.1f},{-y:.1f}!"
