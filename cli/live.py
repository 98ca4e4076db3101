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
    from haboot.wire import Judge, Keys


@dataclass(frozen=True, slots=True)
class Limits:
    """After how many seconds, or packets that may be messages, it is enough; None where nothing is said."""

    seconds: int | None = None
    packets: int | None = None


def follow(names: Sequence[str], judge: Judge, limits: Limits, meter: Meter, keys: Keys) -> str:
    """Have what passes interfaces judged until it deviates, or until a limit or an interrupt; return what was missed.

    Raises ModelError for an interface that is not there or may not be read.
    """
    from haboot.wire import Tap, opened  # noqa: PLC0415 - loads scapy, which no other command needs

    label = ", ".join(names)
    with gently(patient=True) as asked, Tap(names) as tap:
        begun = monotonic()

        def goes_on() -> bool:
            seconds, count = monotonic() - begun, amount(len(judge.every), "message")
            meter.tell(f"{count} in {amount(tap.packets, 'packet')} so far, no deviation in {seconds:,.0f} s")
            return not asked() and (limits.seconds is None or seconds < limits.seconds)

        meter.begin(label)
        echo(f"following {label}; an interrupt ends it with the verdict so far", err=True)
        for one in opened(tap.read(goes_on), keys, batch=1):
            judge.dropped = tap.dropped
            judge.take(one)
            if not judge.fits() or judge.is_full or len(judge.every) == limits.packets:
                break
        judge.dropped = tap.dropped
        return tap.gone
