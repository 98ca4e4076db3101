"""Packages that only some uses need: what lacks one says in a line which command installs it."""

from __future__ import annotations

from importlib.util import find_spec

from haboot.checker.boundary.authors import ModelError

EXTRAS = {  # as pyproject.toml has them
    "fast": ("numba",),
    "cluster": ("ray",),
    "mpi": ("mpi4py", "mpich"),
    "draw": ("pygraphviz", "matplotlib"),
    "data": ("pandas",),
    "amend": ("python-sat",),
    "faults": ("dd",),
    "wire": ("scapy",),
    "invariants": ("z3-solver",),
}
IMPORTED = {  # what is imported under another name than it is installed
    "python-sat": "pysat",
    "mpich": "mpi4py",
    "z3-solver": "z3",
}
WHAT = {
    "fast": "the packed engine",
    "cluster": "the cluster engine",
    "mpi": "the cluster engine over MPI",
    "draw": "drawing pictures",
    "data": "a data frame",
    "amend": "the search for amendments",
    "faults": "the probability of a fault tree",
    "wire": "reading and writing packets",
    "invariants": "the proof of an invariant",
}


def missing_extra(extra: str) -> str:
    """Return what an extra lacks and the command that installs it, nothing where it is installed."""
    lacking = [name for name in EXTRAS[extra] if find_spec(IMPORTED.get(name, name)) is None]
    if not lacking:
        return ""
    return f"{WHAT[extra]} needs {' and '.join(lacking)}, not installed here: pip install 'haboot[{extra}]'"


def require_extra(extra: str) -> None:
    """Raise ModelError where a package of an extra is not installed."""
    if told := missing_extra(extra):
        raise ModelError(told)
