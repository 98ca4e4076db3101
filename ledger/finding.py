"""What a finding is, and a candidate flaw that turned out to be none."""

from __future__ import annotations

from dataclasses import dataclass

from haboot.model import DRAFT, Scenario


@dataclass(frozen=True, slots=True)
class Finding:
    """A flaw: where it shows, what goes wrong, which sentence is at fault, and the candidates it settles.

    ``cites`` are the requirements that the sentence at fault states, as ``citations`` reads them. ``avoided_by`` are
    readings that the text permits as well, named as assumptions, under which the flaw is gone.
    """

    name: str
    claim: str
    prefixes: str
    assumptions: tuple[str, ...]
    what: str
    fault: str
    candidates: tuple[str, ...] = ()
    mobile_nodes: int = 1
    slots: int = 1
    variant: str = DRAFT
    cites: str = ""
    avoided_by: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """The first sentence of what goes wrong."""
        return self.what.split(". ")[0]

    @property
    def scenario(self) -> Scenario:
        """The scenario that shows it."""
        return Scenario(
            self.name,
            self.headline,
            self.prefixes,
            self.mobile_nodes,
            self.slots,
            frozenset(self.assumptions),
            variant=self.variant,
        )


@dataclass(frozen=True, slots=True)
class Settled:
    """A candidate flaw that is no finding: refuted by an exhaustive search, or outside of what the draft describes."""

    candidate: str
    why: str
    claim: str = ""
    prefixes: str = "same"
    assumptions: tuple[str, ...] = ()

    @property
    def scenario(self) -> Scenario:
        """The scenario whose exhaustive search refutes it."""
        return Scenario(f"refutes-{self.candidate}", self.why, self.prefixes, assumptions=frozenset(self.assumptions))
