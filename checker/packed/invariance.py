"""Whether a property says the same of a state, or of a step, as of its images: then orbits are enough to judge it.

A property is a set of clauses, and so that each clause says of a state what some clause says of the image is enough. Of
states this is asked of all values that were found and their images (``equivariance.py``). Of steps it is asked of each
kind of step, an action with its events, as a tree of the values that a clause looks at before and after.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from math import factorial, prod
from typing import TypeAlias

import numpy as np
from haboot.checker.branches import Part, See, branches
from haboot.checker.core import Value, View
from haboot.checker.packed.equivariance import Question, Run, proven
from haboot.checker.packed.layout import Words
from haboot.checker.packed.symmetry import MOST, Symmetry, piece
from haboot.checker.properties import RUNS, Clause, Kind, Move, Property

RUN_KINDS = "symmetry does not preserve properties of runs; check it without"
AT_ONCE = 1 << 18  # states that are looked at together
MOST_PATHS = 4096  # ways through a clause, of one kind of step
States: TypeAlias = Callable[[], Iterator[Words]]
StepKind: TypeAlias = tuple[int, int]  # an action and a label, by number
Tree: TypeAlias = frozenset[tuple[frozenset[tuple[str, int, int]], object]]  # sides, places and indices; what it says
BEFORE, AFTER = "<", ">"


def is_preserved(claim: Property) -> bool:
    """Whether a property is of a kind that a symmetry may preserve: of states or of single steps."""
    return claim.kind not in RUNS


class Invariance:
    """A symmetry that is settled, asked which properties it preserves."""

    def __init__(self, symmetry: Symmetry, states: States) -> None:
        self.symmetry, self.rules, self.states = symmetry, symmetry.rules, states
        self._trees: dict[Tree, int] = {}
        self._known: list[Tree] = []
        self._moved: dict[tuple[int, int], int] = {}

    def refusal(self, claim: Property) -> str:
        """Return why a property is not the same for every permutation of blocks, empty where it is."""
        if not is_preserved(claim):
            return RUN_KINDS
        told = self._of_steps(claim) if claim.of_steps else self._of_states(claim)
        return f"it tells interchangeable blocks apart: {told}; check it without symmetry" if told else ""

    def fitting(self, claim: Property, exchange: int, number: int) -> list[int]:
        """Return which clauses may be the image of one; those that are about the image come first."""
        swap, clauses = self.symmetry.swaps[exchange], claim.clauses
        image = {swap.names.get(name, name) for name in clauses[number].reads}
        some = [number] if claim.kind is Kind.RECOVERABLE else range(len(clauses))
        about = swap.named(clauses[number].about)
        found = [other for other in some if set(clauses[other].reads) == image]
        return sorted(found, key=lambda other: clauses[other].about != about)

    # of states

    def _of_states(self, claim: Property) -> str:
        question = Question(
            lambda number, at: iter((self._meaning(claim.clauses[number], at),)),
            lambda result, _: result,
            self.symmetry.moves,
            lambda exchange, number: self.fitting(claim, exchange, number),
            lambda exchange, number: self.symmetry.swaps[exchange].changed.isdisjoint(claim.clauses[number].reads),
        )
        runs = dict[int, list[Run]]()
        for number, clause in enumerate(claim.clauses):
            places, found = self._found(clause)
            if self._images(places, found) * len(self.symmetry.moves) > MOST:
                return f"for its clause over {clause.reads} it takes more than {MOST:,} runs"
            seen = [tuple(zip(places, values, strict=True)) for values in found]
            runs[number] = [Run(number, frozenset(one), self._meaning(clause, dict(one))) for one in seen]
        failure = proven(question, runs, MOST)
        return "" if failure is None else f"for its clause over {claim.clauses[failure.function].reads} {failure.why}"

    def _found(self, clause: Clause) -> tuple[list[int], list[tuple[int, ...]]]:
        """Return the places that a clause looks at, and all that states hold there."""
        places = [self.rules.slots[name][0] for name in clause.reads]
        fields = [np.array(self.rules.packing.fields[place], np.uint64) for place in places]
        looked, found = self.rules.packing.mask(places), set[tuple[int, ...]]()
        for part in self._gathered():
            rows = (part & looked).view(f"V{part.itemsize * self.rules.packing.words}").ravel().tolist()
            some = np.frombuffer(b"".join(set(rows)), np.uint64).reshape(-1, self.rules.packing.words)
            columns = [piece(some, field).tolist() for field in fields]
            found |= set(zip(*columns, strict=True)) if columns else {()}
        return places, sorted(found)

    def _images(self, places: Sequence[int], found: Iterable[tuple[int, ...]]) -> int:
        """Return how many images of values found there are for certain, where a clause looks at all blocks alike."""
        most = 0
        for group in self.symmetry.permutations.blocks:
            looked = [[place for place, held in enumerate(block) if held in places] for block in group]
            if looked[0] and all(one == looked[0] for one in looked):
                held = [[places.index(block[place]) for place in looked[0]] for block in group]
                alike = {tuple(sorted(tuple(row[at] for at in block) for block in held)) for row in found}
                orders = (prod(map(factorial, Counter(one).values())) for one in alike)
                most = max(most, sum(factorial(len(group)) // repeated for repeated in orders))
        return most

    def _gathered(self) -> Iterator[Words]:
        """All states, in parts of some size: a partition may hold few."""
        parts, size = list[Words](), 0
        for part in self.states():
            parts.append(part)
            size += len(part)
            if size >= AT_ONCE:
                yield np.concatenate(parts)
                parts, size = [], 0
        if parts:
            yield np.concatenate(parts)

    def _meaning(self, clause: Clause, at: Mapping[int, int]) -> tuple[bool, bool] | None:
        view = View(self.rules.values(clause.reads, at), "a clause")
        try:
            return bool(clause.premise(view)), bool(clause.holds(view))
        except Exception:  # noqa: BLE001 - whatever it raises, it gives no answer; the scan of reached states will tell
            return None

    # of steps

    @cached_property
    def kinds(self) -> dict[StepKind, list[StepKind]]:
        """All kinds of step that there are in the whole space, each with its images by exchange."""
        waiting = list({(made.action, made.label): None for made in self.rules.made if made.patch is not None})
        found: dict[StepKind, list[StepKind]] = {}
        while waiting:
            action, label = kind = waiting.pop()
            if kind not in found:
                partner = self.symmetry.actions.partner
                found[kind] = [
                    (partner[exchange, action], self.symmetry.relabelled(exchange, label))
                    for exchange in range(len(self.symmetry.swaps))
                ]
                waiting += found[kind]
        return found

    def _of_steps(self, claim: Property) -> str:
        if self.symmetry.silent:
            return f"what its steps show is not exchanged with them, as {self.symmetry.silent}"
        trees: dict[tuple[int, StepKind], int | None] = {}

        def tree(number: int, kind: StepKind) -> int | None:
            if (number, kind) not in trees:
                trees[number, kind] = self._tree(claim, claim.clauses[number], kind)
            return trees[number, kind]

        def is_image(exchange: int, number: int, other: int) -> bool:
            for kind, images in self.kinds.items():
                one = tree(number, kind)
                if one is None or self._image(one, exchange) != tree(other, images[exchange]):
                    return False
            return True

        for exchange in range(len(self.symmetry.swaps)):
            for number, clause in enumerate(claim.clauses):
                if not any(is_image(exchange, number, other) for other in self.fitting(claim, exchange, number)):
                    return f"for its clause over {clause.reads} nothing is its image"
        return ""

    def _tree(self, claim: Property, clause: Clause, kind: StepKind) -> int | None:
        """Return by number what a clause says of a kind of step, None where it looks at too much.

        A slot that the action does not write is after the step as it was before, and where the premise is not met it
        makes no difference what else is said.
        """
        (number, label), layout = kind, self.rules.layout
        action, events, owner = self.rules.system.actions[number], layout.labels[label][0], claim.name
        name, written = layout.names[action.name], frozenset(action.writes)

        def run(see: See) -> object:
            def later(slot: str) -> Value:
                return see((AFTER if slot in written else BEFORE) + slot)

            before = View(Part(clause.reads, lambda slot: see(BEFORE + slot)), owner)
            after = View(Part(clause.reads, later), owner)
            move = Move(before, name, events, after)
            try:
                return bool(clause.premise(move)) and (bool(clause.holds(move)),)
            except Exception:  # noqa: BLE001 - as above
                return None

        domains = {side + slot: values for slot, values in self.rules.domains(clause.reads).items() for side in "<>"}
        paths = list(islice(branches(run, domains), MOST_PATHS + 1))
        if len(paths) > MOST_PATHS:
            return None
        return self._number(frozenset((frozenset(self._seen(path)), said) for path, said in paths))

    def _seen(self, path: Mapping[str, Value]) -> Iterator[tuple[str, int, int]]:
        for told, value in path.items():
            place, _ = self.rules.slots[told[1:]]
            yield told[0], place, self.rules.layout.index[told[1:]][value]

    def _number(self, tree: Tree) -> int:
        number = self._trees.setdefault(tree, len(self._known))
        if number == len(self._known):
            self._known.append(tree)
        return number

    def _image(self, tree: int, exchange: int) -> int:
        """Return a tree of which the slots and their values are exchanged, by number."""
        if (tree, exchange) not in self._moved:
            move = self.symmetry.moves[exchange]
            image = (
                (frozenset((side, *move(place, index)) for side, place, index in path), said)
                for path, said in self._known[tree]
            )
            self._moved[tree, exchange] = self._number(frozenset(image))
        return self._moved[tree, exchange]
