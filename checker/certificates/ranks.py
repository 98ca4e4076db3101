"""Numbers that prove that no fair run goes on for ever within some states; see docs/certificates.md.

A class is a set of states with a promise that breaks whoever stays in it: none of its inner steps keeps the promise. A
step leads to a class of no higher number. Where the promise is a strong one, states that do not enable it may be told
apart once more, into classes within the class. Classes are found from strongly connected components: one that is fair
has none, so a verdict for which there are no numbers is a defect of the checker.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from haboot.checker.boundary import EngineError
from haboot.checker.certificates.arrays import Arrays
from haboot.checker.lasso import Bools, Ints, spans


@dataclass(frozen=True, slots=True)
class Demand:
    """What a run owes: to take some steps again and again where they are enabled; see Fairness.

    ``counts`` says of steps by place which of them count.
    """

    counts: Callable[[Ints], Bools]
    enabled: Bools
    strong: bool


@dataclass(frozen=True, slots=True)
class Ranked:
    """By state 0 where it has no class, else 2 and its class's number; each class with its parent and its promise."""

    values: Ints
    classes: tuple[tuple[int, int], ...]


def ranked(arrays: Arrays, mask: Bools, demands: Sequence[Demand]) -> Ranked:
    """Return classes of some states; raise EngineError where a fair run stays within them for ever."""
    values, classes = np.zeros(arrays.nodes, np.int64), list[tuple[int, int]]()
    parent, rest = np.full(arrays.nodes, -1), mask.copy()
    while rest.any():
        level, promise = _levels(arrays, rest, demands)
        nodes = np.flatnonzero(rest)
        rows = np.stack([parent[nodes], level[nodes], promise[nodes]], axis=1)
        made, place = np.unique(rows, axis=0, return_inverse=True)
        number = len(classes) + place.reshape(-1)
        classes += [(above, broken) for above, _, broken in made.tolist()]
        values[nodes], parent[nodes] = number + 2, number
        again = np.zeros(arrays.nodes, bool)
        for broken, one in enumerate(demands):
            if one.strong:
                again |= rest & (promise == broken) & ~one.enabled
        rest = again
    return Ranked(values, tuple(classes))


def _levels(arrays: Arrays, mask: Bools, demands: Sequence[Demand]) -> tuple[Ints, Ints]:
    """Return by state the longest way down from its component, in components, and a promise that is broken there."""
    source, target, _ = arrays.steps
    _, place = np.unique(arrays.components(mask)[mask], return_inverse=True)
    label = np.full(arrays.nodes, -1)
    label[mask] = place.reshape(-1)
    parts = int(label.max()) + 1
    inside = np.flatnonzero(mask[source] & mask[target])
    inner = label[source[inside]] == label[target[inside]]
    broken = _broken(label, parts, demands, inside[inner], label[source[inside[inner]]])
    across = inside[~inner]
    level = _heights(parts, label[source[across]], label[target[across]])
    found, promise = np.zeros(arrays.nodes, np.int64), np.full(arrays.nodes, -1)
    found[mask], promise[mask] = level[label[mask]], broken[label[mask]]
    return found, promise


def _broken(label: Ints, parts: int, demands: Sequence[Demand], inner: Ints, within: Ints) -> Ints:
    """Return by component a promise that is broken in it, a weak one where there is one.

    ``inner`` are the steps that stay in a component, and ``within`` says in which.
    """
    size, broken = np.bincount(label[label >= 0], minlength=parts), np.full(parts, -1)
    for number in sorted(range(len(demands)), key=lambda number: demands[number].strong):
        one = demands[number]
        taken = np.bincount(within[one.counts(inner)], minlength=parts) > 0
        ready = np.bincount(label[(label >= 0) & one.enabled], minlength=parts)
        fails = ~taken & ((ready > 0) if one.strong else (ready == size))
        broken[fails & (broken < 0)] = number
    if (broken < 0).any():
        raise EngineError("a verdict of whole runs has no certificate: a fair run stays where none should")
    return broken


def _heights(parts: int, source: Ints, target: Ints) -> Ints:
    """Return the length of the longest way from each node of a graph without circles (Kahn, 1962, backwards)."""
    order = np.argsort(target, kind="stable")
    first = np.searchsorted(target[order], np.arange(parts + 1))
    left, height, level = np.bincount(source, minlength=parts), np.zeros(parts, np.int64), 0
    frontier = np.flatnonzero(left == 0)
    while frontier.size:
        height[frontier] = level
        before, count = np.unique(source[order[spans(first[frontier], first[frontier + 1])]], return_counts=True)
        left[before] -= count
        frontier, level = before[left[before] == 0], level + 1
    return height
