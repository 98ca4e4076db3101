"""The scenarios on which mutants are tried, in this order: each is explored once a mutant until a property notices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from haboot.model import DRAFT, VARIANTS, Scenario


def _named() -> Iterator[Scenario]:
    for variant in VARIANTS.values():
        for prefixes, nodes, assumptions in variant.tried:
            stem = prefixes if variant.name == DRAFT else f"{variant.name}+{prefixes}"
            yield _tried(variant.name, prefixes, nodes, assumptions.split(), stem)


def _tried(variant: str, prefixes: str, nodes: int, assumptions: list[str], stem: str) -> Scenario:
    name = "+".join((stem, str(nodes), *assumptions))
    return Scenario(name, "tried on mutants", prefixes, nodes, 1, frozenset(assumptions), variant=variant)


SCENARIOS: Mapping[str, Scenario] = {one.name: one for one in _named()}
