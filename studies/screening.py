"""One labelled search in the place of many explorations: what amendments leave broken of states and steps.

Such a property breaks under more faults where it breaks under some, so that one search of all fault sets up to an order
says of every scenario under them what breaks there. What it cannot say, because a bound cut runs, is left to be
explored, as are the kinds of property that more faults may mend.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from haboot.checker import Kind, Limits
from haboot.model import Scenario, name_of
from haboot.properties import CLAIMS
from haboot.studies.attempts import ROOM, Faulted, Wish
from haboot.studies.faulty import faulty_scenario
from haboot.studies.minimal_sets import minimal_fault_sets

SCREENED = frozenset(claim.name for claim in CLAIMS if claim.kind in {Kind.ALWAYS, Kind.STEP})


@dataclass(frozen=True, slots=True)
class Screened:
    """What one look at all fault sets shows: what breaks, under minimal ones, and in which scenarios nothing else does.

    What is said of the ``settled`` scenarios is of the properties of states and steps.
    """

    broken: tuple[Wish, ...] = ()
    settled: frozenset[Scenario] = frozenset()
    states: int = 0


Screen: TypeAlias = Callable[[frozenset[str]], Screened]


def screen(asked: Sequence[Faulted], claims: Sequence[str] = ()) -> Screen:
    """Return what looks at all scenarios with some amendments at once, for some properties or all of states and steps.

    What is under no more than one fault is left to be explored: there is less of it than a search of all takes.
    """
    wanted = tuple(name for name in claims if name in SCREENED)
    many = tuple(one for one in asked if one.order > 1 and (wanted or not claims))

    def screened(made: frozenset[str]) -> Screened:
        found = [_screened(one, made, wanted) for one in many]
        return Screened(
            tuple(wish for one in found for wish in one.broken),
            frozenset(scenario for one in found for scenario in one.settled),
            sum(one.states for one in found),
        )

    return screened


def _screened(asked: Faulted, made: frozenset[str], claims: Sequence[str]) -> Screened:
    amended = replace(asked.base, amendments=made, capacity=asked.base.capacity + ROOM[0])
    whole = faulty_scenario(replace(amended, name=name_of(amended)), asked.faults)
    found = minimal_fault_sets(whole, asked.order, claims or sorted(SCREENED), Limits())
    broken = (Wish(name, asked.under(one.faults)) for name, sets in found.sets.items() for one in sets)
    settled = (
        one
        for one in asked.scenarios()
        if len(one.assumptions - asked.base.assumptions) <= found.order
        and not any(bound <= one.assumptions for bound in found.bounded)
    )
    return Screened(tuple(broken), frozenset(settled), found.states)
