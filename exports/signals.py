"""What other checkers are asked of a system: for each clause the states, steps or ends that settle it, as trees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from haboot.checker import Asked, Kind, ModelError, Move, Part, Property, Query, See, Value, View
from haboot.checker.packed import Path, Tree, is_node, paths, tree_of
from haboot.exports.compiled import Compiled, Guarded

MOST = 5_000  # runs of one predicate over the values that it looks at


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
    """The trees of queries over a system's states, and over its steps."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.rules = compiled.rules
        self.known: dict[tuple[Query, int], Tree] = {}

    def state(self, query: Query) -> Tree:
        """Return the tree that leads to True where a state meets a query.

        Where it looks at too many combinations of values, those count that occur in a state.
        """
        found, whole = self._runs(query, lambda see: query.test(View(Part(query.reads, see), query.owner)))
        if whole:
            return tree_of(found)
        occurring = self.compiled.occurring([self.rules.slots[name][0] for name in query.reads])
        return self.compiled.leading([path for path in occurring if self._is_met(query, path)])

    def _is_met(self, query: Query, path: Path) -> bool:
        return query.test(View(self._written(path), query.owner))

    def step(self, query: Query, step: Guarded) -> Tree:
        """Return the same for a step that is not cut, over what is open of the state before it."""
        where = (query, step.outcome)
        if where not in self.known:
            self.known[where] = self._of_outcome(query, step)
        return pruned(self.known[where], dict(step.path))

    def _of_outcome(self, query: Query, step: Guarded) -> Tree:
        patch = self._written(step.patch or ())
        action, events = self.rules.layout.names[self.compiled.action(step)], self.compiled.events(step)

        def met(see: See) -> bool:
            before = View(Part(query.reads, see), query.owner)
            after = View(Part(query.reads, lambda name: patch[name] if name in patch else see(name)), query.owner)
            return query.test(Move(before, action, events, after))

        found, whole = self._runs(query, met)
        if not whole:
            raise ModelError(f"{query.owner} looks at more than {MOST:,} combinations of values, too many for a text")
        return tree_of(found)

    def _written(self, patch: Path) -> Mapping[str, Value]:
        slots = self.compiled.system.slots
        return {slots[place].name: slots[place].domain[index] for place, index in patch}

    def _runs(self, query: Query, met: Callable[[See], bool]) -> tuple[list[tuple[Path, bool]], bool]:
        def run(see: See) -> bool:
            try:
                return met(see)
            except ModelError:  # of values that do not occur together: where they do, the search has told
                return False

        return paths(run, self.rules.domains(query.reads), self.rules.decisions, MOST)


def pruned(tree: Tree, at: Mapping[int, int]) -> Tree:
    """Return what is left of a tree where some slots hold known values."""
    if not is_node(tree):
        return tree
    place, children = tree
    if place in at:
        return pruned(children[at[place]], at)
    rest = tuple(pruned(child, at) for child in children)
    return rest[0] if all(one == rest[0] for one in rest) else (place, rest)
