"""Where things are written: the source line of a claim, and of the row that a step takes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from haboot.checker import Step
from haboot.checker.events import Fired
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


@cache
def row_places() -> dict[str, tuple[Place, ...]]:
    """Return where the rows of each participant are written, by the participant's name."""
    found = {}
    for file, call in _calls("model", "Participant"):
        given = {one.arg: one.value for one in call.keywords}
        name, rows = given.get("name"), given.get("rows")
        if isinstance(name, ast.Constant) and isinstance(name.value, str) and isinstance(rows, ast.Tuple):
            found[name.value] = tuple(Place(file, row.lineno) for row in rows.elts)
    return found


def step_place(step: Step, participants: dict[str, str]) -> Place | None:
    """Return the row that a step takes first; ``participants`` names that of each instance. The network has no row."""
    for event in step.events:
        if isinstance(event, Fired):
            rows = row_places().get(participants[event.instance], ())
            return rows[event.row] if event.row < len(rows) else None
    return None


@cache
def participants_of(scenario: Scenario) -> dict[str, str]:
    """Return the name of each instance's participant."""
    return {one.name: one.participant.name for one in composition(scenario).instances}


def _calls(folder: str, name: str) -> Iterator[tuple[str, ast.Call]]:
    for file in sorted(files(f"haboot.{folder}").iterdir(), key=lambda one: one.name):
        if file.name.endswith(".py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                    yield f"{folder}/{file.name}", node
