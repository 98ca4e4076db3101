"""What a check answers: steps, traces, verdicts, and what an engine must offer for them to be found.

The answers keep apart what peers often blend: a search that was cut never counts as success, nor does a property whose
premise never came true.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, NamedTuple, Protocol, TypeAlias

from haboot.checker.boundary import ModelError, amount, nearest, plain
from haboot.checker.core import Slot, System, Value
from haboot.checker.properties import Fairness, Property, Test, strict
from haboot.checker.sheets import frame, html, lines

Edge: TypeAlias = tuple[int, int, int, int]  # source, target, action, outcome
Weigh: TypeAlias = Callable[[Hashable, tuple[Hashable, ...]], tuple[Hashable, int]]


class Answer(StrEnum):
    """The four answers; only HOLDS is a success."""

    HOLDS = "HOLDS"
    VIOLATED = "VIOLATED"
    UNREACHED = "UNREACHED"
    INCOMPLETE = "INCOMPLETE"


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


@dataclass(frozen=True, slots=True)
class Query:
    """A question to a state space: a test over few slots, and whose question it is, for error messages.

    ``within`` is one over the same slots that answers yes wherever this one does.
    """

    owner: str
    reads: tuple[str, ...]
    test: Test
    within: Query | None = None


class Missing(Enum):
    """Where a run misses its goal: in all states after the trigger, in all of its loop, or before a step of its loop.

    A loop that never changes anything holds no step. With AGAIN no other step is asked of the loop.
    """

    AFTER = "after the trigger"
    IN_LOOP = "in the loop"
    AGAIN = "before a step of the loop"


class RunQuery(NamedTuple):
    """A question about runs: is there a fair one that meets a trigger and then misses the goal?

    With ``again`` its loop holds a step that meets it, with ``never`` none that meets that. With ``from_start`` the
    trigger is an initial state; ``missing`` says where the goal is missing.
    """

    trigger: Query
    goal: Query
    fairness: tuple[Fairness, ...]
    again: Query | None = None
    from_start: bool = False
    missing: Missing = Missing.AFTER
    never: Query | None = None


def counting(promise: Fairness) -> Query | None:
    """Return the question which steps a promise of fairness counts, None where all of its actions do."""
    return None if promise.where is None else Query(promise.label, promise.reads, strict(promise.label, promise.where))


class StateSpace(Protocol):
    """What an engine returns. Every trace is a shortest one, and of those the first by order of actions."""

    @property
    def system(self) -> System:
        """The system explored."""

    @property
    def engine(self) -> str:
        """The engine's name."""

    @property
    def distinct(self) -> int:
        """Number of distinct states reached."""

    @property
    def generated(self) -> int:
        """Initial states and every successor produced, as TLC counts them."""

    @property
    def depth(self) -> int:
        """Number of breadth-first levels."""

    @property
    def bounds_hit(self) -> tuple[str, ...]:
        """The bounds that cut the search, none when it was exhaustive."""

    @property
    def fired(self) -> Mapping[str, int]:
        """How often each action produced a successor."""

    @property
    def alive(self) -> frozenset[str]:
        """The actions that produced a successor, here or in a state that one explored stands for.

        All of them where a reduction leaves it open.
        """

    @property
    def reductions(self) -> tuple[str, ...]:
        """The reductions in force."""

    @property
    def sampled(self) -> str:
        """What a reduction rests on that was tested on samples only, empty where all of it is proven."""

    def refusal(self, claim: Property) -> str:
        """Return why the reductions in force do not preserve a property, empty where they do."""

    def settle(
        self,
        states: Sequence[Query],
        moves: Sequence[Query],
        ends: Sequence[Query],
        runs: Sequence[RunQuery] = (),
        *,
        ways: bool = False,
    ) -> None:
        """Answer in one pass what first_state, first_step and first_terminal are about to be asked.

        ``runs`` are what first_lasso will be asked, in that order, and ``ways`` says that first_unable will be asked:
        then all steps are needed at once.
        """

    def first_state(self, query: Query) -> Trace | None:
        """A shortest trace to a state that meets the query."""

    def first_step(self, query: Query) -> Trace | None:
        """A shortest trace whose last step meets the query."""

    def first_terminal(self, query: Query) -> Trace | None:
        """A shortest trace to a state that meets the query and where only the environment may have a step.

        A step that a bound cuts is one.
        """

    def first_unable(self, goal: Query, where: Query, *, with_environment: bool = False) -> Trace | None:
        """A shortest trace to a state that meets ``where`` and from which no state that meets the goal is reachable.

        The ways to the goal are of the system's own steps, or of all. What a bound cut may lead there, what the
        constraint leaves out does not.
        """

    def first_lasso(self, asked: RunQuery) -> Trace | None:
        """A trace to a trigger and on into a fair loop. A step that a bound cuts counts as enabled."""


def told(space: StateSpace) -> str:
    """Return how much of a system was explored, in a line."""
    counts = f"{space.distinct:,} distinct states, {space.generated:,} generated, depth {space.depth:,}"
    return f"{counts} ({space.engine}); " + (", ".join(space.bounds_hit) or "explored whole")


def spelled_space(space: StateSpace) -> str:
    """Return a space as Python shows it."""
    return f"<space of '{plain(space.system.name)}': {told(space)}>"


def space_sheet(space: StateSpace) -> str:
    """Return a space as a table of its actions, each with how many steps it took."""
    taken = [{"action": one.name, "steps": space.fired.get(one.name, 0)} for one in space.system.actions]
    return html(f"{space.system.name}: {told(space)}", taken)


