"""Explores two-phase commit by a cluster, to be told when to go on: ``python -m tests.on_cluster ADDRESS MANAGERS``.

Amid each level named by ``--pause`` it prints the level, and waits for a line. At the end it prints, as JSON, counts,
verdicts with their traces, the nodes of its actors, and how often actors were lost.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from haboot.checker import Limits, Share, StateSpace, always, judge
from haboot.checker.packed import PackedSpace
from haboot.checker.packed.cluster import ClusterError, explore
from haboot.checker.packed.cluster.rays import Rays

from examples.two_phase_commit import agreement, decided, two_phase_commit


class Paused:
    """A progress that waits amid some levels."""

    def __init__(self, levels: Sequence[int]) -> None:
        self.levels = [*levels]
        self.shares_told: Sequence[Share] = ()

    def __call__(self, *told: int) -> None:
        """Wait, amid a level that is due."""
        depth = told[-1]
        if self.levels and depth >= self.levels[0]:
            del self.levels[0]
            print(depth, flush=True)  # noqa: T201 - what is waited for
            sys.stdin.readline()

    def shares(self, shares: Sequence[Share], note: str) -> None:  # noqa: ARG002 - see Watcher
        """Keep what was told last."""
        self.shares_told = shares


class Counted(Rays):
    """Actors whose losses are counted."""

    lost = 0

    def replace(self, shard: int, terms: object) -> None:
        self.lost += 1
        super().replace(shard, terms)  # type: ignore[arg-type]


def found(space: StateSpace, managers: int) -> dict[str, object]:
    """Return counts and verdicts, as JSON holds them."""
    early = always("nobody has prepared", ("rm 0", "rm 1"), lambda v: v["rm 0"] != "prepared" or v["rm 1"] != "aborted")
    verdicts = [judge(space, claim) for claim in (agreement(managers), decided(managers), early)]
    counts = [space.distinct, space.generated, space.depth]
    fired = dict(sorted(space.fired.items()))
    return {"counts": counts, "fired": fired, "verdicts": [[str(one.answer), str(one.trace)] for one in verdicts]}


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("managers", type=int)
    parser.add_argument("--actors", type=int)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--pause", type=int, nargs="*", default=())
    given = parser.parse_args()
    progress, carrier = Paused(given.pause), Counted(given.address)
    limits = Limits(actors=given.actors, checkpoint=given.checkpoint, interval=0)
    try:
        space = explore(two_phase_commit(given.managers), limits, progress, PackedSpace, carrier=carrier)
        told = found(space, given.managers)
    except ClusterError as error:
        raise SystemExit(str(error)) from error
    shares = {one.node: one.actors for one in progress.shares_told}
    print(json.dumps({**told, "nodes": carrier.nodes(), "lost": carrier.lost, "shares": shares}))  # noqa: T201 - what it is for


if __name__ == "__main__":
    main()
