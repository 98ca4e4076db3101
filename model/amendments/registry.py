"""The amendments that there are: each file of this folder that holds one, so a new file is a new amendment."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from haboot.checker import Participant
from haboot.model import amendments as folder
from haboot.model.amendments.amendment import Amendment
from haboot.model.folders import held_in


@cache
def amendments() -> Mapping[str, Amendment[Any]]:
    """Return the amendments by name, in the order of their names, in which they are made as well."""
    found = held_in(folder, Amendment, "amendment")
    return {one.name: one for one in sorted(found, key=lambda one: one.name)}


def chosen(names: Collection[str]) -> tuple[Amendment[Any], ...]:
    """Return the amendments of these names, in the order in which they are made."""
    return tuple(one for name, one in amendments().items() if name in names) if names else ()


def amended(participants: Mapping[str, Participant], names: Collection[str]) -> dict[str, Participant]:
    """Return participants by name as some amendments have them, those that the amendments add included."""
    found = dict(participants)
    for one in chosen(names):
        found |= {each.name: each for each in one.participants}
        for name, edit in one.edits.items():
            found[name] = edit(found[name])
    return found
