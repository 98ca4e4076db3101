"""The throttle plot: turns of a home agent against mobile nodes, a colour a number of slots.

matplotlib draws it as SVG without a date and with fixed identifiers, so that equal figures give equal files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from math import isinf

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")  # Okabe and Ito, told apart by all eyes


@dataclass(frozen=True, slots=True)
class Point:
    """Turns at best and at worst for a number of mobile nodes; ``exact`` or simulated."""

    mobile_nodes: int
    best: float
    worst: float
    exact: bool


@dataclass(frozen=True, slots=True)
class Curve:
    """The points of one number of slots, by mobile nodes."""

    slots: int
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """What one part of the picture shows."""

    title: str
    curves: tuple[Curve, ...]


def throttle_svg(panels: Sequence[Panel]) -> str:
    """Return the plot as SVG: panels side by side with one scale; infinite values stand at the upper edge, beside ∞."""
    with rc_context({"svg.hashsalt": "haboot", "svg.fonttype": "none", "font.size": 10}):
        figure = Figure(figsize=(4.2 * len(panels) + 0.6, 4.8), layout="constrained")
        axes = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0]
        finite = [value for panel in panels for value in _values(panel) if not isinf(value)]
        top = max(finite, default=1) * 4
        for place, (axis, panel) in enumerate(zip(axes, panels, strict=True)):
            _draw(axis, panel, top)
            if place == 0:
                axis.set_ylabel("turns of the home agent until all in reach are recovered")
        axes[0].legend(handles=_handles(panels), loc="upper left", frameon=False, fontsize=8.5)
        target = StringIO()
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    return target.getvalue()


def _values(panel: Panel) -> list[float]:
    return [value for curve in panel.curves for point in curve.points for value in (point.best, point.worst)]


def _draw(axis: Axes, panel: Panel, top: float) -> None:
    axis.set_title(panel.title, fontsize=10)
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_ylim(3, top * 1.6)
    axis.set_xlabel("mobile nodes")
    axis.grid(visible=True, alpha=0.25, linewidth=0.6)
    axis.spines[["top", "right"]].set_visible(False)
    if any(isinf(value) for value in _values(panel)):
        axis.annotate("∞", (0.01, top), xycoords=("axes fraction", "data"), ha="left", va="center", fontsize=14)
    for place, (curve, colour) in enumerate(zip(panel.curves, COLOURS, strict=False)):
        _curve(axis, curve, colour, top * 0.75**place)


def _curve(axis: Axes, curve: Curve, colour: str, top: float) -> None:
    places = [point.mobile_nodes for point in curve.points]
    best = [min(point.best, top) for point in curve.points]
    worst = [min(point.worst, top) for point in curve.points]
    if not any(isinf(point.worst) for point in curve.points):
        axis.fill_between(places, best, worst, color=colour, alpha=0.12, linewidth=0)
    for values, dashes in ((best, "-"), (worst, "--")):
        axis.plot(places, values, dashes, color=colour, linewidth=1.3)
        for exact, fill in ((True, colour), (False, "white")):
            some = [place for place, point in enumerate(curve.points) if point.exact is exact]
            at, height = [places[place] for place in some], [values[place] for place in some]
            axis.plot(at, height, "o", color=colour, markerfacecolor=fill, markersize=4)


def _handles(panels: Sequence[Panel]) -> list[Line2D]:
    slots = [curve.slots for curve in panels[0].curves]
    lines = [
        Line2D([], [], color=colour, label=f"{count} slot{'s' if count > 1 else ''}")
        for count, colour in zip(slots, COLOURS, strict=False)
    ]
    return [
        *lines,
        Line2D([], [], color="grey", linestyle="-", label="best case"),
        Line2D([], [], color="grey", linestyle="--", label="worst case"),
        Line2D([], [], color="grey", linestyle="", marker="o", label="exact"),
        Line2D([], [], color="grey", linestyle="", marker="o", markerfacecolor="white", label="simulated"),
    ]
