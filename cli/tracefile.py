"""Traces in files: read with one clear line for whatever is wrong, written whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import click
from haboot.checker import Answer, Kind, ModelError, Verdict
from haboot.cli.output import save
from haboot.model.scenarios import Scenario
from haboot.properties.catalogue import CLAIMS
from haboot.properties.claims import setting
from haboot.properties.saved import Saved, as_data, from_data

MOST = 64 * 2**20  # bytes: a run of a thousand steps of twenty mobile nodes is half of it


def is_trace_file(name: str) -> bool:
    """Whether a name is meant as a file: it looks like one that holds JSON, or there is one."""
    return name.endswith((".json", ".itf")) or (Path(name).exists() and not name.endswith(".toml"))


def read(path: Path) -> Saved:
    """Return a trace from a file, taken again on running machines; raise UsageError for anything that is none."""
    try:
        if path.stat().st_size > MOST:
            raise click.UsageError(f"'{path}' is no trace: it is larger than {MOST // 2**20} MiB")
        data = json.loads(path.read_bytes().decode())
    except OSError as error:
        raise click.UsageError(f"cannot read '{path}': {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise click.UsageError(f"'{path}' is no trace: byte {error.start} is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise click.UsageError(f"'{path}' is no trace, or cut: {error.msg}, line {error.lineno}") from error
    except (RecursionError, ValueError) as error:
        raise click.UsageError(f"'{path}' is no trace: {type(error).__name__} while reading JSON") from error
    try:
        return from_data(data)
    except ModelError as error:
        raise click.UsageError(f"'{path}' is no trace that can be shown: {error}") from error


def write(path: Path, saved: Saved) -> None:
    """Write a trace as ITF."""
    save(path, text(saved))


def text(saved: Saved) -> str:
    """Return a trace as the text of an ITF file."""
    return json.dumps(as_data(saved), indent=1, ensure_ascii=False) + "\n"


def verdict_of(saved: Saved) -> Verdict:
    """Return the verdict that a saved trace stands for."""
    claim = next(one for one in CLAIMS if one.name == saved.claim)
    answer = Answer.HOLDS if claim.kind is Kind.SOMETIMES else Answer.VIOLATED
    return Verdict(claim.instance(setting(saved.scenario, {}), ()), answer, saved.trace, saved.about)


def slug(scenario: Scenario, claim: str) -> str:
    """Return a name for a file about a property in a scenario, of letters and digits.

    >>> slug(Scenario("same+1x1", ""), "no-deadlock")
    'no_deadlock_in_same_1x1'
    """
    return "".join(letter if letter.isalnum() else "_" for letter in f"{claim}_in_{scenario.name}")
