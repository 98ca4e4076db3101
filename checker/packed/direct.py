"""Questions whose answers take too many leaves for trees: put once to each combination of values that they read.

An answer that is kept in a tree costs some ten times the question where nearly every state has a leaf of its own. Where
a question can be put to columns, it is; see ``checker.symbolic``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from haboot.checker.boundary import EngineError
from haboot.checker.core import Value, View
from haboot.checker.packed.layout import YES, Longs, Words
from haboot.checker.packed.questions import StateQuestion, StepQuestion
from haboot.checker.symbolic import MANY, SAMPLE, Answers, distinct
from haboot.checker.tables import asked
from numpy.typing import NDArray

Bools = NDArray[np.bool_]


def state_answers(question: StateQuestion, states: Words) -> Bools:
    """Return which packed states, of shape (states, words), meet a question."""
    query, (names, places, domains) = question.query, _reads(question)

    def answer(*values: Value) -> bool:
        given = dict(zip(names, values, strict=True))
        return asked(query, View(given, query.owner), given)

    def plainly(rows: Longs) -> Bools:
        columns = [question.rules.packing.column(states[rows], place) for place in places]
        return _answers(answer, columns, domains)

    if len(states) < MANY or question.wide is None:
        return plainly(np.arange(len(states)))
    return _completed(question.wide.of_states(states), np.arange(len(states)), plainly, query.owner)


def step_answers(question: StepQuestion, states: Words, outcomes: NDArray[np.int32]) -> Bools:
    """Return which steps meet a question: of packed states, each by an outcome, given by number."""
    rules, (names, places, domains) = question.rules, _reads(question)
    made, patches = rules.made, rules.model.patches[outcomes]
    after = states & patches[:, 0] | patches[:, 1]
    labels, label = np.unique(made.action * len(rules.layout.labels) + made.label, return_inverse=True)
    number, label = [divmod(one, len(rules.layout.labels)) for one in labels.tolist()], label[outcomes]

    def answer(label: tuple[int, int], *values: Value) -> bool:
        before, later = values[: len(names)], values[len(names) :]
        given = (dict(zip(names, some, strict=True)) for some in (before, later))
        return question.asked(*label, *given)[0] == YES

    def plainly(rows: Longs) -> Bools:
        sides = states[rows], after[rows]
        columns = [rules.packing.column(words, place) for words in sides for place in places]
        return _answers(answer, [label[rows], *columns], [number, *domains, *domains])

    if len(states) < MANY or question.wide is None:
        return plainly(np.arange(len(states)))
    found = np.zeros(len(states), bool)
    for one in np.unique(label).tolist():
        rows = np.flatnonzero(label == one)
        action, events = rules.system.actions[number[one][0]].name, rules.layout.labels[number[one][1]][0]
        answers = question.wide.of_steps(rules.layout.names[action], events, (states[rows], after[rows]))
        found[rows] = _completed(answers, rows, plainly, question.query.owner)
    return found


def _completed(answers: Answers | None, rows: Longs, plainly: Callable[[Longs], Bools], owner: str) -> Bools:
    """Return the answers of columns for some rows with what they leave open, a sample of them held against the code."""
    if answers is None:
        return plainly(rows)
    found, unknown = answers
    if unknown.any():
        found[unknown] = plainly(rows[unknown])
    sample = np.flatnonzero(~unknown)[:: max(1, rows.size // SAMPLE)]
    if not np.array_equal(found[sample], plainly(rows[sample])):
        raise EngineError(f"{owner}: its answers for many states at once are not those for each")
    return found


def _reads(question: StateQuestion | StepQuestion) -> tuple[tuple[str, ...], list[int], list[Sequence[Value]]]:
    slots = [question.rules.slots[name] for name in question.query.reads]
    return question.query.reads, [place for place, _ in slots], [slot.domain for _, slot in slots]


def _answers(answer: Callable[..., bool], columns: list[Longs], domains: Sequence[Sequence[Any]]) -> Bools:
    """Return the answer to each row of indices, put once to each combination."""
    chosen, back = distinct(columns, [len(domain) for domain in domains])
    rows = [
        [domain[index] for index in column[chosen].tolist()] for column, domain in zip(columns, domains, strict=True)
    ]
    found = np.fromiter((answer(*values) for values in zip(*rows, strict=True)), bool, chosen.size)
    return np.asarray(found[back], dtype=bool)
