"""Feeds drawn inputs to the command, in this process and in processes of their own, and tells each fault once.

What is demanded of every input: an exit code that is declared, no traceback, no crash, one line for wrong usage, plain
text without control characters, an end within seconds of processor time and within bounded memory, files that are well
formed, and nothing written but what was asked for. Run a long one with ``python -m tests --count 5000``.
"""

from __future__ import annotations

import argparse
import ast
import gc
import json
import multiprocessing
import os
import re
import resource
import signal
import subprocess
import sys
import time
import traceback
import unicodedata
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryDirectory

from haboot.cli import main, start
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.inputs import Input, inputs

SECONDS = 10  # of processor time
HANGS = 60  # seconds on the clock, after which a process is taken to wait for ever
PATIENCE = 3  # seconds until long work is interrupted
MEMORY = 8 << 30  # bytes of address space
BATCH = 100  # inputs drawn at a time
DECLARED = {0, 1, 2, 3}
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["haboot.cli.main", "haboot.checker.packed", "tests.input_fuzzer"])


class Hung(BaseException):
    """The command in this process did not end."""


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


# --- running


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
        gone = tuple((name, b"") for name in before.keys() - _files(place).keys())
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
    for number, name in enumerate((os.devnull, place.parent / "out", place.parent / "error")):
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
        for name in set(os.environ) - set(kept):
            del os.environ[name]
        os.environ.update(kept)
        for number, copy in enumerate(copies):
            os.dup2(copy, number)
            os.close(copy)


def _hang(*_: object) -> None:
    raise Hung


def _called(given: Input, place: Path) -> tuple[int, bool]:
    listening, began = signal.signal(signal.SIGALRM, _hang), time.process_time()
    signal.setitimer(signal.ITIMER_REAL, HANGS)
    with _standing(given, place):
        try:
            status = main.run(given.words)
        except Hung:
            status = -signal.SIGALRM
        except BaseException:  # noqa: BLE001 - whatever leaves the command is a fault
            traceback.print_exc()
            status = 1
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, listening)
    gc.collect()
    return (-signal.SIGXCPU if time.process_time() - began > SECONDS else status), False


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
            command, cwd=place, env={**os.environ, **given.settings}, stdin=subprocess.DEVNULL, stdout=out, stderr=error,
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


# --- judging


def faults(given: Input, seen: Outcome) -> Iterator[str]:
    """What is wrong with an outcome, each in one line that is the same for the same fault."""
    error = seen.error.decode(errors="backslashreplace")
    command = next((word for word in given.words if word in main.haboot.commands), "no command")
    if seen.status == -signal.SIGALRM:
        yield "hangs"
    elif seen.status == -signal.SIGXCPU:
        yield f"takes more than {SECONDS} s of processor time"
    elif "Traceback (most recent call last)" in error + seen.out.decode(errors="replace"):
        yield f"traceback: {_cause(error)}"
    elif seen.status < 0:
        yield f"dies of {signal.Signals(-seen.status).name}"
    elif seen.status not in (DECLARED | {143} if seen.interrupted else DECLARED):
        yield f"exit code {seen.status}: {_plain(error)}"
    elif seen.status == 2 and given.words and len(error.strip("\n").split("\n")) > 1:
        yield f"wrong usage in several lines: {_plain(error)}"
    elif seen.status == 2 and not error:
        yield "wrong usage without a word"
    for name, content in (("standard output", seen.out), ("standard error", seen.error)):
        if "png" not in str(given.words):
            yield from (f"{one} in {name}" for one in _unclean(content))
    for name, content in seen.written:
        if not any(fnmatch(name, one) or name.startswith(f"{one.rstrip('/')}/") for one in given.asked if one):
            yield f"writes without being asked: {command}: {re.sub('[0-9a-f]{6,}', '…', name)}"
        elif not name.endswith((".png", ".checkpoint")):
            yield from (f"{one} in a file: {command} {Path(name).suffix}" for one in _unclean(content))
            yield from _malformed(name, content)


def _cause(error: str) -> str:
    """The exception and the last place in the product, without what differs from input to input."""
    places = re.findall(r'haboot/([\w/]+\.py)", line (\d+), in (\w+)', error)
    last = [line for line in error.splitlines() if re.match(r"[\w.]+(Error|Exception|Interrupt|Hung|Exit|Escape)\b", line)]
    kind = last[-1].split(":")[0] if last else _plain(error)
    return f"{kind} at {':'.join(places[-1])}" if places else kind


