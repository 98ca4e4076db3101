"""The way from a system to a space held by shards."""

from __future__ import annotations

from haboot.checker.boundary import ModelError
from haboot.checker.constraints import constrained
from haboot.checker.core import System
from haboot.checker.limits import Limits, Progress
from haboot.checker.opening import opened
from haboot.checker.packed.cluster.carriers import Carrier
from haboot.checker.packed.cluster.crew import Crew
from haboot.checker.packed.cluster.search import ClusterSearch
from haboot.checker.packed.cluster.space import ClusterSpace, Making
from haboot.checker.packed.identity import identity
from haboot.checker.packed.rules import Form, Rules
from haboot.checker.properties import Property
from haboot.checker.slots import OutgrownError


def explore(
    system: System,
    limits: Limits,
    progress: Progress,
    making: Making,
    properties: tuple[Property, ...] = (),
    *,
    form: Form | None = None,
    carrier: Carrier | None = None,
) -> ClusterSpace:
    """Explore every reachable state, or as many as the limits allow, by shards that a carrier reaches.

    ``properties`` identify a checkpoint. ``making`` makes a space in this process, for questions that need all states
    in one place. Without a carrier the shards are actors of Ray, on this machine or on the cluster at the address that
    limits name, or the processes of a job of MPI, of which each but the first serves here until it ends.
    """
    if limits.symmetry or limits.reduction:
        raise ModelError("the cluster engine knows neither symmetry nor reductions; choose the packed one")
    system = opened(system, limits)

    def named(rules: Rules) -> str:
        return identity(system, properties, (rules.rows, rules.runs, "cluster"))

    while True:
        search = ClusterSearch(constrained(system), limits, form or Form(), named)
        try:
            crew = _explored(search, progress, carrier or _carrier(limits))
            return ClusterSpace(system, search, crew, limits, making)
        except OutgrownError:
            continue  # what was found is kept, and has more room the next time


def _carrier(limits: Limits) -> Carrier:
    if limits.carrier == "mpi":
        from haboot.checker.packed.cluster.mpi import Processes  # noqa: PLC0415 - takes part in the job

        return Processes()
    from haboot.checker.packed.cluster.rays import Rays  # noqa: PLC0415 - loads Ray

    return Rays(limits.address)


def _explored(search: ClusterSearch, progress: Progress, carrier: Carrier) -> Crew:
    """Search by shards that a carrier starts, and ends where something fails."""
    crew = Crew(carrier, search.terms(search.limits.actors or carrier.size))
    try:
        search.over(crew)
        carrier.start(crew.terms)
        search.complete(progress)
    except BaseException:
        carrier.close()
        raise
    return crew
