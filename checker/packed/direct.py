"""Questions whose answers take too many leaves for trees: put once to each combination of values that they read.

An answer that is kept in a tree costs some ten times the question where nearly every state has a leaf of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from haboot.checker.core import Value, View
from haboot.checker.packed.layout import YES, Longs, Words
from haboot.checker.packed.questions import StateQuestion, StepQuestion
from haboot.checker.tables import asked
from numpy.typing import NDArray

KEYS = 1 << 62  # combinations of values that a number can stand for
Bools = NDArray[np.bool_]


def state_answers(question: StateQuestion, states: Words) -> Bools:
    """Return which packed states, of shape (states, words), meet a question."""
    query, (names, places, domains) = question.query, _reads(question)
    columns = [question.rules.packing.column(states, place) for place in places]

    def answer(*values: Value) -> bool:
        given = dict(zip(names, values, strict=True))
        return asked(query, View(given, query.owner), given)

    return _answers(answer, columns, domains)


def step_answers(question: StepQuestion, states: Words, outcomes: NDArray[np.int32]) -> Bools:
    """Return which steps meet a question: of packed states, each by an outcome, given by number."""
    rules, (names, places, domains) = question.rules, _reads(question)
    patches = rules.model.patches[outcomes]
    after = states & patches[:, 0] | patches[:, 1]
    labels = [(made.action, made.label) for made in rules.made]
    number = {label: one for one, label in enumerate(dict.fromkeys(labels))}
    label = np.array([number[one] for one in labels])[outcomes]
    columns = [rules.packing.column(words, place) for words in (states, after) for place in places]

    def answer(label: tuple[int, int], *values: Value) -> bool:
        before, later = values[: len(names)], values[len(names) :]
        given = (dict(zip(names, some, strict=True)) for some in (before, later))
        return question.asked(*label, *given)[0] == YES

    return _answers(answer, [label, *columns], [list(number), *domains, *domains])


def _reads(question: StateQuestion | StepQuestion) -> tuple[tuple[str, ...], list[int], list[Sequence[Value]]]:
    slots = [question.rules.slots[name] for name in question.query.reads]
    return question.query.reads, [place for place, _ in slots], [slot.domain for _, slot in slots]


def _answers(answer: Callable[..., bool], columns: list[Longs], domains: Sequence[Sequence[Any]]) -> Bools:
    """Return the answer to each row of indices, put once to each combination."""
    chosen, back = _distinct(columns, [len(domain) for domain in domains])
    rows = [
        [domain[index] for index in column[chosen].tolist()] for column, domain in zip(columns, domains, strict=True)
    ]
    found = np.fromiter((answer(*values) for values in zip(*rows, strict=True)), bool, chosen.size)
    return np.asarray(found[back], dtype=bool)


def _distinct(columns: list[Longs], sizes: list[int]) -> tuple[Longs, Longs]:
    """Return a row for each combination of values, and for each row the number of its combination."""
    key, most = np.zeros(len(columns[0]), np.int64), 1
    for column, size in zip(columns, sizes, strict=True):
        if most * size >= KEYS:
            key, most = np.unique(key, return_inverse=True)[1], len(key)
        key, most = key * size + column, most * size
    _, chosen, back = np.unique(key, return_index=True, return_inverse=True)
    return chosen, back
