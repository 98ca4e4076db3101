"""Two-phase commit by disk: ``python -m bench.disk 10 400 /tmp`` gives 10 managers 400 MiB, and the rest in /tmp.

Prints processor seconds beside wall time, since on a machine that is shared or small only these compare. With ``alone``
behind it the search in memory, which holds all states, is left out.
"""

from __future__ import annotations

import sys
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


def main(managers: int, mebibytes: int, folder: Path, *, alone: bool) -> None:
    """Print a line for the search by disk, and one for that in memory."""
    packed.explore(two_phase_commit(3), Limits(), quiet)  # loads the loops
    counts = told(managers, Limits(max_memory=mebibytes << 20, disk=folder))
    if not alone and told(managers, Limits()) != counts:
        raise SystemExit("the counts differ")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), alone=sys.argv[4:] == ["alone"])
