"""Other checkers, built and run on exported models: SPIN in its exact modes, and Rumur."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from haboot.exports import OtherError, built, exact


@dataclass(frozen=True, slots=True)
class Tool:
    """A command ready to run; ``distinct`` finds the number of distinct states in its output."""

    name: str
    command: tuple[str, ...]
    distinct: str


@dataclass(frozen=True, slots=True)
class Run:
    """One run: distinct states, wall time in seconds, peak memory in bytes, and the output."""

    distinct: int
    seconds: float
    memory: int
    output: str


# A child starts with its parent's peak memory, so a small process in between starts the tool and measures it.
LAUNCH = """
import os, sys, time
start = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print(time.perf_counter() - start, usage.ru_maxrss * 1024, os.waitstatus_to_exitcode(status), file=sys.stderr)
"""


def launched(command: Sequence[str], folder: Path, more: Mapping[str, str] | None = None) -> tuple[float, int, str]:
    """Run a command, with more in its environment; return seconds of wall time, peak memory in bytes, and output."""
    launch, environment = (sys.executable, "-I", "-S", "-c", LAUNCH, *command), {**os.environ, **(more or {})}
    done = subprocess.run(  # noqa: S603 - built here
        launch, cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    seconds, memory, code = done.stderr.strip().splitlines()[-1].split()
    if code != "0":
        raise OtherError(f"{' '.join(command)[:200]} ended with {code}: {done.stdout.strip()[-400:]}")
    return float(seconds), int(memory), done.stdout


def run(tool: Tool, folder: Path) -> Run:
    """Run a tool once, timing the whole process."""
    seconds, memory, text = launched(tool.command, folder)
    match = re.search(tool.distinct, text)
    if match is None:
        raise OtherError(f"{tool.name} told no number of states: {text.strip()[-400:]}")
    exact(tool.name, text)
    return Run(int(match[1].replace(",", "")), seconds, memory, text)


COMPILED = ("gcc", "-O3", "-DSAFETY", "-DMEMLIM=16000", "-w")
STORED = r"(\d+) states, stored"


def spin(model: str, folder: Path, states: int) -> list[Tool]:
    """Build SPIN's verifier in its exact modes, with a table and a stack that suit a number of states."""
    (folder / "model.pml").write_text(model)
    built(("spin", "-a", "model.pml"), folder)
    log = max(16, states.bit_length())
    modes = {
        "spin": ("-DNOREDUCE",),
        "spin, partial order": (),
        "spin, collapse": ("-DNOREDUCE", "-DCOLLAPSE"),
        "spin, breadth-first": ("-DNOREDUCE", "-DBFS"),
    }
    tools = []
    for number, (name, flags) in enumerate(modes.items()):
        built((*COMPILED, *flags, "-o", f"pan{number}", "pan.c", "-lm"), folder)
        tools.append(Tool(name, (f"./pan{number}", "-E", "-n", f"-w{log}", "-m100000"), STORED))
    return [*tools, parallel_spin(folder, log)]


def parallel_spin(folder: Path, log: int) -> Tool:
    """Build SPIN's breadth-first search on two cores.

    Left alone it keeps hashes instead of states, and rows of a quarter of the largest state that there could be; how
    large a state is, a search of one step of another mode tells.
    """
    told = re.search(r"State-vector (\d+) byte", built(("./pan0", "-E", "-n", "-m1"), folder))
    if told is None:
        raise OtherError("spin did not say how large a state is")
    exact = ("-DNOREDUCE", "-DBFS_PAR", "-DNO_HC", f"-DT_VSZ={told[1]}")
    built((*COMPILED, *exact, "-o", "pan_parallel", "pan.c", "-lm"), folder)
    return Tool("spin, parallel breadth-first", ("./pan_parallel", "-E", "-n", f"-w{log}", "-u2"), STORED)


def rumur(model: str, folder: Path, states: int, threads: int = 2) -> list[Tool]:
    """Build Rumur's verifier, with a table that suits a number of states."""
    (folder / "model.m").write_text(model)
    capacity = str(16 << max(16, states.bit_length()))
    options = ("--threads", str(threads), "--deadlock-detection", "off", "--set-capacity", capacity, "--color", "off")
    built(("rumur", *options, "--output", "model.c", "model.m"), folder)
    built(("gcc", "-std=c11", "-O3", "-march=native", "-mcx16", "-w", "-o", "verify", "model.c", "-lpthread"), folder)
    return [Tool(f"rumur, {threads} threads", ("./verify",), r"(\d+) states, \d+ rules")]
