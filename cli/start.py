"""The first lines of the haboot command: signals are heard before anything that takes long is loaded.

What is loaded is kept to the end, so that collecting garbage meanwhile, a seventh of a short run, finds none; and no
command computes with matrices, so that the threads of a library for these need not be started.
Whatever goes wrong where nothing else tells it, also while modules are loaded, is one line and exit code 4.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from io import TextIOWrapper
from itertools import pairwise
from types import FrameType

from haboot.cli.unforeseen import internal

COLLECTED = 500_000, 20, 20  # objects made until garbage is looked for, and how seldom among older ones


def main() -> None:
    """Run the command; SIGINT and SIGTERM end it in one line at any moment, also while it loads."""
    end_at_once()
    gc.set_threshold(*COLLECTED)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        status = _run()
    except KeyboardInterrupt as error:
        status = getattr(error, "status", 130)
    except BaseException as error:  # noqa: BLE001 - the last place that can tell it; nobody else ends Python
        status = internal(error)
    end_at_once()
    if status > 128:
        from haboot.cli import interrupts  # noqa: PLC0415 - it is loaded where there is such a status

        interrupts.leave(status)
    sys.exit(status)


def _run() -> int:
    if _asks_for_mpi(sys.argv[1:]):
        from haboot.checker import served  # noqa: PLC0415 - takes part in a job

        if served():
            return 0
    from haboot.cli import interrupts  # noqa: PLC0415 - signals come first
    from haboot.cli.main import run  # noqa: PLC0415 - loads everything

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    interrupts.listen()
    return run()


def _asks_for_mpi(words: list[str]) -> bool:
    """Whether this is one of many processes, of which the first alone reads the other words."""
    return "--carrier=mpi" in words or ("--carrier", "mpi") in pairwise(words)


def end_at_once() -> None:
    """Let a signal end the process in one line: while commands are still being loaded, and once all is done.

    A signal that is ignored, as for a job in the background, stays so.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)


def _end(number: int, _: FrameType | None) -> None:
    os.write(2, b"haboot: interrupted\n")
    os._exit(128 + number)
