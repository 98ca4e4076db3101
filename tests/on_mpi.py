"""A process of a job of MPI: ``mpiexec -n 3 python -m tests.on_mpi WHAT …``.

The first process does what is asked and prints it as JSON; the others serve it. With nothing to do it serves, as
beside a process that runs tests: ``mpiexec -n 1 python -m pytest … : -n 2 python -m tests.on_mpi``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from haboot.checker import Limits, always, graph, judge_all, quiet
from haboot.checker.engines import explore, served
from haboot.checker.packed.cluster import mpi

from examples.two_phase_commit import agreement, two_phase_commit
from tests.agreement import figures
from tests.clusters import listening
from tests.random_systems import random_properties, random_system

MPI = Limits(carrier="mpi")


def systems(first: str, last: str) -> object:
    """Compare random systems with the reference; return the seeds for which anything differs."""
    differ = []
    for seed in range(int(first), int(last)):
        system = random_system(seed, 12 * (seed % 3))
        claims = random_properties(seed, system)
        space, wanted = explore(system, MPI, quiet, "cluster"), graph.explore(system, Limits(), quiet)
        verdicts = [[(v.answer, v.trace) for v in judge_all(one, claims)] for one in (space, wanted)]
        if figures(space) != figures(wanted) or verdicts[0] != verdicts[1]:
            differ.append(seed)
    return differ


def search(managers: str, folder: str, how: str) -> object:
    """Explore two-phase commit with a checkpoint; return counts and verdicts.

    Where it is to be killed another process is, amid it.
    """
    levels = set[int]()

    def tell(*told: int) -> None:
        if told[-1] not in levels:
            levels.add(told[-1])
            if how == "kill" and told[-1] == 9:
                os.kill(_others()[0], signal.SIGKILL)

    limits = Limits(carrier="mpi", checkpoint=Path(folder), interval=0, resume=how == "resume")
    space = explore(two_phase_commit(int(managers)), limits, tell, "cluster")
    near = always("nobody prepares", ("rm 0",), lambda v: v["rm 0"] != "prepared")
    verdicts = [(str(one.answer), str(one.trace)) for one in judge_all(space, [near, agreement(int(managers))])]
    return [space.distinct, space.generated, space.depth, verdicts]


def heard() -> object:
    """Return on which addresses processes of the job listen, beside what they have of the proxy that starts them."""
    explore(two_phase_commit(3), MPI, quiet, "cluster")
    return sorted(set().union(*map(listening, (os.getpid(), *_others()))) - listening(os.getppid()))


def silence() -> object:
    """Let another process stop amid a search."""
    mpi.SILENCE = mpi.ENDING = 1

    def stop(*_: int) -> None:
        for pid in _others():
            os.kill(pid, signal.SIGSTOP)

    explore(two_phase_commit(5), MPI, stop, "cluster")
    return "it went on"


def _others() -> list[int]:
    """The other processes that the same proxy of mpiexec has started."""
    parent = os.getppid()
    return [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/stat")
        if int(path.read_text().rpartition(")")[2].split()[1]) == parent and int(path.parent.name) != os.getpid()
    ]


DUTIES: dict[str, Callable[..., object]] = {one.__name__: one for one in (systems, search, heard, silence)}

if __name__ == "__main__":
    duty, *given = sys.argv[1:] or [""]
    if not duty:
        served()
    else:
        print(json.dumps(DUTIES[duty](*given)))  # noqa: T201 - what it is for
