"""What guards and effects of a participant are handed, and what a row has done by them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partialmethod
from typing import Any

from haboot.certify.reading import RefusedError
from haboot.checker import Instance

Message = Hashable


@dataclass
class Turn:
    """What a row has done; ``row`` is None while guards are asked."""

    domains: Mapping[str, Sequence[Any]]
    row: int | None = None
    sent: list[tuple[str, Message, str]] = field(default_factory=list)
    taken: int = 0

    def acting(self) -> Turn:
        """Return it; raise RefusedError for a guard, which may only look."""
        if self.row is None:
            raise RefusedError("a guard does something, and it may only look")
        return self


class Me:
    """Variables and constants, and what is done once a row is taken: messages go to the network, or are met at once."""

    _turn: Turn

    def __init__(
        self, one: Instance, config: Sequence[Any], message: Message | None, see: Callable[[str], Any]
    ) -> None:
        own = dict(zip(("state", *one.participant.variables), config, strict=True))
        vars(self).update(one.constants, **own, message=message, see=see, _turn=Turn(one.participant.variables))

    def __setattr__(self, name: str, value: Any) -> None:
        if value not in self._turn.acting().domains.get(name, ()):
            raise RefusedError(f"'{name}' cannot hold {value!r}")
        vars(self)[name] = value

    def _hand(self, way: str, target: str, message: Message) -> None:
        self._turn.acting().sent.append((target, message, way))

    def _take(self, units: int) -> None:
        self._turn.acting().taken += units

    send, meet = partialmethod(_hand, "send"), partialmethod(_hand, "meet")
    broadcast = partialmethod(_hand, "broadcast", "")
    acquire, release = partialmethod(_take, 1), partialmethod(_take, -1)
