"""Systems whose slots, some of them, have no domain: what an engine finds of their values it keeps in the slots."""

from __future__ import annotations

from dataclasses import replace

from haboot.checker.boundary import ModelError
from haboot.checker.core import System
from haboot.checker.limits import Limits
from haboot.checker.slots import Found, Slot, Unsaid


def opened(system: System, limits: Limits | None = None) -> System:
    """Return a system in which each slot without a domain has one that grows, from the initial values on.

    Raises ModelError where the limits ask for what needs all values beforehand.
    """
    lacking = [slot.name for slot in system.slots if slot.is_open]
    if not lacking:
        return system
    for what in ("symmetry", "reduction", "checkpoint"):
        if limits is not None and getattr(limits, what):
            raise ModelError(
                f"system '{system.name}': {what} needs all values beforehand, and slot '{lacking[0]}' has no domain; "
                "give it one"
            )
    return replace(system, slots=tuple(_opened(slot, system) for slot in system.slots))


def _opened(slot: Slot, system: System) -> Slot:
    if isinstance(slot.domain, Found):
        slot.domain.room = 0
    if not isinstance(slot.domain, Unsaid):
        return slot
    return replace(slot, domain=Found(state[slot.name] for state in system.initial))
