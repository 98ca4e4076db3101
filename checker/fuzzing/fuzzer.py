"""Fuzzing: interleavings drawn by hypothesis, noted while they last, and shrunk where they refute something.

Runs come in rounds. Weights are learnt from earlier rounds and stay as they are within one, so that the runs of a round
depend on its seed alone. Nothing here is exhaustive: silence means that no violation was met.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import NoReturn, TypeAlias

from haboot.checker.boundary import EngineError, amount
from haboot.checker.core import System
from haboot.checker.fuzzing.coverage import Coverage
from haboot.checker.fuzzing.interleavings import Course, Listener, ViolationError, machine
from haboot.checker.fuzzing.monitor import JUDGED, Monitor, Remark
from haboot.checker.fuzzing.shrinking import Parted, Refuted, Route, Scope, Shrinker
from haboot.checker.fuzzing.walk import Memory, Walk
from haboot.checker.fuzzing.worlds import Declared, Unfolded, World
from haboot.checker.machines import Composition
from haboot.checker.properties import Kind, Property
from haboot.checker.traces import Trace
from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

ROUND = 5  # examples: so many runs choose by the same record
SEVERAL = 5  # runs kept that show the same, the shortest, since another may have gone a shorter way
LOCKSTEP = "lockstep"  # the claim that machines do what their tables say
# a run of hundreds of steps is meant to be long, and its first step tabulates
UNWANTED = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)
Told: TypeAlias = Callable[["Tally"], None]


@dataclass(frozen=True, slots=True)
class Sighting:
    """A property refuted or witnessed: by the run that shows it, first met in an example.

    ``about`` names the part that broke; for lockstep it says how the machines part from the tables after the trace.
    ``scope`` says how far the run was shrunk, from ``raw`` steps; None where it is as it was met.
    """

    claim: str
    about: str
    trace: Trace
    example: int
    raw: int
    scope: Scope | None = None

    @property
    def length(self) -> str:
        """How long the run is, and how long it was."""
        steps = amount(len(self.trace), "step")
        if self.scope is None:
            return f"seen after {steps}"
        return steps if self.raw == len(self.trace) else f"shrunk from {self.raw} to {steps}"


@dataclass
class Tally:
    """What has been done so far; ``applied`` are the properties whose premise came true.

    ``routes`` are the shortest runs met that refute a property, at most one of a run.
    """

    coverage: Coverage
    examples: int = 0
    runs: int = 0
    steps: int = 0
    seen: dict[str, Sighting] = field(default_factory=dict)
    routes: dict[str, list[Route]] = field(default_factory=dict)
    applied: set[str] = field(default_factory=set)
    bounds: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FuzzReport:
    """What the runs showed of a model; ``sightings`` is by the name of the property, or LOCKSTEP."""

    name: str
    properties: tuple[Property, ...]
    tally: Tally
    sightings: dict[str, Sighting]
    seed: int
    seconds: float

    def violated(self) -> tuple[Sighting, ...]:
        """The sightings that refute something."""
        witnessed = {one.name for one in self.properties if one.kind is Kind.SOMETIMES}
        return tuple(one for claim, one in self.sightings.items() if claim not in witnessed)

    def claim(self, name: str) -> Property:
        """Return a property by name."""
        return next(one for one in self.properties if one.name == name)

    @property
    def unjudged(self) -> tuple[Property, ...]:
        """The properties that no run can refute."""
        return tuple(one for one in self.properties if one.kind not in JUDGED)


def fuzz(
    subject: System | Composition | World,
    properties: Iterable[Property],
    *,
    examples: int = 100,
    steps: int = 50,
    seed: int = 0,
    shrink: Callable[[Sighting], bool] = lambda _: True,
    told: Told = lambda _: None,
) -> FuzzReport:
    """Draw runs of a model and report what they refute, each by a run that was shrunk.

    ``shrink`` chooses which violations are shrunk, ``told`` hears of the progress. The same seed gives the same report.

    >>> from haboot.checker import Action, Slot, System, always
    >>> up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 9 else None)
    >>> down = Action("down", ("n",), ("n",), lambda v: {"n": v["n"] - 1} if v["n"] else None)
    >>> counter = System("counter", (Slot("n", range(10)),), ({"n": 0},), (up, down))
    >>> report = fuzz(counter, [always("small", ("n",), lambda v: v["n"] < 4)])
    >>> [step.action for step in report.sightings["small"].trace]
    ['up', 'up', 'up', 'up']
    """
    fuzzer = Fuzzer(world_of(subject), properties, steps, seed)
    report = fuzzer.report(examples, told)
    for sighting in report.violated():
        if shrink(sighting):
            report.sightings[sighting.claim] = fuzzer.shrunk(sighting)
    return report


def world_of(subject: System | Composition | World) -> World:
    """Return what runs of a model go through."""
    if isinstance(subject, Composition):
        return Unfolded(subject)
    return Declared(subject) if isinstance(subject, System) else subject


def shrunk(world: World, monitor: Monitor, claim: str, routes: Sequence[Route]) -> Sighting:
    """Return the shortest run found from some that refute a claim, or part from the tables where it is LOCKSTEP.

    Raises EngineError when none of them shows it again.
    """
    asked = [one for one in monitor.properties if one.name == claim]
    goal = Refuted(world, Monitor(asked)) if asked else Parted(world)
    short = Shrinker(world, goal, routes[0].picks).shrunk(routes)
    if short is None:
        raise EngineError(f"{world.name}: a run went differently when it was repeated: {claim}")
    raw = len(short.route.steps)
    return Sighting(claim, short.about, short.walk.trace, short.route.example, raw, short.scope)


def violated(runs: type[RuleBasedStateMachine], chosen: settings, name: str) -> ViolationError | None:
    """Draw runs as settings say, and return what ended them; raise EngineError where a run does not repeat."""
    try:
        run_state_machine_as_test(runs, settings=chosen)
    except ViolationError as violation:
        return violation
    except Flaky as error:
        raise EngineError(f"{name}: a run went differently when it was repeated: {error}") from error
    return None


class Fuzzer:
    """Runs of one model. ``survey`` goes on past violations and notes the first of each; ``shrunk`` makes it short."""

    def __init__(self, world: World, properties: Iterable[Property], steps: int, seed: int) -> None:
        self.world, self.monitor = world, Monitor(properties)
        self.steps, self.seed = steps, seed
        self.tally = Tally(Coverage(world))
        self.memory = Memory()
        self.rounds, self.seconds = 0, 0.0

    def survey(self, examples: int, told: Told = lambda _: None, stop: frozenset[str] = frozenset()) -> None:
        """Draw runs, up to the first that parts from the tables or violates a claim in ``stop``."""
        end = self.tally.examples + examples
        while self.tally.examples < end:
            coverage, survey = self.tally.coverage.copied(), _Survey(self.tally, self.monitor, stop, told)
            failed = self._run(coverage, survey, min(end - self.tally.examples, ROUND))
            self.rounds += 1
            if failed:
                return

    def report(self, examples: int, told: Told = lambda _: None) -> FuzzReport:
        """Survey, and return what was met so far, nothing shrunk yet."""
        start = perf_counter()
        try:
            self.survey(examples, told)
        finally:
            self.seconds += perf_counter() - start
        sightings = dict(self.tally.seen)
        return FuzzReport(self.world.name, self.monitor.properties, self.tally, sightings, self.seed, self.seconds)

    def shrunk(self, sighting: Sighting) -> Sighting:
        """Return a sighting with a run made short; raise EngineError when no run that was met shows it again."""
        return shrunk(self.world, self.monitor, sighting.claim, self.tally.routes[sighting.claim])

    def _run(self, coverage: Coverage, listener: Listener, examples: int) -> bool:
        """Draw a round; return whether it failed."""
        course = Course(self.world, self.memory, self.monitor, coverage, listener)
        runs = seed(f"{self.seed} {self.rounds}")(machine(course))
        chosen = settings(
            max_examples=examples,
            stateful_step_count=self.steps + 1,  # hypothesis counts the choice of an initial state
            phases=(Phase.generate,),
            suppress_health_check=UNWANTED,
            database=None,
            deadline=None,
            derandomize=False,
            print_blob=False,
            report_multiple_bugs=False,
            verbosity=Verbosity.quiet,
        )
        return violated(runs, chosen, self.world.name) is not None


class _Survey:
    """Notes everything, and fails for the lockstep and for the claims in ``stop`` only."""

    def __init__(self, tally: Tally, monitor: Monitor, stop: frozenset[str], told: Told) -> None:
        self.tally, self.monitor, self.stop, self.told = tally, monitor, stop, told
        self.over = False
        self._noted: tuple[Walk | None, set[str]] = None, set()  # a run, and what it has shown

    def heard(self, walk: Walk, remarks: list[Remark]) -> None:
        """See Listener."""
        tally = self.tally
        if not self.over:
            tally.coverage.note(walk)
            tally.steps += bool(walk.taken)
            for one in remarks:
                tally.applied.add(one.claim)
                if one.settles:
                    self._sight(one.claim, one.about, walk)
            self.told(tally)
        for one in remarks:
            if one.settles and one.claim in self.stop and self.monitor.refutes(one.claim):
                self._fail(one.claim, one.about, walk)

    def parted(self, walk: Walk, how: str) -> NoReturn:
        """See Listener."""
        if not self.over:
            self._sight(LOCKSTEP, how, walk)
        self._fail(LOCKSTEP, how, walk)

    def ended(self, walk: Walk, *, last: bool = False) -> None:
        """See Listener."""
        if self.over:
            return
        self.tally.runs += 1
        self.tally.examples += last
        self.tally.bounds |= walk.bounds

    def _sight(self, claim: str, about: str, walk: Walk) -> None:
        if self._noted[0] is not walk:
            self._noted = walk, set()
        if claim in self._noted[1]:
            return
        self._noted[1].add(claim)
        tally, example = self.tally, self.tally.examples + 1
        if claim not in tally.seen:
            tally.seen[claim] = Sighting(claim, about, walk.trace, example, len(walk.taken))
        if self.monitor.refutes(claim):
            routes = (*tally.routes.get(claim, ()), Route(walk.picks, tuple(walk.tried), example))
            tally.routes[claim] = sorted(routes, key=lambda one: len(one.steps))[:SEVERAL]

    def _fail(self, claim: str, about: str, walk: Walk) -> NoReturn:
        self.ended(walk, last=True)
        self.over = True  # what follows is hypothesis repeating the run
        raise ViolationError(claim, about, walk)
