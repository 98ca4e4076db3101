"""What never holds of a copy, or of two: a few literals over what they have and what is shared.

Two copies are a row of places in the domains of slots: what is shared, who is named, and what the first and the second
have. A copy alone is a row as well, of which the second part is absent, so that nothing holds of it. A literal says
that a column holds one of some values, or compares two columns of one domain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from operator import eq, ge, gt, le, lt, ne
from typing import Any, NamedTuple, TypeAlias

from haboot.checker.copies.declared import Among, Copies
from haboot.checker.copies.locals import Locals
from haboot.checker.copies.reached import closed
from haboot.checker.copies.views import View

ABSENT = -1
SIGNS = {"=": eq, "≠": ne, "<": lt, ">": gt, "≤": le, "≥": ge}
MIRRORED = {"=": "=", "≠": "≠", "<": ">", ">": "<", "≤": "≥", "≥": "≤"}
FIRST, SECOND, NOBODY, ELSE = range(4)  # what a slot holds that names a copy, as a row has it
TURNED = {FIRST: SECOND, SECOND: FIRST}
SHARED, NAMING = "shared", "naming"  # whose a column is; else the number of its copy
Row: TypeAlias = tuple[int, ...]


class Within(NamedTuple):
    """A column holds one of some values, by their places in its domain."""

    column: int
    values: tuple[int, ...]


class Compared(NamedTuple):
    """Two columns of one domain compare so."""

    left: int
    right: int
    sign: str


Literal: TypeAlias = Within | Compared


@dataclass(frozen=True)
class Never:
    """Literals that never hold together, for every two copies in either order, or every one."""

    literals: tuple[Literal, ...]
    copies: int


Conjunct: TypeAlias = Never | Among


class Columns:
    """The columns of rows of a model, and what can be said of them."""

    def __init__(self, model: Copies) -> None:
        self.model = model
        self.domains = {one.name: tuple(one.domain) for one in (*model.own, *model.shared)}
        self.whose: list[tuple[str | int, str]] = [(SHARED, one.name) for one in model.shared]
        self.whose += [(NAMING, one) for one in model.naming]
        self.whose += [(copy, one.name) for copy in (0, 1) for one in model.own]
        self.sizes = [4 if whose == NAMING else len(self.domains[name]) for whose, name in self.whose]
        self.compared = [*self._compared()]

    def _compared(self) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        """Yield two columns of one domain with the signs that may compare them; of two values each is said itself."""
        plain = ((at, name) for at, (whose, name) in enumerate(self.whose) if whose != NAMING)
        for (left, one), (right, other) in combinations(plain, 2):
            domain = self.domains[one]
            if domain == self.domains[other] and len(domain) > 2:
                ordered = all(type(value) is int for value in domain) and list(domain) == sorted(domain)
                yield left, right, tuple(SIGNS) if ordered else ("=", "≠")

    def literals(self, row: Row) -> list[Literal]:
        """Return what holds of a row: the value of each column, and how columns compare."""
        found: list[Literal] = [Within(at, (value,)) for at, value in enumerate(row) if value != ABSENT]
        for left, right, signs in self.compared:
            if ABSENT not in (row[left], row[right]):
                found += [Compared(left, right, sign) for sign in signs if SIGNS[sign](row[left], row[right])]
        return found

    def never(self, literals: Iterable[Literal]) -> Never:
        """Return the conjunct that says so, of the first copy where it is of one."""
        some = tuple(sorted(literals, key=order))
        turned = tuple(sorted(map(self.turned, some), key=order))
        both = any(map(self._is_of_both, some)) or (self._is_of(some, 0) and self._is_of(some, 1))
        first = min((some, turned), key=lambda one: [*map(order, one)])
        return Never(first if both else turned if self._is_of(some, 1) else some, 2 if both else 1)

    def _is_of(self, literals: Iterable[Literal], copy: int) -> bool:
        return any(self.whose[at][0] == copy for one in literals for at in columns_of(one))

    def _is_of_both(self, one: Literal) -> bool:
        """Whether it tells the copy that is named from the other, or from those that are neither."""
        return (
            isinstance(one, Within)
            and self.whose[one.column][0] == NAMING
            and (SECOND in one.values) != (ELSE in one.values)
        ) or len({self.whose[at][0] for at in columns_of(one)} & {0, 1}) > 1

    def turned(self, one: Literal) -> Literal:
        """Return a literal with the copies the other way round."""
        if isinstance(one, Compared):
            left, right = self._turned(one.left), self._turned(one.right)
            return Compared(left, right, one.sign) if left < right else Compared(right, left, MIRRORED[one.sign])
        if self.whose[one.column][0] == NAMING:
            return Within(one.column, tuple(sorted(TURNED.get(value, value) for value in one.values)))
        return Within(self._turned(one.column), one.values)

    def _turned(self, column: int) -> int:
        whose, name = self.whose[column]
        return self.whose.index((1 - whose, name)) if isinstance(whose, int) else column

    def turned_row(self, row: Row) -> Row:
        """Return a row with the copies the other way round."""
        turned = [row[self._turned(at)] for at in range(len(row))]
        return tuple(TURNED.get(one, one) if self.whose[at][0] == NAMING else one for at, one in enumerate(turned))

    def row(self, shared: Mapping[str, int], named: Mapping[str, int], copies: Sequence[Mapping[str, int]]) -> Row:
        """Return the row of one copy or two."""
        values: dict[str | int, Mapping[str, int]] = {SHARED: shared, NAMING: named, **dict(enumerate(copies))}
        return tuple(values[whose][name] if whose in values else ABSENT for whose, name in self.whose)


class State(NamedTuple):
    """What some copies are in, by the places of values.

    A slot that names a copy holds it by its number, the number of copies for nobody, and one more for somebody else.
    """

    shared: Mapping[str, int]
    named: Mapping[str, int]
    copies: Sequence[Mapping[str, int]]

    def rows(self, columns: Columns) -> list[Row]:
        """Return the rows of any two copies, in either order."""
        return [self._row(columns, chosen) for chosen in permutations(range(len(self.copies)), 2)]

    def _row(self, columns: Columns, chosen: tuple[int, ...]) -> Row:
        def seen(named: int) -> int:
            return NOBODY if named == len(self.copies) else chosen.index(named) if named in chosen else ELSE

        named = {name: seen(copy) for name, copy in self.named.items()}
        return columns.row(self.shared, named, [self.copies[one] for one in chosen])


def order(one: Literal) -> tuple[Any, ...]:
    """Return where a literal stands among others."""
    return columns_of(one), len(one), *one[1:]


def columns_of(one: Literal) -> tuple[int, ...]:
    """Return the columns that a literal is of."""
    return (one.column,) if isinstance(one, Within) else (one.left, one.right)


def holds(one: Literal, row: Row) -> bool:
    """Whether a literal holds of a row; none does of what is absent."""
    if isinstance(one, Within):
        return row[one.column] in one.values
    left, right = row[one.left], row[one.right]
    return ABSENT not in (left, right) and bool(SIGNS[one.sign](left, right))


def is_broken(one: Never, rows: Iterable[Row]) -> bool:
    """Whether some of these rows is what never is."""
    return any(all(holds(literal, row) for literal in one.literals) for row in rows)


def alone_states(known: Locals) -> list[View]:
    """Return all that one copy alone may come to, as a view of one."""

    def steps(at: View) -> Iterator[tuple[View, str]]:
        shared, (own,) = at
        for move in known.moves(shared, -1):
            if known.admitted(move, shared, -1, own):
                yield (move.shared, (known.changed(move, shared, -1, own),)), ""
        yield from (((move.shared, (move.own,)), "") for move in known.moves(shared, own))

    start: View = known.first_shared, (known.first_own,)
    found, _ = closed([start], steps, lambda _: False)
    return [*found]


def rows_of(known: Locals, views: Iterable[View], columns: Columns) -> set[Row]:
    """Return the rows of some views, in each order of their copies; a copy alone is the first, and the second."""
    rows = {_row(known, columns, shared, some) for shared, every in views for some in permutations(every)}
    return rows | set(map(columns.turned_row, rows))


def _row(known: Locals, columns: Columns, shared: int, copies: tuple[int, ...]) -> Row:
    common, owned = known.shares.values[shared], [known.owns.values[one] for one in copies]
    names, own, naming = known.common, known.own, known.model.naming
    named = {}
    for at, name in enumerate(naming):
        marked = [copy for copy, one in enumerate(owned) if one[len(own) + at]]
        named[name] = marked[0] if marked else ELSE if common[len(names) + at] else NOBODY
    place = {name: domain.index for name, domain in columns.domains.items()}
    return columns.row(
        {name: place[name](value) for name, value in zip(names, common, strict=False)},
        named,
        [{name: place[name](value) for name, value in zip(own, one, strict=False)} for one in owned],
    )
