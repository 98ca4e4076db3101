"""Graphs as networkx holds them, and what is asked of them: the one file that imports it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import networkx as nx

GOAL = -1  # a node before all states, which are numbered from 0


def attributed(
    name: str, nodes: Iterable[tuple[int, dict[str, Any]]], edges: Iterable[tuple[int, int, dict[str, Any]]]
) -> Any:
    """Return a graph of nodes and edges that each have attributes."""
    made: Any = nx.MultiDiGraph(name=name)
    made.add_nodes_from(nodes)
    made.add_edges_from(edges)
    return made


def able(pairs: Iterable[tuple[int, int]], goals: Iterable[int]) -> frozenset[int]:
    """Return the nodes from which some goal is reached, given the source and target of each edge.

    >>> sorted(able([(0, 1), (1, 2), (2, 3)], [2]))
    [0, 1, 2]
    """
    ways = nx.DiGraph((target, source) for source, target in pairs)
    ways.add_node(GOAL)
    ways.add_edges_from((GOAL, node) for node in goals)
    return frozenset(nx.descendants(ways, GOAL))


def components(nodes: Iterable[int], pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return the strongly connected components (Tarjan, 1972; Nuutila and Soisalon-Soininen, 1994).

    >>> sorted(sorted(part) for part in components(range(4), [(0, 1), (1, 0), (1, 2)]))
    [[0, 1], [2], [3]]
    """
    graph = nx.DiGraph(pairs)
    graph.add_nodes_from(nodes)
    return [list(part) for part in nx.strongly_connected_components(graph)]
