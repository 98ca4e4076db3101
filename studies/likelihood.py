"""How much faults matter: in how many minimal sets each occurs, and with probabilities, how likely it all is.

A property breaks where all faults of some minimal set occur. With independent faults the probability of that is exact
on a binary decision diagram of the sets (Rauzy, Reliability Engineering and System Safety 1993). Birnbaum importance is
by how much it grows when a fault that is absent becomes certain; Fussell-Vesely importance is the share of it in which
a minimal set with the fault occurs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from haboot.checker.boundary import require_extra


@dataclass(frozen=True, slots=True)
class Importance:
    """A fault in the minimal sets of a property: in how many it occurs; its measures where probabilities are given."""

    fault: str
    sets: int
    birnbaum: float | None = None
    fussell_vesely: float | None = None


def importance(sets: Sequence[Sequence[str]]) -> list[Importance]:
    """Return each fault with the number of sets in which it occurs, the most frequent first."""
    names = sorted({name for one in sets for name in one})
    found = [Importance(name, sum(name in one for one in sets)) for name in names]
    return sorted(found, key=lambda one: (-one.sets, one.fault))


def probability(sets: Iterable[Iterable[str]], chances: Mapping[str, float]) -> float:
    """Return the probability that all faults of some set occur, independent of each other as they are."""
    require_extra("faults")
    from dd.autoref import BDD  # noqa: PLC0415 - few want probabilities

    every = [sorted(one) for one in sets]
    names = sorted({name for one in every for name in one})
    diagram = BDD()
    diagram.declare(*names)
    top = diagram.false
    for one in every:
        both = diagram.true
        for name in one:
            both &= diagram.var(name)
        top |= both
    return _chance(diagram, top, chances, {})


def _chance(diagram: Any, node: Any, chances: Mapping[str, float], known: dict[int, float]) -> float:
    """Return the probability of a node, of which the diagram has few however many sets there are."""
    if node in (diagram.true, diagram.false):
        return float(node == diagram.true)
    at = int(node)
    if at not in known:
        chance = chances[node.var]
        low, high = (_chance(diagram, one, chances, known) for one in (node.low, node.high))
        found = chance * high + (1 - chance) * low
        known[at] = 1 - found if node.negated else found
    return known[at]


def weighed(sets: Sequence[Sequence[str]], chances: Mapping[str, float]) -> list[Importance]:
    """Return the importance of each fault with its measures, the highest Birnbaum importance first."""
    whole = probability(sets, chances)
    found = []
    for one in importance(sets):
        with_it, without = (probability(sets, {**chances, one.fault: certain}) for certain in (1.0, 0.0))
        share = probability([some for some in sets if one.fault in some], chances) / whole if whole else 0.0
        found.append(Importance(one.fault, one.sets, with_it - without, share))
    return sorted(found, key=lambda one: (-(one.birnbaum or 0.0), one.fault))
