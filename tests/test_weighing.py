"""The process as a whole keeps to the memory that a search may take, on disk and without."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from haboot.checker.host import machine, peak_memory, resident_memory
from haboot.checker.packed import are_loops_kept, weighing
from haboot.checker.packed.weighing import Scale

from tests.architecture import ROOT

MIB = 1 << 20
SLACK = 8 * MIB  # what a thread's stack, a measurement of coverage or the system's counting may add
LOOK = """
import json, sys
from haboot.checker import Limits, packed, quiet
from haboot.checker.host import peak_memory
from examples.two_phase_commit import two_phase_commit

managers, mebibytes, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] or None
space = packed.explore(two_phase_commit(managers), Limits(max_memory=mebibytes << 20, disk=folder), quiet)
print(json.dumps([space.distinct, [*space.bounds_hit], peak_memory()]))
"""


def searched(managers: int, mebibytes: int, folder: Path | str) -> tuple[int, list[str], int]:
    """Explore two-phase commit in a process of its own; return states, bounds, and the most memory of that process."""
    command = sys.executable, "-c", LOOK, str(managers), str(mebibytes), str(folder)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - this interpreter
    states, bounds, peak = json.loads(done.stdout)
    return states, bounds, peak


@pytest.mark.skipif(resident_memory() is None or peak_memory() is None, reason="the system tells no memory")
def test_a_process_keeps_to_the_memory_it_was_given(tmp_path: Path) -> None:
    searched(5, 1, tmp_path)  # what has to be compiled takes memory of its own
    if not are_loops_kept():
        pytest.skip("loops are compiled in every process here")
    states, bounds, peak = searched(9, 256, tmp_path)
    assert (states, bounds) == (10_340_352, [])
    assert peak <= 256 * MIB + SLACK
    states, bounds, peak = searched(9, 224, "")
    assert 0 < states < 10_340_352
    assert bounds == ["max-memory 234,881,024 bytes"]
    assert peak <= 224 * MIB + SLACK


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """What the system says that the process has in memory, and how much of that are files; to be set."""
    said: list[int | None] = [100 * MIB, 10 * MIB]
    monkeypatch.setattr(weighing, "resident_memory", lambda: said[0])
    monkeypatch.setattr(weighing, "mapped_memory", lambda: said[1])
    return said


def test_what_a_process_holds_besides_is_not_left_to_states(told: list[int | None]) -> None:
    scale, most = Scale(640 * MIB, 30 * MIB), 630 * MIB
    assert scale.left == most - 130 * MIB
    for held, counted, beside in ((340, 200, 140), (100, 0, 140), (320, 160, 160)):
        told[0] = held * MIB
        scale.weigh(counted * MIB, reads=False)
        assert scale.left == most - beside * MIB, "what was needed once is not given away again"
    told[0] = 600 * MIB
    scale.weigh(0, reads=False)
    assert scale.left == 160 * MIB, "some is for states in any case"
    told[0] = 150 * MIB
    scale.weigh(50 * MIB, reads=False, anew=True)
    assert scale.left == most - 100 * MIB


@pytest.mark.parametrize("in_memory_first", [True, False])
def test_pages_of_the_file_that_is_read_are_not_counted(told: list[int | None], *, in_memory_first: bool) -> None:
    scale = Scale(640 * MIB, 0)
    scale.weigh(0, reads=not in_memory_first)
    told[:] = 300 * MIB, 210 * MIB
    scale.weigh(0, reads=True)
    assert scale.left == 530 * MIB
    scale.weigh(0, reads=False)
    assert scale.left == 330 * MIB


def test_what_a_process_held_before_is_its_caller_s(told: list[int | None]) -> None:
    told[:] = 5 << 30, 0
    assert Scale(1 << 30, 0).left == (1 << 30) - (1 << 24) - weighing.OWN


@pytest.mark.parametrize("lacking", [[None, None], [100 * MIB, None]])
def test_where_the_system_tells_nothing_an_interpreter_is_assumed(
    told: list[int | None], lacking: list[int | None]
) -> None:
    told[:] = lacking
    scale = Scale(1 << 30, MIB)
    scale.weigh(0, reads=False)
    assert scale.left == (1 << 30) - (1 << 24) - (lacking[0] or weighing.UNTOLD) - MIB


def test_the_peak_is_this_process_s_own_and_not_of_the_one_that_started_it() -> None:
    if not machine.STATUS.exists():
        pytest.skip("the system tells no peak of one process alone")
    child = "from haboot.checker.host import peak_memory; print(peak_memory())"
    parent = f"import subprocess, sys; some = b'1' * {200 * MIB}; subprocess.run([sys.executable, '-c', {child!r}])"
    told = subprocess.run([sys.executable, "-c", parent], capture_output=True, text=True, check=True)  # noqa: S603
    assert 5 * MIB < int(told.stdout) < 150 * MIB


@pytest.mark.parametrize("status", ["none", "empty"])
def test_where_no_peak_of_one_process_is_told_usage_tells_it(
    status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").touch()
    monkeypatch.setattr(machine, "STATUS", tmp_path / status)
    told, usage = peak_memory(), pytest.importorskip("resource")
    assert told
    assert told >= usage.getrusage(usage.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) * 0.9


def test_resident_memory_is_within_the_peak() -> None:
    told, most = resident_memory(), peak_memory()
    if told is None or most is None:
        pytest.skip("the system tells no memory")
    assert machine.mapped_memory() < told <= most * 1.1
