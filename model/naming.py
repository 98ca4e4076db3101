"""The name of a scenario says what it is: ``vhar+different+2x1+loss`` is understood wherever a scenario is named.

A name is words with ``+`` between: a variant, ``same`` or ``different`` prefixes, sizes, assumptions and amendments,
all but one left out at will; a number, an assumption or an amendment alone is no name. Sizes are ``2`` mobile nodes,
``2x1`` with so many slots, ``2x1/4`` with so much capacity as well; ``any`` stands for every number of mobile nodes. An
assumption may say how often its fault recurs at most: ``reboot=2``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from haboot.checker import ModelError, nearest
from haboot.model.assumptions import ALL_NAMES
from haboot.model.scenario import ANY, Scenario
from haboot.model.scenarios import AMENDMENTS, VARIANTS
from haboot.model.variants import DRAFT

ROOM = 6  # messages in one direction where a variant is named, so that duplicates do not fill a channel
SIZES = re.compile(r"(?P<mobile_nodes>any|[0-9]{1,4})(x(?P<slots>[0-9]{1,4}))?(/(?P<capacity>[0-9]{1,4}))?")
TIMES = re.compile(r"(?P<fault>[a-z-]+)=(?P<times>[0-9]{1,4})")
PREFIXES = ("same", "different")


def name_of(scenario: Scenario) -> str:
    """Return the name that says all that a scenario is; ``named`` gives an equal one back.

    >>> name_of(Scenario("x", "", "different", 2, assumptions=frozenset({"loss", "crash"})))
    'different+2x1+crash+loss'
    """
    nodes, slots, room = scenario.many, scenario.slots, scenario.capacity
    plain = scenario.variant == DRAFT and room != ROOM
    sizes = f"{nodes}x{slots}" if plain or slots > 1 else f"{nodes}"
    sizes += "" if room == _capacity(plain) else f"/{room}"
    words = [] if plain else [scenario.variant]
    words += [scenario.prefixes] if plain or scenario.prefixes != PREFIXES[0] else []
    words += [sizes] if plain or sizes != "1" else []
    return "+".join((*words, *scenario.assumed, *sorted(scenario.amendments)))


def named(name: str) -> Scenario | None:
    """Return the scenario that a name such as ``vhar+crash`` stands for; None where its words are none of a name.

    Raises ModelError for a word that fits nowhere among others that do.

    >>> sorted(named("mn-initiated+2+own-detection+loss").assumptions)
    ['loss', 'own-detection']
    """
    words = name.split("+")
    variant = next((word for word in words if word in VARIANTS), "")
    prefixes = next((word for word in words if word in PREFIXES), "")
    sizes = next(filter(SIZES.fullmatch, words), "")
    times = {word: found for word in words if (found := TIMES.fullmatch(word)) and found["fault"] in ALL_NAMES}
    assumptions = [word for word in words if word in ALL_NAMES or word in times]
    changes = [word for word in words if word in AMENDMENTS]
    known = [*filter(None, (variant, prefixes, sizes)), *assumptions, *changes]
    if not known or (len(words) == 1 and not (variant or prefixes or sizes == ANY)):
        return None
    _require_in_order(name, words, known)
    given = SIZES.fullmatch(sizes)
    told = {size: count for size, count in given.groupdict().items() if count} if given else {}
    numbers = {size: int(count) for size, count in told.items() if count != ANY}
    return Scenario(
        name,
        VARIANTS[variant].summary if variant else "made on the spot",
        prefixes or PREFIXES[0],
        assumptions=frozenset(times[word]["fault"] if word in times else word for word in assumptions),
        at_most=tuple((one["fault"], int(one["times"])) for one in times.values()),
        variant=variant or DRAFT,
        amendments=frozenset(changes),
        any_number=ANY in told.values(),
        **{"capacity": _capacity(not variant)} | numbers,  # type: ignore[arg-type]  # sizes alone
    )


def alternative(
    variant: str, assumptions: Iterable[str] = (), prefixes: str = "same", mobile_nodes: int = 1
) -> Scenario:
    """Return a variant's scenario under some assumptions, named after all that it is.

    >>> alternative("vhar", ["loss", "crash"]).name
    'vhar+crash+loss'
    """
    given = frozenset(assumptions)
    made = Scenario("", VARIANTS[variant].summary, prefixes, mobile_nodes, 1, given, ROOM, variant)
    return replace(made, name=name_of(made))


def _capacity(plain: bool) -> int:
    return Scenario.capacity if plain else ROOM


def _require_in_order(name: str, words: list[str], known: list[str]) -> None:
    allowed = (*VARIANTS, *PREFIXES, *ALL_NAMES, *AMENDMENTS)
    for word in words:
        if word not in known and word not in allowed and not SIZES.fullmatch(word):
            hint = nearest(word, allowed) or "; a name is a variant, prefixes, sizes (2x1), assumptions and amendments"
            raise ModelError(f"'{word}' in '{name}' is no part of a name{hint}")
    if len(words) != len(known):
        raise ModelError(f"'{name}' says something twice, or two things of which one can be")
