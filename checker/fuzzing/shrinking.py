"""Shrinking: from a long run that refutes something to a short one, by what is known of the model.

Steps are left out, one chunk after another, as long as the rest still refutes the same property (delta debugging:
Zeller and Hildebrandt, Simplifying and isolating failure-inducing input, 2002), until no single one can go. Then the
model's tables are searched for shorter ways: breadth-first from the initial states; among the runs that change nothing
but what this run changes; and from each state of the run to a later one or to another failure (compare Edelkamp, Lluch
Lafuente and Leue, Trail-directed model checking, 2001). Each search ends after a fixed number of states, and all of
them together do, so that what is found depends on no clock; a ``Scope`` tells what came of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Protocol

from haboot.checker.core import Value
from haboot.checker.fuzzing.ground import Ground, Key, Node
from haboot.checker.fuzzing.monitor import Monitor
from haboot.checker.fuzzing.walk import DivergenceError, Memory, Offer, Walk
from haboot.checker.fuzzing.worlds import World

WHOLE = 40_000  # states looked at from the initial ones on
ALIKE = 40_000  # states looked at by steps that change nothing but what a run changes
NEAR = 2_000  # states looked at from one of a run
MOST = 200_000  # states looked at in all these searches together


class Scope(StrEnum):
    """How far a run was shrunk."""

    SHORTEST = "none is shorter"
    ALIKE = "no single step can go, and no shorter run from its start changes the same slots alone"
    CUT = f"no single step can go; the search for a shorter run was cut, after at most {MOST:,} states"
    STEPWISE = "no single step can go"
    MET = "as it was met, for the machines do not do what would make it shorter"


class Goal(Protocol):
    """What a run is to show; ``on_tables`` says that the tables alone can tell."""

    on_tables: bool

    def shown_at(self, node: Node) -> bool:
        """Whether the step to a state, or the state, shows it."""

    def shown_by(self, node: Node) -> Node | None:
        """Return where a way that has come to its end has shown it, asked of running machines."""

    def confirmed(self, node: Node) -> tuple[Walk, str] | None:
        """Take a way again on running machines; return it, and what it shows, unless it does not show it there."""


class Refuted:
    """That a property is refuted."""

    on_tables = True

    def __init__(self, world: World, monitor: Monitor) -> None:
        self.world, self.monitor = world, monitor

    def shown_at(self, node: Node) -> bool:
        """See Goal."""
        return any(one.settles for one in self.monitor.remarks(node))

    def shown_by(self, node: Node) -> Node | None:  # noqa: ARG002 - it would have been seen on the way
        """See Goal."""
        return None

    def confirmed(self, node: Node) -> tuple[Walk, str] | None:
        """See Goal."""
        walk, parted = again(self.world, node)
        shown = [one.about for one in self.monitor.remarks(walk) if one.settles] if not parted else []
        return (walk, shown[0]) if shown else None


class Parted:
    """That the machines part from the tables."""

    on_tables = False

    def __init__(self, world: World) -> None:
        self.world = world

    def shown_at(self, node: Node) -> bool:  # noqa: ARG002 - machines are asked when a way is at its end
        """See Goal."""
        return False

    def shown_by(self, node: Node) -> Node | None:
        """See Goal."""
        walk, parted = again(self.world, node)
        return node.way[len(walk.tried)] if parted else None

    def confirmed(self, node: Node) -> tuple[Walk, str] | None:
        """See Goal."""
        walk, parted = again(self.world, node)
        return (walk, parted) if parted else None


def again(world: World, node: Node) -> tuple[Walk, str]:
    """Take a way on running machines; return the run, and how they part from the tables, empty where they do not."""
    walk = Walk(world, Memory(), node.picks)
    try:
        walk.begin()
        for offer in node.steps:
            walk.take(offer)
    except DivergenceError as error:
        return walk, str(error)
    return walk, ""


@dataclass(frozen=True, slots=True)
class Route:
    """A run by its choices: of the initial state, and of each step; ``example`` is the number of the one it was in."""

    picks: tuple[int, ...]
    steps: tuple[Offer, ...]
    example: int


@dataclass(frozen=True, slots=True)
class Short:
    """A run that was made shorter: the one it came from, itself as it ran, what it shows, and how far that went."""

    route: Route
    walk: Walk
    about: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class _Found:
    """What a search came to: a state, if any; whether it was not cut."""

    node: Node | None
    complete: bool


class Shrinker:
    """Runs of a world that show one thing, made shorter."""

    def __init__(self, world: World, goal: Goal, picks: Sequence[int]) -> None:
        self.world, self.goal = world, goal
        self.ground = Ground(world, picks)
        self.last = 0
        self.known: list[tuple[Route, Node, Scope]] = []

    def shrunk(self, routes: Iterable[Route]) -> Short | None:
        """Return the shortest run found from some; None where none of them shows again what it has shown.

        A way that the tables have and the machines do not is passed over.
        """
        for route in routes:
            self._keep(route, self._follow(self.ground.start(route.picks), route.steps), Scope.MET)
        small = sorted([(route, self._fewest(node)) for route, node, _ in self.known], key=_length)
        for route, node in small:
            self._keep(route, node)
        if small and self.goal.on_tables:
            self.last = self.ground.steps + MOST
            self._search_from(small)
        for route, node, scope in sorted(self.known, key=_length):
            if (shown := self.goal.confirmed(node)) is not None:
                return Short(route, *shown, scope)
        return None

    def _keep(self, route: Route, node: Node | None, scope: Scope = Scope.STEPWISE) -> None:
        if node is not None:
            self.known.insert(0, (route, node, scope))

    def _search_from(self, small: list[tuple[Route, Node]]) -> None:
        """Look for shorter ways than some, of which the first is the shortest."""
        route, best = small[0]
        whole = self._search(self._starts(), best.depth - 1, WHOLE)
        if whole.node is not None or whole.complete:
            self._keep(route, whole.node or best, Scope.SHORTEST)
            return
        self._keep(route, *self._nearest(best))
        for other, node in small[1:]:
            alike = self._alike(node, min(map(_length, self.known)) - 1).node
            if alike is not None:
                self._keep(other, *self._nearest(alike))

    def _nearest(self, node: Node) -> tuple[Node, Scope]:
        """Return a way made as short as searches near it do, and how far that is."""
        while True:
            alike = self._alike(node, node.depth - 1)
            node = alike.node or node
            near = self._near(node)
            if near is None:
                return node, Scope.ALIKE if alike.complete else Scope.CUT
            node = self._fewest(near)

    def _alike(self, node: Node, most: int) -> _Found:
        """Search the runs that change nothing but what a run changes."""
        slots = {name for one in node.way for name in one.changed}
        return self._search([self.ground.start(node.picks)], most, ALIKE, lambda changed: changed.keys() <= slots)

    def _near(self, node: Node) -> Node | None:
        """Search from each state of a run, the last first, for a shorter way to a later one or to another end."""
        way, steps = node.way, node.steps
        places = {one.key: one.depth for one in way[:-1]}
        for start in reversed(way[:-1]):
            found = self._search([start], node.depth - 1, NEAR, places=places).node
            if found is not None:
                return self._follow(found, steps[places.get(found.key, len(steps)) :])
        return None

    def _starts(self) -> Iterator[Node]:
        for picks in product(*(range(len(one)) for one in self.world.starts)):
            yield self.ground.start(picks)

    def _search(
        self,
        starts: Iterable[Node],
        most: int,
        budget: int,
        allowed: Callable[[Mapping[str, Value]], bool] = lambda _: True,
        places: Mapping[Key, int] | None = None,
    ) -> _Found:
        """Search breadth-first up to a depth, for so many steps, by those whose changes are allowed.

        What is found shows the goal, or is one of some places, each with the number of steps that a run takes to it.
        """
        ground, later = self.ground, places or {}
        refused, last = ground.refused, min(ground.steps + budget, self.last)
        seen, queue = set[Key](), deque[Node]()

        def met(node: Node) -> bool:
            if node.key not in seen:
                seen.add(node.key)
                queue.append(node)
            return self.goal.shown_at(node) or later.get(node.key, 0) > node.depth

        for node in starts:
            if met(node):
                return _Found(node, complete=True)
            if ground.steps >= last:
                return _Found(None, complete=False)
        while queue and queue[0].depth < most:
            node = queue.popleft()
            for reached in ground.ahead(node, allowed):
                if met(reached):
                    return _Found(reached, complete=True)
                if ground.steps >= last:
                    return _Found(None, complete=False)
        return _Found(None, ground.refused == refused)

    def _fewest(self, node: Node) -> Node:
        """Leave out what can go, chunks of half the run first, until no single step can."""
        size = node.depth
        while size:
            size = max(size // 2, 1)
            before, place = node, 0
            while place < node.depth:
                shorter = self._follow(node.way[place], node.steps[place + size :])
                place, node = (place + size, node) if shorter is None else (place, shorter)
            if size == 1 and node is before:
                size = 0
        return node

    def _follow(self, node: Node, steps: Sequence[Offer]) -> Node | None:
        """Take those of some steps that can be taken, up to the first that shows the goal; None where none does."""
        if self.goal.shown_at(node):
            return node
        for wanted in steps:
            offers = node.enabled.get(wanted.action, ())
            offer = next((one for one in offers if one.choice == wanted.choice and one.outcome.bound is None), None)
            reached = None if offer is None else self.ground.reached(node, offer)
            node = reached or node
            if reached is not None and self.goal.shown_at(node):
                return node
        return self.goal.shown_by(node)


def _length(known: tuple[Route, Node, Scope] | tuple[Route, Node]) -> int:
    return known[1].depth
