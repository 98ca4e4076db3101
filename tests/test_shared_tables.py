"""Tables that compositions share: they save time and change nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from haboot.checker import Composition, Instance, Limits, Local, Participant, Row, System, compose, explore, quiet
from haboot.checker.machines import Pool
from haboot.model import PARTICIPANTS, STANDARD, Scenario, alternative, system
from haboot.model.scenarios import composition

SOME = (*STANDARD, alternative("vhar", ["loss"]), alternative("redirect", ["crash"]), alternative("haha"))


def shape(made: System) -> object:
    return made.slots, [(one.name, one.reads, one.writes, one.environment) for one in made.actions], made.initial


def size(made: System) -> tuple[int, int, int]:
    space = explore(made, Limits(), quiet, "graph")
    return space.distinct, space.generated, space.depth


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_composed_is_the_same_whatever_was_composed_before(order: int) -> None:
    pool: Pool = {}
    for scenario in SOME[::order]:
        shared, alone = compose(composition(scenario), pool=pool), compose(composition(scenario))
        assert shape(shared) == shape(alone)
        assert size(shared) == size(alone)


def test_a_mutant_s_tables_are_its_own() -> None:
    plain = Scenario("x", "", "same")
    before = size(system(plain))
    initiator = PARTICIPANTS["initiator home agent"]
    idle = replace(initiator, rows=tuple(row for row in initiator.rows if row.name != "starts IKE"))
    assert size(system(plain, {idle.name: idle})) < before
    assert size(system(plain)) == before


def test_without_a_pool_nothing_is_remembered() -> None:
    allowed = [False]

    def may(_: Local) -> bool:
        return allowed[0]

    going = Participant("going", ("off", "on"), "off", (Row("go", ("off",), "on", (may,)),))
    both = Composition("both", (Instance("A", going, "A"),))
    found = []
    for allowed[0] in (False, True):
        found.append(size(compose(both))[0])
    assert found == [1, 2]
