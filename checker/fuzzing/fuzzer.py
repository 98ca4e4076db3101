"""Fuzzing: interleavings drawn by hypothesis, noted while they last, and shrunk where they refute something.

Runs come in rounds. Weights are learnt from earlier rounds and stay as they are within one, so that a round can be
repeated from its seed; a violation is shrunk by repeating the round in which it was seen. Nothing here is exhaustive:
silence means that no violation was met.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TypeAlias

from haboot.checker.boundary import EngineError
from haboot.checker.core import System
from haboot.checker.fuzzing.coverage import Coverage
from haboot.checker.fuzzing.interleavings import Course, Listener, ViolationError, machine
from haboot.checker.fuzzing.monitor import JUDGED, Monitor, Remark
from haboot.checker.fuzzing.walk import Memory, Walk
from haboot.checker.fuzzing.worlds import Declared, Unfolded, World
from haboot.checker.machines import Composition
from haboot.checker.properties import Kind, Property
from haboot.checker.verdicts import Trace
from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

ROUND = 5  # examples: so many runs choose by the same record
LOCKSTEP = "lockstep"  # the claim that machines do what their tables say
# a run of hundreds of steps is meant to be long, and its first step tabulates
UNWANTED = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)
Told: TypeAlias = Callable[["Tally"], None]


@dataclass(frozen=True, slots=True)
class Sighting:
    """A property refuted or witnessed: by the run that shows it, first met in an example.

    ``about`` names the part that broke; for lockstep it says how the machines part from the tables after the trace.
    """

    claim: str
    about: str
    trace: Trace
    example: int
    round: int
    shrunk: bool = False


@dataclass
class Tally:
    """What has been done so far; ``applied`` are the properties whose premise came true."""

    coverage: Coverage
    examples: int = 0
    runs: int = 0
    steps: int = 0
    seen: dict[str, Sighting] = field(default_factory=dict)
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
    """Draw runs of a model and report what they refute, each by a run that hypothesis has shrunk.

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


def state_machine(subject: System | Composition | World, properties: Iterable[Property]) -> type[RuleBasedStateMachine]:
    """Return a model as a hypothesis state machine that fails where a property or the lockstep breaks.

    Its ``TestCase`` is a test for unittest and pytest, with settings as hypothesis has them.
    """
    world = world_of(subject)
    monitor = Monitor(properties)
    return machine(Course(world, Memory(), monitor, Coverage(world), _Hunt(monitor, None)))


def world_of(subject: System | Composition | World) -> World:
    """Return what runs of a model go through."""
    if isinstance(subject, Composition):
        return Unfolded(subject)
    return Declared(subject) if isinstance(subject, System) else subject


class Fuzzer:
    """Runs of one model. ``survey`` goes on past violations and notes the first of each; ``shrunk`` repeats a round."""

    def __init__(self, world: World, properties: Iterable[Property], steps: int, seed: int) -> None:
        self.world, self.monitor = world, Monitor(properties)
        self.steps, self.seed = steps, seed
        self.tally = Tally(Coverage(world))
        self.memory = Memory()
        self.rounds, self.seconds = 0, 0.0
        self._known: dict[int, Coverage] = {}

    def survey(self, examples: int, told: Told = lambda _: None, stop: frozenset[str] = frozenset()) -> None:
        """Draw runs, up to the first that parts from the tables or violates a claim in ``stop``."""
        end = self.tally.examples + examples
        while self.tally.examples < end:
            coverage = self._known[self.rounds] = self.tally.coverage.copied()
            survey = _Survey(self.tally, self.monitor, self.rounds, stop, told)
            size = min(end - self.tally.examples, ROUND)
            failed = self._run(self.rounds, coverage, survey, size, (Phase.generate,))
            if not any(one.round == self.rounds for one in self.tally.seen.values()):
                del self._known[self.rounds]
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
        """Return a sighting with its run shrunk; raise EngineError when the run does not happen again."""
        hunt, coverage = _Hunt(self.monitor, sighting.claim), self._known[sighting.round]
        found = self._run(sighting.round, coverage, hunt, ROUND, (Phase.generate, Phase.shrink))
        if found is None:
            raise EngineError(f"{self.world.name}: {sighting.claim} was violated in round {sighting.round}, once only")
        return replace(sighting, about=found.about, trace=found.walk.trace, shrunk=True)

    def _run(
        self, number: int, coverage: Coverage, listener: Listener, examples: int, phases: tuple[Phase, ...]
    ) -> ViolationError | None:
        runs = seed(f"{self.seed} {number}")(machine(Course(self.world, self.memory, self.monitor, coverage, listener)))
        chosen = settings(
            max_examples=examples,
            stateful_step_count=self.steps + 1,  # hypothesis counts the choice of an initial state
            phases=phases,
            suppress_health_check=UNWANTED,
            database=None,
            deadline=None,
            derandomize=False,
            print_blob=False,
            report_multiple_bugs=False,
            verbosity=Verbosity.quiet,
        )
        try:
            run_state_machine_as_test(runs, settings=chosen)
        except ViolationError as violation:
            return violation
        except Flaky as error:
            raise EngineError(f"{self.world.name}: a run went differently when it was repeated: {error}") from error
        return None


class _Survey:
    """Notes everything, and fails for the lockstep and for the claims in ``stop`` only."""

    def __init__(self, tally: Tally, monitor: Monitor, number: int, stop: frozenset[str], told: Told) -> None:
        self.tally, self.monitor, self.number, self.stop, self.told = tally, monitor, number, stop, told
        self.over = False

    def heard(self, walk: Walk, remarks: list[Remark]) -> None:
        """See Listener."""
        tally = self.tally
        if not self.over:
            tally.coverage.note(walk)
            tally.steps += bool(walk.taken)
            for one in remarks:
                tally.applied.add(one.claim)
                if one.settles and one.claim not in tally.seen:
                    self._sight(one.claim, one.about, walk)
            self.told(tally)
        for one in remarks:
            if one.settles and one.claim in self.stop and self.monitor.refutes(one.claim):
                self._fail(one.claim, one.about, walk)

    def parted(self, walk: Walk, how: str) -> None:
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
        self.tally.seen[claim] = Sighting(claim, about, walk.trace, self.tally.examples + 1, self.number)

    def _fail(self, claim: str, about: str, walk: Walk) -> None:
        self.ended(walk, last=True)
        self.over = True  # what follows is hypothesis repeating the run
        raise ViolationError(claim, about, walk)


class _Hunt:
    """Fails for one claim, or for any where none is named."""

    def __init__(self, monitor: Monitor, claim: str | None) -> None:
        self.monitor, self.claim = monitor, claim

    def heard(self, walk: Walk, remarks: list[Remark]) -> None:
        """See Listener."""
        for one in remarks:
            if one.settles and self.claim in {None, one.claim} and self.monitor.refutes(one.claim):
                raise ViolationError(one.claim, one.about, walk)

    def parted(self, walk: Walk, how: str) -> None:
        """See Listener."""
        if self.claim in {None, LOCKSTEP}:
            raise ViolationError(LOCKSTEP, how, walk)

    def ended(self, walk: Walk, *, last: bool = False) -> None:
        """See Listener."""
