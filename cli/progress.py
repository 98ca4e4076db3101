"""Progress of a search, on standard error and only when that is a terminal."""

from __future__ import annotations

import sys
from time import monotonic
from typing import TYPE_CHECKING

from haboot.checker.boundary import plain
from haboot.checker.host import peak_memory
from haboot.cli.console import status, terminal
from rich.text import Text

if TYPE_CHECKING:
    from rich.status import Status

PATIENCE = 1.0  # seconds before anything is shown


class Meter:
    """Shows distinct states, generated states a second, queue, depth and memory while a search runs."""

    def __init__(self) -> None:
        self.console = terminal(stderr=True)
        self.status: Status | None = None
        self.label, self.start = "", monotonic()

    def begin(self, label: str) -> None:
        """Start over for another scenario."""
        self.end()
        self.label, self.start = label, monotonic()

    def __call__(self, distinct: int, generated: int, queue: int, depth: int) -> None:
        """Report one moment of a search."""
        seconds = max(monotonic() - self.start, 1e-9)
        peak = peak_memory()
        memory = "" if peak is None else f", {peak / 2**20:,.0f} MiB"
        self.tell(
            f"{distinct:,} distinct, {generated / seconds:,.0f} generated/s, queue {queue:,}, depth {depth}{memory}"
        )

    def tell(self, told: str) -> None:
        """Show a line about what is under way, once that has taken a while."""
        if sys.stderr is None or not sys.stderr.isatty() or monotonic() - self.start < PATIENCE:
            return
        text = f"{self.label}: {told}"
        if self.status is None:
            self.status = status(self.console, text)
            self.status.start()
        self.status.update(Text(plain(text)))

    def end(self) -> None:
        """Take the line away."""
        if self.status is not None:
            self.status.stop()
            self.status = None
