"""A search that goes on by disk says what one in memory says, of states, of steps and of ends, and never more."""

from __future__ import annotations

import errno
import mmap
from dataclasses import replace
from io import FileIO
from pathlib import Path
from unittest.mock import Mock

import pytest
from haboot.checker import (
    Answer,
    Kind,
    Limits,
    ModelError,
    Property,
    Slot,
    System,
    Verdict,
    always,
    check,
    judge,
    quiet,
)
from haboot.checker.host import mapped_memory
from haboot.checker.packed import Form, PackedSpace, Search, disk, explore, partitions, spilling
from haboot.checker.packed.disk import DiskPartitions
from haboot.cli.main import run
from haboot.ledger import SUITES
from haboot.model import system as composed
from haboot.properties import properties

from examples.two_phase_commit import agreement, two_phase_commit
from tests.agreement import figures
from tests.drawn_systems import drawn_properties, drawn_system
from tests.random_systems import random_properties, random_system
from tests.symmetric_systems import symmetric_properties, symmetric_system
from tests.test_differential import chunks as seeds

NEED_A_GRAPH = {
    Kind.RECOVERABLE,
    Kind.LEADS_TO,
    Kind.FINITELY_OFTEN,
    Kind.EVENTUALLY,
    Kind.INFINITELY_OFTEN,
    Kind.STAYS,
}


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let small systems have several chunks a level, after each of which all that is fresh is settled."""
    monkeypatch.setattr(Search, "_chunk_size", lambda _: 20)


def spilled(folder: Path, **others: object) -> Limits:
    """Return limits that force each search to disk."""
    return Limits(max_memory=1, disk=folder, **others)  # type: ignore[arg-type]


def lists(space: PackedSpace) -> list[object]:
    """Return all states of each level, and how many of them each partition has."""
    found = space.partitions
    levels = [(some.tolist(), count.tolist()) for some, count in found.levels]
    bounds = [found.bounds(level) for level in range(len(levels))]
    return [levels, *(sorted(found.loaded(found.between(*one)).tolist()) for one in bounds)]


def told(verdict: Verdict) -> tuple[object, ...]:
    return verdict.answer, verdict.trace, verdict.note, verdict.neglected


def alike(system: System, claims: tuple[Property, ...], given: Limits, folder: Path, form: Form | None = None) -> None:
    """Hold a search on disk against one in memory: all states of each level, every figure, every verdict."""
    one = explore(system, replace(given, max_memory=1, disk=folder), quiet, form, claims)
    other = explore(system, given, quiet, form, claims)
    assert isinstance(one.partitions, DiskPartitions) or one.depth == 1  # which ends before memory is looked at
    assert not isinstance(other.partitions, DiskPartitions)
    assert figures(one) == figures(other)
    assert lists(one) == lists(other)
    assert one.expanded.tolist() == other.expanded.tolist()
    for claim in claims:
        here, there = judge(one, claim), judge(other, claim)
        if claim.kind in NEED_A_GRAPH and not one.refusal(claim):
            assert here.answer is Answer.INCOMPLETE
            assert ("lie on disk" if one.depth > 1 else "steps need some") in here.note
        else:
            assert told(here) == told(there), claim.name


@pytest.mark.parametrize("seed", seeds(8, 100))
def test_random_systems_have_the_same_levels_and_the_same_verdicts(seed: int, tmp_path: Path) -> None:
    system = random_system(seed, (0, 0, 12, 23)[seed % 4])
    alike(system, tuple(random_properties(seed, system)), Limits(workers=1 + seed % 2), tmp_path)


@pytest.mark.parametrize("seed", seeds(8, 100))
def test_systems_with_every_feature_do_as_well(seed: int, tmp_path: Path) -> None:
    system = drawn_system(seed)
    alike(system, tuple(drawn_properties(seed, system)), Limits(workers=1), tmp_path, Form(runs=1, rows=2))


@pytest.mark.parametrize("seed", seeds(3, 30))
def test_symmetry_and_a_reduction_go_on_by_disk(seed: int, tmp_path: Path) -> None:
    system = symmetric_system(seed)
    alike(system, tuple(symmetric_properties(seed, system)), Limits(symmetry=True, workers=1), tmp_path)
    alike(system, (), Limits(reduction=True, workers=1), tmp_path)


@pytest.mark.parametrize("number", seeds(2, len(SUITES["standard"]) - 2))
def test_scenarios_have_the_same_verdicts(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Search, "_chunk_size", lambda _: 500)
    scenario = SUITES["standard"][number]
    product = composed(scenario)
    alike(product, tuple(properties(scenario, product)), Limits(), tmp_path)


@pytest.mark.parametrize("most", [1, 287, 288, 1_000])
def test_a_limit_on_states_ends_a_search_where_it_ends_one_in_memory(most: int, tmp_path: Path) -> None:
    alike(two_phase_commit(3), (agreement(3),), Limits(max_states=most), tmp_path)


@pytest.mark.parametrize("most", range(7, 287, 40))
def test_a_limit_amid_a_level_ends_a_search_in_that_level(most: int, tmp_path: Path) -> None:
    """Which states of it are expanded differs, since the order within a level is each search's own."""
    system, given = two_phase_commit(3), Limits(max_states=most)
    one, other = (explore(system, some, quiet) for some in (replace(given, max_memory=1, disk=tmp_path), given))
    assert isinstance(one.partitions, DiskPartitions)
    assert one.bounds_hit == other.bounds_hit == (f"max-states {most}",)
    assert (one.depth, lists(one)[1:-1]) == (other.depth, lists(other)[1:-1])
    assert min(one.distinct, other.distinct) > most
    assert judge(one, agreement(3)).answer is Answer.INCOMPLETE


