"""Where things are written: the source line of a claim, of a row, and of the row that a step takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from haboot.checker import Fired, Participant, Row, Step
from haboot.model import Scenario, composition
from haboot.properties.catalogue import CLAIMS
from haboot.properties.claims import Claim

PACKAGE = Path(str(files("haboot.model"))).parent


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, by its path in the repository: this project's, or the one that is worked in."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def place_of(written: Row | Claim) -> Place:
    """Return where a row or a claim is written; a file outside of both repositories has its whole path."""
    path, line = Path(written.place[0]), written.place[1]
    home = next((one for one in (PACKAGE, Path.cwd()) if path.is_relative_to(one)), None)
    return Place((path.relative_to(home) if home else path).as_posix(), line)


@cache
def claim_places() -> dict[str, Place]:
    """Return where each claim is stated, by its name."""
    return {claim.name: place_of(claim) for claim in CLAIMS}


def step_place(step: Step, participants: Mapping[str, Participant]) -> Place | None:
    """Return the row that a step takes first; ``participants`` gives that of each instance. The network has no row."""
    fired = next((event for event in step.events if isinstance(event, Fired)), None)
    return place_of(participants[fired.instance].rows[fired.row]) if fired else None


@cache
def participants_of(scenario: Scenario) -> Mapping[str, Participant]:
    """Return each instance's participant."""
    return {one.name: one.participant for one in composition(scenario).instances}
