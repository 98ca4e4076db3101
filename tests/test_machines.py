"""The cluster engine on machines that share only a network: namespaces, with their own processes and loopback."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from haboot.checker import Limits, packed, quiet

from bench.machines import Machines, lacking
from examples.two_phase_commit import two_phase_commit
from tests.on_cluster import found

LONGEST = 400  # seconds that a search may take, of a minute at most

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(lacking()), reason=lacking() or "machines can be made")]


@pytest.fixture
def machines() -> Iterator[Machines]:
    """Two machines of one cluster, each with two processors."""
    with Machines() as made:
        for _ in range(2):
            made.start_ray(made.add())
        yield made


def search(machines: Machines, managers: int, *given: str) -> subprocess.Popen[str]:
    """A search that the first machine asks for."""
    words = ("-m", "tests.on_cluster", f"{machines.address(1)}:6379", str(managers), *given)
    return subprocess.Popen(  # noqa: S603 - this interpreter
        machines.inside(1, sys.executable, *words),
        env=machines.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str], *at: Callable[[], object]) -> Any:
    """What a search finds; at each pause something happens."""
    assert process.stdout is not None
    assert process.stdin is not None
    for happens in at:
        told = process.stdout.readline()
        assert told.strip().isdecimal(), process.communicate()[1][-2000:]
        happens()
        process.stdin.write("\n")
        process.stdin.flush()
    out, errors = process.communicate(timeout=LONGEST)
    assert process.returncode == 0, errors[-2000:]
    return json.loads(out.splitlines()[-1])


def wanted(managers: int) -> dict[str, object]:
    """What the packed engine finds."""
    told: dict[str, object] = json.loads(
        json.dumps(found(packed.explore(two_phase_commit(managers), Limits(), quiet), managers))
    )
    return told


def same(told: dict[str, Any], managers: int) -> bool:
    """Whether a cluster found what the packed engine finds."""
    due = wanted(managers)
    return {name: told[name] for name in due} == due


def test_two_machines_with_four_actors_find_the_same(machines: Machines) -> None:
    told = ended(search(machines, 8))
    assert same(told, 8)
    assert told["shares"] == {machines.address(1): 2, machines.address(2): 2}


def test_scenarios_of_the_protocol_have_the_same_verdicts(machines: Machines, tmp_path: Path) -> None:
    reports, path = [], tmp_path / "report.json"
    for more in (["--engine", "packed"], ["--engine", "cluster", "--address", f"{machines.address(1)}:6379"]):
        command = (sys.executable, "-m", "haboot", "check", "contention", "lossy", *more, "--json", str(path))
        subprocess.run(  # noqa: S603 - this interpreter
            machines.inside(1, *command), env=machines.env, capture_output=True, check=True, timeout=LONGEST
        )
        reports.append(without_engine(json.loads(path.read_text(encoding="utf-8"))))
    assert reports[0] == reports[1]


def without_engine(told: Any) -> Any:
    """A report without what differs between engines."""
    if isinstance(told, dict):
        return {name: without_engine(one) for name, one in told.items() if name not in {"engine", "seconds"}}
    return [without_engine(one) for one in told] if isinstance(told, list) else told


@pytest.mark.parametrize(("delay", "megabits"), [(0.02, 0), (0.0, 20), (0.005, 100)])
def test_a_network_that_is_slow_changes_nothing(machines: Machines, delay: float, megabits: int) -> None:
    machines.delay = delay
    for number in (1, 2) if megabits else ():
        machines.narrow(number, megabits)
    assert same(ended(search(machines, 7)), 7)


@pytest.mark.parametrize("written", [True, False])
@pytest.mark.parametrize("way", ["killed", "cut"])
def test_a_machine_that_never_comes_back_loses_nothing(
    machines: Machines, tmp_path: Path, way: str, *, written: bool
) -> None:
    happens = {"killed": machines.kill, "cut": machines.cut}[way]
    given = ["--checkpoint", str(tmp_path)] if written else []
    told = ended(search(machines, 7, "--pause", "12", *given), lambda: happens(2))
    assert same(told, 7)
    assert told["lost"] == 2
    assert told["nodes"] == [machines.address(1)] * 4


@pytest.mark.parametrize("written", [True, False])
def test_a_machine_that_joins_takes_over_partitions_and_may_be_lost_again(tmp_path: Path, *, written: bool) -> None:
    given = ["--checkpoint", str(tmp_path)] if written else []
    with Machines() as machines:
        machines.start_ray(machines.add())
        process = search(machines, 7, "--pause", "8", "14", *given)
        told = ended(process, lambda: machines.start_ray(machines.add()), lambda: machines.kill(2))
    assert same(told, 7)
    assert told["nodes"] == [machines.address(1)] * 4
    assert told["lost"] == 2


def test_a_machine_that_joins_stays() -> None:
    with Machines() as machines:
        machines.start_ray(machines.add())
        told = ended(search(machines, 7, "--pause", "8"), lambda: machines.start_ray(machines.add()))
    assert same(told, 7)
    assert told["shares"] == {machines.address(1): 2, machines.address(2): 2}


def test_who_has_another_token_is_not_heard_from_another_machine(machines: Machines) -> None:
    command = (sys.executable, "-m", "haboot", "check", "same-prefix", "--engine", "cluster")
    address = ("--address", f"{machines.address(1)}:6379")
    done = subprocess.run(  # noqa: S603 - this interpreter
        machines.inside(2, *command, *address),
        env={**machines.env, "RAY_AUTH_TOKEN": "x" * 32},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST,
    )
    assert done.returncode == 2
    assert "it cannot be reached, or its token is another" in done.stderr
