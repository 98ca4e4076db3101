"""Time what users wait for, as whole processes: ``python -m bench.waits``.

Every figure is the fastest of several rounds, in which all are taken in turn. ``--document FILE`` writes the table as
Markdown.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from haboot.checker import Limits, StateSpace, explore, quiet
from haboot.checker.judging import judge_all

from bench.subjects import scenario_of, toy
from bench.tools import launched

ROOT = Path(__file__).parent.parent
HABOOT = (sys.executable, "-m", "haboot")
SELF = (sys.executable, "-m", "bench.waits", "--one")
Judge = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Wait:
    """A command that somebody waits for; ``judges`` says that it prints what ``--one`` does."""

    what: str
    command: tuple[str, ...]
    judges: bool = False
    cold: bool = False


WAITS = (
    Wait("an empty run of the interpreter", (sys.executable, "-c", "pass")),
    Wait("`haboot --version`", (*HABOOT, "--version")),
    Wait("`haboot --help`", (*HABOOT, "--help")),
    Wait("`import haboot`", (sys.executable, "-c", "import haboot")),
    Wait("the jugs of the README, checked", (sys.executable, "-c", toy())),
    Wait("`haboot check contention`", (*HABOOT, "check", "contention")),
    Wait("`haboot check`, the standard suite", (*HABOOT, "check")),
    Wait("`haboot check --workers 1`, the same in one process", (*HABOOT, "check", "--workers", "1")),
    Wait("`haboot check two-initiators-bad-network`", (*HABOOT, "check", "two-initiators-bad-network")),
    Wait(
        "`haboot check --engine packed own-bootstrap`, compiled loops absent",
        (*HABOOT, "check", "--engine", "packed", "own-bootstrap"),
        cold=True,
    ),
    Wait("two-initiators-bad-network", (*SELF, "two-initiators-bad-network"), judges=True),
    Wait("same+2x1+duplication+reordering", (*SELF, "same+2x1+duplication+reordering"), judges=True),
    Wait("two-phase commit 8, leads-to under fairness", (*SELF, "two-phase-commit-8"), judges=True),
    Wait("coffee can, 1,000 beans", (*SELF, "coffee-can-1000"), judges=True),
)


def subject(name: str) -> tuple[StateSpace, Judge]:
    """Explore a scenario, or an example of a size; return its space and what judges all its properties."""
    kind, _, size = name.rpartition("-")
    if kind == "coffee-can":
        from examples.coffee_can import PROPERTIES, coffee_can  # noqa: PLC0415 - one subject a process

        space = explore(coffee_can(int(size)), Limits(), quiet)
        return space, lambda: len(list(judge_all(space, PROPERTIES)))
    if kind == "two-phase-commit":
        from examples.two_phase_commit import decided, two_phase_commit  # noqa: PLC0415 - the same

        space = explore(two_phase_commit(int(size)), Limits(), quiet)
        return space, lambda: len(list(judge_all(space, (decided(int(size)),))))
    from haboot.ledger import OfProtocol, judged  # noqa: PLC0415 - the same
    from haboot.properties import explored  # noqa: PLC0415 - the same

    scenario = scenario_of(name)
    found = explored(scenario)
    return found.space, lambda: len(judged(OfProtocol(scenario), found).report.verdicts)


def one(name: str) -> str:
    """Return states, steps, verdicts, and the seconds of exploring and of judging as JSON."""
    from time import perf_counter  # noqa: PLC0415 - after all else is loaded

    begun = perf_counter()
    space, judge = subject(name)
    explored = perf_counter()
    verdicts = judge()
    return json.dumps([space.distinct, space.generated, verdicts, explored - begun, perf_counter() - explored])


def measured(waits: Sequence[Wait], rounds: int) -> list[tuple[float, int, str]]:
    """Return the fastest run of each command: seconds, peak memory in bytes, and output."""
    best: list[tuple[float, int, str]] = []
    for number in range(rounds):
        for place, wait in enumerate(waits):
            with TemporaryDirectory() as cache:
                run = launched(wait.command, ROOT, {"NUMBA_CACHE_DIR": cache} if wait.cold else {})
            if not number:
                best.append(run)
            best[place] = min(best[place], run)
    return best


def table(waits: Sequence[Wait], best: Sequence[tuple[float, int, str]]) -> str:
    """Return all figures as Markdown; the first command is what others are multiples of."""
    lines = ["| what | seconds | times | MiB |", "| --- |" + " ---: |" * 3]
    empty = best[0][0]
    lines += [
        f"| {one.what} | {time:.2f} | {time / empty:,.0f} | {memory >> 20} |"
        for one, (time, memory, _) in zip(waits, best, strict=True)
    ]
    lines += ["", "| space | states | steps | verdicts | exploring | judging | ratio |", "| --- |" + " ---: |" * 6]
    for wait, (_, _, told) in zip(waits, best, strict=True):
        if wait.judges:
            states, steps, verdicts, explored, judged = json.loads(told)
            figures = f"{states:,} | {steps:,} | {verdicts} | {explored:.2f} | {judged:.2f} | {judged / explored:.1f}"
            lines.append(f"| {wait.what} | {figures} |")
    return "\n".join(lines)


def main() -> int:
    """Run all commands in turn, or one subject."""
    parser = argparse.ArgumentParser(prog="bench.waits", description=__doc__)
    parser.add_argument("--one", metavar="SUBJECT", help="explore and judge one subject, and print its figures")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--document", type=Path, metavar="FILE", help="write the table as Markdown")
    given = parser.parse_args()
    if given.one:
        print(one(given.one))  # noqa: T201 - the command's output
        return 0
    text = table(WAITS, measured(WAITS, given.rounds))
    if given.document:
        given.document.write_text(f"{HEAD}\n{text}\n")
    else:
        print(text)  # noqa: T201 - the command's output
    return 0


HEAD = """# What users wait for

Whole processes on two cores, the fastest of several rounds, compiled loops in the cache unless said otherwise. The
first row is what Python itself takes, of which the next column is a multiple: seconds differ from machine to machine.
Memory is that of the largest process. Exploring and judging are seconds of one process. Made by `python -m bench.waits
--document docs/performance.md`; two-phase commit beside SPIN and Rumur is timed by `python -m bench`.
"""

if __name__ == "__main__":
    sys.exit(main())
