"""What a run lacks: actions that never fire, properties that say nothing, mutants that nothing notices.

Each fails ``haboot check`` unless ``excused.toml`` gives the reason; nothing but an author writes that file, so no
regenerated ledger can lose a reason.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from haboot.checker import Answer, Place
from haboot.ledger.judgement import Results
from haboot.ledger.positions import tree
from haboot.properties import CLAIMS

EXCUSED = Path(str(files("haboot.ledger"))) / "excused.toml"


@dataclass(frozen=True, slots=True)
class Excuse:
    """Why something may be missing: what it is (action, property or mutant), its name with stars, and the reason.

    ``suite`` is the smallest suite that needs it, ``line`` where it is written.
    """

    what: str
    name: str
    reason: str
    suite: str = "standard"
    line: int = 1

    def fits(self, what: str, name: str) -> bool:
        """Whether it speaks of something."""
        pattern = ".*".join(map(re.escape, self.name.split("*")))
        return what == self.what and re.fullmatch(pattern, name) is not None


@dataclass(frozen=True, slots=True)
class Gap:
    """Something missing, how it is missing, and the reason when it is excused."""

    what: str
    name: str
    how: str
    reason: str

    def __str__(self) -> str:
        return f"{self.what} '{self.name}' {self.how}"

    @property
    def place(self) -> Place:
        """Where the reason is written, or would be."""
        line = next((one.line for one in excuses() if one.fits(self.what, self.name)), 1)
        return Place(EXCUSED, line)


@cache
def excuses() -> tuple[Excuse, ...]:
    """Return every reason that is written down."""
    text = EXCUSED.read_text(encoding="utf-8")
    at = tree(text).below
    return tuple(
        Excuse(what, row["name"], row["reason"], row.get("suite", "standard"), at[what].below[number].spot.line)
        for what, rows in tomllib.loads(text).items()
        for number, row in enumerate(rows)
    )


def excuse(what: str, name: str) -> str:
    """Return the reason why something may be missing, empty when there is none."""
    return next((one.reason for one in excuses() if one.fits(what, name)), "")


def gaps(results: Iterable[Results]) -> tuple[Gap, ...]:
    """Return what the searches of a suite lack together: actions that never fire, and properties that say nothing.

    A property says nothing when no scenario asks it, or when its premise or witness occurs in none.
    """
    fired, known = set[str](), dict[str, None]()
    answers: dict[str, set[Answer]] = {claim.name: set() for claim in CLAIMS}
    for one in results:
        known |= dict.fromkeys(one.counts.actions)
        fired |= {*one.counts.actions} - {*one.counts.dead}
        for verdict in one.verdicts:
            answers[verdict.property.name].add(verdict.answer)
    found = [Gap("action", name, "never fires", excuse("action", name)) for name in known if name not in fired]
    for name, given in answers.items():
        if given <= {Answer.UNREACHED}:
            how = "is vacuous in every scenario" if given else "is asked in no scenario"
            found.append(Gap("property", name, how, excuse("property", name)))
    return tuple(found)


def survivors(mutants: Iterable[str]) -> tuple[Gap, ...]:
    """Return the mutants, given by name, that no property noticed, as gaps."""
    return tuple(Gap("mutant", name, "is noticed by no property", excuse("mutant", name)) for name in mutants)


def kills_as_toml(found: Mapping[str, Iterable[tuple[str, str]]]) -> str:
    """Return a ledger as TOML: by property the mutants that it kills, each with the scenario."""
    from haboot.ledger.writing import document, lines, named  # noqa: PLC0415 - few write ledgers

    title = "Written by `haboot mutants --write`: mutants that each property kills, and the scenario of each."
    return document(title, {named(claim): lines(rows) for claim, rows in found.items()})
