"""Interchangeable blocks of slots: exploring one state an orbit, and proving that nothing is lost by it.

The normal form of a state has the blocks of each group in ascending order of their packed values, so two states have
the same one just when a permutation of blocks takes one to the other (compare Ip and Dill, Better verification through
symmetry, 1996). That permutations take steps to steps is proven on the actions' tables, as far as they are known after
the search (``equivariance.py``). Where that fails or takes too much, states found are tested one by one; unless all of
them are, under every permutation, whatever is concluded says that it was sampled. Where values name what is exchanged,
or a slot lies over several groups, the normal form is the least image by all permutations (``permuting.py``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np
from haboot.checker.boundary import ModelError
from haboot.checker.branches import Part, See, branches
from haboot.checker.core import Value
from haboot.checker.packed.equivariance import Failure, Move, Question, Run, proven
from haboot.checker.packed.layout import Longs, Words
from haboot.checker.packed.permuting import Exchange, Permutations, orbits
from haboot.checker.packed.rules import Rules, settled
from haboot.checker.tables import Patch, State, computed

MOST = 200_000  # runs, or states times permutations, that a proof may take: some ten seconds
SAMPLES = 256  # states that are tested where it takes more
States = Callable[[], Iterator[Words]]
Shown = tuple[Patch | None, int]  # what an action gives, and what is seen of it, by number
UNSEEN = -1  # where that makes no difference


class Symmetry:
    """A declared symmetry at work: proven or sampled once the search is over, then asked what it preserves."""

    def __init__(self, rules: Rules) -> None:
        self.rules, self.system = rules, rules.system
        self.permutations = Permutations(self.system)
        self.swaps = self.permutations.exchanges()
        self.moves: list[Move] = [swap.at for swap in self.swaps]
        self.sampled, self.silent, self.total = "", "", 0
        self._relabelled: dict[tuple[int, int], int] = {}
        self._touched = [(frozenset(one.reads), frozenset(one.writes)) for one in self.system.actions]
        self._alike: dict[tuple[frozenset[str], frozenset[str], bool], list[int]] = {}
        for number, (one, touched) in enumerate(zip(self.system.actions, self._touched, strict=True)):
            self._alike.setdefault((*touched, one.environment), []).append(number)
        self.actions = self._question(events=True)
        initial = {rules.layout.encoded(values) for values in self.system.initial}
        for swap in self.swaps:
            if {swap.state(state) for state in initial} != initial:
                fault = f"exchanging {dict(swap.names)} changes the set of initial states"
                raise ModelError(f"system '{self.system.name}': its symmetry is none: {fault}")

    def settle(self, states: States) -> None:
        """Prove the symmetry on all that the search has learnt, or test it; raise ModelError where it is none."""
        parts = list(states())
        images, blocks = self.rules.packing.images, self.rules.packing.blocks
        sizes = (orbit_sizes(blocks, part) if images is None else orbits(images, part) for part in parts)
        self.total = sum(int(one.sum()) for one in sizes)
        failure = self._failure(events=True)
        if failure is None:
            return
        self.silent = f"for action '{self.system.actions[failure.function].name}' {failure.why}"
        if self.actions.asked < MOST:
            self.actions = self._question(events=False)
            failure = self._failure(events=False)
        if failure is None:
            return
        found, count = np.concatenate(parts), sum(map(len, parts))
        for words in islice(self._suspects(failure, found), SAMPLES):
            self._require(words, self.swaps)
        if count * self.permutations.number <= MOST:
            every = tuple(self.permutations.all())
            for words in found:
                self._require(words, every)
            return
        for words in found[:: max(1, count // SAMPLES)]:
            self._require(words, self.swaps)
        action = self.system.actions[failure.function].name
        why = f"not proven, as for action '{action}' {failure.why}"
        self.sampled = f"symmetry sampled on {min(SAMPLES, count):,} of {count:,} states, {why}"

    def _question(self, *, events: bool) -> Question:
        """Return the question whether exchanges take actions to actions, with ``events`` also what is seen of them."""
        number: dict[Move, int] = {move: exchange for exchange, move in enumerate(self.moves)}

        def moved(result: object, move: Move) -> object:
            found: Counter[object] = Counter()
            for (patch, label), count in result:  # type: ignore[attr-defined]
                new = patch if patch is None else tuple(sorted(move(place, index) for place, index in patch))
                found[new, label if label == UNSEEN else self.relabelled(number[move], label)] += count
            return frozenset(found.items())

        def shown(function: int, at: Mapping[int, int]) -> Iterator[object]:
            return self._shown_action(function, at, events=events)

        return Question(shown, moved, self.moves, self._partners, self._is_spared)

    def _failure(self, *, events: bool) -> Failure | None:
        every = self.rules.runs.items()
        runs = {number: [_action_run(number, *run, events=events) for run in found] for number, found in every}
        return proven(self.actions, runs, MOST)

    def relabelled(self, exchange: int, label: int) -> int:
        """Return what is seen of a step, by number, once names are exchanged."""
        if (exchange, label) not in self._relabelled:
            events, bound = self.rules.layout.labels[label]
            named: Any = self.swaps[exchange].named(events)
            self._relabelled[exchange, label] = self.rules.layout.label(named, bound)
        return self._relabelled[exchange, label]

    def told(self, distinct: int) -> str:
        """Return what the reduction saved, and how it is known to be one."""
        known = "sampled" if self.sampled else "proven"
        return f"symmetry ({known}): {distinct:,} orbits stand for {self.total:,} states"

    def images(self, names: Iterable[str]) -> frozenset[str]:
        """Return some actions with all that permutations make of them."""
        number = {action.name: n for n, action in enumerate(self.system.actions)}
        waiting = [number[name] for name in names]
        met = set(waiting)
        while waiting:
            one = waiting.pop()
            for exchange in range(len(self.swaps)):
                known = self.actions.partner.get((exchange, one))
                others = self._partners(exchange, one) if known is None else (known,)
                fresh = set(others) - met
                met |= fresh
                waiting += fresh
        return frozenset(self.system.actions[one].name for one in met)

    def _partners(self, exchange: int, number: int) -> list[int]:
        names, (reads, writes) = self.swaps[exchange].names, self._touched[number]
        looks, changes = (frozenset(names.get(name, name) for name in some) for some in (reads, writes))
        return self._alike.get((looks, changes, self.system.actions[number].environment), [])

    def _is_spared(self, exchange: int, number: int) -> bool:
        """Whether an exchange moves nothing that an action may look at or change, and renames no value of it."""
        return self.swaps[exchange].changed.isdisjoint(frozenset().union(*self._touched[number]))

    def _shown_action(self, number: int, at: Mapping[int, int], *, events: bool) -> Iterator[object]:
        """What an action gives in all states that agree with some values, None where it fails."""
        action, slots = self.system.actions[number], self.rules.slots

        def run(see: See) -> object:
            looked = dict(at)

            def look(name: str) -> Value:
                place, slot = slots[name]
                value: Value
                if place in at:
                    value = slot.domain[at[place]]
                    return value
                value = see(name)
                looked[place] = self.rules.layout.index[name][value]
                return value

            try:
                entry, _ = computed(self.rules.layout, action, Part(action.reads, look))
            except ModelError:
                return None
            return frozenset(Counter(_shown(settled(entry, looked.items()), events=events)).items())

        domains = {name: slots[name][1].domain for name in action.reads}
        return (result for _, result in branches(run, domains))

    def _suspects(self, failure: Failure, found: Words) -> Iterator[Words]:
        """The states found in which a run that has no image happens, or its image."""
        if failure.run is None:
            return
        move = self.moves[failure.exchange]
        for seen in (failure.run.seen, frozenset(move(place, index) for place, index in failure.run.seen)):
            fits = np.ones(len(found), bool)
            for place, index in seen:
                fits &= piece(found, np.array(self.rules.packing.fields[place], np.uint64)) == index
            yield from found[fits]

    def _require(self, words: Words, group: Iterable[Exchange]) -> None:
        """Raise ModelError where a permutation does not take the steps of a state to those of its image."""
        state = self.rules.packing.decoded(words)
        steps = list(self._successors(state))
        for swap in group:
            if Counter(map(swap.state, steps)) != Counter(self._successors(swap.state(state))):
                fault = f"exchanging {dict(swap.names)} changes the steps of {self.rules.layout.decoded(state)}"
                raise ModelError(f"system '{self.system.name}': its symmetry is none: {fault}")

    def _successors(self, state: State) -> Iterator[State]:
        words = self.rules.packing.encoded([state])[0]
        for number, made in self.rules.outcomes(words):
            keep, put = self.rules.model.patches[number]
            after = self.rules.packing.decoded((words & keep) | put)
            yield after if made.patch is not None else state


def _action_run(number: int, path: tuple[tuple[int, int], ...], entry: Iterable[Shown], *, events: bool) -> Run:
    return Run(number, frozenset(path), frozenset(Counter(_shown(entry, events=events)).items()))


def _shown(entry: Iterable[Shown], *, events: bool) -> Iterable[Shown]:
    """Return what an action gives, without what is seen of it where that is not asked, or a bound cuts the step."""
    return ((patch, label if events and patch is not None else UNSEEN) for patch, label in entry)


def orbit_sizes(packed_blocks: Words, states: Words) -> Longs:
    """Return how many states each normal form stands for; states of shape (states, words), see ``Packing.blocks``."""
    size = np.ones(len(states), np.int64)
    for group in packed_blocks:
        run = np.ones(len(states), np.int64)
        for number in range(2, int(group[0, 0, 0]) + 1):
            same = np.ones(len(states), bool)
            for left, right in zip(group[number - 1], group[number], strict=True):
                same &= piece(states, left) == piece(states, right)
            run = np.where(same, run + 1, 1)
            size = size * number // run
    return size


def piece(states: Words, field: Words) -> Words:
    """Return what states, of shape (states, words), hold in a field: word, shift and mask."""
    word, shift, mask = field
    return np.asarray((states[:, int(word)] >> shift) & mask, dtype=np.uint64)
