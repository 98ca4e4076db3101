"""Shards as the processes of a job of MPI; the only module that imports mpi4py.

The first process asks, and each other one holds a shard. Where all are on one machine they share memory and listen on
no network. What MPI does not do is to go on without one of them: it ends all, and the search is resumed.
"""

from __future__ import annotations

import atexit
import os
import platform
import signal
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from itertools import count
from time import monotonic
from typing import Any

from haboot.checker.host import SIGNALS
from haboot.checker.packed.cluster.carriers import ClusterError, Parcel
from haboot.checker.packed.cluster.letters import Letter, Way, read, written
from haboot.checker.packed.cluster.member import running
from haboot.checker.packed.cluster.post import Post
from haboot.checker.packed.cluster.serving import FIRST, FORGET, MAKE, Serving
from haboot.checker.packed.cluster.terms import Terms

SILENCE = 600  # seconds without an answer from any process after which a search is given up
ENDING = 10  # seconds that processes may take to end
ALONE = "there is no process to hold states: start it as mpiexec -n 3 haboot check …, of which the first asks"


class Due:
    """A parcel: a part of what a call to a process returns; it may be ``kept`` there."""

    def __init__(self, job: Job, rank: int, number: int, part: int) -> None:
        self.job, self.rank, self.number, self.part = job, rank, number, part
        self.there, self.kept, self.failure = False, False, ""
        self.content: Any = None

    def __del__(self) -> None:
        if self.kept:
            self.job.unwanted.append((self.rank, self.number, self.part))


class Job:
    """The processes of a job as the first of them sees these.

    ``due`` are parcels that wait, by call, and ``ways`` those whose content is on its way. ``unwanted`` is what is kept
    elsewhere for nobody, ``over`` are searches that have ended, both by process: they are told with the next call.
    """

    def __init__(self, post: Post) -> None:
        self.post, self.size = post, int(post.comm.Get_size()) - 1
        self.numbers = count(1)
        self.due: dict[int, list[Due]] = {}
        self.ways: dict[int, Due] = {}
        self.unwanted: list[tuple[int, int, int]] = []
        self.over: list[tuple[int, int]] = []
        self.ended = 0

    def call(self, rank: int, search: int, verb: str, given: Sequence[Any], parts: int = 1) -> list[Due]:
        """Call a process for a search; return a parcel for each part of what comes of it."""
        values = [self._given(rank, one) if isinstance(one, Due) else one for one in given]
        self._tidy()
        number = next(self.numbers)
        self.due[number] = [Due(self, rank, number, part) for part in range(parts)]
        self.post.send(rank, ["call", number, search, verb, parts], written(values))
        return [*self.due[number]]

    def _tidy(self) -> None:
        """Let processes forget what is wanted no more."""
        while self.unwanted:
            rank, *what = self.unwanted.pop()
            self.post.send(rank, ["drop", *what])
        while self.over:
            rank, search = self.over.pop()
            number = next(self.numbers)
            self.due[number] = []
            self.post.send(rank, ["call", number, search, FORGET, 1], written([]))

    def _given(self, rank: int, due: Due) -> Any:
        """Return what stands for a parcel in a call: what it holds, or the way by which that comes from where it is."""
        self.arrived(due)
        return Way(self._passed(due, rank)) if due.kept else due.content

    def _passed(self, due: Due, rank: int) -> int:
        """Let what is kept elsewhere go to a process; return the number of its way."""
        way = next(self.numbers)
        self.post.send(due.rank, ["pass on", due.number, due.part, rank, way])
        return way

    def arrived(self, due: Due) -> None:
        """Wait until a call is made; raise ClusterError where it failed."""
        self.until(lambda: due.there)
        if due.failure:
            raise ClusterError(f"an actor failed: {due.failure}")

    def opened(self, due: Due) -> Any:
        """Return what a parcel holds once it is here."""
        self.arrived(due)
        if due.kept:
            way = self._passed(due, FIRST)
            self.ways[way] = due
            self.until(lambda: way not in self.ways)
        return due.content

    def until(self, is_so: Callable[[], bool], most: float | None = None) -> None:
        """Take in letters until something is so; raise ClusterError where none comes for some seconds."""
        most = SILENCE if most is None else most
        heard = monotonic()
        while not is_so():
            for _, note, letter in self.post.came():
                heard = monotonic()
                self._take(letter, *note)
            if monotonic() > heard + most:
                raise ClusterError(f"no process of the job answered within {most} s")
            if not is_so():
                self.post.wait()

    def _take(self, letter: Letter, kind: str, *told: Any) -> None:
        """Take in a letter."""
        if kind == "ended":
            self.ended += 1
        elif kind == "arrive":
            self.ways.pop(told[0]).content = read(letter)
        else:
            number, more = told
            values = read(letter) if kind == "done" else None
            for due in self.due.pop(number):
                due.there = True
                if values is None:
                    due.failure = more
                else:
                    due.content, due.kept = values[due.part], due.part in more

    def end(self) -> None:
        """End all processes but this one; raise ClusterError where they take too long."""
        for rank in range(1, self.size + 1):
            self.post.send(rank, ["end"])
        self.until(lambda: self.ended == self.size, ENDING)


