"""The variants that there are: each file of this folder that holds one, so a new file is a new variant."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from haboot.model import variants as folder
from haboot.model.folders import held_in
from haboot.model.variants.variant import Variant

DRAFT = "ha-initiated"


@cache
def variants() -> Mapping[str, Variant[Any]]:
    """Return the variants by name, the draft's first, then in the order of their names."""
    found = held_in(folder, Variant, "variant")
    return {one.name: one for one in sorted(found, key=lambda one: (one.name != DRAFT, one.name))}
