"""A scenario: one finite instance of the protocol, by variant, sizes and assumptions.

The baseline is what the draft describes: the original home agent O has failed, and home agent H, which serves the same
prefix or another one, bootstraps the mobile nodes. Assumptions add to that.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import NamedTuple

from haboot.checker import ModelError, nearest
from haboot.model.amendments import amendments as known_amendments
from haboot.model.amendments import chosen
from haboot.model.assumptions import ALL_NAMES, COUNTED
from haboot.model.variants import DRAFT, variants

ANY = "any"  # number of mobile nodes
MOST_NODES, MOST_CAPACITY, MOST_TIMES = 20, 1000, 1000  # beyond what any search could finish


class Expectation(NamedTuple):
    """What the author of a scenario expects of a property, and why: an answer other than HOLDS."""

    claim: str
    answer: str
    reason: str


class Written(NamedTuple):
    """Where a scenario stands in a file of its author's: its line, and the line of each property that it expects."""

    file: str
    line: int
    expected: tuple[tuple[str, int], ...] = ()

    def of(self, claim: str) -> int | None:
        """Return the line that says what to expect of a property."""
        return dict(self.expected).get(claim)


@dataclass(frozen=True)
class Scenario:
    """Which flow of draft section 4.1, how many mobile nodes and IKE slots, and under which assumptions.

    ``prefixes`` is "same" when O and H serve one prefix on one link, "different" otherwise. ``capacity`` bounds how
    many messages are under way in one direction; hitting it makes verdicts INCOMPLETE. ``variant`` is the way in which
    mobile nodes are recovered, by default the draft's. ``at_most`` says by assumption how often its fault occurs at
    each part that it may befall; without a word a mobile node reboots once, and other faults recur without end.
    ``amendments`` are those that the draft is taken with. With
    ``expected`` every property that it does not name is expected to hold; without, the ledger says what to expect.
    ``written`` is no part of what it is. One of ``any_number`` of mobile nodes stands for a scenario with each number;
    it names one, which is shown in full.
    """

    name: str
    summary: str
    prefixes: str = "same"
    mobile_nodes: int = 1
    slots: int = 1
    assumptions: frozenset[str] = frozenset()
    capacity: int = 3
    variant: str = DRAFT
    expected: tuple[Expectation, ...] | None = None
    at_most: tuple[tuple[str, int], ...] = ()
    amendments: frozenset[str] = frozenset()
    written: Written | None = field(default=None, compare=False, repr=False)
    any_number: bool = False

    def __post_init__(self) -> None:
        known = variants()
        if self.variant not in known:
            allowed = ", ".join(known)
            raise ModelError(f"unknown variant '{self.variant}'{nearest(self.variant, known)} (allowed: {allowed})")
        variant = known[self.variant]
        for given in sorted(self.assumptions):
            if given not in ALL_NAMES:
                allowed = ", ".join(variant.assumptions)
                raise ModelError(f"unknown assumption '{given}'{nearest(given, ALL_NAMES)} (allowed: {allowed})")
            if given not in variant.assumptions:
                allowed = ", ".join(variant.assumptions)
                raise ModelError(f"variant '{variant.name}' does not model the assumption '{given}' (it has {allowed})")
        if self.prefixes not in variant.prefixes:
            allowed = " or ".join(f"'{one}'" for one in variant.prefixes)
            raise ModelError(f"prefixes are {allowed} in variant '{variant.name}', not '{self.prefixes}'")
        for what, count, most in (
            ("mobile nodes", self.mobile_nodes, MOST_NODES),
            ("slots", self.slots, sys.maxsize),
            ("capacity", self.capacity, MOST_CAPACITY),
        ):
            if not 1 <= count <= most:
                raise ModelError(f"{what}: {count} given, from 1 to {most} are allowed")
        if self.any_number and self.mobile_nodes != 1:
            raise ModelError(f"mobile nodes: {self.mobile_nodes} given, and any number: give one of them")
        object.__setattr__(self, "at_most", tuple(sorted(self.at_most)))
        self._require_counted()
        self._require_amended()

    def _require_counted(self) -> None:
        for fault, times in self.at_most:
            if fault not in COUNTED:
                allowed = ", ".join(COUNTED)
                raise ModelError(f"'{fault}' is nothing that is counted{nearest(fault, COUNTED)} (allowed: {allowed})")
            if fault not in self.assumptions:
                raise ModelError(f"'{fault}' is counted, but not assumed")
            if not 1 <= times <= MOST_TIMES:
                raise ModelError(f"{fault}: {times} times given, from 1 to {MOST_TIMES} are allowed")
        if len(dict(self.at_most)) != len(self.at_most):
            raise ModelError("a fault is counted twice: " + ", ".join(f"{one}={times}" for one, times in self.at_most))

    def _require_amended(self) -> None:
        known = known_amendments() if self.amendments else {}
        for name in sorted(self.amendments):
            if name not in known:
                raise ModelError(f"unknown amendment '{name}'{nearest(name, known)} (allowed: {', '.join(known)})")
        if self.amendments and self.variant != DRAFT:
            raise ModelError(f"an amendment is of the draft: variant '{self.variant}' has none")

    @property
    def assumed(self) -> tuple[str, ...]:
        """Its assumptions by name, ``reboot=2`` where it says how often."""
        times = dict(self.at_most)
        return tuple(f"{one}={times[one]}" if one in times else one for one in sorted(self.assumptions))

    @property
    def many(self) -> str:
        """How many mobile nodes there are, in a word: a number, or any."""
        return ANY if self.any_number else str(self.mobile_nodes)

    @property
    def nodes(self) -> tuple[str, ...]:
        """Names of the mobile nodes."""
        return tuple(f"MN{number}" for number in range(1, self.mobile_nodes + 1))

    @property
    def initiators(self) -> tuple[str, ...]:
        """Names of the home agents that may bootstrap."""
        more = {"X": "second-initiator", "M": "malicious-agent"}
        return ("H", *(agent for agent, needed in more.items() if needed in self.assumptions))

    @property
    def agents(self) -> tuple[str, ...]:
        """Names of all home agents, the original one first."""
        return ("O", *self.initiators)

    @property
    def bootstraps_itself(self) -> bool:
        """Whether a mobile node may start a bootstrap, because it sees its home agent dead or has rebooted."""
        return self.detects_itself or self.assumes("reboot")

    @property
    def detects_itself(self) -> bool:
        """Whether a mobile node may find its home agent dead."""
        return self.assumes("own-detection") or any(one.bootstraps for one in chosen(self.amendments))

    def assumes(self, *names: str) -> bool:
        """Whether any of the assumptions is made."""
        return not self.assumptions.isdisjoint(names)
