"""Scenario files: scenarios of a user's own, as TOML, with what their author expects of them.

    [[scenario]]
    name = "two-lossy-nodes"
    prefixes = "same"
    mobile-nodes = 2
    assumptions = ["loss", "no-give-up"]

    [scenario.expected]
    every-node-recovers = "VIOLATED"
    no-deadlock = { answer = "VIOLATED", reason = "nobody repeats the switch" }

Keys are the fields of a scenario, with ``-`` or ``_``. Whatever is wrong is told in one line that names file and place.
A file is data of whoever wrote it: its size and depth are bounded, and what does not show in its texts is replaced.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from haboot.checker import Answer, ModelError, nearest
from haboot.checker.boundary import content, plain, told
from haboot.ledger.positions import lines
from haboot.ledger.structure import ScenarioTable, Text, built, dashed
from haboot.model import Expectation, Scenario, Written
from haboot.properties import CLAIMS
from msgspec import Meta, Struct

MOST = 1 << 18  # bytes; a scenario takes about a hundred
DOTS = 100  # in a line: each may open a table, and opening nested ones takes time that grows with the square


class _File(Struct, forbid_unknown_fields=True):
    scenario: Annotated[list[Any], Meta(min_length=1, description="a list of [[scenario]] tables")]


class _Table(ScenarioTable, forbid_unknown_fields=True, rename="kebab"):
    expected: Annotated[dict[str, Any] | None, Meta(description="a table of properties")] = None


class _Expected(Struct, forbid_unknown_fields=True):
    answer: Annotated[Answer, Meta(description=f"one of {', '.join(Answer)}")]
    reason: Text = "the scenario file expects it"


def is_file(name: str) -> bool:
    """Whether a word on the command line means a scenario file, and not a scenario by name."""
    return name.endswith(".toml") or (bool(name) and Path(name).exists())


def scenarios_in(path: Path) -> tuple[Scenario, ...]:
    """Return the scenarios of a file; raises ModelError, in one line, for anything that is not one."""
    place = plain(str(path))
    found: dict[str, Scenario] = {}
    data, text = _parsed(path, place)
    tables = built(data, _File, place).scenario
    for number, table in enumerate(tables, start=1):
        made = _scenario(table, f"{place}: scenario {number}")
        if made.name in found:
            raise ModelError(f"{place}: scenario {number}: there is one named '{made.name}' already")
        found[made.name] = made
    return tuple(replace(one, written=at) for one, at in zip(found.values(), _written(path, text), strict=True))


def _written(path: Path, text: str) -> Iterator[Written]:
    """Where the author of each scenario wrote it, and what to expect of it."""
    tables: dict[str | int, int] = {}
    expected: dict[str | int, list[tuple[str, int]]] = {}
    for key, line in lines(text).items():
        if len(key) == 2:
            tables[key[1]] = line
        elif len(key) == 4 and key[2] == "expected":
            expected.setdefault(key[1], []).append((str(key[3]), line))
    for number, line in tables.items():
        yield Written(str(path.absolute()), line, tuple(expected.get(number, ())))


def _parsed(path: Path, place: str) -> tuple[dict[str, Any], str]:
    try:
        text = content(path, MOST).decode("utf-8-sig")
    except ModelError as error:
        raise ModelError(f"{place}: no scenario file: {error}") from error
    except UnicodeDecodeError as error:
        raise ModelError(f"{place}: byte {error.start} is not UTF-8, as TOML must be") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > DOTS:
            raise ModelError(f"{place}: line {number} has more than {DOTS} dots: keys are nested too deeply")
    try:
        return tomllib.loads(text), text
    except ValueError as error:  # of TOML, or a number of thousands of digits
        raise ModelError(f"{place}: no TOML: {error}") from error
    except RecursionError:
        raise ModelError(f"{place}: no TOML that is to be taken seriously: nested too deeply") from None


def _scenario(data: Any, place: str) -> Scenario:
    table = built(dashed(data, place), _Table, place)
    name = table.name
    if not name.strip() or not name.isprintable() or "::" in name:
        raise ModelError(f"{place}: a name is needed, of printable characters without '::', not {told(name)}")
    try:
        expected = None if table.expected is None else tuple(_expectations(table.expected))
        return scenario_of(table, expected)
    except ModelError as error:
        raise ModelError(f"{place} ('{name}'): {error}") from error


def scenario_of(table: ScenarioTable, expected: tuple[Expectation, ...] | None = None) -> Scenario:
    """Return a scenario as a table gives it, its texts free of what does not show; raises ModelError."""
    return Scenario(
        name=plain(table.name).replace("::", ":"),
        summary=plain(table.summary),
        prefixes=table.prefixes,
        mobile_nodes=table.mobile_nodes,
        slots=table.slots,
        assumptions=frozenset(table.assumptions),
        capacity=table.capacity,
        variant=table.variant,
        expected=expected,
        at_most=tuple(table.at_most.items()),
    )


def _expectations(table: dict[str, Any]) -> Iterator[Expectation]:
    claims = [claim.name for claim in CLAIMS]
    for claim, value in table.items():
        if claim not in claims:
            near = nearest(claim, claims)
            raise ModelError(f"expected: unknown property {told(claim)}{near} (see 'haboot properties')")
        row = built(value if isinstance(value, dict) else {"answer": value}, _Expected, f"expected.{claim}")
        yield Expectation(claim, row.answer, plain(row.reason))
