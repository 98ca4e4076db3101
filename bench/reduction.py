"""What partial-order reduction saves: ``python -m bench.reduction 5 contention different+4x1``.

A subject is two-phase commit with so many resource managers, ``n:m`` for n processes that each count to m and never
meet, or a scenario; by default these and the standard suite. States are counted without reduction, with one that keeps
deadlocks (ends), and with one that keeps all that can be kept of what is asked.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable

from haboot.checker import (
    Action,
    Kind,
    Limits,
    ModelError,
    Property,
    Slot,
    System,
    always,
    counted,
    explore,
    no_deadlock,
    quiet,
)

from bench.subjects import scenario_of
from examples.two_phase_commit import two_phase_commit

MODELS = ("8:3", "3", "5", "7")
MORE = ("three-nodes", "three-nodes-new-prefix", "different+4x1", "different+5x1")
HEAD = f"{'':40}{'states':>12}{'for ends':>12}{'factor':>9}{'for all':>12}{'factor':>9}"


def counters(number: int, most: int) -> System:
    """Return processes that each count to a number."""
    names = [f"n{n}" for n in range(number)]
    slots = tuple(Slot(name, range(most + 1)) for name in names)
    return System(f"{number}:{most}", slots, (dict.fromkeys(names, 0),), tuple(_up(name, most) for name in names))


def _up(name: str, most: int) -> Action:
    return Action(f"up {name}", (name,), (name,), lambda v: {name: counted(v[name]) + 1} if v[name] != most else None)


def asked(subject: str) -> tuple[System, tuple[Property, ...]]:
    """Return a subject's system, and what is asked of it; raise ModelError for an unknown one."""
    ends = no_deadlock("no deadlock", (), lambda _: False)
    number, _, most = subject.partition(":")
    if most:
        return counters(int(number), int(most)), (ends, always("small", ("n0",), lambda v: v["n0"] != int(most)))
    if subject.isdecimal():
        first = always("two agree", ("rm 0", "rm 1"), lambda v: {v["rm 0"], v["rm 1"]} != {"committed", "aborted"})
        return two_phase_commit(int(subject)), (ends, first)
    from haboot.model import system  # noqa: PLC0415 - models are counted without the protocol
    from haboot.properties import properties  # noqa: PLC0415 - the same

    scenario = scenario_of(subject)
    made = system(scenario)
    return made, properties(scenario, made)


def row(subject: str, most: int) -> str:
    """Return the numbers of states of one subject; the whole space is not counted beyond a number."""
    system, claims = asked(subject)
    ends = tuple(one for one in claims if one.kind is Kind.NO_DEADLOCK)
    whole = explore(system, Limits(most), quiet)
    cut = ">" if whole.bounds_hit else ""
    line = f"{subject:40}{f'{cut}{whole.distinct:,}':>12}"
    for kept in (ends, claims):
        count = explore(system, Limits(reduction=True), quiet, properties=kept).distinct
        line += f"{count:12,}{f'{cut}{whole.distinct / count:.2f}':>9}"
    return line


def suite() -> Iterable[str]:
    """Return the names of the standard suite."""
    from haboot.ledger import SUITES  # noqa: PLC0415 - models are counted without the protocol

    return (one.name for one in SUITES["standard"])


def main() -> int:
    """Print a line a subject; 1 for an unknown one."""
    parser = argparse.ArgumentParser(prog="bench.reduction", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("subjects", nargs="*", help="resource managers, n:m for counting processes, or a scenario")
    parser.add_argument("--most", type=int, default=2_000_000, help="states of a whole space that are counted")
    given = parser.parse_args()
    print(HEAD)  # noqa: T201 - the command's output
    try:
        for subject in given.subjects or (*MODELS, *suite(), *MORE):
            print(row(subject, given.most), flush=True)  # noqa: T201 - the command's output
    except ModelError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the command's output
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
