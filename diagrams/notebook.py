"""Pictures that show themselves in a notebook.

The checker knows nothing of pictures, so its values are wrapped: ``show(trace)`` is an object with a ``_repr_svg_``. To
have traces, participants and compositions show themselves without the wrapper, load the extension once:
``%load_ext haboot.diagrams.notebook``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from haboot.checker import Answer, Composition, Participant, Trace, Verdict
from haboot.checker.graph import GraphSpace
from haboot.diagrams import render
from haboot.diagrams.charts import Chart, chart
from haboot.diagrams.composed import composition_dot
from haboot.diagrams.machine import machine_dot
from haboot.diagrams.sequence import sequence_svg
from haboot.diagrams.space import space_dot


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG that notebooks display; ``str`` gives its text."""

    svg: str

    def _repr_svg_(self) -> str:
        return self.svg

    def __str__(self) -> str:
        return self.svg


@singledispatch
def show(subject: object) -> Picture:
    """Return a picture of a trace, chart, verdict, participant, composition or (small) graph space.

    >>> from haboot.checker.machines.participants import Participant, Row
    >>> lamp = Participant("lamp", ("off", "on"), "off", (Row("push", ("off",), "on"),))
    >>> str(show(lamp)).startswith("<svg")
    True
    """
    raise TypeError(f"no picture for a {type(subject).__name__} (for one of {', '.join(_shown())})")


@show.register
def _(subject: Trace) -> Picture:
    return Picture(sequence_svg(chart(subject)))


@show.register
def _(subject: Chart) -> Picture:
    return Picture(sequence_svg(subject))


@show.register
def _(subject: Verdict) -> Picture:
    if subject.trace is None:
        raise ValueError(f"'{subject.property.name}' is {subject.answer} without a trace: there is nothing to draw")
    return Picture(
        sequence_svg(chart(subject.trace, subject.property.name if subject.answer is Answer.VIOLATED else ""))
    )


@show.register
def _(subject: Participant) -> Picture:
    return Picture(render.svg(machine_dot(subject)))


@show.register
def _(subject: Composition) -> Picture:
    return Picture(render.svg(composition_dot(subject)))


@show.register
def _(subject: GraphSpace) -> Picture:
    return Picture(render.svg(space_dot(subject)))


def load_ipython_extension(shell: Any) -> None:
    """Let traces, participants and compositions show themselves as SVG in this IPython shell."""
    formatter = shell.display_formatter.formatters["image/svg+xml"]
    for kind in (Trace, Participant, Composition):
        formatter.for_type(kind, lambda subject: show(subject).svg)


def _shown() -> list[str]:
    return sorted(kind.__name__ for kind in show.registry if kind is not object)
