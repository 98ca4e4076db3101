"""What a search by a cluster costs, and what it would beyond these machines: ``python -m bench.plan 9``.

Prints, as Markdown: what is sent and how even parts are for several numbers of actors, which is counted and the same in
every run; processor seconds by Ray here; seconds on two machines that share only a network, by Ray and by MPI, beside
those of the model; and the model for 64 machines. See ``docs/past-these-machines.md``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from haboot.checker import CARRIERS, Limits, quiet
from haboot.checker.host import processors
from haboot.checker.packed import PackedSpace
from haboot.checker.packed.cluster import Within, explore
from haboot.checker.packed.cluster.carriers import Carrier

from bench.machines import ROOT, Machines, lacking
from examples.two_phase_commit import two_phase_commit

NETWORKS = ((0.0, 0), (0.005, 0), (0.02, 0), (0.0, 100), (0.0, 20))  # seconds of delay, megabits a second (0: no limit)
ROUNDS = 3  # of messages a level: expand, insert, close
SIZES = (1, 2, 4, 8)
HERE = Limits()
CORES, GIGABITS, DELAY, LEVELS = 16, 10, 0.0001, 100  # of each of 64 machines and their network, and of the search
UNLIMITED = 1_400  # megabits a second that the network of namespaces was seen to carry
ITEM, LEAST, MOST = 8, 13, 18  # bytes of an item, and of a state with its part of the table


class Run(NamedTuple):
    """One search: how many actors, states, outcomes, levels, states sent and their bytes; how even; seconds.

    ``even`` is the states of an actor on average to those of the fullest, ``spent`` are processor seconds of actors.
    """

    actors: int
    states: int
    outcomes: int
    levels: int
    sent: int
    octets: int
    even: float
    spent: float
    wall: float


class Model(NamedTuple):
    """Microseconds of a processor for a state and for one that is sent, and seconds for a round of messages.

    ``carry`` are the seconds that a carrier takes for a byte which a machine sends to others, beside what the network
    takes.
    """

    state: float
    sent: float
    round: float
    carry: float = 0.0

    def work(self, run: Run) -> float:
        """Return the processor seconds that a search takes."""
        return (run.states * self.state + run.sent * self.sent) / 1e6

    def seconds(self, run: Run, machines: int, delay: float, octets: float) -> float:
        """Return what a search takes on machines which share the processors of this one.

        ``delay`` is that of the network in seconds, ``octets`` what each machine may send a second.
        """
        rounds = run.levels * ROUNDS * (self.round + 2 * delay)
        return self.work(run) / processors() / run.even + rounds + _sent(run, machines) * (self.carry + 1 / octets)


def _sent(run: Run, machines: int) -> float:
    """Return the bytes that one of some machines sends to others."""
    return run.octets * (1 - 1 / machines) / (1 - 1 / run.actors) / machines


def searched(managers: int, actors: int, carrier: Carrier | None = None, given: Limits = HERE) -> Run:
    """Explore two-phase commit by so many actors."""
    space = explore(two_phase_commit(managers), replace(given, actors=actors), quiet, PackedSpace, carrier=carrier)
    costs, found = space.search.costs, space.crew.level.found
    counts = [sum(column) for column in list(zip(*costs, strict=True))[1:4]]
    even, spent = sum(found) / len(found) / max(found), sum(space.crew.reduce("spent"))
    seconds = sum(cost.seconds for cost in costs)
    return Run(actors, space.distinct, counts[0], len(costs), *counts[1:], even, spent, seconds)


def on_network(managers: int, carrier: str) -> list[tuple[float, int, Run, Run]]:
    """Search by four actors on two machines, over each network; a search of hardly any states comes before."""
    runs = []
    with Machines() as machines:
        machines.add()
        machines.add()
        words = sys.executable, "-m", "bench.plan", str(managers), "--at"
        if carrier == "ray":
            for number in (1, 2):
                address = machines.start_ray(number)
            command = machines.inside(1, *words, address)
        else:
            command = machines.job((3, 2), *words, "mpi")
        for delay, megabits in NETWORKS:
            machines.delay = delay
            for number in (1, 2):
                machines.narrow(number, megabits or 100_000)
            done = subprocess.run(command, env=machines.env, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
            idle, run = (Run(*one) for one in json.loads(done.stdout))
            runs.append((delay, megabits, idle, run))
    return runs


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("managers", type=int)
    parser.add_argument("--at", help="search by four actors of the cluster there, or of this job by mpi")
    given = parser.parse_args()
    if given.at:
        limits = Limits(carrier="mpi") if given.at == "mpi" else Limits(address=given.at)
        runs = [searched(managers, 4, None, limits) for managers in (3, 3, given.managers)]  # the first loads the loops
        print(json.dumps(runs[1:]))  # noqa: T201 - the command's output
        return
    counted = [searched(given.managers, size, Within(size)) for size in (*SIZES, 16)]
    table("| actors | sent for each state | of outcomes for others | bytes of each | even |", map(traffic, counted))
    timed, idle = ([searched(managers, size) for size in SIZES] for managers in (given.managers, 3))
    model = fitted(timed, idle)
    tell(f"{model.state:.3f} us a state, {model.sent:.3f} us for each sent, {model.round * 1e3:.0f} ms a round")
    rows = [
        [run.actors, f"{run.spent - none.spent:.1f}", f"{model.work(run):.1f}", f"{run.wall:.1f}"]
        for run, none in zip(timed, idle, strict=True)
    ]
    table("| actors | processor seconds | by the model | seconds |", rows)
    carriers = {"ray": model}
    if why := lacking():
        tell(f"no network: {why}")
    else:
        seen = {carrier: on_network(given.managers, carrier) for carrier in CARRIERS}
        carriers = {carrier: carried(model, *seen[carrier][0]) for carrier in CARRIERS}
        for carrier, one in carriers.items():
            tell(f"{carrier}: {one.carry * 1e6:.3f} s a megabyte to another machine, {one.round * 1e3:.1f} ms a round")
        rows = [networked(carriers, some) for some in zip(*seen.values(), strict=True)]
        table("| network | by Ray, seconds | by the model | by MPI, seconds | by the model |", rows)
    for carrier, one in carriers.items():
        told = f"| 10^12 states, 64 machines, {carrier} | GiB a machine | days of work"
        table(f"{told} | of carrying | of the network | of rounds |", far(one, counted))


def traffic(run: Run) -> list[str]:
    """Return what was sent in a search, as cells."""
    others = run.outcomes * (1 - 1 / run.actors)
    shares = [run.sent / run.states, run.sent / others if others else 0.0, run.octets / max(1, run.sent)]
    return [str(run.actors), *(f"{share:.2f}" for share in shares), f"{run.even:.3f}"]


def fitted(timed: Sequence[Run], idle: Sequence[Run]) -> Model:
    """Return the model that searches give, each beside one of hardly any states, whose cost is that of beginning."""
    spent = [run.spent - none.spent for run, none in zip(timed, idle, strict=True)]
    state = spent[0] / timed[0].states
    more = sum(one - state * run.states for one, run in zip(spent[1:], timed[1:], strict=True))
    sent = max(0.0, more / sum(run.sent for run in timed[1:]))
    return Model(state * 1e6, sent * 1e6, min(run.wall / run.levels / ROUNDS for run in idle))


def octets(megabits: int) -> float:
    """Return the bytes that a machine may send a second; of a network without limit those that it was seen to carry."""
    return (megabits or UNLIMITED) * 125_000


def carried(model: Model, delay: float, megabits: int, idle: Run, run: Run) -> Model:
    """Return the model with the seconds that searches give for a round of messages and a byte between machines."""
    own = model._replace(round=idle.wall / idle.levels / ROUNDS)
    return own._replace(carry=max(0.0, run.wall - own.seconds(run, 2, delay, octets(megabits))) / _sent(run, 2))


def networked(models: Mapping[str, Model], runs: Sequence[tuple[float, int, Run, Run]]) -> list[str]:
    """Lay searches on two machines over one network, one for each carrier, beside the models, as cells."""
    delay, megabits = runs[0][:2]
    cells = [f"{delay * 1e3:.0f} ms, {f'{megabits} Mbit/s' if megabits else 'no limit'}"]
    for model, (_, _, _, run) in zip(models.values(), runs, strict=True):
        cells += [f"{run.wall:.1f}", f"{model.seconds(run, 2, delay, octets(megabits)):.1f}"]
    return cells


def far(model: Model, counted: Sequence[Run]) -> Iterator[list[str]]:
    """Return what 10^12 states would take, for as many sent as with the most actors counted, and for all outcomes."""
    most, states, machines = counted[-1], 10**12, 64
    memory = f"{states * LEAST / machines / 2**30:,.0f} to {states * MOST / machines / 2**30:,.0f}"
    rounds = LEVELS * ROUNDS * (model.round + 2 * DELAY)
    for told, each in ((f"sent as by {most.actors} actors", most.sent), ("every outcome is sent", most.outcomes)):
        sent = states * each / most.states
        work = (states * model.state + sent * model.sent) / 1e6 / machines / CORES
        own = sent * ITEM / machines
        days = [f"{one / 86_400:.2g}" for one in (work, own * model.carry, own / (GIGABITS * 125e6), rounds)]
        yield [told, memory, *days]


def tell(line: str) -> None:
    """Print a line."""
    print(f"{line}\n", flush=True)  # noqa: T201 - the command's output


def table(head: str, rows: Iterable[Sequence[object]]) -> None:
    """Print a table."""
    lines = [head, "| --- " * (head.count("|") - 1) + "|", *("| " + " | ".join(map(str, row)) + " |" for row in rows)]
    tell("\n".join(lines))


if __name__ == "__main__":
    main()
