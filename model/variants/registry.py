"""The variants that there are: each file of this folder that holds one, so a new file is a new variant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
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
        yield from (value for value in vars(import_module(module.name)).values() if isinstance(value, Variant))
