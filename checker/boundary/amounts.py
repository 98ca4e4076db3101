"""How many of what, in words."""

from __future__ import annotations


def amount(count: int, noun: str) -> str:
    """Return a count with its noun, in the plural unless there is one.

    >>> amount(1, "step"), amount(1200, "step"), amount(0, "property")
    ('1 step', '1,200 steps', '0 properties')
    """
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun[:-1]}ies" if noun.endswith("y") else f"{count:,} {noun}s"
