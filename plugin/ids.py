"""The ids of the items that are collected, and what is kept of an item: nothing here loads the checker."""

from __future__ import annotations

import re
from typing import Any

import pytest

ROOT = "haboot"  # what ids begin with, but for those of scenarios in files, which begin with the file
TOLD = pytest.StashKey[dict[str, Any]]()  # what is to be told of an item's verdict, as data that workers can send
_PRINTED = re.compile(rf"(?:.*[/\\])?({ROOT}::.*)", re.DOTALL)


def as_collected(argument: str) -> str | None:
    """Return the id that an argument means, None for any other argument.

    Below its root folder pytest prints ``../haboot::lossy`` for ``haboot::lossy``.
    """
    found = _PRINTED.fullmatch(argument)
    return found and found[1]


def is_scenario_file(argument: str) -> bool:
    """Whether an argument, or the id of an item, begins with a scenario file."""
    return argument.partition("::")[0].endswith(".toml")
