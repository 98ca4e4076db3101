"""Fair runs on a packed state space: its steps as arrays, and the lasso that the graph engine would find in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from haboot.checker.lasso import Bools, Edges, Lasso, constraints, fair_lasso, visiting
from haboot.checker.packed import scans
from haboot.checker.packed.layout import Longs
from haboot.checker.packed.links import Links
from haboot.checker.packed.questions import StepQuestion
from haboot.checker.packed.rules import Rules
from haboot.checker.properties import Fairness
from haboot.checker.verdicts import Query


@dataclass(frozen=True)
class Runs:
    """The steps of a space with nodes in the order that a breadth-first search in the author's order meets them."""

    rules: Rules
    graph: Links
    order: Longs
    edges: Edges
    outcome: Longs

    def lasso(self, starts: Longs, goals: Longs, fairness: tuple[Fairness, ...], again: Query | None) -> Lasso | None:
        """Return the first fair lasso from some states, given by number, that meets no goal; see ``fair_lasso``."""
        begin, allowed = np.zeros(self.order.size, bool), self.graph.expanded.copy()
        begin[self.graph.node(starts)] = True
        allowed[self.graph.node(goals)] = False
        fair = constraints(self.edges, self.rules.system, fairness)
        if again is not None:
            fair.append(visiting(self.edges, self._met(StepQuestion(self.rules, again))))
        return fair_lasso(self.edges, self.graph.level()[self.order], begin[self.order], allowed[self.order], fair)

    def _met(self, question: StepQuestion) -> Bools:
        """Return which steps meet a question."""
        at = np.searchsorted(self.edges.source, np.arange(self.edges.nodes + 1))
        hits, missing = np.zeros(self.outcome.size, bool), np.empty((1, self.rules.packing.words), np.uint64)
        shape, items = self.graph.partitions.shape, self.graph.partitions.items
        numbers, node = self.graph.number(self.order), 0
        while True:
            node, lacking = scans.met(shape, items, question.ask, numbers, at, self.outcome, hits, missing, node)
            if not lacking:
                return hits
            question.learn(missing)


def runs(rules: Rules, graph: Links, initial: Longs) -> Runs:
    """Return the runs of a space from its initial states, given by number in the author's order."""
    order = graph.order(graph.node(initial))
    rank = np.empty(order.size, np.int64)
    rank[order] = np.arange(order.size)
    count = np.diff(graph.at)[order]
    take = np.repeat(graph.at[:-1][order] - (np.cumsum(count) - count), count) + np.arange(count.sum())
    outcome = graph.outcome[take]
    action = np.array([made.action for made in rules.made], np.int64)
    edges = Edges(
        order.size,
        np.repeat(np.arange(order.size), count),
        rank[graph.target[take]],
        action[outcome],
        rank[graph.cut_source],
        action[graph.cut_outcome],
    )
    return Runs(rules, graph, order, edges, outcome)
