"""What a part of a model needs to be there: assumptions by name, in one or several alternative combinations.

A part that needs ``"loss"`` is there where loss is assumed; one that needs the set ``{"crash", "loss"}`` where both
are; one that needs the tuple ``("crash", {"loss", "reboot"})`` where crash is assumed, or loss and reboot are (compare
the feature expressions of featured transition systems, Classen et al., IEEE TSE 2013, here without negation: an
assumption adds behaviour and takes none away).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from itertools import product
from typing import TypeAlias

from haboot.checker.boundary.authors import ModelError, shown
from haboot.checker.boundary.given import listed, wrong

Needs: TypeAlias = tuple[frozenset[str], ...]  # alternatives, none of which contains another
Assumed: TypeAlias = "str | Set[str] | Iterable[str | Set[str]]"
Valued: TypeAlias = tuple[tuple[object, Needs], ...]  # what initial values need, by value

NOTHING: Needs = (frozenset(),)
DUE = "the name of an assumption, a set of names that are needed together, or a tuple of such alternatives"


def needed(place: str, given: object) -> Needs:
    """Return what is needed as sets, of which one must be assumed; an empty tuple needs nothing.

    >>> needed("a row", ("crash", {"loss", "crash"}, "reboot"))
    (frozenset({'crash'}), frozenset({'reboot'}))
    """
    alternatives = [given] if isinstance(given, str | Set) else listed(place, "what it assumes", given)
    return minimal(_together(place, one) for one in alternatives) if alternatives else NOTHING


def _together(place: str, given: object) -> frozenset[str]:
    names = {given} if isinstance(given, str) else given
    if not isinstance(names, Set):
        raise wrong(place, "what it assumes", given, DUE)
    for one in names:
        if not isinstance(one, str) or not one:
            raise ModelError(f"{place}: an assumption's name is a text that is not empty, not {shown(one)}")
    return frozenset(names)


def valued(place: str, given: object, domain: Iterable[object]) -> Valued:
    """Return what initial values need, in the order of a domain; raise ModelError for a value that is none of it."""
    pairs = given.items() if isinstance(given, Mapping) else listed(place, "what its values assume", given)
    known, found = list(domain), dict[object, Needs]()
    for value, some in pairs:
        if value not in known:
            allowed = ", ".join(map(shown, known[:12]))
            raise ModelError(f"{place}: {shown(value)} is none of its values, so it assumes nothing (it has {allowed})")
        found[value] = needed(f"{place}, value {shown(value)}", some)
    return tuple((value, found[value]) for value in known if value in found)


def minimal(sets: Iterable[frozenset[str]]) -> Needs:
    """Return the sets that contain no other, in the order of their sizes and names."""
    kept: list[frozenset[str]] = []
    for one in sorted(set(sets), key=lambda names: (len(names), sorted(names))):
        if not any(other <= one for other in kept):
            kept.append(one)
    return tuple(kept)


def together(parts: Iterable[Needs]) -> Needs:
    """Return what several parts need that are all to be there."""
    return minimal(frozenset().union(*some) for some in product(*parts))


def met(some: Needs, assumed: Set[str]) -> bool:
    """Whether what is assumed suffices."""
    return any(one <= assumed for one in some)


def of_value(some: Valued, value: object) -> Needs:
    """Return what a value needs, which is nothing where it is not among those that need something."""
    return next((one for known, one in some if known == value), NOTHING)
