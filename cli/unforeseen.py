"""What nobody foresaw, told in one line; it needs nothing that could fail to load."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

INTERNAL = 4
SHOW = "HABOOT_TRACEBACK"  # the variable of the environment that asks for all of it
MOST = 500  # characters of what an exception says


def internal(error: BaseException) -> int:
    """Tell an exception that nothing foresaw in one line, or whole where the user asks for that; return 4."""
    with suppress(OSError, ValueError, AttributeError):
        if os.environ.get(SHOW):
            import traceback  # noqa: PLC0415 - seldom needed

            traceback.print_exception(error, file=sys.stderr)
        sys.stderr.write(f"haboot: internal error: {summed_up(error)} ({SHOW}=1 shows where)\n")
        sys.stderr.flush()
    return INTERNAL


def summed_up(error: BaseException) -> str:
    """Return an exception's type and words as one line of characters that show."""
    try:
        words = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - an exception that cannot say what it is
        words = ""
    text = f"{type(error).__name__}: {words}" if words else type(error).__name__
    return "".join(one if one.isprintable() else "?" for one in text[:MOST])
