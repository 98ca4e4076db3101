"""Letters between the processes of a job, by MPI's messages: a head, then each array as bytes.

Nobody waits in MPI, where waiting takes a whole processor: who has nothing to do looks again after a while. Letters of
one process arrive in the order in which they were sent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import wait as waited_for
from time import sleep
from typing import Any, NamedTuple

import numpy as np
from haboot.checker.packed.cluster.letters import NOTHING, Letter, begun, head
from numpy.typing import NDArray

HEAD, BODY = 1, 2  # tags of messages
SHORTEST, SOON, LATE = 2e-5, 1e-4, 1e-3  # seconds until it is looked again: at first, amid a letter, and at most


class Coming(NamedTuple):
    """A letter whose arrays are still to come."""

    note: list[Any]
    letter: Letter
    requests: list[Any]


class Post:
    """The letters of this process, for one thread at a time.

    ``comm`` is a communicator that nobody else uses, ``status`` what it tells of a message in.
    """

    def __init__(self, comm: Any, status: Any) -> None:
        self.comm, self.status = comm, status
        self.going: list[tuple[list[Any], Letter, bytes]] = []
        self.coming: dict[int, deque[Coming]] = {}
        self.pause = 0.0

    def send(self, rank: int, note: list[Any], letter: Letter = NOTHING) -> None:
        """Send a letter with a note; returns before it has left."""
        plain = head(note, letter)
        requests = [self.comm.Isend(np.frombuffer(plain, np.uint8), rank, HEAD)]
        requests += [self.comm.Isend(_plain(one), rank, BODY) for one in letter.arrays if one.size]
        self.going.append((requests, letter, plain))

    def came(self) -> Iterator[tuple[int, list[Any], Letter]]:
        """Each letter that is there, with who sent it and its note."""
        self.going = [one for one in self.going if not all(request.Test() for request in one[0])]
        while (message := self.comm.Improbe(tag=HEAD, status=self.status)) is not None:
            self._begin(message)
        for rank, letters in self.coming.items():
            while letters and all(request.Test() for request in letters[0].requests):
                note, letter, _ = letters.popleft()
                self.pause = 0.0
                yield rank, note, letter

    def _begin(self, message: Any) -> None:
        """Take a head, and make room for what follows it."""
        rank, plain = self.status.Get_source(), np.empty(self.status.Get_count(), np.uint8)
        message.Recv(plain)
        note, letter = begun(plain.tobytes())
        requests = [self.comm.Irecv(_plain(one), rank, BODY) for one in letter.arrays if one.size]
        self.coming.setdefault(rank, deque()).append(Coming(note, letter, requests))

    def wait(self, work: Future[Any] | None = None) -> None:
        """Do nothing for a while, which gets longer until a letter comes; at most until some work is done."""
        most = SOON if self.going or any(self.coming.values()) else LATE
        if work is None:
            sleep(self.pause)
        else:
            waited_for([work], self.pause)
        self.pause = min(most, max(SHORTEST, 2 * self.pause))


def _plain(array: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the bytes of an array, which is in order."""
    return array.reshape(-1).view(np.uint8)
