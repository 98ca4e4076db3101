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

import numpy as np
from haboot.checker.boundary import ModelError
from haboot.checker.branches import Part, See, branches
from haboot.checker.core import Value, View
from haboot.checker.packed.equivariance import Failure, Move, Question, Run, proven
from haboot.checker.packed.layout import Longs, Words
from haboot.checker.packed.permuting import Exchange, Permutations, orbits
from haboot.checker.packed.rules import Rules, settled
from haboot.checker.properties import RUNS, Clause, Kind, Property
from haboot.checker.tables import State, computed

MOST = 200_000  # runs, or states times permutations, that a proof may take: some ten seconds
SAMPLES = 256  # states that are tested where it takes more
STEPS = "symmetry does not preserve properties of steps and runs; check it without"
States = Callable[[], Iterator[Words]]


class Symmetry:
    """A declared symmetry at work: proven or sampled once the search is over, then asked what it preserves."""

    def __init__(self, rules: Rules) -> None:
        self.rules, self.system = rules, rules.system
        self.permutations = Permutations(self.system)
        self.swaps = self.permutations.exchanges()
        self.moves = [swap.at for swap in self.swaps]
        self.sampled, self.total = "", 0
        self.actions = Question(self._shown_action, _moved_entry, self.moves, self._partners)
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
        runs = {number: [_action_run(number, *run) for run in found] for number, found in self.rules.runs.items()}
        failure = proven(self.actions, runs, MOST)
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

    def refusal(self, claim: Property, states: States) -> str:
        """Return why a property is not the same for every permutation of blocks, empty where it is."""
        if not speaks_of_states(claim):
            return STEPS
        question = Question(
            lambda number, at: iter((self._meaning(claim.clauses[number], at),)),
            lambda result, _: result,
            self.moves,
            lambda exchange, number: self._fitting(claim, exchange, number),
        )
        runs = {number: self._clause_runs(number, clause, states) for number, clause in enumerate(claim.clauses)}
        failure = proven(question, runs, MOST)
        if failure is None:
            return ""
        clause = claim.clauses[failure.function]
        told = f"for its clause over {clause.reads} {failure.why}"
        return f"it tells interchangeable blocks apart: {told}; check it without symmetry"

    def _fitting(self, claim: Property, exchange: int, number: int) -> list[int]:
        names, clauses = self.swaps[exchange].names, claim.clauses
        image = {names.get(name, name) for name in clauses[number].reads}
        some = [number] if claim.kind is Kind.RECOVERABLE else range(len(clauses))
        return [other for other in some if set(clauses[other].reads) == image]

    def _clause_runs(self, number: int, clause: Clause, states: States) -> list[Run]:
        places = [self.rules.slots[name][0] for name in clause.reads]
        found: set[tuple[int, ...]] = set()
        for part in states():
            columns = [_piece(part, np.array(self.rules.packing.fields[place], np.uint64)) for place in places]
            found |= set(zip(*(column.tolist() for column in columns), strict=True)) if columns else {()}
        seen = (tuple(zip(places, values, strict=True)) for values in sorted(found))
        return [Run(number, frozenset(one), self._meaning(clause, dict(one))) for one in seen]

    def _meaning(self, clause: Clause, at: Mapping[int, int]) -> tuple[bool, bool] | None:
        view = View(self.rules.values(clause.reads, at), "a clause")
        try:
            return bool(clause.premise(view)), bool(clause.holds(view))
        except Exception:  # noqa: BLE001 - whatever it raises, it gives no answer; the scan of reached states will tell
            return None

    def _partners(self, exchange: int, number: int) -> list[int]:
        names, action = self.swaps[exchange].names, self.system.actions[number]
        reads, writes = ({names.get(name, name) for name in some} for some in (action.reads, action.writes))
        return [
            other
            for other, one in enumerate(self.system.actions)
            if set(one.reads) == reads and set(one.writes) == writes and one.environment == action.environment
        ]

    def _shown_action(self, number: int, at: Mapping[int, int]) -> Iterator[object]:
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
            return frozenset(Counter(patch for patch, _ in settled(entry, looked.items())).items())

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
                fits &= _piece(found, np.array(self.rules.packing.fields[place], np.uint64)) == index
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


def speaks_of_states(claim: Property) -> bool:
    """Whether a property speaks of states alone, as it must for a symmetry to preserve it."""
    return claim.kind not in RUNS and not claim.of_steps


def _action_run(number: int, path: tuple[tuple[int, int], ...], entry: object) -> Run:
    patches = Counter(patch for patch, _ in entry)  # type: ignore[attr-defined]
    return Run(number, frozenset(path), frozenset(patches.items()))


def _moved_entry(result: object, move: Move) -> object:
    moved: Counter[object] = Counter()
    for patch, count in result:  # type: ignore[attr-defined]
        moved[patch if patch is None else tuple(sorted(move(place, index) for place, index in patch))] += count
    return frozenset(moved.items())


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
