"""Runs the command on an input: in this process, forked from one that has loaded it, or executed afresh."""

from __future__ import annotations

import gc
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryDirectory

from haboot.cli import main, start

from tests.inputs import Input
from tests.own_models import forgotten

SECONDS = 10  # of processor time
HANGS = 300  # seconds on the clock, after which a process is taken to wait for ever
PATIENCE = 3  # seconds until long work is interrupted
MEMORY = 8 << 30  # bytes of address space
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["haboot.cli.main", "haboot.checker.packed.space", "tests.input_runs"])


class Hung(BaseException):
    """The command in this process did not end; holds the signal of the timer that ran out."""


@dataclass(frozen=True)
class Outcome:
    """What became of an input: exit code (negative for a signal), output, files that are new or changed."""

    way: str
    status: int
    out: bytes = b""
    error: bytes = b""
    written: tuple[tuple[str, bytes], ...] = ()
    seconds: float = 0.0
    interrupted: bool = False


@contextmanager
def laid_out(given: Input) -> Iterator[Path]:
    """A folder with the files of an input and odd places beside them."""
    with TemporaryDirectory(prefix="haboot-input-") as whole:
        place = Path(whole, "here")
        for folder in (place, place / "folder", place / "sealed"):
            folder.mkdir()
        (place / "sealed").chmod(0o500)
        (place / "loop").symlink_to("loop")
        os.mkfifo(place / "fifo")
        reader = os.open(place / "fifo", os.O_RDWR | os.O_NONBLOCK)  # or whoever writes waits for one
        for name, content in given.files.items():
            (place / name).parent.mkdir(exist_ok=True)
            (place / name).write_bytes(content)
        yield place
        os.close(reader)


def outcome(given: Input, way: str) -> Outcome:
    """Run the command on an input: ``called`` here, ``forked`` from a loaded process, or ``executed`` afresh."""
    run = {"called": _called, "forked": _forked, "executed": _executed}[way]
    with laid_out(given) as place:
        before, began = _files(place), time.monotonic()
        status, interrupted = run(given, place)
        out, error = ((place.parent / name).read_bytes() for name in ("out", "error"))
        changed = tuple((name, data) for name, data in _files(place).items() if before.get(name) != data)
        gone = tuple((name, b"") for name in before if not os.path.lexists(place / name))
        return Outcome(way, status, out, error, changed + gone, time.monotonic() - began, interrupted)


def _files(place: Path) -> dict[str, bytes]:
    """Every file in a folder, and folders that are empty; what is no file has no content."""
    found = {}
    for path in sorted(place.rglob("*")):
        if path.is_file() or (path.is_dir() and not any(path.iterdir())):
            found[str(path.relative_to(place))] = path.read_bytes() if path.is_file() else b""
    return found


@contextmanager
def _standing(given: Input, place: Path) -> Iterator[None]:
    """Stand in a folder with an input's environment, and with output going to files."""
    before, kept, streams = Path.cwd(), dict(os.environ), (sys.stdin, sys.stdout, sys.stderr)
    copies = [os.dup(number) for number in range(3)]
    for number, name in enumerate((Path(os.devnull), place.parent / "out", place.parent / "error")):
        handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        os.dup2(handle, number)
        os.close(handle)
    os.environ.update(given.settings)
    os.chdir(place)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - stands for as long as this does
    sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.close()
        sys.stdin.close()
        sys.stdin, sys.stdout, sys.stderr = streams
        os.chdir(before)
        for added in set(os.environ) - set(kept):
            del os.environ[added]
        os.environ.update(kept)
        for number, copy in enumerate(copies):
            os.dup2(copy, number)
            os.close(copy)


def _hang(number: int, _: object) -> None:
    raise Hung(number)


@contextmanager
def _timed() -> Iterator[None]:
    """Raise Hung inside after too long on the clock, or too much processor time."""
    timers = ((signal.SIGALRM, signal.ITIMER_REAL, HANGS), (signal.SIGPROF, signal.ITIMER_PROF, SECONDS))
    before = [signal.signal(number, _hang) for number, _, _ in timers]
    for _, timer, seconds in timers:
        signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        for (number, timer, _), old in zip(timers, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, old)


def _called(given: Input, place: Path) -> tuple[int, bool]:
    with _standing(given, place), forgotten():
        try:
            with _timed():
                status = main.run(given.words)
        except Hung as error:
            status = -signal.SIGALRM if error.args[0] == signal.SIGALRM else -signal.SIGXCPU
        except BaseException:  # noqa: BLE001 - whatever leaves the command is a fault
            traceback.print_exc()
            status = 1
    gc.collect()
    return status, False


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _live(given: Input, place: Path) -> None:
    _bounded()
    with _standing(given, place):
        sys.argv = ["haboot", *given.words]
        try:
            start.main()
        except SystemExit:
            raise
        except BaseException:  # noqa: BLE001 - whatever leaves the command is a fault
            traceback.print_exc()
            sys.exit(1)


def _forked(given: Input, place: Path) -> tuple[int, bool]:
    for name in ("out", "error"):
        (place.parent / name).touch()
    process = FORKS.Process(target=_live, args=(given, place))
    process.start()
    process.join(PATIENCE if given.long else HANGS)
    interrupted = process.is_alive()
    if interrupted and given.long:
        process.terminate()
        process.join(HANGS)
    if process.is_alive():
        process.kill()
        process.join()
        return -signal.SIGALRM, interrupted
    assert process.exitcode is not None
    status = process.exitcode
    process.close()
    return status, interrupted and given.long


def _executed(given: Input, place: Path) -> tuple[int, bool]:
    command = [sys.executable, "-m", "haboot.cli", *given.words]
    interrupted = False
    with (place.parent / "out").open("wb") as out, (place.parent / "error").open("wb") as error:
        process = subprocess.Popen(  # noqa: S603 - this interpreter
            command, cwd=place, env={**os.environ, **given.settings},
            stdin=subprocess.DEVNULL, stdout=out, stderr=error,
            preexec_fn=_bounded,  # noqa: PLW1509 - sets limits and takes no lock
        )  # fmt: skip
        try:
            process.wait(PATIENCE if given.long else HANGS)
        except subprocess.TimeoutExpired:
            interrupted = given.long
            process.send_signal(signal.SIGTERM if given.long else signal.SIGKILL)
            process.wait(HANGS)
            if not given.long:
                return -signal.SIGALRM, False
    return process.returncode, interrupted
