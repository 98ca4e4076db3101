"""Shards that are lost: the search goes on from what is written, or from the start, and ends with the same."""

from __future__ import annotations

import errno
import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from haboot.checker import Answer, Limits, ModelError, always, graph, judge, packed, quiet
from haboot.checker.judging import judge_all
from haboot.checker.packed.cluster import ClusterError, Within, keeping
from hypothesis import given, settings
from hypothesis import strategies as some

from examples.two_phase_commit import agreement, two_phase_commit
from tests.agreement import figures
from tests.clusters import drawn, within
from tests.random_systems import random_properties, random_system

COUNTS = (8_832, 58_146, 17)


@given(
    seed=some.integers(0, 10**6),
    deaths=some.lists(some.integers(0, 150), max_size=4),
    joins=some.lists(some.integers(0, 120), max_size=3),
    order=some.integers(0, 10**6),
    written=some.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_what_is_lost_or_joins_at_any_moment_changes_nothing(
    seed: int, deaths: list[int], joins: list[int], order: int, *, written: bool
) -> None:
    system = random_system(seed, 0 if seed % 4 else 12)
    wanted, claims = graph.explore(system, Limits(), quiet), random_properties(seed, system)
    with TemporaryDirectory() as folder:
        limits = Limits(checkpoint=Path(folder) if written else None, interval=seed % 2 / 20)
        space = within(system, limits, drawn(3, order, deaths, joins))
        assert figures(space) == figures(wanted)
        for claim, one, other in zip(claims, judge_all(space, claims), judge_all(wanted, claims), strict=True):
            assert (one.answer, one.trace) == (other.answer, other.trace), claim.name


class Counting(Within):
    """Shards that are lost at one call, and count how often a level is expanded."""

    expanded = 0

    def send(self, shard: int, verb: str, given: Sequence[Any], parts: int = 1) -> list[Any]:
        self.expanded += verb == "expand"
        return super().send(shard, verb, given, parts)


def test_a_search_goes_on_from_the_last_level_that_is_written(tmp_path: Path) -> None:
    figure = []
    for folder in (None, tmp_path):
        carrier = Counting(2, None, [80])
        space = within(two_phase_commit(5), Limits(checkpoint=folder, interval=0), carrier)
        assert (space.distinct, space.generated, space.depth) == COUNTS
        figure.append(carrier.expanded)
    again, went_on = figure
    assert 2 * 17 < went_on <= 2 * 18 < again


def test_actors_that_are_lost_again_and_again_end_a_search() -> None:
    carrier = drawn(2, 1, range(10, 10_000, 3))
    with pytest.raises(ClusterError, match="actors were lost 6 times in the course of one level"):
        within(two_phase_commit(5), None, carrier)
    assert carrier.shards == []


def test_a_loss_after_an_interrupted_search_leaves_questions_open() -> None:
    asked = iter(range(10**6))
    carrier = Within(2)
    space = within(two_phase_commit(5), Limits(stopped=lambda: next(asked) > 60), carrier)
    carrier.deaths = {carrier.made}
    assert judge(space, agreement(5)).answer is Answer.INCOMPLETE


@pytest.mark.parametrize("managers", [5, 9])
def test_a_search_that_was_cut_is_resumed(tmp_path: Path, managers: int) -> None:
    near = always("nobody prepares", ("rm 0",), lambda v: v["rm 0"] != "prepared")
    most = 3_000 if managers == 5 else 30_000
    cut = within(two_phase_commit(managers), Limits(max_states=most, checkpoint=tmp_path))
    assert cut.bounds_hit == (f"max-states {most:,}",)
    limits = Limits(max_states=8 * most, checkpoint=tmp_path, resume=True)
    space = within(two_phase_commit(managers), limits)
    assert figures(space) == figures(within(two_phase_commit(managers), Limits(max_states=8 * most)))
    wanted = packed.explore(two_phase_commit(managers), Limits(max_states=most), quiet)
    assert judge(space, near).trace == judge(wanted, near).trace


@pytest.mark.parametrize("managers", [5, 10])
def test_a_checkpoint_is_resumed_by_any_number_of_actors(tmp_path: Path, managers: int) -> None:
    system, most = two_phase_commit(managers), managers + 15
    for number, actors in enumerate((3, 1, 4, 2)):
        most *= 5 if managers == 10 else 4
        within(system, Limits(most, checkpoint=tmp_path, actors=actors, interval=0, resume=number > 0))
    manifest = keeping.read(tmp_path)
    assert manifest is not None
    assert [size for _, size in manifest.ends] == sorted((size for _, size in manifest.ends), key=[3, 1, 4, 2].index)
    assert {size for _, size in manifest.ends} == {1, 2, 3, 4}
    limits = Limits(2 * most, checkpoint=tmp_path, actors=5, resume=True)
    assert figures(within(system, limits)) == figures(within(system, Limits(2 * most)))


def test_another_search_s_checkpoint_is_neither_resumed_nor_overwritten(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="holds no checkpoint of a cluster"):
        within(two_phase_commit(3), Limits(checkpoint=tmp_path, resume=True))
    within(two_phase_commit(3), Limits(checkpoint=tmp_path))
    before = (tmp_path / keeping.MANIFEST).read_bytes()
    for resume in (True, False):
        with pytest.raises(ModelError, match="holds the checkpoint of another search"):
            within(two_phase_commit(4), Limits(checkpoint=tmp_path, resume=resume))
    assert (tmp_path / keeping.MANIFEST).read_bytes() == before


@pytest.mark.parametrize("managers", [3, 10])
def test_no_damaged_file_is_taken_for_a_search(tmp_path: Path, managers: int) -> None:
    system = two_phase_commit(managers)
    limits = Limits(checkpoint=tmp_path, max_states=300)
    within(system, limits)
    resume = Limits(checkpoint=tmp_path, resume=True, max_states=300)
    whole = figures(within(system, resume))
    dice = Random(managers)  # noqa: S311 - the same damages in every run
    for path in sorted(tmp_path.iterdir()):
        kept = path.read_bytes()
        damages = [kept[:-1], kept + b"\0", b""]
        for _ in range(3):
            place = dice.randrange(len(kept))
            damages.append(kept[:place] + bytes([kept[place] ^ 1 << dice.randrange(8)]) + kept[place + 1 :])
        for damaged in damages if managers == 3 else damages[:1]:
            path.write_bytes(damaged)
            with pytest.raises(ModelError, match=r"damaged or cut short|no whole checkpoint of a cluster"):
                within(system, resume)
        path.unlink()
        with pytest.raises(ModelError, match=r"cannot be read|no checkpoint"):
            within(system, resume)
        path.write_bytes(kept)
    assert figures(within(system, resume)) == whole


def test_states_that_no_search_could_have_written_are_refused(tmp_path: Path) -> None:
    within(two_phase_commit(3), Limits(checkpoint=tmp_path, actors=1))
    path = min(tmp_path.glob("*.items"))
    content = bytearray(path.read_bytes()[:-4])
    content[-4:] = b"\xff\xff\xff\x7f"
    path.write_bytes(bytes(content) + zlib.crc32(content).to_bytes(4, "little"))
    with pytest.raises(ModelError, match="damaged or cut short"):
        within(two_phase_commit(3), Limits(checkpoint=tmp_path, actors=1, resume=True))


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ModelError, match="cannot be written: No space left on device"):
        within(two_phase_commit(3), Limits(checkpoint=tmp_path))
    assert not list(tmp_path.glob("*.part"))
