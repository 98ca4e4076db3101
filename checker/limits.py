"""Bounds on a search, and how it reports on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable

from haboot.checker.boundary import ModelError, count, flag, spelled_out, wrong
from haboot.checker.host import machine

STOPPED, MOST = "interrupted", ("max-states ", "max-memory ")  # names of limits, or how they begin
CARRIERS = ("ray", "mpi")  # of the cluster engine; the first where none is named
Progress: TypeAlias = Callable[[int, int, int, int], None]  # distinct, generated, queue, depth


class Share(NamedTuple):
    """What one machine of a cluster has of a search.

    So many actors, the states that they found and those of the fullest of them, the bytes that these take, and the
    bytes that they have sent to other machines.
    """

    node: str
    actors: int
    found: int
    most: int
    held: int
    sent: int


@runtime_checkable
class Watcher(Protocol):
    """A progress that is also told what each machine of a cluster has, and what goes otherwise than it should."""

    def shares(self, shares: Sequence[Share], note: str) -> None:
        """Report one moment of a search."""


class LimitError(Exception):
    """A limit that a question about a finished search hits: what asked is INCOMPLETE."""


def limits_among(bounds: Iterable[str]) -> tuple[str, ...]:
    """Return those of the bounds that cut a search which are limits on it, and none of the model's own."""
    return tuple(one for one in bounds if one == STOPPED or one.startswith(MOST))


def never() -> bool:
    """Ask for no stop."""
    return False


def quiet(distinct: int, generated: int, queue: int, depth: int) -> None:
    """Report nothing."""


@spelled_out
@dataclass(frozen=True, slots=True)
class Limits:
    """What a search may use; hitting a limit makes every verdict that depends on it INCOMPLETE.

    ``max_memory`` is in bytes and bounds what the packed engine's process holds while it explores, and what another
    engine holds beside the interpreter; without it one takes up to three quarters of the memory of the machine, or of
    the container. ``workers`` is a number of threads, one a processor by default; no result depends on it.
    ``symmetry`` explores one state an orbit of the system's interchangeable blocks.
    ``reduction`` explores of each state only steps of a stubborn set, as far as the properties asked need.
    ``checkpoint`` is a directory to write to every ``interval`` seconds and on SIGTERM; ``resume`` goes on from there.
    ``disk`` is a directory where a packed search goes on when ``max_memory`` nears, as it does in that of a checkpoint.
    ``stopped`` is asked between chunks whether to stop there, as an interrupt does.
    ``invariants`` has an inductive invariant found for what is proven of every number of copies, of nothing else.
    ``actors``, ``address`` and ``carrier`` are of the cluster engine: how many share the states out, the cluster's
    address, and what brings messages to them, "ray" or "mpi".
    """

    max_states: int | None = None
    max_memory: int | None = None
    workers: int | None = None
    symmetry: bool = False
    reduction: bool = False
    checkpoint: Path | None = None
    interval: float = 60.0
    resume: bool = False
    disk: Path | None = None
    stopped: Callable[[], bool] = never
    actors: int | None = None
    address: str | None = None
    carrier: str | None = None
    invariants: bool = False

    def __post_init__(self) -> None:
        for name in ("max_states", "max_memory", "workers", "actors"):
            if getattr(self, name) is not None:
                count("limits", name, getattr(self, name))
        for name in ("symmetry", "reduction", "resume", "invariants"):
            flag("limits", name, getattr(self, name))
        if self.symmetry and self.reduction:
            raise ModelError("limits: symmetry and reduction are not proven together; choose one of them")
        self._require_cluster()
        self._require_folder("checkpoint", self.checkpoint)
        self._require_folder("disk", self.disk)
        if self.disk is not None and self.checkpoint is not None:
            raise ModelError("limits: states go to disk where the checkpoint is; give no other directory beside it")
        if self.resume and self.checkpoint is None:
            raise ModelError("limits: resume is True, but no checkpoint is given to go on from")
        if isinstance(self.interval, bool) or not isinstance(self.interval, int | float) or not self.interval >= 0:
            raise wrong("limits", "interval", self.interval, "a number of seconds")
        if not callable(self.stopped):
            raise wrong("limits", "stopped", self.stopped, "a function that returns True to stop")

    def _require_cluster(self) -> None:
        if self.address is not None and (not isinstance(self.address, str) or not self.address):
            raise wrong("limits", "address", self.address, "the address of a cluster, such as '10.0.0.7:6379'")
        if self.carrier is not None and self.carrier not in CARRIERS:
            raise wrong("limits", "carrier", self.carrier, f"one of {', '.join(CARRIERS)}")
        if self.carrier == "mpi" and self.address is not None:
            raise ModelError("limits: an address is of a cluster of Ray; with MPI mpiexec is told the machines")

    def _require_folder(self, name: str, given: object) -> None:
        if isinstance(given, str):
            object.__setattr__(self, name, Path(given))
        elif given is not None and not isinstance(given, Path):
            raise wrong("limits", name, given, "the path of a directory")

    @property
    def memory(self) -> int:
        """Bytes that an engine may hold."""
        return machine.memory() * 3 // 4 if self.max_memory is None else self.max_memory

    def reached(self, distinct: int, bounds: dict[str, None], default: int | None = None, each: int = 0) -> bool:
        """Whether a limit is reached, or a stop is asked for; its name is noted among the bounds.

        ``default`` is the most states where the caller set no number, ``each`` the bytes that a state takes, 0 where
        the engine itself counts what it holds.
        """
        if self.stopped():
            bounds[STOPPED] = None
            return True
        most = default if self.max_states is None else self.max_states
        if most is not None and distinct > most:
            bounds[f"max-states {most:,}"] = None
            return True
        if each and distinct * each > self.memory:
            bounds[f"max-memory {self.memory:,} bytes"] = None
            return True
        return False
