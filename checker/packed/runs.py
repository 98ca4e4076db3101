"""Fair runs on a packed state space, by compiled loops over its steps as arrays; see ``checker.lasso``.

A constraint is a bit: of each outcome that counts for it, and of each node that enables it. So a component is judged
against all of them at once. Where only strong ones fail, the nodes that enable them go and the rest is decomposed
again (Emerson and Lei, 1987). The lasso shown is the one that the graph engine finds, since nodes are compared by the
order in which a breadth-first search in the author's order meets them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from haboot.checker.lasso import Bools, Ints, Lasso, lasso_to, way_back
from haboot.checker.packed import steps
from haboot.checker.packed.layout import Longs, Words
from haboot.checker.packed.links import Links
from haboot.checker.packed.questions import StepQuestion
from haboot.checker.packed.rules import Rules
from haboot.checker.properties import Fairness
from haboot.checker.spaces import Missing, RunQuery, counting
from numpy.typing import NDArray

WORD = 63  # constraints that a word holds; its last bit is left for steps that are to be taken again and again


class Runs:
    """The steps of a space, from its initial states, given as nodes in the author's order."""

    def __init__(self, rules: Rules, graph: Links, initial: Longs) -> None:
        self.rules, self.graph, self.initial = rules, graph, initial
        self.nodes = graph.at.size - 1
        self._demands: dict[tuple[Fairness, ...], Demands] = {}
        self._fair: dict[tuple[Fairness, ...], Bools] = {}
        self._last = np.zeros(0, bool), np.zeros(0, np.int32)

    @cached_property
    def order(self) -> tuple[Longs, Longs, Longs]:
        """The nodes in order of discovery, each node's rank in it, and its level."""
        order = self.graph.order(self.initial)
        rank = np.empty(order.size, np.int64)
        rank[order] = np.arange(order.size)
        return order, rank, self.graph.level()

    def sought(self, asked: RunQuery, starts: Longs, goals: Longs) -> Sought:
        """Return where a fair run that breaks a property is looked for, given its triggers and goals by number."""
        graph = self.graph
        demands = self.demands(asked.fairness)
        begin, misses = np.zeros(self.nodes, bool), np.ones(self.nodes, bool)
        begin[graph.node(starts)] = True
        misses[graph.node(goals)] = False
        rests = graph.expanded if asked.missing is Missing.AGAIN else misses & graph.expanded
        allowed = rests if asked.missing is Missing.AFTER else graph.expanded
        begin &= allowed & self._is_initial if asked.from_start else allowed
        if asked.again is not None:
            demands = demands.and_again(self.met(StepQuestion(self.rules, asked.again)))
        if asked.missing is Missing.AGAIN:
            demands = demands.and_again(np.repeat(misses, np.diff(graph.at)))
        if asked.fairness in self._fair:
            rests = rests & self._fair[asked.fairness]
        if asked.never is None:
            return Sought(begin, allowed, rests, demands)
        kept = ~self.met(StepQuestion(self.rules, asked.never))
        return Sought(begin, allowed, rests, demands.only(kept), graph.only(kept), np.flatnonzero(kept))

    def lasso(self, sought: Sought, fair: Bools) -> Lasso | None:
        """Return the first lasso, given the nodes of fair components; None if there is none."""
        if not fair.any():
            return None
        order, _, level = self.order
        first = order[sought.begin[order]]
        ground = _Ground(self, sought.demands, self.graph)
        entry, parent = ground.spread(first, level[first], fair, sought.allowed)
        looping = sought.looping or self.graph
        inner = None if sought.number is None else (_Ground(self, sought.demands, looping), sought.number)
        return lasso_to(ground, parent, entry, self._component(looping, entry, fair), inner)

    def demands(self, fairness: tuple[Fairness, ...]) -> Demands:
        """Return what fairness asks of runs here."""
        if fairness not in self._demands:
            self._demands[fairness] = self._seen(fairness)
        return self._demands[fairness]

    def share(self, asked: Sequence[RunQuery]) -> None:
        """Find ahead, for fairness that several questions ask of runs, where there are fair loops at all.

        Of fairness that counts some steps of an action only, nothing is found: that calls what its author wrote. A loop
        that is fair where some states, steps or further demands are left out is fair without these as well, so each of
        the questions need only look among these nodes.
        """
        often = Counter(one.fairness for one in asked)
        plain = [one for one, times in often.items() if times > 1 and not any(map(counting, one))]
        for fairness in plain:
            expanded = self.graph.expanded
            self._fair[fairness] = self.fair(Sought(expanded, expanded, expanded, self.demands(fairness)))

    def _seen(self, fairness: Sequence[Fairness]) -> Demands:
        words = len(fairness) // WORD + 1
        bits, able = np.zeros((len(self.rules.made), words), np.uint64), np.zeros((self.nodes, words), np.uint64)
        actions = self.rules.system.actions
        for number, one in enumerate(fairness):
            word, bit = _place(number)
            counts = np.array([action.name in one.actions for action in actions], bool)
            bits[counts[self.rules.made.action], word] |= bit
        graph = self.graph
        np.bitwise_or.at(able, graph.cut_source, bits[graph.cut_outcome])
        kind = graph.outcome
        for number, one in enumerate(fairness):
            if (query := counting(one)) is not None:
                kind, bits = _told_apart(kind, bits, self.met(StepQuestion(self.rules, query)), number)
        steps.enabling(graph.at, graph.target, kind, bits, able)
        return Demands([one.strong for one in fairness], len(fairness), kind, bits, able)

    def met(self, question: StepQuestion) -> Bools:
        """Return which steps meet a question."""
        graph, node = self.graph, 0
        hits, missing = np.zeros(graph.outcome.size, bool), np.empty((1, self.rules.packing.words), np.uint64)
        shape, items = graph.partitions.shape, graph.partitions.items
        numbers, state = self._numbers, self.rules.packing.blank()
        while True:
            node, lacking = steps.met(
                shape, items, question.ask, numbers, graph.at, graph.outcome, hits, missing, node, state
            )
            if not lacking:
                return hits
            question.learn(missing)

    @cached_property
    def _numbers(self) -> Longs:
        """The number of each node, partition << 40 | item."""
        return self.graph.number(np.arange(self.nodes))

    @cached_property
    def _is_initial(self) -> Bools:
        found = np.zeros(self.nodes, bool)
        found[self.initial] = True
        return found

    def fair(self, sought: Sought) -> Bools:
        """Return the nodes of all fair components within ``rests`` that some nodes reach through allowed ones.

        Several may be looked for at once, each by a thread.
        """
        graph, mask, fair, demands = self.graph, sought.begin.copy(), np.zeros(self.nodes, bool), sought.demands
        if not sought.rests.any():
            return fair
        scratch = _Scratch(self.nodes)
        if (sought.rests & ~mask).any():
            steps.reached(graph.at, graph.target, sought.allowed, mask, scratch.way)
        mask &= sought.rests
        weak, strong = demands.kinds
        if sought.looping is None:
            label = self._decomposed(mask, scratch)
        else:
            graph = sought.looping
            label = scratch.components(graph, mask)
        while mask.any():
            component, size = _numbered(mask, label)
            steps.sift(
                *(graph.at, graph.target, demands.kind, demands.hits, demands.bits, demands.able, weak, strong),
                *(mask, label, component, np.zeros((3, size, weak.size), np.uint64), fair),
            )
            if mask.any():
                label = scratch.components(graph, mask)
        return fair

    def _decomposed(self, mask: Bools, scratch: _Scratch) -> NDArray[np.int32]:
        """Return the labels of a mask's components; questions about the same nodes share them."""
        known, label = self._last
        if not np.array_equal(mask, known):
            label = scratch.components(self.graph, mask).copy()
            self._last = mask.copy(), label
        return label

    def _component(self, graph: Links, node: int, fair: Bools) -> Bools:
        """Return the fair component of a node: fair components do not reach one another in a circle."""
        scratch = _Scratch(self.nodes)
        label = scratch.components(graph, fair)
        return np.asarray(fair & (label == label[node]), dtype=bool)


