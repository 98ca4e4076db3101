"""A model as a hypothesis state machine of its own, which fails at the first violation that it meets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NoReturn

from haboot.checker.core import System, Value
from haboot.checker.fuzzing.coverage import Coverage
from haboot.checker.fuzzing.fuzzer import LOCKSTEP, Sighting, shrunk, violated, world_of
from haboot.checker.fuzzing.interleavings import Course, ViolationError, machine
from haboot.checker.fuzzing.monitor import Monitor, Remark
from haboot.checker.fuzzing.rerun import Rerun
from haboot.checker.fuzzing.shrinking import Route
from haboot.checker.fuzzing.walk import Memory, Walk
from haboot.checker.fuzzing.worlds import World
from haboot.checker.machines import Composition
from haboot.checker.properties import Property
from hypothesis import Phase, settings

OURS = {Phase.shrink, Phase.explain}  # a run is shrunk by what is known of the model instead


class Hunt:
    """Runs of a model as hypothesis's settings have them, up to the first violation; ``runs`` is the state machine."""

    def __init__(self, subject: System | Composition | World, properties: Iterable[Property]) -> None:
        self.world, self.monitor = world_of(subject), Monitor(properties)
        course = Course(self.world, Memory(), self.monitor, Coverage(self.world), _First(self.monitor))
        self.runs = machine(course)

    def found(self, given: settings) -> Sighting | None:
        """Draw runs and return the first violation, shrunk; raise EngineError where it does not happen again."""
        phases = [one for one in given.phases if one not in OURS]
        chosen = settings(given, phases=phases, report_multiple_bugs=False)
        violation = violated(self.runs, chosen, self.world.name)
        if violation is None:
            return None
        walk = violation.walk
        return shrunk(self.world, self.monitor, violation.claim, [Route(walk.picks, tuple(walk.tried), 1)])

    def rerun(self, start: Mapping[str, Value]) -> Rerun:
        """Return a run under way from the first initial state that has what is given of its slots."""
        return Rerun(self.world, self.monitor.properties, lambda slot, value: start.get(slot, value) == value)


class _First:
    """Fails for whatever a run refutes."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor = monitor

    def heard(self, walk: Walk, remarks: list[Remark]) -> None:
        """See Listener."""
        __tracebackhide__ = True
        for one in remarks:
            if one.settles and self.monitor.refutes(one.claim):
                raise ViolationError(one.claim, one.about, walk)

    def parted(self, walk: Walk, how: str) -> NoReturn:
        """See Listener."""
        __tracebackhide__ = True
        raise ViolationError(LOCKSTEP, how, walk)

    def ended(self, walk: Walk, *, last: bool = False) -> None:
        """See Listener."""
