"""The page of rules: each names a test, and there is one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "honesty.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(test_\w+\.py(?:::\w+)?)`", PAGE)))


def test_every_rule_names_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|")]
    assert len(rows) > 20
    assert all("`test_" in row for row in rows[2:])


@pytest.mark.parametrize("name", NAMED)
def test_each_rule_is_held_by_a_test_that_exists(name: str) -> None:
    file, _, test = name.partition("::")
    text = (ROOT / "tests" / file).read_text(encoding="utf-8")
    assert f"def {test or 'test_'}" in text