@dataclass(frozen=True)
class Demands:
    """Fairness constraints as bits, by kind of step and by node; the first ``named`` of them.

    ``kind`` is the kind of each step: its outcome, divided where a constraint counts some of its steps only. One more
    constraint may demand that some of the steps in ``hits`` be taken again and again.
    """

    strong: Sequence[bool]
    named: int
    kind: NDArray[np.int32]
    bits: Words
    able: Words
    hits: Bools = field(default_factory=lambda: np.zeros(0, bool))

    @property
    def kinds(self) -> tuple[Words, Words]:
        """Which bits are weak constraints, and which are strong ones."""
        weak, strong = np.zeros((2, self.bits.shape[1]), np.uint64)
        for number, is_strong in enumerate(self.strong):
            word, bit = _place(number) if number < self.named else (strong.size - 1, np.uint64(1 << WORD))
            (strong if is_strong else weak)[word] |= bit
        return weak, strong

    def only(self, kept: Bools) -> Demands:
        """Return these as seen on the steps alone that are kept; what they enable stays so."""
        hits = self.hits[kept] if self.hits.size else self.hits
        return replace(self, kind=self.kind[kept], hits=hits)

    def and_again(self, hits: Bools) -> Demands:
        """Return these, and that some of the given steps be taken again and again."""
        able = self.able.copy()
        able[:, -1] |= np.uint64(1 << WORD)
        return Demands([*self.strong, True], self.named, self.kind, self.bits, able, hits)


