"""Interrupts: SIGINT and SIGTERM end every command soon, with what is known, and leave nothing behind."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest
from haboot.checker import Limits, explore, quiet
from haboot.checker.host import mapped
from haboot.cli import interrupts, main

from examples.two_phase_commit import two_phase_commit

COMMAND = (sys.executable, "-m", "haboot.cli")
BOTH = pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=lambda one: one.name)


def hear() -> None:
    """Undo what a shell does to jobs in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def started(*arguments: str, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """A command in a process group of its own, which must be empty in the end."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": {**os.environ, "PYTHONUNBUFFERED": "1"}}
    process = subprocess.Popen(  # noqa: S603 - this interpreter
        [*COMMAND, *arguments],
        cwd=cwd,
        text=True,
        start_new_session=True,
        preexec_fn=hear,  # noqa: PLW1509 - sets one handler and takes no lock
        **pipes,  # type: ignore[call-overload]
    )
    try:
        yield process
    finally:
        with pytest.raises(ProcessLookupError):
            wait_until(lambda: os.killpg(process.pid, 0), ProcessLookupError)


def wait_until(task: Callable[[], None], error: type[Exception]) -> None:
    """Repeat a task until it raises, for some seconds: a killed process takes a moment to be gone."""
    for _ in range(200):
        try:
            task()
        except error:
            raise
        time.sleep(0.02)


def end(process: subprocess.Popen[str], sent: signal.Signals) -> tuple[str, str]:
    process.send_signal(sent)
    out, error = process.communicate(timeout=30)
    assert process.returncode == 128 + sent, (out[-500:], error[-2000:])
    assert "Traceback" not in error
    assert "Error" not in error
    return out, error


def until(process: subprocess.Popen[str], text: str) -> str:
    """Read what a command prints up to a line that holds a text."""
    assert process.stdout is not None
    read = ""
    for line in process.stdout:
        read += line
        if text in line:
            return read
    raise AssertionError(f"'{text}' was not printed, but: {read}")


@BOTH
def test_a_check_ends_with_the_verdicts_so_far(tmp_path: Path, sent: signal.Signals) -> None:
    with started("check", "-v", "--workers", "1", "--json", "out.json", cwd=tmp_path) as process:
        until(process, "new-prefix")
        out, _ = end(process, sent)
    assert "INTERRUPTED: " in out.splitlines()[-1]
    scenarios = json.loads((tmp_path / "out.json").read_text())["scenarios"]
    assert 2 <= len(scenarios) < 46
    whole = [claim["verdict"] for claim in scenarios[0]["properties"]]
    assert set(whole) == {"HOLDS", "VIOLATED"}


@BOTH
@pytest.mark.parametrize("delay", [0.1, 0.25, 0.4])
def test_a_signal_while_commands_are_loaded_ends_in_one_line(
    tmp_path: Path, sent: signal.Signals, delay: float
) -> None:
    with started("check", "--suite", "full", cwd=tmp_path) as process:
        time.sleep(delay)
        _, error = end(process, sent)
    assert error in {"", "haboot: interrupted\n"}


@BOTH
@pytest.mark.parametrize(
    "arguments",
    [
        *("check --suite full", "mutants", "findings --search 2", "findings --verify", "report -o report.html"),
        *("compare", "throttle", "fuzz --examples 100000", "fuzz --mutants"),
    ],
)
def test_other_commands_end_as_well_and_leave_no_process_and_no_file(
    tmp_path: Path, sent: signal.Signals, arguments: str
) -> None:
    with started(*arguments.split(), cwd=tmp_path) as process:
        time.sleep(2.0)
        out, error = end(process, sent)
    assert "INTERRUPTED: " in out + error or error == "haboot: interrupted\n"
    assert not list(tmp_path.iterdir())


@BOTH
def test_a_search_with_a_checkpoint_is_written_and_judged(tmp_path: Path, sent: signal.Signals) -> None:
    saved = tmp_path / "saved" / "search.checkpoint"
    large = ("--mobile-nodes", "2", "--assume", "loss,reordering,duplication")
    with started("check", *large, "--checkpoint", "saved", "--json", "out.json", cwd=tmp_path) as process:
        for _ in range(3000):
            if saved.exists():
                break
            time.sleep(0.02)
        before = saved.stat().st_mtime_ns
        time.sleep(1.0)
        out, _ = end(process, sent)
    assert "INTERRUPTED: " in out.splitlines()[-1]
    (scenario,) = json.loads((tmp_path / "out.json").read_text())["scenarios"]
    assert scenario["bounds_hit"] == ["interrupted"]
    assert scenario["distinct"] > 1
    assert saved.stat().st_mtime_ns > before
    assert [one.name for one in saved.parent.iterdir()] == [saved.name]


def test_a_checkpoint_is_given_the_time_that_its_write_takes(tmp_path: Path) -> None:
    script = """
import signal, time
from haboot.cli import interrupts
interrupts.listen()
with interrupts.gently(patient=True) as stopped:
    signal.raise_signal(signal.SIGTERM)
    time.sleep(3 * interrupts.GRACE)
    print("written", stopped())
    try:
        interrupts.hurry()
        time.sleep(60)
    except interrupts.Interrupted as error:
        print(error.status)
with interrupts.gently(patient=True) as stopped:
    try:
        signal.raise_signal(signal.SIGINT)
        time.sleep(60)
    except interrupts.Interrupted as error:
        print("again", error.status)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.stdout, done.stderr) == ("written True\n143\nagain 143\n", "")


