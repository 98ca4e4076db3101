"""What participants observe of each other: slots' values, constants, and where a mobile node is believed to be."""

from __future__ import annotations

from haboot.checker import Input, Value, View
from haboot.model.parts import binding_at, of


def shows(slot: str, *values: Value) -> Input:
    """Observe whether a slot holds one of some values."""
    return Input((slot,), lambda view: view[slot] in values)


def constant(value: Value) -> Input:
    """Observe a value that never changes."""
    return Input((), lambda _: value)


def mirrors(slot: str) -> Input:
    """Observe a slot's value."""
    return Input((slot,), lambda view: view[slot])


def mirrored(*slots: str) -> dict[str, Input]:
    """Observe the values of slots, each under the slot's own name."""
    return {slot: mirrors(slot) for slot in slots}


def stale(node: str, agent: str, known: str = "") -> Input:
    """Whether a home agent still sends to the care-of address that the mobile node has left.

    It answers to the address from which it last heard. ``known`` is the slot of one that it knows by other means than
    binding updates, empty without one.
    """
    stem = binding_at(agent, node)
    reads = (of(node).care_of, of(stem).care_of, *([known] if known else []))

    def misses(view: View) -> bool:
        told = view[of(stem).care_of] == "b" or (known and view[known] == "b")
        return view[of(node).care_of] == "b" and not told

    return Input(reads, misses)
