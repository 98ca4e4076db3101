"""Whether a certificate of a declared system proves what it says, by the definitions and on the textbook's graph.

A second reading of docs/certificates.md, as slow as it is plain: it tells which damages to a certificate do no harm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, pairwise, product
from typing import Any

from haboot.certify import Content
from haboot.checker import RUNS, Answer, Clause, Kind, Move, Property, Step, System, Trace, View

from tests.textbook import Demand, Space, demands, fault, judged

RESTING = {("HOLDS", kind) for kind in Kind if kind is not Kind.SOMETIMES}


class Proof:
    """A certificate beside all that can be reached; states that cannot be are none of its nodes."""

    def __init__(self, content: Content, system: System, space: Space) -> None:
        self.head, self.space, self.system = content.head, space, system
        names = [slot.name for slot in system.slots]
        known = {tuple(state[name] for name in names): node for node, state in enumerate(space.states)}
        self.nodes = [known.get(self.values(number)) for number in content.states]
        self.columns = [dict(zip(self.nodes, column, strict=True)) for column in content.columns]
        self.node = known

    def values(self, number: int) -> tuple[Any, ...]:
        """Return what slots hold in a state by its number; nothing where the number has no row."""
        held = dict[int, Any]()
        places = sorted(range(len(self.system.slots)), key=lambda at: -self.head["pieces"][at]["weight"])
        for at in places:
            row, number = divmod(number, self.head["pieces"][at]["weight"])
            rows = self.head["pieces"][at]["rows"]
            if not 0 <= row < len(rows):
                return ()
            held[at] = self.system.slots[at].domain[rows[row][0]]
        return tuple(held[at] for at in range(len(places)))

    def fault(self, claims: Mapping[str, Property]) -> str:
        """Return the first thing that it does not prove, empty where it proves all."""
        told = self.head["verdicts"]
        rests = any(one["answer"] == "UNREACHED" or (one["answer"], one["kind"]) in RESTING for one in told)
        if rests and self.is_open():
            return "its states are not closed"
        if len({one["property"] for one in told}) < len(told):
            return "a property is told twice"
        for one in told:
            claim = claims.get(one["property"])
            if claim is None or one["kind"] != claim.kind:
                return f"{one['property']} is no property"
            if one["answer"] not in {Answer.INCOMPLETE, judged(self.space, claim).answer}:
                return f"{claim.name} is not {one['answer']}"
            if (why := self.lacks(claim, one)) != "":
                return f"{claim.name}: {why}"
        return ""

    def is_open(self) -> bool:
        """Whether an initial state is left out, or a step leads out, or is cut."""
        inside = set(self.nodes)
        initial = {node for node in self.space.graph if self.space.level[node] == 0}
        led = {target for source, target in self.space.graph.edges() if source in inside}
        return None in inside or not (initial | led) <= inside or bool(self.space.cut) or not self.head["whole"]

    def lacks(self, claim: Property, told: Mapping[str, Any]) -> str:
        """Return what a true verdict lacks as a proof."""
        answer, clauses = told["answer"], claim.clauses
        if answer == Answer.INCOMPLETE:
            return ""
        if answer == Answer.VIOLATED or (answer == Answer.HOLDS and claim.kind is Kind.SOMETIMES):
            every = self.traces(told)
            shown = [one for one in every if any(not fault(self.space, claim, part, one) for part in clauses)]
            if claim.kind is Kind.RECOVERABLE:
                shown = [one for one in shown if self.is_stuck(claim, told, one)]
            return "" if shown else "its run does not show it"
        premised = answer == Answer.HOLDS and all(part.conditional for part in clauses)
        runs = [*self.traces({"run": told["premise"]})] if premised else []
        if premised and not any(self.begins(claim, part, one) for part in clauses for one in runs):
            return "its premise"
        if claim.kind is Kind.RECOVERABLE and answer == Answer.HOLDS:
            return "" if self.is_near(claim, told) else "its distances"
        return "" if claim.kind not in RUNS or self.are_ranked(claim, told) else "its numbers"

    def begins(self, claim: Property, clause: Clause, trace: Trace) -> bool:
        """Whether a premise is true at the end of a run."""

        def view(state: Mapping[str, Any]) -> View:
            return View({name: state[name] for name in clause.reads}, "a premise")

        if claim.of_steps:
            last = trace.steps[-1:]
            return any(clause.premise(Move(view(one.before), one.action, one.events, view(one.after))) for one in last)
        return clause.premise(view(trace.final)) and not (claim.kind is Kind.EVENTUALLY and trace.steps)

    def traces(self, told: Mapping[str, Any]) -> Iterator[Trace]:
        """Return a run with its loop, in each way in which its steps may have been seen."""
        stem, at = list[tuple[int, int]](), told["run"]
        while at >= 0:
            at, action, number = self.head["tree"][at]
            stem.insert(0, (action, number))
        loop = [tuple(one) for one in told.get("loop", ())]
        if loop and loop[-1][1] != stem[-1][1]:
            return
        way = [(action, self.node.get(self.values(number))) for action, number in (*stem, *loop)]
        seen = [
            [(name, events) for name, events in self.between(before, after) if name == self.head["actions"][action]]
            for (_, before), (action, after) in pairwise(way)
        ]
        if way[0][1] is None or self.space.level[way[0][1]]:
            return
        states = [self.space.states[node or 0] for _, node in way]
        for taken in islice(product(*seen), 64):
            steps = tuple(
                Step(*one, before, after) for one, (before, after) in zip(taken, pairwise(states), strict=True)
            )
            yield Trace(states[0], steps, len(stem) - 1 if "loop" in told else None)

    def between(self, before: int | None, after: int | None) -> list[tuple[str, tuple[Any, ...]]]:
        """Return the steps between two states."""
        edges = self.space.graph.get_edge_data(before, after) or {}
        return [(data["action"], data["events"]) for data in edges.values()]

    def is_stuck(self, claim: Property, told: Mapping[str, Any], trace: Trace) -> bool:
        """Whether no way leads on to the goal from the end of a run."""
        stuck, clause = self.columns[told["stuck"]], claim.clauses[told["clause"]]
        inside = {node for node in self.nodes if node is not None and stuck[node] == 1}
        goals, starts = meeting(self.space, clause)
        end = self.node[tuple(trace.final[slot.name] for slot in self.system.slots)]
        idle = set() if claim.with_environment else self.space.environment
        led = {target for source, target, action in self.space.graph.edges(inside, data="action") if action not in idle}
        cut = any(self.space.cut.get(node, set()) - idle for node in inside)
        return end in inside & starts and not inside & goals and led <= inside and not cut

    def is_near(self, claim: Property, told: Mapping[str, Any]) -> bool:
        """Whether from each state where a premise is true a way leads to the goal by falling numbers."""
        idle = set() if claim.with_environment else self.space.environment
        for clause, at in zip(claim.clauses, told["distances"], strict=True):
            away, (goals, starts) = self.columns[at], meeting(self.space, clause)
            for node in self.space.graph:
                steps = self.space.graph.edges(node, data="action")
                nearer = any(0 < away[to] < away[node] for _, to, action in steps if action not in idle)
                if (not away[node] and node in starts) or (away[node] == 1 and node not in goals):
                    return False
                if away[node] > 1 and not nearer:
                    return False
        return True

    def are_ranked(self, claim: Property, told: Mapping[str, Any]) -> bool:
        """Whether the numbers of a property, and the promises that they are about, prove it."""
        every = zip(claim.clauses, told["ranks"], told["classes"], strict=True)
        same = told["promises"] == [one.name for one in claim.fairness]
        return same and all(self.is_ranked(claim, part, self.columns[at], classes) for part, at, classes in every)

    def is_ranked(self, claim: Property, clause: Clause, rank: Mapping[int | None, int], classes: Any) -> bool:
        """Whether no fair run goes on for ever within the states that have a class."""
        graph, kind = self.space.graph, claim.kind
        owed = demands(self.space, claim.fairness)
        goals, starts = set[int](), set(graph)
        if kind is Kind.FINITELY_OFTEN:
            again = recurring(self.space, clause)
            owed.append(Demand(False, lambda source, target, action: (source, target, action) in again, lambda _: True))
        else:
            goals, starts = meeting(self.space, clause)
            owed.append(Demand(False, lambda *_: False, lambda node: node in goals and kind is Kind.STAYS))
        if kind is Kind.EVENTUALLY:
            starts &= {node for node in graph if not self.space.level[node]}
        ends = 1 if kind in {Kind.LEADS_TO, Kind.EVENTUALLY} else 0
        chains = {node: self.chain(rank[node], classes) for node in graph}
        return (
            all(rank[node] for node in starts)
            and all(rank[node] != 1 or (node in goals and kind is not Kind.STAYS) for node in graph)
            and all(value < len(classes) + 2 for value in rank.values())
            and all(kind in {Kind.FINITELY_OFTEN, Kind.STAYS} or promise >= 0 for _, promise in classes)
            and all(is_broken([owed[classes[one][1]] for one in chains[node]], node) for node in graph)
            and all(
                rank[node] <= ends or (rank[to] and falls(chains[node], chains[to], classes, owed, (node, to, action)))
                for node, to, action in graph.edges(data="action")
            )
        )

    def chain(self, value: int, classes: Any) -> list[int]:
        """Return the classes that a number is in, the widest first."""
        found, at = list[int](), value - 2
        while 0 <= at < len(classes):
            found.insert(0, at)
            at = classes[at][0]
        return found


def is_broken(promises: list[Demand], node: int) -> bool:
    """Whether the last of some promises, those above it strong, asks for something in a state."""
    return not promises or (promises[-1].enabled(node) and all(one.strong for one in promises[:-1]))


def falls(chain: list[int], other: list[int], classes: Any, owed: list[Demand], step: tuple[int, int, str]) -> bool:
    """Whether a step leads from one chain of classes to a lower one, or keeps no promise of those that both are in."""
    for one, two in zip(chain, other, strict=False):
        if one != two:
            return two < one
        if owed[classes[one][1]].counts(*step):
            return False
    return True


def meeting(space: Space, clause: Clause) -> tuple[set[int], set[int]]:
    """Return the states that meet the goal of a clause, and those that meet its premise."""
    views = {node: space.view(node, clause.reads) for node in space.graph}
    goals, starts = ({node for node in views if test(views[node])} for test in (clause.holds, clause.premise))
    return goals, starts


def recurring(space: Space, clause: Clause) -> set[tuple[int, int, str]]:
    """Return the steps that a clause counts."""
    views = {node: space.view(node, clause.reads) for node in space.graph}
    return {
        (source, target, data["action"])
        for source, target, data in space.graph.edges(data=True)
        if source != target and clause.holds(Move(views[source], data["action"], data["events"], views[target]))
    }
