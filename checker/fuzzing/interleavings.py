"""A model as a hypothesis state machine: what is drawn, and how it becomes a run.

A system becomes a ``RuleBasedStateMachine``. Its one rule takes a step that is enabled, since hypothesis chooses rules
evenly and a rule an action would be thousands; where there is none it begins another run. Its invariant holds the
properties against the run.

What hypothesis draws for a step is a number, its aim: each step on offer gets a pseudo-random score for that aim, by
its weight, and the best is taken (rendezvous hashing: Thaler and Ravishankar, 1998). So the same aim takes the same
step although others come and go, which lets hypothesis delete steps when it shrinks a run. Each run has a mood as well,
drawn once, that favours some actions over others all along: so one that is always possible does not happen before
everything deep (compare Burckhardt et al., A randomized scheduler with probabilistic guarantees of finding bugs, 2010).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log
from typing import ClassVar, NoReturn, Protocol

from haboot.checker.fuzzing.coverage import Coverage
from haboot.checker.fuzzing.monitor import Monitor, Remark
from haboot.checker.fuzzing.walk import DivergenceError, Memory, Offer, Walk
from haboot.checker.fuzzing.worlds import World
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

NUMBERS = st.integers(0, (1 << 16) - 1)
SPREAD = 1024.0  # how much more one mood may like an action than another does
_FINE = 1 << 52


class ViolationError(AssertionError):
    """A run that refutes a property, or parts from the tables."""

    def __init__(self, claim: str, about: str, walk: Walk) -> None:
        super().__init__(f"{claim}{f' ({about})' if about else ''}: broken after {[o.action for o in walk.taken]}")
        self.claim, self.about, self.walk = claim, about, walk


class Listener(Protocol):
    """Hears of runs as they happen, and ends one by raising ViolationError."""

    def heard(self, walk: Walk, remarks: list[Remark]) -> None:
        """Hear what the last step shows, or the initial state."""

    def parted(self, walk: Walk, how: str) -> NoReturn:
        """Hear that the machines part from the tables after the last step; the run always ends there."""

    def ended(self, walk: Walk, *, last: bool = False) -> None:
        """Hear that a run is over, and whether it was the last of its example."""


@dataclass(frozen=True, slots=True)
class Course:
    """What runs go through, what they are held against, by what record they choose, and who hears of them."""

    world: World
    memory: Memory
    monitor: Monitor
    coverage: Coverage
    listener: Listener

    @property
    def several(self) -> dict[int, int]:
        """The choices of an initial state that have alternatives, by place, with their number."""
        return {place: len(one) for place, one in enumerate(self.world.starts) if len(one) > 1}


class _Interleaving(RuleBasedStateMachine):
    course: ClassVar[Course]

    def __init__(self) -> None:
        super().__init__()
        self.walk = Walk(self.course.world, self.course.memory)
        self.mood = 0

    def begin(self, picks: tuple[int, ...], mood: int) -> None:
        """Begin a run in an initial state; a mood of 0 likes all actions alike."""
        __tracebackhide__ = True
        course, self.mood = self.course, mood
        chosen = dict(zip(course.several, picks, strict=True))
        places = range(len(course.world.starts))
        self.walk = Walk(course.world, course.memory, [chosen.get(place, 0) for place in places])
        self.tried(self.walk.begin)

    @rule(aim=NUMBERS)
    def steps(self, aim: int) -> None:
        """Take the step that is best for an aim, or begin again where there is none."""
        __tracebackhide__ = True
        offers = self.walk.offers
        if offers:
            best = max(offers, key=lambda offer: self.score(aim, offer))
            self.tried(lambda: self.walk.take(best))
        else:
            self.course.listener.ended(self.walk)
            picks = (hash((aim, place)) % count for place, count in self.course.several.items())
            self.begin(tuple(picks), aim)

    def score(self, aim: int, offer: Offer) -> float:
        """Return how good a step is for an aim: an offer of twice the weight is the best twice as often."""
        lot = _fraction(aim, offer.lot, offer.choice)
        bias = SPREAD ** _fraction(self.mood, offer.lot) if self.mood else 1.0
        weight = bias * self.course.coverage.weight(offer, self.walk.state) / (1 + self.walk.counts[offer.action])
        return log(lot) / weight

    def tried(self, act: Callable[[], None]) -> None:
        """Do something that may part the machines from the tables."""
        __tracebackhide__ = True
        try:
            act()
        except DivergenceError as error:
            self.course.listener.parted(self.walk, str(error))

    @invariant()
    def holds(self) -> None:
        """Hold the properties against what is new."""
        __tracebackhide__ = True
        self.course.listener.heard(self.walk, self.course.monitor.remarks(self.walk))

    def teardown(self) -> None:
        self.course.listener.ended(self.walk, last=True)


def machine(over: Course) -> type[RuleBasedStateMachine]:
    """Return the state machine whose runs take a course."""
    picks = st.tuples(*(st.integers(0, count - 1) for count in over.several.values()))

    class Interleaving(_Interleaving):
        course = over

        @initialize(picks=picks, mood=NUMBERS)
        def starts(self, picks: tuple[int, ...], mood: int) -> None:
            self.begin(picks, mood)

    # else hypothesis parses this file once a round, to name an entry of a database that is not used
    Interleaving.__module__ = "interleavings"
    return Interleaving


def _fraction(*key: int) -> float:
    """Return a pseudo-random number above 0 and up to 1, always the same for the same key."""
    return (hash(key) % _FINE + 1) / _FINE
