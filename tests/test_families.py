"""The families of a composition do what its parts do that each set of assumptions allows, explored one by one."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, count
from pathlib import Path

import pytest
from haboot.checker import (
    Action,
    Answer,
    Asked,
    Composition,
    Limits,
    ModelError,
    Property,
    Slot,
    System,
    always,
    check,
    compose,
)
from haboot.checker.boundary import minimal
from haboot.checker.evaluating import Steady
from haboot.checker.families import family
from haboot.checker.machines import families
from haboot.checker.packed import Bits, LabelledSearch
from haboot.model import Scenario, families_of
from haboot.properties import properties
from haboot.studies import faulty_scenario, minimal_fault_sets

from bench.fault_sets import by_brute_force, by_search, differences, settled
from tests.random_compositions import random_composition

NETWORK = ("loss", "duplication", "reordering")


def labelled(seed: int) -> tuple[Composition, tuple[str, ...]]:
    """Return a composition in which the network's deeds, triggers, facts and starts are assumed, and what there is."""
    plain = random_composition(seed)
    instances = tuple(
        replace(
            one,
            assumes={name: name for name in one.participant.internal if name != "shake"},
            start_assumes={"state": dict.fromkeys(one.start.get("state", ())[1:], "start")},
        )
        for one in plain.instances
    )
    facts = tuple(replace(one, assumes=dict.fromkeys(one.values[1:], "fact")) for one in plain.facts)
    does = {name: name for name in NETWORK if getattr(plain.network, name)}
    made = replace(plain, instances=instances, facts=facts, network=replace(plain.network, assumes=does, at_most={}))
    names = {*does, *("go", "try", "crash")} | ({"fact"} if facts else set()) | {"start"}
    return made, tuple(sorted(names))


def reduced(whole: Composition, given: frozenset[str]) -> Composition:
    """Return what is left of a composition where only some things are assumed."""
    off = [name for name in NETWORK if getattr(whole.network, name) and name not in given]
    instances = []
    for one in whole.instances:
        gone = {name for name in one.assumes if name not in given} | one.disabled
        start = (
            one.start
            if "start" in given or "state" not in one.start
            else {**one.start, "state": one.start["state"][:1]}
        )
        times = {name: most for name, most in one.at_most.items() if name not in gone}
        instances.append(replace(one, disabled=frozenset(gone), start=start, at_most=times, assumes=()))
    facts = [one if "fact" in given else replace(one, values=one.values[:1], assumes=()) for one in whole.facts]
    network = replace(whole.network, assumes={}, **dict.fromkeys(off, False))
    return replace(whole, instances=tuple(instances), facts=tuple(facts), network=network)


def states_avoided(whole: Composition) -> list[Property]:
    """Return a property for each state of each machine: that it is never entered."""
    return [
        always(
            f"{one.name} is not {state}", (f"{one.name}.state",), lambda v, at=f"{one.name}.state", s=state: v[at] != s
        )
        for one in whole.instances
        for state in one.participant.states
    ]


@pytest.mark.parametrize("seed", range(10))
def test_families_of_a_composition_reach_what_its_parts_reach(seed: int) -> None:
    whole, names = labelled(seed)
    claims, most = states_avoided(whole), 2
    asked = [(False, Asked(one, one.clauses[0]).settling) for one in claims]
    found: dict[str, list[frozenset[str]]] = {one.name: [] for one in claims}
    for one in families(whole, most):
        groups = [[n] for n in range(len(asked))]
        result = LabelledSearch(one, asked, Bits(names), most, groups).run(Limits())
        assert result.order == most
        for claim, sets in zip(claims, result.sets, strict=True):
            found[claim.name] += sets
    known: dict[str, list[frozenset[str]]] = {one.name: [] for one in claims}
    for given in (frozenset(one) for size in range(most + 1) for one in combinations(names, size)):
        for verdict in check(compose(reduced(whole, given)), claims, engine="graph").verdicts:
            known[verdict.property.name] += [given] if verdict.answer is Answer.VIOLATED else []
    assert {name: set(minimal(some)) for name, some in found.items()} == {
        name: set(minimal(some)) for name, some in known.items()
    }