def test_no_signal_falls_into_what_is_shielded(tmp_path: Path) -> None:
    script = """
import signal, time
from haboot.checker.host.machine import shielded
from haboot.cli import interrupts
interrupts.listen()
try:
    with shielded():
        signal.raise_signal(signal.SIGTERM)
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        time.sleep(0.1)
        print("whole")
except interrupts.Interrupted as error:
    print(error.status)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.stdout, done.stderr) == ("whole\n143\n", "")


def test_an_ignored_interrupt_stays_ignored(tmp_path: Path) -> None:
    script = f"trap '' INT; exec {' '.join(COMMAND)} check same-prefix"
    process = subprocess.Popen(["/bin/sh", "-c", script], cwd=tmp_path, stdout=subprocess.PIPE, text=True)  # noqa: S603
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    assert "as expected" in process.communicate()[0]
    assert process.returncode == 0


def test_an_interrupt_that_falls_into_a_callback_comes_again(tmp_path: Path) -> None:
    script = (
        "import ctypes, os, signal, time\n"
        "from haboot.cli import interrupts\n"
        "interrupts.listen()\n"
        "call = ctypes.CFUNCTYPE(None)(lambda: (signal.raise_signal(signal.SIGTERM), time.sleep(0)))\n"
        "try:\n"
        "    call()\n"
        "    time.sleep(60)\n"
        "except interrupts.Interrupted as error:\n"
        "    print(error.status)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.stdout, done.stderr) == ("143\n", "")


def ran(script: str, folder: Path) -> tuple[int, str, str]:
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    return done.returncode, done.stdout, done.stderr


def test_a_system_without_timers_has_the_grace_as_well(tmp_path: Path) -> None:
    script = """
import signal, threading, time
from haboot.cli import interrupts
interrupts.HAS_TIMERS = False
interrupts.listen()
def wait():
    while True:
        time.sleep(0.01)
try:
    with interrupts.gently():
        signal.raise_signal(signal.SIGTERM)
        wait()
except interrupts.Interrupted as error:
    print("too slow", error.status)
interrupts._EARS.asked, interrupts.GRACE = 0, 60
with interrupts.gently() as stopped:
    signal.raise_signal(signal.SIGINT)
    print("in time", stopped())
print("left", [one for one in threading.enumerate() if isinstance(one, threading.Timer) and not one.finished.is_set()])
"""
    assert ran(script, tmp_path) == (0, "too slow 143\nin time True\nleft []\n", "")


def test_what_a_callback_swallows_is_told_as_ever_where_it_is_no_interrupt(tmp_path: Path) -> None:
    script = """
