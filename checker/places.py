"""Where things are written: the line of a row, a property or an action, told by its path in the repository.

The repository is the one that is worked in, whoever's model it holds. A file of the installed package is of that
repository only where it holds the same file, as this project's does; elsewhere its path begins with ``haboot/``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from filecmp import cmp
from functools import partial
from inspect import unwrap
from pathlib import Path
from typing import Any, Protocol

from haboot.checker.boundary import plain
from haboot.checker.core import Action
from haboot.checker.machines import Fired, Participant
from haboot.checker.properties import Property
from haboot.checker.traces import Step

PACKAGE = Path(__file__).parent.parent


class Base(StrEnum):
    """What a path begins at; the text is the name that SARIF gives it."""

    REPOSITORY = "%SRCROOT%"
    PACKAGE = "%HABOOT%"
    ELSEWHERE = ""


class Written(Protocol):
    """What notes the file and line where its author wrote it, as a row does."""

    @property
    def place(self) -> tuple[str, int]:
        """The file and the line."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file; where the file lies is told of the folder that is worked in when it is asked."""

    path: Path
    line: int

    def __str__(self) -> str:
        return plain(f"{self.file}:{self.line}")

    @property
    def base(self) -> Base:
        """What its path begins at."""
        return self._located()[0]

    @property
    def file(self) -> str:
        """Its path, with ``/``: in the repository, from ``haboot/`` on, or of any other file the whole of it."""
        return self._located()[1].as_posix()

    def _located(self) -> tuple[Base, Path]:
        root, path = repository(), self.path.absolute()
        if path.is_relative_to(PACKAGE):
            inner = path.relative_to(PACKAGE)
            return (Base.REPOSITORY, inner) if _is_same(root / inner, path) else (Base.PACKAGE, "haboot" / inner)
        real = path.resolve()
        return (Base.REPOSITORY, real.relative_to(root)) if real.is_relative_to(root) else (Base.ELSEWHERE, path)


def _is_same(one: Path, other: Path) -> bool:
    return one.is_file() and other.is_file() and cmp(one, other, shallow=False)  # which remembers


def repository() -> Path:
    """Return the root of the repository that is worked in: a workflow's, git's, or else the folder itself."""
    here = Path.cwd().resolve()
    given = os.environ.get("GITHUB_WORKSPACE")
    if given and here.is_relative_to(root := Path(given).resolve()):
        return root
    return next((one for one in (here, *here.parents) if (one / ".git").exists()), here)


def place_of(written: Written) -> Place:
    """Return where a row or the like was written."""
    return Place(Path(written.place[0]), written.place[1])


def stated_at(claim: Property) -> Place | None:
    """Return where the first predicate of a property is defined; None where the package, or nobody, defines it."""
    return _own(claim.clauses[0].holds)


def defined_at(function: Callable[..., Any]) -> Place | None:
    """Return where a function is defined; None for one that Python does not know the code of."""
    while isinstance(function, partial):
        function = function.func
    code = getattr(unwrap(function), "__code__", None)
    return None if code is None else Place(Path(code.co_filename), code.co_firstlineno)


def _own(function: Callable[..., Any]) -> Place | None:
    place = defined_at(function)
    return None if place is None or place.path.is_relative_to(PACKAGE) else place


def step_place(
    step: Step, participants: Mapping[str, Participant], actions: Mapping[str, Action] | None = None
) -> Place | None:
    """Return where a step is written: the row that it takes first, else the effect of its action where it is a model's.

    ``participants`` gives that of each instance, ``actions`` those of a system by name. The network has no row.
    """
    taken = next((event for event in step.events if isinstance(event, Fired) and event.instance in participants), None)
    if taken is not None:
        return place_of(participants[taken.instance].rows[taken.row])
    action = (actions or {}).get(step.action)
    return None if action is None else _own(action.effect)
