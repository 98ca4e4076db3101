"""The search of the graph engine: breadth-first, state by state, into lists that a GraphSpace is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from haboot.checker.boundary import ModelError
from haboot.checker.constraints import constrained
from haboot.checker.core import System
from haboot.checker.graph.space import GraphSpace
from haboot.checker.graph.ways import Cut, told, way_to
from haboot.checker.limits import Limits, Progress
from haboot.checker.opening import opened
from haboot.checker.properties import Property
from haboot.checker.spaces import Edge
from haboot.checker.stubborn import Reduction
from haboot.checker.tables import ActionTable, Entry, Layout, Patch, State

MOST = 200_000  # states, about 600 MiB, unless the caller sets another limit
EACH = 3 << 10  # bytes that a state takes, about, while networkx answers a question about all steps
TRIED, GROWING = 1500, 1.3  # states after which a level so many times as wide as the one before tells of a large space


class _Search:
    """The state of one breadth-first search; ``run`` is the loop."""

    def __init__(self, system: System, limits: Limits, properties: tuple[Property, ...]) -> None:
        system = opened(system, limits)
        self.system, self.limits, self.kept = system, limits, constrained(system)
        self.reduction = Reduction(self.kept, properties) if limits.reduction else None
        self.purpose = system.constraint and system.constraint.mark
        self.layout = Layout(self.kept)
        self.tables = [ActionTable(self.layout, action) for action in self.kept.actions]
        self.own = [number for number, action in enumerate(self.kept.actions) if not action.environment]
        self.states: list[State] = []
        self.number: dict[State, int] = {}
        self.origin: list[Edge | None] = []
        self.edges: list[Edge] = []
        self.cut: list[Cut] = []
        self.fired: Counter[int] = Counter()
        self.bounds: dict[str, None] = {}
        self.busy: set[int] = set()

    def run(self, progress: Progress, gives_up: Callable[[int], bool] | None = None) -> GraphSpace:
        for state in map(self.layout.encoded, self.kept.initial):
            if state not in self.number:
                self.number[state] = len(self.states)
                self.states.append(state)
                self.origin.append(None)
        generated, depth, level_end, node = len(self.kept.initial), 1, len(self.states), 0
        level = level_end
        while node < len(self.states) and not self.limits.reached(len(self.states), self.bounds, MOST, EACH):
            if node == level_end:
                before, level = level, len(self.states) - level_end
                if gives_up and (gives_up(len(self.states)) or (level_end > TRIED and level > GROWING * before)):
                    break
                depth, level_end = depth + 1, len(self.states)
            generated += self.expand(node)
            node += 1
            if node % 2048 == 0:
                progress(len(self.states), generated, len(self.states) - node, depth)
        fired = {self.system.actions[action].name: count for action, count in self.fired.items()}
        return GraphSpace(
            self.system,
            self.layout,
            self.states,
            self.origin,
            self.edges,
            self.cut,
            expanded=node,
            distinct=len(self.states),
            generated=generated,
            depth=depth,
            bounds_hit=tuple(name for name in self.bounds if name != self.purpose),
            fired=fired,
            busy=self.busy,
            reduction=self.reduction,
        )

    def expand(self, node: int) -> int:
        state, before = self.states[node], len(self.edges)
        entries = [
            self._computed(table, node) if (known := table.entries.get(table.key(state))) is None else known
            for table in self.tables
        ]
        if any(entries[number] for number in self.own):
            self.busy.add(node)
        for action in self._chosen(state, entries):
            for patch, label in entries[action]:
                if patch is None:
                    bound = self.layout.labels[label][1] or "bound"
                    self.bounds[bound] = None
                    self.cut.append((node, action, bound == self.purpose))
                    continue
                after = _patched(state, patch)
                there = self.number.get(after)
                edge = (node, len(self.states) if there is None else there, action, label)
                if there is None:
                    self.number[after] = edge[1]
                    self.states.append(after)
                    self.origin.append(edge)
                self.edges.append(edge)
                self.fired[action] += 1
        return len(self.edges) - before

    def _chosen(self, state: State, entries: Sequence[Entry]) -> Sequence[int]:
        """Return the actions whose steps are taken at a state: all, or those of a stubborn set."""
        every = range(len(self.tables))
        if self.reduction is None:
            return every
        values = self.layout.decoded(state)
        looked = ({name: values[name] for name in table.looked[table.key(state)]} for table in self.tables)
        met = [self.reduction.met(number, *run) for number, run in enumerate(zip(looked, entries, strict=True))]
        stubborn = self.reduction.chosen(met)
        return [number for number in every if stubborn >> number & 1]

    def _computed(self, table: ActionTable, node: int) -> Entry:
        """Return what an action gives in a state; a slip of its author is told with the way there, and what it saw."""
        try:
            return table.compute(self.states[node])
        except ModelError as error:
            way, values = way_to(self.origin, node), self.layout.decoded(self.states[node])
            error.way = told(self.system, way) + error.seen(values)
            raise


def _patched(state: State, patch: Patch) -> State:
    if not patch:
        return state
    values = list(state)
    for place, value in patch:
        values[place] = value
    return tuple(values)


def explore(
    system: System,
    limits: Limits,
    progress: Progress,
    properties: tuple[Property, ...] = (),
    gives_up: Callable[[int], bool] | None = None,
) -> GraphSpace:
    """Explore every reachable state, or as many as the limits allow; ``properties`` are what a reduction preserves.

    With ``gives_up`` the search is a tentative one: it ends at the end of a level where that says so of the number of
    states, or where levels still grow fast after some, since the space is then a large one.

    >>> from haboot.checker import Action, Limits, Slot, System, quiet
    >>> up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 3 else None)
    >>> space = explore(System("count", (Slot("n", range(4)),), ({"n": 0},), (up,)), Limits(), quiet)
    >>> space.distinct, space.generated, space.depth
    (4, 4, 4)
    """
    return _Search(system, limits, properties).run(progress, gives_up)
