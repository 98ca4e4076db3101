"""The cluster engine over MPI: the same as over anything else, by arrays as they are; and one that is lost ends all."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from haboot.checker import CARRIERS, Answer, Limits, ModelError, Share, graph, judge, judge_all, packed, quiet
from haboot.checker.packed import PackedSpace
from haboot.checker.packed.cluster import ClusterError, Terms, explore, letters, mpi
from hypothesis import given, settings
from hypothesis import strategies as some
from hypothesis.extra import numpy as arrays

from bench.machines import MPIEXEC
from examples.two_phase_commit import agreement, two_phase_commit
from tests.agreement import figures
from tests.architecture import ROOT
from tests.letter_boxes import Boxes, job, post
from tests.random_systems import random_properties, random_system

IS_HERE = MPIEXEC is not None and importlib.util.find_spec("mpi4py") is not None
on_mpi = pytest.mark.skipif(not IS_HERE, reason="mpi4py or mpiexec is not here")
TWO_PHASE_COMMIT = "examples/two_phase_commit.py"
LONGEST = 120  # seconds, of some at most


def started(processes: int, *words: str) -> subprocess.CompletedProcess[str]:
    """Do a command of Python with so many processes."""
    return done("-n", str(processes), sys.executable, "-m", *words)


def done(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Do what mpiexec is given, from the root of the sources."""
    usual = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "MPI", "PMI"))}
    return subprocess.run(  # noqa: S603 - this interpreter
        [str(MPIEXEC), *words], capture_output=True, text=True, check=False, cwd=ROOT, env=usual | more, timeout=LONGEST
    )


def told(run: subprocess.CompletedProcess[str]) -> Any:
    """What a duty has printed."""
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(run.stdout)


def checked(processes: int, *words: str) -> subprocess.CompletedProcess[str]:
    """Check two-phase commit by so many processes."""
    return started(processes, "haboot", "check", *words, "--engine", "cluster", "--carrier", "mpi")


# What a letter holds: numbers, texts, arrays, and these together.

NUMBERS = arrays.arrays(
    some.sampled_from(("u1", "i4", "u8", "i8", "f8", "?")), arrays.array_shapes(min_dims=0, max_dims=3, min_side=0)
)
VALUES = some.recursive(
    some.none()
    | some.booleans()
    | some.integers(-(2**63), 2**64 - 1)
    | some.floats(allow_nan=False)
    | some.text()
    | NUMBERS,
    lambda parts: some.lists(parts, max_size=4) | some.lists(parts, max_size=4).map(tuple),
    max_leaves=12,
)