@dataclass(frozen=True)
class Sought:
    """A fair run from some nodes, ``begin``, through allowed ones into a loop of those where it ``rests``.

    Where a loop may not take all steps, ``looping`` are those that it may, and ``number`` their numbers.
    """

    begin: Bools
    allowed: Bools
    rests: Bools
    demands: Demands
    looping: Links | None = None
    number: Longs | None = None


class _Scratch:
    """What the search for components writes to, by node."""

    def __init__(self, nodes: int) -> None:
        self.label, self.stack, self.way = np.zeros((3, nodes), np.int32)
        self.edge, self.root = np.empty(nodes + 1, np.int64), np.empty(nodes + 1, bool)

    def components(self, graph: Links, mask: Bools) -> NDArray[np.int32]:
        """Label the components inside a mask."""
        steps.components(graph.at, graph.target, mask, self.label, self.stack, self.way, self.edge, self.root)
        return self.label


class _Ground:
    """See ``checker.lasso.Ground``."""

    def __init__(self, runs: Runs, demands: Demands, graph: Links) -> None:
        self.runs, self.graph, self.demands = runs, graph, demands
        self.strong = demands.strong
        self.action = runs.rules.made.action

    def source(self, edge: int) -> int:
        """See Ground."""
        return int(np.searchsorted(self.graph.at, edge, "right")) - 1

    def target(self, edge: int) -> int:
        """See Ground."""
        return int(self.graph.target[edge])

    def enabled(self, one: int) -> Bools:
        """See Ground."""
        if one == self.demands.named:
            return np.ones(self.runs.nodes, bool)
        word, bit = _place(one)
        return np.asarray(self.demands.able[:, word] & bit != 0, dtype=bool)

    def counts(self, one: int, edge: int) -> bool:
        """See Ground."""
        changes = self.target(edge) != self.source(edge)
        if one == self.demands.named:
            return changes and bool(self.demands.hits[edge])
        return changes and bool(self._kinds(one)[self.demands.kind[edge]])

    def _kinds(self, one: int) -> Bools:
        word, bit = _place(one)
        return np.asarray(self.demands.bits[:, word] & bit != 0, dtype=bool)

    def counting(self, one: int, mask: Bools) -> Bools:
        """See Ground."""
        found, again = np.zeros(self.runs.nodes, bool), one == self.demands.named
        counts = np.zeros(0, bool) if again else self._kinds(one)
        hits = self.demands.hits if again else np.zeros(0, bool)
        steps.counting(self.graph.at, self.graph.target, self.demands.kind, counts, hits, mask, found)
        return found

    def counted(self, one: int, node: int, mask: Bools) -> int:
        """See Ground."""
        leaving = range(int(self.graph.at[node]), int(self.graph.at[node + 1]))
        return next(edge for edge in leaving if mask[self.target(edge)] and self.counts(one, edge))

    def walk(self, here: int, goals: Bools, mask: Bools) -> tuple[int, ...] | None:
        """See Ground."""
        entry, parent = self.spread(np.array([here]), np.zeros(1, np.int64), goals, mask)
        return None if entry < 0 else way_back(self, parent, entry)

    def spread(self, starts: Longs, levels: Longs, goals: Bools, allowed: Bools) -> tuple[int, Ints]:
        """Return the first goal that some nodes, by level, reach through allowed nodes, and the edge to each node."""
        order, rank, _ = self.runs.order
        seen, parent = np.zeros(self.runs.nodes, bool), np.full(self.runs.nodes, -1)
        graph, room = self.graph, np.empty((2, self.runs.nodes), np.int64)
        found = steps.spread(
            *(graph.at, graph.target, allowed, starts, levels, rank, order, goals, seen, parent, room[0], room[1])
        )
        return int(found), parent


def _numbered(mask: Bools, label: NDArray[np.int32]) -> tuple[NDArray[np.int32], int]:
    """Return a number for each component of several nodes, by label, -1 for any other; and how many there are."""
    several = np.bincount(label[mask], minlength=mask.size + 1) > 1
    return np.where(several, np.cumsum(several) - 1, -1).astype(np.int32), int(several.sum())


def _told_apart(kind: NDArray[np.int32], bits: Words, hits: Bools, number: int) -> tuple[NDArray[np.int32], Words]:
    """Return kinds of steps, and the constraints that each counts for, once one of these counts only some steps."""
    parted, inverse = np.unique(kind.astype(np.int64) * 2 + hits, return_inverse=True)
    word, bit = _place(number)
    made = bits[parted >> 1]
    made[parted & 1 == 0, word] &= ~bit
    return inverse.astype(np.int32), made


def _place(number: int) -> tuple[int, np.uint64]:
    """Return the word and the bit of a constraint."""
    return number // WORD, np.uint64(1 << number % WORD)
