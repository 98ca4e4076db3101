"""What never is, from what is not reached: as few literals as tell a row from all that are reached.

A literal kills the reached rows of which it does not hold. Literals that hold of a row and together kill all that is
reached are a conjunct which leaves the row out (a prime implicant of what is not reached, as in the lemmas of endive;
Schultz, Dardik and Tripakis, Plain and simple inductive invariant inference, FMCAD 2022). The fewest are found by
trying, for the first row that is left, each literal that kills it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from haboot.checker.copies.invariants.conjuncts import (
    ABSENT,
    SIGNS,
    Columns,
    Literal,
    Never,
    Row,
    Within,
    columns_of,
    order,
)

MOST_LITERALS = 5
TRIES = 50_000  # sets of literals beyond which no more are tried for a row


@dataclass
class Blocking:
    """The rows that are reached, and for each literal those of them that it kills, as the bits of a number."""

    columns: Columns
    rows: frozenset[Row]
    killed: dict[Literal, int] = field(default_factory=dict)
    known: dict[Row, tuple[Never, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.table = np.array(sorted(self.rows), np.int16)
        self.all = (1 << len(self.rows)) - 1

    def blocking(self, row: Row) -> tuple[Never, ...]:
        """Return the conjuncts of fewest literals that leave out a row; none where it takes too many."""
        if row not in self.known:
            literals = self.columns.literals(row)
            fewest = next((some for most in range(1, MOST_LITERALS + 1) if (some := self._sets(literals, most))), set())
            ordered = sorted((sorted(one, key=order) for one in fewest), key=lambda one: [*map(order, one)])
            self.known[row] = tuple(dict.fromkeys(self.columns.never(self._widened(one)) for one in ordered))
        return self.known[row]

    def _sets(self, literals: list[Literal], most: int) -> set[frozenset[Literal]]:
        """Return the sets of so many literals that kill all rows."""
        found, tries = set[frozenset[Literal]](), iter(range(TRIES))
        kills = [(one, self._kills(one)) for one in literals]

        def add(chosen: tuple[Literal, ...], dead: int) -> None:
            left = self.all & ~dead
            if not left:
                found.add(frozenset(chosen))
            elif len(chosen) < most and next(tries, None) is not None:
                first = left & -left
                for one, killed in kills:
                    if killed & first:
                        add((*chosen, one), dead | killed)

        add((), 0)
        return found

    def _kills(self, one: Literal) -> int:
        if one not in self.killed:
            at = [self.table[:, column] for column in columns_of(one)]
            if isinstance(one, Within):
                held = np.isin(at[0], one.values)
            else:
                held = SIGNS[one.sign](at[0], at[1]) & (at[0] != ABSENT) & (at[1] != ABSENT)
            self.killed[one] = int.from_bytes(np.packbits(~held, bitorder="little").tobytes(), "little")
        return self.killed[one]

    def _widened(self, literals: list[Literal]) -> Iterable[Literal]:
        """Return literals of as many values as leave all that is reached killed, in place."""
        for place, one in enumerate(literals):
            rest = 0
            for other in (*literals[:place], *literals[place + 1 :]):
                rest |= self._kills(other)
            if isinstance(one, Within):
                literals[place] = self._more(one, rest)
        return literals

    def _more(self, one: Within, rest: int) -> Within:
        """Return a literal of more values where what others kill is nearly all."""
        for value in range(self.columns.sizes[one.column]):
            wider = Within(one.column, tuple(sorted({*one.values, value})))
            if rest | self._kills(wider) == self.all:
                one = wider
        return one


def left_out(rows: Iterable[Row], blocking: Blocking) -> Iterator[Never]:
    """Yield the conjuncts that leave out some of these rows that are not reached."""
    return (one for row in rows if row not in blocking.rows for one in blocking.blocking(row))
