"""Traces in files: read with one clear line for whatever is wrong, written whole or not at all."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from haboot.checker import Answer, Kind, ModelError, Verdict
from haboot.checker.boundary import content, plain, told
from haboot.cli.output import save
from haboot.properties import CLAIMS, setting

if TYPE_CHECKING:
    from haboot.ledger import Saved

MOST = 64 * 2**20  # bytes: a run of a thousand steps of twenty mobile nodes is half of it
PARTS = 4_000_000  # objects and lists, which take far more memory than bytes
LONGEST = 100  # characters of a file's name
T = TypeVar("T")


def is_trace_file(name: str) -> bool:
    """Whether a name is meant as a file: it looks like one that holds JSON, or there is one."""
    return name.endswith((".json", ".itf")) or (Path(name).exists() and not name.endswith(".toml"))


def read(path: Path, taken: Callable[[Any], T]) -> T:
    """Return what is made of the data in a trace's file; raise UsageError for anything that is none."""
    place = plain(str(path))
    try:
        return taken(_parsed(content(path, MOST)))
    except UnicodeDecodeError as error:
        raise click.UsageError(f"'{place}' is no trace: byte {error.start} is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise click.UsageError(f"'{place}' is no trace, or cut: {error.msg}, line {error.lineno}") from error
    except ModelError as error:
        raise click.UsageError(f"'{place}' is no trace that can be shown: {error}") from error
    except RecursionError as error:
        raise click.UsageError(f"'{place}' is no trace: nested too deeply") from error
    except ValueError as error:  # a number of thousands of digits
        raise click.UsageError(f"'{place}' is no trace: {error}") from error


def _parsed(data: bytes) -> Any:
    """Return JSON as it is defined: each key once, and no number that is none (RFC 8259)."""
    if data.count(b"{") + data.count(b"[") > PARTS:
        raise ModelError(f"it has more than {PARTS:,} parts")
    return json.loads(data.decode(), object_pairs_hook=_once, parse_constant=_refused)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise ModelError(f"the key {told(twice)} is given twice")
    return made


def _refused(name: str) -> Any:
    raise ModelError(f"{name} is no number of JSON")


def write(path: Path, record: dict[str, Any]) -> None:
    """Write a trace as ITF."""
    save(path, text(record))


def text(record: dict[str, Any]) -> str:
    """Return a trace as the text of an ITF file."""
    return json.dumps(record, indent=1) + "\n"


def verdict_of(saved: Saved) -> Verdict:
    """Return the verdict that a saved trace stands for."""
    claim = next(one for one in CLAIMS if one.name == saved.claim)
    answer = Answer.HOLDS if claim.kind is Kind.SOMETIMES else Answer.VIOLATED
    return Verdict(claim.instance(setting(saved.scenario), ()), answer, saved.trace, saved.about)


def slug(where: str, claim: str) -> str:
    """Return a name for a file about a property in a scenario or a model, of ASCII letters and digits.

    >>> slug("same+1x1", "no-deadlock")
    'no_deadlock_in_same_1x1'
    """
    name = f"{claim}_in_{where}"[:LONGEST]
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)
