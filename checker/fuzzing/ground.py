"""States and steps of a model as its tables have them, from whatever state one stands at: what a search goes through.

A ``Walk`` is one run on tables and machines. Here are tables alone: any number of ways can be followed from any state,
and a state holds only what differs from the first, so that it is cheap to keep and to compare.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from haboot.checker.boundary import EngineError, ModelError
from haboot.checker.core import Action, Value
from haboot.checker.fuzzing.walk import Memory, Offer, answer, started
from haboot.checker.fuzzing.worlds import State, World

Key = frozenset[tuple[str, Value]]


@dataclass(slots=True, eq=False)
class Node:
    """A state on a way to it: see Place for its parts. ``picks`` chose the initial state that the way begins in."""

    state: State
    enabled: dict[str, tuple[Offer, ...]]
    picks: tuple[int, ...]
    environment: set[str]
    parent: Node | None = None
    last: Offer | None = None
    changed: Mapping[str, Value] = field(default_factory=dict)
    depth: int = 0

    @property
    def before(self) -> State:
        """See Place."""
        return self.state if self.parent is None else self.parent.state

    @property
    def stuck(self) -> bool:
        """See Place."""
        return self.enabled.keys() <= self.environment

    @property
    def offers(self) -> Iterator[Offer]:
        """The steps that can be taken."""
        return (one for offers in self.enabled.values() for one in offers if one.outcome.bound is None)

    @property
    def key(self) -> Key:
        """What tells this state from others."""
        return frozenset(self.state.items())

    @property
    def way(self) -> list[Node]:
        """The states from the initial one to this."""
        found = [self]
        while (parent := found[-1].parent) is not None:
            found.append(parent)
        return found[::-1]

    @property
    def steps(self) -> list[Offer]:
        """The steps from the initial state to this."""
        return [one.last for one in self.way if one.last is not None]


class Ground:
    """The tables of a world; ``steps`` counts the states come to, ``refused`` those where the model refuses to go on.

    What differs is told against the initial state that ``picks`` chooses.
    """

    def __init__(self, world: World, picks: Sequence[int] = ()) -> None:
        self.world, self.memory = world, Memory()
        self.steps = self.refused = 0
        first = started(world, picks)
        self._first: Mapping[str, Value] = {**world.empty, **first}
        self._actions: dict[str, Action] = {}
        self._environment: set[str] = set()
        self._readers: defaultdict[str, dict[str, None]] = defaultdict(dict)

    def start(self, picks: Sequence[int]) -> Node:
        """Return an initial state, by the number of each choice's alternative."""
        self.steps += 1
        state = self._moved(State({}, self._first), started(self.world, picks))
        node = Node(state, {}, tuple(picks), self._environment)
        self._ask(node, self._known(self.world.actions()))
        return node

    def ahead(self, node: Node, allowed: Callable[[Mapping[str, Value]], bool]) -> Iterator[Node]:
        """Yield where steps lead whose changes are allowed."""
        for offer in node.offers:
            reached = self.reached(node, offer) if allowed(self._changes(node, offer)) else None
            if reached is not None:
                yield reached

    def _changes(self, node: Node, offer: Offer) -> dict[str, Value]:
        return {name: value for name, value in offer.outcome.writes.items() if node.state[name] != value}

    def reached(self, node: Node, offer: Offer) -> Node | None:
        """Return where a step leads; None where the model refuses the state there, as no run says that it may not."""
        self.steps += 1
        changed = self._changes(node, offer)
        state = self._moved(node.state, changed)
        depth = node.depth + 1
        made = Node(state, dict(node.enabled), node.picks, self._environment, node, offer, changed, depth)
        try:
            fresh = self._known(self.world.appearing(changed))
            self._ask(made, [*(name for slot in changed for name in self._readers[slot]), *fresh])
        except (ModelError, EngineError):
            self.refused += 1
            return None
        return made

    def _moved(self, state: State, writes: Mapping[str, Value]) -> State:
        made = State(state, state.empty)
        for name, value in writes.items():
            if self._first[name] == value:
                made.pop(name, None)
            else:
                made[name] = value
        return made

    def _known(self, actions: Iterable[Action]) -> list[str]:
        found = {one.name: one for one in actions}
        self._environment |= {name for name, one in found.items() if one.environment}
        self._actions |= found
        return list(found)

    def _ask(self, node: Node, names: Iterable[str]) -> None:
        for name in dict.fromkeys(names):
            offers = self._offers(name, node.state)
            if offers:
                node.enabled[name] = offers
            else:
                node.enabled.pop(name, None)

    def _offers(self, name: str, state: State) -> tuple[Offer, ...]:
        known = self.memory.recall(name, state)
        read, offers = answer(self._actions[name], state) if known is None else known
        if known is None:
            self.memory.keep(name, read, state, offers)
        for slot in read:
            self._readers[slot][name] = None
        return offers
