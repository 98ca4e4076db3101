"""Checkpoints of searches whose states lie on disk: whatever stops one, it goes on, and nothing damaged is used."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from haboot.checker import Limits, ModelError, check
from haboot.checker.packed import PackedSpace, Search
from haboot.checker.packed.checkpoint import NAME
from haboot.checker.packed.disk import STATES, DiskPartitions
from haboot.checker.packed.layout import PARTITIONS

from examples.two_phase_commit import agreement, two_phase_commit
from tests.agreement import alike, retracted
from tests.drawn_systems import dice_of, drawn_properties, drawn_system
from tests.test_checkpoints import sealed, stopped
from tests.test_differential import SOME, answered
from tests.test_differential import chunks as seeds

RUN = """
import sys
from pathlib import Path
from haboot.checker import Limits, check
from examples.two_phase_commit import two_phase_commit
check(two_phase_commit(8), [], Limits(max_memory=1, checkpoint=Path(sys.argv[1]), interval=0.0), engine="packed")
"""
COUNTS = (1_745_408, 18_507_778, 26)


@pytest.mark.parametrize("seed", seeds(3, 20))
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_search_ended_at_any_moment_goes_on_to_the_same_counts(
    tmp_path: Path, seed: int, how: signal.Signals
) -> None:
    moment = Random(seed).uniform(0, 2.5)  # noqa: S311 - no secret
    assert stopped(tmp_path, moment, how, RUN, STATES) in {-how, 0}
    limits = Limits(max_memory=1, checkpoint=tmp_path, resume=True)
    space = check(two_phase_commit(8), [], limits, engine="packed").space
    assert isinstance(space, PackedSpace)
    assert isinstance(space.partitions, DiskPartitions)
    assert (space.distinct, space.generated, space.depth) == COUNTS


@pytest.mark.parametrize("seed", seeds(10, 100))
def test_a_search_stopped_between_chunks_goes_on_to_the_report_of_the_whole(seed: int, tmp_path: Path) -> None:
    dice, system = dice_of("disk", seed), drawn_system(seed)
    moment = iter(range(dice.choice((1, 2, 4, 8, 16))))
    limits = Limits(max_memory=1, checkpoint=tmp_path, interval=dice.choice((0.0, 60.0)), workers=1)
    alone = replace(limits, checkpoint=None, disk=tmp_path / "other")
    whole = answered(system, drawn_properties(seed, system, SOME), alone)
    reports = []
    for one in (replace(limits, stopped=lambda: next(moment, None) is None), replace(limits, resume=True)):
        with pytest.MonkeyPatch.context() as patch:
            size = dice.choice((1, 3, 10, 64))
            patch.setattr(Search, "_chunk_size", lambda _, size=size: size)
            again = drawn_system(seed)
            reports.append(answered(again, drawn_properties(seed, again, SOME), one))
    assert retracted(reports[0], whole) + alike(reports[1], whole) == []


def spoilt(name: str, change: Callable[[bytearray], None]) -> Callable[[Path], None]:
    """Return what changes a file of a folder."""

    def spoil(folder: Path) -> None:
        plain = bytearray((folder / name).read_bytes())
        change(plain)
        (folder / name).write_bytes(plain)

    return spoil


def headed(**changes: object) -> Callable[[Path], None]:
    """Return what changes the line of a checkpoint, with a checksum that fits."""

    def spoil(folder: Path) -> None:
        line, _, rest = (folder / NAME).read_bytes().partition(b"\n")
        head = json.dumps({**json.loads(line), **changes}).encode()
        (folder / NAME).write_bytes(sealed(head + b"\n" + rest))

    return spoil


def at_a_state(folder: Path) -> None:
    """Change a bit of a state that the file holds; where the system cannot tell what is written, look at all of it."""
    with (folder / STATES).open("r+b") as file:
        at, some = 0, b""
        while not any(some):
            at = os.lseek(file.fileno(), at + len(some), os.SEEK_DATA) if hasattr(os, "SEEK_DATA") else at + len(some)
            file.seek(at)
            some = file.read(1 << 12)
        place = next(number for number, octet in enumerate(some) if octet)
        file.seek(at + place)
        file.write(bytes([some[place] ^ 1]))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (at_a_state, "is damaged or cut short"),
        (spoilt(NAME, lambda plain: plain.__delitem__(-1)), "is damaged or cut short"),
        (spoilt(NAME, lambda plain: plain.__setitem__(-9, plain[-9] ^ 1)), "is damaged or cut short"),
        (headed(size=0), "is damaged or cut short"),
        (headed(size=1 << 30), "is damaged or cut short"),
        (headed(lo=1 << 40), "is damaged or cut short"),
        (lambda folder: (folder / STATES).write_bytes(b""), "is damaged or cut short"),
        (lambda folder: (folder / STATES).unlink(), "search.states cannot be read: No such file or directory"),
    ],
)
def test_what_is_damaged_is_refused(tmp_path: Path, spoil: Callable[[Path], None], says: str) -> None:
    system = two_phase_commit(3)
    limits = Limits(max_memory=1, checkpoint=tmp_path)
    whole = check(system, [agreement(3)], limits, engine="packed")
    assert (tmp_path / STATES).stat().st_size > PARTITIONS
    assert alike(check(system, [agreement(3)], replace(limits, resume=True)), whole) == []
    spoil(tmp_path)
    with pytest.raises(ModelError, match=says):
        check(system, [agreement(3)], replace(limits, resume=True))


def test_states_that_cannot_be_kept_are_told(tmp_path: Path) -> None:
    (tmp_path / STATES).mkdir()
    space = check(two_phase_commit(3), [], Limits(max_memory=1, checkpoint=tmp_path), engine="packed").space
    assert f"the disk of '{tmp_path}': Is a directory" in space.bounds_hit
