"""Fair runs on a graph, found by strongly connected components; see ``checker.lasso``.

Where only strong constraints fail, the states that enable them are removed and the rest is decomposed again (Emerson
and Lei, 1987).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from haboot.checker.core import System
from haboot.checker.graph.networks import components
from haboot.checker.lasso import Bools, Ints, Lasso, lasso_to, spans, way_back
from haboot.checker.properties import Fairness
from haboot.checker.spaces import Query, counting


@dataclass(frozen=True, slots=True)
class Edges:
    """All steps of a state space as arrays of equal length, sorted by source; nodes are 0 to ``nodes`` - 1.

    ``cut_source`` and ``cut_action`` are those that a bound cut.
    """

    nodes: int
    source: Ints
    target: Ints
    action: Ints
    cut_source: Ints
    cut_action: Ints

    def only(self, some: Ints) -> Edges:
        """Return the edges with some numbers, ascending."""
        return replace(self, source=self.source[some], target=self.target[some], action=self.action[some])

    def leaving(self, some: Ints) -> Ints:
        """Return the numbers of the edges that leave the given nodes."""
        return spans(np.searchsorted(self.source, some, "left"), np.searchsorted(self.source, some, "right"))

    def within(self, mask: Bools) -> Bools:
        """Return which edges lead from a node of a mask to one of it."""
        return np.asarray(mask[self.source] & mask[self.target])

    def components(self, mask: Bools) -> Ints:
        """Return the number of each node's strongly connected component within a mask, -1 outside of it."""
        inner, label = self.within(mask), np.full(self.nodes, -1)
        pairs = zip(self.source[inner].tolist(), self.target[inner].tolist(), strict=True)
        for number, part in enumerate(components(np.flatnonzero(mask).tolist(), pairs)):
            label[part] = number
        return label


@dataclass(frozen=True, slots=True)
class Constraint:
    """A fairness constraint on this graph: which edges count, which nodes enable it."""

    counts: Bools
    enabled: Bools
    strong: bool

    def only(self, some: Ints) -> Constraint:
        """Return it as seen on some edges alone; what it enables stays so."""
        return replace(self, counts=self.counts[some])


def constraint(edges: Edges, named: Bools, strong: bool, picked: Bools | None = None) -> Constraint:
    """Return a fairness constraint over some actions, told by number, seen on a graph; only ``picked`` edges count."""
    counts = named[edges.action] & (edges.source != edges.target)
    if picked is not None:
        counts &= picked
    enabled = np.zeros(edges.nodes, bool)
    enabled[edges.source[counts]] = True
    enabled[edges.cut_source[named[edges.cut_action]]] = True
    return Constraint(counts, enabled, strong)


def constraints(
    edges: Edges, system: System, fairness: Iterable[Fairness], met: Callable[[Query], Bools]
) -> list[Constraint]:
    """Return a system's fairness constraints, seen on its graph; actions are numbered in the author's order.

    ``met`` says which edges meet a query.
    """
    names = [action.name for action in system.actions]

    def seen(one: Fairness) -> Constraint:
        query = counting(one)
        named = np.array([name in one.actions for name in names], bool)
        return constraint(edges, named, one.strong, None if query is None else met(query))

    return [seen(one) for one in fairness]


def visiting(edges: Edges, counts: Bools) -> Constraint:
    """Return the demand that some of the given edges be taken again and again."""
    return Constraint(counts & (edges.source != edges.target), np.ones(edges.nodes, bool), strong=True)


def fair_lasso(
    edges: Edges,
    depth: Ints,
    starts: Bools,
    allowed: Bools,
    rests: Bools,
    fair: list[Constraint],
    *,
    kept: Bools | None = None,
) -> Lasso | None:
    """Return a lasso from a start through allowed nodes only, of least length before its loop; None if there is none.

    Its loop stays within ``rests``, which are allowed, and takes only edges that are ``kept``. ``depth`` is the
    distance of each node from an initial state, so that prefixes compare as whole traces.
    """
    order, parent = _spread(edges, starts & allowed, allowed, depth)
    reached = np.zeros(edges.nodes, bool)
    reached[order] = True
    rank = np.full(edges.nodes, edges.nodes)
    rank[order] = np.arange(order.size)
    best: tuple[int, Ints] | None = None
    number = np.flatnonzero(np.ones(edges.source.size, bool) if kept is None else kept)
    inner, owed = edges.only(number), [one.only(number) for one in fair]
    for part in _fair_parts(inner, reached & rests, owed):
        entry = int(part[np.argmin(rank[part])])
        if best is None or rank[entry] < rank[best[0]]:
            best = entry, part
    if best is None:
        return None
    entry, part = best
    mask = np.zeros(edges.nodes, bool)
    mask[part] = True
    return lasso_to(_Ground(edges, fair), parent, entry, mask, (_Ground(inner, owed), number))


