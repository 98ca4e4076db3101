"""What happens on runs: every lasso of tiny systems is tried, and each kind is taken at its word on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from random import Random

import networkx as nx
import pytest
from haboot import (
    Action,
    Fairness,
    Property,
    Slot,
    System,
    View,
    check,
    eventually,
    infinitely_often,
    leads_to,
    stays,
)

from tests.test_textbook import is_fair, runs_for_ever
from tests.textbook import Space, explored_system

ENGINES = ("graph", "packed")
Word = Callable[[list[int], list[int], set[int], set[int]], bool]  # a way, a loop, premise and goal: is it broken?
WORDS: dict[str, Word] = {
    "eventually": lambda way, loop, premise, goal: way[0] in premise and not {*way, *loop} & goal,
    "infinitely often": lambda way, loop, premise, goal: bool({*way, *loop} & premise) and not {*loop} & goal,
    "stays": lambda way, loop, premise, goal: bool({*way, *loop} & premise) and not {*loop} <= goal,
    "leads-to": lambda way, loop, premise, goal: any(
        way[at] in premise and not {*way[at:], *loop} & goal for at in range(len(way))
    ),
}


def tiny(dice: Random) -> System:
    """Return a system of a few states, with steps drawn between them."""
    size = dice.randint(1, 4)
    steps = {(dice.randrange(size), dice.choice("abc"), dice.randrange(size)) for _ in range(dice.randint(0, 6))}

    def effect(name: str) -> Callable[[View], list[dict[str, int]]]:
        return lambda v: [{"n": there} for here, action, there in sorted(steps) if (here, action) == (v["n"], name)]

    starts = tuple({"n": n} for n in range(size) if n == 0 or dice.random() < 0.2)
    actions = tuple(Action(name, ("n",), ("n",), effect(name)) for name in "abc")
    return System("tiny", (Slot("n", range(size)),), starts, actions)


def stated(dice: Random, size: int) -> tuple[list[Property], set[int], set[int]]:
    premise, goal = ({n for n in range(size) if dice.random() < 0.5} for _ in range(2))
    promises = tuple(
        Fairness(f"f{n}", frozenset(dice.sample("abc", dice.choice((1, 1, 2)))), dice.random() < 0.5)
        for n in range(dice.randint(0, 2))
    )
    reads = ("n",)
    claims = [
        made(kind, reads, lambda v: v["n"] in goal, promises, premise=lambda v: v["n"] in premise)
        for kind, made in (("eventually", eventually), ("infinitely often", infinitely_often), ("stays", stays))
    ]
    said = leads_to("leads-to", reads, lambda v: v["n"] in premise, lambda v: v["n"] in goal, promises)
    return [*claims, said], premise, goal


def lassos(space: Space, claim: Property) -> Iterator[tuple[list[int], list[int]]]:
    """All ways into all fair loops, by the values that states hold; a way ends in the loop."""
    value = [int(str(state["n"])) for state in space.states]
    graph = nx.DiGraph(space.graph)
    starts = [node for node in graph if space.level[node] == 0]
    for nodes, taken in runs_for_ever(space):
        if not is_fair(space, nodes, taken, list(claim.fairness)):
            continue
        for start, by, entry in product(starts, graph, nodes):
            for first in simple(graph, start, by):
                for second in simple(graph, by, entry):
                    yield [value[one] for one in (*first, *second[1:])], [value[one] for one in nodes]


def simple(graph: object, start: int, end: int) -> list[list[int]]:
    return [[start]] if start == end else list(nx.all_simple_paths(graph, start, end))


def by_its_words(space: Space, claim: Property, premise: set[int], goal: set[int]) -> str:
    if any(WORDS[claim.name](way, loop, premise, goal) for way, loop in lassos(space, claim)):
        return "VIOLATED"
    values = {
        state["n"] for node, state in enumerate(space.states) if claim.name != "eventually" or not space.level[node]
    }
    return "HOLDS" if values & premise else "UNREACHED"


@pytest.mark.parametrize("batch", range(4))
def test_each_kind_is_what_its_words_say_of_every_lasso(batch: int) -> None:
    seen = set()
    for seed in range(batch * 15, batch * 15 + 15):
        dice = Random(seed)  # noqa: S311 - no secret
        system = tiny(dice)
        claims, premise, goal = stated(dice, len(system.slots[0].domain))
        space = explored_system(system)
        right = {claim.name: by_its_words(space, claim, premise, goal) for claim in claims}
        seen |= set(right.items())
        for engine in ENGINES:
            report = check(system, claims, engine=engine)
            assert (seed, engine, {one.property.name: str(one.answer) for one in report.verdicts}) == (
                seed,
                engine,
                right,
            )
    assert {answer for _, answer in seen} == {"HOLDS", "VIOLATED", "UNREACHED"}


def light() -> System:
    """Return a light that is switched on and off, and may break for good."""
    turn = Action("switch", ("lit",), ("lit",), lambda v: None if v["lit"] == "broken" else {"lit": not v["lit"]})
    fall = Action("fall", ("lit",), ("lit",), lambda v: {"lit": "broken"} if v["lit"] is True else None)
    return System("light", (Slot("lit", (False, True, "broken")),), ({"lit": False},), (turn, fall))


SWITCHED = Fairness("switched", frozenset({"switch"}))
FALLS = Fairness("falls", frozenset({"fall"}), strong=True)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_light_is_lit_broken_for_good_or_on_and_off_for_ever(engine: str) -> None:
    system = light()
    lit = ("lit",)
    claims = [
        eventually("lit once", lit, lambda v: v["lit"] is not False, (SWITCHED,)),
        eventually("lit without a promise", lit, lambda v: v["lit"] is not False),
        infinitely_often("dark again", lit, lambda v: v["lit"] is not True, (SWITCHED,)),
        infinitely_often("dark once broken", lit, lambda v: v["lit"] is False, premise=lambda v: v["lit"] == "broken"),
        stays("broken in the end", lit, lambda v: v["lit"] == "broken", (SWITCHED, FALLS)),
        stays("broken by switching", lit, lambda v: v["lit"] == "broken", (SWITCHED,)),
        stays("broken once broken", lit, lambda v: v["lit"] == "broken", premise=lambda v: v["lit"] == "broken"),
        eventually("of no start", lit, lambda _: False, premise=lambda v: v["lit"] is True),
    ]
    report = check(system, claims, engine=engine)
    assert {one.property.name: str(one.answer) for one in report.verdicts} == {
        "lit once": "HOLDS",
        "lit without a promise": "VIOLATED",
        "dark again": "HOLDS",
        "dark once broken": "VIOLATED",
        "broken in the end": "HOLDS",
        "broken by switching": "VIOLATED",
        "broken once broken": "HOLDS",
        "of no start": "UNREACHED",
    }
    shown = {one.property.name: one.trace for one in report.verdicts if one.trace is not None}
    assert (len(shown["lit without a promise"]), shown["lit without a promise"].loop) == (0, 0)
    assert [step.action for step in shown["dark once broken"]] == ["switch", "fall"]
    assert (len(shown["broken by switching"]), shown["broken by switching"].loop) == (2, 0)
