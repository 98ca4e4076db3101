"""Progress of a search, on standard error: shown on a terminal; of a cluster's, some lines where there is none."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING

from haboot.checker import Share
from haboot.checker.boundary import amount, plain
from haboot.checker.host import peak_memory
from haboot.cli.console import echo, status, terminal
from rich.text import Text

if TYPE_CHECKING:
    from rich.status import Status

PATIENCE = 1.0  # seconds before anything is shown
PIPED, PERIOD = 2.0, 10.0  # seconds until what a cluster does is written where no terminal is, and between such lines
WINDOW = 1.0  # seconds over which rates are taken, at least


class Meter:
    """Shows distinct states, generated states a second, queue, depth and memory while a search runs."""

    def __init__(self) -> None:
        self.console = terminal(stderr=True)
        self.status: Status | None = None
        self.label, self.start, self.moment = "", monotonic(), ""
        self.rates = Rates(self.start)
        self.lines: list[str] = []
        self.due = self.start + PIPED

    def begin(self, label: str) -> None:
        """Start over for another scenario."""
        self.end()
        self.label, self.start, self.lines = label, monotonic(), []
        self.rates, self.due = Rates(self.start), self.start + PIPED

    def __call__(self, distinct: int, generated: int, queue: int, depth: int) -> None:
        """Report one moment of a search."""
        seconds = max(monotonic() - self.start, 1e-9)
        peak = peak_memory()
        memory = "" if peak is None else f", {peak / 2**20:,.0f} MiB"
        self.moment = (
            f"{distinct:,} distinct, {generated / seconds:,.0f} generated/s, queue {queue:,}, depth {depth}{memory}"
        )
        self.tell("\n".join([self.moment, *self.lines]))

    def shares(self, shares: Sequence[Share], note: str) -> None:
        """Report what each machine of a cluster has; see Watcher."""
        self.lines = [*self.rates.lines(shares), *([note] if note else [])]
        if sys.stderr is not None and not sys.stderr.isatty() and monotonic() >= self.due:
            self.due = monotonic() + PERIOD
            echo(f"{self.label}: {self.moment}", *self.lines, err=True)

    def tell(self, told: str) -> None:
        """Show a line about what is under way, once that has taken a while."""
        if sys.stderr is None or not sys.stderr.isatty() or monotonic() - self.start < PATIENCE:
            return
        text = f"{self.label}: {told}"
        if self.status is None:
            self.status = status(self.console, text)
            self.status.start()
        self.status.update(Text(plain(text, "\n")))

    def end(self) -> None:
        """Take the line away."""
        if self.status is not None:
            self.status.stop()
            self.status = None


class Rates:
    """What each machine of a cluster does a second, from one look to the next."""

    def __init__(self, start: float) -> None:
        self.looks: list[tuple[float, Sequence[Share]]] = [(start, ())] * 2

    def lines(self, shares: Sequence[Share]) -> list[str]:
        """Return a line for each machine, and one on how even their parts are."""
        moment = monotonic()
        if moment - self.looks[1][0] >= WINDOW:
            self.looks = [self.looks[1], (moment, shares)]
        since, before = self.looks[0]
        seconds, old = max(moment - since, 1e-9), {one.node: one for one in before}
        lines = []
        for one in shares:
            then = old.get(one.node)
            found, sent = (one.found - then.found, one.sent - then.sent) if then else (one.found, one.sent)
            lines.append(
                f"  {one.node}: {amount(one.actors, 'actor')}, {amount(one.found, 'state')}, "
                f"{max(0, found) / seconds:,.0f}/s, {one.held / 2**20:,.0f} MiB, "
                f"sends {max(0, sent) / seconds / 2**20:,.1f} MiB/s"
            )
        actors, most = sum(one.actors for one in shares), max(one.most for one in shares)
        even = sum(one.found for one in shares) / actors / max(1, most)
        return [*lines, f"  balance {even:.2f} (states of an actor on average, to those of the fullest)"]
