"""Conjuncts as text: a premise, an arrow, and all that follows from it."""

from __future__ import annotations

from collections.abc import Sequence

from haboot.checker.boundary import shown
from haboot.checker.copies.invariants.conjuncts import NAMING, SHARED, Columns, Literal, Never, Within, columns_of

COPIES = ("i", "j")
NAMES = (*COPIES, "nobody", "another")
YES, NO = "yes", "no"
OPPOSITE = {"=": "≠", "≠": "=", "<": "≥", "≥": "<", ">": "≤", "≤": ">"}


def told(premise: Literal, some: Sequence[Never], columns: Columns) -> str:
    """Return conjuncts that have a premise in common as what follows from it."""
    rests = [_rest(premise, one, columns) for one in some]
    if not all(rests):
        return f"never {_literal(premise, columns)}"
    follows = [" or ".join(_literal(literal, columns, opposite=True) for literal in rest) for rest in rests]
    every = (f"({one})" if len(rest) > 1 and len(some) > 1 else one for one, rest in zip(follows, rests, strict=True))
    return f"{_literal(premise, columns)} → {' and '.join(every)}"


def _rest(premise: Literal, one: Never, columns: Columns) -> list[Literal]:
    """Return the other literals of a conjunct, the copies turned where that makes the premise one of them."""
    every = [*one.literals]
    if premise not in every:
        every = [columns.turned(literal) for literal in every]
    return [literal for literal in every if literal != premise]


def _literal(one: Literal, columns: Columns, *, opposite: bool = False) -> str:
    if not isinstance(one, Within):
        left, right = (_column(at, columns) for at in columns_of(one))
        return f"{left} {OPPOSITE[one.sign] if opposite else one.sign} {right}"
    name, values = _column(one.column, columns), _values(one.column, columns)
    held = [value for at, value in enumerate(values) if (at in one.values) != opposite]
    left_out = [value for value in values if value not in held]
    if {*values} == {YES, NO}:
        return name if held == [YES] else f"not {name}"
    if len(held) <= len(left_out):
        return f"{name} = {held[0]}" if len(held) == 1 else f"{name} in {{{', '.join(held)}}}"
    return f"{name} ≠ {left_out[0]}" if len(left_out) == 1 else f"{name} not in {{{', '.join(left_out)}}}"


def _column(at: int, columns: Columns) -> str:
    whose, name = columns.whose[at]
    return name if whose in {SHARED, NAMING} else f"{name}[{COPIES[int(whose)]}]"


def _values(at: int, columns: Columns) -> list[str]:
    whose, name = columns.whose[at]
    return [*NAMES] if whose == NAMING else [_value(one) for one in columns.domains[name]]


def _value(one: object) -> str:
    if isinstance(one, bool):
        return YES if one else NO
    return one if isinstance(one, str) else shown(one)