def test_what_is_found_waits_in_memory_as_far_as_that_reaches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(Search, "weigh", lambda search, **_: setattr(search, "memory", 19 << 20))
    settled = []
    settle = DiskPartitions.settle

    def noted(self: DiskPartitions) -> None:
        settled.append((self.fresh.distinct, self.bytes_with(0), self.memory))
        settle(self)

    monkeypatch.setattr(DiskPartitions, "settle", noted)
    space = explore(two_phase_commit(8), Limits(max_memory=64 << 20, disk=tmp_path), quiet)
    assert (space.distinct, space.generated, space.depth) == (1_745_408, 18_507_778, 26)
    assert isinstance(space.partitions, DiskPartitions)
    assert all(held <= memory + memory // 8 for _, held, memory in settled)
    assert len([count for count, _, _ in settled if count]) < space.depth


def test_a_chunk_that_memory_does_not_hold_is_inserted_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With tables for one or two states a partition, and chunks that lead to more."""
    monkeypatch.setattr(Search, "_chunk_size", lambda _: 10_000)
    monkeypatch.setattr(partitions, "FIRST", 1)
    monkeypatch.setattr(partitions, "LOAD", 1 / 8)
    alike(two_phase_commit(6), (agreement(6),), Limits(), tmp_path)


def test_initial_states_that_memory_does_not_hold_are_all_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "FIRST", 1)
    monkeypatch.setattr(partitions, "LOAD", 1 / 8)
    slots = tuple(Slot(f"s{n}", range(16)) for n in range(4))
    initial = tuple({f"s{n}": number >> 4 * n & 15 for n in range(4)} for number in range(10_000))
    bare = System("many", slots, initial, ())
    alike(bare, (always("none", ("s0",), lambda v: v["s0"] != 15),), Limits(), tmp_path)


def test_the_file_goes_with_the_search(tmp_path: Path) -> None:
    space = explore(two_phase_commit(3), spilled(tmp_path), quiet)
    assert (space.distinct, list(tmp_path.iterdir())) == (288, [])


def test_nothing_is_written_that_memory_holds(tmp_path: Path) -> None:
    space = explore(two_phase_commit(3), Limits(disk=tmp_path), quiet)
    assert not isinstance(space.partitions, DiskPartitions)


# a disk that has no room


def full_after(monkeypatch: pytest.MonkeyPatch, writes: int) -> None:
    """Let the disk be full after so many partitions are written."""
    write, left = DiskPartitions._write, iter(range(writes))

    def limited(self: DiskPartitions, at: int, plain: memoryview) -> None:
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, at, plain)

    monkeypatch.setattr(DiskPartitions, "_write", limited)


@pytest.mark.parametrize("writes", [0, 30, 1_000])
@pytest.mark.parametrize("is_kept", [False, True])
def test_a_full_disk_ends_a_search_with_what_was_found(
    writes: int, is_kept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = two_phase_commit(4)
    claims = [agreement(4), always("nobody prepares", ("rm 0",), lambda v: v["rm 0"] != "prepared")]
    limits = Limits(max_memory=1, checkpoint=tmp_path, interval=3600.0) if is_kept else spilled(tmp_path)
    with monkeypatch.context() as patch:
        full_after(patch, writes)
        report = check(system, claims, limits, engine="packed")
    assert f"the disk of '{tmp_path}': No space left on device" in report.space.bounds_hit
    assert report["agreement"].answer is Answer.INCOMPLETE
    assert report["nobody prepares"].answer in {Answer.INCOMPLETE, Answer.VIOLATED}
    if is_kept:
        rest = check(system, claims, replace(limits, resume=True), engine="packed")
        assert [one.answer for one in rest.verdicts] == [Answer.HOLDS, Answer.VIOLATED]
        assert figures(rest.space) == figures(check(system, claims, engine="graph").space)


def test_a_partition_without_room_is_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a disk that has room for two states of each partition."""
    monkeypatch.setattr(disk, "LEAST", 0)
    monkeypatch.setattr(disk, "disk_usage", lambda _: Mock(free=(1 << 20) + 4096 * 4))
    cut = explore(two_phase_commit(5), spilled(tmp_path), quiet)
    assert cut.bounds_hit == (f"the disk of '{tmp_path}': a partition has no room for more states",)
    assert 100 < cut.distinct < 8_192


def test_a_system_that_allows_small_files_alone_has_small_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Small(FileIO):
        def truncate(self, size: int | None = None) -> int:
            if size is not None and size > most:
                raise OSError(errno.EFBIG, "File too large")
            return super().truncate(size)

    most = 1 << 27
    monkeypatch.setattr(spilling, "temporary", lambda folder: Small(folder / "states", "w+"))
    space = explore(two_phase_commit(4), spilled(tmp_path), quiet)
    assert (space.distinct, space.bounds_hit) == (1_568, ())
    most = 0
    cut = explore(two_phase_commit(4), spilled(tmp_path), quiet)
    assert f"the disk of '{tmp_path}': File too large" in cut.bounds_hit


def test_a_folder_that_cannot_be_written_is_told_before_the_search(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match=r"no states can be kept in the folder '.*/file': "):
        explore(two_phase_commit(3), spilled(tmp_path / "file"), quiet)


def test_a_layer_that_memory_does_not_hold_leaves_a_property_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "LEAST", 1)
    space = explore(two_phase_commit(3), spilled(tmp_path), quiet)
    broken = judge(space, always("nobody prepares", ("rm 0",), lambda v: v["rm 0"] != "prepared"))
    assert broken.answer is Answer.INCOMPLETE
    assert "the states of a level that lie on shortest traces need some" in broken.note
    assert judge(space, agreement(3)).answer is Answer.HOLDS


