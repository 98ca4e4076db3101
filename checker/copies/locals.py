"""Rules over numbers: what is shared and what one copy has are each numbered once, and what rules do is kept.

That a slot names a copy is kept as a mark of that copy, and, with what is shared, as whether anybody is named. So what
is seen of some copies says of a copy that is named elsewhere just that it is one of the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from haboot.checker.boundary import ModelError
from haboot.checker.copies.declared import Copies, Rule, Who
from haboot.checker.copies.firing import admits, done, results
from haboot.checker.core import Value

Values: TypeAlias = tuple[Value, ...]
Together: TypeAlias = tuple[int, ...]  # what some copies have, as numbers in order


class Move(NamedTuple):
    """A step that somebody can take, as far as he alone sees it.

    ``shared`` and ``own`` are what it makes of what is shared and of who takes it (-1 for nobody), and ``unnamed`` the
    slots that name nobody or somebody else from then on.
    """

    rule: int
    shared: int
    own: int
    unnamed: frozenset[str]


@dataclass
class Numbered:
    """Values, each with its number; those of one table alone, since True equals 1."""

    values: list[Values] = field(default_factory=list)
    numbers: dict[Values, int] = field(default_factory=dict)

    def number(self, values: Values) -> int:
        """Return the number of some values."""
        if values not in self.numbers:
            self.numbers[values] = len(self.values)
            self.values.append(values)
        return self.numbers[values]


@dataclass
class Locals:
    """The numbers of a model's shared and own values, met so far."""

    model: Copies
    shares: Numbered = field(default_factory=Numbered)
    owns: Numbered = field(default_factory=Numbered)
    kept_moves: dict[tuple[int, int], tuple[Move, ...]] = field(default_factory=dict)
    kept_admitted: dict[tuple[int, int, int, int], bool] = field(default_factory=dict)
    kept_changed: dict[tuple[int, int, int, int, frozenset[str]], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.own = tuple(one.name for one in self.model.own)
        self.common = tuple(one.name for one in self.model.shared)
        unnamed = (False,) * len(self.model.naming)
        self.first_shared = self.shares.number((*(self.model.start[one] for one in self.common), *unnamed))
        self.first_own = self.owns.number((*(self.model.start[one] for one in self.own), *unnamed))

    def seen(self, shared: int, own: int) -> dict[str, Value]:
        """Return what a copy sees; for -1, what nobody in particular sees."""
        common = self.shares.values[shared]
        marks = (False,) * len(self.model.naming) if own < 0 else self.owns.values[own][len(self.own) :]
        made: dict[str, Value] = {} if own < 0 else dict(zip(self.own, self.owns.values[own], strict=False))
        made |= zip(self.common, common, strict=False)
        for name, somebody, mine in zip(self.model.naming, common[len(self.common) :], marks, strict=True):
            made[name] = Who.ME if mine else Who.OTHER if somebody else Who.NOBODY
        return made

    def moves(self, shared: int, own: int) -> tuple[Move, ...]:
        """Return the steps of a copy, or for -1 of what is shared, as far as it sees."""
        key = shared, own
        if key not in self.kept_moves:
            self.kept_moves[key] = self._moves(shared, own)
        return self.kept_moves[key]

    def _moves(self, shared: int, own: int) -> tuple[Move, ...]:
        me = self.seen(shared, own)
        rules = ((place, one) for place, one in enumerate(self.model.rules) if one.shared == (own < 0))
        found = ((place, writes) for place, one in rules for writes in results(self.model, one, me))
        return tuple(dict.fromkeys(self._move(place, me, own, writes) for place, writes in found))

    def require_kept(self) -> None:
        """Ask the rules all that was kept once more; raise ModelError where one gives another answer than before."""
        for (shared, own), moves in list(self.kept_moves.items()):
            for move in set(moves).symmetric_difference(self._moves(shared, own)):
                raise self._fickle(move.rule, "its effect")
        for (place, shared, own, other), answer in self.kept_admitted.items():
            if admits(self.model.rules[place], self.seen(shared, own), self.seen(shared, other)) != answer:
                raise self._fickle(place, "every")
        for (place, shared, own, other, unnamed), number in list(self.kept_changed.items()):
            if self._changed(self.model.rules[place], unnamed, shared, own, other) != number:
                raise self._fickle(place, "others")

    def _fickle(self, place: int, what: str) -> ModelError:
        told = f"is not deterministic: {what}, asked the same again, gave another answer"
        return ModelError(f"{self.model.rules[place].label} {told}; does it keep something between calls?")

    def _move(self, place: int, me: Mapping[str, Value], own: int, writes: Mapping[str, Value]) -> Move:
        after = {**me, **writes}
        somebody = tuple(after[name] is not Who.NOBODY for name in self.model.naming)
        shared = self.shares.number((*(after[name] for name in self.common), *somebody))
        mine = tuple(after[name] is Who.ME for name in self.model.naming)
        moved = -1 if own < 0 else self.owns.number((*(after[name] for name in self.own), *mine))
        return Move(place, shared, moved, frozenset(name for name in self.model.naming if name in writes))

    def admitted(self, move: Move, shared: int, own: int, other: int) -> bool:
        """Whether another copy lets somebody's step be taken."""
        rule = self.model.rules[move.rule]
        if rule.every is None:
            return True
        key = move.rule, shared, own, other
        if key not in self.kept_admitted:
            self.kept_admitted[key] = admits(rule, self.seen(shared, own), self.seen(shared, other))
        return self.kept_admitted[key]

    def changed(self, move: Move, shared: int, own: int, other: int) -> int:
        """Return what somebody's step makes of another copy."""
        rule = self.model.rules[move.rule]
        if rule.others is None and not move.unnamed:
            return other
        key = move.rule, shared, own, other, move.unnamed
        if key not in self.kept_changed:
            self.kept_changed[key] = self._changed(rule, move.unnamed, shared, own, other)
        return self.kept_changed[key]

    def _changed(self, rule: Rule, unnamed: frozenset[str], shared: int, own: int, other: int) -> int:
        there = self.seen(shared, other)
        after = {**there, **done(self.model, rule, self.seen(shared, own), there)}
        marks = (after[name] is Who.ME and name not in unnamed for name in self.model.naming)
        return self.owns.number((*(after[name] for name in self.own), *marks))
