"""``haboot conform -i``: an interface is followed, and judged at each packet that may be a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from haboot.checker import amount
from haboot.cli.console import echo
from haboot.cli.interrupts import gently
from haboot.cli.progress import Meter

if TYPE_CHECKING:
    from haboot.wire import Judge


@dataclass(frozen=True, slots=True)
class Limits:
    """After how many seconds, or packets that may be messages, it is enough; None where nothing is said."""

    seconds: int | None = None
    packets: int | None = None


def follow(names: Sequence[str], judge: Judge, limits: Limits, meter: Meter) -> str:
    """Have what passes interfaces judged until it deviates, or until a limit or an interrupt; return what was missed.

    Raises ModelError for an interface that is not there or may not be read.
    """
    from haboot.wire import Tap, heard  # noqa: PLC0415 - loads scapy, which no other command needs

    label = ", ".join(names)
    with gently(patient=True) as asked, Tap(names) as tap:
        begun = monotonic()

        def goes_on() -> bool:
            seconds, count = monotonic() - begun, len(judge.every)
            meter.tell(
                f"{amount(count, 'message')} of {amount(tap.packets, 'packet')} in {seconds:,.0f} s, and no deviation"
            )
            late = limits.seconds is not None and seconds >= limits.seconds
            return not (late or asked() or judge.is_full or (limits.packets is not None and count >= limits.packets))

        meter.begin(label)
        echo(f"following {label}; an interrupt ends it with the verdict so far", err=True)
        for raw in tap.read(goes_on):
            one = heard(raw)
            if one is not None:
                judge.dropped = tap.dropped
                judge.take(one)
                if not judge.fits():
                    break
        judge.dropped = tap.dropped
        return tap.gone
