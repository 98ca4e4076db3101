"""The labelled search: all minimal sets of assumptions under which a question is met, from one exploration.

Every state of a family carries the minimal sets of assumptions that the runs to it have used. Pairs of a state and a
set are taken by the size of the set, so what is found is complete for one size before the next begins, and a search
that is cut says for which it is (compare the minimal cut sets of xSAP, Bittner et al., TACAS 2016, and of AltaRica).
What a run breaks, it breaks under its set and all larger ones, so the questions are those of runs to a state or a step.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import comb
from typing import TypeVar

import numpy as np
from haboot.checker.boundary import Needs, minimal
from haboot.checker.families import Family, unmarked
from haboot.checker.limits import Limits, Progress, quiet
from haboot.checker.packed import scans, spreading
from haboot.checker.packed.decisions import Forest
from haboot.checker.packed.layout import NO, Longs, Packing, Plan, Room, Words, room_for
from haboot.checker.packed.needing import Answers, OfStates, OfSteps
from haboot.checker.packed.questions import StepQuestion
from haboot.checker.packed.rules import Form, Rules
from haboot.checker.packed.spreading import AT, CUTS, ENTRIES, EXPANDED, STATES, STEPS, Labels, Space
from haboot.checker.spaces import Query
from haboot.checker.tables import Layout
from numpy.typing import NDArray

T = TypeVar("T", bound=np.generic)
ROOM = 1 << 16  # states at first
BUDGET = 200_000  # states between looks at the limits
MISSING = 256
MOST_SETS = 1 << 18  # of one question
MOST_DEAD = 1 << 12  # sets that are told to be dead


class Bits:
    """Assumptions as bits of a word; those ``given`` are made anyhow, and what needs any other is not there."""

    def __init__(self, names: Sequence[str], given: Iterable[str] = ()) -> None:
        self.names, self.given = tuple(names), frozenset(given)
        self.place = {name: place for place, name in enumerate(self.names)}

    def masks(self, some: Needs) -> list[int]:
        """Return alternatives as words."""
        rest = (one - self.given for one in some)
        return [sum(1 << self.place[name] for name in one) for one in minimal(rest) if one <= self.place.keys()]

    def named(self, mask: int) -> frozenset[str]:
        """Return a word as names."""
        return frozenset(name for place, name in enumerate(self.names) if mask >> place & 1)


@dataclass(frozen=True)
class Found:
    """What a labelled search found: by question the minimal sets that meet it, and those under which a bound cut.

    All sets up to ``order`` are found, so far as they are no larger than asked; -1 where not even the empty one is
    settled. ``cut`` says what stopped the search.
    """

    sets: tuple[Needs, ...]
    bounded: Needs
    order: int
    cut: str
    states: int
    entries: int
    steps: int


class LabelledSearch:
    """One labelled search of a family, for sets of up to ``most`` of some assumptions."""

    def __init__(
        self, whole: Family, asked: Sequence[tuple[bool, Query]], bits: Bits, most: int, form: Form | None = None
    ) -> None:
        self.whole, self.bits, self.most = whole, bits, most
        self.packing = Packing(whole.system.slots)
        self.layout = Layout(whole.system)
        self.rules = Rules(whole.system, self.layout, self.packing, form or Form())
        self.forest, self.answers = Forest(self.packing, cut=True), Answers()
        self.questions = [
            (OfSteps if of_steps else OfStates)(whole, self.answers, self.rules, query, self.forest)
            for of_steps, query in asked
        ]
        self.shape = self.packing.shape(1 << 30)
        sets = min(comb(len(bits.names), min(most, len(bits.names) // 2)), MOST_SETS) + 1
        self.found = np.zeros((len(asked), sets), np.uint64)
        self.counts = np.zeros(len(asked), np.int64)
        self.missing = np.zeros((MISSING, self.packing.words), np.uint64)
        self._at, self._masks, self._cut = [0], list[int](), list[bool]()
        self.space = self._begun(sets)

    def _begun(self, sets: int) -> Space:
        """Return a space that holds the initial states."""
        room = max(ROOM, 2 * len(self.whole.system.initial))
        ints = [
            np.full(size, -1, np.int32) for size in (1 << (2 * room).bit_length(), room, 2 * room, 2 * room, 2 * room)
        ]
        table, head, owner, after, behind = ints
        words, masks = np.zeros((room, self.packing.words), np.uint64), np.zeros(2 * room, np.uint64)
        first, last = np.full((2, self.most + 1), -1, np.int64)
        tally, cuts = np.zeros(6, np.int64), np.zeros(sets, np.uint64)
        space = Space(words, table, head, masks, owner, after, behind, first, last, tally, cuts)
        states = self.packing.encoded([self.layout.encoded(values) for values in self.whole.system.initial])
        for state, some in zip(states, self.whole.starts, strict=True):
            fitting = [mask for mask in self.bits.masks(some) if mask.bit_count() <= self.most]
            if fitting:
                number = spreading.number_of(words, table, head, tally, state)
                for mask in fitting:
                    spreading.reach(space, number, np.uint64(mask))
        return space

    def run(self, limits: Limits, groups: Sequence[Sequence[int]], progress: Progress = quiet) -> Found:
        """Search until all sets are found or a limit is reached.

        ``groups`` are the questions of each property: a set that is found for every one of them is not grown further.
        """
        bounds, order = dict[str, None](), -1
        for size in range(self.most + 1):
            dead = self._dead(groups)
            if not self._spread(size, dead, limits, bounds, progress):
                break
            self._ask(size, dead)
            order = size
        if (self.counts == self.found.shape[1]).any() or self.space.tally[CUTS] == self.space.cuts.size:
            bounds[f"{MOST_SETS:,} sets of one question"] = None
            order = -1
        return Found(
            tuple(self._named(self.found[number, :count]) for number, count in enumerate(self.counts.tolist())),
            self._named(self.space.cuts[: self.space.tally[CUTS]]),
            order,
            ", ".join(bounds),
            *(int(self.space.tally[what]) for what in (STATES, EXPANDED, STEPS)),
        )

    def _named(self, masks: Words) -> Needs:
        return minimal(self.bits.named(int(mask)) for mask in masks)

    def _dead(self, groups: Sequence[Sequence[int]]) -> Words:
        """Return sets whose supersets can add nothing: those that contain one found for each property."""
        some: Needs = (frozenset(),) if groups else ()
        for group in groups:
            here = [self.bits.named(int(mask)) for one in group for mask in self.found[one, : self.counts[one]]]
            some = minimal(one | other for one in some for other in minimal(here) if len(one | other) <= self.most)
            if not some or len(some) > MOST_DEAD:
                some = ()
                break
        return np.array([mask for one in some for mask in self.bits.masks((one,))], np.uint64)

    def _spread(self, size: int, dead: Words, limits: Limits, bounds: dict[str, None], progress: Progress) -> bool:
        """Take all entries of a size; return whether none is left."""
        space = self.space
        while space.first[size] >= 0:
            room = self._room()
            args = self.rules.model, self._labels(), space, size, dead, self.missing, BUDGET, room
            lacking = spreading.spread(self.shape, *args)
            if lacking:
                self.rules.learn(self.missing[:lacking])
            else:
                space = self.space = self._grown()
            states, entries, taken, steps = (int(space.tally[what]) for what in (STATES, ENTRIES, EXPANDED, STEPS))
            progress(states, steps, entries - taken, size)
            if limits.reached(states, bounds, each=self._bytes()):
                return False
        return True

    def _room(self) -> Room:
        return room_for(self.packing.words, self.rules.model)

    def _bytes(self) -> int:
        """Bytes that a state takes, with all that is kept for it."""
        return sum(one.nbytes for one in self.space) // max(1, len(self.space.words))

    def _grown(self) -> Space:
        """Return the space with twice the room where it is nearly full."""
        space, states, entries = self.space, int(self.space.tally[STATES]), int(self.space.tally[ENTRIES])
        wanted = self.rules.model.most * max(1, self._labels().most)
        if states + self.rules.model.most > len(space.words):
            room = 2 * len(space.words) + self.rules.model.most
            words, head = _longer(space.words, room), _longer(space.head, room)
            table = space.table
            if 2 * room > table.size:
                table = np.full(1 << (2 * room).bit_length(), -1, np.int32)
                spreading.laid(words, table, states, self.packing.blank())
            space = space._replace(words=words, head=head, table=table)
        if entries + wanted > space.masks.size:
            room = 2 * space.masks.size + wanted
            owner, after, behind = (_longer(one, room) for one in (space.owner, space.after, space.behind))
            space = space._replace(masks=_longer(space.masks, room), owner=owner, after=after, behind=behind)
        return space

    def _labels(self) -> Labels:
        """Return what the outcomes known need, and which of them a bound cuts."""
        for made in self.rules.made[len(self._cut) :]:
            mark = unmarked(self.layout.labels[made.label][0])
            self._masks += self.bits.masks(mark.needs)
            self._at.append(len(self._masks))
            self._cut.append(mark.bound is not None)
        at = np.array(self._at, np.int64)
        most = int(np.diff(at).max(initial=0))
        return Labels(at, np.array(self._masks, np.uint64), np.array(self._cut, bool), most)

    def _ask(self, size: int, dead: Words) -> None:
        """Put all questions to what the entries of a size lead to."""
        self.space.tally[AT] = 0
        seen = np.zeros((scans.SEEN, self.packing.words + 1), np.uint64)
        lacks = np.zeros(MISSING, np.int64)
        plan, outcome = self._planned()
        while True:
            trees, labels = (self.forest.nodes, self.forest.cells), self._labels()
            lacking = spreading.asked(
                *(self.shape, self.rules.model, labels, self.space, size, dead, trees, plan, self._answers()),
                *(self.found, self.counts, seen, self.missing, lacks, self._room()),
            )
            if not lacking:
                return
            for words, tree in zip(self.missing, lacks[:lacking].tolist(), strict=False):
                question = self.questions[int(plan.owners[tree])]
                if isinstance(question, StepQuestion):
                    question.answer(words, int(outcome[tree]))
                else:
                    question.learn(words[None])

    def _answers(self) -> tuple[Longs, Words]:
        """Return what answers add, by leaf: where its sets begin, and the sets."""
        masks = [self.bits.masks(some) for some in self.answers.known]
        at = np.cumsum([0, *map(len, masks)])
        return at, np.array([mask for some in masks for mask in some], np.uint64)

    def _planned(self) -> tuple[Plan, Longs]:
        """Return all trees by group, states' first and then each outcome's, and the outcome that each is about."""
        groups = [self._trees(number) for number in range(len(self.questions))]
        none = np.zeros(0, np.int64)
        group, root, owner = (np.concatenate([none, *(part[n] for part in groups)]) for n in range(3))
        order = np.argsort(group, kind="stable")
        made = len(self.rules.made)
        at = np.searchsorted(group[order], np.arange(made + 2))
        slots = self.rules.slots
        reads = [self.packing.mask(slots[name][0] for name in one.query.reads) for one in self.questions]
        masks = np.zeros((made + 1, self.packing.words), np.uint64)
        np.bitwise_or.at(masks, group, np.array(reads, np.uint64).reshape(-1, self.packing.words)[owner])
        return Plan(root[order], owner[order], at, masks), group[order] - 1

    def _trees(self, number: int) -> tuple[Longs, Longs, Longs]:
        """Return the groups, roots and owners of a question's trees."""
        question = self.questions[number]
        if isinstance(question, StepQuestion):
            roots = question.roots
            outcomes = np.flatnonzero(self.forest.cells[roots] != NO)
            group, root = outcomes + 1, roots[outcomes]
        else:
            group, root = np.zeros(1, np.int64), np.array([question.root])
        return group, root, np.full(root.size, number)


def _longer(array: NDArray[T], room: int) -> NDArray[T]:
    """Return an array with more room; what is there stays."""
    made: NDArray[T] = np.zeros((room, *array.shape[1:]), array.dtype)
    made[: len(array)] = array
    return made