class Processes:
    """A carrier of calls to the other processes of a job, each of which has a shard of a search at most.

    By default it is the job of this process; one that is not its first serves that, and ends with it.
    """

    def __init__(self, job: Job | None = None) -> None:
        if job is None and served():
            sys.exit()
        self.job, self.search = job or _job(), next(_SEARCHES)
        self.places: list[tuple[str, int]] = []  # of each process, its machine and the bytes of memory there
        if not self.job.size:
            raise ClusterError(ALONE)

    @property
    def size(self) -> int:
        """See Carrier; none may join."""
        return self.job.size

    def start(self, terms: Sequence[Terms]) -> None:
        """See Carrier."""
        if len(terms) > self.size:
            told = f"start mpiexec -n {len(terms) + 1}, or ask for no --actors"
            raise ClusterError(f"{len(terms)} actors need as many processes beside the first, here {self.size}: {told}")
        dues = [self.send(shard, MAKE, (one, running()))[0] for shard, one in enumerate(terms)]
        self.places = [self.opened(due) for due in dues]

    def memory(self) -> list[int]:
        """See Carrier."""
        beside = Counter(node for node, _ in self.places)
        return [bytes_there * 3 // 4 // beside[node] for node, bytes_there in self.places]

    def send(self, shard: int, verb: str, given: Sequence[Any], parts: int = 1) -> list[Parcel]:
        """See Carrier."""
        return [*self.job.call(shard + 1, self.search, verb, given, parts)]

    def first(self, waiting: Sequence[Parcel]) -> Parcel:
        """See Carrier."""
        self.job.until(lambda: any(one.there for one in waiting))
        return next(one for one in waiting if one.there)

    def opened(self, parcel: Parcel) -> Any:
        """See Carrier."""
        return self.job.opened(parcel)

    def nodes(self) -> list[str]:
        """See Carrier."""
        return [node for node, _ in self.places]

    def replace(self, shard: int, terms: Terms) -> None:
        """See Carrier; nothing takes the place of a process."""
        raise ClusterError(f"process {shard + 1} of the job is lost with shard {terms.number}: resume the search")

    def close(self) -> None:
        """See Carrier; processes forget the search when they are called next."""
        self.job.over += [(rank, self.search) for rank in range(1, len(self.places) + 1)]
        self.places = []


_SEARCHES = count(1)


@cache
def _joined() -> Post:
    """Return the post of this process to all others of the job; raise ClusterError where there is no MPI."""
    if os.environ.get("MPI_LOCALNRANKS", "") == os.environ.get("PMI_SIZE"):
        os.environ.setdefault("UCX_TLS", "self,sm")  # all are on this machine
    try:
        import mpi4py  # noqa: PLC0415 - it begins to take part in the job when it is loaded

        mpi4py.rc.thread_level = "serialized"
        from mpi4py import MPI  # noqa: PLC0415 - as above
    except (ImportError, RuntimeError) as error:
        raise ClusterError(f"MPI cannot be loaded: {error}") from error
    return Post(MPI.COMM_WORLD.Dup(), MPI.Status())


@cache
def _job() -> Job:
    """Return the job as this process sees it, which is the first and ends it."""
    job = Job(_joined())
    atexit.register(_end, job)
    return job


def _end(job: Job) -> None:
    """End the job with its first process, in any case."""
    try:
        job.end()
    except ClusterError as error:
        sys.stdout.flush()
        print(f"haboot: {error}; all are ended", file=sys.stderr, flush=True)  # noqa: T201 - nobody else can tell it
        job.post.comm.Abort(2)


def served() -> bool:
    """Serve the first process of the job, unless this is it, until that ends; return whether this is another.

    Signals are left to the first process, which mpiexec passes them on to as well.
    """
    post = _joined()
    rank = post.comm.Get_rank()
    if rank == FIRST:
        _job()
        return False
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    try:
        Serving(post, rank, platform.node()).run()
    except BaseException as error:  # noqa: BLE001 - without it the job would wait for this process
        print(f"haboot: internal error in process {rank}: {error!r}", file=sys.stderr, flush=True)  # noqa: T201 - as above
        post.comm.Abort(4)
    return True
