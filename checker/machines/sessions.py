"""Sessions that are copies of one another: what belongs to each, and that they differ by name alone.

All that serves one session is a copy. What is declared of copies is compared here, part by part; that their guards,
effects and observations tell no copy from another is proven on the tables of the actions by whoever makes use of it
(``checker.packed.symmetry``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from haboot.checker.boundary import ModelError, amount, shown
from haboot.checker.core import Slot
from haboot.checker.interchange import CopiedBlocks, Renaming, renamed
from haboot.checker.machines.composition import Composition
from haboot.checker.machines.parts import Instance

SHARED = ""  # the session of what no copy owns
ALIKE = (  # what two copies declare alike, but for their names
    *("host", "peers", "resource", "outside", "start", "disabled", "environment", "at_most", "assumes"),
    "start_assumes",
)


def sessions_of(composition: Composition) -> tuple[str, ...]:
    """Return the sessions of a composition but the one that is shared."""
    return tuple(dict.fromkeys(one.session for one in composition.instances if one.session != SHARED))


def owners(composition: Composition, slots: Sequence[Slot]) -> dict[str, str]:
    """Return the session that owns each slot of a composition's system, SHARED where none does.

    A circumstance belongs to the session that has its host to itself.
    """
    alone = _alone(composition)
    owner = {one.name: alone.get(one.host, SHARED) for one in composition.facts}
    for instance in composition.instances:
        owner |= dict.fromkeys(instance.slots, instance.session)
        owner |= {f"{instance.name}.{trigger} left": instance.session for trigger in instance.at_most}
    owner |= {slot.name: (*slot.channel, SHARED)[2] for slot in slots if slot.channel}
    return {slot.name: owner.get(slot.name, SHARED) for slot in slots}


def _alone(composition: Composition) -> dict[str, str]:
    """Return the session of each host that one has to itself."""
    at: dict[str, set[str]] = {}
    for one in composition.instances:
        at.setdefault(one.host, set()).add(one.session)
    return {host: next(iter(found)) for host, found in at.items() if len(found) == 1}


def copies_of(composition: Composition, slots: Sequence[Slot]) -> tuple[CopiedBlocks, ...]:
    """Return the copies that a composition declares, as groups for a system's ``symmetry``.

    Raises ModelError, with the part or the slot at fault, where they differ by more than their names, or where what is
    shared names one.
    """
    if len(composition.copies) < 2:
        return ()
    owner, place = owners(composition, slots), f"composition '{composition.name}': copies"
    parts = [[one for one in composition.instances if one.session == copy] for copy in composition.copies]
    hosts = [[host for host, session in _alone(composition).items() if session == copy] for copy in composition.copies]
    for copy, some, at in zip(composition.copies[1:], parts[1:], hosts[1:], strict=True):
        for what, mine, others in (("instance", parts[0], some), ("host", hosts[0], at)):
            if len(mine) != len(others):
                few = f"{amount(len(mine), what)}, and '{copy}' {len(others)}"
                raise ModelError(f"{place}: '{composition.copies[0]}' has {few}")
    names = zip(composition.copies, hosts, ([one.name for one in some] for some in parts), strict=True)
    blocks = tuple(tuple(slot.name for slot in slots if owner[slot.name] == copy) for copy in composition.copies)
    made = CopiedBlocks(blocks, tuple((copy, *at, *some) for copy, at, some in names))
    _require_alike(place, parts, made)
    _require_slots(place, made, {slot.name: slot.domain for slot in slots}, owner)
    return (made,)


def _exchanging(made: CopiedBlocks, other: int) -> Renaming:
    """Return the names of the first copy and of another, each for the other's."""
    return made.renaming(other if one == 0 else 0 if one == other else one for one in range(len(made.blocks)))


def _require_alike(place: str, parts: Sequence[Sequence[Instance]], made: CopiedBlocks) -> None:
    """Raise ModelError where the instances of two copies are declared otherwise."""
    for number, some in enumerate(parts[1:], start=1):
        renaming = _exchanging(made, number)
        for one, other in zip(parts[0], some, strict=True):
            if one.participant is not other.participant:
                raise ModelError(f"{place} differ: '{one.name}' and '{other.name}' are not of one participant")
            for what in ALIKE:
                if renamed(_plain(getattr(one, what)), renaming) != _plain(getattr(other, what)):
                    raise ModelError(f"{place} differ: '{one.name}' and '{other.name}' have not the same {what}")


def _plain(told: Any) -> Any:
    """Return a mapping as pairs, in which names can be exchanged."""
    return frozenset(told.items()) if isinstance(told, Mapping) else told


def _require_slots(
    place: str, made: CopiedBlocks, domains: Mapping[str, Sequence[Any]], owner: Mapping[str, str]
) -> None:
    """Raise ModelError, with the slot, where values do not correspond, or where a shared one names a copy."""
    for block in made.blocks[1:]:
        if len(block) != len(made.blocks[0]):
            few = f"{amount(len(made.blocks[0]), 'slot')}, '{block[0]}' and those with it are {len(block)}"
            raise ModelError(f"{place} differ: the first has {few}")
    if wrong := made.wrong(domains):
        raise ModelError(f"{place} differ: slot '{wrong}' holds other values than that of the first one does")
    turn = made.renaming([*range(1, len(made.blocks)), 0])
    for name, domain in domains.items():
        named = [value for value in domain if renamed(value, turn) != value] if owner[name] == SHARED else []
        if named:
            raise ModelError(f"{place}: slot '{name}' is shared and holds {shown(named[0])}, which names one of them")
