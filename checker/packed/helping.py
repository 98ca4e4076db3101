"""A second process that compiles loops which a search will need, while this one compiles those that it needs first.

Both take a loop only where nobody else has claimed it. What the helper makes is read from where compiled code is kept,
so there is none without such a place, nor where there is one processor.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from threading import Lock
from time import sleep

from haboot.checker.host import processors
from haboot.checker.packed import kept

MODULE = "haboot.checker.packed.ahead"
PAUSE = 0.02  # seconds between two looks for what the helper makes
_starting = Lock()
_helpers: list[subprocess.Popen[bytes]] = []


def found(name: str, form: int) -> bytes | None:
    """Return what a helper makes of a loop that it has claimed; None for this process to make it.

    ``form`` is that of the states, 0 where it is not known; see Shape. The first call that knows it starts the helper.
    """
    if kept.folder() is None or processors() < 2:
        return None
    with _starting:
        if form and not _helpers:
            _helpers.append(_started(form))
            atexit.register(_ended)
    if not _helpers or kept.claim(name, os.getpid()):
        return None
    while _helpers[0].poll() is None:
        if (content := kept.read(name)) is not None:
            return content
        sleep(PAUSE)
    return kept.read(name)


def _started(form: int) -> subprocess.Popen[bytes]:
    nothing = subprocess.DEVNULL
    return subprocess.Popen(  # noqa: S603 - this interpreter
        [sys.executable, "-m", MODULE, str(form), str(os.getpid())], stdin=nothing, stdout=nothing, stderr=nothing
    )


def _ended() -> None:
    """End the helper, whose work nobody waits for any more."""
    _helpers[0].kill()
    _helpers[0].wait()
    kept.release(os.getpid())
