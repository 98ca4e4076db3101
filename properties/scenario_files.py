"""Scenario files: scenarios of a user's own, as TOML, with what their author expects of them.

    [[scenario]]
    name = "two-lossy-nodes"
    prefixes = "same"
    mobile-nodes = 2
    assumptions = ["loss", "give-up"]

    [scenario.expected]
    every-node-recovers = "VIOLATED"
    no-deadlock = { answer = "VIOLATED", reason = "nobody repeats the switch" }

Keys are the fields of a scenario, with ``-`` or ``_``. Whatever is wrong is told in one line that names file and place.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from stat import S_ISREG
from typing import Any

from haboot.checker import Answer, ModelError, nearest
from haboot.model.scenarios import Expectation, Scenario
from haboot.properties.catalogue import CLAIMS

MOST = 1 << 20  # bytes; a scenario takes about a hundred
KINDS: Mapping[str, tuple[type, str]] = {
    "name": (str, "text"),
    "summary": (str, "text"),
    "prefixes": (str, "'same' or 'different'"),
    "mobile_nodes": (int, "a whole number"),
    "slots": (int, "a whole number"),
    "capacity": (int, "a whole number"),
    "assumptions": (list, "a list of names"),
    "expected": (dict, "a table of properties"),
}


def is_file(name: str) -> bool:
    """Whether a word on the command line means a scenario file, and not a scenario by name."""
    return name.endswith(".toml") or os.sep in name or (bool(name) and Path(name).exists())


def scenarios_in(path: Path) -> tuple[Scenario, ...]:
    """Return the scenarios of a file; raises ModelError, in one line, for anything that is not one."""
    data = _parsed(path)
    for key in data:
        if key != "scenario":
            raise ModelError(f"{path}: unknown key '{key}'{nearest(key, ['scenario'])} (allowed: [[scenario]] tables)")
    tables = data.get("scenario")
    if not isinstance(tables, list) or not tables or not all(isinstance(one, dict) for one in tables):
        raise ModelError(f"{path}: holds no [[scenario]] table")
    found: dict[str, Scenario] = {}
    for number, table in enumerate(tables, start=1):
        made = _scenario(table, f"{path}: scenario {number}")
        if made.name in found:
            raise ModelError(f"{path}: scenario {number}: there is one named '{made.name}' already")
        found[made.name] = made
    return tuple(found.values())


def _parsed(path: Path) -> dict[str, Any]:
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):
            raise ModelError(f"{path}: not a file to read scenarios from, but a directory or a device")
        if status.st_size > MOST:
            raise ModelError(f"{path}: {status.st_size:,} bytes are no scenario file (at most {MOST:,})")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ModelError(f"{path}: byte {error.start} is not UTF-8, as TOML must be") from error
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"{path}: no TOML: {error}") from error
    except RecursionError:
        raise ModelError(f"{path}: no TOML that is to be taken seriously: nested too deeply") from None


def _scenario(table: dict[str, Any], place: str) -> Scenario:
    given = {key.replace("-", "_"): value for key, value in table.items()}
    for key in table:
        if key.replace("-", "_") not in KINDS:
            shown = [name.replace("_", "-") for name in KINDS]
            raise ModelError(f"{place}: unknown key '{key}'{nearest(key, shown)} (allowed: {', '.join(shown)})")
    for key, value in given.items():
        kind, words = KINDS[key]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise ModelError(f"{place}: {key.replace('_', '-')} is {words}, not {_shown(value)}")
    name = given.get("name", "")
    if not name or not name.isprintable():
        raise ModelError(f"{place}: a name is needed, of printable characters")
    names = given.pop("assumptions", [])
    for one in names:
        if not isinstance(one, str):
            raise ModelError(f"{place} ('{name}'): assumptions are names, not {_shown(one)}")
    expected = given.pop("expected", None)
    given.setdefault("summary", "from a scenario file")
    try:
        made = Scenario(**given, assumptions=frozenset(names))
        told = None if expected is None else tuple(_expectations(expected))
    except ModelError as error:
        raise ModelError(f"{place} ('{name}'): {error}") from error
    return Scenario(**given, assumptions=made.assumptions, expected=told)


def _expectations(table: dict[str, Any]) -> Iterator[Expectation]:
    claims = [claim.name for claim in CLAIMS]
    for claim, value in table.items():
        if claim not in claims:
            raise ModelError(f"expected: unknown property '{claim}'{nearest(claim, claims)} (see 'haboot properties')")
        row = value if isinstance(value, dict) else {"answer": value}
        for key in row:
            if key not in {"answer", "reason"}:
                raise ModelError(f"expected.{claim}: unknown key '{key}'{nearest(key, ['answer', 'reason'])}")
        answer, why = row.get("answer"), row.get("reason", "the scenario file expects it")
        if answer not in list(Answer) or not isinstance(why, str):
            allowed = ", ".join(Answer)
            raise ModelError(f"expected.{claim}: an answer is one of {allowed}, not {_shown(answer)}; a reason is text")
        yield Expectation(claim, answer, why)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
