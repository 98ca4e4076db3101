"""States as whole numbers: slots that belong together are a piece, and a state is told by a row of each piece's table.

This is what SPIN calls collapse compression (Holzmann, State compression in SPIN, 1997). A piece has a weight, so that
a state's number is the sum of its rows' numbers, each times its weight; no sum of lighter pieces reaches a weight.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
from haboot.checker.core import Slot, System, Value
from haboot.checker.lasso import Ints
from haboot.checker.machines import Composition, Labels

WORD = 1 << 63  # a piece is heavier than all lighter ones of its word; words are added up by numpy


@dataclass(frozen=True)
class Piece:
    """Some slots, by place; the rows that occur, as places in the slots' domains; and each state's row."""

    slots: tuple[int, ...]
    rows: Sequence[tuple[int, ...]]
    row: Ints

    @cached_property
    def number(self) -> Mapping[tuple[int, ...], int]:
        """The number of each row."""
        return {row: number for number, row in enumerate(self.rows)}


class Pieces:
    """The pieces of a system's states, and the states by number."""

    def __init__(self, system: System, composition: Composition | None, columns: Sequence[Ints]) -> None:
        self.system, self.composition = system, composition
        self.all = [_piece(system, slots, columns) for slots in _grouped(system, composition)]
        self.place = [{value: at for at, value in enumerate(slot.domain)} for slot in system.slots]

    @cached_property
    def words(self) -> list[list[int]]:
        """The pieces of each word by place, the heaviest first."""
        made, product = list[list[int]]([[]]), 1
        for place, piece in enumerate(self.all):
            product *= len(piece.rows)
            if product >= WORD:
                made.append([])
                product = len(piece.rows)
            made[-1].append(place)
        return made

    @cached_property
    def weights(self) -> list[int]:
        """The weight of each piece, each word as heavy as all numbers of the words after it."""
        weights, weight = [0] * len(self.all), 1
        for number, word in enumerate(reversed(self.words)):
            weight = WORD**number
            for place in reversed(word):
                weights[place] = weight
                weight *= len(self.all[place].rows)
        return weights

    def numbers(self) -> list[Ints]:
        """Return the words of each state's number, the heaviest first."""
        made = []
        for word in self.words:
            total, weight = np.zeros(self.all[0].row.size, np.int64), 1
            for place in reversed(word):
                total += self.all[place].row * weight
                weight *= len(self.all[place].rows)
            made.append(total)
        return made

    def number(self, state: Mapping[str, Value]) -> int:
        """Return the number of a state."""
        places = [self.place[at][state[slot.name]] for at, slot in enumerate(self.system.slots)]
        return sum(
            weight * piece.number[tuple(places[at] for at in piece.slots)]
            for piece, weight in zip(self.all, self.weights, strict=True)
        )

    def tables(self) -> Iterator[dict[str, Any]]:
        """Return each piece as data: its slots or its channel, its weight, and what its rows hold.

        A place in a domain stands for a value, the texts of messages for what a channel holds.
        """
        made = self.composition
        labels = None if made is None else Labels(made.instances)
        for piece, weight in zip(self.all, self.weights, strict=True):
            slots = [self.system.slots[at] for at in piece.slots]
            if made is not None and labels is not None and slots[0].channel:
                rows = [self._texts(made, labels, slots, row) for row in piece.rows]
                yield {"channel": list(slots[0].channel), "weight": weight, "rows": rows}
            else:
                names = [slot.name for slot in slots]
                yield {"slots": names, "weight": weight, "rows": [list(row) for row in piece.rows]}

    @staticmethod
    def _texts(composition: Composition, labels: Labels, slots: Sequence[Slot], row: Sequence[int]) -> list[str]:
        """Return the messages that a channel holds: in order, or by text where they overtake each other."""
        if composition.network.reordering:
            texts = [slot.name.partition(": ")[2] for slot in slots]
            return sorted(text for text, count in zip(texts, row, strict=True) for _ in range(count))
        held = (slot.domain[at] for slot, at in zip(slots, row, strict=True))
        return [labels.text(message) for message in held if message is not None]


def _grouped(system: System, composition: Composition | None) -> Iterator[tuple[int, ...]]:
    """Return the slots of each piece: of an instance or of a channel all, any other one alone."""
    owner = {} if composition is None else {slot: one.name for one in composition.instances for slot in one.slots}

    def belongs(place: int) -> object:
        slot = system.slots[place]
        return (composition is not None and slot.channel) or owner.get(slot.name) or place

    for _, places in groupby(range(len(system.slots)), belongs):
        yield tuple(places)


def _piece(system: System, slots: tuple[int, ...], columns: Sequence[Ints]) -> Piece:
    """Return the rows that occur, each once, and by state its row."""
    row, rows = columns[slots[0]], None
    for at in slots[1:]:
        row = row * len(system.slots[at].domain) + columns[at]
        made, row = np.unique(row, return_inverse=True)
        before = [(one,) for one in range(len(system.slots[slots[0]].domain))] if rows is None else rows
        size = len(system.slots[at].domain)
        rows = [(*before[one // size], one % size) for one in made.tolist()]
    if rows is None:
        made, row = np.unique(row, return_inverse=True)
        rows = [(one,) for one in made.tolist()]
    return Piece(slots, rows, row.reshape(-1))
