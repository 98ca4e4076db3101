"""Scenario files: scenarios of a user's own, as TOML, with what their author expects of them.

    [[scenario]]
    name = "two-lossy-nodes"
    prefixes = "same"
    mobile-nodes = 2
    assume = ["loss", "no-give-up"]

    [scenario.expected]
    every-node-recovers = "VIOLATED"
    no-deadlock = { answer = "VIOLATED", reason = "nobody repeats the switch" }

Keys are the fields of a scenario, with ``-`` or ``_``, as the command line has them: a fault that ``at-most`` counts is
assumed, ``assumptions`` is ``assume``, and ``amendments`` is ``amend``. Whatever is wrong is told in one line that
names file, line and column.
A file is data of whoever wrote it: its size and depth are bounded, and what does not show in its texts is replaced.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from haboot.checker import Answer, ModelError, nearest
from haboot.checker.boundary import content, plain, told
from haboot.ledger.positions import tree
from haboot.ledger.structure import Names, ScenarioTable, Text, UnfitError, built, dashed, inside, unfit
from haboot.model import COUNTED, Expectation, Scenario, Written
from haboot.properties import CLAIMS
from msgspec import Meta, Struct, field
from msgspec.structs import replace as changed

MOST = 1 << 18  # bytes; a scenario takes about a hundred
SYNONYM = {"assumptions": "assume", "amendments": "amend"}  # as a scenario calls it, and as the command line does
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
DOTS = 100  # in a line: each may open a table, and opening nested ones takes time that grows with the square


class _File(Struct, forbid_unknown_fields=True):
    scenario: Annotated[list[Any], Meta(min_length=1, description="a list of [[scenario]] tables")]


class _Table(ScenarioTable, forbid_unknown_fields=True, rename="kebab"):
    assumptions: Names = field(name="assume", default_factory=list)
    amendments: Names = field(name="amend", default_factory=list)
    expected: Annotated[dict[str, Any] | None, Meta(description="a table of properties")] = None


class _Expected(Struct, forbid_unknown_fields=True):
    answer: Annotated[Answer, Meta(description=f"one of {', '.join(Answer)}")]
    reason: Text = "the scenario file expects it"


def is_file(name: str) -> bool:
    """Whether a word on the command line means a scenario file, and not a scenario by name."""
    return name.endswith(".toml") or (bool(name) and Path(name).exists())


def scenarios_in(path: Path) -> tuple[Scenario, ...]:
    """Return the scenarios of a file; raises ModelError, in one line, for anything that is not one."""
    file = plain(str(path))
    text = _text(path, file)
    try:
        found = tuple(_scenarios(_parsed(text, file)))
    except UnfitError as error:
        raise ModelError(f"{_at(file, tree(text).nearest(error.keys))}: {error}") from error
    return tuple(replace(one, written=at) for one, at in zip(found, _written(path, text), strict=True))


def _written(path: Path, text: str) -> Iterator[Written]:
    """Where the author of each scenario wrote it, and what to expect of it."""
    for table in tree(text).below["scenario"].below.values():
        claims = table.below["expected"].below if "expected" in table.below else {}
        expected = tuple((str(claim), one.spot.line) for claim, one in claims.items())
        yield Written(str(path.absolute()), table.spot.line, expected)


def _at(file: str, place: tuple[int, int] | None) -> str:
    return f"{file}:{place[0]}:{place[1]}" if place else file


def _text(path: Path, file: str) -> str:
    try:
        data = content(path, MOST)
    except ModelError as error:
        raise ModelError(f"{file}: no scenario file: {error}") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise ModelError(f"{file}:{line}:{column}: byte {error.start} is not UTF-8, as TOML must be") from error
    for number, row in enumerate(text.split("\n"), start=1):
        if row.count(".") > DOTS:
            raise ModelError(f"{file}:{number}:1: more than {DOTS} dots in a line: keys are nested too deeply")
    return text


def _parsed(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except ValueError as error:  # of TOML, or a number of thousands of digits
        told = str(error)
        if found := _AT.search(told):
            line, column = found.groups(default=0)
            end = text.count("\n") + 1, len(text) - text.rfind("\n")
            file = _at(file, (int(line), int(column)) if line else end)
        raise ModelError(f"{file}: no TOML: {_AT.sub('', told)}") from error
    except RecursionError:
        raise ModelError(f"{file}: no TOML that is to be taken seriously: nested too deeply") from None


def _scenarios(data: dict[str, Any]) -> Iterator[Scenario]:
    names = set[str]()
    for number, table in enumerate(built(data, _File, "").scenario):
        with inside("scenario", number):
            made = _scenario(table, f"scenario {number + 1}")
            if made.name in names:
                raise unfit(f"scenario {number + 1}: there is one named '{made.name}' already", "name")
        names.add(made.name)
        yield made


def _scenario(data: Any, place: str) -> Scenario:
    try:
        return _made(dashed(data, place, SYNONYM), place)
    except UnfitError as error:
        for written, key in SYNONYM.items():
            if error.keys[:1] == (key,) and written in data:
                error.keys = (written, *error.keys[1:])
                error.args = (str(error).replace(f": {key} is", f": {written} is", 1),)
        raise


def _made(given: Any, place: str) -> Scenario:
    table = built(given, _Table, place)
    name = table.name
    if not name.strip() or not name.isprintable() or "::" in name:
        wanted = "a name is needed, of printable characters without '::'"
        raise unfit(f"{place}: {wanted}, not {told(name)}", "name")
    try:
        return scenario_of(table, None if table.expected is None else tuple(_expectations(table.expected)))
    except UnfitError as error:
        error.args = (f"{place} ('{name}'): {error}",)
        raise
    except ModelError as error:
        raise unfit(f"{place} ('{name}'): {error}", _culprit(table, given)) from error


def _culprit(table: _Table, given: dict[str, Any]) -> str:
    """Return the key without which a table would be a scenario; empty where no single one is to blame."""
    usual = _Table(name=table.name)
    fields = dict(zip(table.__struct_encode_fields__, table.__struct_fields__, strict=True))
    for key in given:
        try:
            scenario_of(changed(table, **{fields[key]: getattr(usual, fields[key])}))
        except ModelError:
            continue
        return key
    return ""


def scenario_of(table: ScenarioTable, expected: tuple[Expectation, ...] | None = None) -> Scenario:
    """Return a scenario as a table gives it, its texts free of what does not show; raises ModelError."""
    return Scenario(
        name=plain(table.name).replace("::", ":"),
        summary=plain(table.summary),
        prefixes=table.prefixes,
        mobile_nodes=table.mobile_nodes,
        slots=table.slots,
        assumptions=frozenset(table.assumptions) | (table.at_most.keys() & set(COUNTED)),
        capacity=table.capacity,
        variant=table.variant,
        expected=expected,
        at_most=tuple(table.at_most.items()),
        amendments=frozenset(table.amendments),
    )


def _expectations(table: dict[str, Any]) -> Iterator[Expectation]:
    claims = [claim.name for claim in CLAIMS]
    for claim, value in table.items():
        with inside("expected"):
            if claim not in claims:
                near = nearest(claim, claims)
                raise unfit(f"expected: unknown property {told(claim)}{near} (see 'haboot properties')", claim)
            with inside(claim):
                row = built(value if isinstance(value, dict) else {"answer": value}, _Expected, f"expected.{claim}")
        yield Expectation(claim, row.answer, plain(row.reason))
