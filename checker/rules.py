"""The actions of a system, compiled for the packed engine.

The first slot that an action looks at chooses a bucket, so that a state meets only the actions that its values could
enable. In a bucket lie rows, (mask, value) tests with one outcome each, and entries, roots of decision trees, for what
would take many rows. An outcome is (keep, put): the successor is ``state & keep | put``. Rows have the first outcomes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from haboot.checker.branches import See
from haboot.checker.core import System, Value
from haboot.checker.decisions import Fixed, Forest, Path, Tree, conjunctions, is_node, paths, reduced
from haboot.checker.tables import Entry, Layout, Patch, computed
from haboot.checker.words import PENDING, UNKNOWN, Longs, Model, Packing, Words

ALWAYS = -1  # stands for the slot of an action that looks at none
NOTHING = 3  # number of the leaf without outcomes; see words.UNKNOWN
Known = list[tuple[Path, Entry]]


@dataclass(frozen=True, slots=True)
class Form:
    """How actions are compiled: the runs tried ahead of a search, and the rows that one bucket takes of one action."""

    runs: int = 1024
    rows: int = 4


@dataclass(frozen=True, slots=True)
class Made:
    """One outcome: its action and choice by number, its label, and what it writes (None: cut by a bound)."""

    action: int
    choice: int
    label: int
    patch: Patch | None


@dataclass
class _Bucket:
    rows: list[tuple[Path, Made]] = field(default_factory=list)
    trees: list[tuple[int, Tree]] = field(default_factory=list)
    entries: list[int] = field(default_factory=list)


class Rules:
    """Compiled actions; ``learn`` adds what a state shows to be missing."""

    def __init__(self, system: System, layout: Layout, packing: Packing, form: Form) -> None:
        self.system, self.layout, self.packing, self.form = system, layout, packing, form
        self.forest = Forest(packing)
        self.made: list[Made] = []
        self.leaves: list[tuple[int, int]] = [(0, 0)] * (NOTHING + 1)
        self.leaf_of: dict[tuple[int, Entry], int] = {}
        self.widest = [0] * len(system.actions)
        self.open: dict[int, int] = {}
        self.rows: list[Path] = []
        self._buckets: dict[int, dict[int, _Bucket]] = defaultdict(lambda: defaultdict(_Bucket))
        self.slots = {slot.name: (place, slot) for place, slot in enumerate(system.slots)}
        unfinished = {number: self._compile(number) for number in range(len(system.actions))}
        self._number_rows()
        for number, known in unfinished.items():
            if known is not None:
                self._leave_open(number, known)
        self._plant()
        self.groups, self.buckets, self.entries = self._arranged()
        self.patches = np.zeros((0, 2, packing.words), np.uint64)
        self.model = self._model()

    def _compile(self, number: int) -> Known | None:
        """Put an action into buckets; or return what is known of it, when that is not all."""
        action = self.system.actions[number]

        def run(see: See) -> Entry:
            return computed(self.layout, action, Fixed(action.reads, see))[0]

        runs, whole = paths(run, {name: self.slots[name] for name in action.reads}, self.form.runs)
        known = [(path, _settled(entry, dict(path))) for path, entry in runs]
        tree = reduced(known) if whole else None
        if tree is None:
            return known
        place, children = tree if is_node(tree) else (ALWAYS, (tree,))
        for index, child in enumerate(children):
            ways = [(path, entry) for path, entry in conjunctions(child) if entry]
            if sum(len(entry) for _, entry in ways) > self.form.rows:
                self._buckets[place][index].trees.append((number, child))
            elif ways:
                rows = ((path, made) for path, entry in ways for made in self._outcomes(number, entry))
                self._buckets[place][index].rows += rows
        return None

    def _outcomes(self, number: int, entry: Entry) -> list[Made]:
        self.widest[number] = max(self.widest[number], len(entry))
        return [Made(number, choice, label, patch) for choice, (patch, label) in enumerate(entry)]

    def _number_rows(self) -> None:
        for place in sorted(self._buckets):
            for index in sorted(self._buckets[place]):
                for path, made in self._buckets[place][index].rows:
                    self.rows.append(path)
                    self.made.append(made)

    def _leave_open(self, number: int, known: Known) -> None:
        root = self.forest.taken(1)
        self.open[number] = root
        for path, entry in known:
            self.forest.grow(root, path, dict(path), self._leaf(number, entry))
        inner = int(self.forest.cells[root])
        place = self.forest.places[inner] if inner >= 0 else ALWAYS
        first = int(self.forest.nodes[inner, 3]) if inner >= 0 else root
        for index in range(len(self.system.slots[place].domain) if inner >= 0 else 1):
            if self.forest.cells[first + index] != -NOTHING:
                self._buckets[place][index].entries.append(first + index)

    def _plant(self) -> None:
        for bucket in (self._buckets[place][index] for place in self._buckets for index in self._buckets[place]):
            for number, tree in bucket.trees:
                cell = self.forest.taken(1)
                self.forest.plant(cell, tree, lambda entry, number=number: self._leaf(number, entry))
                bucket.entries.append(cell)

    def _leaf(self, number: int, entry: Entry) -> int:
        """Return the content of a cell that stands for these outcomes of an action."""
        if not entry:
            return -NOTHING
        if (number, entry) not in self.leaf_of:
            self.leaf_of[number, entry] = len(self.leaves)
            self.leaves.append((len(self.made), len(self.made) + len(entry)))
            self.made += self._outcomes(number, entry)
        return -self.leaf_of[number, entry]

    def _arranged(self) -> tuple[Longs, Longs, Longs]:
        """Return groups (word, shift, mask, first bucket), buckets (first row, first entry; one more at the end), entries."""
        groups, buckets, entries, row = [], [], list[int](), 0
        for place in sorted(self._buckets):
            word, shift, mask = self.packing.fields[place] if place != ALWAYS else (0, 0, 0)
            groups.append((word, shift, mask, len(buckets)))
            for index in range(mask + 1):
                bucket = self._buckets[place].get(index, _Bucket())
                buckets.append((row, len(entries)))
                row += len(bucket.rows)
                entries += bucket.entries
        buckets.append((row, len(entries)))
        return (
            np.array(groups, np.int64).reshape(-1, 4),
            np.array(buckets, np.int64).reshape(-1, 2),
            np.array(entries, np.int64),
        )

    def _model(self) -> Model:
        fresh = [self.packing.patched(made.patch or ()) for made in self.made[len(self.patches) :]]
        if fresh:
            self.patches = np.concatenate([self.patches, np.stack(fresh)])
        return Model(
            groups=self.groups,
            buckets=self.buckets,
            rows=self._tests(),
            entries=self.entries,
            nodes=self.forest.nodes,
            cells=self.forest.cells,
            leaves=np.array(self.leaves, np.int64),
            patches=self.patches,
            cut=np.array([made.patch is None for made in self.made], bool),
            blocks=self.packing.blocks,
            most=sum(self.widest) + 1,
        )

    def _tests(self) -> Words:
        tests = np.zeros((len(self.rows), 2, self.packing.words), np.uint64)
        for number, path in enumerate(self.rows):
            keep, value = self.packing.patched(path)
            tests[number] = ~keep, value
        return tests

    def learn(self, states: Words) -> None:
        """Evaluate what is missing of the open actions at packed states, shape (states, words)."""
        for words in states:
            state = self.packing.decoded(words)
            at = dict(enumerate(state))
            for number, root in self.open.items():
                if self.forest.content(root, at) in {UNKNOWN, PENDING}:
                    self._evaluate(number, root, at)
        self.model = self._model()

    def _evaluate(self, number: int, root: int, at: dict[int, int]) -> None:
        action = self.system.actions[number]
        entry, read = computed(self.layout, action, self.values(action.reads, at))
        path = self.path(read, at)
        self.forest.grow(root, path, at, self._leaf(number, _settled(entry, dict(path))))

    def values(self, names: Iterable[str], at: Mapping[int, int]) -> dict[str, Value]:
        """Return the values of some slots, given value indices by slot position."""
        return {name: self.slots[name][1].domain[at[self.slots[name][0]]] for name in names}

    def path(self, names: Iterable[str], at: Mapping[int, int]) -> Path:
        """Return the decisions taken by reading some slots in order, given value indices by slot position."""
        return tuple((self.slots[name][0], at[self.slots[name][0]]) for name in names)

    def outcomes(self, words: Words) -> list[tuple[int, Made]]:
        """Return the outcomes of a packed state by number, in the author's order of actions and choices."""
        at = dict(enumerate(self.packing.decoded(words)))
        numbers: list[int] = []
        for word, shift, mask, first in self.groups.tolist():
            bucket = first + ((int(words[word]) >> shift) & mask)
            (row, entry), (row_end, entry_end) = self.buckets[bucket : bucket + 2].tolist()
            numbers += (r for r in range(row, row_end) if all(at[place] == index for place, index in self.rows[r]))
            for root in self.entries[entry:entry_end].tolist():
                numbers += range(*self.leaves[-self.forest.content(root, at)])
        return sorted(((n, self.made[n]) for n in numbers), key=lambda one: (one[1].action, one[1].choice))


def _settled(entry: Entry, at: dict[int, int]) -> Entry:
    """Return results without the writes that leave a slot as it was read."""
    return tuple(
        (patch if patch is None else tuple(one for one in patch if at.get(one[0]) != one[1]), label)
        for patch, label in entry
    )
