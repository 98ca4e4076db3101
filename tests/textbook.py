"""A model checker from a textbook: every state a dict, every kind of property by its definition, on networkx.

It shares nothing with the engines: no tables, no packing, no search of theirs. What it promises is to be plain enough
to be read and believed; it is slow. A run is an infinite path that may stutter for ever anywhere (Baier and Katoen,
Principles of Model Checking, 2008; fairness as in section 3.5).

A step that a bound cuts has no known target, so its source may reach anything: what such a step could change is not
answered. A step out of the constraint is a step that is known not to be followed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeAlias, TypeVar

import networkx as nx
from haboot.checker import RUNS, Clause, Fairness, Kind, Move, Outcome, Property, System, Trace, Value, View

S = TypeVar("S", bound=Hashable)
State: TypeAlias = Mapping[str, Value]
Edge: TypeAlias = tuple[int, int, dict[str, Any]]  # source, target, what the step is
ROOT = "root"


@dataclass(frozen=True)
class Cut:
    """Where a step leads that a bound cuts."""

    bound: str


Found: TypeAlias = tuple[str, tuple[Hashable, ...], S | Cut]  # action, events, the state after


@dataclass
class Space:
    """All that can be reached: ``graph`` has a node a state, by number, and an edge a step, with its action and events.

    ``cut`` has, by node, the actions with a step that a bound cuts, ``left`` those with a step out of the constraint.
    """

    environment: Set[str]
    graph: Any = field(default_factory=nx.MultiDiGraph)
    states: list[State] = field(default_factory=list)
    level: list[int] = field(default_factory=list)
    cut: dict[int, set[str]] = field(default_factory=dict)
    left: dict[int, set[str]] = field(default_factory=dict)
    bounds: set[str] = field(default_factory=set)
    generated: int = 0

    @property
    def fired(self) -> dict[str, int]:
        """How often each action led somewhere."""
        return dict(Counter(action for _, _, action in self.graph.edges(data="action")))

    @property
    def figures(self) -> tuple[int, int, int]:
        """Distinct states, generated states and breadth-first levels."""
        return len(self.states), self.generated, max(self.level, default=-1) + 1

    def withheld(self, node: int) -> set[str]:
        """Return the actions with a step that is enabled in a state and not followed."""
        return self.cut.get(node, set()) | self.left.get(node, set())

    def view(self, node: int, reads: tuple[str, ...]) -> View:
        """Return what a property that reads some slots sees of a state."""
        return View({name: self.states[node][name] for name in reads}, "a property")


def explored(
    initial: Iterable[S],
    steps: Callable[[S], Iterable[Found[S]]],
    shown: Callable[[S], State],
    environment: Set[str],
    allowed: Callable[[State], bool] = lambda _: True,
) -> Space:
    """Return all states reachable by ``steps``, breadth first; ``shown`` gives a state's slots.

    Only states that are ``allowed`` are entered. The actions of the ``environment`` may be named as they are met.
    """
    space = Space(environment)
    number: dict[S, int] = {}
    order: list[S] = []

    def discovered(state: S, level: int) -> int:
        if state not in number:
            number[state] = len(order)
            order.append(state)
            space.graph.add_node(number[state])
            space.states.append(shown(state))
            space.level.append(level)
        return number[state]

    for state in initial:
        if allowed(shown(state)):
            discovered(state, 0)
            space.generated += 1
    for node, state in enumerate(order):  # which grows meanwhile
        for action, events, after in steps(state):
            if isinstance(after, Cut):
                space.cut.setdefault(node, set()).add(action)
                space.bounds.add(after.bound)
            elif allowed(shown(after)):
                space.generated += 1
                space.graph.add_edge(node, discovered(after, space.level[node] + 1), action=action, events=events)
            else:
                space.left.setdefault(node, set()).add(action)
    return space


def explored_system(system: System) -> Space:
    """Return all that a system can reach, by calling the effects of its actions."""
    names = [slot.name for slot in system.slots]
    constraint = system.constraint

    def shown(state: tuple[Value, ...]) -> State:
        return dict(zip(names, state, strict=True))

    def allowed(state: State) -> bool:
        return constraint is None or constraint.test(View({name: state[name] for name in constraint.reads}, "it"))

    def steps(state: tuple[Value, ...]) -> Iterator[Found[tuple[Value, ...]]]:
        now = shown(state)
        for action in system.actions:
            result: Any = action.effect(View({name: now[name] for name in action.reads}, action.name))
            for one in () if result is None else (result,) if isinstance(result, (Outcome, Mapping)) else result:
                outcome = one if isinstance(one, Outcome) else Outcome(one)
                after = {**now, **outcome.writes}
                yield action.name, outcome.events, Cut(outcome.bound) if outcome.bound else tuple(after.values())

    environment = {action.name for action in system.actions if action.environment}
    starts = (tuple(state[name] for name in names) for state in system.initial)
    return explored(starts, steps, shown, environment, allowed)


# what holds of a space


@dataclass(frozen=True)
class Judgement:
    """An answer, and for each clause the length of the shortest trace that settles it: before its loop, if any."""

    answer: str
    lengths: tuple[int | None, ...]


def judged(space: Space, claim: Property) -> Judgement:
    """Answer a property by the definition of its kind."""
    lengths = tuple(_settled(space, claim, clause) for clause in claim.clauses)
    if any(length is not None for length in lengths):
        return Judgement("HOLDS" if claim.kind is Kind.SOMETIMES else "VIOLATED", lengths)
    if space.cut:
        return Judgement("INCOMPLETE", lengths)
    vacuous = not any(_occurs(space, claim, clause) for clause in claim.clauses)
    return Judgement("UNREACHED" if vacuous or claim.kind is Kind.SOMETIMES else "HOLDS", lengths)


def _nodes(space: Space, clause: Clause, test: Callable[..., bool]) -> set[int]:
    return {node for node in space.graph if test(space.view(node, clause.reads))}


def _edges(space: Space, clause: Clause, test: Callable[..., bool]) -> list[Edge]:
    views = [space.view(node, clause.reads) for node in space.graph]
    return [
        (source, target, data)
        for source, target, data in space.graph.edges(data=True)
        if test(Move(views[source], data["action"], data["events"], views[target]))
    ]


def _about_steps(claim: Property) -> bool:
    return claim.about_steps or claim.kind in {Kind.STEP, Kind.FINITELY_OFTEN}


def _occurs(space: Space, claim: Property, clause: Clause) -> bool:
    """Whether the premise of a clause ever comes true; one that has none asks for nothing."""
    if not clause.conditional:
        return True
    if not _about_steps(claim):
        return bool(_nodes(space, clause, clause.premise) & _starting(space, claim))
    return bool(_edges(space, clause, clause.premise))


def _starting(space: Space, claim: Property) -> set[int]:
    """The states where a premise counts: *eventually* asks it of the initial ones."""
    return {node for node in space.graph if claim.kind is not Kind.EVENTUALLY or space.level[node] == 0}


def _settled(space: Space, claim: Property, clause: Clause) -> int | None:
    """Return the length of the shortest witness of *sometimes*, or the shortest counterexample to any other kind."""
    if claim.kind in RUNS - {Kind.FINITELY_OFTEN}:
        goals, every = _nodes(space, clause, clause.holds), set(space.graph)
        starts = _nodes(space, clause, clause.premise) & _starting(space, claim)
        match claim.kind:
            case Kind.INFINITELY_OFTEN:
                return _lasso(space, starts, every, claim.fairness, rests=every - goals, never=_sparing(space, clause))
            case Kind.STAYS:
                return _lasso(space, starts, every, claim.fairness, some=every - goals, never=_sparing(space, clause))
            case _:
                return _lasso(space, starts - goals, every - goals, claim.fairness)
    if claim.kind is Kind.FINITELY_OFTEN:
        again = {(source, target) for source, target, _ in _recurring(space, clause)}
        return _lasso(space, set(space.graph), set(space.graph), claim.fairness, again)
    if _about_steps(claim):
        return min((space.level[source] + 1 for source, _, _ in _odd_steps(space, claim, clause)), default=None)
    return min((space.level[node] for node in _odd_states(space, claim, clause)), default=None)


def _odd_states(space: Space, claim: Property, clause: Clause) -> set[int]:
    """The states that settle a clause about states."""
    good, holds, premise = claim.kind is Kind.SOMETIMES, clause.holds, clause.premise
    if claim.kind is Kind.RECOVERABLE:
        return _nodes(space, clause, premise) - _able(space, claim, _nodes(space, clause, holds))
    found = _nodes(space, clause, lambda view: premise(view) and holds(view) is good)
    return found - _acting(space) if claim.kind is Kind.NO_DEADLOCK else found


def _odd_steps(space: Space, claim: Property, clause: Clause) -> list[Edge]:
    """The steps that settle a clause about steps."""
    good = claim.kind is Kind.SOMETIMES
    return _edges(space, clause, lambda move: clause.premise(move) and clause.holds(move) is good)


def _recurring(space: Space, clause: Clause) -> list[Edge]:
    """The steps that a clause wants finitely often; one that changes nothing is none, and the premise has no say."""
    found = _edges(space, clause, clause.holds)
    return [(source, target, data) for source, target, data in found if source != target]


def _sparing(space: Space, clause: Clause) -> list[Edge]:
    """The steps that, taken again and again, spare a run."""
    return [] if clause.unless is None else _edges(space, clause, clause.unless)


def _acting(space: Space) -> set[int]:
    """The states with a step of the system's own, followed or not."""
    taken = ((source, action) for source, _, action in space.graph.edges(data="action"))
    others = ((node, action) for node in space.graph for action in space.withheld(node))
    return {node for node, action in chain(taken, others) if action not in space.environment}