def test_what_a_family_does_is_run_twice_only_where_an_author_wrote_it() -> None:
    whole, _ = labelled(0)
    for one in families(whole, 1):
        assert all(isinstance(action.effect, Steady) for action in one.system.actions)
    turns = count()
    flickers = Action("flickers", (), ("n",), lambda _: {"n": next(turns) % 2})
    made = family(System("flickering", (Slot("n", (0, 1)),), ({"n": 0},), (flickers,)))
    with pytest.raises(ModelError, match="not deterministic"):
        LabelledSearch(made, [], Bits(("a",)), 1, []).run(Limits())


SOME = ("duplication", "reordering", "movement", "refresh", "return-kept", "dad-lost", "false-suspicion", "replay")


@pytest.mark.parametrize("prefixes", ["same", "different"])
def test_minimal_sets_of_the_draft_are_those_of_brute_force(prefixes: str) -> None:
    scenario = Scenario("x", "", prefixes)
    assert differences(by_search(scenario, SOME, 1), by_brute_force(scenario, SOME, 1)) == []


@pytest.mark.slow
@pytest.mark.parametrize("prefixes", ["same", "different"])
def test_minimal_sets_of_two_faults_or_two_mobile_nodes_are_those_of_brute_force(prefixes: str) -> None:
    for scenario, most in ((Scenario("x", "", prefixes), 2), (Scenario("x", "", prefixes, mobile_nodes=2), 1)):
        assert differences(by_search(scenario, SOME, most), by_brute_force(scenario, SOME, most)) == []


def test_what_one_side_alone_has_is_told() -> None:
    one, other = {"p": {frozenset("a")}, "q": {frozenset()}}, {"p": {frozenset("ab")}}
    assert differences(one, other) == [
        "one search alone: p under a",
        "each set by itself alone: p under a, b",
        "one search alone: q under nothing",
    ]


def test_brute_force_goes_on_from_what_its_file_keeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario, names, file = Scenario("x", ""), ("dad-lost", "return-kept"), tmp_path / "kept"
    plain = by_brute_force(scenario, names, 1)
    assert by_brute_force(scenario, names, 1, workers=2, keep=file) == plain
    lines = file.read_text().splitlines()
    assert len(lines) == 4
    file.write_text("\n".join((*lines[:3], lines[3][:-4])))
    explored = list[frozenset[str]]()

    def noting(scenario: Scenario, given: frozenset[str]) -> list[str]:
        explored.append(given)
        return settled(scenario, given)

    monkeypatch.setattr("bench.fault_sets.settled", noting)
    assert by_brute_force(scenario, names, 1, keep=file) == plain
    assert explored == [frozenset(names[1:])]
    assert sorted(file.read_text().splitlines()) == sorted(lines)
    with pytest.raises(ModelError, match="name another file"):
        by_brute_force(replace(scenario, mobile_nodes=2), names, 1, keep=file)


def test_what_a_scenario_assumes_is_granted() -> None:
    within = Scenario("x", "", assumptions=frozenset({"dad-lost"}))
    found = minimal_fault_sets(faulty_scenario(within, ("false-suspicion", "loss")), 1, ["one-live-registration"])
    assert [one.faults for one in found.sets["one-live-registration"]] == [("false-suspicion",)]


def test_sets_that_several_processes_explore_are_those_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haboot.studies.minimal_sets.FEW", 0)
    whole = faulty_scenario(Scenario("x", ""), ("dad-lost", "false-suspicion", "return-kept"))
    asked, heard = ("one-live-registration", "healthy-agent-not-abandoned"), list[tuple[int, int]]()
    one, several = (
        minimal_fault_sets(whole, 2, asked, Limits(workers=count), done=lambda *told: heard.append(told))
        for count in (1, 2)
    )
    assert one == several
    count = len(heard) // 2
    assert heard == [(number + 1, count) for number in range(count)] * 2
    assert count > 1


def test_where_reordering_is_granted_there_is_one_family() -> None:
    whole = Scenario("x", "", assumptions=frozenset({"reordering", "loss"}))
    assert len(families_of(whole, 1)) == 2
    (one,) = families_of(whole, 1, frozenset({"reordering"}))
    assert properties(whole, one.system)