def _spread(edges: Edges, starts: Bools, allowed: Bools, depth: Ints | None = None) -> tuple[Ints, Ints]:
    """Search breadth-first from the starts, each entering at its own depth; return nodes in order, edge to each."""
    parent, seen = np.full(edges.nodes, -1), np.zeros(edges.nodes, bool)
    waiting = np.flatnonzero(starts)
    entry = np.zeros(waiting.size, np.int64) if depth is None else depth[waiting]
    level, order, frontier = int(entry.min(initial=0)), [], np.empty(0, np.int64)
    while frontier.size or (entry >= level).any():
        late = waiting[(entry == level) & ~seen[waiting]]
        seen[late] = True
        frontier = np.concatenate([frontier, late])
        order.append(frontier)
        leaving = edges.leaving(frontier)
        leaving = leaving[allowed[edges.target[leaving]] & ~seen[edges.target[leaving]]]
        frontier, first = np.unique(edges.target[leaving], return_index=True)
        parent[frontier], seen[frontier] = leaving[first], True
        level += 1
    return (np.concatenate(order) if order else waiting), parent


def _fair_parts(edges: Edges, region: Bools, fair: list[Constraint]) -> list[Ints]:
    """Return the maximal fair strongly connected sets inside a region, by repeated decomposition."""
    found: list[Ints] = []
    todo = [region]
    while todo:
        mask = todo.pop()
        if not mask.any():
            continue
        label = edges.components(mask)
        inside = edges.within(mask) & (label[edges.source] == label[edges.target])
        parts = int(label.max()) + 1
        size = np.bincount(label[mask], minlength=parts)
        neglected, shrink = np.zeros(parts, bool), np.zeros(parts, bool)
        dropped = np.zeros(edges.nodes, bool)
        for one in fair:
            taken = np.bincount(label[edges.source[inside & one.counts]], minlength=parts) > 0
            ready = np.bincount(label[mask & one.enabled], minlength=parts)
            failed = ~taken & ((ready > 0) if one.strong else (ready == size))
            if one.strong:
                shrink |= failed
                dropped |= mask & failed[label] & one.enabled
            else:
                neglected |= failed
        found += _split(label, mask & ~(neglected | shrink)[label])
        todo.append(mask & (shrink & ~neglected)[label] & ~dropped)
    return found


def _split(label: Ints, chosen: Bools) -> list[Ints]:
    nodes = np.flatnonzero(chosen)
    if not nodes.size:
        return []
    nodes = nodes[np.argsort(label[nodes], kind="stable")]
    return np.split(nodes, np.flatnonzero(np.diff(label[nodes])) + 1)


@dataclass(frozen=True, slots=True)
class _Ground:
    """The ground of a closed walk: all edges, and the constraints as seen on them."""

    edges: Edges
    fair: Sequence[Constraint]

    @property
    def strong(self) -> list[bool]:
        """See Ground."""
        return [one.strong for one in self.fair]

    def source(self, edge: int) -> int:
        """See Ground."""
        return int(self.edges.source[edge])

    def target(self, edge: int) -> int:
        """See Ground."""
        return int(self.edges.target[edge])

    def enabled(self, one: int) -> Bools:
        """See Ground."""
        return self.fair[one].enabled

    def counts(self, one: int, edge: int) -> bool:
        """See Ground."""
        return bool(self.fair[one].counts[edge])

    def counting(self, one: int, mask: Bools) -> Bools:
        """See Ground."""
        found = np.zeros(mask.size, bool)
        found[self.edges.source[self._inside(one, mask)]] = True
        return found

    def counted(self, one: int, node: int, mask: Bools) -> int:
        """See Ground."""
        return int(np.flatnonzero(self._inside(one, mask) & (self.edges.source == node))[0])

    def _inside(self, one: int, mask: Bools) -> Bools:
        return self.fair[one].counts & self.edges.within(mask)

    def walk(self, here: int, goals: Bools, mask: Bools) -> tuple[int, ...] | None:
        """See Ground."""
        start = np.zeros(self.edges.nodes, bool)
        start[here] = True
        order, parent = _spread(self.edges, start, mask)
        hits = order[goals[order]]
        return way_back(self, parent, int(hits[0])) if hits.size else None
