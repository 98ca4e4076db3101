"""The graph engine: breadth-first search, state by state, the reference for small spaces.

Nodes are numbered in order of discovery, so the first node found is also the end of the first of the shortest traces.
Parallel actions between two states stay two edges. What is asked of the graph as a whole, such as what reaches a goal,
fair runs and a graph to draw, is answered by networkx, which takes longer to load than a thousand states to explore
and is loaded when it is first asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from haboot.checker.core import System, Value
from haboot.checker.graph.cheapest import cheapest_way
from haboot.checker.graph.ways import Cut, shown, way_to
from haboot.checker.properties import Property
from haboot.checker.spaces import Due, Edge, Query, RunQuery, Weigh, space_sheet, spelled_space
from haboot.checker.stubborn import Reduction
from haboot.checker.tables import Layout, State, StateTable, StepTable
from haboot.checker.traces import Trace

if TYPE_CHECKING:
    from haboot.checker.graph.arrays import GraphArrays
    from haboot.checker.graph.runs import Runs


@dataclass(repr=False)
class GraphSpace:
    """A state space held as a graph; see StateSpace for what each query promises.

    ``edges`` are all steps, by source in order of discovery, then by action and choice, and ``origin`` those by which
    states were found. ``busy`` are the expanded states where the system itself has a step, also one that was cut or
    left out.
    """

    system: System
    layout: Layout
    states: list[State]
    origin: list[Edge | None]
    edges: list[Edge]
    cut: list[Cut]
    expanded: int
    distinct: int
    generated: int
    depth: int
    bounds_hit: tuple[str, ...]
    fired: Mapping[str, int]
    busy: AbstractSet[int]
    reduction: Reduction | None = None
    engine: str = "graph"
    sampled: str = ""

    def __repr__(self) -> str:
        return spelled_space(self)

    def _repr_html_(self) -> str:
        return space_sheet(self)

    @property
    def alive(self) -> frozenset[str]:
        """See StateSpace."""
        return frozenset(self.fired if self.reduction is None else self.layout.names)

    @property
    def reductions(self) -> tuple[str, ...]:
        """See StateSpace."""
        return () if self.reduction is None else (self.reduction.told(self.distinct),)

    def unreduced(self) -> None:
        """See StateSpace; it is not explored once more."""

    def refusal(self, claim: Property) -> str:
        """See StateSpace."""
        return "" if self.reduction is None else self.reduction.refusal(claim)

    def settle(self, due: Due) -> None:
        """See StateSpace; a pass of Python over all steps would cost as much as one for each query."""

    def is_met(self, query: Query, *, by_step: bool) -> bool:
        """See StateSpace."""
        return next(iter(self._steps(query) if by_step else self._nodes(query)), None) is not None

    def first_state(self, query: Query) -> Trace | None:
        """See StateSpace."""
        return self._trace_to(next(self._nodes(query), None))

    def first_step(self, query: Query) -> Trace | None:
        """See StateSpace."""
        hit = next((self.edges[place] for place in self._steps(query)), None)
        return None if hit is None else self._trace((*way_to(self.origin, hit[0]), hit))

    def first_terminal(self, query: Query) -> Trace | None:
        """See StateSpace."""
        ends = (node for node in self._nodes(query) if node in self.ends)
        return self._trace_to(next(ends, None))

    def first_unable(self, goal: Query, where: Query, *, with_environment: bool = False) -> Trace | None:
        """See StateSpace."""
        counts = self._counting(with_environment=with_environment)
        from haboot.checker.graph.networks import able  # noqa: PLC0415 - loads networkx

        open_ends = {node for node, action, outside in self.cut if counts[action] and not outside}
        open_ends |= set(range(self.expanded, len(self.states)))
        ways = ((source, target) for source, target, action, _ in self.edges if counts[action])
        fine = able(ways, self.matching(goal) | open_ends)
        return self._trace_to(next((node for node in self._nodes(where) if node not in fine), None))

    def _counting(self, *, with_environment: bool) -> list[bool]:
        """Return, by action, whether its steps are progress."""
        return [with_environment or not action.environment for action in self.system.actions]

    def matching(self, query: Query) -> frozenset[int]:
        """Return the numbers of the states that meet a query."""
        return frozenset(self._nodes(query))

    def reaching(self, goal: Query) -> frozenset[int]:
        """Return the numbers of the states from which a goal can be reached, those that meet it among them."""
        from haboot.checker.graph.networks import able  # noqa: PLC0415 - loads networkx

        return able(((source, target) for source, target, _, _ in self.edges), self.matching(goal))

    def cheapest(self, goal: Query, weigh: Weigh, mode: Hashable = None) -> tuple[int, Trace] | None:
        """See StateGraph (Dijkstra, 1959, over states and memories)."""
        found = cheapest_way(self.edges, self.events, self.starts, self.matching(goal), weigh, mode)
        return None if found is None else (found.cost, self._trace(found.way, start=found.start))

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """See StateGraph."""
        return tuple(number for number, edge in enumerate(self.origin) if edge is None)

    @cached_property
    def events(self) -> tuple[tuple[Hashable, ...], ...]:
        """See StateGraph."""
        return tuple(events for events, _ in self.layout.labels)

    def to_networkx(self) -> Any:
        """See StateGraph."""
        from haboot.checker.graph.networks import attributed  # noqa: PLC0415 - loads networkx

        starts, names = frozenset(self.starts), [action.name for action in self.system.actions]
        return attributed(
            self.system.name,
            ((n, {"values": self.values(n), "initial": n in starts}) for n in range(len(self.states))),
            ((one[0], one[1], {"action": names[one[2]], "events": self.events[one[3]]}) for one in self.edges),
        )

    @cached_property
    def _numbers(self) -> dict[State, int]:
        return {state: number for number, state in enumerate(self.states)}

    def number(self, state: Mapping[str, Value]) -> int:
        """See StateGraph."""
        return self._numbers[self.layout.encoded(state)]

    def values(self, number: int) -> Mapping[str, Value]:
        """See StateGraph."""
        return self.layout.decoded(self.states[number])

    def projected(self, slots: tuple[str, ...]) -> Iterator[tuple[Value, ...]]:
        """See StateGraph."""
        pick, known = self.layout.picker(slots), dict[Any, tuple[Value, ...]]()
        for state in self.states:
            key = pick(state)
            if key not in known:
                known[key] = tuple(self.layout.values(slots, key).values())
            yield known[key]

    def first_lasso(self, asked: RunQuery) -> Trace | None:
        """See StateSpace."""
        found = self._runs.first(asked, self._nodes, self._steps)
        if found is None:
            return None
        prefix = (*way_to(self.origin, found.start), *(self.edges[number] for number in found.way))
        whole = (*prefix, *(self.edges[number] for number in found.loop))
        return self._trace(whole, loop=len(prefix), start=found.start)

    @cached_property
    def _runs(self) -> Runs:
        from haboot.checker.graph.runs import Runs  # noqa: PLC0415 - loads numpy and networkx

        return Runs(self.system, self.origin, self.edges, self.cut, self.expanded)

    def arrays(self) -> GraphArrays:
        """Return its states and steps as arrays."""
        from haboot.checker.graph.arrays import GraphArrays  # noqa: PLC0415 - loads numpy and networkx

        return GraphArrays(self._runs, self.starts, self.states, self._nodes, self._steps)

    @cached_property
    def _of_a_kind(self) -> dict[tuple[str, int], list[int]]:
        """The places of edges, by their action's name and their label."""
        kinds = defaultdict[tuple[str, int], list[int]](list)
        for place, (_, _, action, label) in enumerate(self.edges):
            kinds[self.system.actions[action].name, label].append(place)
        return kinds

    def _steps(self, query: Query) -> Iterator[int]:
        """The places of the edges that meet a query, in their order."""
        test = StepTable(self.layout, query)
        some = [(kind, places) for kind, places in self._of_a_kind.items() if test.may_meet(*kind)]
        kind_at = {place: kind for kind, places in some for place in places}
        for place in sorted(kind_at):
            edge = self.edges[place]
            if test(test.key(self.states[edge[0]]), *kind_at[place], test.key(self.states[edge[1]])):
                yield place

    @cached_property
    def ends(self) -> frozenset[int]:
        """The expanded states where only the environment may have a step; a step cut by a bound is a step."""
        return frozenset(range(self.expanded)) - self.busy

    def _nodes(self, query: Query) -> Iterator[int]:
        test = StateTable(self.layout, query)
        return (node for node, state in enumerate(self.states) if test(state))

    def _trace_to(self, node: int | None) -> Trace | None:
        return None if node is None else self._trace(way_to(self.origin, node), start=node)

    def _trace(self, way: tuple[Edge, ...], loop: int | None = None, start: int | None = None) -> Trace:
        return shown(self.system, self.layout, self.states, way, loop, start)
