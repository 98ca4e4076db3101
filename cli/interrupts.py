"""Interrupts: SIGINT and SIGTERM end any command within a second, with what it knows so far.

Outside of a search the first signal raises Interrupted. Within one it asks the search to stop between two chunks, so
that what was found up to there is judged; when that takes longer than the grace, the exception comes all the same. A
search with a checkpoint has all the time that it needs to write it; a second signal ends it at once.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from _thread import interrupt_main
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from types import FrameType, TracebackType

from haboot.checker.host import SIGNALS

GRACE = 0.4  # seconds for a search to stop and to be judged as far as it went
AGAIN = 0.05  # seconds
HAS_TIMERS = hasattr(signal, "setitimer") and hasattr(signal, "SIGALRM")


class Interrupted(KeyboardInterrupt):
    """A signal that asks to end; ``status`` is the exit code by which shells tell it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = 128 + number


class _Ears:
    """What was heard in this process, whether the first signal may wait for a search, and for how long."""

    asked, gentle, patient = 0, False, False
    timer: threading.Timer | None = None

    def hear(self, number: int, _: FrameType | None) -> None:
        if self.gentle and not self.asked:
            self.asked = number
            if not self.patient:
                self.call_after(GRACE)
            return
        self.asked = self.asked or number
        raise Interrupted(self.asked)

    def call_after(self, seconds: float) -> None:
        """Raise Interrupted in some time; 0 calls it off."""
        if HAS_TIMERS:
            signal.setitimer(signal.ITIMER_REAL, seconds)
            return
        if self.timer is not None:
            self.timer.cancel()
        self.timer = threading.Timer(seconds, interrupt_main, (self.asked,)) if seconds else None
        if self.timer is not None:
            self.timer.daemon = True
            self.timer.start()

    def lose_patience(self, *_: object) -> None:
        raise Interrupted(self.asked)

    def swallowed(self, lost: sys.UnraisableHookArgs) -> None:
        """Try again soon where the exception fell into code that lets none through, such as a compiler's callback."""
        if issubclass(lost.exc_type, KeyboardInterrupt):
            self.call_after(AGAIN)
        else:
            sys.__unraisablehook__(lost)


_EARS = _Ears()


def listen() -> None:
    """Turn a signal into Interrupted from now on; one that is ignored, as for a job in the background, stays so."""
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _EARS.hear)
    if HAS_TIMERS:
        signal.signal(signal.SIGALRM, _EARS.lose_patience)
    sys.unraisablehook = _EARS.swallowed


@contextmanager
def gently(*, patient: bool = False) -> Iterator[Callable[[], bool]]:
    """Give the work inside the grace to stop by itself; yields the question whether it should.

    With ``patient`` the grace begins at ``hurry`` and not with the signal.
    """
    _EARS.gentle, _EARS.patient = True, patient
    try:
        yield lambda: bool(_EARS.asked)
    finally:
        _EARS.gentle = _EARS.patient = False
        if _EARS.asked:
            _EARS.call_after(0)


def hurry() -> None:
    """Begin the grace that patient work has let pass: what had to be written is written."""
    if _EARS.patient:
        _EARS.patient = False
        if _EARS.asked:
            _EARS.call_after(GRACE)


def require_quiet() -> None:
    """Raise Interrupted when a signal has asked to end."""
    if _EARS.asked:
        raise Interrupted(_EARS.asked)


def behind(error: BaseException | None) -> KeyboardInterrupt | None:
    """Return the interrupt amid which an exception came about, such as in a library that it cut short; or None."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error


class SoFar(AbstractContextManager["SoFar"]):
    """Ends the work inside at an interrupt, and lets what comes after show what is known; ``status`` is then set."""

    status: int | None = None

    @property
    def asked(self) -> bool:
        """Whether the process was asked to end."""
        return bool(_EARS.asked)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        heard = behind(error)
        if heard is not None:
            self.status = getattr(heard, "status", 128 + signal.SIGINT)
        elif _EARS.asked:
            self.status = 128 + _EARS.asked
        return heard is not None


def leave(status: int) -> None:
    """End an interrupted process now: child processes with it, and no waiting for threads amid a search."""
    import multiprocessing  # noqa: PLC0415 - the first moments are for signals

    for child in multiprocessing.active_children():
        child.kill()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)