def _plain(error: str) -> str:
    """The start of a message, without names and numbers."""
    return re.sub(r"'[^']*'|\d+", "…", error).encode("ascii", "backslashreplace").decode().replace("\n", "\\n")[:90]


def _unclean(content: bytes) -> Iterator[str]:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        yield "bytes that are no UTF-8"
        return
    if any(unicodedata.category(letter) == "Cc" and letter != "\n" for letter in set(text)):
        yield "control characters"
    if any(unicodedata.bidirectional(letter) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI"} for letter in set(text)):
        yield "characters that turn the direction of text"


def _malformed(name: str, content: bytes) -> Iterator[str]:
    try:
        match Path(name).suffix:
            case ".py":
                ast.parse(content)
            case ".xml" | ".svg":
                ElementTree.fromstring(content)  # noqa: S314 - written by the command just now
            case ".sarif":
                json.loads(content)
    except (SyntaxError, ValueError, ElementTree.ParseError) as error:
        yield f"a malformed {Path(name).suffix} file: {type(error).__name__}"


# --- many inputs


def drawn(count: int, start_from: int) -> list[Input]:
    """Draw inputs; the same for the same number to start from."""
    found: list[Input] = []

    @seed(start_from)
    @settings(max_examples=count, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(inputs())
    def collect(one: Input) -> None:
        found.append(one)

    collect()
    return found[:count]


def way_of(number: int, given: Input) -> str:
    """How to run the input of a number: about half in this process, unless it could take this process with it."""
    if number % 40 == 39:
        return "executed"
    return "forked" if given.long or number % 5 < 2 or any("checkpoint" in name for name in given.files) else "called"


@dataclass
class Found:
    """A fault, the smallest input that shows it, and how often it was met."""

    given: Input
    seen: Outcome
    times: int = 1


def hunt(count: int, start_from: int, found: dict[str, Found] | None = None) -> Iterator[tuple[str, Found]]:
    """Run so many drawn inputs; yield each fault when it is met first, and again whenever a smaller input shows it."""
    known = {} if found is None else found
    for batch in range(0, count, BATCH):
        began = time.monotonic()
        for number, given in enumerate(drawn(min(BATCH, count - batch), start_from * 1_000_000 + batch), start=batch):
            seen = outcome(given, way_of(number, given))
            for fault in faults(given, seen):
                old = known.get(fault)
                if old is None or given.size < old.given.size:
                    known[fault] = Found(given, seen, old.times + 1 if old else 1)
                    yield fault, known[fault]
                else:
                    old.times += 1
        print(f"{batch + BATCH} inputs, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def keep(folder: Path, number: int, fault: str, one: Found) -> None:
    """Write down how to see a fault again."""
    place = folder / f"{number:02}"
    for name, content in one.given.files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    place.mkdir(parents=True, exist_ok=True)
    told = [f"fault: {fault}", f"way: {one.seen.way}", f"words: {one.given.words!r}"[:3000], f"settings: {one.given.settings}",
            f"status: {one.seen.status}", f"written: {[name for name, _ in one.seen.written]}",
            one.seen.error.decode(errors="backslashreplace")[-3000:]]  # fmt: skip
    (place / "fault.txt").write_text("\n".join(told), encoding="utf-8", errors="backslashreplace")


def hunting() -> int:
    """Hunt as the command line says, print each fault once, and return 1 when there is any."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--count", type=int, default=1000)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--output", type=Path, help="folder for the smallest input of each fault")
    given = asked.parse_args()
    found: dict[str, Found] = {}
    numbers: dict[str, int] = {}
    for fault, one in hunt(given.count, given.seed, found):
        if fault not in numbers:
            numbers[fault] = len(numbers)
            print(f"{numbers[fault]:02} {one.seen.way}: {fault}: haboot {one.given.words!r}"[:400].encode(errors="backslashreplace").decode(), flush=True)  # noqa: T201
        if given.output:
            keep(given.output, numbers[fault], fault, one)
    print(f"{given.count:,} inputs, {len(found)} faults")  # noqa: T201
    for fault, one in found.items():
        print(f"{one.times:5} {fault}")  # noqa: T201
    return 1 if found else 0
