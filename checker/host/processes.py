"""Work shared out to processes that end with the one that started them.

The signals that ask to end are for the parent alone: it decides what is still shown. Workers are started with both
blocked, so none is hit before it has made up its mind, then ignore SIGINT, which a terminal sends to all, and die of
SIGTERM as usual.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

from haboot.checker.host.machine import blocked, shielded, unblock

A = TypeVar("A")
B = TypeVar("B")


def _ready() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    unblock()


def _all(task: Callable[[A], B], given: list[A]) -> list[B]:
    return [task(item) for item in given]


def mapped(task: Callable[[A], B], given: Iterable[A], workers: int, chunksize: int = 1) -> Iterator[B]:
    """Return the results of a task in the order given; whoever stops listening ends the workers.

    >>> list(mapped(abs, [-1, -2, -3], workers=1, chunksize=2))
    [1, 2, 3]
    """
    items = list(given)
    chunks = [items[at : at + chunksize] for at in range(0, len(items), chunksize)]
    with _shared(task, chunks, workers) as futures:
        for future in futures:
            yield from future.result()


def finished(task: Callable[[A], B], given: Iterable[A], workers: int) -> Iterator[tuple[int, B]]:
    """Return the results of a task as they come, each with the place of what it was given; begun in the order given.

    Whoever stops listening ends the workers.

    >>> sorted(finished(abs, [-1, -2, -3], workers=1))
    [(0, 1), (1, 2), (2, 3)]
    """
    with _shared(task, [[one] for one in given], workers) as futures:
        place = {future: number for number, future in enumerate(futures)}
        for future in as_completed(futures):
            (result,) = future.result()
            yield place[future], result


@contextmanager
def _shared(task: Callable[[A], B], chunks: Iterable[list[A]], workers: int) -> Iterator[list[Future[list[B]]]]:
    """Share chunks of work out to processes, which end with what is done inside.

    No result that is due is ever cancelled: the executor tells it of the workers' end, and stumbles over one that was.
    """
    ends: list[Any] = []
    with ExitStack() as at_the_end:
        try:
            with shielded(), blocked():  # no worker is left half started, and what came meanwhile comes after
                pool = ProcessPoolExecutor(workers, initializer=_ready)
                at_the_end.callback(pool.shutdown)
                results: Any = pool._result_queue  # nothing public ends the wait for a result
                ends.append(results._writer)
                futures = [pool.submit(_all, task, chunk) for chunk in chunks]
            yield futures
        except BaseException:
            for child in multiprocessing.active_children():
                child.kill()  # before what they share with this process is gone
            for end in ends:
                end.close()  # or a result of which a worker had written a part would be waited for without end
            raise