def _able(space: Space, claim: Property, goals: set[int]) -> set[int]:
    """The states from which a goal, or what a bound hides, can be reached by the steps that count."""
    idle: Set[str] = set() if claim.with_environment else space.environment
    unknown = {node for node, actions in space.cut.items() if actions - idle}
    ways = nx.DiGraph((node, ROOT) for node in goals | unknown)
    ways.add_node(ROOT)
    ways.add_edges_from((one, other) for one, other, action in space.graph.edges(data="action") if action not in idle)
    return set(nx.ancestors(ways, ROOT))


# fair runs


@dataclass(frozen=True)
class Demand:
    """What a fair run owes: some of these steps again and again, if that is enabled always (or, strong, repeatedly)."""

    strong: bool
    counts: Callable[[int, int, str], bool]
    enabled: Callable[[int], bool]

    def met(self, nodes: Iterable[int], steps: Iterable[tuple[int, int, str]]) -> bool:
        """Whether a run meets this that visits just these states, and takes just these steps, again and again."""
        ready = (any if self.strong else all)(self.enabled(node) for node in nodes)
        return not ready or any(self.counts(*step) for step in steps)


def demands(space: Space, fairness: Iterable[Fairness]) -> list[Demand]:
    """Return fairness constraints as demands; a step that changes nothing is neither taken nor enabled."""

    def one(fair: Fairness) -> Demand:
        steps = {
            (source, target, data["action"])
            for source, target, data in space.graph.edges(data=True)
            if source != target and data["action"] in fair.actions and _picked(space, fair, source, target, data)
        }
        able = {source for source, _, _ in steps} | {n for n in space.graph if fair.actions & space.withheld(n)}
        return Demand(fair.strong, lambda *step: step in steps, lambda node: node in able)

    return [one(fair) for fair in fairness]


