"""The way from a system to a space held by shards."""

from __future__ import annotations

from haboot.checker.boundary import ModelError
from haboot.checker.constraints import constrained
from haboot.checker.core import System
from haboot.checker.limits import Limits, Progress
from haboot.checker.opening import opened
from haboot.checker.packed.cluster.carriers import Carrier
from haboot.checker.packed.cluster.search import ClusterSearch
from haboot.checker.packed.cluster.space import ClusterSpace, Making
from haboot.checker.packed.rules import Form
from haboot.checker.slots import OutgrownError


def explore(
    system: System,
    limits: Limits,
    progress: Progress,
    making: Making,
    form: Form | None = None,
    carrier: Carrier | None = None,
) -> ClusterSpace:
    """Explore every reachable state, or as many as the limits allow, by shards that a carrier reaches.

    ``making`` makes a space in this process, for questions that need all states in one place.
    Without a carrier the shards are actors of Ray, on this machine or on the cluster at the address that limits name.
    """
    if limits.symmetry or limits.reduction:
        raise ModelError("the cluster engine knows neither symmetry nor reductions; choose the packed one")
    system = opened(system, limits)
    while True:
        try:
            return _explored(system, limits, progress, making, form or Form(), carrier or _rays(limits))
        except OutgrownError:
            continue  # what was found is kept, and has more room the next time


def _rays(limits: Limits) -> Carrier:
    from haboot.checker.packed.cluster.rays import Rays  # noqa: PLC0415 - loads Ray

    return Rays(limits.address)


def _explored(
    system: System, limits: Limits, progress: Progress, making: Making, form: Form, carrier: Carrier
) -> ClusterSpace:
    search = ClusterSearch(constrained(system), limits, form)
    size = limits.actors or carrier.size
    try:
        carrier.start(search.terms(size, limits.workers or 1))
        memory = carrier.memory() if limits.max_memory is None else [limits.max_memory // size] * size
        crew = search.run(carrier, memory, progress)
    except BaseException:
        carrier.close()
        raise
    return ClusterSpace(system, search, crew, limits, making)
