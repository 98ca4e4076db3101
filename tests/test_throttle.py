"""The throttle: exact and simulated turns agree, turns are runs of the model, and equal figures give equal pictures."""

import json
from functools import partial
from itertools import product
from math import inf
from pathlib import Path
from xml.etree import ElementTree

import pytest
from haboot.checker import Action, Fired, Limits, ModelError, Slot, System, View, quiet
from haboot.checker.evaluating import evaluate
from haboot.checker.graph import explore
from haboot.cli.main import run
from haboot.model import Scenario, system
from haboot.studies import Load, turns
from haboot.studies.throttle import _Session, by_simulation, exact, lives

GRID = [
    Load(nodes, slots, away, patience)
    for nodes, slots, away, patience in product((1, 2, 4, 7, 9), (1, 2, 3, 5), (0, 1, 2, 4), (None, 1, 2, 12))
    if away < nodes
]


def test_simulated_and_exact_turns_agree_wherever_both_exist() -> None:
    compared = 0
    for load in GRID:
        known = exact(load)
        if known is None:
            continue
        guess = by_simulation(load, seed=1)
        assert (guess.best, guess.worst) == (known.best, known.worst), load
        assert guess.drawn is not None
        assert known.best <= guess.drawn <= known.worst, load
        compared += 1
    assert compared == len(GRID)


class _Turner:
    """Plays turns on the product of several mobile nodes itself, without any table of lives."""

    def __init__(self, scenario: Scenario) -> None:
        self.nodes, self.system = scenario.nodes, system(scenario)
        self.state = dict(self.system.initial[0])
        self.rest("suspects")

    def outcomes(self, product: System) -> list[tuple[str, dict[str, object], tuple[object, ...]]]:
        found = []
        for action in product.actions:
            view = View({name: self.state[name] for name in action.reads}, action.name)
            found += [(action.name, dict(one.writes), one.events) for one in evaluate(action, view)]
        return found

    def session(self, events: tuple[object, ...]) -> str:
        """The mobile node whose session at H a step belongs to, empty for any other step."""
        mine = [one.instance for one in events if isinstance(one, Fired) and one.instance.startswith("H.MN")]
        return mine[0].split(".")[1] if mine else ""

    def rest(self, _: str = "") -> None:
        """Let everything happen that is not the home agent's."""
        while others := [one for one in self.outcomes(self.system) if not self.session(one[2])]:
            self.state |= others[0][1]

    def turn(self) -> None:
        """Every running session does one thing, then waiting ones start; messages arrive afterwards."""
        waiting = [node for node in self.nodes if self.state[f"H.{node}.state"] == "idle"]
        for node in (*(one for one in self.nodes if one not in waiting), *waiting):
            mine = [one for one in self.outcomes(self.system) if self.session(one[2]) == node]
            if mine:
                self.state |= mine[0][1]
        self.rest()

    def recovered(self) -> bool:
        return all(
            (self.state[f"{node}.state"], self.state[f"{node}.home_agent"]) == ("bound", "H") for node in self.nodes
        )


@pytest.mark.parametrize(("nodes", "slots"), [(1, 1), (2, 1), (2, 2), (3, 1), (3, 2)])
def test_turns_are_those_of_the_product_of_all_mobile_nodes(nodes: int, slots: int) -> None:
    turner, count = _Turner(Scenario("turns", "", "same", nodes, slots)), 0
    while not turner.recovered():
        turner.turn()
        count += 1
    known = exact(Load(nodes, slots))
    assert known is not None
    assert known.best == known.worst == count


def test_without_a_rule_as_many_unreachable_nodes_as_slots_starve_the_rest() -> None:
    for slots, away in ((1, 1), (2, 2), (2, 3), (3, 3)):
        starved = exact(Load(away + 2, slots, away, None))
        assert starved is not None
        assert starved.worst == inf
        assert starved.best < inf
    fewer = exact(Load(6, 3, 2, None))
    assert fewer is not None
    assert fewer.worst < inf


def test_giving_up_ends_the_starvation_after_the_repetitions() -> None:
    for patience in (1, 5, 12):
        load = Load(2, 1, 1, patience)
        known = exact(load)
        assert known is not None
        assert known.worst - known.best == patience + 1
        assert len(lives(patience)[1].after) == patience + 2


def test_ten_thousand_are_simulated() -> None:
    found = turns(Load(10_000, 100, 100))
    assert not found.exact
    assert found.best <= (found.drawn or 0) <= found.worst < inf
    assert found.best == -(-9_900 // 100) * 3 + 2


def test_the_same_seed_gives_the_same_turns() -> None:
    load = Load(200, 7, 30)
    assert by_simulation(load, 5) == by_simulation(load, 5)


def test_a_model_in_which_others_may_end_in_two_ways_between_turns_is_refused() -> None:
    ways = (Action(name, ("n",), ("n",), partial(_ends, to)) for name, to in (("left", 1), ("right", 2)))
    fork = System("fork", (Slot("n", range(3)),), ({"n": 0},), tuple(ways))
    session = _Session(explore(fork, Limits(), quiet))
    with pytest.raises(ModelError, match="between two turns of the home agent 2 states can be reached; one is due"):
        session.quiet(0)
    assert session.quiet(1) == 1


def _ends(to: int, view: View) -> dict[str, int] | None:
    return None if view["n"] else {"n": to}


def test_a_load_without_anyone_in_reach_is_refused() -> None:
    for bad in ((3, 1, 3), (3, 0, 1), (0, 1, 0)):
        with pytest.raises(ModelError, match="mobile nodes"):
            Load(*bad)
    with pytest.raises(ModelError, match="patience 0"):
        Load(3, 1, 1, 0)


def test_the_picture_is_the_same_each_time_and_names_what_it_shows(tmp_path: Path) -> None:
    pictures = []
    for name in ("one.svg", "two.svg"):
        target = tmp_path / name
        figures = tmp_path / "out.json"
        arguments = ("--nodes", "2,4,200", "--slots", "1,2", "--unreachable", "1", "-o", str(target))
        assert run(("throttle", *arguments, "--json", str(figures))) == 0
        pictures.append(target.read_text(encoding="utf-8"))
    assert pictures[0] == pictures[1]
    words = "\n".join("".join(one.itertext()) for one in ElementTree.fromstring(pictures[0]).iter())  # noqa: S314
    assert all(word in words for word in ("exact", "simulated", "best case", "worst case", "∞", "1 slot", "2 slots"))
    assert "<dc:date>" not in pictures[0]
    data = json.loads(figures.read_text())["turns"]
    assert {one["how"] for one in data} == {"exact", "simulated"}
    assert {one["worst"] for one in data if one["patience"] is None and one["slots"] == 1 and one["unreachable"]} == {
        "infinite"
    }


def test_more_ways_than_are_tried_side_by_side_are_not_called_exact() -> None:
    load = Load(9, 3, 2, 2)
    known = exact(load)
    assert known is not None
    assert known.exact
    assert exact(load, widest=1) is None
