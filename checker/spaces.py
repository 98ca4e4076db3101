"""What an engine must offer: a state space, and the questions that are put to one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple, Protocol, TypeAlias

from haboot.checker.boundary import plain
from haboot.checker.core import System, Value
from haboot.checker.properties import Fairness, Property, Strict, Test
from haboot.checker.sheets import html
from haboot.checker.traces import Trace

Edge: TypeAlias = tuple[int, int, int, int]  # source, target, action, outcome
Weigh: TypeAlias = Callable[[Hashable, tuple[Hashable, ...]], tuple[Hashable, int]]


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


@dataclass(slots=True)
class Due:
    """What a space is about to be asked of states, of steps and of ends; and first_lasso of ``runs``, in that order.

    ``ways`` says that first_unable will be asked: then all steps are needed at once.
    """

    states: list[Query] = field(default_factory=list)
    steps: list[Query] = field(default_factory=list)
    ends: list[Query] = field(default_factory=list)
    runs: list[RunQuery] = field(default_factory=list)
    ways: bool = False


def counting(promise: Fairness) -> Query | None:
    """Return the question which steps a promise of fairness counts, None where all of its actions do."""
    return None if promise.where is None else Query(promise.label, promise.reads, Strict(promise.label, promise.where))


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

    def unreduced(self) -> StateSpace | None:
        """Return the whole space, for what a reduction does not preserve; None where it is this one, or too large."""

    def settle(self, due: Due) -> None:
        """Answer in one pass what first_state, first_step and first_terminal are about to be asked."""

    def is_met(self, query: Query, *, by_step: bool) -> bool:
        """Whether a state meets the query, or a step."""

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
