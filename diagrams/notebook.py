"""What shows itself in a notebook, as a picture or as a table.

The checker knows nothing of pictures, so its values show themselves as tables, and ``show`` wraps them with a picture:
``show(trace)`` is an object with a ``_repr_svg_``. To have all of them shown so without the wrapper, load the extension
once: ``%load_ext haboot``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from haboot.checker import (
    Answer,
    Composition,
    Limits,
    Model,
    Participant,
    Report,
    System,
    Trace,
    Verdict,
    explore,
    quiet,
)
from haboot.checker.boundary import missing_extra
from haboot.checker.graph import GraphSpace
from haboot.diagrams import render
from haboot.diagrams.charts import Chart, chart
from haboot.diagrams.composed import composition_dot
from haboot.diagrams.machine import machine_dot
from haboot.diagrams.sequence import sequence_svg
from haboot.diagrams.space import WHOLE, space_dot, violating

SMALL = 60  # states that are drawn without being asked for


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG that notebooks display, or, where there is one, a page around it; ``str`` gives the SVG, else the page."""

    svg: str = ""
    page: str = ""

    def _repr_svg_(self) -> str | None:
        return self.svg or None

    def _repr_html_(self) -> str | None:
        return self.page or None

    def __str__(self) -> str:
        return self.svg or self.page


def _below(table: str, svg: str) -> Picture:
    """Return a picture below a table, as wide as what it stands in at most."""
    return Picture(svg, table + svg.replace("<svg", '<svg style="max-width:100%;height:auto"', 1))


@singledispatch
def show(subject: object) -> Picture:
    """Return a trace, chart, report, verdict, model, system, participant, composition or space to look at.

    A space is drawn up to 300 states, that of a system or a report up to 60; of larger ones, and of a verdict without a
    trace, there is a table.
    Raises TypeError for anything else, and ModelError where ``haboot[draw]`` is needed and missing.

    >>> from haboot.checker.machines.participants import Participant, Row
    >>> lamp = Participant("lamp", ("off", "on"), "off", (Row("push", ("off",), "on"),))
    >>> str(show(lamp)).startswith("<svg")
    True
    """
    sheet = getattr(subject, "_repr_html_", None)
    if not callable(sheet) or not type(subject).__module__.startswith("haboot."):
        raise TypeError(f"no picture for a {type(subject).__name__} (for one of {', '.join(_shown())})")
    return Picture(page=sheet())


@show.register
def _(subject: Trace) -> Picture:
    return Picture(sequence_svg(chart(subject)))


@show.register
def _(subject: Chart) -> Picture:
    return Picture(sequence_svg(subject))


@show.register
def _(subject: Verdict) -> Picture:
    if subject.trace is None:
        return Picture(page=subject._repr_html_())
    breaks = subject.property.name if subject.answer is Answer.VIOLATED else ""
    drawn = chart(subject.trace, breaks)
    svg, table = sequence_svg(drawn), subject._repr_html_()
    return _below(table, svg) if drawn.lanes else Picture(svg, table)  # without lanes the table says more


@show.register
def _(subject: Report) -> Picture:
    broken = next((one for one in subject.verdicts if one.answer is Answer.VIOLATED), None)
    return _below(subject._repr_html_(), _drawn(subject.space, SMALL, broken))


@show.register
def _(subject: Model) -> Picture:
    return show(subject.system)


@show.register
def _(subject: System) -> Picture:
    return _below(subject._repr_html_(), _drawn(explore(subject, Limits(max_states=SMALL), quiet, "graph"), SMALL))


@show.register
def _(subject: Participant) -> Picture:
    return Picture(render.svg(machine_dot(subject)))


@show.register
def _(subject: Composition) -> Picture:
    return Picture(render.svg(composition_dot(subject)))


@show.register
def _(subject: GraphSpace) -> Picture:
    return _below(subject._repr_html_(), _drawn(subject, WHOLE))


def _drawn(space: object, most: int, broken: Verdict | None = None) -> str:
    """Return the picture of a space of no more states than ``most`` that is whole; else nothing."""
    if not isinstance(space, GraphSpace) or space.distinct > most or space.bounds_hit:
        return ""
    bad = violating(space, broken) if broken else frozenset[int]()
    return render.svg(space_dot(space, (), bad, broken.trace if broken else None))


def load_ipython_extension(shell: Any) -> None:
    """Let all that ``show`` takes show itself with its picture in this IPython shell.

    Without ``haboot[draw]`` what Graphviz draws stays a table.
    """
    formatters = shell.display_formatter.formatters
    for kind in (Trace, Chart, Verdict, *(() if missing_extra("draw") else GRAPHS)):
        formatters["image/svg+xml"].for_type(kind, _shower(Picture._repr_svg_))
        formatters["text/html"].for_type(kind, _shower(Picture._repr_html_))


GRAPHS = (Report, Model, System, Participant, Composition, GraphSpace)


def _shower(form: Callable[[Picture], str | None]) -> Callable[[object], str | None]:
    return lambda subject: form(show(subject))


def _shown() -> list[str]:
    return sorted(kind.__name__ for kind in show.registry if kind is not object)