from haboot.cli import interrupts
interrupts.listen()
class Falls:
    def __del__(self):
        raise ValueError("in a finaliser")
del (one := [Falls()])[0]
print("goes on")
"""
    status, out, error = ran(script, tmp_path)
    assert (status, out) == (0, "goes on\n")
    assert error.endswith("ValueError: in a finaliser\n")


def test_who_leaves_takes_the_child_processes_along(tmp_path: Path) -> None:
    script = """
import multiprocessing, time
from haboot.cli import interrupts
child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
child.start()
print(child.pid)
interrupts.leave(130)
"""
    status, out, error = ran(script, tmp_path)
    assert (status, error) == (130, "")
    with pytest.raises(ProcessLookupError):
        wait_until(lambda: os.kill(int(out), 0), ProcessLookupError)


@pytest.mark.parametrize(
    ("happens", "status", "says"),
    [
        ("signal.raise_signal(signal.SIGTERM)", 143, "haboot: interrupted\n"),
        ("signal.raise_signal(signal.SIGINT)", 130, "haboot: interrupted\n"),
        ("raise KeyboardInterrupt", 130, ""),
        ("raise interrupts.Interrupted(15)", 143, ""),
    ],
)
def test_an_interrupt_that_no_command_hears_ends_with_the_status_of_its_signal(
    happens: str, status: int, says: str, tmp_path: Path
) -> None:
    script = f"""
import signal
from haboot.cli import interrupts, start
def hit():
    {happens}
start._run = hit
start.main()
"""
    assert ran(script, tmp_path) == (status, "", says)


@pytest.mark.parametrize("raised", [AssertionError("cut short"), EOFError(), interrupts.Interrupted(signal.SIGINT)])
def test_what_a_library_raises_amid_an_interrupt_is_the_interrupt(raised: BaseException) -> None:
    def cut_short() -> None:
        try:
            raise interrupts.Interrupted(signal.SIGTERM)
        finally:
            raise raised

    status = 128 + (signal.SIGINT if isinstance(raised, interrupts.Interrupted) else signal.SIGTERM)
    with interrupts.SoFar() as so_far:
        cut_short()
    assert so_far.status == status

    @click.command()
    def command() -> None:
        cut_short()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(main.haboot, "get_command", lambda *_: command)
        assert main.run(["check"]) == status


@pytest.mark.parametrize("engine", ["graph", "packed"])
def test_an_engine_stops_between_chunks_when_asked(engine: str) -> None:
    asked = threading.Event()
    calls = iter(range(1_000_000))

    def stopped() -> bool:
        if next(calls) == 5:
            asked.set()
        return asked.is_set()

    space = explore(two_phase_commit(7), Limits(stopped=stopped), quiet, engine)
    assert space.bounds_hit == ("interrupted",)
    assert 0 < space.distinct < 296_448


def sleep(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def test_whoever_stops_listening_ends_the_workers() -> None:
    results = mapped(sleep, [0.0, 60.0, 60.0], workers=2)
    worker = next(results)
    results.close()  # type: ignore[attr-defined]
    with pytest.raises(ProcessLookupError):
        wait_until(lambda: os.kill(worker, 0), ProcessLookupError)


def test_no_thread_stumbles_over_work_that_was_given_up() -> None:
    """A stumble in the executor's own thread is a warning, hence an error; it came once in some ten times."""
    for _ in range(60):
        results = mapped(sleep, [0.0, *[60.0] * 200], workers=2)
        next(results)
        results.close()  # type: ignore[attr-defined]


LARGE = """
from haboot.checker.host import mapped

def large(_):
    return bytes(60_000_000)

if __name__ == "__main__":
    for _ in mapped(large, range(6), 2):
        raise SystemExit("given up")
"""


def test_workers_that_end_amid_a_result_are_not_waited_for(tmp_path: Path) -> None:
    """The first result is there, and a worker has written a part of the next one."""
    script = tmp_path / "large.py"
    script.write_text(LARGE)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    assert (done.returncode, done.stderr) == (1, "given up\n")