class StateGraph(StateSpace, Protocol):
    """A state space that can be gone through: states by number, in order of discovery, and the steps between them.

    Pictures, the explorer and the comparison need one; ``state_graph`` makes it of any space that is small enough.
    """

    @property
    def starts(self) -> Sequence[int]:
        """The initial states."""

    @property
    def ends(self) -> frozenset[int]:
        """The expanded states where only the environment may have a step."""

    @property
    def edges(self) -> Sequence[Edge]:
        """All steps as (source, target, action, outcome), by source, then by action and choice."""

    @property
    def events(self) -> Sequence[tuple[Hashable, ...]]:
        """What an observer sees of each outcome."""

    def number(self, state: Mapping[str, Value]) -> int:
        """Return the number of a state; raises KeyError for one that was not reached."""

    def values(self, number: int) -> Mapping[str, Value]:
        """Return a state by slot name."""

    def projected(self, slots: tuple[str, ...]) -> Iterator[tuple[Value, ...]]:
        """Yield what some slots hold, state by state."""

    @property
    def states(self) -> Sequence[tuple[int, ...]]:
        """All states, each as the places of its values in the slots' domains."""

    def matching(self, query: Query) -> frozenset[int]:
        """Return the states that meet a query."""

    def reaching(self, goal: Query) -> frozenset[int]:
        """Return the states from which a goal can be reached, those that meet it among them."""

    def to_networkx(self) -> Any:
        """Return a networkx.MultiDiGraph of one's own: a node a state, by number, an edge a step.

        A node has its ``values`` by slot and whether it is ``initial``, an edge its ``action`` and ``events``.
        """

    def cheapest(self, goal: Query, weigh: Weigh, mode: Hashable = None) -> tuple[int, Trace] | None:
        """Return the least cost of reaching a goal and the shortest way that has it; None where it is out of reach.

        ``weigh`` maps what is remembered of the way and a step's events to what is remembered next and the step's
        cost, at least 0. ``mode`` is remembered at the start.
        """


@dataclass(frozen=True, slots=True, repr=False)
class Verdict:
    """The answer to one property, with what it rests on.

    ``note`` names the part that broke, or why there is no answer; ``basis`` what the answer rests on beside the model:
    a constraint, what counts as a step, what was only sampled. ``neglected`` are the actions enabled on a liveness loop
    that no fairness constraint covers: a promise of fairness to one of them may be what is missing.
    """

    property: Property
    answer: Answer
    trace: Trace | None = None
    note: str = ""
    neglected: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()

    def steps(self) -> tuple[Step, ...]:
        """Return the steps of its trace, none where it has no trace."""
        return () if self.trace is None else self.trace.steps

    def row(self) -> dict[str, object]:
        """Return what it says as a row of a table: ``steps`` and ``loop`` are those of its trace."""
        length, loop = (None, None) if self.trace is None else (len(self.trace), self.trace.loop)
        about = {"property": self.property.name, "kind": str(self.property.kind), "answer": str(self.answer)}
        return {**about, "steps": length, "loop": loop, "facts": self.facts()}

    def told(self) -> tuple[str, str, str]:
        """Return its answer, its name, and what more there is to say, as cells of a line."""
        length = () if self.trace is None else (f"trace of {amount(len(self.trace), 'step')}",)
        return str(self.answer), self.property.name, "; ".join((*length, *self.facts()))

    def __repr__(self) -> str:
        return f"<Verdict '{plain(self.property.name)}': {self.answer}>"

    def __str__(self) -> str:
        """Its answer in a line, and the steps of its trace."""
        return lines([self.told()]).lstrip() + ("" if self.trace is None else f"\n{self.trace}")

    def _repr_html_(self) -> str:
        steps = [{"step": n, "action": one.action, "changes": one.told()} for n, one in enumerate(self.steps(), 1)]
        return html(f"{self.property.name}: {self.answer}", [self.row()]) + (html("its trace", steps) if steps else "")

    def facts(self) -> tuple[str, ...]:
        """Return its note, if any, and what it rests on."""
        return (*([self.note] if self.note else []), *self.basis)


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """All verdicts of one exploration, and the exploration itself."""

    space: StateSpace
    verdicts: tuple[Verdict, ...]
    seconds: float

    @property
    def dead_actions(self) -> tuple[str, ...]:
        """The actions that never produced a successor."""
        return tuple(action.name for action in self.space.system.actions if action.name not in self.space.alive)

    def rows(self) -> list[dict[str, object]]:
        """Return a row for each verdict."""
        return [one.row() for one in self.verdicts]

    def to_frame(self) -> Any:
        """Return its rows as a ``pandas.DataFrame`` by property; raises ModelError where pandas is not installed."""
        return frame(self.rows(), "property")

    def __repr__(self) -> str:
        return f"<Report on '{plain(self.space.system.name)}': {amount(len(self.verdicts), 'verdict')}>"

    def __str__(self) -> str:
        """What was explored in a line, and a line for each verdict."""
        head = f"{plain(self.space.system.name)}: {told(self.space)}"
        return "\n".join([head, *([lines(one.told() for one in self.verdicts)] if self.verdicts else [])])

    def _repr_html_(self) -> str:
        return html(f"{self.space.system.name}: {told(self.space)}", self.rows())

    def __getitem__(self, name: str) -> Verdict:
        for verdict in self.verdicts:
            if verdict.property.name == name:
                return verdict
        names = [verdict.property.name for verdict in self.verdicts]
        raise ModelError(f"no property '{name}' was asked{nearest(name, names)} (there are: {', '.join(names)})")
