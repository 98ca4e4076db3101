"""DOT to SVG and PNG, through the Graphviz library that pygraphviz carries: no program on the path is needed.

Layouts differ between versions of Graphviz, so what is compared over time is the DOT, never its rendering.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from html import escape
from tempfile import TemporaryFile
from typing import Any, TypeAlias

from graphviz import Digraph, nohtml  # type: ignore[import-untyped]
from graphviz import escape as verbatim
from haboot.checker import EngineError
from haboot.checker.boundary import require_extra
from haboot.diagrams import palette

Dot: TypeAlias = Any  # a graphviz.Digraph, which carries no types


def bare(name: str) -> Dot:
    """Return an empty directed graph without any style."""
    return Digraph(plain(name))


def blank(name: str, **attributes: str) -> Dot:
    """Return an empty directed graph in the house style; attributes are those of the graph."""
    graph = bare(name)
    graph.attr("graph", fontname=palette.FONT, fontcolor=palette.INK, bgcolor=palette.PAPER, **attributes)
    box = {"shape": "box", "style": "rounded,filled", "fillcolor": palette.FILL, "color": palette.INK}
    graph.attr("node", fontname=palette.FONT, fontsize="12", fontcolor=palette.INK, **box)
    line = {"color": palette.MUTED, "fontcolor": palette.INK, "fontsize": "10.5", "arrowsize": "0.7"}
    graph.attr("edge", fontname=palette.FONT, **line)
    return graph


def plain(text: str) -> str:
    """Return text as a label that Graphviz shows letter by letter."""
    label: str = nohtml(verbatim(text))
    return label


def flush(lines: Iterable[str]) -> str:
    """Return lines as a label that is flush left and clear of the edge it stands at."""
    label: str = nohtml("".join(f"  {verbatim(line)}\\l" for line in lines))
    return label


def markup(text: str) -> str:
    """Return text for use inside an HTML-like label, its line ends as breaks."""
    return escape(text, quote=True).replace("\n", "<br/>")


def svg(dot: str) -> str:
    """Return the drawing as an SVG element without declaration, ready to stand in a file or in a page.

    Raises EngineError where Graphviz cannot draw all of it; its other remarks are dropped.
    """
    drawn = _drawn(dot, "svg").decode()
    return re.sub(r"<!--.*?-->\n?", "", drawn[drawn.index("<svg") :], flags=re.DOTALL)


def png(dot: str, dpi: int = 150) -> bytes:
    """Return the drawing as a PNG on white paper."""
    return _drawn(dot, "png", dpi=str(dpi), bgcolor=palette.PAPER)


def _drawn(dot: str, kind: str, **attributes: str) -> bytes:
    """Draw; the library reports what it could not draw on standard error alone, and draws on without it."""
    require_extra("draw")
    import pygraphviz  # type: ignore[import-untyped]  # noqa: PLC0415 - not everybody draws

    with _standard_error() as heard:
        try:
            graph = pygraphviz.AGraph(string=dot)
            graph.graph_attr.update(**attributes)
            drawn = bytes(graph.draw(format=kind, prog="dot"))
        except pygraphviz.DotError as error:
            raise EngineError(f"Graphviz cannot read a drawing: {error}") from error
    complaints = [line for line in heard if line.startswith("Error")]
    if complaints:
        raise EngineError(f"Graphviz drew a picture only in part: {'; '.join(complaints)}")
    return drawn


@contextmanager
def _standard_error() -> Iterator[list[str]]:
    """Keep what is written to standard error meanwhile, also by libraries, and give its lines at the end."""
    heard: list[str] = []
    with TemporaryFile() as kept:
        usual = os.dup(2)
        try:
            os.dup2(kept.fileno(), 2)
            yield heard
        finally:
            os.dup2(usual, 2)
            os.close(usual)
            kept.seek(0)
            heard += kept.read().decode(errors="replace").splitlines()
