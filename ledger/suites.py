"""The suites: what ``haboot check`` runs without arguments, and the fuller one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from itertools import count
from pathlib import Path

from haboot.checker import ModelError, nearest
from haboot.ledger.findings import FINDINGS
from haboot.model import BENCHES, DRAFT, NAMES, STANDARD, VARIANTS, Scenario, alternative, name_of, named

MORE: tuple[Scenario, ...] = (
    Scenario(
        "reordered-duplicates",
        "messages are delivered several times and overtake each other",
        "different",
        assumptions=frozenset({"duplication", "reordering"}),
    ),
    Scenario(
        "two-initiators-bad-network",
        "two initiators over a network that loses and duplicates",
        "different",
        assumptions=frozenset({"second-initiator", "loss", "duplication"}),
    ),
    Scenario("three-nodes", "three mobile nodes contend for two IKE slots", "same", 3, 2),
    Scenario("three-nodes-new-prefix", "three mobile nodes contend for one IKE slot", "different", 3, 1),
)


def _alone() -> tuple[Scenario, ...]:
    """Each assumption by itself, in both flows, where no finding's scenario is the same."""
    known = {(one.prefixes, one.assumptions, one.mobile_nodes) for one in _standard() if one.variant == DRAFT}
    made = (
        Scenario(f"{name}-{prefixes}", f"{name} alone", prefixes, assumptions=frozenset({name}))
        for name in NAMES
        for prefixes in ("same", "different")
    )
    return tuple(one for one in made if (one.prefixes, one.assumptions, one.mobile_nodes) not in known)


@cache
def _standard() -> tuple[Scenario, ...]:
    """What the draft describes, each variant in fair weather, two of them in foul, and every finding."""
    benches = (alternative(one.variant, one.choices) for one in BENCHES if one.variant != DRAFT)
    foul = (alternative(one.name, assumed.split()) for one in VARIANTS.values() for assumed in one.foul)
    return (*STANDARD, *benches, *foul, *(finding.scenario for finding in FINDINGS))


def _varied() -> tuple[Scenario, ...]:
    """Each assumption by itself on each variant but the draft's, and the other flow where a variant has it."""
    made = []
    for bench in BENCHES:
        variant = VARIANTS[bench.variant]
        if bench.variant != DRAFT:
            rest = [name for name in variant.assumptions if name not in bench.choices]
            made += [alternative(variant.name, (*bench.choices, name)) for name in rest]
            made += [alternative(variant.name, bench.choices, prefixes=other) for other in variant.prefixes[1:]]
    known = {one.name for one in _standard()}
    return tuple({one.name: one for one in made if one.name not in known}.values())


def _any_number() -> tuple[Scenario, ...]:
    """The draft for every number of mobile nodes: both flows, with one slot or two, and under each assumption alone."""
    every = (
        Scenario("", "for every number of mobile nodes", prefixes, 1, slots, frozenset(assumed), any_number=True)
        for assumed, most in (((), 2), *(((name,), 1) for name in NAMES))
        for slots in range(1, most + 1)
        for prefixes in ("same", "different")
    )
    return tuple(replace(one, name=name_of(one)) for one in every)


SUITES: Mapping[str, tuple[Scenario, ...]] = {
    "standard": _standard(),
    "full": (*_standard(), *_alone(), *_varied(), *MORE),
    "any": _any_number(),
}


def scenarios_of(name: str) -> tuple[Scenario, ...]:
    """Return the scenario of a name, or those in a file.

    Raises ModelError for a name that says nothing, and for a file that is none.
    """
    known = {one.name: one for one in SUITES["full"]}
    if name in known:
        return (known[name],)
    from haboot.ledger.scenario_files import is_file, scenarios_in  # noqa: PLC0415 - loads what checks their structure

    if is_file(name):
        return scenarios_in(Path(name))
    made = named(name)  # which may hold a slash: 1x1/2 is one node, one slot and room for two messages
    if made is None and os.sep in name:
        return scenarios_in(Path(name))
    if made is None:
        raise ModelError(f"unknown scenario '{name}'{nearest(name, known)} (see 'haboot scenarios')")
    return (made,)


def distinct(scenarios: Iterable[Scenario]) -> tuple[Scenario, ...]:
    """Return all scenarios, each under a name of its own: the second of a name is numbered, and so on.

    >>> [one.name for one in distinct([STANDARD[0], STANDARD[1], STANDARD[0]])]
    ['same-prefix', 'new-prefix', 'same-prefix#2']
    """
    every = tuple(scenarios)
    names = numbered(one.name for one in every)
    return tuple(one if one.name == name else replace(one, name=name) for one, name in zip(every, names, strict=True))


def numbered(names: Iterable[str]) -> tuple[str, ...]:
    """Return names, each made one of its own as above."""
    every, made = tuple(names), dict[str, None]()
    taken = set(every)
    for one in every:
        name = one
        if name in made:
            name = next(new for number in count(2) if (new := f"{one}#{number}") not in taken)
            taken.add(name)
        made[name] = None
    return tuple(made)
