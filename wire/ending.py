"""What a captured run can come to: under which assumptions it can go on to break a property.

A run of the model that sends what was captured may go on in any way once the capture is over. Whether it can break a
property, before the end of the capture or after, is asked of all such runs at once, under fewer assumptions first.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from haboot.checker import Answer, Limits, Observation, Property, System, Trace, View, check, observed
from haboot.model import Scenario, system
from haboot.wire.emissions import Emission
from haboot.wire.following import Fits

Stated = Callable[[Scenario, System], Property | None]
Sends = Callable[[tuple[Hashable, ...], View], tuple[Emission, ...]]
Under = Callable[[frozenset[str]], Scenario]


@dataclass(frozen=True)
class Ending:
    """Assumptions under which a captured run can go on to break a property, and the whole run."""

    assumed: frozenset[str]
    trace: Trace


@dataclass(frozen=True)
class Endings:
    """The endings under the fewest assumptions, none where there are none under up to ``most``.

    ``bounds`` say what cut the search. Where the property is none of the scenarios it says so by ``stated``.
    """

    found: tuple[Ending, ...]
    most: int
    bounds: tuple[str, ...] = ()
    stated: bool = True


def observation(fits: Sequence[Fits], vague: Sequence[bool], sends: Sends, reads: Iterable[str]) -> Observation:
    """Return packets as what was observed of a run; ``sends`` tells what a step sends where there is a tap."""
    length = len(fits)

    def onward(places: Iterable[int]) -> set[int]:
        """Let packets pass that may be no message."""
        found = set(places)
        for number in range(length):
            if number in found and vague[number]:
                found.add(number + 1)
        return found

    def shows(number: int, events: tuple[Hashable, ...], after: View) -> Iterator[int]:
        places = onward({number})
        for one in sends(events, after):
            ended = {length} & places  # the capture is over, and the run is not
            places = onward({place + 1 for place in places - {length} if fits[place](one)} | ended)
        yield from sorted(places)

    return Observation(length, tuple(sorted(onward({0}))), shows, tuple(reads))


def endings(seen: Observation, under: Under, names: Sequence[str], most: int, stated: Stated, places: int) -> Endings:
    """Return how captured runs can go on to break a property, under up to ``most`` of some assumptions.

    ``stated`` gives the property of a scenario, None where it has none of that name; ``places`` bounds the states.
    """
    bounds, is_stated = dict[str, None](), False
    for size in range(most + 1):
        found = list[Ending]()
        for some in map(frozenset, combinations(sorted(names), size)):
            scenario = under(some)
            made = system(scenario)
            claim = stated(scenario, made)
            if claim is None:
                continue
            is_stated = True
            report = check(*_asked(made, claim, seen), Limits(max_states=places), engine="graph")
            verdict = report[claim.name]
            if verdict.trace is not None and verdict.answer is Answer.VIOLATED:
                found.append(Ending(some, verdict.trace))
            bounds |= dict.fromkeys(report.space.bounds_hit)
        if found:
            return Endings(tuple(found), most)
    return Endings((), most, (*bounds,), is_stated)


def _asked(made: System, claim: Property, seen: Observation) -> tuple[System, list[Property]]:
    every, asked = observed(made, claim, seen)
    return every, [asked]
