"""A system as guarded steps over the places of values: what its compiled tables hold once a search has filled them."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from haboot.checker import Limits, ModelError, Part, Patch, See, System, constrained
from haboot.checker.packed import Form, Path, Rules, Search, Tree, paths, tree_of

MOST = 5_000  # runs of one test over the values that it looks at


@dataclass(frozen=True, slots=True)
class Guarded:
    """One result of an action where a state takes some decisions; ``patch`` is None where a bound cuts the step."""

    path: Path
    patch: Patch | None
    outcome: int


class Compiled:
    """A system with every step that its reachable states have, by the tables of the packed engine.

    Raises ModelError where a limit cuts the search that fills them.
    """

    def __init__(self, system: System, limits: Limits | None = None) -> None:
        if lacking := [slot.name for slot in system.slots if slot.is_open]:
            raise ModelError(
                f"system '{system.name}': what is exported needs all values beforehand, and slot '{lacking[0]}' has no "
                "domain; give it one, or export the system of an explored space"
            )
        self.system = constrained(system)
        search = Search(self.system, limits or Limits(), Form(runs=0))
        search.begin()
        search.run(lambda *_: None, lambda _: None)
        self.rules: Rules = search.rules
        self.partitions = search.partitions
        if search.bounds:
            raise ModelError(f"system '{system.name}': cut by {', '.join(search.bounds)}; only a whole one is exported")
        self.steps = tuple(
            Guarded(path, self.rules.made[number].patch, number) for path, number in self.rules.guarded()
        )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """A name for each slot that every language takes: its number, and as much of its own name as is short."""
        return tuple(f"s{number}_{stem(slot.name)}".rstrip("_") for number, slot in enumerate(self.system.slots))

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """How many values each slot has."""
        return tuple(len(slot.domain) for slot in self.system.slots)

    @cached_property
    def initial(self) -> tuple[tuple[int, ...], ...]:
        """The initial states, each once, as places of values."""
        return tuple(dict.fromkeys(self.rules.layout.encoded(one) for one in self.system.initial))

    def action(self, step: Guarded) -> str:
        """Return the name of the action that a step is of."""
        return self.system.actions[self.rules.made[step.outcome].action].name

    def is_own(self, step: Guarded) -> bool:
        """Whether a step is the system's own, not the environment's."""
        return not self.system.actions[self.rules.made[step.outcome].action].environment

    def events(self, step: Guarded) -> tuple[Hashable, ...]:
        """Return what an observer sees of a step."""
        return self.rules.layout.labels[self.rules.made[step.outcome].label][0]

    def enabled(self) -> Iterator[Tree]:
        """Return for each of the system's own actions the tree that leads to True where it has a step."""
        by_action: dict[str, list[Path]] = {}
        for one in self.steps:
            if self.is_own(one):
                by_action.setdefault(self.action(one), []).append(one.path)
        for some in by_action.values():
            yield self.leading(sorted(set(some)))

    def occurring(self, places: Sequence[int]) -> Iterator[Path]:
        """Yield every combination of values that some slots have in a reachable state."""
        known = set[Path]()
        for _, states in self.partitions.states():
            kept = np.unique(states & self.rules.packing.mask(places), axis=0)
            known |= {tuple((place, at[place]) for place in places) for at in self.rules.packing.all_decoded(kept)}
        yield from sorted(known)

    def tree(self, reads: Sequence[str], test: Callable[[Part], bool]) -> Tree | None:
        """Return the tree of a test of some slots, or None where it looks at more than MOST combinations of values.

        What a test raises of values that do not occur together is False: where they do, the search has told.
        """

        def run(see: See) -> bool:
            try:
                return test(Part(reads, see))
            except ModelError:
                return False

        found, whole = paths(run, self.rules.domains(reads), self.rules.decisions, MOST)
        return tree_of(found) if whole else None

    def leading(self, paths: Sequence[Path], depth: int = 0) -> Tree:
        """Return the tree in which some ways lead to True and all others to False; they share the order of asking."""
        if not paths or len(paths[0]) == depth:
            return bool(paths)
        place = paths[0][depth][0]
        parts: dict[int, list[Path]] = {}
        for path in paths:
            parts.setdefault(path[depth][1], []).append(path)
        return (place, tuple(self.leading(parts.get(index, ()), depth + 1) for index in range(self.sizes[place])))


def stem(name: str) -> str:
    """Return the letters and digits of a name, at most 24, with one underscore for all else between them."""
    return re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")[:24]
