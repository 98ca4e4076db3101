"""The alternatives side by side: which variants are compared, with which choices."""

from __future__ import annotations

from dataclasses import dataclass

from haboot.model.assumptions import ASSUMPTIONS
from haboot.model.scenarios import VARIANTS

ALLOWS = {one.name: one.allows for one in ASSUMPTIONS}


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
