"""Interchangeable blocks of slots: exploring one state an orbit, and refusing what that does not preserve.

The normal form of a state has the blocks of each group in ascending order of their packed values, so two states have
the same one just when a permutation of blocks takes one to the other (compare Ip and Dill, Better verification through
symmetry, 1996). Blocks whose values name other blocks are not interchangeable in this sense; the test of sampled states
finds them out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np
from haboot.checker.branches import See, branches
from haboot.checker.core import ModelError, System, View
from haboot.checker.decisions import Fixed
from haboot.checker.properties import Clause, Kind, Property
from haboot.checker.rules import Rules
from haboot.checker.tables import State
from haboot.checker.words import Longs, Words

SAMPLES = 256
COMPARED = 1 << 16  # combinations of values over which two clauses are compared


@dataclass(frozen=True)
class Swap:
    """The exchange of two neighbouring blocks, by slot name and by position; all permutations follow from these."""

    names: Mapping[str, str]
    positions: tuple[int, ...]

    def state(self, state: State) -> State:
        """Return a state with the two blocks exchanged."""
        return tuple(state[place] for place in self.positions)


def blocks(system: System) -> list[list[list[int]]]:
    """Return the declared blocks as slot positions; raise ModelError where they do not correspond."""
    position = {slot.name: place for place, slot in enumerate(system.slots)}
    seen: Counter[str] = Counter(name for group in system.symmetry for block in group for name in block)
    for name, count in seen.items():
        if name not in position or count > 1:
            fault = "which does not exist" if name not in position else "in more than one place"
            raise ModelError(f"system '{system.name}': its symmetry names slot '{name}', {fault}")
    for group in system.symmetry:
        for block in group:
            domains = [system.slots[position[name]].domain for name in block]
            if domains != [system.slots[position[name]].domain for name in group[0]]:
                raise ModelError(f"system '{system.name}': blocks {group[0]} and {block} differ in number or domains")
    return [[[position[name] for name in block] for block in group] for group in system.symmetry if group and group[0]]


def swaps(system: System) -> Iterator[Swap]:
    """All exchanges of neighbouring blocks."""
    names = [slot.name for slot in system.slots]
    for group in system.symmetry:
        for one, other in pairwise(group):
            exchanged = {**dict(zip(one, other, strict=True)), **dict(zip(other, one, strict=True))}
            yield Swap(exchanged, tuple(names.index(exchanged.get(name, name)) for name in names))


def require_automorphisms(rules: Rules, states: Words) -> None:
    """Raise ModelError where an exchange of blocks does not take steps to steps, at the initial and at given states."""
    system, packing = rules.system, rules.packing
    initial = {rules.layout.encoded(values) for values in system.initial}
    for swap in swaps(system):
        if {swap.state(state) for state in initial} != initial:
            raise ModelError(f"system '{system.name}': exchanging {swap.names} changes the set of initial states")
        for words in states:
            state = packing.decoded(words)
            image = swap.state(state)
            moved = Counter(swap.state(after) for after in _successors(rules, state))
            if moved != Counter(_successors(rules, image)):
                shown = rules.layout.decoded(state)
                fault = f"exchanging {swap.names} changes the steps of {shown}"
                raise ModelError(f"system '{system.name}': its symmetry is none: {fault}")


def _successors(rules: Rules, state: State) -> Iterator[State]:
    words = rules.packing.encoded(state)
    rules.learn(words[None])
    for number, made in rules.outcomes(words):
        keep, put = rules.patches[number]
        yield rules.packing.decoded((words & keep) | put) if made.patch is not None else (-1,)


def orbit_sizes(packed_blocks: Words, states: Words) -> Longs:
    """Return how many states each normal form stands for; states of shape (states, words), see ``Packing.blocks``."""
    size = np.ones(len(states), np.int64)
    for group in packed_blocks:
        run = np.ones(len(states), np.int64)
        for number in range(2, int(group[0, 0, 0]) + 1):
            same = np.ones(len(states), bool)
            for left, right in zip(group[number - 1], group[number], strict=True):
                same &= _piece(states, left) == _piece(states, right)
            run = np.where(same, run + 1, 1)
            size = size * number // run
    return size


def _piece(states: Words, piece: Words) -> Words:
    word, shift, mask = piece
    return np.asarray((states[:, int(word)] >> shift) & mask, dtype=np.uint64)


def require_preserved(system: System, claim: Property) -> None:
    """Raise ModelError unless the property is the same for every permutation of blocks."""
    place = f"property '{claim.name}'"
    if claim.kind in {Kind.LEADS_TO, Kind.FINITELY_OFTEN, Kind.STEP} or claim.about_steps:
        raise ModelError(f"{place}: symmetry does not preserve properties of steps and runs; check it without")
    for swap in swaps(system):
        for clause in claim.clauses:
            partners = (clause,) if claim.kind is Kind.RECOVERABLE else claim.clauses
            if not any(_alike(system, clause, partner, swap.names) for partner in partners):
                fault = f"no clause is the image of {clause.reads} under {swap.names}"
                raise ModelError(f"{place} tells interchangeable blocks apart: {fault}")


def _alike(system: System, one: Clause, other: Clause, names: Mapping[str, str]) -> bool:
    """Whether a clause says of a state what another says of its image."""
    if {names.get(name, name) for name in one.reads} != set(other.reads):
        return False

    def run(see: See) -> bool:
        return _meaning(one, see) == _meaning(other, lambda name: see(names.get(name, name)))

    domains = {slot.name: slot.domain for slot in system.slots}
    for number, (_, same) in enumerate(islice(branches(run, domains), COMPARED + 1)):
        if number == COMPARED:
            raise ModelError(f"a clause over {one.reads} takes too many values to tell whether symmetry preserves it")
        if not same:
            return False
    return True


def _meaning(clause: Clause, see: See) -> tuple[bool, bool] | None:
    view = View(Fixed(clause.reads, see), "a clause")
    try:
        return bool(clause.premise(view)), bool(clause.holds(view))
    except ModelError:
        return None
