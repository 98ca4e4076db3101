"""A trace together with the scenario and the property that it speaks of, as data.

As data it is ITF, so that other viewers read it; scenario and property stand in its ``#meta``. Reading takes the
recorded actions again on running machines and compares every state: a record that the model no longer makes is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any

from haboot.checker import (
    RUNS,
    Clause,
    Kind,
    ModelError,
    Move,
    Property,
    Trace,
    Value,
    View,
    as_itf,
    encoded,
    nearest,
)
from haboot.checker.boundary import plain, told
from haboot.checker.fuzzing import Rerun, RerunError, Unfolded, World, walked
from haboot.ledger.scenario_files import scenario_of
from haboot.ledger.structure import TEXT, ScenarioTable, built, dashed
from haboot.model import Scenario, composition
from haboot.properties import run_properties
from msgspec import Meta, Struct, field

OURS = "haboot"
OPEN = "any_number"  # of a scenario: no run is of every number of mobile nodes


class File(Struct):
    """An ITF file; what it has beside this is for other readers."""

    meta: Annotated[Any, Meta(description="what the file says of itself")] = field(name="#meta")
    states: Annotated[list[dict[str, Any]], Meta(min_length=1, description="a list of states")]
    loop: Annotated[int, Meta(ge=0, description="the number of a step")] | None = None


class Head(Struct):
    """What a file says of itself, as far as it is ours."""

    haboot: Annotated[Any, Meta(description="the description that haboot writes")]


class Ours(Struct, forbid_unknown_fields=True):
    """What haboot says of a run."""

    property: Annotated[str, Meta(description="the name of a property")]
    scenario: Annotated[Any, Meta(description="a scenario")] = None
    model: Annotated[str, Meta(description="the name of a model")] = ""
    version: Annotated[str, Meta(description="text")] = ""
    about: Annotated[str, Meta(max_length=TEXT, description="text")] = ""


class _Step(Struct):
    action: Annotated[str, Meta(description="the name of an action")]


@dataclass(frozen=True, slots=True)
class Saved:
    """A trace of a scenario, and the property that it breaks, or witnesses."""

    scenario: Scenario
    claim: str
    trace: Trace
    about: str = ""


def recorded(scenario: Scenario, claim: str, trace: Trace, about: str = "") -> Saved:
    """Return a trace with its states as runs have them, whatever engine found it."""
    walk = walked(Unfolded(composition(scenario)), trace)
    return Saved(scenario, claim, replace(walk.trace, loop=trace.loop), about)


def as_data(saved: Saved) -> dict[str, Any]:
    """Return a saved trace as ITF."""
    from importlib.metadata import version  # noqa: PLC0415 - takes a while

    given = {field.name: getattr(saved.scenario, field.name) for field in fields(Scenario)}
    plain: dict[str, Any] = {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in given.items()
        if isinstance(value, (str, int, frozenset)) and name != OPEN
    }
    plain = {name: value for name, value in plain.items() if name != "amendments" or value}
    plain |= {"at_most": dict(saved.scenario.at_most)} if saved.scenario.at_most else {}
    ours = {"version": version("haboot"), "property": saved.claim, "about": saved.about, "scenario": plain}
    return as_itf(saved.trace, {OURS: ours})


def from_data(data: Any) -> Saved:
    """Return what ``as_data`` wrote; raise ModelError for anything else, and for a run that the model does not make."""
    file = built(data, File, "the file")
    ours = built(built(file.meta, Head, "its #meta").haboot, Ours, "its description")
    if ours.model:
        shown = "'haboot trace FILE.py --from' with this file shows it where the model is"
        raise ModelError(f"it is of the model {told(ours.model)}, and data holds no model: {shown}")
    scenario = scenario_of(built(dashed(ours.scenario, "its scenario"), ScenarioTable, "its scenario"))
    world = Unfolded(composition(scenario))
    claim = named(ours.property, run_properties(scenario, world))
    return Saved(scenario, claim.name, taken_again(file, claim, world), plain(ours.about))


def named(name: str, properties: Iterable[Property]) -> Property:
    """Return the property of a name; raise ModelError where there is none."""
    known = {one.name: one for one in properties}
    if name not in known:
        raise ModelError(f"unknown property {told(name)}{nearest(name, known)}")
    return known[name]


def taken_again(file: File, claim: Property, world: World) -> Trace:
    """Return the run in a file, taken again; raise ModelError where the model does not make it, or breaks nothing."""
    try:
        run = _again(world, claim, file.states)
    except RerunError as error:
        raise ModelError(f"the model does not make this run: {error}") from error
    trace = replace(run.walk.trace, loop=file.loop)
    _require_broken(run, claim, trace)
    return trace


def _again(world: World, claim: Property, states: list[dict[str, Any]]) -> Rerun:
    """Take the recorded actions again, and compare what every state holds."""
    first = states[0]
    run = Rerun(world, [claim], lambda slot, value: slot in first and encoded(value) == first[slot])
    for number, state in enumerate(states[1:], start=1):
        action = built(state.get("#meta"), _Step, f"the #meta of state {number}").action
        run.take_fitting(action)
        now = run.walk.state
        for slot, value in state.items():
            if slot != "#meta" and ((slot not in now and slot not in now.empty) or encoded(now[slot]) != value):
                raise RerunError(f"step {number}, '{action}', leaves {told(slot)} other than recorded")
    return run


def _require_broken(run: Rerun, claim: Property, trace: Trace) -> None:
    loop, length = trace.loop, len(trace)
    if loop is not None and loop > length:
        raise ModelError(f"its loop goes back to {loop!r}, which is none of its {length} steps")
    if loop is not None and not _alike(run.states[loop], run.states[-1]):
        raise ModelError(f"the model does not make this run: the loop does not return to step {loop}")
    shows = "witness" if claim.kind is Kind.SOMETIMES else "break"
    if (loop is not None) != (claim.kind in RUNS):
        due = "is broken by a run that goes on for ever" if claim.kind in RUNS else "has nothing to do with a loop"
        raise ModelError(f"the run does not {shows} '{claim.name}', which {due}")
    if not _breaks(run, claim, trace):
        raise ModelError(f"the run does not {shows} '{claim.name}' (any more, or the file is cut)")


def _alike(one: Mapping[str, Value], other: Mapping[str, Value]) -> bool:
    """Whether two states hold the same, also where one leaves slots out that were never used before it."""
    return all(one[name] == other[name] for name in one.keys() | other.keys())


def _breaks(run: Rerun, claim: Property, trace: Trace) -> bool:
    """Whether a run breaks a property, as far as a run alone can tell: that no way leads on from its end it cannot."""
    if claim.kind is Kind.LEADS_TO:
        return _never_reached(run, claim, trace.loop or 0)
    if claim.kind is Kind.FINITELY_OFTEN:
        return _counted_for_ever(trace, claim)
    return claim.kind is Kind.RECOVERABLE or run.breaks(claim.name)


def _never_reached(run: Rerun, claim: Property, loop: int) -> bool:
    """Whether some state of a run meets a trigger, and none from there on, nor in its loop, the goal."""
    owner = f"property '{claim.name}'"

    def meets(test: Callable[..., bool], clause: Clause, state: Mapping[str, Value]) -> bool:
        return test(View({name: state[name] for name in clause.reads}, owner))

    for clause in claim.clauses:
        reached = [number for number, state in enumerate(run.states) if meets(clause.holds, clause, state)]
        first = reached[-1] + 1 if reached else 0
        again = any(number >= loop for number in reached)
        if not again and any(meets(clause.premise, clause, state) for state in run.states[first:]):
            return True
    return False


def _counted_for_ever(trace: Trace, claim: Property) -> bool:
    """Whether the loop of a run holds a step that is counted, and that changes something."""
    owner = f"property '{claim.name}'"
    for clause in claim.clauses:
        for one in trace.steps[trace.loop :]:
            before, after = (
                View({name: state[name] for name in clause.reads}, owner) for state in (one.before, one.after)
            )
            if one.changes and clause.holds(Move(before, one.action, one.events, after)):
                return True
    return False
