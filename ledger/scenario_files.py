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
assumed, ``assumptions`` is ``assume``, and ``amendments`` is ``amend``; ``mobile-nodes`` may be "any". Whatever is
wrong is told in one line that names file, line and column. What does not show in its texts is replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from haboot.checker import Answer, ModelError, nearest
from haboot.checker.boundary import plain, told
from haboot.ledger.structure import Names, ScenarioTable, Text, UnfitError, built, dashed, inside, unfit
from haboot.ledger.toml_files import TomlFile, toml_file
from haboot.model import COUNTED, Expectation, Scenario, Written
from haboot.properties import CLAIMS
from msgspec import Meta, Struct, field
from msgspec.structs import replace as changed

SYNONYM = {"assumptions": "assume", "amendments": "amend"}  # as a scenario calls it, and as the command line does


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
    file = toml_file(path, "scenario file")
    try:
        found = tuple(_scenarios(file.data))
    except UnfitError as error:
        raise ModelError(f"{file.at(error.keys)}: {error}") from error
    return tuple(replace(one, written=at) for one, at in zip(found, _written(path, file), strict=True))


def _written(path: Path, file: TomlFile) -> Iterator[Written]:
    """Where the author of each scenario wrote it, and what to expect of it."""
    for table in file.tree.below["scenario"].below.values():
        claims = table.below["expected"].below if "expected" in table.below else {}
        expected = tuple((str(claim), one.spot.line) for claim, one in claims.items())
        yield Written(str(path.absolute()), table.spot.line, expected)


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
        mobile_nodes=1 if isinstance(table.mobile_nodes, str) else table.mobile_nodes,
        slots=table.slots,
        assumptions=frozenset(table.assumptions) | (table.at_most.keys() & set(COUNTED)),
        capacity=table.capacity,
        variant=table.variant,
        expected=expected,
        at_most=tuple(table.at_most.items()),
        amendments=frozenset(table.amendments),
        any_number=isinstance(table.mobile_nodes, str),
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
