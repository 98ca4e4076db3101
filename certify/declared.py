"""A system as its author declares it: each action's effect is called with what it declares to read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from haboot.certify.reading import RefusedError, require
from haboot.certify.worlds import Held, Look, Result, Seen, World
from haboot.checker import Action, System


class Declared(World):
    """The states of a system: each slot is a piece, and a row is a place in the slot's domain."""

    def __init__(self, system: System, pieces: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(pieces)
        self.name = system.slots[0].name
        self.system, self.piece = system, {slot.name: place for place, slot in enumerate(system.slots)}
        same = [one.get("slots") for one in pieces] == [[slot.name] for slot in system.slots]
        require(same, "its pieces are not the slots of the model")
        self.slots = {name: (piece, lambda value: value) for name, piece in self.piece.items()}
        self.told = dict.fromkeys(self.slots, ((), None))
        every = list(zip((slot.domain for slot in system.slots), (one["rows"] for one in pieces), strict=True))
        fine = all(type(at) is int and 0 <= at < len(domain) for domain, rows in every for (at,) in rows)
        require(fine, "a row of its tables stands for no value")
        self.values = [[domain[at] for (at,) in rows] for domain, rows in every]
        self.rows = [{value: row for row, value in enumerate(values)} for values in self.values]

    def value(self, piece: int, row: int) -> Any:
        """See World."""
        return self.values[piece][row]

    def row(self, piece: int, value: Any) -> int | None:
        """See World."""
        return self.rows[piece].get(value)

    def starts(self) -> Iterable[Mapping[int, Any]]:
        """See World."""
        return ({self.piece[name]: value for name, value in one.items()} for one in self.system.initial)

    def admits(self, held: Held) -> bool:
        """See World."""
        kept = self.system.constraint
        return kept is None or kept.test(Seen(self, kept.reads, held)) is True  # type: ignore[arg-type]

    def moving(self, piece: int, _: int) -> Iterable[Callable[[Look], Iterable[Result]]]:
        """See World; an action counts as one of the first slot that it reads."""
        return [
            partial(self._results, one)
            for one in self.system.actions
            if self.piece[(*one.reads, self.name)[0]] == piece
        ]

    def _results(self, action: Action, look: Look) -> Iterator[Result]:
        made: Any = action.effect(self.seen(action.reads, look))  # type: ignore[arg-type]
        alone = isinstance(made, Mapping) or hasattr(made, "writes")
        for one in (made,) if alone else made or ():
            given, events, bound = (one, (), None) if isinstance(one, Mapping) else (one.writes, one.events, one.bound)
            writes = {slot if isinstance(slot, str) else slot.name: value for slot, value in given.items()}
            if not writes.keys() <= set(action.writes):
                raise RefusedError(f"action '{action.name}' writes what it does not declare")
            changed = {self.piece[name]: value for name, value in writes.items()}
            yield Result(action.name, not action.environment, tuple(events), changed, bound is not None)
