"""Why a packet is none of a run: the guards that were false, what that breaks, and what would explain the packet.

Every transition of the packet's sender is tried in each state that the model may be in when the packet is seen. What
would send the packet, and is kept from it by the least, is the reason: a guard with the values that it saw, a
transition that comes first, a message that was never under way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, product
from typing import NamedTuple

from haboot.checker import Attempt, Attempts, Composition, Fired, Obstacle, Received, Value
from haboot.model import of
from haboot.wire.emissions import Emission, form, sessions
from haboot.wire.following import Place, Search
from haboot.wire.sighting import Difference, Sighting, differences

STATES = 400  # in which transitions are tried
MOST = 6  # that may be otherwise; what differs in more says little
WEIGHTS = {"guard": 1, "before": 1, "state": 2, "absent": 2, "down": 2, "never": 2}


@dataclass(frozen=True, slots=True)
class Allowed:
    """A message that the model might have sent, what must be assumed for that, and how the packet differs from it."""

    emission: Emission
    assumed: frozenset[str]
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Reason:
    """A transition that would send a packet, or one that differs little, and all that keeps it from being taken.

    ``action`` is the model's name for what takes it. ``differences`` are those of the packet from what the transition
    would send, and ``cites`` is what is broken by it: what the transition follows, or the one that is taken instead.
    """

    action: str
    fired: Fired
    obstacles: tuple[Obstacle, ...]
    differences: tuple[Difference, ...]
    cites: tuple[str, ...]

    @property
    def cost(self) -> int:
        """How much would have to be otherwise for the packet to be sent."""
        return sum(WEIGHTS[one.kind] for one in self.obstacles) + len(self.differences)

    def __str__(self) -> str:
        changed = "; ".join(map(str, self.differences))
        kept = "; ".join(_told(one, self.cites) for one in self.obstacles)
        if not kept:
            return f"{self.action} sends it otherwise: {changed}"
        return f"{self.action} would send it{f', otherwise ({changed})' if changed else ''}, but {kept}"


class Gap(NamedTuple):
    """A packet that the tap missed before another one, ``missed``; or, where there is none such, one in excess.

    ``place`` is the packet's among those of the protocol, from 0, ``number`` that in the capture.
    """

    place: int
    number: int
    packet: Sighting
    missed: Emission | None

    def __str__(self) -> str:
        if self.missed is None:
            return f"packet {self.number} in excess, which no host sent, or none got: {self.packet}"
        sent = f"{self.missed.message} {self.missed.source} → {self.missed.target}"
        return f"one packet that the tap missed, before packet {self.number}: {sent}"


@dataclass(frozen=True)
class Explanation:
    """What would explain a capture: packets that the tap missed or that are in excess, and what must be assumed."""

    gaps: tuple[Gap, ...]
    assumed: frozenset[str]

    @property
    def cost(self) -> int:
        """How many packets and assumptions it takes."""
        return len(self.gaps) + len(self.assumed)

    def __str__(self) -> str:
        under = [f"assuming {' with '.join(sorted(self.assumed))}"] if self.assumed else []
        return ", and ".join([*map(str, self.gaps), *under])


def _told(one: Obstacle, cites: Sequence[str]) -> str:
    saw = ", ".join(f"{name} = {_shown(value)}" for name, value in one.values.items())
    seen = f" ({saw})" if saw else ""
    names = [name.strip("_").replace("_", " ") for name in one.names]
    if one.kind == "guard":
        return f"guard '{names[0]}' is false{seen}"
    if one.kind == "state":
        return f"it is {one.values['state']}, not {' or '.join(one.names)}"
    if one.kind == "before":
        holds = f", since {' and '.join(map(repr, names))} {'holds' if len(names) == 1 else 'hold'}" if names else ""
        return f"the transition of {', '.join(cites)} comes first{holds}{seen}"
    return {
        "absent": "that message is not there to be taken",
        "down": "its host is down",
        "never": "it does not happen here by itself",
    }[one.kind]


def _shown(value: Value) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)


class Reasons:
    """Looks for the reasons why a packet is not sent, in states of a composition."""

    def __init__(self, wired: Composition, is_tapped: Callable[[Emission], bool]) -> None:
        self.wired, self.is_tapped, self.served = wired, is_tapped, sessions(wired)
        self.attempts = Attempts(wired)

    def of(self, packet: Sighting, search: Search) -> tuple[Reason, ...]:
        """Return what keeps a packet the least from being sent, wherever the model may be when it is seen."""
        best, found = MOST, dict[tuple[str, Fired, str], Reason]()
        for one in chain(self._next(packet, search), self._tried(packet, search)):
            if 0 < one.cost <= best:
                found, best = (found if one.cost == best else {}), one.cost
                kinds = " ".join(f"{each.kind} {' '.join(each.names)}" for each in one.obstacles)
                found.setdefault((one.action, one.fired, kinds), one)
        return tuple(found.values())

    def _next(self, packet: Sighting, search: Search) -> Iterator[Reason]:
        """Yield what is sent next by steps that were taken."""
        for place in islice(search.ways[search.explained], STATES):
            if place.pending and place.pending[0].form.kind == packet.kind:
                row = place.pending[0].row
                action = next(way.taken.action for _, _, way in search.back(search.explained, place) if way.taken)
                yield Reason(action, row, (), differences(packet, place.pending[0]), cited(self.wired, row))

    def _tried(self, packet: Sighting, search: Search) -> Iterator[Reason]:
        """Yield what would be sent by the transitions of the packet's senders, each tried in each state."""
        hosts = {one.host for one in self.wired.instances}
        states = dict.fromkeys(place.state for place in search.ways[search.explained] if not place.pending)
        for state, host in product(islice(states, STATES), sorted(packet.sources & hosts)):
            values = search.walk.values(state)
            for attempt in self.attempts.at(host, values):
                due = next(filter(self.is_tapped, self._emissions(attempt, values)), None)
                if due is not None and due.form.kind == packet.kind:
                    yield self._reason(attempt, differences(packet, due))

    def _reason(self, attempt: Attempt, differs: tuple[Difference, ...]) -> Reason:
        fired, message = attempt.fired, attempt.message
        what = fired.trigger if message is None else f"receives {message} from {attempt.source}"
        before = [one.row for one in attempt.obstacles if one.row is not None]
        taken = replace(fired, row=before[0]) if before else fired
        return Reason(f"{fired.instance} {what}", fired, attempt.obstacles, differs, cited(self.wired, taken))

    def _emissions(self, attempt: Attempt, state: Mapping[str, Value]) -> Iterator[Emission]:
        node = self.served[attempt.fired.instance]
        away = state.get(of(node).care_of) != "home"
        for one in attempt.sent:
            of_it = one.source, one.target, node, one.message, form(one.message)
            yield Emission(*of_it, attempt.fired, one.mark, away)


