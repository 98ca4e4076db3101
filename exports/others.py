"""Other people's checkers, built and run on exported models: what SPIN and Rumur count and see of one."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# what tools say when they did not search everything, or may have taken two states for one
INEXACT = ("max search depth too small", "hash-table full", "hash table is full", "Search incomplete", "Hash-Compact")


class OtherError(Exception):
    """A tool that is not there, failed, or did not search exactly."""


class InexactError(OtherError):
    """A tool that did not search exactly."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a tool found: distinct states, and by a signal's number the length of a shortest way, None where unknown."""

    distinct: int
    signals: Mapping[int, int | None]


def built(command: Sequence[str], folder: Path, fine: tuple[int, ...] = (0,)) -> str:
    """Run a command in a folder and return its output; raise OtherError with it unless it ends with a fine code."""
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command
            command, cwd=folder, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise OtherError(f"'{command[0]}' is not installed") from None
    if done.returncode not in fine:
        raise OtherError(f"{' '.join(command)} failed: {(done.stderr or done.stdout).strip()[-400:]}")
    return done.stdout


def by_spin(model: str, folder: Path, states: int, *, chosen: bool) -> Seen:
    """Return what SPIN sees breadth-first in a model of about so many states, all kept exactly.

    ``chosen`` says that a first step chooses the initial state, which is no state and no step of the system.
    """
    (folder / "model.pml").write_text(model, encoding="utf-8")
    built(("spin", "-DNOTES", "-a", "model.pml"), folder)
    flags = ("-DSAFETY", "-DNOREDUCE", "-DBFS", "-DMEMLIM=8000", "-w")
    built(("gcc", "-O1" if states > LARGE else "-O0", *flags, "-o", "pan", "pan.c", "-lm"), folder)
    told = exact("spin", built(("./pan", "-E", "-n", f"-w{max(16, states.bit_length())}"), folder))
    noted = {int(k): int(length) - chosen for k, length in re.findall(r"^NOTED (\d+) (\d+)$", told, re.MULTILINE)}
    return Seen(counted("spin", told, r"(\d+) states, stored") - chosen, noted)


def refuted_by_spin(model: str, folder: Path) -> bool:
    """Whether SPIN finds a weakly fair run that breaks the formula of a model.

    Raises InexactError where its search did not end: with fairness it may count on for ever in a few states.
    """
    (folder / "model.pml").write_text(model, encoding="utf-8")
    built(("spin", "-a", "model.pml"), folder)
    fair = model.count("active proctype") // 4 + 2  # SPIN follows four processes less two for each
    flags = ("-DNOREDUCE", f"-DNFAIR={fair}", "-DMEMLIM=8000", "-w", "-O1")
    built(("gcc", *flags, "-o", "pan", "pan.c", "-lm"), folder)
    weakly = ("-f",) if "active proctype promise" in model else ()
    told = built(("./pan", "-a", *weakly, "-n", "-m1000000"), folder)
    found = counted("spin", told, r"errors: (\d+)") > 0
    return found or not exact("spin", told)


def by_rumur(model: str, folder: Path, states: int, *, threads: int = 1) -> Seen:
    """Return what Rumur sees in a model of about so many states whose signals are covers."""
    (folder / "model.m").write_text(model, encoding="utf-8")
    capacity = str(16 << max(16, states.bit_length()))
    options = ("--threads", str(threads), "--deadlock-detection", "off", "--set-capacity", capacity, "--color", "off")
    built(("rumur", *options, "--output", "model.c", "model.m"), folder)
    flags = ("-std=c11", "-mcx16", "-w", "-O1" if states > LARGE else "-O0")
    built(("gcc", *flags, "-o", "verify", "model.c", "-lpthread"), folder)
    told = exact("rumur", built(("./verify",), folder, fine=(0, 1)))  # 1: a cover that is not hit
    if "error trace" in told:
        raise OtherError(f"rumur found an error: {told.strip()[:400]}")
    hits = re.findall(r'cover "(\d+)" hit (\d+) times', told)
    return Seen(counted("rumur", told, r"(\d+) states, \d+ rules"), {int(k): None for k, n in hits if int(n)})


LARGE = 50_000  # states from which on a better compiled search pays


def exact(tool: str, told: str) -> str:
    """Return a tool's output; raise InexactError where it says that its search was not exact."""
    if said := [one for one in INEXACT if one in told]:
        raise InexactError(f"{tool} did not search exactly, it says '{said[0]}': {told.strip()[-400:]}")
    return told


def counted(tool: str, told: str, pattern: str) -> int:
    """Return the number that a tool tells; raise OtherError where it tells none."""
    found = re.search(pattern, told)
    if found is None:
        raise OtherError(f"{tool} told no number: {told.strip()[-400:]}")
    return int(found[1])
