"""Is what was seen a run of the model? A search over what the model may do between one packet and the next.

Depth first over packets and breadth first over hidden steps, so that a capture that is a run is found to be one without
more of the model than its run takes; where it is none, what the search has visited are all states that the model may be
in at each packet, closed under hidden steps. What must be assumed on the way is counted along, and only the smallest
sets of it are kept.

A message stands in a capture when it is sent. Those that one step sends stand next to each other, in their order.

Packets may come one by one: the search stops where the last one is explained, and goes on from there with the next.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from haboot.checker import Taken, Walk
from haboot.wire.emissions import Emission

State: TypeAlias = tuple[int, ...]
Emits: TypeAlias = Callable[[Walk, Taken], tuple[Emission, ...]]
Fits: TypeAlias = Callable[[Emission], bool]
Tell: TypeAlias = Callable[[int, int], None]  # is told packets explained and places visited so far

PLACES = 200_000  # that a search visits, if nothing else is said
OFTEN = 1000  # places between two words on progress


class Place(NamedTuple):
    """Where the model may be: its state, what its last step has sent and is yet to be seen, and what that cost.

    ``assumed`` is what the way here needs, ``gaps`` how many packets the tap missed or saw in excess.
    """

    state: State
    pending: tuple[Emission, ...]
    assumed: frozenset[str]
    gaps: int


class Run(NamedTuple):
    """A run: where it starts, its steps, and by packet the number of the step that sends it, 0 where none does."""

    start: State
    steps: tuple[Taken, ...]
    sent_at: tuple[int, ...]


class Way(NamedTuple):
    """How a place was reached: from which one at which packet, and by which step, None where a packet was seen."""

    packet: int
    place: Place
    taken: Taken | None


@dataclass(frozen=True)
class Watched:
    """What is looked for: by packet, whether a message is that packet, and which packets say nothing for certain.

    ``most`` bounds what may be assumed together, ``gaps`` the packets that the tap missed or saw in excess, ``places``
    those that are visited.
    """

    fits: list[Fits]
    vague: list[bool]
    most: int = 0
    gaps: int = 0
    places: int = PLACES


@dataclass
class Search:
    """One search; after ``runs`` it knows which places there are at each packet.

    ``frames`` are the places that wait to be visited, by packet, the last packet's at the end.
    """

    walk: Walk
    emits: Emits
    watched: Watched
    tell: Tell = lambda _explained, _visited: None
    ways: list[dict[Place, Way | None]] = field(default_factory=list)
    kept: list[dict[tuple[State, tuple[Emission, ...]], list[tuple[frozenset[str], int]]]] = field(default_factory=list)
    bounds: set[str] = field(default_factory=set)
    visited: int = 0
    frames: list[tuple[int, deque[Place]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ways = [{} for _ in range(len(self.watched.fits) + 1)]
        self.kept = [{} for _ in self.ways]
        self.frames = [(0, deque(self._starts()))]

    def take(self, fits: Fits, *, vague: bool) -> None:
        """Look for one more packet, behind the others."""
        self.watched.fits.append(fits)
        self.watched.vague.append(vague)
        self.ways.append({})
        self.kept.append({})

    def reaches_end(self) -> bool:
        """Go on until a run explains all packets, and return whether one does; the last frame then holds its end."""
        while self.frames:
            packet, waiting = self.frames[-1]
            if not waiting:
                self.frames.pop()
            elif packet == len(self.watched.fits):
                return True
            elif self.visited > self.watched.places:
                self.bounds.add(f"{self.watched.places:,} places visited")
                return False
            elif onward := self._visit(packet, waiting):
                self.frames.append((packet + 1, deque(onward)))
        return False

    def runs(self) -> Iterator[Place]:
        """Yield where runs end that explain all packets, none that costs more than another in the same state.

        Once all are yielded the search can take more packets.
        """
        ends = deque[Place]()
        while self.reaches_end():
            packet, waiting = self.frames.pop()
            ends.extend(waiting)
            yield from waiting
        if ends:
            self.frames.append((packet, ends))

    def _visit(self, packet: int, waiting: deque[Place]) -> list[Place]:
        """Take hidden steps from the next place that waits; return the places at which the next packet was seen."""
        place = waiting.popleft()
        self.visited += 1
        if self.visited % OFTEN == 0:
            self.tell(max(number for number, one in enumerate(self.ways) if one), self.visited)
        for after, taken in self._hidden(place):
            if self._is_news(packet, after):
                self.ways[packet][after] = Way(packet, place, taken)
                waiting.append(after)
        onward = list[Place]()
        for after in self._seen(packet, place):
            if self._is_news(packet + 1, after):
                self.ways[packet + 1][after] = Way(packet, place, None)
                onward.append(after)
        return onward

    def _starts(self) -> Iterator[Place]:
        for state, needs in self.walk.starts:
            for some in needs:
                place = Place(state, (), some, 0)
                if len(some) <= self.watched.most and self._is_news(0, place):
                    self.ways[0][place] = None
                    yield place

    def _hidden(self, place: Place) -> Iterator[tuple[Place, Taken | None]]:
        """Yield what may happen that the tap does not see, or has missed."""
        if place.pending:
            if place.gaps < self.watched.gaps:
                yield place._replace(pending=place.pending[1:], gaps=place.gaps + 1), None
            return
        for taken in self.walk.steps(place.state):
            if taken.target is None:
                self.bounds.add(taken.bound)
                continue
            for some in taken.needs:
                assumed = place.assumed | some
                if len(assumed) <= self.watched.most:
                    yield Place(taken.target, self.emits(self.walk, taken), assumed, place.gaps), taken

    def _seen(self, packet: int, place: Place) -> Iterator[Place]:
        """Yield where the model is once a packet was seen."""
        if place.pending and self.watched.fits[packet](place.pending[0]):
            yield place._replace(pending=place.pending[1:])
        if self.watched.vague[packet]:
            yield place
        elif place.gaps < self.watched.gaps:
            yield place._replace(gaps=place.gaps + 1)

    def _is_news(self, packet: int, place: Place) -> bool:
        """Whether nothing that costs no more was found there before; what costs more is forgotten."""
        kept = self.kept[packet].setdefault((place.state, place.pending), [])
        if any(assumed <= place.assumed and gaps <= place.gaps for assumed, gaps in kept):
            return False
        kept[:] = [one for one in kept if not (place.assumed <= one[0] and place.gaps <= one[1])]
        kept.append((place.assumed, place.gaps))
        return True

    @property
    def explained(self) -> int:
        """How many packets the longest prefix has that is one of a run."""
        return max((number for number, one in enumerate(self.ways) if one), default=0)

    def allowed(self) -> dict[Emission, frozenset[str]]:
        """Return what the model might have sent where the longest prefix ends, with the least that must be assumed."""
        found = dict[Emission, frozenset[str]]()
        for place in self.ways[self.explained]:
            if place.pending:
                least = found.get(place.pending[0])
                if least is None or (len(place.assumed), sorted(place.assumed)) < (len(least), sorted(least)):
                    found[place.pending[0]] = place.assumed
        return found

    def back(self, packet: int, place: Place) -> Iterator[tuple[int, Place, Way]]:
        """Yield how a place was reached, from its end: after how many packets which place, with the way to it."""
        way = self.ways[packet][place]
        while way is not None:
            yield packet, place, way
            place, packet = way.place, way.packet
            way = self.ways[packet][place]

    def run(self, packet: int, place: Place) -> Run:
        """Return the run that a place is reached by."""
        start, taken, sent = place, list[Taken](), list[int]()
        for seen, after, way in self.back(packet, place):
            start = way.place
            if way.taken is not None:
                taken.append(way.taken)
            elif seen > way.packet:
                sent.append(0 if after.pending == way.place.pending else -1 - len(taken))
        whole = len(taken) + 1
        return Run(start.state, tuple(taken[::-1]), tuple(one and whole + one for one in sent[::-1]))
