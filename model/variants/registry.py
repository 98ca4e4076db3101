"""The variants that there are: each file of this folder that holds one, so a new file is a new variant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from haboot.model import variants as folder
from haboot.model.variants.variant import Variant

DRAFT = "ha-initiated"


@cache
def variants() -> Mapping[str, Variant[Any]]:
    """Return the variants by name, the draft's first, then in the order of their names."""
    return {one.name: one for one in sorted(_found(), key=lambda one: (one.name != DRAFT, one.name))}


def _found() -> Iterator[Variant[Any]]:
    for module in iter_modules(folder.__path__, f"{folder.__name__}."):
        yield from (value for value in vars(_read(module.name)).values() if isinstance(value, Variant))


def _read(name: str) -> ModuleType:
    """Import a variant's file; whatever it raises names the file, since a lazy door would tell another error."""
    try:
        return import_module(name)
    except Exception as error:
        raise ImportError(f"the variant's file {name} cannot be read: {type(error).__name__}: {error}") from error
