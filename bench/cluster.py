"""Two-phase commit by the cluster engine, for several numbers of actors: ``python -m bench.cluster 9 1 2 4``.

Prints processor seconds beside wall time, since on a machine that is shared only these compare, and the memory that
states and tables took. ``--alone`` leaves out the packed engine, to which the others are compared; ``--gib`` is the
memory that all actors together may take.
"""

from __future__ import annotations

import argparse
from time import perf_counter, process_time

from haboot.checker import Limits, packed, quiet
from haboot.checker.packed import PackedSpace
from haboot.checker.packed.cluster import explore

from examples.two_phase_commit import two_phase_commit


def main() -> None:
    """Print a line for the packed engine, and one for each number of actors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("managers", type=int)
    parser.add_argument("actors", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--gib", type=int)
    given = parser.parse_args()
    system, counts, memory = two_phase_commit(given.managers), None, given.gib and given.gib << 30
    if not given.alone:
        begin, cpu = perf_counter(), process_time()
        wanted = packed.explore(system, Limits(max_memory=memory), quiet)
        counts = wanted.distinct, wanted.generated, wanted.depth
        wall, own = perf_counter() - begin, process_time() - cpu
        print(f"packed: {counts}, {wall:.1f} s, {own:.1f} s of processors", flush=True)  # noqa: T201 - the output
        del wanted
    for actors in given.actors:
        explore(two_phase_commit(3), Limits(actors=actors), quiet, PackedSpace)  # starts Ray
        cpu = process_time()
        space = explore(system, Limits(actors=actors, max_memory=memory), quiet, PackedSpace)
        own, theirs = process_time() - cpu, sum(space.crew.reduce("spent"))
        wall = sum(cost.seconds for cost in space.search.costs)
        found = space.distinct, space.generated, space.depth
        if space.bounds_hit or (counts is not None and found != counts):
            raise SystemExit(f"{actors} actors find {space!r}, not {counts}")
        held = sum(space.crew.level.held) / 2**30
        told = f"{wall:.1f} s, {theirs:.1f} s of processors, and {own:.1f} s of who asks; {held:.1f} GiB"
        print(f"{actors} actors: {found}, {told}", flush=True)  # noqa: T201 - the output


if __name__ == "__main__":
    main()
