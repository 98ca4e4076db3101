"""Steps and traces: ways through a state space, and where the slots live that they change."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from haboot.checker.boundary import amount, plain
from haboot.checker.core import Slot, Value
from haboot.checker.sheets import frame, lines


@dataclass(frozen=True, slots=True)
class Homes:
    """Where slots live: by slot its host, and the ends of the channel whose place it is; which hold a state."""

    hosts: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    states: frozenset[str] = frozenset()


def homes(slots: Iterable[Slot]) -> Homes:
    """Return where slots live, as far as they say so."""
    every = tuple(slots)
    return Homes(
        {one.name: one.host for one in every if one.host},
        {one.name: one.channel for one in every if one.channel},
        frozenset(one.name for one in every if one.is_state),
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One action with the whole state before and after."""

    action: str
    events: tuple[Hashable, ...]
    before: Mapping[str, Value]
    after: Mapping[str, Value]

    @property
    def changes(self) -> dict[str, tuple[Value, Value]]:
        """The slots that changed, each with its old and its new value."""
        return {name: (old, self.after[name]) for name, old in self.before.items() if old != self.after[name]}

    def told(self) -> str:
        """Return what changed, in a line."""
        return plain(", ".join(f"{name}: {old} → {new}" for name, (old, new) in self.changes.items()))


@dataclass(frozen=True, slots=True, repr=False)
class Trace:
    """A path from an initial state; for liveness, ``loop`` is the step to which the last state returns.

    ``homes`` says where its slots live, which pictures need.
    """

    initial: Mapping[str, Value]
    steps: tuple[Step, ...]
    loop: int | None = None
    homes: Homes = field(default=Homes(), compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __repr__(self) -> str:
        return f"<Trace of {amount(len(self), 'step')}>"

    def __str__(self) -> str:
        """Its steps, a line each, with what they change; where it returns to, if it loops."""
        taken = [(str(number), one.action, one.told()) for number, one in enumerate(self.steps, start=1)]
        again = [] if self.loop is None else [f"  then on from step {self.loop + 1} for ever"]
        stays = again and self.loop == len(self)
        text = [lines(taken)] if taken else ["  no step is taken"]
        return "\n".join([*text, *(["  then stays for ever"] if stays else again)])

    def to_frame(self) -> Any:
        """Return its rows as a ``pandas.DataFrame`` by number of step; raises ModelError where pandas is missing."""
        return frame(self.rows(), "#step")

    def rows(self) -> list[dict[str, object]]:
        """Return a row for each state, with the number, the action and the events of the step to it, and all slots."""
        start = {"#step": 0, "#action": "", "#events": (), **self.initial}
        taken = enumerate(self.steps, start=1)
        return [start, *({"#step": n, "#action": one.action, "#events": one.events, **one.after} for n, one in taken)]

    @property
    def final(self) -> Mapping[str, Value]:
        """The last state of the path."""
        return self.steps[-1].after if self.steps else self.initial