def _picked(space: Space, fair: Fairness, source: int, target: int, data: Mapping[str, Any]) -> bool:
    """Whether a step is one of those that a promise speaks of."""
    before, after = (space.view(node, fair.reads) for node in (source, target))
    return fair.where is None or fair.where(Move(before, data["action"], data["events"], after))


def fair_sets(graph: Any, owed: list[Demand]) -> Iterator[set[int]]:
    """Return sets of states that fair runs visit again and again, such that every such set is a part of one of them.

    Each is strongly connected. One that neglects a weak demand has no fair part: all of its states enable what none of
    its steps does. Of one that neglects a strong demand only states that do not enable it can be in a fair part.
    """
    for nodes in nx.strongly_connected_components(graph):
        part = graph.subgraph(nodes)
        broken = [one for one in owed if not one.met(nodes, part.edges(data="action"))]
        if not broken:
            yield nodes
        elif all(one.strong for one in broken):
            rest = {node for node in nodes if not any(one.enabled(node) for one in broken)}
            yield from fair_sets(graph.subgraph(rest), owed)


def _lasso(
    space: Space,
    starts: set[int],
    allowed: set[int],
    fairness: tuple[Fairness, ...],
    again: set[tuple[int, int]] | None = None,
    *,
    rests: set[int] | None = None,
    some: set[int] | None = None,
    never: list[Edge] = [],  # noqa: B006 - nobody changes it
) -> int | None:
    """Return the fewest steps before a fair loop: to a start, and on through allowed states.

    The loop stays within ``rests``, and visits one of ``some``, where these are given; it takes none of ``never``.
    """
    owed = demands(space, fairness)
    if again is not None:
        owed.append(Demand(True, lambda source, target, _: (source, target) in again, lambda _: True))
    pairs = {(source, target) for source, target in space.graph.edges() if source in allowed and target in allowed}
    ways = nx.DiGraph(list(pairs))
    ways.add_weighted_edges_from((ROOT, node, space.level[node]) for node in starts)
    ways.add_node(ROOT)
    far = nx.single_source_dijkstra_path_length(ways, ROOT)
    reached = space.graph.subgraph((set(far) - {ROOT}) & (rests if rests is not None else allowed))
    inner = nx.MultiDiGraph(reached)
    for source, target, data in never:
        for key, other in list((inner.get_edge_data(source, target) or {}).items()):
            if other == data:
                inner.remove_edge(source, target, key)
    loops = (nodes for nodes in fair_sets(inner, owed) if some is None or nodes & some)
    return min((int(far[node]) for nodes in loops for node in nodes), default=None)


