"""What steps look like, once for all steps that look alike: the row of the chart, and which machines take which rows.

A page that steps through a state space puts these rows beneath each other, so a chart is drawn by one code wherever it
stands.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from haboot.checker import Fired, System, Trace, Value, homes
from haboot.checker import Step as Taken
from haboot.diagrams.charts import Chart, chart
from haboot.diagrams.sequence import Lanes, head_svg, lanes_svg, row_svg


class Looks:
    """Numbers the looks of a system's steps; lanes named in ``order`` come first."""

    def __init__(self, system: System, order: Sequence[str] = ()) -> None:
        self.homes, self.order = homes(system.slots), tuple(order)
        self.known: dict[Hashable, int] = {}
        self.charts: list[Chart] = []
        self.taken: list[tuple[str, tuple[Hashable, ...]]] = []

    def number(
        self, action: str, events: tuple[Hashable, ...], before: Mapping[str, Value], after: Mapping[str, Value]
    ) -> int:
        """Return the number of a step's look."""
        shown = (name for name in after if name not in self.homes.channels and before[name] != after[name])
        key = action, events, tuple((name, after[name]) for name in shown)
        if key not in self.known:
            self.known[key] = len(self.charts)
            self.charts.append(chart(Trace(before, (Taken(action, events, before, after),), None, self.homes)))
            self.taken.append((action, events))
        return self.known[key]

    def lanes(self, more: Iterable[str] = ()) -> Lanes:
        """Return the lanes that the looks need, and some more."""
        used = {*more}.union(*(one.lanes for one in self.charts))
        known = sorted(self.homes.hosts, key=lambda name: name not in self.homes.states)
        first = [
            lane for lane in dict.fromkeys((*self.order, *map(self.homes.hosts.__getitem__, known))) if lane in used
        ]
        texts = [arrow.text for one in self.charts for arrow in (*one.rows[0].arrows, *one.rows[0].sends)]
        return Lanes((*first, *sorted(used.difference(first))), max(map(len, texts), default=0))

    def data(self, lanes: Lanes, start: int = 0) -> list[dict[str, Any]]:
        """Return the looks from a number on as a page reads them."""
        return [
            {"action": action, "row": row_svg(picture.rows[0], lanes), "fired": _fired(events)}
            for picture, (action, events) in zip(self.charts[start:], self.taken[start:], strict=True)
        ]


def frame(lanes: Lanes) -> dict[str, str]:
    """Return what stands above the rows and behind them."""
    return {"head": head_svg(lanes), "lanes": lanes_svg(lanes)}


def _fired(events: Iterable[Hashable]) -> list[str]:
    return [event.instance for event in events if isinstance(event, Fired)]