@pytest.mark.parametrize("lacks", ["MADV_DONTNEED", "MADV_WILLNEED", "/proc"])
def test_systems_that_know_less_of_memory_find_the_same(
    lacks: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if lacks == "/proc":
        monkeypatch.setattr(disk, "mapped_memory", lambda: None)
    else:
        monkeypatch.delattr(mmap, lacks, raising=False)
    alike(two_phase_commit(4), (agreement(4),), Limits(), tmp_path)


def test_the_memory_of_files_is_told_where_the_system_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    known = mapped_memory()
    assert known is None or 1 << 16 < known < 1 << 40
    monkeypatch.setattr(Path, "read_bytes", lambda _: b"not so")
    assert mapped_memory() is None


# what is refused


@pytest.mark.parametrize("engine", ["graph", "cluster"])
def test_other_engines_take_no_states_to_disk(engine: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=f"the {engine} engine takes no states to disk; choose the packed one"):
        check(two_phase_commit(3), [], Limits(disk=tmp_path), engine=engine)


def test_a_checkpoint_has_its_states_beside_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ModelError, match="states go to disk where the checkpoint is"):
        Limits(disk=tmp_path, checkpoint=tmp_path)
    for option in ("--checkpoint", "--resume"):
        assert run(("check", "same-prefix", "--disk", str(tmp_path), option, str(tmp_path))) == 2
        assert "states go to disk where the checkpoint is: give no --disk beside it" in capsys.readouterr().err


def test_a_command_goes_on_by_disk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = "check", "same-prefix", "--engine", "packed", "--max-memory", "1"
    assert run(given) == 3
    cut = capsys.readouterr().out
    assert "cut by max-memory 1,048,576 bytes" in cut
    run((*given, "--disk", str(tmp_path)))
    assert "packed engine, exhaustive" in capsys.readouterr().out
