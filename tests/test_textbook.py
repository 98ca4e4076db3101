"""The product answers as a textbook does: every scenario of the standard suite, and compositions drawn at random.

The textbook's own search for fair runs is tested against a blind one: all sets of steps that a run could take for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from random import Random

import networkx as nx
import pytest
from haboot.checker import Fairness, Limits, Report, check, compose, judge, quiet
from haboot.checker.graph import search as graph
from haboot.ledger import SUITES
from haboot.model import Scenario, composition
from haboot.properties import properties

from tests.agreement import against_textbook
from tests.drawn_systems import drawn_properties
from tests.random_compositions import several
from tests.textbook import Cut, Found, Space, demands, explored, fair_sets
from tests.textbook_machines import explored_machines

STANDARD = {one.name: one for one in SUITES["standard"]}
LARGE = (  # those that take a second or more
    "vhar-lacks-the-new-key",
    "own-bootstrap",
    "authorised-agent-takes-over",
    "two-initiators-race-in-dns",
    "unreachable-nodes-starve-others",
)


@pytest.mark.parametrize("name", [*(name for name in STANDARD if name not in LARGE)])
def test_a_standard_scenario_is_judged_as_by_the_textbook(name: str) -> None:
    assert odd(STANDARD[name]) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_a_large_standard_scenario_is_judged_as_by_the_textbook(name: str) -> None:
    assert odd(STANDARD[name]) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", [one.name for one in SUITES["full"] if one.name not in STANDARD])
def test_every_other_scenario_is_judged_as_by_the_textbook(name: str) -> None:
    assert odd(next(one for one in SUITES["full"] if one.name == name)) == []


def odd(scenario: Scenario) -> list[str]:
    """Return where the product and the textbook part over a scenario."""
    made = composition(scenario)
    system = compose(made)
    return against_textbook(check(system, properties(scenario, system), Limits(MOST)), explored_machines(made))


MOST = 20_000  # states that no scenario has
FEW, BATCH = 120, 20  # states that are few enough, and seeds a test


@pytest.mark.parametrize("batch", [pytest.param(n, marks=() if n < 12 else pytest.mark.slow) for n in range(150)])
def test_a_random_composition_is_judged_as_by_the_textbook(batch: int) -> None:
    compared = 0
    for seed, made in several(batch * BATCH, BATCH):
        system = compose(made)
        space = graph.explore(system, Limits(max_states=FEW), quiet)
        if space.expanded == space.distinct:
            verdicts = tuple(judge(space, claim) for claim in drawn_properties(seed, system))
            assert {seed: against_textbook(Report(space, verdicts, 0.0), explored_machines(made))} == {seed: []}
            compared += 1
    assert compared >= BATCH // 4


@pytest.mark.parametrize("seed", range(150))
def test_the_textbook_finds_the_fair_runs_that_a_blind_search_finds(seed: int) -> None:
    dice = Random(seed)  # noqa: S311 - no secret
    space = tiny_space(dice)
    names = ["a", "b", "c"]
    promises = [
        Fairness(f"f{n}", frozenset(dice.sample(names, dice.choice((1, 1, 2)))), dice.random() < 0.5)
        for n in range(dice.randint(0, 3))
    ]
    owed = demands(space, promises)
    blind = [frozenset(nodes) for nodes, taken in runs_for_ever(space) if is_fair(space, nodes, taken, promises)]
    found = list(fair_sets(space.graph, owed))
    assert set(found and frozenset.union(*map(frozenset, found))) == set().union(*blind)
    assert all(any(nodes <= some for some in found) for nodes in blind)


def tiny_space(dice: Random) -> Space:
    """Return a few states with a few steps, some of them cut and some that change nothing."""
    size = dice.randint(1, 5)
    steps = [(dice.randrange(size), dice.choice("abc"), dice.randrange(size)) for _ in range(dice.randint(0, 9))]
    cuts = [(dice.randrange(size), dice.choice("abc")) for _ in range(dice.choice((0, 0, 1)))]

    def following(state: int) -> Iterator[Found[int]]:
        yield from ((action, (), target) for source, action, target in steps if source == state)
        yield from ((action, (), Cut("cut")) for source, action in cuts if source == state)

    return explored(range(size), following, lambda state: {"n": state}, set())


Taken = tuple[tuple[int, int, str], ...]


def runs_for_ever(space: Space) -> Iterator[tuple[set[int], Taken]]:
    """All pairs of states and steps that some run visits and takes again and again, by trying all sets of steps."""
    yield from (({node}, ()) for node in space.graph)  # where it stutters
    steps = list(space.graph.edges(data="action"))
    for number in range(1, len(steps) + 1):
        for taken in combinations(steps, number):
            walk = nx.MultiDiGraph((source, target) for source, target, _ in taken)
            if nx.is_strongly_connected(walk):
                yield set(walk), taken


def is_fair(space: Space, nodes: set[int], taken: Taken, promises: list[Fairness]) -> bool:
    """Whether a run that visits and takes these again and again keeps its promises."""
    for promise in promises:
        moves = {action for source, target, action in taken if source != target}
        enabled = [
            {action for _, target, action in space.graph.edges(node, data="action") if target != node}
            | space.cut.get(node, set())
            for node in nodes
        ]
        always = all(actions & promise.actions for actions in enabled)
        repeatedly = any(actions & promise.actions for actions in enabled)
        if (repeatedly if promise.strong else always) and not moves & promise.actions:
            return False
    return True
