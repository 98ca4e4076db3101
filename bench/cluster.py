"""Two-phase commit by the cluster engine, for several numbers of actors: ``python -m bench.cluster 9 1 2 4``.

Prints processor seconds beside wall time, since on a machine that is shared or small only these compare.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from time import perf_counter, process_time

from haboot.checker import Limits, packed, quiet
from haboot.checker.packed import PackedSpace
from haboot.checker.packed.cluster import explore

from examples.two_phase_commit import two_phase_commit

TICKS = os.sysconf("SC_CLK_TCK")


def spent(name: str) -> float:
    """Return the processor seconds of all processes whose name begins so, as Linux counts them."""
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, rest = stat.read_text(encoding="utf-8").rpartition(")")
        except OSError:
            continue  # it has ended meanwhile
        if head.partition("(")[2].startswith(name):
            total += sum(map(int, rest.split()[11:13])) / TICKS
    return total


def main(managers: int, sizes: list[int]) -> None:
    """Print a line for the packed engine, and one for each number of actors."""
    system, begin, cpu = two_phase_commit(managers), perf_counter(), process_time()
    wanted = packed.explore(system, Limits(), quiet)
    counts = wanted.distinct, wanted.generated, wanted.depth
    print(f"packed: {counts}, {perf_counter() - begin:.1f} s, {process_time() - cpu:.1f} s of processors")  # noqa: T201
    del wanted
    for actors in sizes:
        explore(two_phase_commit(3), Limits(actors=actors), quiet, PackedSpace)  # starts Ray
        begin, cpu, others = perf_counter(), process_time(), spent("ray::Member")
        space = explore(system, Limits(actors=actors), quiet, PackedSpace)
        wall, own, theirs = perf_counter() - begin, process_time() - cpu, spent("ray::Member") - others
        if (space.distinct, space.generated, space.depth) != counts:
            raise SystemExit(f"{actors} actors find {space!r}, not {counts}")
        print(f"{actors} actors: {wall:.1f} s, {theirs:.1f} s of processors, and {own:.1f} s of who asks")  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]), [int(one) for one in sys.argv[2:]] or [1, 2, 4])
