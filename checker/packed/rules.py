"""The actions of a system, compiled for the packed engine.

An action that takes few (mask, value) tests of a state with one outcome each becomes rows. All rows are tested at once:
the state is cut into bytes, and for each byte a table gives a bit for every row that the byte allows. Any other action
becomes entries, roots of decision trees, in buckets by the value of the first slot that it looks at, so that a state
meets only what this value could enable. An outcome is (keep, put): the successor is ``state & keep | put``. Rows have
the first outcomes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from haboot.checker.boundary import ModelError
from haboot.checker.branches import Part, See
from haboot.checker.core import System, Value
from haboot.checker.packed.decisions import At, Forest, Path, Tree, conjunctions, is_node, paths, tree_of
from haboot.checker.packed.kinds import Grown, Kinds, Made, Outcomes
from haboot.checker.packed.layout import CUT, ENVIRONMENT, NOTHING, OUTSIDE, UNKNOWN, WORD, Longs, Model, Packing, Words
from haboot.checker.packed.lean import Classes
from haboot.checker.packed.widening import Widening
from haboot.checker.symbolic import Symbols
from haboot.checker.tables import Entry, Layout, State, computed
from numpy.typing import NDArray

ALWAYS = -1  # stands for the slot of an action that looks at none
Known = list[tuple[Path, Entry]]


@dataclass(frozen=True, slots=True)
class Form:
    """How actions are compiled: runs tried ahead of a search, and the most rows of one action and of all."""

    runs: int = 64
    rows: int = 16
    all_rows: int = 512


class Rules:
    """Compiled actions; ``learn`` adds what a state shows to be missing.

    ``runs`` are those made ahead of a search, by action, and with ``keeps_runs`` all that are made later as well.
    """

    def __init__(
        self, system: System, layout: Layout, packing: Packing, form: Form, *, keeps_runs: bool = False
    ) -> None:
        self.keeps_runs = keeps_runs
        self.system, self.layout, self.packing = system, layout, packing
        self.slots = {slot.name: (place, slot) for place, slot in enumerate(system.slots)}
        self.decisions = {name: (place, layout.index[name]) for name, (place, _) in self.slots.items()}
        self.layout.grows = False  # what is tried ahead need not be met
        self.forest = Forest(packing)
        self.made = Outcomes(packing)
        self.rows: list[Path] = []
        self.leaves = Grown((2,), np.int64)  # where a leaf's outcomes begin and end
        self.leaves.extend([(0, 0)] * (NOTHING + 1))
        self.leaf_of: dict[tuple[int, Entry], int] = {}
        self.widest = [0] * len(system.actions)
        self.open: dict[int, int] = {}
        self.runs: dict[int, Known] = {}
        self._kinds: dict[frozenset[int], Kinds] = {}
        self._cells: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        self._acting: dict[int, int] = {}  # by cell of an entry, its action
        self.widening = Widening(system, layout, self.forest, self.made, self.leaves)
        self._compile(form)
        self.layout.grows = True
        self.chunks, self.slices = self._sliced()
        self.groups, self.buckets, self.entries = self._arranged()
        self.blocks = self.packing.blocks if self.packing.is_symmetric else None
        self.marks = Grown((), np.uint8)
        self.classes = Classes(self._looks(path for path in self.rows), self._looks(self._declared()))
        self.model = self._model()

    @cached_property
    def starts(self) -> Words:
        """The initial states."""
        initial = self.system.initial
        return self.packing.joined(self.layout.all_encoded(initial), len(initial))

    def _compile(self, form: Form) -> None:
        trees: dict[int, Tree] = {}
        unfinished: dict[int, Known] = {}
        for number in range(len(self.system.actions)):
            known, tree = self._runs(number, form.runs)
            if tree is None:
                unfinished[number] = known
            else:
                trees[number] = tree
        count = {number: sum(len(entry) for _, entry in conjunctions(tree)) for number, tree in trees.items()}
        for number in sorted(trees, key=lambda number: (count[number], number)):
            if count[number] <= form.rows and len(self.rows) + count[number] <= form.all_rows:
                self._add_rows(number, trees.pop(number))
        for number, tree in trees.items():
            self._plant(number, tree)
        for number, known in unfinished.items():
            self._leave_open(number, known)

    def _runs(self, number: int, most: int) -> tuple[Known, Tree | None]:
        """Return what is found of an action ahead of the search, and its whole tree if that is all."""
        action = self.system.actions[number]

        def run(see: See) -> Entry:
            return computed(self.layout, action, Part(action.reads, see))[0]

        runs, whole = paths(run, self.domains(action.reads), self.decisions, most)
        known = self.runs[number] = [(path, settled(entry, path)) for path, entry in runs]
        return known, tree_of(known) if whole else None

    def _outcomes(self, number: int, entry: Entry) -> list[Made]:
        self.widest[number] = max(self.widest[number], len(entry))
        return [Made(number, choice, label, patch) for choice, (patch, label) in enumerate(entry)]

    def _add_rows(self, number: int, tree: Tree) -> None:
        for path, entry in conjunctions(tree):
            self.rows += [path] * len(entry)
            self.made.add(self._outcomes(number, entry))

    def _plant(self, number: int, tree: Tree) -> None:
        place, children = tree if is_node(tree) else (ALWAYS, (tree,))
        for index, child in enumerate(children):
            if child:
                cell = self.forest.taken(1)
                self.forest.plant(cell, child, lambda entry: self._leaf(number, entry))
                self._enter(number, place, index, cell)

    def _leave_open(self, number: int, known: Known) -> None:
        root = self.open[number] = self.forest.taken(1)
        for path, entry in known:
            self.forest.grow(root, path, dict(path), self._leaf(number, entry))
        inner = self.forest.held[root]
        if inner < 0 or self.system.slots[self.forest.asks[inner][0]].is_open:
            self._enter(number, ALWAYS, 0, root)
            return
        (place, _, _), first = self.forest.asks[inner], self.forest.firsts[inner]
        for index in range(len(self.system.slots[place].domain)):
            if self.forest.held[first + index] != -NOTHING:
                self._enter(number, place, index, first + index)

    def _enter(self, number: int, place: int, index: int, cell: int) -> None:
        """Let an action be looked up in a cell where a slot has a value."""
        self._cells[place][index].append(cell)
        self._acting[cell] = number

    @property
    def actions(self) -> tuple[Longs, Longs]:
        """The actions of the rows, and of the entries."""
        return self.made.action[: len(self.rows)], np.array([self._acting[one] for one in self.entries.tolist()], int)

    def _leaf(self, number: int, entry: Entry) -> int:
        """Return the content of a cell that stands for these outcomes of an action."""
        if not entry:
            return -NOTHING
        if (number, entry) not in self.leaf_of:
            self.leaf_of[number, entry] = self.leaves.count
            self.leaves.extend([(len(self.made), len(self.made) + len(entry))])
            self.made.add(self._outcomes(number, entry))
        return -self.leaf_of[number, entry]

    def _arranged(self) -> tuple[Longs, Longs, Longs]:
        """Return groups (word, shift, mask, first bucket), where each bucket's entries begin (and the end), entries."""
        groups: list[tuple[int, int, int, int]] = []
        buckets: list[int] = []
        entries: list[int] = []
        for place in sorted(self._cells):
            word, shift, mask = self.packing.fields[place] if place != ALWAYS else (0, 0, 0)
            groups.append((word, shift, mask, len(buckets)))
            for index in range(mask + 1):
                buckets.append(len(entries))
                entries += self._cells[place].get(index, [])
        buckets.append(len(entries))
        return np.array(groups, np.int64).reshape(-1, 4), np.array(buckets, np.int64), np.array(entries, np.int64)

    def _sliced(self) -> tuple[Longs, Words]:
        """Return the bytes that rows test, as (word, shift), and by byte and value the rows allowed, as bits."""
        tests = self.packing.patched(self.rows)
        tested = [
            (word, shift)
            for word in range(self.packing.words)
            for shift in range(0, 64, 8)
            if any(~int(keep[word]) >> shift & 255 for keep, _ in tests) or (word, shift) == (0, 0)
        ]
        slices = np.zeros((len(tested), 256, -(-len(self.rows) // 64)), np.uint64)
        byte = np.arange(256)
        for number, (keep, value) in enumerate(tests):
            for chunk, (word, shift) in enumerate(tested):
                fits = byte & (~int(keep[word]) >> shift & 255) == int(value[word]) >> shift & 255
                slices[chunk, fits, number // 64] |= np.uint64(1 << number % 64)
        return np.array(tested, np.int64), slices

    def _declared(self) -> Iterator[Path]:
        """What each action may look at."""
        for action in self.system.actions:
            yield tuple((self.slots[name][0], 0) for name in action.reads)

    def _looks(self, paths: Iterable[Path]) -> Words:
        """Return the bits that paths look at, shape (paths, words)."""
        masks = [self.packing.mask(place for place, _ in path) for path in paths]
        return np.array(masks, np.uint64).reshape(-1, self.packing.words)

    def _model(self) -> Model:
        self.marks.extend(self._marks(self.marks.count))
        self.classes.add(self.made)
        return Model(
            chunks=self.chunks,
            slices=self.slices,
            groups=self.groups,
            buckets=self.buckets,
            entries=self.entries,
            nodes=self.forest.nodes,
            cells=self.forest.cells,
            leaves=self.leaves.filled,
            patches=self.made.patches,
            marks=self.marks.filled,
            most=sum(self.widest) + 1,
            lean=self.classes.lean,
        )

    def _marks(self, first: int) -> NDArray[np.uint8]:
        """Return what is told of the outcomes from a number on, as bits."""
        action, purpose = self.made.action[first:], self.system.constraint
        environment = np.array([one.environment for one in self.system.actions], bool)[action]
        mark = None if purpose is None else purpose.mark
        bounds = [bound is not None and bound == mark for _, bound in self.layout.labels]
        outside = np.array(bounds, bool)[self.made.label[first:]]
        marks = CUT * self.made.cut[first:] | ENVIRONMENT * environment | OUTSIDE * outside
        return np.asarray(marks, dtype=np.uint8)

    def learn(self, states: Words, wanted: Iterable[tuple[int, int]] | None = None) -> None:
        """Evaluate what is missing of the open actions at packed states, shape (states, words).

        With ``wanted`` this is done for these pairs of an action and a state alone, by number.
        """
        every, learnt = self.packing.all_decoded(states), False
        for number, row in product(self.open, range(len(every))) if wanted is None else wanted:
            root, at = self.open[number], every[row]
            if self.forest.content(root, at) == UNKNOWN:
                self._evaluate(number, root, at)
                learnt = True
        if learnt:
            self.model = self._model()

    @cached_property
    def symbols(self) -> Symbols:
        """The slots, as columns."""
        return Symbols(self.system.slots, self.layout.index, self.packing.column)

    @property
    def are_wide(self) -> bool:
        """Whether actions have been run so often that they had better be learnt for many states at once, and may be."""
        return not self.keeps_runs and self.widening.covers(self.open, self.symbols)

    def learn_all(self, states: Words) -> None:
        """Do what ``learn`` does, at many states, for the actions that allow it; where one fails stays unknown."""
        for number, most in self.widening.learn(self.open, states):
            self.widest[number] = max(self.widest[number], most)
        self.model = self._model()

    def _evaluate(self, number: int, root: int, at: State) -> None:
        self.widening.calls[number] += 1
        action = self.system.actions[number]
        values = self.values(action.reads, at)
        try:
            entry, read = computed(self.layout, action, values)
        except ModelError as error:
            error.way = error.seen(values).removeprefix(", ")
            raise
        path = self.path(read, at)
        entry = settled(entry, path)
        if self.keeps_runs:
            self.runs[number].append((path, entry))
        self.forest.grow(root, path, at, self._leaf(number, entry))

    def kinds(self, places: frozenset[int], most: int = WORD) -> Kinds:
        """Return the kinds of outcomes known, to whom looks at some slots; of more than ``most`` the first alone."""
        if places not in self._kinds:
            self._kinds[places] = Kinds(self.packing.mask(places))
        kinds = self._kinds[places]
        kinds.add(self.made, most)
        return kinds

    def domains(self, names: Iterable[str]) -> dict[str, Sequence[Value]]:
        """Return the domains of some slots."""
        return {name: self.slots[name][1].domain for name in names}

    def values(self, names: Iterable[str], at: At) -> dict[str, Value]:
        """Return the values of some slots, given value indices by slot position."""
        return {name: self.slots[name][1].domain[at[self.slots[name][0]]] for name in names}

    def path(self, names: Iterable[str], at: At) -> Path:
        """Return the decisions taken by reading some slots in order, given value indices by slot position."""
        return tuple((self.slots[name][0], at[self.slots[name][0]]) for name in names)

    def guarded(self) -> Iterator[tuple[Path, int]]:
        """All outcomes known, by number, each with the decisions that lead to it; for exports."""
        yield from zip(self.rows, range(len(self.rows)), strict=True)
        for place, cells in self._cells.items():
            for index, roots in cells.items():
                begin = ((place, index),) if place != ALWAYS else ()
                for root in roots:
                    for path, leaf in self.forest.ways(root, begin):
                        yield from ((path, number) for number in range(*self.leaves.whole[-leaf].tolist()))

    def outcomes(self, words: Words) -> list[tuple[int, Made]]:
        """Return the outcomes of a packed state by number, in the author's order of actions and choices.

        What is not known yet is evaluated.
        """
        at = self.packing.decoded(words)
        self.learn(words[None])
        numbers = [r for r, path in enumerate(self.rows) if all(at[place] == index for place, index in path)]
        for word, shift, mask, first in self.groups.tolist():
            bucket = first + ((int(words[word]) >> shift) & mask)
            for root in self.entries[self.buckets[bucket] : self.buckets[bucket + 1]].tolist():
                numbers += range(*self.leaves.whole[-self.forest.content(root, at)].tolist())
        return sorted(((n, self.made[n]) for n in numbers), key=lambda one: (one[1].action, one[1].choice))


def settled(entry: Entry, path: Iterable[tuple[int, int]]) -> Entry:
    """Return results without the writes that leave a slot as it was read."""
    idle = set(path)
    if all(patch is None or idle.isdisjoint(patch) for patch, _ in entry):
        return entry
    return tuple(
        (patch if patch is None else tuple(one for one in patch if one not in idle), label) for patch, label in entry
    )
