"""Shards that join between levels take over partitions; the search ends with the same."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from haboot.checker import Limits, Watcher, graph, judge, leads_to, packed, quiet, sometimes
from haboot.checker.judging import judge_all
from haboot.checker.packed import PackedSpace
from haboot.checker.packed.cluster import ClusterError, Terms, Within, explore, terms
from hypothesis import example, given, settings
from hypothesis import strategies as some

from examples.two_phase_commit import agreement, two_phase_commit
from tests.agreement import figures
from tests.clusters import Watching, drawn, within
from tests.random_systems import random_properties, random_system


class Noting(Within):
    """Shards one more of which joins at some calls; notes what they hand over."""

    def __init__(self, size: int, joins: Sequence[int], dice: Random | None = None, deaths: Sequence[int] = ()) -> None:
        super().__init__(size, dice, deaths, joins)
        self.handed = 0

    def send(self, shard: int, verb: str, given: Sequence[Any], parts: int = 1) -> list[Any]:
        self.handed += given[1] - given[0] if verb == "hand" else 0
        return super().send(shard, verb, given, parts)


@pytest.mark.parametrize("padding", [0, 12, 23])
def test_shards_that_join_change_neither_counts_nor_verdicts_nor_traces(padding: int) -> None:
    for seed in range(4):
        system = random_system(seed, padding)
        carrier = drawn(1 + seed % 3, seed, (), (3, 12, 30, 31))
        wanted, space = graph.explore(system, Limits(), quiet), within(system, None, carrier)
        assert figures(space) == figures(wanted)
        assert len(carrier.shards) > 1 + seed % 3
        claims = random_properties(seed, system)
        for claim, one, other in zip(claims, judge_all(space, claims), judge_all(wanted, claims), strict=True):
            assert (one.answer, one.trace) == (other.answer, other.trace), claim.name


@pytest.mark.parametrize(("joins", "most"), [((60,), 2048), ((60, 60), 2048 + 800), ((60, 100, 140), 5000)])
def test_what_joins_takes_over_its_part(joins: Sequence[int], most: int) -> None:
    late = sometimes("counted", ("counted 5", "counted 4"), lambda v: v["counted 5"] and v["counted 4"])
    decided = leads_to("decided", ("tm",), lambda _: True, lambda view: view["tm"] != "init")
    carrier, wanted = Noting(2, joins), packed.explore(two_phase_commit(6), Limits(), quiet)
    space = within(two_phase_commit(6), None, carrier)
    assert figures(space) == figures(wanted)
    assert 0 < carrier.handed <= most
    held = [shard.partitions.found for shard in carrier.shards if shard is not None]
    assert len(held) == 2 + len(joins)
    for one, other in zip(sorted(int(np.flatnonzero(found)[0]) for found in held), terms.cuts(len(held)), strict=False):
        assert abs(one - other) < 20
    assert max(map(np.sum, held)) < 1.2 * min(map(np.sum, held))
    for claim in (late, agreement(6), decided):
        assert (judge(space, claim).answer, judge(space, claim).trace) == (
            judge(wanted, claim).answer,
            judge(wanted, claim).trace,
        )


@given(
    joins=some.lists(some.integers(20, 160), min_size=1, max_size=4),
    deaths=some.lists(some.integers(20, 300), max_size=3),
    order=some.integers(0, 10**6),
    written=some.booleans(),
)
@example(joins=[56, 56, 62], deaths=[65, 76], order=4981, written=False)  # what is taken over is lost before it comes
@settings(max_examples=15, deadline=None)
def test_what_joins_may_be_lost_again(
    tmp_path_factory: pytest.TempPathFactory, joins: list[int], deaths: list[int], order: int, *, written: bool
) -> None:
    folder = tmp_path_factory.mktemp("kept") if written else None
    space = within(two_phase_commit(4), Limits(checkpoint=folder, interval=0), drawn(2, order, deaths, joins))
    assert (space.distinct, space.generated, space.depth) == (1_568, 8_258, 14)
    assert judge(space, agreement(4)).answer.name == "HOLDS"


class Losing(Within):
    """Shards of which one is lost while partitions are handed over."""

    lost = ""

    def send(self, shard: int, verb: str, given: Sequence[Any], parts: int = 1) -> list[Any]:
        if verb == "take" and not self.lost:
            self.lost = verb
            self.deaths = {self.made + 5}
        return super().send(shard, verb, given, parts)


@pytest.mark.parametrize("written", [False, True])
def test_a_shard_that_is_lost_while_partitions_are_handed_over(tmp_path: Path, *, written: bool) -> None:
    carrier = Losing(2, joins=[60])
    space = within(two_phase_commit(5), Limits(checkpoint=tmp_path if written else None, interval=0), carrier)
    assert carrier.lost
    assert figures(space) == figures(packed.explore(two_phase_commit(5), Limits(), quiet))


def test_a_number_of_actors_that_was_asked_for_stays() -> None:
    carrier = Noting(2, (10, 20))
    space = within(two_phase_commit(4), Limits(actors=3), carrier)
    assert sum(shard is not None for shard in carrier.shards) == 3
    assert (carrier.handed, space.distinct) == (0, 1_568)


class Refusing(Within):
    """Shards that no more can be added to."""

    def start(self, terms: Sequence[Terms]) -> None:
        if self.shards:
            raise ClusterError("it runs another version")
        super().start(terms)


def test_what_joins_and_does_not_start_is_told_and_left_alone() -> None:
    watching = Watching()
    space = explore(two_phase_commit(5), Limits(), watching, PackedSpace, carrier=Refusing(2, joins=[60]))
    assert figures(space) == figures(packed.explore(two_phase_commit(5), Limits(), quiet))
    assert watching.notes == {"", "machines that joined are not used: it runs another version"}


def test_each_machine_s_share_is_told() -> None:
    watching = Watching()
    assert isinstance(watching, Watcher)
    space = explore(two_phase_commit(6), Limits(), watching, PackedSpace, carrier=drawn(3, 1, (), (80,)))
    assert {len(shares) for shares in watching.told} == {3, 4}
    last = watching.told[-1]
    assert sum(one.found for one in last) == space.distinct
    assert all(one.actors == 1 and one.most == one.found and one.held > 4 * one.found for one in last)
    assert sum(one.sent for one in last) == sum(cost.octets for cost in space.search.costs)
    for before, after in pairwise(watching.told):
        sent = [{one.node: one.sent for one in shares} for shares in (before, after)]
        assert all(sent[0][node] <= sent[1][node] for node in sent[0])


class Narrow(Within):
    """Shards of which those that join have room for no more than one item of a partition."""

    def start(self, terms: Sequence[Terms]) -> None:
        before = len(self.shards)
        super().start(terms)
        for shard in self.shards[before:] if before else ():
            assert shard is not None
            shard.partitions.shape = shard.partitions.shape._replace(cap=0)


def test_shards_without_room_for_what_they_would_take_over_end_a_search() -> None:
    with pytest.raises(ClusterError, match="no room for the partitions that it was to take over"):
        within(two_phase_commit(5), None, Narrow(2, joins=[60]))


@pytest.mark.parametrize("old", [1, 2, 3, 7, 64])
def test_few_partitions_change_their_owner(old: int) -> None:
    for new in range(old, 2 * old + 2):
        homes = terms.homes(old, new)
        assert sorted(set(homes)) == homes
        assert homes[-1] < new
        cuts, after = terms.cuts(old), terms.cuts(new)
        kept = sum(
            max(0, min(hi, after[home + 1]) - max(lo, after[home]))
            for home, (lo, hi) in zip(homes, pairwise(cuts), strict=True)
        )
        assert kept >= 0.75 * 4096 * old // new
