"""Functions of a state as decision trees: inner nodes ask for a slot, leaves are numbers.

A tree is filled by branches, so its size is that of the decisions the function takes, not of the product of domains.
Where that is too large, the tree stays open: a cell that is not known yet is filled when a search first meets it.
Complete trees are reduced as decision diagrams are (Bryant, 1986): a node whose children are all alike goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeAlias, TypeVar

import numpy as np
from haboot.checker.boundary import ModelError
from haboot.checker.branches import See, TooManyError, branches
from haboot.checker.core import Value
from haboot.checker.packed.layout import UNKNOWN, Longs, Packing, Words
from haboot.checker.slots import Found

WIDE, DIGIT = 64, 4  # values of a slot from which on it is asked for in pieces, of so many bits
T = TypeVar("T")
At: TypeAlias = Mapping[int, int] | Sequence[int]  # values' indices by slots' positions
Path: TypeAlias = tuple[tuple[int, int], ...]  # (slot's position, value's index), in the order asked
Decisions: TypeAlias = Mapping[str, tuple[int, Mapping[Value, int]]]  # a slot's position and values' indices, by name
Leaf: TypeAlias = Any
Tree: TypeAlias = "tuple[int, tuple[Any, ...]] | Leaf"


def paths(
    run: Callable[[See], T],
    domains: Mapping[str, Sequence[Value]],
    decisions: Decisions,
    most: int,
    is_enough: Callable[[list[tuple[Path, T]]], bool] = lambda _: False,
) -> tuple[list[tuple[Path, T]], bool | None]:
    """Return runs of a function over some domains, and whether they are all; where these are more than ``most``, few.

    Where what is found ``is_enough`` it is left open, None, whether that is all.

    Runs that end in a ModelError are left out: they count only where a search meets them. They are not all where one
    looks at a slot whose values are found on the way.
    """
    found: list[tuple[Path, T]] = []

    def tried(see: See) -> tuple[bool, Any]:
        try:
            return True, run(see)
        except ModelError:
            return False, None

    whole = True
    try:
        for fixed, (fine, result) in branches(tried, domains, most):
            whole &= fine and not any(isinstance(domains[name], Found) for name in fixed)
            if fine:
                asked = ((*decisions[name], value) for name, value in fixed.items())
                found.append((tuple((place, index[value]) for place, index, value in asked), result))
                if is_enough(found):
                    return found, None
    except TooManyError:
        whole = False
    return found, whole


def tree_of(runs: Sequence[tuple[Path, Leaf]], depth: int = 0) -> Tree:
    """Return the tree of all runs of a function: a leaf, or (position, children by value) with some children unlike.

    Runs that agree so far ask for the same slot next, since ``branches`` goes on from there once. Leaves are not tuples
    that start with an int.
    """
    path, leaf = runs[0]
    if len(path) == depth:
        return leaf
    place = path[depth][0]
    children = tuple(tree_of(list(part), depth + 1) for _, part in groupby(runs, key=lambda run: run[0][depth][1]))
    return children[0] if all(child == children[0] for child in children) else (place, children)


class Forest:
    """Decision trees in arrays that grow: ``nodes`` (word, shift, mask, first cell), ``cells`` as at words.UNKNOWN.

    A node asks for a slot as a whole, or if ``cut`` for DIGIT bits of a wide one at a time, which takes little memory
    where few of its values are met in one place; so it does for one whose values are found on the way.
    """

    def __init__(self, packing: Packing, *, cut: bool = False) -> None:
        self.packing = packing
        self.nodes: Longs = np.zeros((16, 4), np.int64)
        self.cells: Longs = np.full(64, UNKNOWN, np.int64)
        self.asks: list[tuple[int, int, int]] = []  # by node, the slot asked for, and which bits: shift and mask
        self.firsts: list[int] = []  # by node, the first child's cell
        self.held: list[int] = []  # what cells hold, without the marks that scans make
        opens = (cut or slot.is_open for slot in packing.slots)
        self.digits = [self._digits(mask, cut=one) for (_, _, mask), one in zip(packing.fields, opens, strict=True)]

    @staticmethod
    def _digits(mask: int, *, cut: bool) -> list[tuple[int, int]]:
        if mask < WIDE or not cut:
            return [(0, mask)]
        return [(low, mask >> low & (1 << DIGIT) - 1) for low in range(0, mask.bit_length(), DIGIT)]

    def taken(self, count: int) -> int:
        """Return the first of some fresh cells, all unknown."""
        first = len(self.held)
        self.held += [UNKNOWN] * count
        if len(self.held) > self.cells.size:
            more = np.full(2 * len(self.held) - self.cells.size, UNKNOWN, np.int64)
            self.cells = np.concatenate([self.cells, more])
        return first

    def hold(self, cell: int, content: int) -> None:
        """Put a leaf or a node into a cell."""
        self.held[cell] = self.cells[cell] = content

    def node(self, cell: int, place: int, low: int, mask: int) -> int:
        """Put a node that asks for some bits of a slot into a cell, and return its first child's cell."""
        word, shift, _ = self.packing.fields[place]
        first, number = self.taken(mask + 1), len(self.asks)
        if number == len(self.nodes):
            self.nodes = np.concatenate([self.nodes, np.zeros_like(self.nodes)])
        self.nodes[number] = word, shift + low, mask, first
        self.asks.append((place, low, mask))
        self.firsts.append(first)
        self.hold(cell, number)
        return first

    def content(self, cell: int, at: At) -> int:
        """Follow decisions from a cell, given value indices by slot position; return what the last cell holds."""
        while (number := self.held[cell]) >= 0:
            place, low, mask = self.asks[number]
            cell = self.firsts[number] + (at[place] >> low & mask)
        return number

    def ways(self, cell: int, before: Path = ()) -> Iterator[tuple[Path, int]]:
        """All ways from a cell to a leaf that is known, with the leaf's content; of slots that are not cut."""
        number = self.held[cell]
        if number < UNKNOWN:
            yield before, number
        elif number >= 0:
            first, (place, _, mask) = self.firsts[number], self.asks[number]
            for index in range(mask + 1):
                yield from self.ways(first + index, (*before, (place, index)))

    def grow(self, cell: int, path: Path, at: At, leaf: int) -> None:
        """Add one run: the decisions in ``path``, each below those already there, whose values ``at`` must give."""
        asked = set[tuple[int, int]]()
        here = cell
        while (number := self.held[here]) >= 0:
            place, low, mask = self.asks[number]
            asked.add((place, low))
            here = self.firsts[number] + (at[place] >> low & mask)
        for place, index in path:
            for low, mask in self.digits[place]:
                if (place, low) not in asked:
                    here = self.node(here, place, low, mask) + (index >> low & mask)
        self.hold(here, leaf)

    def reached(self, cell: int, states: Words) -> Longs:
        """Return the last cells to which decisions lead packed states, shape (states, words)."""
        here = np.full(len(states), cell)
        while (rows := np.flatnonzero(self.cells[here] >= 0)).size:
            self._descend(here, rows, states)
        return here

    def _descend(self, here: Longs, rows: Longs, states: Words) -> Longs:
        """Take one decision in some rows and return the nodes that took it."""
        nodes = self.cells[here[rows]]
        word, shift, mask, first = self.nodes[nodes].T
        here[rows] = first + (states[rows, word] >> shift.astype(np.uint64) & mask.astype(np.uint64)).astype(np.int64)
        return nodes

    def grow_all(self, cell: int, places: Sequence[int], states: Words, leaves: Longs) -> None:
        """Add runs that look at the same slots: those of packed states that are not known yet, each with its leaf.

        No two of the states may be alike in these slots.
        """
        here, asked = np.full(len(states), cell), np.zeros((len(states), len(places)), bool)
        rows = np.arange(len(states))
        while rows.size:
            inner = self.cells[here[rows]] >= 0
            down, ends = rows[inner], rows[~inner]
            if down.size:
                slots = np.array([self.asks[node][0] for node in self._descend(here, down, states).tolist()])
                asked[down] |= slots[:, None] == np.array(places)
            ready = asked[ends].all(axis=1)
            self._hold_all(here[ends[ready]], leaves[ends[ready]])
            open_ends = ends[~ready]
            cells, first = np.unique(here[open_ends], return_index=True)
            for one, place in zip(cells.tolist(), np.argmin(asked[open_ends[first]], axis=1).tolist(), strict=True):
                self.node(one, places[place], *self.digits[places[place]][0])
            rows = np.concatenate([down, open_ends])

    def _hold_all(self, cells: Longs, leaves: Longs) -> None:
        self.cells[cells] = leaves
        held = self.held
        for cell, leaf in zip(cells.tolist(), leaves.tolist(), strict=True):
            held[cell] = leaf

    def plant(self, cell: int, tree: Tree, leaf: Callable[[Leaf], int]) -> None:
        """Put a whole tree into a cell."""
        if not is_node(tree):
            self.hold(cell, leaf(tree))
            return
        place, children = tree
        first = self.node(cell, place, *self.digits[place][0])
        for index, child in enumerate(children):
            self.plant(first + index, child, leaf)


def is_node(tree: Tree) -> bool:
    """Whether a tree asks for a slot."""
    return isinstance(tree, tuple) and bool(tree) and isinstance(tree[0], int)


def conjunctions(tree: Tree, before: Path = ()) -> Iterator[tuple[Path, Leaf]]:
    """All ways from the root of a reduced tree to a leaf."""
    if not is_node(tree):
        yield before, tree
        return
    place, children = tree
    for index, child in enumerate(children):
        yield from conjunctions(child, (*before, (place, index)))
