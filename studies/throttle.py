"""How long a throttled home agent takes to recover many mobile nodes (draft section 5).

A *turn* of the home agent: every running session does the one thing that it can do, then free slots go to waiting
sessions; messages arrive between turns. A turn is a sequence of the model's own steps, so each run of turns is a run of
the model. Mobile nodes meet only in the count of slots, so a session's life is read off the explored states of the
scenario with one mobile node, and many of them are stepped side by side, bound by the count.

Draft section 5 bounds the exchanges and says nothing of their release. Two rules are compared: none, where an
unanswered exchange is repeated for ever, and giving up after some repetitions (RFC 4306 section 2.4), where the session
goes to the end of the queue. Which waiting session is next is not said either: best and worst case are over every
order.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import inf
from random import Random
from statistics import median_low
from typing import TypeAlias

from haboot.checker import Fired, Limits, ModelError, StateGraph, counted, explore, quiet, state_graph
from haboot.model import Scenario, slots_at, system

PATIENCE = 12  # repetitions before an exchange is given up: "at least a dozen" (RFC 4306 2.4)
WIDEST = 2_000  # configurations in one turn, beyond which a value is simulated
FEW = 100  # mobile nodes up to which every order is tried
RUNS = 5  # orders that are drawn
WORST = 10  # slots up to which every number of blocked ones is tried

Stage: TypeAlias = tuple[int, int]  # a quiet state of the space with one mobile node, and repetitions so far


@dataclass(frozen=True, slots=True)
class Life:
    """What a session goes through: from each stage the next one, and the stages in which it holds a slot.

    A stage that leads nowhere is the end of a recovered session; one that leads to ``waiting`` was given up.
    """

    waiting: Stage
    after: dict[Stage, Stage]
    holding: frozenset[Stage]


class _Session:
    """The explored states of one mobile node, seen by the turns of its home agent."""

    def __init__(self, space: StateGraph) -> None:
        self.space = space
        self.mine: dict[int, list[tuple[str, int]]] = {}
        self.others: dict[int, list[tuple[str, int]]] = {}
        for source, target, action, label in space.edges:
            fired = [one for one in space.events[label] if isinstance(one, Fired)]
            own = [one.trigger for one in fired if one.instance.startswith("H.MN1")]
            place = self.mine if own else self.others
            name = own[0] if own else space.system.actions[action].name
            place.setdefault(source, []).append((name, target))

    def quiet(self, node: int) -> int:
        """Return the state in which nothing is left to happen elsewhere; raise ModelError unless there is just one."""
        seen, queue, ends = {node}, deque([node]), set[int]()
        while queue:
            here = queue.popleft()
            onward = [target for _, target in self.others.get(here, ())]
            ends |= set() if onward else {here}
            queue += [target for target in onward if target not in seen]
            seen.update(onward)
        if len(ends) != 1:
            raise ModelError(f"between two turns of the home agent {len(ends)} states can be reached; one is due")
        return ends.pop()

    def slots(self, node: int) -> int:
        """Return how many slots are taken."""
        return counted(self.space.values(node)[slots_at("H")])

    def life(self, patience: int | None) -> Life:
        """Follow the session turn by turn; an exchange is repeated ``patience`` times, with None for ever."""
        away = [target for name, target in self.others.get(0, ()) if name == "MN1.link goes out of reach"]
        stage = waiting = (self.quiet(away[0] if away else 0), 0)
        after: dict[Stage, Stage] = {}
        while stage not in after and stage[0] in self.mine:
            # what is given up waits as at first: the next exchange differs in its SPI alone
            after[stage] = stage = self.next_of(stage, patience) or waiting
        holding = (one for one in after if self.slots(one[0]))
        return Life(waiting, after, frozenset(holding))

    def next_of(self, stage: Stage, patience: int | None) -> Stage | None:
        """Return the stage after one thing that the home agent does; None where it gives the exchange up."""
        node, repeats = stage
        steps = dict(self.mine[node])
        if "retransmits" not in steps:
            (target,) = steps.values()
            return self.quiet(target), 0
        if patience is None:
            return self.quiet(steps["retransmits"]), 0
        if repeats < patience:
            return self.quiet(steps["retransmits"]), repeats + 1
        return None


@cache
def lives(patience: int | None) -> tuple[Life, Life]:
    """Return the lives of a session with a mobile node in reach, and with one that is not."""
    made = []
    for assumptions in ((), ("unreachable",)):
        scenario = Scenario("throttle", "one session", assumptions=frozenset(assumptions))
        made.append(_Session(state_graph(explore(system(scenario), Limits(), quiet, engine="graph"), 0)).life(patience))
    return made[0], made[1]


@dataclass(frozen=True, slots=True)
class Load:
    """A failed home agent's mobile nodes, the slots of the one that takes over, and its rule of release.

    ``patience`` None is no rule: an unanswered exchange keeps its slot.
    """

    mobile_nodes: int
    slots: int
    unreachable: int = 0
    patience: int | None = PATIENCE

    def __post_init__(self) -> None:
        if not 0 <= self.unreachable < self.mobile_nodes or self.slots < 1 or self.patience == 0:
            raise ModelError(
                f"{self.mobile_nodes} mobile nodes, {self.unreachable} of them unreachable, {self.slots} slots and "
                f"patience {self.patience} given: some node must be in reach, and one slot and one repetition are due"
            )


@dataclass(frozen=True, slots=True)
class Turns:
    """Turns until every mobile node in reach is recovered: at best, at worst, and how they were found.

    ``drawn`` is the median over orders drawn at random, None where the value is exact. A worst case of infinity means
    that an order exists in which some are never recovered.
    """

    load: Load
    best: float
    worst: float
    exact: bool
    drawn: float | None = None


Sort: TypeAlias = tuple[bool, Stage]  # whether the mobile node is in reach, and the stage of its session
Crowd: TypeAlias = tuple[tuple[Sort, int], ...]  # how many sessions there are of each sort
TRIED: Sort = (False, (-1, 0))  # waiting again, behind all that were not tried yet


def exact(load: Load, widest: int = WIDEST) -> Turns | None:
    """Return the shortest and the longest way over every order, None where more than ``widest`` ways lie side by side.

    All crowds that some order leads to are stepped a turn at a time: the first turn in which one has recovered is the
    shortest way; the longest ends when none is left. A set of crowds that comes back never ends.

    >>> exact(Load(3, 1))
    Turns(load=Load(mobile_nodes=3, slots=1, unreachable=0, patience=12), best=11, worst=11, exact=True, drawn=None)
    """
    near, far = lives(load.patience)
    counts = {(True, near.waiting): load.mobile_nodes - load.unreachable, (False, far.waiting): load.unreachable}
    crowds = {_crowd(Counter(counts))}
    seen: set[frozenset[Crowd]] = set()
    best, turn = inf, 0
    while crowds:
        if frozenset(crowds) in seen:
            return Turns(load, best, inf, exact=True)
        seen.add(frozenset(crowds))
        after = {one for crowd in crowds for one in _turned(load, crowd)}
        if len(after) > widest:
            return None
        turn += 1
        crowds = {crowd for crowd in after if any(reachable and stage in near.after for (reachable, stage), _ in crowd)}
        best = min(best, turn) if len(crowds) < len(after) else best
    return Turns(load, best, turn, exact=True)


def _crowd(counts: Counter[Sort]) -> Crowd:
    return tuple(sorted((sort, count) for sort, count in counts.items() if count))


def _turned(load: Load, crowd: Crowd) -> set[Crowd]:
    """The crowds that one turn leads to, over every choice of whom to start."""
    near, far = lives(load.patience)
    before, after = Counter(dict(crowd)), Counter[Sort]()
    waiting = {life is near: (life is near, life.waiting) for life in (near, far)}
    idle = {*waiting.values(), TRIED}
    for sort, count in crowd:
        after[sort if sort in idle else _stepped(near, far, sort)] += count
    free = load.slots - sum(count for sort, count in after.items() if _holds(near, far, sort))
    fresh = {reachable: before[sort] for reachable, sort in waiting.items()}
    found = set()
    for chosen in range(max(0, min(free, fresh[True] + fresh[False]) - fresh[False]), min(free, fresh[True]) + 1):
        made = Counter(after)
        others = min(free - chosen, fresh[False])
        again = min(free - chosen - others, after[TRIED])
        for sort, count in ((waiting[True], chosen), (waiting[False], others), (TRIED, again)):
            made[sort] -= count
            made[_started(near, far, sort)] += count
        found.add(_crowd(made))
    return found


def _started(near: Life, far: Life, sort: Sort) -> Sort:
    life = near if sort[0] else far
    return sort[0], life.after[life.waiting]


def _stepped(near: Life, far: Life, sort: Sort) -> Sort:
    """The sort of a running session after a turn: one that was given up is tried, one at its end stays there."""
    reachable, stage = sort
    life = near if reachable else far
    there = life.after.get(stage, stage)
    return TRIED if there == life.waiting else (reachable, there)


def _holds(near: Life, far: Life, sort: Sort) -> bool:
    return sort[1] in (near if sort[0] else far).holding


Pick: TypeAlias = Callable[[int, int, int], bool]  # busy ones out of reach, waiting ones in and out of reach: the next


def simulated(load: Load, pick: Pick) -> float:
    """Return the turns until all in reach are recovered; infinity when that never happens.

    ``pick`` says whether the next to start is one in reach, from how many out of reach are busy, and how many wait in
    reach and out of it.

    >>> simulated(Load(3, 1), lambda busy, near, far: True)
    11
    """
    near, far = lives(load.patience)
    waiting = {True: load.mobile_nodes - load.unreachable, False: load.unreachable}
    running: list[Sort] = []
    left, tried, turn = waiting[True], 0, 0
    while left:
        turn += 1
        before, stepped = running, [_stepped(near, far, sort) for sort in running]
        tried += stepped.count(TRIED)
        left -= sum(reachable and stage not in near.after for reachable, stage in stepped)
        running = [(reachable, stage) for reachable, stage in stepped if stage in (near if reachable else far).after]
        free = load.slots - sum(_holds(near, far, sort) for sort in running)
        busy = sum(not reachable for reachable, _ in running)
        for _ in range(min(free, sum(waiting.values()))):
            both = waiting[True] and waiting[False]
            reachable = pick(busy, waiting[True], waiting[False]) if both else waiting[True] > 0
            waiting[reachable] -= 1
            busy += not reachable
            running.append(_started(near, far, (reachable, (0, 0))))
        again = min(load.slots - sum(_holds(near, far, sort) for sort in running), tried)
        tried -= again
        running += [_started(near, far, TRIED)] * again
        if running == before and left and patient(load):
            return inf
    return turn


def patient(load: Load) -> bool:
    """Whether an unanswered exchange is repeated for ever."""
    return load.patience is None


def by_simulation(load: Load, seed: int = 0, runs: int = RUNS) -> Turns:
    """Return the turns with those in reach first, the worst of the orders tried, and the median of drawn orders.

    The worst order keeps some slots busy with those out of reach for as long as there are any; how many, is tried.
    """
    best = simulated(load, lambda *_: True)
    if not load.unreachable:
        return Turns(load, best, best, exact=False, drawn=best)
    drawn = [simulated(load, _drawing(Random(f"{seed} {run} {load}"))) for run in range(runs)]  # noqa: S311 - no secret
    most = min(load.slots, load.unreachable)
    blocked = {most, *range(1, min(most, WORST) + 1)}
    worst = [simulated(load, lambda busy, *_, most=most: busy >= most) for most in sorted(blocked)]
    return Turns(load, best, max([best, *drawn, *worst]), exact=False, drawn=median_low(drawn))


def _drawing(draw: Random) -> Pick:
    return lambda _, near, far: draw.randrange(near + far) < near


def turns(load: Load, seed: int = 0) -> Turns:
    """Return the exact turns where the ways are few enough, else simulated ones.

    >>> turns(Load(10_000, 100)).exact
    False
    """
    few = load.mobile_nodes <= FEW
    return (exact(load) if few else None) or by_simulation(load, seed)
