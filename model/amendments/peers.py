"""What amendments of how home agents deal with each other share: who keeps the rules, and what a detector guesses."""

from __future__ import annotations

from collections.abc import Mapping

from haboot.checker import Local, Row
from haboot.model.amendments.amendment import Sees
from haboot.model.observations import constant
from haboot.model.wiring import Wiring
from haboot.model.words import ALL_AGENTS

NAME = {"name": ALL_AGENTS}  # of the home agent at which a machine runs
NAMED: Mapping[str, Sees[Wiring]] = {"name": lambda _wiring, agent, _node: constant(agent)}


def keeps_the_rules(me: Local) -> bool:
    """Whether a home agent is none that takes over mobile nodes at will."""
    return bool(me.see("name") != "M")


def is_doubtful(row: Row) -> bool:
    """Whether by a row a detector comes to suspect a home agent, without having heard from it."""
    return row.dest == "suspecting"