def cited(wired: Composition, row: Fired) -> tuple[str, ...]:
    """Return what a transition cites."""
    one = next(one for one in wired.instances if one.name == row.instance)
    return tuple(one.participant.rows[row.row].cites.split(", "))


def broken(wired: Composition, search: Search, packet: Sighting, allowed: Sequence[Allowed]) -> tuple[str, ...]:
    """Return what a packet breaks: what sends the message that it should have been, or what holds its sender.

    A sender is held by what it made of the last message that it took.
    """
    if allowed and allowed[0].emission.form.kind == packet.kind:
        return cited(wired, allowed[0].emission.row)
    place = min(search.ways[search.explained], key=lambda one: (len(one.assumed), sorted(one.assumed)))
    hosts = {one.name: one.host for one in wired.instances}
    for taken in reversed(search.run(search.explained, place).steps):
        if any(isinstance(one, Received) and one.accepted and one.target in packet.sources for one in taken.events):
            rows = [one for one in taken.events if isinstance(one, Fired) and hosts[one.instance] in packet.sources]
            return tuple(dict.fromkeys(cite for row in rows for cite in cited(wired, row)))
    return ()


def explanations(search: Search, seen: Sequence[Sighting]) -> tuple[Explanation, ...]:
    """Return what explains a capture in a search that allows for gaps, or for more assumptions."""
    ends = sorted(search.runs(), key=lambda one: (one.gaps, sorted(one.assumed)))
    return tuple(Explanation(tuple(_gaps(search, seen, one))[::-1], one.assumed) for one in ends)


def _gaps(search: Search, seen: Sequence[Sighting], end: Place) -> Iterator[Gap]:
    """Yield the packets of a run that the tap missed, or that are in excess, the last first."""
    for after, place, way in search.back(len(seen), end):
        if place.gaps > way.place.gaps:
            packet = seen[min(way.packet, len(seen) - 1)]
            missed = way.place.pending[0] if after == way.packet else None
            yield Gap(way.packet, packet.heard.number, packet, missed)