# what a trace shows


def fault(space: Space, claim: Property, clause: Clause, trace: Trace) -> str:
    """Return why a trace is no run that settles a clause as a verdict says; nothing where it is one."""
    names = list(trace.initial)
    number = {tuple(state[name] for name in names): node for node, state in enumerate(space.states)}
    visited = (trace.initial, *(step.after for step in trace.steps))
    way = [number.get(tuple(state[name] for name in names), -1) for state in visited]
    if -1 in way or space.level[way[0]]:
        return "it leaves the reachable states"
    steps = [
        (source, target, {"action": step.action, "events": step.events})
        for step, source, target in zip(trace.steps, way, way[1:], strict=False)
    ]
    for source, target, taken in steps:
        if taken not in (space.graph.get_edge_data(source, target) or {}).values():
            return f"'{taken['action']}' is no step there"
    if trace.loop is not None:
        return _loop_fault(space, claim, clause, trace.loop, way, steps)
    shown = (
        steps[-1] in _odd_steps(space, claim, clause)
        if _about_steps(claim)
        else way[-1] in _odd_states(space, claim, clause)
    )
    return "" if shown else "its end settles nothing"


def _loop_fault(space: Space, claim: Property, clause: Clause, loop: int, way: list[int], steps: list[Edge]) -> str:
    if way[loop] != way[-1]:
        return "its loop is open"
    taken = [(source, target, data["action"]) for source, target, data in steps[loop:]]
    if not all(one.met(way[loop:], taken) for one in demands(space, claim.fairness)):
        return "its loop is not fair"
    if claim.kind is Kind.LEADS_TO:
        goals, triggers = _nodes(space, clause, clause.holds), _nodes(space, clause, clause.premise)
        rests = (goals.isdisjoint(way[at:]) for at, node in enumerate(way[: loop + 1]) if node in triggers)
        return "" if any(rests) else "a goal follows each trigger"
    if claim.kind in RUNS - {Kind.FINITELY_OFTEN}:
        sparing = _sparing(space, clause)
        if any(step in sparing for step in steps[loop:]):
            return "its loop is spared"
        return _time_fault(space, claim, clause, loop, way)
    recurring = _recurring(space, clause)
    return "" if any(step in recurring for step in steps[loop:]) else "nothing recurs"


def _time_fault(space: Space, claim: Property, clause: Clause, loop: int, way: list[int]) -> str:
    goals, triggers = _nodes(space, clause, clause.holds), _nodes(space, clause, clause.premise)
    if claim.kind is Kind.EVENTUALLY:
        return "" if way[0] in triggers and goals.isdisjoint(way) else "it comes to the goal"
    if triggers.isdisjoint(way):
        return "its premise never comes true"
    met = [node in goals for node in way[loop:]]
    return "" if not all(met) and (claim.kind is Kind.STAYS or not any(met)) else "its loop meets the goal"
