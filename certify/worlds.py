"""What a model does, one plain state at a time: a state is a row of each piece's table, and a row stands for a value.

What follows from a state is remembered by the rows that were looked at on the way to it, and by nothing else.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import pairwise
from typing import Any, NamedTuple

from haboot.certify.reading import RefusedError, require

Look = Callable[[int], int]  # from a piece to its row
Held = Callable[[int], Any]  # from a piece to what it holds
Part = tuple[int, Callable[[Any], Any]]  # the piece of a slot, and what the slot is of what that holds
State = Sequence[int]


class Memo:
    """A function of a state that looks at few pieces, remembered by what it saw; its results are no tuples."""

    __slots__ = ("room", "root", "run")

    def __init__(self, run: Callable[[Look], Any], room: int = 1 << 20) -> None:
        self.run, self.room = run, room
        self.root: Any = None

    def __call__(self, state: State) -> Any:
        """Return the result in a state."""
        node: Any = self.root
        while node.__class__ is tuple:
            node = node[1].get(state[node[0]])
        return self._learnt(state) if node is None else node

    def _learnt(self, state: State) -> Any:
        looked = dict[int, int]()

        def look(piece: int) -> int:
            row = looked[piece] = state[piece]
            return row

        result, way = self.run(look), list(looked.items())
        if self.root is None:
            self.root = (way[0][0], {}) if way else result
        if self.room and self.root is not result:
            self.room -= 1
            self._keep(way, result)
        return result

    def _keep(self, way: list[tuple[int, int]], result: Any) -> None:
        node: Any = self.root
        for at in range(max(1, len(way))):
            if not way or node.__class__ is not tuple or node[0] != way[at][0]:
                raise RefusedError("the model looks at other things each time, so it is no function of its state")
            node = node[1].setdefault(way[at][1], (way[at + 1][0], {}) if at + 1 < len(way) else result)


class Fate(Enum):
    """What becomes of a step: it is taken, a bound cuts it, it leads out of the constraint or to no state told of."""

    TAKEN, CUT, OUTSIDE, BEYOND = range(4)


class Result(NamedTuple):
    """What an action gives: what it changes, by piece; ``cut`` where a bound of the model forbids it."""

    action: str
    own: bool
    events: tuple[Hashable, ...]
    changed: Mapping[int, Any]
    cut: bool = False


class Outcome:
    """A result in all states that share what was looked at; ``delta`` is what it adds to their numbers."""

    __slots__ = ("action", "counts", "delta", "fate", "made", "own")

    def __init__(self, made: Result, fate: Fate, delta: int = 0) -> None:
        self.made, self.action, self.own, self.fate, self.delta = made, made.action, made.own, fate, delta
        self.counts: dict[Any, int | Memo] = {}

    @property
    def changes(self) -> bool:
        """Whether it is a step that changes something."""
        return self.delta != 0 or self.fate is Fate.BEYOND


class Seen(Mapping[str, Any]):
    """Some slots of a state, by name or by whatever has one; any other is refused."""

    __slots__ = ("held", "names", "read", "world")

    def __init__(self, world: World, names: Sequence[str], held: Held) -> None:
        self.world, self.names, self.held = world, names, held
        self.read = dict[str, None]()  # what was looked at, in order

    def __getitem__(self, slot: Any) -> Any:
        name = slot if isinstance(slot, str) else slot.name
        if name not in self.names:
            raise KeyError(name)
        self.read[name] = None
        piece, part = self.world.part(name)
        return part(self.held(piece))

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


class Move(NamedTuple):
    """A step as a property sees it."""

    before: Seen
    action: str
    events: tuple[Hashable, ...]
    after: Seen


class World(ABC):
    """The states of a certificate, as a model has them; how the model runs is told by whoever derives from it."""

    slots: dict[str, Part]
    told: dict[str, tuple[tuple[str, ...], Any]]  # by slot the ends of its channel and what it holds when empty

    def __init__(self, pieces: Sequence[Mapping[str, Any]]) -> None:
        self.weights = [one["weight"] for one in pieces]
        self.pieces = [(one["weight"], len(one["rows"])) for one in pieces]
        apart = all(weight >= less * size for (weight, _), (less, size) in pairwise([*self.pieces, (1, 1)]))
        require(apart, "two of its states have one number")
        self.counted = dict[object, int]()  # by which outcomes remember what they count for
        self._moves = dict[tuple[int, int], list[Memo]]()

    @abstractmethod
    def value(self, piece: int, row: int) -> Any:
        """Return what a row stands for."""

    @abstractmethod
    def row(self, piece: int, value: Any) -> int | None:
        """Return the row of a value, None where its table lacks it."""

    def part(self, name: str) -> Part:
        """Return which part of what piece a slot is; raise KeyError where there is none of that name."""
        return self.slots[name]

    @abstractmethod
    def starts(self) -> Iterable[Mapping[int, Any]]:
        """Return what pieces hold in the initial states."""

    @abstractmethod
    def moving(self, piece: int, row: int) -> Iterable[Callable[[Look], Iterable[Result]]]:
        """Return what may happen because of what a piece holds."""

    def admits(self, held: Held) -> bool:
        """Whether a state keeps the model's constraint."""
        del held
        return True

    def held(self, look: Look, changed: Mapping[int, Any] | None = None) -> Held:
        """Return how to look at what pieces hold, some of them changed."""
        new = {} if changed is None else changed
        return lambda piece: new[piece] if piece in new else self.value(piece, look(piece))

    def seen(self, names: Sequence[str], look: Look) -> Seen:
        """Return a state as whoever looks at some slots sees it."""
        return Seen(self, names, self.held(look))

    def move(self, made: Result, names: Sequence[str], look: Look) -> Move:
        """Return a step as whoever looks at some slots sees it."""
        after = Seen(self, names, self.held(look, made.changed))
        return Move(self.seen(names, look), made.action, made.events, after)

    def initial(self) -> Iterator[int]:
        """Return the numbers of the initial states that keep the constraint."""
        for start in self.starts():
            if self.admits(start.__getitem__):
                rows = [self.row(piece, start[piece]) for piece in range(len(self.weights))]
                require(None not in rows, "an initial state is left out")
                yield sum((row or 0) * weight for row, weight in zip(rows, self.weights, strict=True))

    def state(self, number: int) -> State:
        """Return a state by its number."""
        rows = list[int]()
        for weight, size in self.pieces:
            row, number = divmod(number, weight)
            if not 0 <= row < size:
                raise RefusedError("a number stands for no state")
            rows.append(row)
        return rows

    def steps(self, state: State) -> list[Outcome]:
        """Return all that may happen in a state."""
        found, moves = list[Outcome](), self._moves
        for place in enumerate(state):
            some = moves.get(place)
            if some is None:
                every = [self._memo(run, *place) for run in self.moving(*place)]
                some = moves[place] = [memo for memo in every if memo(state) or memo.root != []]
            for memo in some:
                found += memo(state)
        return found

    def _memo(self, run: Callable[[Look], Iterable[Result]], piece: int, row: int) -> Memo:
        """Return what may happen because of what a piece holds, which then needs no look."""

        def made(look: Look) -> list[Outcome]:
            def see(other: int) -> int:
                return row if other == piece else look(other)

            return [self._outcome(one, see) for one in run(see)]

        return Memo(made)

    def _outcome(self, made: Result, look: Look) -> Outcome:
        if made.cut or not self.admits(self.held(look, made.changed)):
            return Outcome(made, Fate.CUT if made.cut else Fate.OUTSIDE)
        delta = 0
        for piece, value in made.changed.items():
            row = self.row(piece, value)
            if row is None:
                return Outcome(made, Fate.BEYOND)
            delta += (row - look(piece)) * self.weights[piece]
        return Outcome(made, Fate.TAKEN, delta)


def is_true(answer: object) -> bool:
    """Return the answer of an author's test; raise RefusedError for one other than True or False."""
    if answer is not True and answer is not False:
        raise RefusedError(f"a test of the model returned {answer!r}; True or False is due")
    return answer is True
