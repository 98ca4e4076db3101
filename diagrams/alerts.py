"""What CI is told of a verdict that does not hold, whoever's model it is of; and how GitHub is told it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from haboot.checker import Base, Place, Trace


class Weight(StrEnum):
    """How much an alert matters: it makes a check fail, a bound left it open, or it is foreseen, or not foreseen."""

    NEW = "new"
    OPEN = "open"
    KNOWN = "known"
    UNFORESEEN = "unforeseen"


@dataclass(frozen=True, slots=True)
class Alert:
    """One verdict that does not hold, or that differs from what was expected.

    ``rule`` names the property and ``identity`` tells the alert from all others. The first of the ``places`` is where
    it belongs, the others are related to it. ``steps`` gives the place of each step of the ``trace``, None where
    nobody wrote one. ``excuse`` is the reason where it is expected, ``facts`` is more for machines.
    """

    rule: str
    answer: str
    identity: str
    weight: Weight
    text: str
    places: tuple[Place, ...]
    trace: Trace | None = None
    steps: tuple[Place | None, ...] = ()
    excuse: str = ""
    facts: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def level(self) -> str:
        """How loudly it is told: as an error, as a warning, or not at all."""
        if self.weight is Weight.NEW:
            return "error"
        return "" if self.excuse else "warning"


def annotation(level: str, title: str, text: str, place: Place | None = None) -> str:
    """Return the workflow command that puts a text on GitHub's page, at a line where that is the repository's."""
    where = f"file={_key(place.file)},line={place.line}," if place and place.base is Base.REPOSITORY else ""
    return f"::{level} {where}title={_key(title)}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _key(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