def same(one: Any, other: Any) -> bool:
    """Whether two values are of the same types and hold the same."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


@given(value=VALUES)
def test_what_is_read_is_what_was_written(value: Any) -> None:
    letter = letters.written(value)
    note, begun = letters.begun(letters.head(["a note", 7], letter))
    for room, array in zip(begun.arrays, letter.arrays, strict=True):
        room[...] = array
    assert note == ["a note", 7]
    assert same(letters.read(begun), value)


def test_a_letter_holds_what_was_there_when_it_was_written() -> None:
    array = np.arange(5)
    letter = letters.written((array, np.int64(3), Terms(1, 9, (0, 4096), 0, 1)))
    array[:] = 0
    first, number, terms = letters.read(letter)
    assert first.tolist() == [0, 1, 2, 3, 4]
    assert (type(number), number) == (int, 3)
    assert terms == Terms(1, 9, (0, 4096), 0, 1)


@pytest.mark.parametrize("value", [object(), {1: 2}, b"code", np.array([object()]), (1, {2}), re.match("a", "a")])
def test_what_is_no_number_text_or_list_of_them_is_not_written(value: Any) -> None:
    with pytest.raises(TypeError, match="is not sent"):
        letters.written(value)


def test_a_record_that_is_not_known_is_not_written() -> None:
    with pytest.raises(TypeError, match="a record of type Share is not sent"):
        letters.written(Share("", 1, 1, 1, 1, 1))


def test_an_array_of_objects_is_not_read() -> None:
    letter = letters.written(np.arange(3))
    plain = letters.head([], letter._replace(sorts=[("|O", [3])]))
    with pytest.raises(ValueError, match="something other than numbers"):
        letters.begun(plain)


# Processes within this one, whose messages take their time.


@given(seed=some.integers(0, 10**6), servers=some.integers(1, 4), most=some.sampled_from((0, 1 << 14)))
@settings(max_examples=6, deadline=None)
def test_random_systems_have_the_same_counts_verdicts_and_traces(seed: int, servers: int, most: int) -> None:
    system = random_system(seed, 0 if seed % 4 else 12)
    wanted, claims = graph.explore(system, Limits(), quiet), random_properties(seed, system)
    with pytest.MonkeyPatch.context() as patched, job(servers, seed) as (made, _):
        patched.setattr("haboot.checker.packed.cluster.serving.SMALL", most)
        space = explore(system, Limits(), quiet, PackedSpace, carrier=mpi.Processes(made))
        assert figures(space) == figures(wanted)
        for claim, one, other in zip(claims, judge_all(space, claims), judge_all(wanted, claims), strict=True):
            assert (one.answer, one.trace) == (other.answer, other.trace), claim.name


def test_what_a_search_held_is_forgotten_with_the_next() -> None:
    with job(2) as (made, serving):
        space = explore(two_phase_commit(4), Limits(), quiet, PackedSpace, carrier=mpi.Processes(made))
        assert judge(space, agreement(4)).answer is Answer.HOLDS
        del space
        again = explore(two_phase_commit(3), Limits(), quiet, PackedSpace, carrier=mpi.Processes(made))
        again.crew.reduce("ready")
        assert [len(one.members) for one in serving] == [1, 1]
        assert [one.kept for one in serving] == [{}, {}]
        assert [one.arrived for one in serving] == [{}, {}]
        assert again.crew.carrier.nodes() == ["machine 1", "machine 0"]


def test_what_fails_elsewhere_is_told() -> None:
    with job(1) as (made, _):
        carrier = mpi.Processes(made)
        carrier.start([Terms(1, 9, (0, 4096), 0, 1)])
        (parcel,) = carrier.send(0, "fetch", ("from", "to"))
        for use in (lambda: carrier.opened(parcel), lambda: carrier.send(0, "take", (0, parcel))):
            with pytest.raises(ClusterError, match="an actor failed: TypeError"):
                use()
        with pytest.raises(ClusterError, match="process 1 of the job is lost with shard 0: resume"):
            carrier.replace(0, Terms(1, 9, (0, 4096), 0, 1))


def test_who_runs_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with job(1) as (made, _):
        monkeypatch.setattr(mpi, "running", lambda: "another")
        with pytest.raises(ClusterError, match="it runs another version of haboot, Python or numpy than who asks"):
            explore(two_phase_commit(3), Limits(), quiet, PackedSpace, carrier=mpi.Processes(made))


@pytest.mark.parametrize(
    ("servers", "actors", "words"), [(0, None, "start it as mpiexec -n 3"), (2, 3, "3 actors need")]
)
def test_too_few_processes_are_told(servers: int, actors: int | None, words: str) -> None:
    with job(servers) as (made, _), pytest.raises(ClusterError, match=words):
        explore(two_phase_commit(3), Limits(actors=actors), quiet, PackedSpace, carrier=mpi.Processes(made))


def test_silence_ends_the_job(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(mpi, "ENDING", 0.01)
    boxes = Boxes(2, Random(1))  # noqa: S311 - the same delays in every run
    mpi._end(mpi.Job(post(boxes, 0)))
    assert boxes.ended == [2]
    assert capsys.readouterr().err == "haboot: no process of the job answered within 0.01 s; all are ended\n"


def test_a_process_that_fails_ends_the_job(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    boxes = Boxes(2, Random(1))  # noqa: S311 - the same delays in every run
    post(boxes, 0).send(1, ["no such thing"])
    monkeypatch.setattr(mpi, "_joined", lambda: post(boxes, 1))
    monkeypatch.setattr(mpi.signal, "signal", lambda *_: None)
    assert mpi.served()
    assert boxes.ended == [4]
    assert "haboot: internal error in process 1: KeyError" in capsys.readouterr().err


@pytest.mark.parametrize(("processes", "shared"), [("3", "self,sm"), ("6", None)])
def test_without_mpi_nothing_is_begun_and_one_machine_needs_no_network(
    processes: str, shared: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    monkeypatch.setenv("UCX_TLS", "")  # put back as it was
    monkeypatch.delenv("UCX_TLS")
    monkeypatch.setenv("PMI_SIZE", processes)
    monkeypatch.setenv("MPI_LOCALNRANKS", "3")
    with pytest.raises(ClusterError, match="MPI cannot be loaded"):
        mpi._joined.__wrapped__()
    assert os.environ.get("UCX_TLS") == shared


# Processes of MPI.


@on_mpi
def test_the_command_prints_once_what_it_prints_for_one_machine() -> None:
    run = checked(3, TWO_PHASE_COMMIT)
    lines = re.sub(r"[\d.]+ s", "", run.stdout).splitlines()
    plain = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-m", "haboot", "check", TWO_PHASE_COMMIT, "--engine", "packed"],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (0, "")
    assert lines == re.sub(r"[\d.]+ s", "", plain.stdout).replace("packed engine", "cluster engine").splitlines()


@on_mpi
@pytest.mark.parametrize(
    ("processes", "words", "code", "line"),
    [
        (1, (TWO_PHASE_COMMIT,), 2, "there is no process to hold states"),
        (2, (TWO_PHASE_COMMIT, "--actors", "2"), 2, "2 actors need as many processes beside the first, here 1"),
        (3, (TWO_PHASE_COMMIT, "--no-such"), 2, "No such option"),
        (3, (TWO_PHASE_COMMIT, "--address", "10.0.0.7:6379"), 2, "an address is of a cluster of Ray"),
    ],
)
def test_what_cannot_be_is_told_once(processes: int, words: Sequence[str], code: int, line: str) -> None:
    run = checked(processes, *words)
    assert run.returncode == code
    assert run.stderr.count(line) == 1
    assert run.stdout == ""


@on_mpi
@pytest.mark.parametrize(
    ("processes", "seeds"),
    [(3, (0, 6)), *(pytest.param(size, (100, 150), marks=pytest.mark.slow) for size in (2, 3, 4, 6))],
)
def test_random_systems_are_the_same_over_mpi(processes: int, seeds: tuple[int, int]) -> None:
    assert told(started(processes, "tests.on_mpi", "systems", *map(str, seeds))) == []


@on_mpi
@pytest.mark.slow
def test_the_engines_common_suite_passes_over_mpi() -> None:
    words = "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "tests/test_engines.py", "-k", "cluster"
    here = sys.executable, "-m"
    both = "-n", "1", *here, "pytest", *words, ":", "-n", "2", *here, "tests.on_mpi"
    run = done(*both, HABOOT_TEST_CARRIER="mpi")
    assert run.returncode == 0, run.stdout[-2000:]
    assert re.search(r"\n[1-9]\d* passed", run.stdout)


@on_mpi
@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="the system does not tell who listens")
def test_on_one_machine_nobody_listens() -> None:
    assert told(started(3, "tests.on_mpi", "heard")) == []


@on_mpi
def test_a_process_that_is_killed_ends_all_and_the_search_is_resumed(tmp_path: Path) -> None:
    lost = started(3, "tests.on_mpi", "search", "5", str(tmp_path), "kill")
    assert lost.returncode != 0
    assert lost.stdout.count("[8832") == 0
    space = packed.explore(two_phase_commit(5), Limits(), quiet)
    *counts, verdicts = told(started(4, "tests.on_mpi", "search", "5", str(tmp_path), "resume"))
    assert counts == [space.distinct, space.generated, space.depth] == [8_832, 58_146, 17]
    assert verdicts == told(started(2, "tests.on_mpi", "search", "5", str(tmp_path / "other"), "whole"))[-1]


@on_mpi
def test_a_process_that_falls_silent_ends_all_and_says_so() -> None:
    run = started(3, "tests.on_mpi", "silence")
    assert run.returncode != 0
    assert "no process of the job answered within 1 s" in run.stderr


# What limits and the command are given.


def test_a_carrier_is_one_of_those_there_are() -> None:
    assert CARRIERS == ("ray", "mpi")
    with pytest.raises(ModelError, match="one of ray, mpi"):
        Limits(carrier="pigeons")
    with pytest.raises(ModelError, match="an address is of a cluster of Ray"):
        Limits(carrier="mpi", address="10.0.0.7:6379")
