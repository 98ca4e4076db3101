"""Clusters within this process, whose messages come in a drawn order."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from random import Random

from haboot.checker import Limits, Share, System, quiet
from haboot.checker.packed import Form, PackedSpace
from haboot.checker.packed.cluster import ClusterSpace, Within, explore


def drawn(size: int, seed: int, deaths: Sequence[int] = (), joins: Sequence[int] = ()) -> Within:
    """Shards whose calls come in a drawn order, some of them twice."""
    return Within(size, Random(seed), deaths, joins, repeats=True)  # noqa: S311 - the same order in every run


def within(
    system: System, limits: Limits | None = None, carrier: Within | None = None, form: Form | None = None
) -> ClusterSpace:
    """Explore a system by shards in this process."""
    return explore(system, limits or Limits(), quiet, PackedSpace, form=form, carrier=carrier or Within(2))


class Watching:
    """A progress that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[Sequence[Share]] = []
        self.notes: set[str] = set()

    def __call__(self, distinct: int, generated: int, queue: int, depth: int) -> None:
        """Count nothing."""

    def shares(self, shares: Sequence[Share], note: str) -> None:
        self.told.append(shares)
        self.notes.add(note)


def listening(pid: int) -> set[str]:
    """The addresses, as the system writes them, on which a process listens."""
    try:
        sockets = {os.readlink(one) for one in Path(f"/proc/{pid}/fd").iterdir()}
        told = [Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    except OSError:
        return set()  # it has ended meanwhile
    rows = [line.split() for lines in told for line in lines]
    return {row[1].partition(":")[0] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets}
