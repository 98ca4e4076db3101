"""Two-phase commit by disk: ``python -m bench.disk 10 400 /tmp`` gives 10 managers 400 MiB, and the rest in /tmp.

Prints processor seconds beside wall time, since on a machine that is shared or small only these compare, and the most
memory that the process had so far, interpreter and libraries with it. ``--alone`` leaves out the search in memory.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from time import perf_counter, process_time

from haboot.checker import Limits, packed, quiet
from haboot.checker.host import peak_memory

from examples.two_phase_commit import two_phase_commit


def told(managers: int, limits: Limits) -> tuple[int, int, int]:
    """Explore, print what that took, and return the counts."""
    begin, cpu = perf_counter(), process_time()
    space = packed.explore(two_phase_commit(managers), limits, quiet)
    counts = space.distinct, space.generated, space.depth
    where = "in memory" if limits.disk is None else f"by disk in {limits.memory >> 20:,} MiB"
    cost = f"{perf_counter() - begin:.1f} s, {process_time() - cpu:.1f} s of processors"
    peak = (peak_memory() or 0) >> 20
    print(f"{where}: {counts} {' '.join(space.bounds_hit)}, {cost}, at most {peak:,} MiB so far")  # noqa: T201
    return counts


def main() -> None:
    """Print a line for the search by disk, and one for that in memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("managers", type=int)
    parser.add_argument("mebibytes", type=int, help="that the process may take")
    parser.add_argument("folder", type=Path, help="where the rest goes")
    parser.add_argument("--alone", action="store_true", help="leave out the search in memory")
    given = parser.parse_args()
    packed.explore(two_phase_commit(3), Limits(), quiet)  # loads the loops
    counts = told(given.managers, Limits(max_memory=given.mebibytes << 20, disk=given.folder))
    if not given.alone and told(given.managers, Limits()) != counts:
        raise SystemExit("the counts differ")


if __name__ == "__main__":
    main()
