"""Sets of assumptions as words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from haboot.checker.boundary import ModelError, Needs, minimal

WIDTH = 64  # of a word


class Bits:
    """Assumptions as bits of a word; those ``given`` are made anyhow, and what needs any other is not there.

    Raises ModelError for more than a word has.
    """

    def __init__(self, names: Sequence[str], given: Iterable[str] = ()) -> None:
        if len(names) > WIDTH:
            raise ModelError(f"{len(names)} faults are more than the {WIDTH} that one search takes; choose among them")
        self.names, self.given = tuple(names), frozenset(given)
        self.place = {name: place for place, name in enumerate(self.names)}

    def masks(self, some: Needs) -> list[int]:
        """Return alternatives as words."""
        rest = (one - self.given for one in some)
        return [sum(1 << self.place[name] for name in one) for one in minimal(rest) if one <= self.place.keys()]

    def named(self, mask: int) -> frozenset[str]:
        """Return a word as names."""
        return frozenset(name for place, name in enumerate(self.names) if mask >> place & 1)
