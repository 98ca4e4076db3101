"""Data from files, validated against structures (msgspec) and told in one line where it is something else.

A structure is flat: what lies within is a structure of its own, so that a message can name its place. The description
of a field says in words what is allowed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Literal, TypeVar, get_args, get_type_hints

import msgspec
from haboot.checker import ModelError, nearest
from haboot.checker.boundary import told
from haboot.model import ANY, DRAFT, MOST_CAPACITY, MOST_NODES, VARIANTS
from msgspec import Meta, Struct

S = TypeVar("S", bound=Struct)
NAME, TEXT = 200, 2000  # characters
_PLACE = re.compile(r" - at `\$\.(?P<key>[\w#-]+)(?P<inside>[^`]*)`$")

Names = Annotated[list[str], Meta(description="a list of names")]
Text = Annotated[str, Meta(max_length=TEXT, description=f"text of at most {TEXT:,} characters")]


class UnfitError(ModelError):
    """Data that does not fit its structure; ``keys`` lead to what does not, none where it is the whole."""

    keys: tuple[str | int, ...] = ()


class ScenarioTable(Struct, forbid_unknown_fields=True, rename="kebab"):
    """The fields of a scenario, as files give them."""

    name: Annotated[str, Meta(max_length=NAME, description=f"text of at most {NAME} characters")]
    summary: Text = "from a scenario file"
    prefixes: Annotated[str, Meta(description="'same' or 'different'")] = "same"
    mobile_nodes: Annotated[
        Annotated[int, Meta(ge=1, le=MOST_NODES)] | Literal["any"],
        Meta(description=f"a whole number from 1 to {MOST_NODES}, or '{ANY}' for every number"),
    ] = 1
    slots: Annotated[int, Meta(ge=1, le=sys.maxsize, description="a whole number from 1 on")] = 1
    capacity: Annotated[int, Meta(ge=1, le=MOST_CAPACITY, description=f"a whole number from 1 to {MOST_CAPACITY}")] = 3
    variant: Annotated[str, Meta(description=f"one of {', '.join(VARIANTS)}")] = DRAFT
    assumptions: Names = []
    amendments: Names = []
    at_most: Annotated[dict[str, int], Meta(description="a table of assumptions, each with how often")] = {}


def built(data: Any, kind: type[S], place: str) -> S:
    """Return data as a structure; raises UnfitError, which names the place, what was given and what is allowed."""
    try:
        return msgspec.convert(data, kind)
    except (msgspec.ValidationError, UnicodeError, RecursionError) as error:
        told, key = _wrong(data, kind, str(error))
        raise unfit(f"{place}: {told}" if place else told, key) from error


def unfit(told: str, key: str = "") -> UnfitError:
    """Return the error that a key is to blame for, if any is."""
    made = UnfitError(told)
    made.keys = (key,) if key else ()
    return made


@contextmanager
def inside(*keys: str | int) -> Iterator[None]:
    """Let an error in what is read inside know the keys that lead there."""
    try:
        yield
    except UnfitError as error:
        error.keys = (*keys, *error.keys)
        raise


def dashed(table: Any, place: str, synonyms: Mapping[str, str] | None = None) -> Any:
    """Return a table whose keys are written with ``-`` and by one name, where they may be written with ``_``."""
    if not isinstance(table, dict):
        return table
    dashes = [str(key).replace("_", "-") for key in table]
    keys = [(synonyms or {}).get(key, key) for key in dashes]
    for key in keys:
        if keys.count(key) > 1:
            raise unfit(f"{place}: {told(key)} is given twice, in two spellings", key)
    return dict(zip(keys, table.values(), strict=True))


def _wrong(data: Any, kind: type[Struct], error: str) -> tuple[str, str]:
    """What is wrong with data, in words, and the key that is."""
    fields = dict(zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True))
    if not isinstance(data, Mapping):
        return f"a table with {', '.join(fields.values())} is needed, not {told(data)}", ""
    for key in data if kind.__struct_config__.forbid_unknown_fields else ():
        if key not in fields.values():
            allowed = ", ".join(fields.values())
            return f"unknown key {told(key)}{nearest(str(key), fields.values())} (allowed: {allowed})", str(key)
    for field, key in fields.items():
        if key not in data and field in _required(kind):
            return f"'{key}' is missing: {_words(kind)[field]}", ""
    found = _PLACE.search(error)
    field = next((field for field, key in fields.items() if found and found["key"] == key), "")
    if not field or not found:
        return error, ""
    value, inside = data[fields[field]], re.match(r"\[(\d+)\]", found["inside"])
    holds = f"but holds {told(value[int(inside[1])])}" if inside else f"not {told(value)}"
    return f"{fields[field]} is {_words(kind)[field]}, {holds}", fields[field]


def _required(kind: type[Struct]) -> tuple[str, ...]:
    return tuple(one.name for one in msgspec.structs.fields(kind) if one.required)


def _words(kind: type[Struct]) -> dict[str, str]:
    """What is allowed in each field, as its description says."""
    hints = get_type_hints(kind, include_extras=True)
    return {field: next(_descriptions(hint), str(hint)) for field, hint in hints.items()}


def _descriptions(hint: Any) -> Iterator[str]:
    for one in get_args(hint):
        if isinstance(one, Meta) and one.description:
            yield one.description
        yield from _descriptions(one)
