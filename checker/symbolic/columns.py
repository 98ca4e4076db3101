"""Functions of states evaluated for many states at once: on columns of what slots hold, where they can be lifted.

The tree of a lifted function's runs is walked with all states together: each decision parts them, and what is left at a
leaf shares its result, of which the terms are worked out on the columns. A slot whose values are whole numbers is a
column of these; of any other the value itself is decided. States at a leaf whose run fails are left to be evaluated one
by one, and so is every result that a slot cannot hold. Some states of each batch are evaluated as the author wrote it
as well, and a difference is an error of the checker.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from haboot.checker.branches import Part, See
from haboot.checker.core import Action, Value, View
from haboot.checker.evaluating import outcomes
from haboot.checker.properties import Move
from haboot.checker.slots import Slot
from haboot.checker.spaces import Query
from haboot.checker.symbolic.lifting import is_constant, lifted
from haboot.checker.symbolic.terms import FAILED, LARGE, OPERATIONS, Node, Run, Split, Term, explored, node_of
from numpy.typing import NDArray

KEYS = 1 << 62  # combinations of values that a number can stand for
MANY = 512  # calls of a function from which on columns are tried
FEW = 64  # values of a slot that are decided one by one
BEFORE, AFTER = 0, 1  # sides of a step; a state is its own before
SAMPLE = 32  # states of a batch that are evaluated both ways
Longs: TypeAlias = NDArray[np.int64]
Words: TypeAlias = NDArray[np.uint64]
Read: TypeAlias = Callable[[Words, int], Longs]
Label: TypeAlias = Callable[[tuple[Hashable, ...], str | None], int]
Column = tuple[int, str]
Columns = Mapping[Column, Longs]
Answers = tuple[NDArray[np.bool_], NDArray[np.bool_]]  # and which of them are not known


class Symbols:
    """The slots of a system as terms or decisions, and as columns.

    ``index`` holds the place of each value of a slot; ``column`` returns the places of what a slot, by its own place,
    holds in packed states.
    """

    def __init__(self, slots: Sequence[Slot], index: Mapping[str, Mapping[Value, int]], column: Read) -> None:
        self.index, self.column = index, column
        self.places = {slot.name: place for place, slot in enumerate(slots)}
        self.domains: dict[str, Sequence[Value]] = {slot.name: slot.domain for slot in slots}
        self.numbers: dict[str, Longs] = {}
        self.others: set[str] = set()
        for slot in slots:
            if not slot.is_open and all(type(one) is int and -LARGE < one < LARGE for one in slot.domain):
                self.numbers[slot.name] = np.array(slot.domain, np.int64)
            elif not slot.is_open and len(slot.domain) <= FEW and all(map(is_constant, slot.domain)):
                self.others.add(slot.name)

    def see(self, run: Run, side: int, met: dict[Column, None]) -> See:
        """Return how a run looks at the slots of a side; ``met`` takes those that it looks at."""

        def look(name: str) -> Any:
            met[side, name] = None
            domain = self.domains[name]
            if name in self.numbers:
                return Term(run, (side, name), int(self.numbers[name].min()), int(self.numbers[name].max()))
            if name in self.others:
                return domain[run.decide((side, name), len(domain))]
            return run.refuse()

        return look

    def columns(self, states: Sequence[Words], met: Sequence[Column]) -> dict[Column, Longs]:
        """Return what slots hold in states, by side: numbers, or the places of other values."""
        found = {}
        for side, name in met:
            held = self.column(states[side], self.places[name])
            found[side, name] = self.numbers[name][held] if name in self.numbers else held
        return found

    def held(self, name: str, values: Any, count: int) -> tuple[Longs, NDArray[np.bool_]]:
        """Return the places of values that a slot of numbers is to hold, and which of them it can."""
        values = np.broadcast_to(np.asarray(values, np.int64), count)
        order = np.argsort(self.numbers[name])
        inside = np.minimum(np.searchsorted(self.numbers[name], values, sorter=order), order.size - 1)
        place: Longs = order[inside]
        return place, self.numbers[name][place] == values


def parted(tree: Any, columns: Columns, rows: Longs) -> Iterator[tuple[Any, Longs]]:
    """Yield the results of a tree, each with the rows that it is of."""
    if type(tree) is not Split:
        yield tree, rows
        return
    for branch, part in zip(tree.branches, _answered(tree.decision, columns, rows, len(tree.branches)), strict=True):
        if part.size:
            yield from parted(branch, columns, part)


def _answered(decision: Node, columns: Columns, rows: Longs, answers: int) -> list[Longs]:
    if decision in columns:
        held = columns[decision][rows]
        return [rows[held == answer] for answer in range(answers)]
    met = np.broadcast_to(value(decision, columns, rows), rows.size)
    return [rows[met], rows[~met]]


def value(node: Node, columns: Columns, rows: Longs) -> Any:
    """Return what a term is in some rows."""
    if not isinstance(node, tuple):
        return node
    if node in columns:
        return columns[node][rows]
    name, *inner = node
    return OPERATIONS[name](*(value(one, columns, rows) for one in inner))


@dataclass(frozen=True)
class WideTest:
    """A question that is answered for many states or steps at once."""

    symbols: Symbols
    query: Query
    test: Callable[..., Any]
    trees: dict[Any, tuple[Any, list[Column]] | None] = field(default_factory=dict)

    @classmethod
    def of(cls, symbols: Symbols, query: Query) -> WideTest | None:
        """Return the question for many, None where it is not lifted."""
        test = lifted(query.test)
        return None if test is None else cls(symbols, query, test)

    def of_states(self, states: Words) -> Answers | None:
        """Return which states meet it, and of which that is not known; None where nothing is."""

        def run(look: Callable[[int], Part], owner: str) -> tuple[View, ...]:
            return (View(look(BEFORE), owner),)

        return self._answers(None, run, lambda view: view, (states,))

    def of_steps(self, action: str, events: tuple[Any, ...], sides: tuple[Words, Words]) -> Answers | None:
        """Return the same for steps of an action with some events, given states before and after."""
        if not is_constant(events):
            return None

        def run(look: Callable[[int], Part], owner: str) -> tuple[View, ...]:
            return View(look(BEFORE), owner), View(look(AFTER), owner)

        return self._answers((action, events), run, lambda old, new: Move(old, action, events, new), sides)

    def _answers(self, key: Any, views: Any, subject: Callable[..., Any], sides: Sequence[Words]) -> Answers | None:
        if key not in self.trees:
            self.trees[key] = self._tree(views, subject)
        known = self.trees[key]
        if known is None:
            return None
        tree, met = known
        answer, unknown = np.zeros((2, len(sides[0])), bool)
        for result, rows in parted(tree, self.symbols.columns(sides, met), np.arange(len(sides[0]))):
            (unknown if result is FAILED else answer)[rows] = result is not False
        return answer, unknown

    def _tree(self, views: Any, subject: Callable[..., Any]) -> tuple[Any, list[Column]] | None:
        met: dict[Column, None] = {}

        def run(one: Run) -> Any:
            given = views(lambda side: Part(self.query.reads, self.symbols.see(one, side, met)), self.query.owner)
            answer = self.test(subject(*given))
            failed = any(view.refused for view in given) or type(answer) is not bool
            return FAILED if failed else answer

        tree = explored(run)
        return None if tree is None else (tree, [*met])


@dataclass(frozen=True)
class WideAction:
    """An action that is evaluated for many states at once; ``places`` are the slots that it looks at."""

    symbols: Symbols
    tree: Any
    met: list[Column]

    @classmethod
    def of(cls, symbols: Symbols, action: Action, label: Label) -> WideAction | None:
        """Return the action for many states, None where it is not lifted; ``label`` numbers what an observer sees."""
        effect, met = lifted(action.effect), dict[Column, None]()
        if effect is None:
            return None

        def run(one: Run) -> Any:
            view = View(Part(action.reads, symbols.see(one, BEFORE, met)), f"action '{action.name}'")
            made = outcomes(action, effect(view))
            found = [_writes(symbols, action, each.writes) for each in made]
            labels = [label(each.events, each.bound) for each in made]
            plain = all(each.bound is None and is_constant(each.events) for each in made)
            return (found, labels) if plain and view.refused is None else FAILED

        tree = explored(run)
        return None if tree is None else cls(symbols, tree, [*met])

    @property
    def places(self) -> list[int]:
        """The slots that it looks at, in the order in which they are first met."""
        return [self.symbols.places[name] for _, name in self.met]

    def results(self, states: Words) -> Iterator[tuple[Longs, list[int], list[dict[int, Longs]]]]:
        """Yield rows of states that share labels, with these and, by outcome, the places that slots then hold."""
        columns, every = self.symbols.columns((states,), self.met), np.arange(len(states))
        for result, rows in parted(self.tree, columns, every):
            if result is FAILED:
                continue
            writes, labels = result
            fine, held = np.ones(rows.size, bool), list[dict[int, Longs]]()
            for one in writes:
                held.append({})
                for name, node in one.items():
                    place = self.symbols.places[name]
                    if name in self.symbols.numbers:
                        worked = value(node, columns, rows)
                        held[-1][place], inside = self.symbols.held(name, worked, rows.size)
                        fine &= inside
                    else:
                        held[-1][place] = np.full(rows.size, node)
            yield rows[fine], labels, [{at: some[fine] for at, some in one.items()} for one in held]


def _writes(symbols: Symbols, action: Action, given: Mapping[str, Any]) -> dict[str, Node]:
    """Return what an outcome writes: terms for numbers, places for other values. Raises where it may not."""
    found = {}
    for name, written in given.items():
        if name not in action.writes:
            raise LookupError(name)
        if name in symbols.numbers:
            found[name] = node_of(written) if type(written) is Term else _number(written)
        else:
            found[name] = symbols.index[name][written]
    return found


def _number(written: Any) -> int:
    if type(written) not in {int, bool} or not -LARGE < written < LARGE:
        raise LookupError(written)
    return int(written)


def distinct(columns: list[Longs], sizes: list[int]) -> tuple[Longs, Longs]:
    """Return a row for each combination of values, and for each row the number of its combination."""
    key, most = np.zeros(len(columns[0]), np.int64), 1
    for column, size in zip(columns, sizes, strict=True):
        if most * size >= KEYS:
            key, most = np.unique(key, return_inverse=True)[1], len(key)
        key, most = key * size + column, most * size
    _, chosen, back = np.unique(key, return_index=True, return_inverse=True)
    return chosen, back
