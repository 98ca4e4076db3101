"""Time this checker beside SPIN and Rumur on the same systems: ``python -m bench 7 9 reordered-duplicates``.

A subject is two-phase commit with so many resource managers, or a scenario of the full suite.

Every tool explores the same states: the models of the others are made from the compiled tables. Runs are interleaved,
and nothing is printed about time before all tools agree on the number of distinct states. Times are of the whole
process, kernels cached, models of the others already compiled; of several runs the fastest counts.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from haboot.checker import ModelError
from haboot.exports import Compiled, Decided, OtherError, as_murphi, as_promela

from bench.subjects import USUAL, system_of, titled
from bench.tools import Run, Tool, rumur, run, spin

ROOT = Path(__file__).parent.parent
SELF = """
import json, sys
from bench.subjects import system_of
from haboot.checker import Limits, quiet
from haboot.checker.packed import explore
space = explore(system_of(sys.argv[1]), Limits(workers=int(sys.argv[2])), quiet)
print(json.dumps([space.generated, space.memory]), space.distinct, "distinct states")
"""
BASE = "from haboot.checker.packed import explore; explore; print(1, 'distinct states')"


def haboot(subject: str, workers: int) -> Tool:
    """Return this checker as a tool."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.argv[1:] = ['{subject}', '{workers}']\n{SELF}"
    return Tool(f"haboot, {workers} workers", (sys.executable, "-c", code), r"(\d+) distinct states")


def measured(tools: Sequence[Tool], folder: Path, rounds: int, distinct: int) -> dict[str, list[Run]]:
    """Run all tools in turn, several times; raise OtherError at once when one finds another number of states."""
    runs: dict[str, list[Run]] = {tool.name: [] for tool in tools}
    for _ in range(rounds):
        for tool in tools:
            one = run(tool, folder)
            if one.distinct != distinct:
                raise OtherError(f"haboot finds {distinct:,} distinct states, {tool.name} {one.distinct:,}")
            runs[tool.name].append(one)
    return runs


def table(runs: dict[str, list[Run]], distinct: int, generated: int, base: int) -> str:
    """Return the figures of one size as text."""
    ours = [name for name in runs if name.startswith("haboot")][-1]
    best = {name: min(one.seconds for one in some) for name, some in runs.items()}
    lines = [f"{'':30}{'seconds':>9}{'generated/s':>14}{'MiB':>8}{'bytes/state':>13}{'times ' + ours:>24}"]
    for name, some in runs.items():
        memory = min(one.memory for one in some) - (base if name.startswith("haboot") else 0)
        rate, ratio = generated / best[name], best[name] / best[ours]
        figures = f"{best[name]:9.2f}{rate:14,.0f}{memory / 2**20:8,.0f}{memory / distinct:13.1f}{ratio:24.2f}"
        lines.append(f"{name:30}{figures}")
    return "\n".join(lines)


def compared(subject: str, rounds: int, others: Sequence[str]) -> str:
    """Build, run and check all tools on one subject; return the table."""
    system = system_of(subject)
    with TemporaryDirectory() as name:
        folder = Path(name)
        tools = [haboot(subject, 1), haboot(subject, 2)]
        warm = run(tools[1], folder)
        compiled = Compiled(system)
        if "spin" in others:
            tools += spin(as_promela(Decided(compiled)), folder, warm.distinct)
        if "rumur" in others:
            tools += rumur(as_murphi(Decided(compiled)), folder, warm.distinct)
        base = run(Tool("base", (sys.executable, "-c", BASE), r"(\d+) distinct states"), folder).memory
        runs = measured(tools, folder, rounds, warm.distinct)
    generated = json.loads(warm.output.split("]")[0] + "]")[0]
    title = f"{titled(subject)}: {warm.distinct:,} distinct, {generated:,} generated"
    return f"{title}\n{table(runs, warm.distinct, generated, base)}\n"


def main() -> int:
    """Run the comparison; 0 when all tools agree."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("subjects", nargs="*", default=USUAL, help="a number of resource managers, or a scenario")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--others", nargs="*", default=["spin", "rumur"], choices=["spin", "rumur"])
    given = parser.parse_args()
    try:
        for subject in given.subjects:
            print(compared(subject, given.rounds, given.others), flush=True)  # noqa: T201 - the command's output
    except (OtherError, ModelError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - the command's output
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
