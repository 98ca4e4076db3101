"""A trace together with the scenario and the property that it speaks of, as data.

As data it is ITF, so that other viewers read it; scenario and property stand in its ``#meta``. Reading takes the
recorded actions again on running machines and compares every state: a record that the model no longer makes is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from importlib.metadata import version
from typing import Any

from haboot.checker import Kind, ModelError, Property, Trace, nearest
from haboot.checker.itf import as_itf, encoded
from haboot.checker.monitor import JUDGED
from haboot.checker.rerun import Rerun, RerunError, walked
from haboot.checker.worlds import Unfolded
from haboot.model.scenarios import Scenario, composition
from haboot.properties.catalogue import run_properties

OURS = "haboot"


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
    given = {field.name: getattr(saved.scenario, field.name) for field in fields(Scenario)}
    plain = {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in given.items()
        if isinstance(value, (str, int, frozenset))
    }
    ours = {"version": version("haboot"), "property": saved.claim, "about": saved.about, "scenario": plain}
    return as_itf(saved.trace, {OURS: ours})


def from_data(data: Any) -> Saved:
    """Return what ``as_data`` wrote; raise ModelError for anything else, and for a run that the model does not make."""
    ours = _part(_part(data, "#meta", dict, "the file"), OURS, dict, "its #meta")
    scenario = _scenario(_part(ours, "scenario", dict, "its description"))
    claim = _part(ours, "property", str, "its description")
    states = _part(data, "states", list, "the file")
    if not states or not all(isinstance(one, dict) for one in states):
        raise ModelError("the file has no list of states")
    world = Unfolded(composition(scenario))
    known = {one.name: one for one in run_properties(scenario, world)}
    if claim not in known:
        raise ModelError(f"unknown property '{claim}'{nearest(claim, known)}")
    try:
        run = _again(world, known[claim], states)
    except RerunError as error:
        raise ModelError(f"the model does not make this run: {error}") from error
    saved = Saved(scenario, claim, replace(run.walk.trace, loop=data.get("loop")), str(ours.get("about", "")))
    _require_broken(run, known[claim], saved)
    return saved


def _again(world: Unfolded, claim: Property, states: list[dict[str, Any]]) -> Rerun:
    """Take the recorded actions again, and compare what every state holds."""
    first = states[0]
    run = Rerun(world, [claim], lambda slot, value: slot in first and encoded(value) == first[slot])
    for number, state in enumerate(states[1:], start=1):
        action = _part(_part(state, "#meta", dict, f"state {number}"), "action", str, f"its #meta in state {number}")
        run.take_fitting(action)
        now = run.walk.state
        for slot, value in state.items():
            if slot != "#meta" and ((slot not in now and slot not in now.empty) or encoded(now[slot]) != value):
                raise RerunError(f"step {number}, '{action}', leaves '{slot}' other than recorded")
    return run


def _require_broken(run: Rerun, claim: Property, saved: Saved) -> None:
    loop, length = saved.trace.loop, len(saved.trace)
    if loop is not None and (not isinstance(loop, int) or isinstance(loop, bool) or not 0 <= loop <= length):
        raise ModelError(f"its loop goes back to {loop!r}, which is none of its {length} steps")
    if loop is not None and run.states[loop] != run.states[-1]:
        raise ModelError(f"the model does not make this run: the loop does not return to step {loop}")
    if loop is None and claim.kind in JUDGED and not run.broken(claim.name):
        shows = "witness" if claim.kind is Kind.SOMETIMES else "break"
        raise ModelError(f"the run does not {shows} '{claim.name}' (any more, or the file is cut)")


def _scenario(given: dict[str, Any]) -> Scenario:
    usual = Scenario("", "")
    names = [field.name for field in fields(Scenario)]
    for name, value in given.items():
        if name not in names:
            raise ModelError(f"its scenario has an unknown key '{name}'{nearest(name, names)}")
        wanted = list if isinstance(getattr(usual, name), frozenset) else type(getattr(usual, name))
        _part(given, name, wanted, "its scenario")
        if wanted is list and not all(isinstance(one, str) for one in value):
            raise ModelError(f"its scenario's '{name}' is no list of names")
    for name in ("name", "summary"):
        _part(given, name, str, "its scenario")
    read: dict[str, Any] = {
        name: frozenset(value) if isinstance(value, list) else value for name, value in given.items()
    }
    return Scenario(**read)


def _part(data: Any, key: str, wanted: type, place: str) -> Any:
    found = data.get(key) if isinstance(data, dict) else None
    if type(found) is not wanted:
        raise ModelError(f"{place} lacks '{key}' or has it of another type than haboot writes")
    return found
