"""Mutants of a participant: one guard or one effect less, or one replaced.

A model whose mutants all break some property is one whose every line is noticed (DeMillo, Lipton and Sayward, Hints on
Test Data Selection, 1978); a property that no mutant breaks says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, replace
from typing import Any

from haboot.checker.boundary import ModelError, called
from haboot.checker.machines.rows import Participant, Row


@dataclass(frozen=True)
class Mutant:
    """A participant changed in one place, and the name of the change."""

    name: str
    participant: Participant


def removals(participant: Participant, known: Container[Row] = ()) -> Iterator[Mutant]:
    """Return the mutants that lack one guard or one effect of one row, but for the rows that are ``known``."""
    for number, row in enumerate(participant.rows):
        if row in known:
            continue
        place = f"{participant.name}, row {number} ({row.name})"
        for guard in row.guards:
            less = replace(row, guards=tuple(one for one in row.guards if one is not guard))
            yield Mutant(f"{place}: without guard {called(guard)}", with_row(participant, number, less))
        for effect in row.effects:
            less = replace(row, effects=tuple(one for one in row.effects if one is not effect))
            yield Mutant(f"{place}: without effect {called(effect)}", with_row(participant, number, less))


def with_row(participant: Participant, number: int, row: Row) -> Participant:
    """Return a participant with one row replaced."""
    return replace(participant, rows=(*participant.rows[:number], row, *participant.rows[number + 1 :]))


def exchanged(name: str, participant: Participant, old: Callable[..., Any], new: Callable[..., Any]) -> Mutant:
    """Return the mutant in which one guard or effect is another, wherever it stands.

    Raises ModelError where it stands nowhere: the mutant would be the participant itself.
    """
    if not any(one is old for row in participant.rows for one in (*row.guards, *row.effects)):
        raise ModelError(f"mutant '{name}': no row of participant '{participant.name}' has '{called(old)}'")
    rows = tuple(
        replace(
            row,
            guards=tuple(new if one is old else one for one in row.guards),
            effects=tuple(new if one is old else one for one in row.effects),
        )
        for row in participant.rows
    )
    return Mutant(name, replace(participant, rows=rows))
