"""The choice between engines: by the caller, or by size.

A space of a few thousand states is explored as a graph sooner than compiled loops are loaded, so ``auto`` begins there
and starts again packed when the space turns out larger. Where the packages of the packed engine are not installed, the
graph engine goes on as far as it reaches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from haboot.checker.boundary import ModelError, missing_extra, nearest, require_extra, wrong
from haboot.checker.core import System
from haboot.checker.host import rare_collections
from haboot.checker.limits import Limits, Progress, quiet
from haboot.checker.opening import opened
from haboot.checker.properties import Property
from haboot.checker.spaces import StateGraph, StateSpace

if TYPE_CHECKING:
    from haboot.checker.graph import GraphSpace

ENGINES = ("auto", "graph", "packed", "cluster")
SMALL = 10_000  # states that the graph engine explores in about the time that loading compiled loops takes
COLD = 30_000  # the same where they have to be compiled first


@rare_collections()
def explore(
    system: System, limits: Limits, progress: Progress, engine: str = "auto", properties: tuple[Property, ...] = ()
) -> StateSpace:
    """Explore a system with an engine; ``properties`` identify a checkpoint, and are what a reduction preserves."""
    _require_sound(system, limits, progress, engine)
    system = opened(system, limits)
    if engine == "cluster":
        return _cluster_explored(system, limits, progress, properties)
    wants_packed = limits.symmetry or limits.checkpoint is not None
    if engine == "graph":
        if wants_packed:
            raise ModelError("the graph engine knows neither symmetry nor checkpoints; choose the packed one")
        return _graph_explored(system, limits, progress, properties)
    if engine == "auto" and not wants_packed and not _is_large(len(system.initial)):
        most = COLD if limits.max_states is None else min(COLD, limits.max_states)
        gives_up = None if most == limits.max_states else _is_large
        space = _graph_explored(system, replace(limits, max_states=most), progress, properties, gives_up)
        if space.expanded == space.distinct or gives_up is None or limits.stopped():
            return space
    if engine == "auto" and not wants_packed and (lacking := missing_extra("fast")):
        return _told(_graph_explored(system, limits, progress, properties), lacking)
    require_extra("fast")
    return _packed_explored(system, limits, progress, properties)


def _require_sound(system: object, limits: object, progress: object, engine: object) -> None:
    """Raise ModelError for what no search can be made of."""
    for what, given, kind, due in (("the system", system, System, "a System"), ("limits", limits, Limits, "Limits")):
        if not isinstance(given, kind):
            raise wrong("a search", what, given, due)
    if not callable(progress):
        raise wrong("a search", "progress", progress, "a function of four numbers")
    if not isinstance(engine, str) or engine not in ENGINES:
        raise ModelError(f"no engine '{engine}' (allowed: {', '.join(ENGINES)}){nearest(str(engine), ENGINES)}")
    if engine != "cluster" and isinstance(limits, Limits) and (limits.actors or limits.address or limits.carrier):
        raise ModelError(f"actors, an address and a carrier are of the cluster engine, not of '{engine}'; choose it")
    if isinstance(limits, Limits) and limits.invariants:
        raise ModelError(
            "invariants are of what is proven for every number of copies; of one system there is none to find"
        )
    if engine in {"graph", "cluster"} and isinstance(limits, Limits) and limits.disk is not None:
        raise ModelError(f"the {engine} engine takes no states to disk; choose the packed one")


def _packed_explored(
    system: System, limits: Limits, progress: Progress, properties: tuple[Property, ...]
) -> StateSpace:
    from haboot.checker.packed import explore as explored  # noqa: PLC0415 - loads the compiled loops

    try:
        return explored(system, limits, progress, properties=properties)
    except ModelError:
        if limits.checkpoint is None:
            _tell_way(system, limits)
        raise


def _tell_way(system: System, limits: Limits) -> None:
    """Raise a slip of the model with the way to it, where it is near."""
    _graph_explored(system, Limits(max_states=SMALL, stopped=limits.stopped), quiet)


def _cluster_explored(
    system: System, limits: Limits, progress: Progress, properties: tuple[Property, ...]
) -> StateSpace:
    require_extra("mpi" if limits.carrier == "mpi" else "cluster")
    require_extra("fast")
    from haboot.checker.packed import PackedSpace  # noqa: PLC0415 - loads the compiled loops
    from haboot.checker.packed.cluster import ClusterError  # noqa: PLC0415 - as above
    from haboot.checker.packed.cluster import explore as explored  # noqa: PLC0415 - as above

    try:
        return explored(system, limits, progress, PackedSpace, properties)
    except ClusterError:
        raise
    except ModelError:
        _tell_way(system, limits)
        raise


def served() -> bool:
    """Serve the first process of a job of MPI until that ends; return False in that, and where MPI is not installed."""
    if missing_extra("mpi") or missing_extra("fast"):
        return False
    from haboot.checker.packed.cluster import mpi  # noqa: PLC0415 - takes part in the job

    return mpi.served()


def _is_large(states: int) -> bool:
    """Whether a space of so many states, or more, is explored sooner packed; what is compiled matters to some alone."""
    if states <= SMALL or states > COLD:
        return states > SMALL
    from haboot.checker.packed import are_loops_kept  # noqa: PLC0415 - loads neither loops nor compiler

    return are_loops_kept()


def state_graph(space: StateSpace, most: int) -> StateGraph:
    """Return a space whose states can be gone through, all of them: itself, or explored once more as a graph.

    Raises ModelError for more than ``most`` states.
    """
    from haboot.checker.graph import GraphSpace  # noqa: PLC0415 - a packed search needs none of it

    if isinstance(space, GraphSpace) and not space.reductions:
        return space
    again = _graph_explored(space.system, Limits(max_states=most), quiet)
    if again.expanded < again.distinct:
        raise ModelError(f"'{space.system.name}' is too large: {space.distinct:,} states (at most {most:,})")
    return again


def _told(space: GraphSpace, lacking: str) -> GraphSpace:
    """Say of a space that was cut that another engine, which is not installed, would have gone further."""
    return replace(space, bounds_hit=(*space.bounds_hit, lacking)) if space.bounds_hit else space


def _graph_explored(
    system: System,
    limits: Limits,
    progress: Progress,
    properties: tuple[Property, ...] = (),
    gives_up: Callable[[int], bool] | None = None,
) -> GraphSpace:
    from haboot.checker.graph import explore as explored  # noqa: PLC0415 - a packed search needs none of it

    return explored(system, limits, progress, properties, gives_up)
