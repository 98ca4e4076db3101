"""How many of what, in words."""

from __future__ import annotations

HISSING = ("s", "x", "z", "ch", "sh")
VOWELS_BEFORE_Y = ("ay", "ey", "oy", "uy")


def amount(count: int, noun: str) -> str:
    """Return a count with its noun, in the plural unless there is one.

    >>> amount(1, "step"), amount(1200, "step"), amount(0, "property"), amount(2, "process")
    ('1 step', '1,200 steps', '0 properties', '2 processes')
    """
    if count == 1:
        return f"1 {noun}"
    if noun.endswith("y") and not noun.endswith(VOWELS_BEFORE_Y):
        return f"{count:,} {noun[:-1]}ies"
    return f"{count:,} {noun}es" if noun.endswith(HISSING) else f"{count:,} {noun}s"
