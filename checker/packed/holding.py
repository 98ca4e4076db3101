"""What the labelled search holds, as arrays: states, sets as words with a bit for each assumption, steps, questions.

See ``spreading`` for the loops that read and write them.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
from haboot.checker.packed.layout import Longs, Model, Plan, Shape, Words
from numpy.typing import NDArray

T = TypeVar("T", bound=np.generic)
NONE = -1
NO_FIELDS: Longs = np.zeros((0, 5), np.int64)
STATES, ENTRIES, AT, TAKEN, STEPS, CUTS, SEEDS = range(7)  # what is counted; see Space and Alone


class Space(NamedTuple):
    """States that are kept, the table over them and their first entries; entries with sets, states and what follows.

    ``tally`` counts STATES, ENTRIES, the entry AT which a pass stands, CUTS and SEEDS. ``cuts`` are sets under which a
    bound cuts steps.
    """

    words: Words
    table: NDArray[np.int32]
    head: NDArray[np.int32]
    masks: Words
    owner: NDArray[np.int32]
    after: NDArray[np.int32]
    cuts: Words
    tally: Longs


class Seeds(NamedTuple):
    """Steps that lead to larger sets: a state that is kept, an outcome (NONE: the state itself), and the set."""

    states: NDArray[np.int32]
    outcomes: NDArray[np.int32]
    masks: Words


class Alone(NamedTuple):
    """The states of one set, and the table over them.

    ``tally`` counts STATES, the state AT which it stands, the seeds TAKEN, STEPS, and whether a bound CUTS a step.
    """

    words: Words
    table: NDArray[np.int32]
    tally: Longs


class Fixed(NamedTuple):
    """Circumstances that have one value under a set, so that it makes no difference whether this was chosen.

    A row is the field (word, shift, mask), the value and what stands for it. ``every`` has those that may be fixed
    under some set, ``here`` those under the one that is explored; ``rest`` are the bits of all other slots. ``table``
    is over the states that are kept, with all of ``every`` as if not chosen.
    """

    every: Longs
    here: Longs
    rest: Words
    table: NDArray[np.int32]


class Batch(NamedTuple):
    """Room for the states that one state reaches in a step, with their hashes."""

    states: Words
    hashes: Words


class Labels(NamedTuple):
    """What outcomes need: the sets of outcome o are from at[o] to at[o + 1] - 1; and whether a bound cuts it."""

    at: Longs
    masks: Words
    cut: NDArray[np.bool_]


class Asked(NamedTuple):
    """Questions: nodes and cells of their trees, the plan of these, and what answers add, by leaf, as sets.

    ``met`` marks questions to which nothing is added under the set explored. ``found`` has for each question the sets
    under which it is met, shape (questions, sets), of which ``counts`` are in use.
    """

    trees: tuple[Longs, Longs]
    plan: Plan
    answers: tuple[Longs, Words]
    met: NDArray[np.bool_]
    found: Words
    counts: Longs


class Shared(NamedTuple):
    """What all explorations read; ``widest`` is the most sets to which one state leads."""

    shape: Shape
    model: Model
    labels: Labels
    trees: tuple[Longs, Longs]
    plan: Plan
    answers: tuple[Longs, Words]
    widest: int


class Lacks(NamedTuple):
    """Room for states that lack an answer, and the tree that lacks it, or NONE for an outcome; ``seen`` as in scans."""

    states: Words
    trees: Longs
    seen: Words


def empty_table(room: int) -> NDArray[np.int32]:
    """Return an empty table for so many states."""
    return np.full(1 << (2 * room).bit_length(), NONE, np.int32)


def longer(array: NDArray[T], room: int) -> NDArray[T]:
    """Return an array with more room; what is there stays."""
    made: NDArray[T] = np.zeros((room, *array.shape[1:]), array.dtype)
    made[: len(array)] = array
    return made
