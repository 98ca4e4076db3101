"""Which rows of which participants an amendment changes, beside others that are made."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from haboot.checker import Participant, Row
from haboot.model.amendments.registry import amended


@dataclass(frozen=True, slots=True)
class Change:
    """A row of a participant that an amendment adds, or takes away; one that it changes is both."""

    participant: str
    row: Row
    added: bool


def changed(participants: Mapping[str, Participant], name: str, among: Collection[str] = ()) -> Iterator[Change]:
    """Return what an amendment changes of participants as some amendments have them, itself one of them or not."""
    others = frozenset(among) - {name}
    before, after = amended(participants, others), amended(participants, others | {name})
    for kind in after:
        old, new = (here[kind].rows if kind in here else () for here in (before, after))
        yield from (Change(kind, row, added=True) for row in new if row not in old)
        yield from (Change(kind, row, added=False) for row in old if row not in new)
