"""An interleaving taken again: the same actions from the same start, on tables and running machines in lockstep.

A record names the actions; what they change is compared with what they change today, so that a model which no longer
does what was recorded is found out at the first step that differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from haboot.checker.boundary import ModelError, require_known
from haboot.checker.core import Value
from haboot.checker.fuzzing.monitor import JUDGED, Monitor, Remark
from haboot.checker.fuzzing.walk import Memory, Walk
from haboot.checker.fuzzing.worlds import World
from haboot.checker.properties import Property
from haboot.checker.traces import Trace

Fits = Callable[[str, Value], bool]


class RerunError(AssertionError):
    """A recorded step is not possible any more, or does something else; the message says which and how."""


class Rerun:
    """A run under way along a record, from the initial state whose slots all fit.

    >>> from haboot.checker import Action, Slot, System, always
    >>> from haboot.checker.fuzzing.worlds import Declared
    >>> up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 3 else None)
    >>> count = System("count", (Slot("n", range(4)),), ({"n": 0},), (up,))
    >>> run = Rerun(Declared(count), [always("small", ("n",), lambda v: v["n"] < 2)])
    >>> run.take("up", {"n": 1}), run.breaks("small"), run.take("up", {"n": 2}), run.breaks("small")
    (None, False, None, True)
    """

    def __init__(
        self, world: World, properties: Iterable[Property] = (), fits: Fits = lambda _slot, _value: True
    ) -> None:
        self.monitor = Monitor(properties)
        self.walk = Walk(world, Memory(), _picks(world, fits))
        self.walk.begin()
        self.states: list[Mapping[str, Value]] = [self.walk.state]
        self.remarks: list[Remark] = self.monitor.remarks(self.walk)

    def take(self, action: str, changes: Mapping[str, Value]) -> None:
        """Take a step that changes just what is said; raise RerunError where the model does something else."""
        __tracebackhide__ = True  # a test that fails shows its own line, here and below
        self.take_fitting(action, lambda changed: changed == dict(changes), f"not {dict(changes)}")

    def take_fitting(
        self, action: str, fits: Callable[[dict[str, Value]], bool] = lambda _: True, wanted: str = ""
    ) -> None:
        """Take the first step of an action whose changes fit."""
        __tracebackhide__ = True
        place = f"step {len(self.walk.taken) + 1}, '{action}'"
        offers = [one for one in self.walk.offers if one.action == action]
        if not offers:
            raise RerunError(f"{place}, is not possible (possible: {', '.join(self.walk.results) or 'nothing'})")
        found = [self._changed(one.outcome.writes) for one in offers]
        fitting = [one for one, changed in zip(offers, found, strict=True) if fits(changed)]
        if not fitting:
            raise RerunError(f"{place}, changes {found[0]}, {wanted}")
        self.walk.take(fitting[0])
        self.states.append(self.walk.state)
        self.remarks = self.monitor.remarks(self.walk)

    def breaks(self, claim: str) -> bool:
        """Whether the last step refutes a property (witnesses it, for *sometimes*).

        Raises ModelError for a kind that no run can judge.
        """
        kinds = {one.name: one.kind for one in self.monitor.properties}
        require_known("a rerun", "property", claim, kinds)
        if kinds[claim] not in JUDGED:
            raise ModelError(f"property '{claim}' ({kinds[claim]}) is not one that a run can judge")
        return any(one.settles and one.claim == claim for one in self.remarks)

    def _changed(self, writes: Mapping[str, Value]) -> dict[str, Value]:
        return {name: value for name, value in writes.items() if self.walk.state[name] != value}


def walked(world: World, trace: Trace) -> Walk:
    """Return a trace, found by whatever means, as a run through a world."""
    run = Rerun(world, (), lambda slot, value: trace.initial.get(slot, value) == value)
    for step in trace.steps:
        run.take_fitting(step.action, partial(_leads_to, step.after))
    return run.walk


def _leads_to(after: Mapping[str, Value], changed: Mapping[str, Value]) -> bool:
    """Whether some changes are those of a step, as far as its state has the slots."""
    return all(after.get(name, value) == value for name, value in changed.items())


def _picks(world: World, fits: Fits) -> list[int]:
    picks = []
    for alternatives in world.starts:
        fitting = (n for n, one in enumerate(alternatives) if all(fits(slot, value) for slot, value in one.items()))
        pick = next(fitting, None)
        if pick is None:
            slots = ", ".join(alternatives[0])
            raise RerunError(f"no initial state of '{world.name}' has what is recorded of {slots}")
        picks.append(pick)
    return picks
