"""What a step says: its messages of one kind."""

from __future__ import annotations

from typing import TypeVar

from haboot.checker import Move, accepted, sent

M = TypeVar("M")


def said(move: Move, kind: type[M], *, source: str = "", target: str = "") -> list[M]:
    """Return the messages of a kind that a step sends, from or to a host where one is given."""
    found = sent(move.events, kind, source=source, target=target)
    return [one.message for one in found if isinstance(one.message, kind)]


def heard(move: Move, kind: type[M], *, source: str = "", target: str = "") -> list[M]:
    """Return the messages of a kind that a step takes and does not throw away, from or to a host where one is given."""
    found = accepted(move.events, kind, source=source, target=target)
    return [one.message for one in found if isinstance(one.message, kind)]
