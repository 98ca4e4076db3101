"""Processes of a job within this one: a communicator that takes its time, as MPI's does, and threads that serve."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np
from haboot.checker.packed.cluster import mpi
from haboot.checker.packed.cluster.post import Post
from haboot.checker.packed.cluster.serving import Serving


class Waiting:
    """What is not done at once: a number of times it says no, and then does what it is for."""

    def __init__(self, times: int, done: Any) -> None:
        self.times, self.done = times, done

    def Test(self) -> bool:  # noqa: N802 - as in MPI
        self.times -= 1
        return self.times < 0 and bool(self.done())


@dataclass
class Boxes:
    """Messages under way, by sender, receiver and tag; and who waits for some, in order."""

    size: int
    dice: Random
    lock: threading.Lock = field(default_factory=threading.Lock)
    messages: dict[tuple[int, int, int], deque[bytes]] = field(default_factory=lambda: defaultdict(deque))
    waiting: dict[tuple[int, int, int], deque[Any]] = field(default_factory=lambda: defaultdict(deque))
    ended: list[int] = field(default_factory=list)


class Comm:
    """What one process sees of the boxes."""

    def __init__(self, boxes: Boxes, rank: int) -> None:
        self.boxes, self.rank = boxes, rank
        self.source = self.count = 0

    def Get_rank(self) -> int:  # noqa: N802 - as in MPI
        return self.rank

    def Get_size(self) -> int:  # noqa: N802 - as in MPI
        return self.boxes.size

    def Get_source(self) -> int:  # noqa: N802 - of a status
        return self.source

    def Get_count(self) -> int:  # noqa: N802 - of a status
        return self.count

    def Abort(self, status: int) -> None:  # noqa: N802 - as in MPI
        self.boxes.ended.append(status)

    def Isend(self, plain: Any, rank: int, tag: int) -> Waiting:  # noqa: N802 - as in MPI
        with self.boxes.lock:
            self.boxes.messages[self.rank, rank, tag].append(bytes(plain))
            return Waiting(self.boxes.dice.randrange(3), lambda: True)

    def Irecv(self, plain: Any, rank: int, tag: int) -> Waiting:  # noqa: N802 - as in MPI
        key, is_here = (rank, self.rank, tag), list[bool]()

        def done() -> bool:
            with self.boxes.lock:
                waiting, messages = self.boxes.waiting[key], self.boxes.messages[key]
                while waiting and messages:
                    room, note = waiting.popleft()
                    room[:] = np.frombuffer(messages.popleft(), np.uint8)
                    note.append(True)
            return bool(is_here)

        with self.boxes.lock:
            self.boxes.waiting[key].append((plain, is_here))
            return Waiting(self.boxes.dice.randrange(3), done)

    def Improbe(self, tag: int, status: Comm) -> Message | None:  # noqa: N802 - as in MPI
        with self.boxes.lock:
            there = [rank for rank in range(self.boxes.size) if self.boxes.messages[rank, self.rank, tag]]
            if not there or self.boxes.dice.random() < 0.2:
                return None
            status.source = self.boxes.dice.choice(there)
            plain = self.boxes.messages[status.source, self.rank, tag].popleft()
            status.count = len(plain)
            return Message(plain)


class Message:
    """A message that was found."""

    def __init__(self, plain: bytes) -> None:
        self.plain = plain

    def Recv(self, room: Any) -> None:  # noqa: N802 - as in MPI
        room[:] = np.frombuffer(self.plain, np.uint8)


def post(boxes: Boxes, rank: int) -> Post:
    """The post of one process."""
    comm = Comm(boxes, rank)
    return Post(comm, comm)


@contextmanager
def job(servers: int, seed: int = 0) -> Iterator[tuple[mpi.Job, list[Serving]]]:
    """A job with so many processes that serve, each a thread, and these; they have ended with it."""
    boxes = Boxes(servers + 1, Random(seed))  # noqa: S311 - the same delays in every run
    serving = [Serving(post(boxes, rank), rank, f"machine {rank % 2}") for rank in range(1, servers + 1)]
    threads = [threading.Thread(target=one.run) for one in serving]
    for thread in threads:
        thread.start()
    made = mpi.Job(post(boxes, 0))
    try:
        yield made, serving
    finally:
        made.end()
        for thread in threads:
            thread.join()
