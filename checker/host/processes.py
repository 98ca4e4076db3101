"""Work shared out to processes that end with the one that started them.

The signals that ask to end are for the parent alone: it decides what is still shown. Workers are started with both
blocked, so none is hit before it has made up its mind, then ignore SIGINT, which a terminal sends to all, and die of
SIGTERM as usual.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from typing import TypeVar

from haboot.checker.host.machine import blocked, shielded, unblock

A = TypeVar("A")
B = TypeVar("B")


def _ready() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    unblock()


def mapped(task: Callable[[A], B], given: Iterable[A], workers: int, chunksize: int = 1) -> Iterator[B]:
    """Return the results of a task in the order given; whoever stops listening ends the workers.

    >>> list(mapped(abs, [-1, -2], workers=1))
    [1, 2]
    """
    with ExitStack() as at_the_end:
        try:
            with shielded(), blocked():  # no worker is left half started, and what came meanwhile comes after
                pool = ProcessPoolExecutor(workers, initializer=_ready)
                at_the_end.callback(pool.shutdown, cancel_futures=True)
                results = pool.map(task, given, chunksize=chunksize)
            yield from results
        except BaseException:
            for child in multiprocessing.active_children():
                child.kill()  # before what they share with this process is gone
            raise
