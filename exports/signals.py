"""What other checkers are asked of a system: for each clause the states, steps or ends that settle it, as trees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from haboot.checker import Asked, Kind, ModelError, Move, Part, Property, Query, Value, View
from haboot.checker.packed import Path, Tree, is_node
from haboot.exports.compiled import MOST, Compiled, Guarded


class Subject(StrEnum):
    """What a signal is about."""

    STATE = "state"
    STEP = "step"
    END = "end"


class Role(StrEnum):
    """What it means that a signal is seen: a property is broken, has a witness, or its premise comes true."""

    BROKEN = "broken"
    WITNESSED = "witnessed"
    MET = "met"


@dataclass(frozen=True, slots=True)
class Signal:
    """A question about single states, steps or ends, with the property whose clause it belongs to."""

    number: int
    claim: Property
    query: Query
    subject: Subject
    role: Role

    @property
    def told(self) -> str:
        """What it is, for a comment."""
        about = f" {self.query.owner.partition(' ')[2]}"
        return f"{self.number}: {self.role} at a {self.subject},{about}".replace("*/", "* /")


def signals_of(claims: Iterable[Property]) -> tuple[Signal, ...]:
    """Return what is asked of some properties that single states, steps or ends settle; other kinds ask nothing."""
    return tuple(
        Signal(number, claim, query, subject, role)
        for number, (claim, query, subject, role) in enumerate(_every(claims), start=1)
    )


def _every(claims: Iterable[Property]) -> Iterator[tuple[Property, Query, Subject, Role]]:
    for claim in claims:
        for one in (Asked(claim, clause) for clause in claim.clauses):
            if not one.is_settled_alone:
                continue
            alone = Subject.STEP if claim.of_steps else Subject.STATE
            wants = claim.kind is Kind.SOMETIMES
            at = Subject.END if claim.kind is Kind.NO_DEADLOCK else alone
            yield claim, one.settling, at, Role.WITNESSED if wants else Role.BROKEN
            if one.clause.conditional and not wants:
                yield claim, one.premise, alone, Role.MET


class Decided:
    """What is asked of a system: the signals of some properties, and the tree of each query over states and steps.

    Trees are remembered, so it serves every language.
    """

    def __init__(self, compiled: Compiled, claims: Iterable[Property] = ()) -> None:
        self.compiled = compiled
        self.rules = compiled.rules
        self.claims = tuple(claims)
        self.signals = signals_of(self.claims)
        self._states = dict[Query, Tree]()
        self._steps = dict[tuple[Query, int], Tree]()

    def about(self, *subjects: Subject) -> list[Signal]:
        """Return the signals about some subjects."""
        return [one for one in self.signals if one.subject in subjects]

    def state(self, query: Query) -> Tree:
        """Return the tree that leads to True where a state meets a query.

        Where it looks at too many combinations of values, those count that occur in a state.
        """
        if query not in self._states:
            tree = self.compiled.tree(query.reads, lambda part: query.test(View(part, query.owner)))
            self._states[query] = self._occurring(query) if tree is None else tree
        return self._states[query]

    def _occurring(self, query: Query) -> Tree:
        every = self.compiled.occurring([self.rules.slots[name][0] for name in query.reads])
        return self.compiled.leading([path for path in every if query.test(View(self._written(path), query.owner))])

    def step(self, query: Query, step: Guarded) -> Tree:
        """Return the same for a step that is not cut, over what is open of the state before it."""
        where = (query, step.outcome)
        if where not in self._steps:
            self._steps[where] = self._of_outcome(query, step)
        return pruned(self._steps[where], dict(step.path))

    def _of_outcome(self, query: Query, step: Guarded) -> Tree:
        patch = self._written(step.patch or ())
        action, events = self.rules.layout.names[self.compiled.action(step)], self.compiled.events(step)

        def met(part: Part) -> bool:
            after = Part(query.reads, lambda name: patch[name] if name in patch else part[name])
            return query.test(Move(View(part, query.owner), action, events, View(after, query.owner)))

        tree = self.compiled.tree(query.reads, met)
        if tree is None:
            raise ModelError(f"{query.owner} looks at more than {MOST:,} combinations of values, too many for a text")
        return tree

    def _written(self, patch: Path) -> Mapping[str, Value]:
        slots = self.compiled.system.slots
        return {slots[place].name: slots[place].domain[index] for place, index in patch}


def pruned(tree: Tree, at: Mapping[int, int]) -> Tree:
    """Return what is left of a tree where some slots hold known values."""
    if not is_node(tree):
        return tree
    place, children = tree
    if place in at:
        return pruned(children[at[place]], at)
    rest = tuple(pruned(child, at) for child in children)
    return rest[0] if all(one == rest[0] for one in rest) else (place, rest)
