"""Bounds on a search, and how it reports on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

Progress: TypeAlias = Callable[[int, int, int, int], None]  # distinct, generated, queue, depth


def quiet(distinct: int, generated: int, queue: int, depth: int) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a search may use; hitting a limit makes every verdict that depends on it INCOMPLETE."""

    max_states: int = 200_000

    def reached(self, distinct: int, bounds: dict[str, None]) -> bool:
        """Whether a limit is reached; its name is noted among the bounds."""
        if distinct <= self.max_states:
            return False
        bounds[f"max-states {self.max_states:,}"] = None
        return True
