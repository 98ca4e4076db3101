"""Where things are written: the source line of a claim, and of the row that a step takes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePath

from haboot.checker import Step
from haboot.checker.events import Fired
from haboot.checker.participants import Participant, Row
from haboot.model.scenarios import Scenario, composition


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, by its path in the repository."""

    file: str
    line: int


@cache
def claim_places() -> dict[str, Place]:
    """Return where each claim is stated, by its name."""
    return {
        call.args[0].value: Place(file, call.lineno)
        for file, call in _calls("properties", "Claim")
        if call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    }


def row_place(row: Row) -> Place:
    """Return where a row of the model is written."""
    file, line = row.place
    return Place(str(PurePath("model", PurePath(file).relative_to(str(files("haboot.model"))))), line)


def step_place(step: Step, participants: Mapping[str, Participant]) -> Place | None:
    """Return the row that a step takes first; ``participants`` gives that of each instance. The network has no row."""
    fired = next((event for event in step.events if isinstance(event, Fired)), None)
    return row_place(participants[fired.instance].rows[fired.row]) if fired else None


@cache
def participants_of(scenario: Scenario) -> Mapping[str, Participant]:
    """Return each instance's participant."""
    return {one.name: one.participant for one in composition(scenario).instances}


def _calls(folder: str, name: str) -> Iterator[tuple[str, ast.Call]]:
    for file in sorted(files(f"haboot.{folder}").iterdir(), key=lambda one: one.name):
        if file.name.endswith(".py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                    yield f"{folder}/{file.name}", node
