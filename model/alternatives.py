"""The alternatives side by side: which variants are compared, and the names of their scenarios."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from haboot.checker.core import ModelError
from haboot.model.assumptions import ASSUMPTIONS
from haboot.model.scenarios import Scenario
from haboot.model.variants import VARIANTS

ALLOWS = {one.name: one.allows for one in ASSUMPTIONS}
DIGITS = 4  # of a count in a name
CAPACITY = 6  # messages in one direction, so that duplicates do not fill a channel


@dataclass(frozen=True, slots=True)
class Bench:
    """One row of the comparison: a variant, with the choices that its source leaves."""

    variant: str
    choices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name, as ``haboot compare`` and ``haboot trace`` take it."""
        return "+".join((self.variant, *self.choices))

    @property
    def summary(self) -> str:
        """How it recovers mobile nodes, with what its choices allow."""
        return "; ".join((VARIANTS[self.variant].summary, *(ALLOWS[name] for name in self.choices)))


BENCHES: tuple[Bench, ...] = tuple(
    bench
    for one in VARIANTS.values()
    for bench in (Bench(one.name), *(Bench(one.name, (name,)) for name in one.choices))
)


def alternative(
    variant: str, assumptions: Iterable[str] = (), prefixes: str = "same", mobile_nodes: int = 1
) -> Scenario:
    """Return a variant's scenario under some assumptions, named after all that it is.

    >>> alternative("vhar", ["loss", "crash"]).name
    'vhar+crash+loss'
    """
    given = tuple(dict.fromkeys(assumptions))
    extra = [*(["different"] if prefixes == "different" else []), *([f"{mobile_nodes}"] if mobile_nodes > 1 else [])]
    name = "+".join((variant, *extra, *sorted(given)))
    return Scenario(name, VARIANTS[variant].summary, prefixes, mobile_nodes, 1, frozenset(given), CAPACITY, variant)


def named(name: str) -> Scenario | None:
    """Return the scenario that a name such as ``vhar+crash`` stands for, None where it begins with no variant.

    >>> sorted(named("mn-initiated+2+own-detection+loss").assumptions)
    ['loss', 'own-detection']
    """
    variant, *parts = name.split("+")
    if variant not in VARIANTS:
        return None
    prefixes = "different" if "different" in parts else "same"
    counts = [part for part in parts if part.isascii() and part.isdecimal()]
    if any(len(part) > DIGITS for part in counts):
        raise ModelError(f"a number of mobile nodes has at most {DIGITS} digits, not {len(max(counts, key=len))}")
    rest = [part for part in parts if part != "different" and part not in counts]
    return alternative(variant, rest, prefixes, int(counts[0]) if counts else 1)
