"""Mechanisms: every way in which a property breaks, told apart by the step that breaks it."""

from __future__ import annotations

from collections import deque

import pytest
from haboot.checker import Action, Limits, Property, Slot, System, View, always, explore, no_deadlock, quiet, step
from haboot.checker.graph import GraphSpace
from haboot.cli.main import run
from haboot.ledger import scenarios_of
from haboot.studies import mechanisms

from tests.random_systems import random_system
from tests.runs import report


def breaking(space: GraphSpace, claim: Property) -> dict[str, int]:
    """By brute force, the actions whose steps break a property, each with the fewest steps up to and with it."""
    (clause,), depth = claim.clauses, dict.fromkeys(space.starts, 0)
    queue, found = deque(space.starts), dict[str, int]()

    def holds(number: int) -> bool:
        return clause.holds(View(dict(space.values(number)), "brute force"))

    found |= {"at the start": 0} if not all(map(holds, space.starts)) else {}
    leaving: dict[int, list[tuple[int, int]]] = {}
    for source, target, action, _ in space.edges:
        leaving.setdefault(source, []).append((target, action))
    while queue:
        here = queue.popleft()
        for target, action in leaving.get(here, ()):
            if holds(here) and not holds(target):
                found.setdefault(space.system.actions[action].name, depth[here] + 1)
            if target not in depth:
                depth[target] = depth[here] + 1
                queue.append(target)
    return found


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("engine", ["graph", "packed"])
def test_every_action_that_breaks_a_property_is_found_by_a_shortest_trace(seed: int, engine: str) -> None:
    system = random_system(seed)
    slot = system.slots[seed % len(system.slots)]
    claim = always("low", (slot.name,), lambda v: v[slot.name] != slot.domain[-1])
    by_force = explore(system, Limits(), quiet, "graph")
    assert isinstance(by_force, GraphSpace)
    found = mechanisms(explore(system, Limits(), quiet, engine, (claim,)), claim)
    assert {one.step: len(one.trace) for one in found} == breaking(by_force, claim)
    assert len(found) == len({one.step for one in found})


def test_steps_and_rest_are_told_apart_as_well() -> None:
    system = random_system(3)
    names = tuple(slot.name for slot in system.slots)
    space = explore(system, Limits(), quiet, "graph")
    taken = {action.name for action in system.actions if space.fired.get(action.name)}
    still = step("still", names, lambda _: False)
    assert {one.step for one in mechanisms(space, still)} == taken
    rest = no_deadlock("never at rest", names, lambda _: False)
    found = mechanisms(space, rest)
    assert len({tuple(one.trace.final.values()) for one in found}) == len(found)


def test_the_ways_of_a_finding_are_the_writings_that_can_come_last() -> None:
    (scenario,) = scenarios_of("old-agent-clears-live-name")
    found = report(scenario)
    ways = mechanisms(found.space, found["dns-current"].property)
    assert {one.step.split(" (")[0] for one in ways} == {"MN1 receives BA", "DNS.MN1 receives DNS update"}


def test_a_property_that_holds_breaks_in_no_way_and_a_run_in_one() -> None:
    (scenario,) = scenarios_of("lost-switch-is-final")
    found = report(scenario)
    assert not mechanisms(found.space, found["one-live-registration"].property)
    assert not mechanisms(found.space, found["no-endless-flip"].property)
    assert len(mechanisms(found.space, found["every-node-recovers"].property)) == 1


def test_the_command_lists_them(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from haboot.ledger import FINDINGS  # noqa: PLC0415

    some = tuple(one for one in FINDINGS if one.name in {"old-agent-clears-live-name", "lost-switch-is-final"})
    monkeypatch.setattr("haboot.cli.findings.FINDINGS", some)
    assert run(("findings", "--mechanisms")) == 0
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == 3
    assert told.err.endswith("3 mechanisms of 2 findings\n")


@pytest.mark.parametrize("engine", ["graph", "packed"])
def test_states_at_rest_are_told_apart_by_what_the_property_reads(engine: str) -> None:
    ups = tuple(Action(f"to {n}", ("n",), ("n",), lambda v, n=n: {"n": n} if v["n"] == 0 else None) for n in (1, 2, 3))  # type: ignore[misc]
    system = System("fork", (Slot("n", range(4)),), ({"n": 0},), ups)
    rests = no_deadlock("rests", ("n",), lambda v: v["n"] == 1)
    found = mechanisms(explore(system, Limits(), quiet, engine, (rests,)), rests)
    assert {one.step for one in found} == {"to 2", "to 3"}
