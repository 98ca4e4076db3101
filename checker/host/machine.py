"""What the machine offers, asked in ways that every system knows: what only some have is used where it is there.

The memory of a container is that of its control groups (Linux: admin-guide/cgroup-v2, cgroup-v1/memory).
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path, PurePosixPath

SIGNALS = (signal.SIGINT, signal.SIGTERM)  # those that ask a process to end
WAITING = {*SIGNALS, *(number for name in ("SIGALRM",) if (number := getattr(signal, name, None)))}
UNKNOWN = 1 << 32  # bytes that a machine is taken to have which does not tell
STATUS = Path("/proc/self/status")  # where Linux tells of this process
LIMITS = {"cgroup2": ("memory.max", "memory.high"), "cgroup": ("memory.limit_in_bytes",)}


def processors() -> int:
    """Return how many processors this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let cycles be collected less often meanwhile: a search makes millions of small values, hardly one in a cycle."""
    before = gc.get_threshold()
    if before[0]:
        gc.set_threshold(max(200_000, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@cache
def memory() -> int:
    """Return the bytes of memory that this process may take: those of the machine, or fewer where a limit is set."""
    return min(physical_memory(), *container_limits(), *_own_limit())


@cache
def physical_memory() -> int:
    """Return the bytes of memory that the machine has."""
    with suppress(AttributeError, ValueError, OSError):
        size, pages = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_PHYS_PAGES")
        if size > 0 and pages > 0:  # each is -1 where the system does not tell
            return size * pages
    return _windows_memory() if sys.platform == "win32" else UNKNOWN


def _windows_memory() -> int:
    class Status(ctypes.Structure):  # MEMORYSTATUSEX
        _fields_ = (("length", ctypes.c_uint32), ("load", ctypes.c_uint32), ("sizes", ctypes.c_uint64 * 7))

    status = Status(length=ctypes.sizeof(Status))
    found = vars(ctypes)["windll"].kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
    return int(status.sizes[0]) if found else UNKNOWN


def container_limits(root: Path = Path("/")) -> list[int]:
    """Return the limits in bytes of all control groups that this process is in; ``root`` holds ``proc`` and ``sys``."""
    found = []
    for kind, mount, group in _groups(root / "proc" / "self"):
        for folder in (group, *group.parents):
            for name in LIMITS[kind]:
                with suppress(OSError, ValueError):  # not there, or 'max'
                    found.append(int((root / mount.relative_to("/") / folder / name).read_text(encoding="ascii")))
    return found


def _groups(process: Path) -> Iterator[tuple[str, PurePosixPath, PurePosixPath]]:
    """The memory groups of a process: the kind, where it is mounted, and the group below that place."""
    own: dict[str, str] = {}
    mounts: list[tuple[str, str, str]] = []
    with suppress(OSError, ValueError):
        for line in (process / "cgroup").read_text(encoding="utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers or "memory" in controllers.split(","):
                own["cgroup" if controllers else "cgroup2"] = path
        for line in (process / "mountinfo").read_text(encoding="utf-8").splitlines():
            before, after = line.split(" - ", 1)
            kind, _, options = after.split(" ", 2)
            if kind == "cgroup2" or (kind == "cgroup" and "memory" in options.split(",")):
                mounts.append((kind, *before.split(" ")[3:5]))  # type: ignore[arg-type]  # two of them
    for kind, top, mount in mounts:
        if kind in own:
            group = PurePosixPath(own[kind])
            inside = group.relative_to(top) if group.is_relative_to(top) else group.relative_to("/")
            yield kind, PurePosixPath(mount), inside


def _own_limit() -> list[int]:
    """The limit on this process's own memory, where one is set."""
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return []
    least, _ = resource.getrlimit(resource.RLIMIT_AS)
    return [] if least == resource.RLIM_INFINITY else [least]


def mapped_memory() -> int | None:
    """Return the bytes of files that this process has in memory, None where the system does not tell."""
    return _pages(2)


def resident_memory() -> int | None:
    """Return the bytes that this process has in memory, with those of files, None where the system does not tell."""
    return _pages(1)


def _pages(place: int) -> int | None:
    """Return the bytes of pages of which Linux tells the number at a place."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[place]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        return None


def peak_memory() -> int | None:
    """Return the most bytes that this process has had in memory, None where the system does not tell.

    What getrusage tells may be of the process that started this one.
    """
    with suppress(OSError, ValueError):
        told = STATUS.read_text("utf-8").partition("VmHWM:")[2]
        return int(told.partition("kB")[0]) * 1024
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def synced_folder(path: Path) -> None:
    """Let a folder's entries reach the disk, where the system has a way."""
    if sys.platform != "win32":
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def shielded() -> Iterator[None]:
    """Let no signal fall into the work inside; what came meanwhile comes after it.

    Blocking would not do: a signal to a process goes to any of its threads, and Python handles it in the main one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came = dict[int, None]()
    known = {number: signal.getsignal(number) for number in WAITING}
    held = {number: how for number, how in known.items() if how not in {None, signal.SIG_IGN}}
    for number in held:
        signal.signal(number, lambda number, _: came.setdefault(number))
    try:
        yield
    finally:
        for number, how in held.items():
            signal.signal(number, how)
        for number in came:
            signal.raise_signal(number)


@contextmanager
def blocked() -> Iterator[None]:
    """Let processes that are started inside begin with the signals that ask to end held back, until ``unblock``."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def unblock() -> None:
    """Let the signals that ask to end come again, in a process that was started within ``blocked``."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
