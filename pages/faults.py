"""What the report shows of minimal fault sets: a tree for each property, and how much each fault matters in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FaultLine:
    """A minimal set of faults, the length of its shortest trace, and the step that breaks."""

    faults: tuple[str, ...]
    length: int
    step: str


@dataclass(frozen=True, slots=True)
class FaultTree:
    """A property with all of its minimal sets, and the faults in them, each with the number of sets that it is in."""

    property: str
    statement: str
    sets: tuple[FaultLine, ...]
    importance: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class FaultsEntry:
    """A scenario's trees; ``order`` is the most faults in a set, ``unsettled`` says what the search leaves open.

    ``left_out`` are properties that have no minimal sets.
    """

    name: str
    order: int
    faults: int
    trees: tuple[FaultTree, ...]
    unsettled: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
