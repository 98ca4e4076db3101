"""The first lines of the haboot command: signals are heard before anything that takes long is loaded."""

from __future__ import annotations

import sys

from haboot.cli import interrupts


def main() -> None:
    """Run the command; SIGINT and SIGTERM end it in one line at any moment, also while it loads."""
    interrupts.end_at_once()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    from haboot.cli.main import run  # noqa: PLC0415 - loads everything

    interrupts.listen()
    try:
        status = run()
    except KeyboardInterrupt as error:
        status = getattr(error, "status", 130)
    interrupts.end_at_once()
    if status > 128:
        interrupts.leave(status)
    sys.exit(status)
